//! Pictures that float over the cells of a sheet: they stand in a part of their own, with the cell over which each begins.

use std::io::{BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::Event;

use super::archive::Archive;
use super::damaged;
use super::parts::{attribute, each_tag};
use crate::sheets::SheetError;
use crate::sheets::error::PART_BYTES_MAX;

/// More pictures than this are not counted: a picture a store, in the largest sheets that people fill in by hand.
const PICTURES_MAX: usize = 100_000;

/// The cells over which pictures of this sheet begin: row and column, from 0.
pub(super) fn floating(archive: &mut Archive, sheet_part: &str) -> Result<Vec<(u32, u32)>, SheetError> {
    let (folder, name) = sheet_part.rsplit_once('/').unwrap_or(("", sheet_part));
    let mut drawings = Vec::new();
    archive.read(&format!("{folder}/_rels/{name}.rels"), PART_BYTES_MAX, |part| {
        each_tag(part, |tag| {
            if attribute(tag, "Type")?.unwrap_or_default().ends_with("/relationships/drawing") {
                drawings.extend(attribute(tag, "Target")?.map(|target| beside(folder, &target)));
            }
            Ok(())
        })
    })?;
    let mut found = Vec::new();
    for drawing in drawings {
        found.extend(archive.read(&drawing, PART_BYTES_MAX, pictures)?.unwrap_or_default());
    }
    Ok(found)
}

/// `../drawings/drawing1.xml` as seen from `xl/worksheets`.
fn beside(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            ".." => drop(path.pop()),
            "." | "" => {}
            part => path.push(part),
        }
    }
    path.join("/")
}

fn pictures(part: &mut dyn Read) -> Result<Vec<(u32, u32)>, SheetError> {
    let mut reader = Reader::from_reader(BufReader::new(part));
    let (mut buffer, mut found) = (Vec::new(), Vec::new());
    let (mut is_from, mut number, mut row, mut column) = (false, String::new(), 0, 0);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "from" => is_from = true,
                "pic" if found.len() < PICTURES_MAX => found.push((row, column)),
                _ => number.clear(),
            },
            Event::Text(text) if is_from => number.push_str(text.xml10_content().trim()),
            Event::End(tag) => match tag.local_name().as_ref() {
                "from" => is_from = false,
                "row" if is_from => row = number.parse().unwrap_or(row),
                "col" if is_from => column = number.parse().unwrap_or(column),
                _ => {}
            },
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_floats_over_the_cell_where_it_begins() {
        let anchor = |row: u32, column: u32, what: &str| {
            format!(
                "<xdr:twoCellAnchor><xdr:from><xdr:col>{column}</xdr:col><xdr:colOff>9</xdr:colOff><xdr:row>{row}</xdr:row>\
                 <xdr:rowOff>7</xdr:rowOff></xdr:from><xdr:to><xdr:col>30</xdr:col><xdr:row>40</xdr:row></xdr:to>{what}</xdr:twoCellAnchor>"
            )
        };
        let picture = "<xdr:pic><xdr:nvPicPr/></xdr:pic>";
        let drawing = format!(
            "<xdr:wsDr>{}{}{}</xdr:wsDr>",
            anchor(11, 5, picture),
            anchor(1, 1, "<xdr:sp/>"),
            anchor(12, 5, picture)
        );
        assert_eq!(pictures(&mut drawing.as_bytes()).unwrap(), [(11, 5), (12, 5)]);
    }

    #[test]
    fn a_part_is_found_from_its_sheet() {
        assert_eq!(beside("xl/worksheets", "../drawings/drawing1.xml"), "xl/drawings/drawing1.xml");
        assert_eq!(beside("xl/worksheets", "/xl/drawings/d.xml"), "xl/drawings/d.xml");
    }
}
