//! Cells from a parser on one thread to rows on another: parsing XML and making rows of its cells take about as long, and
//! most machines have a second core. What waits between the two is bounded.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::{mem, thread};

use calamine::{CellErrorType, DataRef, ExcelDateTime};

use super::Value;
use super::cell::{from_duration, from_moment, from_serial};
use super::{Found, With, damaged, quiet};
use crate::sheets::SheetError;

/// How many cells go over at a time, and how many such batches may wait.
const BATCH_CELLS: usize = 2048;
const BATCHES: usize = 16;

/// A batch also ends with so many bytes of text.
const BATCH_BYTES: usize = 1 << 20;

/// The last row and the last column of a sheet, from 0.
const ROW_MAX: u32 = 1_048_575;
const COLUMN_MAX: u32 = 16_383;

/// Cells in the order in which the file has them.
#[derive(Default)]
struct Batch<'a> {
    cells: Vec<(u32, u32, Held<'a>)>,
    /// The texts of the cells, one after the other: thousands of them in one allocation.
    text: String,
}

enum Held<'a> {
    /// So many bytes of the batch's text.
    Text(usize),
    Shared(&'a str),
    Number(f64),
    Integer(i64),
    Bool(bool),
    Serial(ExcelDateTime),
    /// Bytes of the batch's text that are a moment, or a duration, in ISO 8601.
    Moment(usize),
    Duration(usize),
    Error(CellErrorType),
    /// Bytes of the batch's text that say what is wrong.
    Wrong(usize),
}

/// Where a parser puts its cells.
pub(super) struct Sink<'a> {
    batch: Batch<'a>,
    to: SyncSender<Batch<'a>>,
    /// Batches that were used up, to be filled again.
    used: Receiver<Batch<'a>>,
}

impl<'a> Sink<'a> {
    /// Takes a cell; says to stop if nobody wants more.
    pub(super) fn push(&mut self, row: u32, column: u32, value: &DataRef<'a>) -> ControlFlow<()> {
        let held = match value {
            DataRef::Empty => return ControlFlow::Continue(()),
            DataRef::SharedString(text) => Held::Shared(text),
            DataRef::String(text) => Held::Text(self.keep(text)),
            DataRef::Float(number) => Held::Number(*number),
            DataRef::Int(number) => Held::Integer(*number),
            DataRef::Bool(flag) => Held::Bool(*flag),
            DataRef::DateTime(at) => Held::Serial(*at),
            DataRef::DateTimeIso(text) => Held::Moment(self.keep(text)),
            DataRef::DurationIso(text) => Held::Duration(self.keep(text)),
            DataRef::Error(error) => Held::Error(error.clone()),
        };
        self.hold(row, column, held)
    }

    /// Takes a cell whose value is an error.
    pub(super) fn push_error(&mut self, row: u32, column: u32, what: &str) -> ControlFlow<()> {
        let held = Held::Wrong(self.keep(what));
        self.hold(row, column, held)
    }

    /// Takes a cell that holds text.
    pub(super) fn push_text(&mut self, row: u32, column: u32, text: &str) -> ControlFlow<()> {
        let held = Held::Text(self.keep(text));
        self.hold(row, column, held)
    }

    fn keep(&mut self, text: &str) -> usize {
        self.batch.text.push_str(text);
        text.len()
    }

    fn hold(&mut self, row: u32, column: u32, held: Held<'a>) -> ControlFlow<()> {
        self.batch.cells.push((row, column, held));
        if self.batch.cells.len() >= BATCH_CELLS || self.batch.text.len() >= BATCH_BYTES {
            return self.send();
        }
        ControlFlow::Continue(())
    }

    fn send(&mut self) -> ControlFlow<()> {
        let mut next = self.used.try_recv().unwrap_or_default();
        next.cells.clear();
        next.text.clear();
        match self.to.send(mem::replace(&mut self.batch, next)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

/// Runs `parse` on a thread of its own and hands the rows of its cells to `with` on this one.
pub(super) fn in_batches<'a>(
    parse: impl FnOnce(&mut Sink<'a>) -> Result<(), SheetError> + Send + 'a,
    with: With,
) -> Result<(), SheetError> {
    let (to, from) = sync_channel::<Batch<'a>>(BATCHES);
    let (back, used) = sync_channel::<Batch<'a>>(BATCHES);
    thread::scope(|scope| {
        let parser = scope.spawn(move || {
            let mut sink = Sink { batch: Batch::default(), to, used };
            // Damage must be an error like any other, also where the parser panics over it.
            let parsed = quiet::parsed(|| parse(&mut sink));
            let _ = sink.send();
            parsed
        });
        let mut rows = Rows::default();
        let taken = from.iter().try_for_each(|batch| {
            rows.take(&batch, with)?;
            // There may be no use for it any more.
            let _ = back.try_send(batch);
            Ok::<(), Stop>(())
        });
        // Whoever parses is told to stop by nobody listening any more.
        drop(from);
        let parsed = parser.join().unwrap_or_else(|panic| Err(quiet::gave_up(&*panic)));
        match taken {
            // What was parsed until the damage has been handed over; the last row may be half of one.
            Ok(()) => parsed.and_then(|()| rows.finish(with).or_else(Stop::into_result)),
            Err(stop) => stop.into_result(),
        }
    })
}

/// Why no more rows are taken.
enum Stop {
    Enough,
    Wrong(SheetError),
}

impl Stop {
    fn into_result(self) -> Result<(), SheetError> {
        match self {
            Self::Enough => Ok(()),
            Self::Wrong(why) => Err(why),
        }
    }
}

/// Cells put together to rows.
#[derive(Default)]
struct Rows {
    row: Found,
    /// The row that was handed over last.
    last: Option<u32>,
    is_unsorted: bool,
    /// How many cells the last row had: the next has about as many.
    width: usize,
}

impl Rows {
    fn take(&mut self, batch: &Batch, with: With) -> Result<(), Stop> {
        let mut at = 0;
        for (row, column, held) in &batch.cells {
            let value = held.value(&batch.text, &mut at);
            if value == Value::Empty {
                continue;
            }
            if *row != self.row.row || self.row.cells.is_empty() {
                self.finish(with)?;
                self.begin(*row)?;
            }
            if *column > COLUMN_MAX {
                return Err(Stop::Wrong(damaged("a cell stands outside of its sheet")));
            }
            self.is_unsorted |= self.row.cells.last().is_some_and(|(last, _)| last >= column);
            self.row.cells.push((*column, value));
        }
        Ok(())
    }

    fn begin(&mut self, row: u32) -> Result<(), Stop> {
        if row > ROW_MAX {
            return Err(Stop::Wrong(damaged("a cell stands outside of its sheet")));
        }
        // Two rows of one number, or one before the other: which cell is whose would be a guess.
        if self.last.is_some_and(|last| last >= row) {
            return Err(Stop::Wrong(damaged(format!("row {} is out of order", row + 1))));
        }
        self.row = Found { row, cells: Vec::with_capacity(self.width) };
        Ok(())
    }

    /// Hands over the row that was put together.
    fn finish(&mut self, with: With) -> Result<(), Stop> {
        if self.row.cells.is_empty() {
            return Ok(());
        }
        if mem::take(&mut self.is_unsorted) {
            self.row.cells.sort_by_key(|(column, _)| *column);
            if self.row.cells.windows(2).any(|pair| pair[0].0 == pair[1].0) {
                return Err(Stop::Wrong(damaged(format!("row {} has one cell twice", self.row.row + 1))));
            }
        }
        self.last = Some(self.row.row);
        self.width = self.row.cells.len();
        match with(mem::take(&mut self.row)).map_err(Stop::Wrong)? {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop::Enough),
        }
    }
}

impl Held<'_> {
    /// The value; `at` is how far the batch's text was used up.
    fn value(&self, texts: &str, at: &mut usize) -> Value {
        let mut text = |bytes: usize| {
            let from = *at;
            *at += bytes;
            &texts[from..*at]
        };
        match self {
            Self::Text(bytes) => Value::from_text(text(*bytes).to_owned()),
            Self::Shared(shared) => Value::from_text((*shared).to_owned()),
            Self::Number(number) => Value::from_number(*number),
            Self::Integer(number) => Value::from_integer(*number),
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Serial(serial) => from_serial(serial),
            Self::Moment(bytes) => from_moment(text(*bytes)),
            Self::Duration(bytes) => from_duration(text(*bytes)),
            Self::Error(error) => Value::Error(error.to_string()),
            Self::Wrong(bytes) => Value::Error(text(*bytes).to_owned()),
        }
    }
}
