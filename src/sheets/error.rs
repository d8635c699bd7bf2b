//! Why a file's tables cannot be read or written, and the limits that are held.

/// The largest file that is read, in bytes (256 MiB): a million stores as JSON; beyond it something else was named.
pub const FILE_BYTES_MAX: u64 = 256 << 20;

/// The largest part of a workbook, in bytes (1 GiB), as the zip directory claims it unpacked: beyond it the file is a
/// zip bomb rather than a table.
pub const ENTRY_BYTES_MAX: u64 = 1 << 30;

/// Why a file is no table, or why a table cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// No byte in it, or white space only.
    #[error("the file is empty")]
    Empty,
    /// More than [`FILE_BYTES_MAX`].
    #[error("the file has {bytes} bytes, more than the limit of {FILE_BYTES_MAX}")]
    FileTooLarge {
        /// Its size.
        bytes: u64,
    },
    /// A part of more than [`ENTRY_BYTES_MAX`].
    #[error("the part {entry} would unpack to {bytes} bytes, more than the limit of {ENTRY_BYTES_MAX}")]
    EntryTooLarge {
        /// The part's name in the zip.
        entry: String,
        /// The size it claims.
        bytes: u64,
    },
    /// HTML or XML text, as some systems export under a spreadsheet's name.
    #[error("the file is an HTML or XML page, not a table")]
    Markup,
    /// A zip without a workbook's parts.
    #[error("the file is a zip archive, but not a workbook")]
    NotWorkbook,
    /// XLSB, Excel's binary workbook.
    #[error("the file is a binary workbook (XLSB)")]
    BinaryWorkbook,
    /// Protected with a password.
    #[error("the workbook is protected with a password")]
    Encrypted,
    /// The form is right but its contents cannot be read.
    #[error("the workbook is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Bytes that are not UTF-8.
    #[error("the text in row {row} is not UTF-8")]
    NotUtf8 {
        /// The row, as a spreadsheet program numbers it.
        row: u32,
    },
    /// A quoted field without its closing quote: everything after it would be one cell.
    #[error("a quotation mark opened in row {row} is never closed")]
    OpenQuote {
        /// The row in which it was opened.
        row: u32,
    },
    /// The table cannot be written (a text longer than the 32,767 characters a cell can hold, too many rows).
    #[error("the workbook cannot be written")]
    Unwritable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
