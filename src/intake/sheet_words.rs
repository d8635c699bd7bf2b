//! What is wrong with a file as a table, in both languages.

use crate::sheets::{
    CELL_BYTES_MAX, ENTRIES_MAX, FILE_BYTES_MAX, RATIO_MAX, ROW_BYTES_MAX, SHARED_STRINGS_BYTES_MAX, SheetError,
};
use crate::store::Words;
use crate::words;

/// The room of sheets knows no languages: its own words are the English ones.
pub(super) fn sheet_words(why: &SheetError) -> Words {
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
        SheetError::UnpacksTooLarge { limit } => format!("文件解压后超过 {limit} 字节，门店表格不会这么大"),
        SheetError::PackedAgain { layers } => format!("文件被压缩了 {layers} 层以上"),
        SheetError::EncodingUnknown => "无法判断文本的编码".to_owned(),
        SheetError::RowTooLarge { row, .. } => format!("第 {row} 行超过 {ROW_BYTES_MAX} 字节"),
        SheetError::Changed => "读取过程中文件被改动".to_owned(),
        SheetError::Io(why) => return words!("cannot be read: {why}"; "无法读取：{why}"),
        SheetError::OpenQuote { row } => format!("第 {row} 行的引号没有闭合"),
        SheetError::Unwritable(why) => return words!("the workbook cannot be written: {why}"; "工作簿无法写入：{why}"),
    };
    Words { en: why.to_string(), zh }
}

pub(super) fn sheet_hint(why: &SheetError) -> Words {
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
        SheetError::EncodingUnknown => words!(
            "name it with --encoding, or save the file as \"CSV UTF-8\" or as XLSX";
            "请用 --encoding 指明编码，或另存为“CSV UTF-8”或 XLSX"
        ),
        SheetError::RowTooLarge { is_quoted: false, .. } => words!(
            "a table of stores has a line for each; is it the right file?"; "门店表格每家一行，请确认文件是否正确"
        ),
        SheetError::Changed => words!("run the command again once nobody writes to it"; "请在无人写入后重新运行"),
        SheetError::Io(_) => words!("check the file and the disk"; "请检查文件和磁盘"),
        SheetError::RowTooLarge { is_quoted: true, .. } | SheetError::OpenQuote { .. } => {
            words!("close or remove the quotation mark"; "请补上或删除该引号")
        }
        SheetError::PackedAgain { .. } | SheetError::UnpacksTooLarge { .. } => words!(
            "unpack it by hand and look at what is in it"; "请手工解压并检查内容"
        ),
        SheetError::FileTooLarge { .. } | SheetError::EntryTooLarge { .. } | SheetError::Unwritable(_) => {
            words!("split the file into smaller ones"; "请把文件拆分成较小的文件")
        }
    }
}
