//! Why an input cannot be used as a whole, and what a person can do about it.

use std::error::Error;
use std::fmt;

use super::sheet_words::{sheet_hint, sheet_words};
use crate::sheets::SheetError;
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
    /// A key that stands twice in one object.
    KeyTwice {
        /// Which.
        key: String,
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
    /// There is no sheet of the name that the user gave.
    NoSuchSheet {
        /// The name.
        wanted: String,
        /// The sheets there are.
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
        let (place, what) = (self.place.words(), self.trouble.words());
        Words { en: format!("{}: {}", place.en, what.en), zh: format!("{}：{}", place.zh, what.zh) }
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
            Self::KeyTwice { key } => words!(
                "the key {key:?} stands twice in one object, and which of the two values was meant nobody can tell";
                "同一对象中 {key:?} 出现两次，无法判断以哪个为准"
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
            Self::NoSuchSheet { wanted, sheets } => {
                let sheets = listed(sheets);
                words!("no sheet is called {wanted:?}; there are: {sheets}"; "没有名为 {wanted:?} 的工作表，现有：{sheets}")
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
            Self::NotJson(_) | Self::OtherJson | Self::KeyTwice { .. } => words!(
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
            Self::SeveralSheets { .. } | Self::NoSuchSheet { .. } => words!(
                "say which one with --sheet NAME"; "请用 --sheet NAME 指明工作表"
            ),
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
