//! Why a file's tables cannot be read or written, and the limits that are held.

use super::ROW_BYTES_MAX;

/// The largest file that is read, in bytes (4 GiB): ten million stores; beyond it something else was named.
pub const FILE_BYTES_MAX: u64 = 4 << 30;

/// The largest file of a form that can only be read as a whole (256 MiB): XLS.
pub const WHOLE_BYTES_MAX: u64 = 256 << 20;

/// The largest part of a workbook, in bytes (1 GiB), as the zip directory claims it unpacked: beyond it the file is a
/// zip bomb rather than a table.
pub const ENTRY_BYTES_MAX: u64 = 1 << 30;

/// The largest part that a parser reads as a whole beside sheets and shared strings, in bytes (64 MiB): styles, the list
/// of sheets. Those of real workbooks have some kilobytes.
pub const PART_BYTES_MAX: u64 = 64 << 20;

/// The shared strings of a workbook that are held in memory, in bytes (256 MiB), each counted with what holding it takes.
pub const SHARED_STRINGS_BYTES_MAX: u64 = 256 << 20;

/// The longest cell, in bytes as the file writes it (1 MiB): a cell holds at most 32,767 characters.
pub const CELL_BYTES_MAX: usize = 1 << 20;

/// The most parts of an archive: a workbook has some tens, and one for each picture.
pub const ENTRIES_MAX: usize = 10_000;

/// A part that unpacks to more than so many times its packed size is a bomb: sheets reach 10 to 50 times.
pub const RATIO_MAX: u64 = 200;

/// The ratio is looked at from this size on, in bytes (16 MiB): small parts of one repeated word harm nobody.
pub const RATIO_TOLD_FROM: u64 = 16 << 20;

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
    /// A packed file within a packed file within another.
    #[error("the file is packed more than {layers} times over")]
    PackedAgain {
        /// So many times it was unpacked.
        layers: u32,
    },
    /// A part of more than [`ENTRY_BYTES_MAX`], or than what such a part may have.
    #[error("the part {entry} would unpack to {bytes} bytes, more than the limit of {limit}")]
    EntryTooLarge {
        /// The part's name in the zip.
        entry: String,
        /// The size it claims.
        bytes: u64,
        /// What it may have.
        limit: u64,
    },
    /// HTML or XML text, as some systems export under a spreadsheet's name.
    #[error("the file is an HTML or XML page, not a table")]
    Markup,
    /// A zip without a workbook's parts.
    #[error("the file is a zip archive, but not a workbook")]
    NotWorkbook,
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
    /// More than [`ENTRIES_MAX`].
    #[error("the archive has {entries} parts, more than the limit of {ENTRIES_MAX}")]
    TooManyEntries {
        /// How many it has.
        entries: usize,
    },
    /// Parts of an archive that share bytes, or a name.
    #[error("parts of the archive overlap, or have the same name")]
    OverlappingEntries,
    /// A part that is much larger than it could be.
    #[error(
        "the part {entry} has {packed} bytes and would unpack to {bytes}, more than {RATIO_MAX} times as many: a zip bomb"
    )]
    ZipBomb {
        /// The part's name in the zip.
        entry: String,
        /// The size it claims.
        bytes: u64,
        /// The bytes it takes in the archive.
        packed: u64,
    },
    /// A part that unpacks to more than its archive says.
    #[error("the part {entry} unpacks to more than the {claimed} bytes that it claims")]
    EntryLies {
        /// The part's name in the zip.
        entry: String,
        /// The size it claims.
        claimed: u64,
    },
    /// A cell of more than [`CELL_BYTES_MAX`].
    #[error("a cell in {entry} has more than {CELL_BYTES_MAX} bytes, and a spreadsheet's holds 32767 characters")]
    CellTooLarge {
        /// The part's name in the zip, or the sheet's.
        entry: String,
    },
    /// Strings beyond [`SHARED_STRINGS_BYTES_MAX`], or more of them claimed than there is room for.
    #[error("the workbook's strings take {bytes} bytes, more than the limit of {SHARED_STRINGS_BYTES_MAX}")]
    StringsTooLarge {
        /// What they take, or would by their claimed number.
        bytes: u64,
    },
    /// A sheet that claims more rows, columns or cells than its format allows.
    #[error("the sheet {sheet} claims to be larger than a sheet can be")]
    SheetTooLarge {
        /// The sheet's name.
        sheet: String,
    },
}
