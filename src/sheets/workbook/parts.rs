//! Which part of an XLSX or XLSB is what: the list of sheets names relationships, and these name parts.

use std::collections::HashMap;
use std::io::{BufReader, Read};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::archive::Archive;
use super::damaged;
use crate::sheets::SheetError;
use crate::sheets::error::PART_BYTES_MAX;

/// Where the workbook's own part is.
pub(super) struct Workplace {
    folder: String,
    name: String,
}

impl Workplace {
    /// As the package says, or where every program puts it.
    pub(super) fn find(archive: &mut Archive) -> Result<Self, SheetError> {
        let mut target = None;
        let package = archive.read("_rels/.rels", PART_BYTES_MAX, |part| {
            each_tag(part, |tag| {
                let kind = attribute(tag, "Type")?.unwrap_or_default();
                if kind.ends_with("/relationships/officeDocument") {
                    target = attribute(tag, "Target")?.or(target.take());
                }
                Ok(())
            })
        })?;
        let target = target.filter(|_| package.is_some()).unwrap_or_else(|| "xl/workbook.xml".to_owned());
        let target = target.trim_start_matches('/');
        let (folder, name) = target.rsplit_once('/').map_or(("", target), |(folder, name)| (folder, name));
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        Ok(Self { folder, name: name.to_owned() })
    }

    /// Where it is always.
    pub(super) fn at(folder: &str, name: &str) -> Self {
        Self { folder: folder.to_owned(), name: name.to_owned() }
    }

    /// A part beside the workbook's.
    pub(super) fn beside(&self, name: &str) -> String {
        match name.strip_prefix('/') {
            Some(absolute) => absolute.to_owned(),
            None => format!("{}{name}", self.folder),
        }
    }

    /// The workbook's own part.
    pub(super) fn workbook(&self) -> String {
        self.beside(&self.name)
    }

    /// The part with its relationships.
    pub(super) fn relationships(&self) -> String {
        self.beside(&format!("_rels/{}.rels", self.name))
    }

    /// The parts that the workbook has relations with, by the relation's id.
    pub(super) fn related(&self, archive: &mut Archive) -> Result<HashMap<String, String>, SheetError> {
        let mut related = HashMap::new();
        archive.read(&self.relationships(), PART_BYTES_MAX, |part| {
            each_tag(part, |tag| {
                if let (Some(id), Some(target)) = (attribute(tag, "Id")?, attribute(tag, "Target")?) {
                    related.insert(id, self.beside(&target));
                }
                Ok(())
            })
        })?;
        Ok(related)
    }

    /// The relation's id of each sheet of an XLSX, in their order.
    pub(super) fn sheet_relations(&self, archive: &mut Archive) -> Result<Vec<String>, SheetError> {
        let mut relations = Vec::new();
        archive.read(&self.workbook(), PART_BYTES_MAX, |part| {
            each_tag(part, |tag| {
                if tag.local_name().as_ref() == "sheet" {
                    // `r:id`, under whatever name the relations' space of names has.
                    let id =
                        tag.attributes().with_checks(false).flatten().find(|a| a.key.local_name().as_ref() == "id");
                    relations.push(id.map(|id| id.value.into_owned()).unwrap_or_default());
                }
                Ok(())
            })
        })?;
        Ok(relations)
    }
}

/// Calls `with` for each tag that opens.
pub(super) fn each_tag(
    part: &mut dyn Read,
    mut with: impl FnMut(&BytesStart) -> Result<(), SheetError>,
) -> Result<(), SheetError> {
    let mut reader = Reader::from_reader(BufReader::new(part));
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(tag) | Event::Empty(tag) => with(&tag)?,
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// An attribute's value, if the tag has it.
pub(super) fn attribute(tag: &BytesStart, name: &str) -> Result<Option<String>, SheetError> {
    let found = tag.try_get_attribute(name).map_err(damaged)?;
    let value =
        |a: quick_xml::events::attributes::Attribute| a.normalized_value(XmlVersion::Implicit1_0).map(Into::into);
    found.map(value).transpose().map_err(damaged)
}
