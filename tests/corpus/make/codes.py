"""For each code a file that raises it and one that just does not: `codes/CODE.csv` and `codes/CODE-not.csv`. Where a supplement
is needed, both are given with it."""

import json
import struct
import zipfile
import zlib

from corpus import HEADERS, STORES, credential, csv_text, finding, first, path, rows, want

at = finding


def pair(code, raising, near, findings, near_findings=(), supplement=None, near_supplement=None):
    for suffix, table, found, given in (("", raising, findings, supplement), ("-not", near, near_findings, near_supplement)):
        name = f"codes/{code}{suffix}.csv"
        path(name).write_text(table if isinstance(table, str) else csv_text(table))
        more = {}
        if given is not None:
            path(f"codes/{code}{suffix}.supplement.csv").write_text(given)
            more["supplement"] = f"codes/{code}{suffix}.supplement.csv"
        want(name, form="Csv", findings=list(found), **more)


def column(name, bad, good, code, **more):
    """One cell of the first store."""
    pair(code, first(**{name: bad}), first(**{name: good}), [at(code, 2)], **more)


def cell(name, bad, good, code):
    """The same, where the finding names the cell."""
    pair(code, first(**{name: bad}), first(**{name: good}), [at(code, 2, name)])


def with_column(header, values):
    return csv_text([row + [value] for row, value in zip(STORES, values)], HEADERS + [header])


def with_columns(headers, values):
    return csv_text([row + cells for row, cells in zip(STORES, values)], HEADERS + headers)


cell("poi_id", "", "1", "E101")
cell("poi_id", "472600083x", "12345678901234567890", "E102")
pair("E103", rows(poi_id=["472600083", "472600083"]), rows(poi_id=["472600083", "472600084"]), 
     [at("E103", 2, "poi_id"), at("E103", 3, "poi_id")])
column("mapid", "5.64857E+18", "5648567134321788932", "E104")
cell("credential", "", credential("92330106MA2K1H0X5"), "E110")
column("credential", "33010", "330106000012340", "E111", near_findings=[])
cell("telephone", "", "0571-85550009", "E112")
cell("telephone", "call us", "0571-85550009-8001", "E113")
cell("open_time", "", "09:00-21:00", "E114")
column("open_time", "all day long", "8：00～20：00", "E115")
cell("photo_list", "", "https://a.example/1.jpg", "E116")
column("photo_list", "see the folder", "https://a.example/1.jpg，https://a.example/2.jpg", "E117")
cell("mapid", "", "1", "E118")
cell("mapid", "123456789012345678901", "12345678901234567890", "E119")
pair("E120", with_column("company_name", ["禾露餐饮"]), with_columns(["company_name", "qualification_list"], [["禾露餐饮", "m1"]]),
     [at("E120", 2)])
ids = "|".join(f"m{n}" for n in range(1, 7))
pair("E121", with_columns(["company_name", "qualification_list"], [["禾露餐饮", ids]]),
     with_columns(["company_name", "qualification_list"], [["禾露餐饮", ids[:-3]]]), [at("E121", 2)])
column("photo_list", "C:\\照片\\1.jpg", "http://a.example/C:/1.jpg", "E122")


def png(width, height, lines=None):
    """A grey picture, one bit a pixel."""
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    line = b"\0" + b"\x55" * ((width + 7) // 8)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(line * (lines or height), 9)) + chunk(b"IEND", b"")


def local(code, name, bad, good_name, good):
    """A file that the sheet names, beside the sheet."""
    path("codes/photos").mkdir(exist_ok=True)
    path(f"codes/photos/{name}").write_bytes(bad)
    path(f"codes/photos/{good_name}").write_bytes(good)
    column("photo_list", f"photos/{name}", f"photos/{good_name}", code)


whole = png(64, 48)
local("E170", "text.jpg", b"<html>a page that was saved as a picture</html>", "door.jpg", whole)
local("E172", "cut.png", whole[:len(whole) // 2], "door.png", whole)
local("E173", "photo.jpg", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "photo.png", whole)
local("E174", "claim.png", png(12001, 1), "wide.png", png(12000, 1))
column("photo_list", '=DISPIMG("ID_0A1B2C3D",1)', "http://a.example/DISPIMG.jpg", "E175")
column("open_time", "09:00-12:00,13:00-18:00", "09:00-18:00", "E123")
column("telephone", "0571-85550000/0571-85550009", "0571-85550009", "E124")
cell("upgrade_status", "", "1", "E130")
cell("upgrade_status", "7", "1", "E131")
pair("E133", with_column("available_state", ["2", "3", "3"]), with_column("available_state", ["3", "3", "3"]), [at("E133", 2, "available_state")])
pair("E150", rows(mapid=["5648567134321788932", "5648567134321788932"]), rows(), [at("E150", 2), at("E150", 3)])

sid = [["HL1"], ["HL1"], ["HL3"]]
pair("E140", with_columns(["sid"], sid), with_columns(["sid"], sid), [at("E140", 2)], supplement="sid,contract_phone\nHL1,0571-85550009\n",
     near_supplement="sid,contract_phone\nHL3,0571-85550009\n")
pair("E141", rows(), rows(), [at("E141"), at("W204", 2), at("W204", 3)], supplement="poi_id,contract_phone\n472600083,0571-85550008\n472600083,0571-85550009\n",
     near_supplement="poi_id,contract_phone\n472600083,0571-85550008\n472600202,0571-85550009\n")
pair("E142", rows(), rows(), [at("E142")], supplement="poi_id,action\n472600083,close\n", near_supplement="poi_id,action\n472600083,暂缓\n")
pair("E143", first(upgrade_status="4"), first(upgrade_status="4"), [at("E143")], supplement="poi_id,action\n472600083,升级\n",
     near_supplement="poi_id,action\n472600083,删除\n")
own = [["HL1"], ["HL2"], ["HL3"]]
pair("E144", with_columns(["sid"], own), with_columns(["sid"], own), [at("E144", 2, "sid")],
     supplement="poi_id,sid,contract_phone\n472600083,HL2,0571-85550009\n",
     near_supplement="poi_id,sid,contract_phone\n472600083,HL1,0571-85550009\n472600202,HL9,0571-85550009\n")
pair("W201", rows(), rows(), [at("W201", 2)], supplement="poi_id,contract_phone\n,0571-85550009\n",
     near_supplement="poi_id,contract_phone\n472600083,0571-85550009\n")
pair("W202", rows(), rows(), [at("W202", 2)], supplement="poi_id,contract_phone\n999,0571-85550009\n",
     near_supplement="poi_id,contract_phone\n472600083,0571-85550009\n")
pair("W203", first(upgrade_status="3"), first(upgrade_status="0"), [at("W203")], supplement="poi_id,action\n472600083,删除\n",
     near_supplement="poi_id,action\n472600083,暂缓\n")
same = "poi_id,contract_phone,hour\n472600083,0571-85550009,\n{},,09:00-21:00\n"
pair("W204", rows(), rows(), [at("W204", 2), at("W204", 3)], supplement=same.format("472600083"), near_supplement=same.format("472600202"))

# Two sheets pasted below each other; in the other file a header of the second one says something else.
again = csv_text(rows()) + csv_text(rows(poi_id=["472600401", "472600402", "472600403"], mapid=["1", "2", "3"], address=["解放路1号", "解放路2号", "解放路3号"],
    credential=[credential("92330106MAK2MHK27"), credential("92330106MAK2MHK37"), credential("92330106MAK2MHK47")]))
pair("W208", again, again[:500] + again[500:].replace("open_time", "hours", 1), [at("W208", 5)], near_findings=[at("E102", 5, "poi_id")])

good = STORES[0][-1]
column("credential", good[:-1] + ("0" if good[-1] != "0" else "1"), good, "W210")
column("credential", credential("92430106MA2K1H0X5"), credential("92330106MA2K1H0X5"), "W211")
pair("W212", rows(credential=[good, good]), rows(), [at("W212", 2), at("W212", 3)])
column("open_time", "20:00-02:00", "20:00-23:59", "W213")

column("telephone", "57185550000", "057185550000", "W219")
plain = csv_text(rows())
torn = plain.replace("人民路282号", "人民路282号,二层", 1)
quoted = plain.replace("人民路282号", '"人民路282号,二层"', 1)
pair("E151", torn, quoted, [at("E151", 2)])

place = ["longitude", "latitude"]
near = [["120.135286", "30.266397"]] * 3
pair("W214", with_columns(place, [["139.69", "35.68"]] + near[1:]), with_columns(place, near), [at("W214", 2)])
pair("W215", with_columns(place, [["30.266397", "120.135286"]] + near[1:]), with_columns(place, near), [at("W215", 2)])
pair("W216", with_columns(place, [["116.40", "39.90"]] + near[1:]), with_columns(place, near), [at("W216", 2)])
pair("W217", with_columns(place + ["offset_type"], [near[0] + [kind] for kind in ("1", "1", "2")]),
     with_columns(place + ["offset_type"], [near[0] + ["1"]] * 3), [at("W217", 4)])
pair("W218", rows(branch_name=["一店", "一店"], district=["西湖区", "西湖区"], address=["人民路1号", "人民路1号"]),
     rows(branch_name=["一店", "一店"], district=["西湖区", "西湖区"], address=["人民路1号", "人民路2号"]), [at("W218", 2), at("W218", 3)])

# Two inputs that disagree: the second file is given as another input.
for suffix, status, found in (("", "1", [at("E132")]), ("-not", "0", [])):
    name = f"codes/E132{suffix}.csv"
    path(name).write_text(csv_text(rows()))
    other = f"codes/E132{suffix}.other.csv"
    path(other).write_text(csv_text(first(upgrade_status=status)))
    want(name, findings=found, inputs=[other])


def floating(name, at_row, found):
    """A workbook with a picture that floats over column F of this row (from 0); the header is the second row."""
    space = "http://schemas.openxmlformats.org"
    main, office = f"{space}/spreadsheetml/2006/main", f"{space}/officeDocument/2006/relationships"
    package = f"{space}/package/2006/relationships"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

    def relations(*targets):
        all = "".join(f'<Relationship Id="rId{n}" Type="{office}/{kind}" Target="{target}"/>' for n, (kind, target) in enumerate(targets, 1))
        return f'{head}<Relationships xmlns="{package}">{all}</Relationships>'

    def cell(text):
        return f'<c t="inlineStr"><is><t>{text}</t></is></c>'
    table = [["禾露茶铺门店一览"], HEADERS] + rows()
    lines = "".join(f'<row r="{n}">{"".join(cell(text) for text in line)}</row>' for n, line in enumerate(table, 1))
    drawing = f"{space}/drawingml/2006/spreadsheetDrawing"
    anchor = f'<xdr:from><xdr:col>5</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{at_row}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from>'
    parts = {
        "[Content_Types].xml": f'{head}<Types xmlns="{space}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/drawings/drawing1.xml" ContentType="application/vnd.openxmlformats-officedocument.drawing+xml"/></Types>',
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'{head}<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="门店" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": f'{head}<worksheet xmlns="{main}" xmlns:r="{office}"><sheetData>{lines}</sheetData><drawing r:id="rId1"/></worksheet>',
        "xl/worksheets/_rels/sheet1.xml.rels": relations(("drawing", "../drawings/drawing1.xml")),
        "xl/drawings/drawing1.xml": f'{head}<xdr:wsDr xmlns:xdr="{drawing}"><xdr:oneCellAnchor>{anchor}<xdr:pic><xdr:nvPicPr/></xdr:pic><xdr:clientData/></xdr:oneCellAnchor></xdr:wsDr>',
        "xl/drawings/_rels/drawing1.xml.rels": relations(("image", "../media/image1.png")),
        "xl/media/image1.png": whole,
    }
    with zipfile.ZipFile(path(name), "w") as book:
        for part, content in parts.items():
            info = zipfile.ZipInfo(part, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            book.writestr(info, content)
    want(name, form="Xlsx", findings=found)


floating("codes/W221.xlsx", 3, [at("W221", None, None, "门店")])
floating("codes/W221-not.xlsx", 0, [])
