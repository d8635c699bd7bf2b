"""What the corpus's scripts share: stores, and how a file and what must come of it are written down.

A file's sidecar is `FILE.want.json`. What stands in it was written by hand beside the file's making, never taken from what the
program said. Only the keys that are there are compared.

    form        what the file is told to be
    stores      the stores in order, each with some of its fields, and its row and sheet
    unknown     headers that mean nothing
    findings    codes with their places, all there are, in any order
    error       words that the refusal holds, English and Chinese (nothing else is in such a sidecar)
    supplement  a file of the corpus that is given with it
    options     arguments of the command beside the file
"""

import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent.parent

HEADERS = ["poi_id", "business_name", "branch_name", "province", "city", "district", "address", "telephone",
           "open_time", "mapid", "upgrade_status", "photo_list", "credential"]

CHINESE = ["门店ID", "门店名称", "分店名", "省份", "城市", "区县", "详细地址", "电话", "营业时间", "腾讯地图ID", "升级状态", "图片",
           "营业执照号"]


def credential(first17):
    """The 18 characters of a unified credit code: GB 32100's check character behind the first 17."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(signs.index(c) * pow(3, i, 31) for i, c in enumerate(first17))
    return first17 + signs[(31 - total % 31) % 31]


STORES = [
    ["472600083", "禾露茶铺", "西湖人民路店", "浙江省", "杭州市", "西湖区", "人民路282号", "0571-85550000", "09:00-22:00",
     "5648567134321788932", "0", "http://mmbiz.qpic.cn/mmbiz/a/0", credential("92330106MAK2MHK17")],
    ["472600202", "禾露茶铺", "上城人民路店", "浙江省", "杭州市", "上城区", "人民路202号", "0571-85550001", "10:00-21:30",
     "1971175173634866677", "0", "http://mmbiz.qpic.cn/mmbiz/b/0", credential("92330102MA9JET6Y2")],
    ["472600316", "禾露茶铺", "滨江人民路店", "浙江省", "杭州市", "滨江区", "人民路316号", "0571-85550002", "09:30-22:00",
     "2880741500279549033", "0", "http://mmbiz.qpic.cn/mmbiz/c/0", credential("92330108MAUKKLJK0")],
]


def rows(stores=STORES, **changes):
    """The stores as rows; `rows(telephone=["a", "b", "c"])` with other values in one column."""
    changed = [list(store) for store in stores]
    for name, values in changes.items():
        for row, value in zip(changed, values):
            row[HEADERS.index(name)] = value
    return changed


def first(**changes):
    """The rows with other values in the first of them."""
    return rows(**{name: [value] for name, value in changes.items()})


def wanted(table, sheet=None, first_row=2, at=None):
    """What stores must come of these rows: all their text fields, and where they stood."""
    fields = [name for name in HEADERS if name not in ("photo_list", "credential")]
    stores = []
    for index, row in enumerate(table):
        store = {name: row[HEADERS.index(name)] for name in fields}
        store["row"] = at[index] if at else first_row + index
        if sheet:
            store["sheet"] = sheet
        stores.append(store)
    return stores


def finding(code, row=None, column=None, sheet=None):
    found = {"code": code, "row": row, "column": column, "sheet": sheet}
    return {key: value for key, value in found.items() if value is not None}


def path(name):
    target = HERE / name
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def want(name, **what):
    path(name + ".want.json").write_text(json.dumps(what, ensure_ascii=False, indent=1) + "\n")


def refused(name, en, zh, **more):
    want(name, error={"en": en, "zh": zh}, **more)


def csv_text(table, headers=HEADERS, delimiter=",", end="\n"):
    def field(value):
        special = any(c in value for c in (delimiter, '"', "\n", "\r"))
        return '"' + value.replace('"', '""') + '"' if special else value
    return "".join(delimiter.join(field(str(value)) for value in row) + end for row in [headers] + table)


def raw_zip(name, parts, method=8):
    """A zip of exactly these parts, with a fixed date: the same script gives the same bytes."""
    import zipfile
    with zipfile.ZipFile(path(name), "w") as archive:
        for part, content in parts:
            info = zipfile.ZipInfo(part, (2000, 1, 1, 0, 0, 0))
            info.compress_type = method if part != "mimetype" else 0
            archive.writestr(info, content)
