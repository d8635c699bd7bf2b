"""Text and JSON: encodings, delimiters, line ends, and what answers of getpoilist look like when they are saved."""

import gzip
import json

from corpus import CHINESE, HEADERS, STORES, csv_text, finding, first, path, refused, rows, want, wanted


def write(name, content, **what):
    path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    if what:
        want(name, **what)


plain = csv_text(STORES)
good = dict(form="Csv", stores=wanted(STORES), unknown=[], findings=[])

write("text/utf8.csv", plain, **good)
write("text/utf8-bom.csv", "\ufeff" + plain, **good)
write("text/utf16le-bom.csv", b"\xff\xfe" + plain.encode("utf-16-le"), **good)
write("text/utf16be-bom.csv", b"\xfe\xff" + plain.encode("utf-16-be"), **good)
write("text/gb18030.csv", csv_text(STORES, CHINESE).encode("gb18030"), **good)
write("text/gbk-named.csv", csv_text(STORES, CHINESE).encode("gbk"), options=["--encoding", "gbk"], **good)
rare = first(address="㑇村𠮷祥路1号")
write("text/gb18030-four-bytes.csv", csv_text(rare, CHINESE).encode("gb18030"), form="Csv", stores=wanted(rare), findings=[])
write("text/tabs.tsv", csv_text(STORES, delimiter="\t"), **good)
write("text/utf16le-tabs.txt", b"\xff\xfe" + csv_text(STORES, delimiter="\t", end="\r\n").encode("utf-16-le"), **good)
write("text/semicolons.csv", csv_text(STORES, delimiter=";", end="\r\n"), **good)
write("text/bars-named.csv", csv_text(STORES, delimiter="|"), options=["--delimiter", "|"], **good)
write("text/cr-only.csv", csv_text(STORES, end="\r"), **good)
blank = csv_text(STORES, end="\r\n").replace("\r\n", "\r\n\r\n").rstrip() + "\r\n\r\n"
write("text/blank-lines.csv", blank, form="Csv", stores=wanted(STORES, at=[3, 5, 7]), findings=[])
quoted = first(business_name='禾露"茶铺"', address="人民路282号,\n一层")
write("text/quotes.csv", csv_text(quoted), form="Csv", stores=wanted(quoted), findings=[])
write("text/chinese-headers.csv", csv_text(STORES, CHINESE), **good)
remarked = [f"{header}（必填）" for header in CHINESE]
write("text/remarks-in-headers.csv", csv_text(STORES, remarked), **good)
write("text/title-rows.csv", "禾露茶铺门店一览\n制表：2025年10月\n\n" + plain, form="Csv", stores=wanted(STORES, first_row=5),
      unknown=[], findings=[])
extra = [row + ["x", "y"] for row in STORES]
write("text/unknown-columns.csv", csv_text(extra, HEADERS + ["店长", "备注"]), form="Csv", stores=wanted(STORES),
      unknown=["店长", "备注"], findings=[])
wide = first(telephone="０５７１－８５５５００００", open_time="９：００～２２：００")
write("text/full-width.csv", csv_text(wide), form="Csv", stores=wanted(wide), findings=[])
write("text/zero-width.csv", csv_text(first(poi_id="\u200b472600083")), form="Csv",
      stores=[{"poi_id": "472600083", "row": 2}, {"row": 3}, {"row": 4}], findings=[finding("W205", 2, "poi_id")])
write("text/undecodable.csv", csv_text(STORES).encode().replace("禾露茶铺".encode(), b"\xe7\xa6\xff\xfe", 1), form="Csv",
      options=["--encoding", "utf-8"], findings=[finding("E107", 2, "business_name")])
write("text/scientific.csv", csv_text(first(mapid="5.64857E+18")), form="Csv", findings=[finding("E104", 2, "mapid")])
zeros = rows(mapid=["5648567134321780000", "1971175173634860000", "2880741500279540000"])
write("text/zeros-column.csv", csv_text(zeros), form="Csv",
      findings=[finding("E108", row, "mapid") for row in (2, 3, 4)])
zeros = rows(mapid=["5648567134321780000", "1971175173634860000", "2880741500279549033"])
write("text/zeros-by-chance.csv", csv_text(zeros), form="Csv", stores=wanted(zeros), findings=[])

write("text/empty.csv", "")
refused("text/empty.csv", ["the file is empty"], ["文件为空"])
write("text/white-space.csv", "\ufeff \n\n")
refused("text/white-space.csv", ["the file is empty"], ["文件为空"])
write("text/no-header.csv", "a,b\n1,2\n")
refused("text/no-header.csv", ["no row with known column headers"], ["没有找到可识别的表头"])
write("text/header-only.csv", csv_text([]))
refused("text/header-only.csv", ["no stores"], ["没有门店"])
write("text/two-columns.csv", csv_text([row + ["1"] for row in STORES], HEADERS + ["phone"]))
refused("text/two-columns.csv", ["several columns", "telephone (H)", "phone (N)"], ["多列"])
write("text/open-quote.csv", plain.replace("禾露茶铺", '"禾露茶铺', 1))
refused("text/open-quote.csv", ["quotation mark", "row 2"], ["第 2 行"])
write("text/web-page.csv", "<!DOCTYPE html><html><body><table><tr><td>poi_id</td></tr></table></body></html>")
refused("text/web-page.csv", ["HTML or XML page"], ["HTML 或 XML 页面"])


def record(row):
    base = dict(zip(HEADERS, row))
    base.pop("credential")
    base["photo_list"] = [{"photo_url": base["photo_list"]}]
    base["upgrade_status"] = int(base["upgrade_status"])
    base["available_state"] = 3
    return {"base_info": base}


def page(stores, total=None):
    answer = {"errcode": 0, "errmsg": "ok", "business_list": [record(row) for row in stores]}
    return json.dumps({**answer, "total_count": str(total or len(stores))}, ensure_ascii=False)


# The platform's list knows no credential.
pages = dict(form="Json", stores=wanted(STORES, first_row=1), findings=[finding("E110", row) for row in (1, 2, 3)])
write("json/page.json", page(STORES), **pages)
write("json/pages-concatenated.json", page(STORES[:1], 3) + page(STORES[1:2], 3) + "\n" + page(STORES[2:], 3), **pages)
write("json/array-of-pages.json", "[" + page(STORES[:2], 3) + "," + page(STORES[2:], 3) + "]", **pages)
write("json/lines.jsonl", "".join(json.dumps(record(row), ensure_ascii=False) + "\n" for row in STORES), **pages)
write("json/bom.json", "\ufeff" + page(STORES), **pages)
write("json/page.json.gz", gzip.compress(page(STORES).encode(), mtime=0), **pages)
write("text/utf8.csv.gz", gzip.compress(plain.encode(), mtime=0), **good)
write("json/record-malformed.json", json.dumps({"errcode": 0, "business_list": [record(STORES[0]), "x"]}), form="Json",
      findings=[finding("E106", 2), finding("E110", 1)])
write("json/error-answer.json", '{"errcode":40001,"errmsg":"invalid credential, access_token is invalid"}')
refused("json/error-answer.json", ["errcode 40001"], ["errcode 40001"])
write("json/truncated.json", page(STORES)[:-40])
refused("json/truncated.json", ["not valid JSON"], ["不是有效的 JSON"])
write("json/other.json", '{"a": 1}')
refused("json/other.json", ["JSON, but neither pages"], ["是 JSON"])
write("json/no-stores.json", '{"errcode":0,"errmsg":"ok","business_list":[],"total_count":"0"}')
refused("json/no-stores.json", ["no stores"], ["没有门店"])
write("json/login-page.json", "<html><body>login</body></html>")
refused("json/login-page.json", ["HTML or XML page"], ["HTML 或 XML 页面"])
