//! Why a file's tables cannot be read or written, and the limits that are held.

use super::ROW_BYTES_MAX;

/// The largest file that is read, in bytes (4 GiB): ten million stores; beyond it something else was named.
pub const FILE_BYTES_MAX: u64 = 4 << 30;

/// The largest file of a form that can only be read as a whole (256 MiB): XLS.
pub const WHOLE_BYTES_MAX: u64 = 256 << 20;

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
    /// A packed file that is absurdly large once unpacked.
    #[error("the file unpacks to more than {limit} bytes, which no table of stores does")]
    UnpacksTooLarge {
        /// The limit for a file of its size.
        limit: u64,
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
    /// Bytes that fit neither UTF-8 nor an encoding of Chinese.
    #[error("it cannot be told in which encoding the text is")]
    EncodingUnknown,
    /// A row longer than [`ROW_BYTES_MAX`].
    #[error("row {row} has more than {ROW_BYTES_MAX} bytes")]
    RowTooLarge {
        /// The row, as a spreadsheet program numbers it.
        row: u32,
        /// It begins with an open quotation mark.
        is_quoted: bool,
    },
    /// The file became another while it was read.
    #[error("the file changed while it was read")]
    Changed,
    /// It cannot be read any further.
    #[error("the file cannot be read")]
    Io(#[source] std::io::Error),
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
