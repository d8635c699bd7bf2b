"""XLSB, record by record (MS-XLSB): nothing writes this form but Excel. And what is no workbook, or one that nobody should open."""

import struct
import zipfile

from corpus import HEADERS, STORES, csv_text, finding, first, path, raw_zip, refused, rows, want, wanted

SHEET = "门店"


def record(kind, body=b""):
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, size = b"", len(body)
    while True:
        length += bytes([size & 0x7F | (0x80 if size > 127 else 0)])
        size >>= 7
        if not size:
            return head + length + body


def wide(text):
    data = text.encode("utf-16-le")
    return struct.pack("<I", len(data) // 2) + data


def at(column):
    return struct.pack("<II", column, 0)


def text(column, value):
    return record(6, at(column) + wide(value))


def shared(column, index):
    return record(7, at(column) + struct.pack("<I", index))


def real(column, value):
    return record(5, at(column) + struct.pack("<d", value))


def whole(column, value):
    return record(2, at(column) + struct.pack("<I", value << 2 & 0xFFFFFFFF | 2))


def error_of_formula(column, code):
    return record(11, at(column) + bytes([code]) + struct.pack("<HII", 0, 0, 0))


def rich(column, value):
    return record(62, at(column) + b"\0" + wide(value))


def row_header(row, is_hidden=False):
    return record(0, struct.pack("<IIHBBBI", row, 0, 300, 0, 0x10 if is_hidden else 0, 0, 0))


def xlsb(name, sheet_rows, strings=(), merged=(), hidden=()):
    cells = b"".join(row_header(row, row in hidden) + b"".join(cells) for row, cells in sheet_rows)
    ranges = b"".join(record(176, struct.pack("<IIII", *one)) for one in merged)
    sheet = (record(129) + record(148, struct.pack("<IIII", 0, 1000, 0, 20)) + record(145) + cells + record(146)
             + (record(177, struct.pack("<I", len(merged))) + ranges + record(178) if merged else b"") + record(130))
    book = (record(131) + record(153, struct.pack("<III", 0, 0, 0)) + record(143)
            + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide(SHEET)) + record(144) + record(157, b"\0" * 26) + record(132))
    table = (record(159, struct.pack("<II", len(strings), len(strings)))
             + b"".join(record(19, b"\0" + wide(value)) for value in strings) + record(160))
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    relation = '<Relationship Id="{}" Type="' + kind + '{}" Target="{}"/>'
    space = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    raw_zip(name, [
        ("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'),
        ("_rels/.rels", f"<Relationships {space}>" + relation.format("rId1", "officeDocument", "xl/workbook.bin") + "</Relationships>"),
        ("xl/workbook.bin", book),
        ("xl/_rels/workbook.bin.rels", f"<Relationships {space}>" + relation.format("rId1", "worksheet", "worksheets/sheet1.bin")
         + relation.format("rId2", "sharedStrings", "sharedStrings.bin") + "</Relationships>"),
        ("xl/sharedStrings.bin", table),
        ("xl/worksheets/sheet1.bin", sheet),
    ])


def plain_rows(table):
    return [(0, [shared(column, column) for column in range(len(HEADERS))])] + [
        (number, [text(column, value) for column, value in enumerate(row) if value]) for number, row in enumerate(table, 1)]


xlsb("binary/plain.xlsb", plain_rows(STORES), HEADERS)
want("binary/plain.xlsb", form="Xlsb", stores=wanted(STORES, SHEET), unknown=[], findings=[])
numbers = plain_rows(STORES)
numbers[1][1][0] = real(0, 472600083)
numbers[1][1][7] = real(7, 57185550000)
numbers[1][1][10] = whole(10, 0)
numbers[2][1][1] = rich(1, "禾露茶铺")
xlsb("binary/numbers.xlsb", numbers, HEADERS)
want("binary/numbers.xlsb", form="Xlsb", stores=wanted(first(telephone="57185550000"), SHEET), unknown=[], findings=[finding("W219", 2, None, SHEET)])
bad = plain_rows(rows(province=["浙江省", "", ""]))
bad[1][1][7] = error_of_formula(7, 0x07)
# Its province is empty: what follows stands one further.
bad[2][1][8] = real(9, 5648567134321788932.0)
xlsb("binary/merged-hidden-error.xlsb", bad, HEADERS, merged=[(1, 3, 3, 3)], hidden=[2])
want("binary/merged-hidden-error.xlsb", form="Xlsb", findings=[
    finding("E105", 2, "H", SHEET), finding("E104", 3, "J", SHEET), finding("W206", 3, None, SHEET), finding("W207", None, None, SHEET)])

# No workbook at all.
html = "<html><body><table><tr><td>poi_id</td></tr><tr><td>472600083</td></tr></table></body></html>"
path("bad/web-page.xls").write_text(html)
refused("bad/web-page.xls", ["HTML or XML page", "save it as XLSX"], ["HTML 或 XML 页面"])
path("bad/spreadsheet-2003.xml").write_text(
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
    "<Worksheet><Table><Row><Cell><Data>poi_id</Data></Cell></Row></Table></Worksheet></Workbook>")
refused("bad/spreadsheet-2003.xml", ["HTML or XML page", "save it as XLSX"], ["HTML 或 XML 页面"])
path("bad/renamed.xlsx").write_text(csv_text(STORES))
refused("bad/renamed.xlsx", ["renamed CSV"], ["改了扩展名的 CSV"])
path("bad/empty.xlsx").write_bytes(b"")
refused("bad/empty.xlsx", ["the file is empty"], ["文件为空"])
path("bad/document.pdf").write_bytes(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
refused("bad/document.pdf", [], [])
path("bad/photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x06\0\0\0\x1f\x15\xc4\x89")
refused("bad/photo.png", [], [])
path("bad/photo.jpg").write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9")
refused("bad/photo.jpg", [], [])
raw_zip("bad/files.zip", [("stores.csv", csv_text(STORES))])
refused("bad/files.zip", ["zip archive, but not a workbook"], ["不是工作簿"])
raw_zip("bad/letter.docx", [("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<document/>")])
refused("bad/letter.docx", ["zip archive, but not a workbook"], ["不是工作簿"])

# Workbooks that nobody should open.
password = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1016 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 512
path("bad/password.xlsx").write_bytes(password)
refused("bad/password.xlsx", ["password"], ["密码"])
raw_zip("bad/password.ods", [
    ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
    ("META-INF/manifest.xml", '<manifest:manifest><manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/>'
     "</manifest:file-entry></manifest:manifest>"),
    ("content.xml", b"\x8f\x11\x02")])
refused("bad/password.ods", ["password"], ["密码"])

RELATIONS = '<Relationships><Relationship Id="r1" Type="x/relationships/{}" Target="{}"/></Relationships>'


def xlsx_parts(sheet, strings="<sst/>"):
    return [("_rels/.rels", RELATIONS.format("officeDocument", "xl/workbook.xml")),
            ("xl/_rels/workbook.xml.rels", RELATIONS.format("worksheet", "worksheets/sheet1.xml")),
            ("xl/workbook.xml", '<workbook><sheets><sheet name="S" r:id="r1"/></sheets></workbook>'),
            ("xl/sharedStrings.xml", strings), ("xl/worksheets/sheet1.xml", sheet)]


def inline(cells):
    return "".join(f'<c r="{name}" t="inlineStr"><is><t>{value}</t></is></c>' for name, value in cells)


def sheet(content):
    return f"<worksheet><sheetData>{content}</sheetData></worksheet>"


header = '<row r="1">' + inline([("A1", "poi_id")]) + "</row>"
raw_zip("bad/bomb.xlsx", xlsx_parts(sheet(header + " " * (24 << 20))))
refused("bad/bomb.xlsx", ["zip bomb", "sheet1.xml"], ["压缩炸弹", "sheet1.xml"])
raw_zip("bad/large-cell.xlsx", xlsx_parts(sheet(header + '<row r="2">' + inline([("A2", "0123456789" * (1 << 20))]) + "</row>")))
refused("bad/large-cell.xlsx", ["a cell in", "32767 characters"], ["单元格", "32767"])
raw_zip("bad/claimed-strings.xlsx", xlsx_parts(sheet(header), '<sst uniqueCount="4294967295"><si><t>a</t></si></sst>'))
refused("bad/claimed-strings.xlsx", ["strings take", "limit"], ["上限"])
raw_zip("bad/rows-out-of-order.xlsx", xlsx_parts(sheet(
    header + "".join(f'<row r="{row}">' + inline([(f"A{row}", "1")]) + "</row>" for row in (3, 2)))))
refused("bad/rows-out-of-order.xlsx", ["row 2 is out of order"], ["工作簿已损坏"])
raw_zip("bad/unclosed.xlsx", xlsx_parts("<worksheet><sheetData>" + header))
refused("bad/unclosed.xlsx", ["the workbook is damaged"], ["工作簿已损坏"])

whole_book = path("books/plain.xlsx").read_bytes()
path("bad/truncated.xlsx").write_bytes(whole_book[: len(whole_book) * 2 // 3])
refused("bad/truncated.xlsx", ["the workbook is damaged"], ["工作簿已损坏"])
flipped = bytearray(whole_book)
info = zipfile.ZipFile(path("books/plain.xlsx")).getinfo("xl/worksheets/sheet1.xml")
flipped[info.header_offset + 30 + len(info.filename) + 40] ^= 0xFF
path("bad/flipped.xlsx").write_bytes(bytes(flipped))
refused("bad/flipped.xlsx", ["the workbook is damaged"], ["工作簿已损坏"])
short = bytearray(whole_book)
entry = short.rindex(b"xl/worksheets/sheet1.xml") - 46
short[entry + 24: entry + 28] = struct.pack("<I", 100)
path("bad/longer-than-it-claims.xlsx").write_bytes(bytes(short))
refused("bad/longer-than-it-claims.xlsx", ["unpacks to more than the 100 bytes"], ["100 字节"])
# Two entries of the directory over the same bytes.
double = bytearray(whole_book)
first_entry = double.index(b"PK\x01\x02")
end = double.rindex(b"PK\x05\x06")
one = double[double.rindex(b"xl/worksheets/sheet1.xml") - 46: double.rindex(b"xl/worksheets/sheet1.xml") + 24]
other = one.replace(b"sheet1.xml", b"sheet9.xml")
double[end:end] = other
count = struct.unpack("<H", double[end + len(other) + 8: end + len(other) + 10])[0] + 1
size = struct.unpack("<I", double[end + len(other) + 12: end + len(other) + 16])[0] + len(other)
double[end + len(other) + 8: end + len(other) + 16] = struct.pack("<HHI", count, count, size)
path("bad/overlapping.xlsx").write_bytes(bytes(double))
refused("bad/overlapping.xlsx", ["overlap"], ["重叠"])


def ods(name, content):
    raw_zip(name, [("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("META-INF/manifest.xml", "<m/>"),
                   ("content.xml", content)])


table = ('<office:document-content><office:body><office:spreadsheet><table:table table:name="S">{}</table:table>'
         "</office:spreadsheet></office:body></office:document-content>")
written = '<table:table-cell office:value-type="string"><text:p>poi_id</text:p></table:table-cell>'
ods("bad/same-row-to-the-end.ods", table.format(f'<table:table-row table:number-rows-repeated="1048576">{written}</table:table-row>'))
refused("bad/same-row-to-the-end.ods", ["the sheet S claims"], ["工作表 S"])
ods("bad/unclosed.ods", '<office:spreadsheet><table:table table:name="S"><table:table-row>')
refused("bad/unclosed.ods", ["the workbook is damaged"], ["工作簿已损坏"])
large = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504)
large += struct.pack("<HHIIHHH", 0x0200, 14, 0, 1 << 30, 0, 7, 0)
path("bad/claimed-rows.xls").write_bytes(bytes(large))
refused("bad/claimed-rows.xls", ["larger than the format allows"], ["工作簿已损坏"])
xlsb("bad/large-cell.xlsb", plain_rows(first(address="0123456789" * 60_000)), HEADERS)
refused("bad/large-cell.xlsb", ["a cell in", "32767 characters"], ["单元格", "32767"])
