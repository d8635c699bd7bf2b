//! What each form of workbook gives, and what is refused of it.

use super::*;
use rust_xlsxwriter::{Format, Formula};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn time(text: &str) -> Value {
    Value::DateTime { text: text.into(), is_time: true }
}

/// A zip of these parts, packed or not.
fn zip_as(method: CompressionMethod, parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn zip_of(parts: &[(&str, &str)]) -> Vec<u8> {
    zip_as(CompressionMethod::Stored, parts)
}

/// An XLSX of one sheet `S`, with these rows and what follows them, and these shared strings.
fn xlsx_as(method: CompressionMethod, rows: &str, after: &str, strings: &str) -> Vec<u8> {
    let relation = |id: &str, kind: &str, target: &str| {
        format!(
            r#"<Relationships><Relationship Id="{id}" Type="x/relationships/{kind}" Target="{target}"/></Relationships>"#
        )
    };
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData>{after}</worksheet>");
    let parts = [
        ("_rels/.rels", &relation("r1", "officeDocument", "xl/workbook.xml")),
        ("xl/_rels/workbook.xml.rels", &relation("r1", "worksheet", "worksheets/sheet1.xml")),
        ("xl/workbook.xml", &r#"<workbook><sheets><sheet name="S" r:id="r1"/></sheets></workbook>"#.to_owned()),
        ("xl/sharedStrings.xml", &strings.to_owned()),
        ("xl/worksheets/sheet1.xml", &sheet),
    ];
    zip_as(method, &parts.map(|(name, text)| (name, text.as_str())))
}

fn xlsx(rows: &str, after: &str) -> Vec<u8> {
    xlsx_as(CompressionMethod::Stored, rows, after, "<sst/>")
}

fn open(form: Form, bytes: &[u8]) -> Result<Workbook, SheetError> {
    Workbook::open(form, Box::new(Cursor::new(bytes.to_vec())))
}

/// A row's number and the texts of its cells.
type Texts = (u32, Vec<String>);

/// The rows of the first sheet, below a header in row 1, as number and texts, and what was met.
fn table(form: Form, bytes: &[u8]) -> Result<(Vec<Texts>, Notes), SheetError> {
    let mut book = open(form, bytes)?;
    book.set_header(0, 1);
    let mut rows = Vec::new();
    book.each_row(0, &mut |row| {
        rows.push((row.number, row.cells().map(|(_, value)| value.text().to_owned()).collect()));
        ControlFlow::Continue(())
    })?;
    Ok((rows, book.notes(0).clone()))
}

fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:body><office:spreadsheet><table:table table:name=\"S\">{rows}</table:table>\
         </office:spreadsheet></office:body></office:document-content>"
    );
    zip_of(&[("mimetype", ODS), ("META-INF/manifest.xml", "<m/>"), ("content.xml", &content)])
}

const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";

fn row(number: u32, cells: &[&str]) -> (u32, Vec<String>) {
    (number, cells.iter().map(ToString::to_string).collect())
}

fn inline(cell: &str, text: &str) -> String {
    format!(r#"<c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

#[test]
fn hidden_rows_are_read_and_said() {
    let rows = format!(
        r#"<row r="1">{}</row><row r="2" hidden="1">{}</row><row r="3" hidden="1"/><row r="4">{}</row>"#,
        inline("A1", "poi_id"),
        inline("A2", "7"),
        inline("A4", "8")
    );
    // A column that is hidden hides nothing of a row.
    let (rows, notes) = table(Form::Xlsx, &xlsx(&rows, r#"<cols><col min="1" hidden="1"/></cols>"#)).unwrap();
    assert_eq!(rows, [row(1, &["poi_id"]), row(2, &["7"]), row(4, &["8"])]);
    assert_eq!((notes.hidden_rows, notes.first_hidden_rows), (1, vec![2]));
}

#[test]
fn merged_ranges_that_stand_behind_the_rows_are_known_before_them() {
    let rows = format!(
        r#"<row r="1">{}</row><row r="2">{}{}</row><row r="3">{}</row><row r="5">{}</row>"#,
        inline("A1", "province"),
        inline("A2", "湖南省"),
        inline("B2", "a"),
        inline("B3", "b"),
        inline("B5", "d")
    );
    let after = r#"<mergeCells count="2"><mergeCell ref="A2:A4"/><mergeCell ref="A1:D1"/></mergeCells>"#;
    let (rows, notes) = table(Form::Xlsx, &xlsx(&rows, after)).unwrap();
    let expected = [row(1, &["province"]), row(2, &["湖南省", "a"]), row(3, &["湖南省", "b"]), row(5, &["d"])];
    assert_eq!(rows, expected);
    assert_eq!(notes.first_merged, ["A2:A4"]);
}

#[test]
fn tags_with_a_prefix_are_the_same_tags() {
    let sheet = r#"<x:worksheet><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row><x:row r="2" hidden="true">
        <x:c r="A2"><x:v>2</x:v></x:c></x:row><x:row r="3"><x:c r="B3"><x:f>1+1</x:f></x:c></x:row></x:sheetData>
        <x:mergeCells><x:mergeCell ref='A2:A3'/></x:mergeCells></x:worksheet>"#;
    let bytes = xlsx("", "");
    let mut zip = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    let mut parts = Vec::new();
    for name in zip.file_names().map(|name| name.unwrap().into_owned()).collect::<Vec<_>>() {
        let text = std::io::read_to_string(zip.by_name(&name).unwrap()).unwrap();
        parts.push((name.clone(), if name.contains("sheet1") { sheet.to_owned() } else { text }));
    }
    let parts: Vec<_> = parts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (rows, notes) = table(Form::Xlsx, &zip_of(&parts)).unwrap();
    assert_eq!(rows, [row(1, &["1"]), row(2, &["2"]), row(3, &["2", "formula without value / 公式没有值"])]);
    assert_eq!((notes.hidden_rows, notes.merged), (1, 1));
}

#[test]
fn a_formula_is_its_value_and_one_without_is_no_empty_cell() {
    let rows = r#"<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>X()</f></c><c r="C1"><f>X()</f><v></v></c>
        <c r="D1" t="str"><f>""</f><v></v></c><c r="E1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="F1" t="str"><f>"x"</f><v>x</v></c>
        <c r="G1"><f t="shared" si="0"/></c></row>"#;
    let mut book = open(Form::Xlsx, &xlsx(rows, "")).unwrap();
    let head = book.head(0, 1).unwrap();
    let missing = Value::Error("formula without value / 公式没有值".into());
    assert_eq!((head[0].get(0).text(), head[0].get(1), head[0].get(2)), ("2", &missing, &missing));
    // A formula whose value is no text at all has one.
    assert_eq!((head[0].get(3), head[0].get(5).text()), (&Value::Empty, "x"));
    assert_eq!((head[0].get(4), head[0].get(6)), (&Value::Error("#DIV/0!".into()), &missing));
}

#[test]
fn how_a_word_is_spoken_is_no_part_of_it_and_rich_text_is_one() {
    let strings = r#"<sst uniqueCount="2"><si><t>门店</t><rPh sb="0" eb="2"><t>mendian</t></rPh></si><si><r><t>红</t></r><r><rPr><b/></rPr>
        <t xml:space="preserve"> 蓝</t></r></si></sst>"#;
    let rows = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>"#;
    let bytes = xlsx_as(CompressionMethod::Stored, rows, "", strings);
    assert_eq!(table(Form::Xlsx, &bytes).unwrap().0, [row(1, &["门店", "红 蓝"])]);
}

#[test]
fn a_claimed_number_of_strings_is_not_believed() {
    let strings = r#"<!-- <sst uniqueCount="1"> --><sst uniqueCount="4000000000"><si><t>a</t></si></sst>"#;
    let bytes = xlsx_as(CompressionMethod::Stored, "", "", strings);
    assert!(matches!(open(Form::Xlsx, &bytes), Err(SheetError::StringsTooLarge { bytes }) if bytes > 100_000_000_000));
}

#[test]
fn a_cell_of_megabytes_is_refused_wherever_it_stands() {
    let text = "x".repeat(3 << 20);
    let rows = format!(r#"<row r="1">{}</row>"#, inline("A1", &text));
    assert!(matches!(table(Form::Xlsx, &xlsx(&rows, "")), Err(SheetError::CellTooLarge { .. })));
    let runs = "<r><rPr><color/></rPr><t>0123456789</t></r>".repeat(100_000);
    let rows = format!(r#"<row r="1"><c r="A1" t="inlineStr"><is>{runs}</is></c></row>"#);
    assert!(matches!(table(Form::Xlsx, &xlsx(&rows, "")), Err(SheetError::CellTooLarge { .. })));
    let strings = format!("<sst><si><t>{text}</t></si></sst>");
    let bytes = xlsx_as(CompressionMethod::Stored, "", "", &strings);
    assert!(matches!(open(Form::Xlsx, &bytes), Err(SheetError::CellTooLarge { .. })));
    let cell =
        format!("<table:table-row><table:table-cell><text:p>{text}</text:p></table:table-cell></table:table-row>");
    assert!(matches!(open(Form::Ods, &ods(&cell)), Err(SheetError::CellTooLarge { .. })));
}

#[test]
fn what_follows_the_rows_may_be_long() {
    let after = format!(
        "<conditionalFormatting>{}</conditionalFormatting>",
        "<cfRule><formula>1</formula></cfRule>".repeat(60_000)
    );
    let rows = format!(r#"<row r="1">{}</row>"#, inline("A1", "a"));
    assert_eq!(table(Form::Xlsx, &xlsx(&rows, &after)).unwrap().0, [row(1, &["a"])]);
    let rows: Vec<_> = (1..40_000).map(|row| format!(r#"<row r="{row}" spans="1:20" ht="15"/>"#)).collect();
    let rows = rows.concat();
    assert_eq!(table(Form::Xlsx, &xlsx(&rows, "")).unwrap().0, []);
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let rows = " ".repeat(20 << 20);
    let bytes = xlsx_as(CompressionMethod::Deflated, &rows, "", "<sst/>");
    assert!(bytes.len() < 100_000, "{}", bytes.len());
    assert!(matches!(table(Form::Xlsx, &bytes), Err(SheetError::ZipBomb { entry, .. }) if entry.contains("sheet1")));
}

#[test]
fn a_part_longer_than_it_claims_is_refused() {
    let mut bytes = xlsx_as(CompressionMethod::Deflated, &"<row/>".repeat(1000), "", "<sst/>");
    let name = b"xl/worksheets/sheet1.xml";
    let at = bytes.windows(name.len()).rposition(|window| window == name).unwrap() - 46;
    assert_eq!(bytes[at..at + 4], *b"PK");
    // The unpacked size stands 24 bytes into an entry of the zip's directory.
    bytes[at + 24..at + 28].copy_from_slice(&100_u32.to_le_bytes());
    let refused = table(Form::Xlsx, &bytes).unwrap_err();
    assert!(matches!(refused, SheetError::EntryLies { claimed: 100, .. }), "{refused:?}");
}

#[test]
fn rows_and_cells_out_of_place_are_damage_and_cells_out_of_order_are_not() {
    let two = |first: u32, second: u32| {
        let cell = |row: u32| format!(r#"<row r="{row}">{}</row>"#, inline(&format!("A{row}"), "x"));
        table(Form::Xlsx, &xlsx(&(cell(first) + &cell(second)), ""))
    };
    assert!(two(1, 2).is_ok());
    assert!(matches!(two(2, 1), Err(SheetError::Damaged(why)) if why.to_string() == "row 1 is out of order"));
    assert!(matches!(two(2, 2), Err(SheetError::Damaged(why)) if why.to_string() == "row 2 has one cell twice"));
    assert!(matches!(two(2, 1_048_577), Err(SheetError::Damaged(_))));
    let rows = format!(r#"<row r="1">{}{}</row>"#, inline("B1", "b"), inline("A1", "a"));
    assert_eq!(table(Form::Xlsx, &xlsx(&rows, "")).unwrap().0, [row(1, &["a", "b"])]);
}

#[test]
fn an_opendocument_row_that_stands_for_the_whole_sheet_is_refused_if_it_holds_anything() {
    let rows = |same: u32, cell: &str| {
        ods(&format!(r#"<table:table-row table:number-rows-repeated="{same}">{cell}</table:table-row>"#))
    };
    let cell = r#"<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>"#;
    assert!(
        matches!(open(Form::Ods, &rows(1_048_576, cell)), Err(SheetError::SheetTooLarge { sheet }) if sheet == "S")
    );
    assert_eq!(table(Form::Ods, &rows(2, cell)).unwrap().0, [row(1, &["x"]), row(2, &["x"])]);
    assert_eq!(table(Form::Ods, &rows(1_048_576, "<table:table-cell/>")).unwrap().0, []);
    let wide = r#"<table:table-cell table:number-columns-repeated="20000" office:value-type="string"><text:p>x</text:p></table:table-cell>"#;
    assert!(matches!(open(Form::Ods, &rows(1, wide)), Err(SheetError::SheetTooLarge { .. })));
}

#[test]
fn an_opendocument_table_that_is_cut_short_is_damaged() {
    for cut in ["<table:table-row>", "<table:table-row><table:table-cell><text:p>x", ""] {
        let content = format!("<office:spreadsheet><table:table table:name=\"S\">{cut}");
        let bytes = zip_of(&[("mimetype", ODS), ("META-INF/manifest.xml", "<m/>"), ("content.xml", &content)]);
        assert!(matches!(open(Form::Ods, &bytes), Err(SheetError::Damaged(_))), "{cut}");
    }
}

#[test]
fn an_opendocument_cell_is_what_a_person_sees_of_it() {
    let cells = [
        r#"<table:table-cell office:value-type="string"><office:annotation><text:p>note</text:p></office:annotation><text:p>a<text:s text:c="2"/>b</text:p><text:p>c &amp; <text:span>d</text:span></text:p></table:table-cell>"#,
        r#"<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>"#,
        r#"<table:table-cell table:formula="of:=X()"/>"#,
        r#"<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>WAHR</text:p></table:table-cell>"#,
        r#"<table:table-cell office:value-type="percentage" office:value="0.25"><text:p>25 %</text:p></table:table-cell>"#,
        r#"<table:table-cell office:value-type="date" office:date-value="2025-10-13T12:59:02"><text:p>x</text:p></table:table-cell>"#,
    ];
    let bytes = ods(&format!("<table:table-row>{}</table:table-row>", cells.concat()));
    let (rows, _) = table(Form::Ods, &bytes).unwrap();
    let expected =
        ["a  b\nc & d", "#DIV/0!", "formula without value / 公式没有值", "TRUE", "0.25", "2025-10-13 12:59:02"];
    assert_eq!(rows, [row(1, &expected)]);
}

#[test]
fn opendocument_rows_are_hidden_and_merged_too() {
    let text = |text: &str| {
        format!(r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#)
    };
    let rows = format!(
        r#"<table:table-row>{}</table:table-row><table:table-row table:visibility="filter"><table:table-cell table:number-rows-spanned="2" office:value-type="string"><text:p>湖南省</text:p></table:table-cell>{}</table:table-row><table:table-row><table:covered-table-cell/>{}</table:table-row>"#,
        text("province"),
        text("a"),
        text("b")
    );
    let (rows, notes) = table(Form::Ods, &ods(&rows)).unwrap();
    assert_eq!(rows, [row(1, &["province"]), row(2, &["湖南省", "a"]), row(3, &["湖南省", "b"])]);
    assert_eq!((notes.first_hidden_rows, notes.first_merged), (vec![2], vec!["A2:A3".to_owned()]));
}

#[test]
fn a_reader_that_has_enough_is_not_given_more() {
    let rows: Vec<_> =
        (1..=100_000).map(|row| format!(r#"<row r="{row}">{}</row>"#, inline(&format!("A{row}"), "x"))).collect();
    let rows = rows.concat();
    let mut book = open(Form::Xlsx, &xlsx(&rows, "")).unwrap();
    assert_eq!(book.head(0, 3).unwrap().len(), 3);
    let mut seen = 0;
    let broken = book.each_row(0, &mut |_| {
        seen += 1;
        if seen == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(broken.is_ok() && seen == 5);
    book.each_row(0, &mut |_| {
        seen += 1;
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(seen, 100_005);
}

#[test]
fn an_opendocument_sheet_keeps_its_row_numbers_and_times() {
    let content = [
        r#"<office:document-content><office:body><office:spreadsheet><table:table table:name="S">"#,
        r#"<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>"#,
        r#"<table:table-row><table:table-cell office:value-type="string"><text:p>007</text:p></table:table-cell>"#,
        r#"<table:table-cell office:value-type="time" office:time-value="PT09H00M00S"/></table:table-row>"#,
        "</table:table></office:spreadsheet></office:body></office:document-content>",
    ]
    .concat();
    let mime = "application/vnd.oasis.opendocument.spreadsheet";
    let bytes = zip_of(&[("mimetype", mime), ("META-INF/manifest.xml", "<m/>"), ("content.xml", &content)]);
    assert_eq!(Form::of(&mut Cursor::new(bytes.clone())).unwrap(), Form::Ods);
    let sheets = crate::sheets::read(&bytes).unwrap().sheets;
    assert_eq!((sheets[0].name.as_deref(), sheets[0].rows[0].number), (Some("S"), 3));
    assert_eq!((sheets[0].rows[0].get(0).text(), sheets[0].rows[0].get(1)), ("007", &time("09:00")));
}

#[test]
fn each_kind_of_cell_is_told_apart() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "2880741500279549033").unwrap();
    sheet.write(0, 1, 2_880_741_500_279_549_033_f64).unwrap();
    sheet.write(0, 2, true).unwrap();
    sheet.write_number_with_format(0, 3, 0.375, &Format::new().set_num_format("hh:mm")).unwrap();
    sheet.write_formula(0, 4, Formula::new("=NA()").set_result("#N/A")).unwrap();
    sheet.write(1_048_575, 16_383, 7).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let sheets = crate::sheets::read(&bytes).unwrap().sheets;
    let row = &sheets[0].rows[0];
    assert_eq!(row.get(0), &Value::Text("2880741500279549033".into()));
    assert!(matches!(row.get(1), Value::Number { rounded: true, .. }));
    assert_eq!(row.get(2), &Value::Bool(true));
    assert_eq!(row.get(3), &time("09:00"));
    assert_eq!(row.get(4).text(), "#N/A");
    assert_eq!((sheets[0].rows[1].number, sheets[0].rows[1].get(16_383).text()), (1_048_576, "7"));
}
