//! Pictures of a store: URLs in one cell, in several columns, or as JSON. Files on a disk are told apart: they are uploaded
//! first, and what stands for one that was found is a [`FileRef`].

use serde_json::Value;

use crate::store::{Code, FileRef};

/// The pictures in one cell: addresses, and references to files that were found.
///
/// # Errors
///
/// [`Code::PicLocal`] if a file on a disk is among them that was not found, [`Code::PictureInCell`] for a picture that lies inside
/// the workbook, [`Code::PicMalformed`] if anything else is that is no URL, or nothing.
pub fn pictures(text: &str) -> Result<Vec<String>, Code> {
    let entries = picture_entries(text)?;
    if entries.iter().any(|entry| is_local(entry)) {
        return Err(Code::PicLocal);
    }
    let well_formed = |entry: &String| is_url(entry) || FileRef::parse(entry).is_some();
    (!entries.is_empty() && entries.iter().all(well_formed)).then_some(entries).ok_or(Code::PicMalformed)
}

/// What one cell lists, whatever it is: a JSON list, the document's `{"list": […]}`, or entries separated by commas, semicolons,
/// bars or line breaks, and where there is an address among them by any white space.
///
/// # Errors
///
/// [`Code::PictureInCell`] for what WPS writes for a picture inside the workbook, [`Code::PicMalformed`] for JSON of another shape.
pub fn picture_entries(text: &str) -> Result<Vec<String>, Code> {
    let text = text.trim();
    if text.contains("DISPIMG(") {
        return Err(Code::PictureInCell);
    }
    let json = text.starts_with(['{', '[']).then(|| serde_json::from_str::<Value>(text));
    match json.unwrap_or(Ok(Value::Null)) {
        Ok(Value::Object(object)) => object.get("list").and_then(strings).ok_or(Code::PicMalformed),
        Ok(list @ Value::Array(_)) => strings(&list).ok_or(Code::PicMalformed),
        _ => Ok(separated(text)),
    }
}

fn strings(list: &Value) -> Option<Vec<String>> {
    list.as_array()?.iter().map(|url| url.as_str().map(|url| url.trim().to_owned())).collect()
}

/// A file's name may hold blanks: a text without any URL is one entry a line.
fn separated(text: &str) -> Vec<String> {
    let has_url = text.contains("://");
    let ends =
        |c: char| matches!(c, '\n' | '\r' | ',' | ';' | '|' | '，' | '；' | '、') || (has_url && c.is_whitespace());
    text.split(ends).map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// Whether it begins as a URL does and has something behind the host's slashes.
#[must_use]
pub fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace) && !holds_another(rest))
}

/// Whether [`pictures`] takes a list with this in it word by word: a URL of visible ASCII, without any sign that sets two apart.
pub(super) fn is_plain_url(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b',' | b';' | b'|');
    let rest = text.strip_prefix("http").map(|rest| rest.strip_prefix('s').unwrap_or(rest));
    let has_host = rest.and_then(|rest| rest.strip_prefix("://")).is_some_and(|host| !host.is_empty());
    has_host && text.bytes().fold(true, |all, byte| all & is_plain(byte)) && !holds_another(&text[1..])
}

/// Whether a second URL begins within the text, behind a letter or digit: the line break between the two was lost.
fn holds_another(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    let begins = |at: usize| {
        let scheme = bytes[..at].strip_suffix(b"https").or_else(|| bytes[..at].strip_suffix(b"http"));
        scheme.and_then(<[u8]>::last).is_some_and(u8::is_ascii_alphanumeric)
    };
    memchr::memmem::find_iter(bytes, "://").any(begins)
}

/// Whether it names a file: by its drive, its folder, or the ending of a picture.
#[must_use]
pub fn is_local(text: &str) -> bool {
    const ENDINGS: [&str; 11] =
        [".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".heic", ".heif", ".tif", ".tiff", ".pdf"];
    if is_url(text) {
        return false;
    }
    let small = text.to_lowercase();
    if small.starts_with("http://") || small.starts_with("https://") {
        return false;
    }
    let bytes = small.as_bytes();
    let has_drive =
        bytes.len() > 2 && bytes[0].is_ascii_lowercase() && bytes[1] == b':' && matches!(bytes[2], b'\\' | b'/');
    let in_folder = ["file://", "/", "./", "../", "~/", "\\\\"].iter().any(|start| small.starts_with(start));
    // `//host/picture.jpg` and `www.host/picture.jpg` are addresses that lack their beginning, and no file.
    let is_address = small.starts_with("//") || small.starts_with("www.");
    !is_address && (has_drive || in_folder || ENDINGS.iter().any(|ending| small.ends_with(ending)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_as_json_or_as_urls_in_one_cell() {
        let two = Ok(vec!["http://a/1".to_owned(), "https://b/2".to_owned()]);
        assert_eq!(pictures(r#"{"list":["http://a/1","https://b/2"]}"#), two);
        assert_eq!(pictures(r#"["http://a/1","https://b/2"]"#), two);
        assert_eq!(pictures("http://a/1\nhttps://b/2"), two);
        assert_eq!(pictures("http://a/1；https://b/2"), two);
        for written in [
            "",
            r#"{"list":[]}"#,
            "[1]",
            "见附件",
            "mmbiz.qpic.cn/1",
            "www.a.com/1.jpg",
            "//a/1.jpg",
            "http://",
            "http://a/0https://b/0",
        ] {
            assert_eq!(pictures(written), Err(Code::PicMalformed), "{written}");
        }
    }

    #[test]
    fn a_file_on_a_disk_is_told_apart_from_what_is_no_picture() {
        for written in [
            "门头.jpg",
            "http://a/1 C:\\2.jpg",
            "D:/照片/门头 1.PNG",
            "./1.jpeg",
            "/home/x/1.jpg",
            "file:///c:/1.jpg",
            "\\\\nas\\1.jpg",
            r#"["门头.jpg"]"#,
            "1.jpg,2.jpg",
        ] {
            assert_eq!(pictures(written), Err(Code::PicLocal), "{written}");
        }
        assert!(pictures("http://mmbiz.qpic.cn/a.jpg").is_ok());
        assert!(pictures("http://a/?from=http://b/1").is_ok());
        assert!(is_plain_url("http://a/0") && is_plain_url("https://a/0") && !is_plain_url("http://a/0http://b/0"));
    }

    #[test]
    fn a_file_that_was_found_is_a_picture_and_one_inside_a_workbook_is_told_as_such() {
        let found = FileRef::new(&"0a".repeat(32)).unwrap().to_string();
        assert_eq!(pictures(&format!("http://a/1\n{found}")), Ok(vec!["http://a/1".to_owned(), found]));
        assert_eq!(pictures("=DISPIMG(\"ID_0A1B\",1)"), Err(Code::PictureInCell));
        assert_eq!(pictures("http://a/1\n=_xlfn.DISPIMG(\"ID_0A1B\",1)"), Err(Code::PictureInCell));
    }
}
