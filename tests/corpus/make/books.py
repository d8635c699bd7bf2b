"""Workbooks as openpyxl writes them, and as LibreOffice saves them again (XLS, ODS, XLSX)."""

import datetime
import pathlib
import shutil
import subprocess
import sys
import tempfile

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from corpus import CHINESE, HEADERS, STORES, finding, first, path, refused, rows, want, wanted

SHEET = "门店"


def book(table=None, headers=HEADERS, at=(1, 1), title=SHEET):
    made = openpyxl.Workbook()
    made.properties.created = made.properties.modified = datetime.datetime(2025, 1, 1)
    sheet = made.active
    sheet.title = title
    for r, row in enumerate([headers] + (STORES if table is None else table)):
        for c, value in enumerate(row):
            if value != "":
                sheet.cell(at[0] + r, at[1] + c, value)
    return made, sheet


def column(name):
    return openpyxl.utils.get_column_letter(HEADERS.index(name) + 1)


def cell(name, row=2):
    return f"{column(name)}{row}"


def save(made, name, **what):
    made.save(path(name))
    if what:
        want(name, form=what.pop("form", "Xlsx"), **what)


good = dict(stores=wanted(STORES, SHEET), unknown=[], findings=[])
made, _ = book()
save(made, "books/plain.xlsx", **good)
made, _ = book(headers=CHINESE, at=(4, 3))
save(made, "books/off-the-corner.xlsx", stores=wanted(STORES, SHEET, first_row=5), unknown=[], findings=[])

made, sheet = book(at=(3, 1))
sheet["A1"] = "禾露茶铺门店一览"
sheet.merge_cells("A1:M2")
save(made, "books/merged-title.xlsx", stores=wanted(STORES, SHEET, first_row=4), unknown=[], findings=[])

made, sheet = book(rows(province=["浙江省", "", ""], city=["杭州市", "杭州市", ""]))
sheet.merge_cells("D2:D4")
sheet.merge_cells("E3:E4")
sheet.merge_cells("A1:A1")
merged = [finding("W207", None, None, SHEET)]
save(made, "books/merged.xlsx", stores=wanted(STORES, SHEET), unknown=[], findings=merged)

# A header over two rows, as people make it: the second one has parts of its own.
made, sheet = book(at=(1, 1))
sheet.insert_rows(2)
for index in range(1, 14):
    letter = openpyxl.utils.get_column_letter(index)
    sheet.merge_cells(f"{letter}1:{letter}2")
save(made, "books/merged-header.xlsx", stores=wanted(STORES, SHEET, first_row=3), unknown=[], findings=[])

made, sheet = book()
sheet.row_dimensions[3].hidden = True
sheet.column_dimensions["B"].hidden = True
save(made, "books/hidden-row.xlsx", stores=wanted(STORES, SHEET), unknown=[], findings=[finding("W206", 3, None, SHEET)])

made, sheet = book()
lists = made.create_sheet("选项")
lists.sheet_state = "hidden"
for index, word in enumerate(("升级", "删除", "暂缓"), 1):
    lists.cell(index, 1, word)
save(made, "books/hidden-lists.xlsx", **good)

made, sheet = book()
other = made.create_sheet("旧表")
for c, value in enumerate(HEADERS, 1):
    other.cell(1, c, value)
save(made, "books/two-tables.xlsx")
refused("books/two-tables.xlsx", ["several sheets", SHEET, "旧表"], ["多个工作表", SHEET, "旧表"])
save(made, "books/two-tables-named.xlsx", options=["--sheet", SHEET], **good)

made, sheet = book()
chart = BarChart()
chart.add_data(Reference(sheet, min_col=11, min_row=2, max_row=4))
made.create_chartsheet("图表").add_chart(chart)
sheet["B2"].comment = Comment("总店", "店长")
save(made, "books/chart-sheet.xlsx", **good)

made, sheet = book()
sheet[cell("telephone")] = '="0571-"&"85550000"'
save(made, "books/formula-without-value.xlsx", findings=[finding("E105", 2, column("telephone"), SHEET)])

# Numbers as numbers: a telephone is its digits, an id of 9 digits is exact, one of 19 is not.
made, sheet = book()
sheet[cell("telephone")] = 57185550000
sheet[cell("poi_id")] = 472600083
sheet[cell("upgrade_status")] = 0
numbers = first(telephone="57185550000")
save(made, "books/numbers.xlsx", stores=wanted(numbers, SHEET), unknown=[], findings=[finding("W219", 2, None, SHEET)])
made, sheet = book()
sheet[cell("mapid")] = 5648567134321788932
save(made, "books/rounded.xlsx", findings=[finding("E104", 2, column("mapid"), SHEET)])
made, sheet = book()
sheet[cell("poi_id")] = 999999999999999
save(made, "books/fifteen-digits.xlsx", stores=wanted(first(poi_id="999999999999999"), SHEET), findings=[])
made, sheet = book()
sheet[cell("business_name")] = True
save(made, "books/boolean.xlsx", findings=[finding("E105", 2, column("business_name"), SHEET)])
made, sheet = book()
sheet[cell("address")] = datetime.date(2025, 10, 13)
save(made, "books/date.xlsx", findings=[finding("E105", 2, column("address"), SHEET)])
for name, epoch in (("1900", None), ("1904", CALENDAR_MAC_1904)):
    made, sheet = book(headers=HEADERS + ["opened"])
    if epoch:
        made.epoch = epoch
    for row in (2, 3, 4):
        sheet.cell(row, 14, datetime.datetime(2025, 10, 13, 12, 59, 2))
    sheet[cell("open_time")] = datetime.time(9, 0)
    save(made, f"books/epoch-{name}.xlsx", stores=[{"open_time": "09:00", "row": 2}, {}, {}], unknown=["opened"],
         findings=[finding("E115", 2, None, SHEET)])

made, sheet = book()
save(made, "books/with-macros.xlsm", **good)
# Excel's own mark of a workbook with macros, and the part that they are in.
import zipfile

source = zipfile.ZipFile(path("books/with-macros.xlsm"))
parts = [(info.filename, source.read(info)) for info in source.infolist()]
kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
macro = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
from corpus import raw_zip

raw_zip("books/with-macros.xlsm", [(name, text.replace(kind, macro)) for name, text in parts] + [("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")])


def convert(source, kind_of_file, target, **what):
    """Saves a workbook of the corpus as LibreOffice does."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", kind_of_file, "--outdir", folder,
                   str(path(source))]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        made = pathlib.Path(folder) / (pathlib.Path(source).stem + "." + kind_of_file)
        shutil.copy(made, path(target))
    if what:
        want(target, **what)


def saved_by_libreoffice():
    for form, kind in (("xls", "Xls"), ("ods", "Ods"), ("xlsx", "Xlsx")):
        convert("books/plain.xlsx", form, f"libreoffice/plain.{form}", form=kind, **good)
        convert("books/numbers.xlsx", form, f"libreoffice/numbers.{form}", form=kind, stores=wanted(numbers, SHEET), findings=[])
        convert("books/merged.xlsx", form, f"libreoffice/merged.{form}", form=kind, stores=wanted(STORES, SHEET), findings=merged)
        convert("books/epoch-1904.xlsx", form, f"libreoffice/time.{form}", form=kind, stores=[{"open_time": "09:00", "row": 2}, {}, {}],
                unknown=["opened"], findings=[finding("E115", 2, None, SHEET)])
        convert("books/rounded.xlsx", form, f"libreoffice/rounded.{form}", form=kind, findings=[finding("E104", 2, column("mapid"), SHEET)])
    # calamine reads no hidden rows of an XLS.
    for form, kind in (("ods", "Ods"), ("xlsx", "Xlsx")):
        convert("books/hidden-row.xlsx", form, f"libreoffice/hidden-row.{form}", form=kind, stores=wanted(STORES, SHEET),
                findings=[finding("W206", 3, None, SHEET)])
    made, sheet = book()
    sheet[cell("telephone")] = "=1/0"
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "formula-error.xlsx"
        made.save(source)
        for form, kind in (("xls", "Xls"), ("ods", "Ods"), ("xlsx", "Xlsx")):
            convert(source, form, f"libreoffice/formula-error.{form}", form=kind,
                    findings=[finding("E105", 2, column("telephone"), SHEET)])


if "--without-libreoffice" not in sys.argv:
    saved_by_libreoffice()
