//! What a finding shows of a value that names files on a disk: the files, each as a whole.

use super::papers::paper_entries;
use super::pictures::{is_local, picture_entries};
use crate::store::{Code, Field, Finding};

/// The finding with what it found: of [`Code::PicLocal`] the files that the value names, however long their names are.
pub(super) fn showing(finding: Finding, value: &str) -> Finding {
    if finding.code != Code::PicLocal {
        return finding.showing(value);
    }
    let entries = match finding.field {
        Some(Field::QualificationList) => paper_entries(value),
        _ => picture_entries(value).unwrap_or_default(),
    };
    let files: Vec<String> = entries.into_iter().filter(|entry| is_local(entry)).collect();
    if files.is_empty() { finding.showing(value) } else { finding.naming(&files) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(field: Field, value: &str) -> String {
        showing(Finding::new(Code::PicLocal).about(field), value).value
    }

    #[test]
    fn each_file_is_named_as_a_whole_in_the_way_of_its_field() {
        assert_eq!(shown(Field::PicList, "http://a/1 D:\\门头.jpg"), "D:\\门头.jpg");
        assert_eq!(shown(Field::QualificationList, "m1 或 m2｜证照 1.jpg"), "证照 1.jpg");
    }

    #[test]
    fn any_other_value_is_shown_as_it_is() {
        let malformed = Finding::new(Code::PicMalformed).about(Field::PicList);
        assert_eq!(showing(malformed, "a.jpg|见附件").value, "a.jpg|见附件");
    }
}
