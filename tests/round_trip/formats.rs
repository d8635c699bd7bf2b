//! The same stores in every format and encoding that is read.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use poilift::intake::spreadsheet;
use poilift::sheets::{csv_bytes, xlsx_bytes};
use poilift::store::{LegacyStore, UpgradeStatus};
use serde_json::{Map, Value, json};
use zip::write::{SimpleFileOptions, ZipWriter};

/// Names and bytes.
pub fn all(stores: &[LegacyStore]) -> Vec<(&'static str, Vec<u8>)> {
    let (header, rows) = spreadsheet(stores);
    let csv = csv_bytes(&header, &rows);
    let text = std::str::from_utf8(&csv).unwrap().trim_start_matches('\u{feff}').to_owned();
    let page = json!({"errcode": 0, "errmsg": "ok", "business_list": elements(stores), "total_count": stores.len()});
    let page = page.to_string().into_bytes();
    vec![
        ("utf8-bom.csv", csv.clone()),
        ("utf8.csv", text.clone().into_bytes()),
        ("gb18030.csv", gb18030(&text)),
        ("utf16.csv", utf16(&text)),
        ("packed.csv.gz", gzip(&csv)),
        ("stores.xlsx", xlsx_bytes("门店", &header, &rows).unwrap()),
        ("stores.ods", ods(&header, &rows)),
        ("packed.json.gz", gzip(&page)),
        ("page.json", page),
        ("lines.jsonl", lines(stores)),
    ]
}

fn gb18030(text: &str) -> Vec<u8> {
    let (bytes, _, had_errors) = encoding_rs::GB18030.encode(text);
    assert!(!had_errors, "GB18030 has all of Unicode");
    bytes.into_owned()
}

fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn elements(stores: &[LegacyStore]) -> Vec<Value> {
    stores.iter().map(|store| json!({"base_info": base_info(store)})).collect()
}

fn lines(stores: &[LegacyStore]) -> Vec<u8> {
    elements(stores).iter().fold(String::new(), |text, element| text + &element.to_string() + "\n").into_bytes()
}

/// The record as the platform writes it: a status that is absent has no field.
fn base_info(store: &LegacyStore) -> Map<String, Value> {
    let id = |id: Option<String>| id.unwrap_or_default();
    let photos: Vec<Value> = store.photos.iter().map(|url| json!({"photo_url": url})).collect();
    let mut info = Map::new();
    let mut put = |key: &str, value: Value| info.insert(key.to_owned(), value);
    put("poi_id", id(store.poi_id.as_ref().map(ToString::to_string)).into());
    put("sid", id(store.sid.as_ref().map(ToString::to_string)).into());
    put("business_name", store.business_name.as_str().into());
    put("branch_name", store.branch_name.as_str().into());
    put("province", store.province.as_str().into());
    put("city", store.city.as_str().into());
    put("district", store.district.as_str().into());
    put("address", store.address.as_str().into());
    put("telephone", store.telephone.as_str().into());
    put("open_time", store.open_time.as_str().into());
    put("photo_list", photos.into());
    put("mapid", id(store.map_poi_id.as_ref().map(ToString::to_string)).into());
    if store.upgrade_status != UpgradeStatus::Absent {
        put("upgrade_status", store.upgrade_status.code().parse::<u8>().unwrap().into());
    }
    put("upgrade_comment", store.upgrade_comment.as_str().into());
    info
}

/// An `OpenDocument` spreadsheet as the standard has it: the media type first and stored, every cell a text, its lines
/// paragraphs, its repeated spaces and its tabs elements of their own.
fn ods(header: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    const TYPE: &str = "application/vnd.oasis.opendocument.spreadsheet";
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let manifest = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\">\
         <manifest:file-entry manifest:full-path=\"/\" manifest:media-type=\"{TYPE}\"/>\
         <manifest:file-entry manifest:full-path=\"content.xml\" manifest:media-type=\"text/xml\"/></manifest:manifest>"
    );
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let parts =
        [("mimetype", TYPE.to_owned()), ("META-INF/manifest.xml", manifest), ("content.xml", content(header, rows))];
    for (name, text) in parts {
        zip.start_file(name, stored).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn content(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" office:version=\"1.2\">\
         <office:body><office:spreadsheet><table:table table:name=\"门店\">",
    );
    let header: Vec<String> = header.iter().map(ToString::to_string).collect();
    for row in std::iter::once(&header).chain(rows) {
        xml.push_str("<table:table-row>");
        for cell in row {
            put_cell(&mut xml, cell);
        }
        xml.push_str("</table:table-row>");
    }
    xml + "</table:table></office:spreadsheet></office:body></office:document-content>"
}

fn put_cell(xml: &mut String, text: &str) {
    if text.is_empty() {
        xml.push_str("<table:table-cell/>");
        return;
    }
    xml.push_str("<table:table-cell office:value-type=\"string\">");
    for line in text.split('\n') {
        xml.push_str("<text:p>");
        put_line(xml, line);
        xml.push_str("</text:p>");
    }
    xml.push_str("</table:table-cell>");
}

/// White space at a paragraph's ends and repeated spaces would be collapsed: they are elements.
fn put_line(xml: &mut String, line: &str) {
    let (mut is_inner, mut rest) = (false, line.chars().peekable());
    while let Some(c) = rest.next() {
        is_inner &= rest.peek().is_some_and(|next| !matches!(next, ' ' | '\t'));
        match c {
            ' ' if is_inner => xml.push(' '),
            ' ' => xml.push_str("<text:s/>"),
            '\t' => xml.push_str("<text:tab/>"),
            '<' | '>' | '&' | '"' => write!(xml, "&#{};", u32::from(c)).unwrap(),
            c => xml.push(c),
        }
        is_inner = !matches!(c, ' ' | '\t');
    }
}
