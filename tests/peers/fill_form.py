"""The person with a form: fills in cells with openpyxl, then has LibreOffice save the workbook, so that it is LibreOffice's
file that goes back.

usage: fill_form.py FORM OUT [--as xlsx|ods|csv] [--sort HEADER] HEADER=VALUE…

`{poi_id}` in a value stands for the row's id (its last seven digits as `{n}`).  Needs python3 with openpyxl, and soffice.
Exits with 77 where one of them is missing.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    import openpyxl
except ImportError:
    sys.exit(77)


def header_of(sheet):
    return {str(cell.value): cell.column for cell in sheet[1] if cell.value is not None}


def sort_rows(sheet, header):
    """As a person sorts: whole rows, downwards."""
    column = header_of(sheet)[header] - 1
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    rows.sort(key=lambda row: str(row[column] or ""), reverse=True)
    for number, row in enumerate(rows, start=2):
        for at, value in enumerate(row, start=1):
            sheet.cell(number, at).value = value


def fill(form, edited, changes, sort_by):
    book = openpyxl.load_workbook(form)
    sheet = book.worksheets[0]
    columns = header_of(sheet)
    ids = columns.get("poi_id") or columns["门店ID"]
    for row in range(2, sheet.max_row + 1):
        poi_id = str(sheet.cell(row, ids).value)
        for header, value in changes:
            text = value.replace("{poi_id}", poi_id).replace("{n}", poi_id[-7:])
            cell = sheet.cell(row, columns[header])
            assert not cell.protection.locked, f"{cell.coordinate} ({header}) is locked"
            cell.value = text
    assert sheet.protection.sheet, "the sheet is not protected"
    assert sheet.cell(2, ids).protection.locked, "the ids are not locked"
    if sort_by:
        sort_rows(sheet, sort_by)
    book.save(edited)


def through_libreoffice(edited, out, form):
    filters = {
        "xlsx": "xlsx:Calc MS Excel 2007 XML",
        "ods": "ods:calc8",
        "csv": "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true",
    }
    with tempfile.TemporaryDirectory() as folder:
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", filters[form], "--outdir", f"{folder}/out", edited]
        subprocess.run(command, check=True, timeout=180, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        written = list(pathlib.Path(folder, "out").glob(f"*.{form}"))
        assert len(written) == 1, written
        shutil.copy(written[0], out)


def main():
    form, out, *rest = sys.argv[1:]
    options = {"--as": "xlsx", "--sort": None}
    while rest and rest[0] in options:
        options[rest[0]] = rest[1]
        rest = rest[2:]
    if shutil.which("soffice") is None:
        sys.exit(77)
    changes = [change.split("=", 1) for change in rest]
    with tempfile.TemporaryDirectory() as folder:
        edited = f"{folder}/{pathlib.Path(form).stem}.xlsx"
        fill(form, edited, changes, options["--sort"])
        through_libreoffice(edited, out, options["--as"])


main()
