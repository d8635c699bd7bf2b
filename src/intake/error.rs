//! Why an input cannot be used as a whole, and what a person can do about it.

use std::error::Error;
use std::fmt;

use crate::sheets::{CELL_BYTES_MAX, ENTRIES_MAX, FILE_BYTES_MAX, RATIO_MAX, SHARED_STRINGS_BYTES_MAX, SheetError};
use crate::store::{Place, Words};
use crate::words;

/// An input that cannot be used as a whole (exit 2): where, and what is wrong with it.
#[derive(Debug)]
pub struct IntakeError {
    /// The file, and sheet and row where they are known.
    pub place: Box<Place>,
    /// What is wrong.
    pub trouble: Trouble,
}

impl Error for IntakeError {
    /// The trouble's own cause: the trouble itself is in the text already.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.trouble.source()
    }
}

/// What is wrong with an input as a whole.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The file cannot be read.
    Io(#[source] std::io::Error),
    /// It is no table.
    Sheet(#[source] SheetError),
    /// Text under a workbook's name.
    Renamed {
        /// What the name claims: `XLSX`.
        claimed: String,
    },
    /// JSON that cannot be parsed; the cause holds line and column.
    NotJson(#[source] serde_json::Error),
    /// The platform's error answer instead of a list.
    ErrorAnswer {
        /// Its errcode.
        errcode: i64,
        /// The platform's own words.
        errmsg: String,
    },
    /// JSON that holds neither pages of getpoilist nor stores.
    OtherJson,
    /// A list or table without a single store.
    NoStores,
    /// JSON where a supplement's table is wanted.
    NotTable,
    /// A list of approved stores that names none.
    NobodyListed,
    /// A line or row of such a list that names no store.
    NobodyNamed {
        /// What stands there; may be empty.
        shown: String,
    },
    /// A row of such a list that says something else than to delete.
    NotApproved {
        /// What it says.
        said: String,
    },
    /// No row of the tables holds known headers.
    NoHeader {
        /// What stands in the first row.
        seen: Vec<String>,
    },
    /// Several sheets hold known headers.
    SeveralSheets {
        /// Their names.
        sheets: Vec<String>,
    },
    /// Two columns for one field.
    TwoColumns {
        /// The field's key.
        field: &'static str,
        /// The headers, each with its column.
        columns: Vec<String>,
    },
    /// A supplement that has neither a `poi_id` nor a `sid` column.
    NoIdColumn {
        /// The headers there are.
        seen: Vec<String>,
    },
    /// The configuration names a field that does not exist.
    UnknownField {
        /// The header it is given for.
        header: String,
        /// The field as configured.
        field: String,
    },
}

impl IntakeError {
    /// `trouble` with the whole of `file`.
    pub(super) fn of_file(file: &str, trouble: Trouble) -> Self {
        Self { place: Box::new(Place::file(file)), trouble }
    }

    /// What is wrong, where and why: one sentence fragment.
    #[must_use]
    pub fn words(&self) -> Words {
        let place = self.place.to_string();
        let what = self.trouble.words();
        Words { en: format!("{place}: {}", what.en), zh: format!("{place}：{}", what.zh) }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Words {
        let named_json = [".json", ".jsonl", ".ndjson"].iter().any(|end| self.place.file.ends_with(end));
        if named_json && matches!(self.trouble, Trouble::Sheet(SheetError::Markup)) {
            return words!(
                "a web page was saved instead of the answer (a login, a proxy); save it again, or use `poilift pull -o FILE.jsonl`";
                "保存的是网页（登录页或代理错误页）而不是接口返回；请重新保存，或使用 `poilift pull -o FILE.jsonl`"
            );
        }
        self.trouble.hint()
    }
}

impl fmt::Display for IntakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().en)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().en)
    }
}

impl Trouble {
    fn words(&self) -> Words {
        match self {
            Self::Io(why) => words!("cannot be read: {why}"; "无法读取：{why}"),
            Self::Sheet(why) => sheet_words(why),
            Self::Renamed { claimed } => words!(
                "the name says {claimed}, but the content is text: a renamed CSV rather than a workbook";
                "文件名是 {claimed}，内容却是文本：这是改了扩展名的 CSV，不是工作簿"
            ),
            Self::NotJson(why) => {
                let (line, column) = (why.line(), why.column());
                words!("not valid JSON at line {line}, column {column}: {why}"; "第 {line} 行第 {column} 列不是有效的 JSON：{why}")
            }
            Self::ErrorAnswer { errcode, errmsg } => words!(
                "holds the platform's refusal instead of a list: errcode {errcode}, {errmsg}";
                "内容是平台的错误返回而不是门店列表：errcode {errcode}，{errmsg}"
            ),
            Self::OtherJson => words!(
                "JSON, but neither pages of getpoilist nor a list of stores";
                "是 JSON，但既不是 getpoilist 的返回，也不是门店列表"
            ),
            Self::NoStores => words!("no stores in it"; "其中没有门店"),
            Self::NotTable => words!("JSON, but a supplement is a table"; "是 JSON，但补充表必须是表格"),
            Self::NobodyListed => words!("it lists no store"; "其中没有列出任何门店"),
            Self::NobodyNamed { shown } => words!("{shown:?} is no poi_id"; "{shown:?} 不是 poi_id"),
            Self::NotApproved { said } => words!(
                "the row says {said:?}, and a list of approved deletions would permit it"; "该行写明 {said:?}，却出现在批准删除的名单中"
            ),
            Self::NoHeader { seen } => {
                let seen = listed(seen);
                words!("no row with known column headers; the first row holds {seen}"; "没有找到可识别的表头；首行内容为 {seen}")
            }
            Self::SeveralSheets { sheets } => {
                let sheets = listed(sheets);
                words!("several sheets have known headers: {sheets}"; "多个工作表都有可识别的表头：{sheets}")
            }
            Self::TwoColumns { field, columns } => {
                let columns = listed(columns);
                words!("several columns stand for {field}: {columns}"; "多列对应同一字段 {field}：{columns}")
            }
            Self::NoIdColumn { seen } => {
                let seen = listed(seen);
                words!("no column poi_id or sid; the headers are {seen}"; "没有 poi_id 或 sid 列；表头为 {seen}")
            }
            Self::UnknownField { header, field } => words!(
                "[columns] gives {header:?} the field {field:?}, which does not exist";
                "[columns] 中 {header:?} 对应的字段 {field:?} 不存在"
            ),
        }
    }

    fn hint(&self) -> Words {
        match self {
            Self::Io(_) => words!("check the path and its permissions"; "请检查路径和权限"),
            Self::Sheet(why) => sheet_hint(why),
            Self::Renamed { .. } => words!(
                "rename it to .csv, or save it as a real workbook";
                "请改名为 .csv，或另存为真正的工作簿"
            ),
            Self::NotJson(why) if why.is_eof() => {
                words!("the file ends too early; save the answer again"; "文件不完整，请重新保存返回内容")
            }
            Self::NotJson(_) | Self::OtherJson => words!(
                "give the answers of poi/getpoilist as they came; `poilift pull -o FILE.jsonl` saves them";
                "请提供 poi/getpoilist 的原始返回；可用 `poilift pull -o FILE.jsonl` 保存"
            ),
            Self::ErrorAnswer { .. } => words!(
                "pull the list again once the cause is mended: `poilift pull -o FILE.jsonl`";
                "排除原因后重新拉取列表：`poilift pull -o FILE.jsonl`"
            ),
            Self::NoStores => words!(
                "check that it is the right file and the right account";
                "请确认文件和公众号是否正确"
            ),
            Self::NotTable => words!(
                "give a CSV, XLSX, XLS or ODS with a column poi_id";
                "请提供含 poi_id 列的 CSV、XLSX、XLS 或 ODS"
            ),
            Self::NobodyListed | Self::NobodyNamed { .. } => words!(
                "give a table with a column poi_id, or a line with a poi_id for each store; # begins a remark";
                "请提供含 poi_id 列的表格，或每行一个 poi_id 的文本；# 之后为备注"
            ),
            Self::NotApproved { .. } => words!(
                "take the row out of the list, or write delete; nothing was sent"; "请将该行移出名单，或写明“删除”；未提交任何内容"
            ),
            Self::NoHeader { .. } | Self::NoIdColumn { .. } => words!(
                "a table needs a column poi_id (or sid) under the API document's names or 门店ID; map your own headers in [columns] of poilift.toml";
                "表格需要 poi_id（或 sid）列，可用接口文档的字段名或“门店ID”；自己的表头请在 poilift.toml 的 [columns] 中指定"
            ),
            Self::SeveralSheets { .. } => words!("keep one of them in the file"; "请只保留其中一个工作表"),
            Self::TwoColumns { .. } => words!("remove or rename all but one"; "请删除或改名，只保留一列"),
            Self::UnknownField { .. } => words!(
                "use a field's key such as credential, contract_phone, poi_id";
                "请使用字段名，如 credential、contract_phone、poi_id"
            ),
        }
    }
}

fn listed(names: &[String]) -> String {
    names.join(", ")
}

/// The room of sheets knows no languages: its own words are the English ones.
fn sheet_words(why: &SheetError) -> Words {
    let zh = match why {
        SheetError::Empty => "文件为空".to_owned(),
        SheetError::FileTooLarge { bytes } => format!("文件有 {bytes} 字节，超过上限 {FILE_BYTES_MAX}"),
        SheetError::EntryTooLarge { entry, bytes, limit } => {
            format!("其中 {entry} 解压后有 {bytes} 字节，超过上限 {limit}")
        }
        SheetError::Markup => "文件是 HTML 或 XML 页面，不是表格".to_owned(),
        SheetError::NotWorkbook => "文件是 zip 压缩包，但不是工作簿".to_owned(),
        SheetError::Encrypted => "工作簿有密码保护".to_owned(),
        SheetError::Damaged(why) => return words!("the workbook is damaged: {why}"; "工作簿已损坏：{why}"),
        SheetError::TooManyEntries { entries } => format!("压缩包有 {entries} 个部分，超过上限 {ENTRIES_MAX}"),
        SheetError::OverlappingEntries => "压缩包中有部分相互重叠或重名".to_owned(),
        SheetError::ZipBomb { entry, bytes, packed } => {
            format!("其中 {entry} 只有 {packed} 字节，解压后却有 {bytes} 字节，超过 {RATIO_MAX} 倍：这是压缩炸弹")
        }
        SheetError::EntryLies { entry, claimed } => format!("其中 {entry} 解压后超过它声明的 {claimed} 字节"),
        SheetError::CellTooLarge { entry } => {
            format!("{entry} 中有单元格超过 {CELL_BYTES_MAX} 字节，而表格的单元格最多 32767 个字符")
        }
        SheetError::StringsTooLarge { bytes } => {
            format!("工作簿的文字共 {bytes} 字节，超过上限 {SHARED_STRINGS_BYTES_MAX}")
        }
        SheetError::SheetTooLarge { sheet } => format!("工作表 {sheet} 声明的大小超过格式允许的范围"),
        SheetError::NotUtf8 { row } => format!("第 {row} 行的文本不是 UTF-8 编码"),
        SheetError::OpenQuote { row } => format!("第 {row} 行的引号没有闭合"),
        SheetError::Unwritable(why) => return words!("the workbook cannot be written: {why}"; "工作簿无法写入：{why}"),
    };
    Words { en: why.to_string(), zh }
}

fn sheet_hint(why: &SheetError) -> Words {
    match why {
        SheetError::Empty => words!("save it again from its source"; "请从来源重新保存"),
        SheetError::Markup => words!(
            "open it in a spreadsheet program and save it as XLSX";
            "请用表格软件打开并另存为 XLSX"
        ),
        SheetError::NotWorkbook => words!("unpack it and give the files in it"; "请解压后提供其中的文件"),
        SheetError::Encrypted | SheetError::Damaged(_) => words!(
            "open it in a spreadsheet program and save it as XLSX without a password";
            "请用表格软件打开，另存为不带密码的 XLSX"
        ),
        SheetError::TooManyEntries { .. }
        | SheetError::OverlappingEntries
        | SheetError::ZipBomb { .. }
        | SheetError::EntryLies { .. }
        | SheetError::CellTooLarge { .. }
        | SheetError::StringsTooLarge { .. }
        | SheetError::SheetTooLarge { .. } => words!(
            "no spreadsheet program writes such a file; ask where it came from, or copy its cells into a new workbook";
            "表格软件不会保存出这样的文件；请确认来源，或把单元格复制到新的工作簿"
        ),
        SheetError::NotUtf8 { .. } => words!(
            "save it as \"CSV UTF-8\" or as XLSX";
            "请另存为“CSV UTF-8”或 XLSX"
        ),
        SheetError::OpenQuote { .. } => words!("close or remove the quotation mark"; "请补上或删除该引号"),
        SheetError::FileTooLarge { .. } | SheetError::EntryTooLarge { .. } | SheetError::Unwritable(_) => {
            words!("split the file into smaller ones"; "请把文件拆分成较小的文件")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_where_and_what_in_both_languages_and_what_to_do() {
        let error = IntakeError::of_file("a.xlsx", Trouble::Renamed { claimed: "XLSX".into() });
        assert!(error.to_string().starts_with("a.xlsx: the name says XLSX"), "{error}");
        assert!(error.words().zh.contains("CSV") && error.hint().en.contains("rename"));
    }
}
