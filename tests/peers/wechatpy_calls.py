"""A client that nobody here wrote, against the sandbox: wechatpy 2.0.0a26 from PyPI.

usage: wechatpy_calls.py POILIFT

Makes an environment of its own, installs the client there, starts `POILIFT sandbox`, and calls whatever the client can call
of the old store management, of media, and of the store mini-program; each answer must have the shape that the API document
shows.  `apply_merchant` is left out: the client has its path wrong.  The events that the sandbox pushes meanwhile are opened
with the client's own cryptography.  Exits with 0, with 1 and words, or with 77 where the
environment cannot be made.
"""

import http.server
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import venv

PACKAGE = "wechatpy==2.0.0a26"
TOKEN, AES_KEY, APPID = "signed-with", "A" * 43, "wx0123456789abcdef"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF and so on"


def outside(poilift):
    """Makes the environment, and goes on in it."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = pathlib.Path(folder) / "bin" / "python"
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]
        if subprocess.run(install).returncode != 0:
            print(f"{PACKAGE} could not be installed", file=sys.stderr)
            return 77
        return subprocess.run([python, __file__, poilift, "--inside"]).returncode


class Listener(http.server.BaseHTTPRequestHandler):
    """Takes sealed events, opens them, and keeps them by their names."""

    events = {}

    def do_POST(self):
        from wechatpy import parse_message
        from wechatpy.crypto import WeChatCrypto

        query = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(self.path).query))
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        crypto = WeChatCrypto(TOKEN, AES_KEY, APPID)
        plain = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        event = parse_message(plain)
        self.events.setdefault(event._data["Event"], []).append(event._data)
        self.send_response(200)
        self.send_header("content-length", "7")
        self.end_headers()
        self.wfile.write(b"success")

    def log_message(self, *_):
        pass


def listening():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/wechat"


def sandbox(poilift, folder):
    """A running sandbox with the sample chain, and its address."""
    scenario = pathlib.Path(folder) / "scenario.toml"
    scenario.write_text(
        f'review_fail_share = 0.0\n[push]\nurl = "{listening()}"\nmode = "encrypted"\n'
        f'token = "{TOKEN}"\naes_key = "{AES_KEY}"\nappid = "{APPID}"\n'
    )
    command = [poilift, "sandbox", "--review-time", "200ms", "--scenario", scenario]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    return process, re.fullmatch(r"listening (http://\S+)\n", line).group(1) + "/"


def check(holds, what):
    if not holds:
        sys.exit(f"FAILED: {what}")


def has(answer, *keys):
    missing = [key for key in keys if key not in answer]
    check(not missing, f"{missing} missing in {json.dumps(answer, ensure_ascii=False)[:500]}")
    return answer


def client_for(base):
    import wechatpy
    from wechatpy.client.api.wxa import WeChatWxa

    wechatpy.WeChatClient.API_BASE_URL = base + "cgi-bin/"
    WeChatWxa.API_BASE_URL = base
    client = wechatpy.WeChatClient(APPID, "any-secret", auto_retry=False)
    fetch = client._fetch_access_token
    client._fetch_access_token = lambda url, params: fetch(base + "cgi-bin/token", params)
    return client


def refused(errcode, call, *arguments):
    from wechatpy.exceptions import WeChatClientException

    try:
        call(*arguments)
    except WeChatClientException as error:
        check(int(error.errcode) == errcode, f"{error.errcode} instead of {errcode}")
        return
    check(False, f"no {errcode}")


def legacy(client):
    """The old store management; answers the ids of stores that wait, and deletes one that may not move."""
    page = has(client.poi.list(0, 50), "business_list", "total_count")
    infos = [has(store["base_info"], "poi_id", "upgrade_status") for store in page["business_list"]]
    check(infos and len(infos) == min(50, int(page["total_count"])), "the page is not full")
    by_status = {}
    for info in infos:
        by_status.setdefault(int(info["upgrade_status"]), []).append(info)
    one = has(client.poi.get(infos[0]["poi_id"]), "business")
    has(one["business"]["base_info"], "business_name", "address", "photo_list")
    forbidden = by_status[4][0]["poi_id"]
    check(client.poi.delete(forbidden)["errcode"] == 0, "not deleted")
    refused(65116, client.poi.delete, forbidden)
    return by_status[0]


def media(client):
    def file():
        return "a.jpg", io.BytesIO(JPEG), "image/jpeg"

    temporary = has(client.media.upload("image", file()), "type", "media_id", "created_at")
    picture = client.media.upload_image(file())
    check(picture.startswith("http"), picture)
    return temporary["media_id"], picture


def merchant(wxa, media_id):
    tree = wxa.get_merchant_category()["data"]["all_category_info"]["categories"]
    check({category["level"] for category in tree} == {0, 1, 2}, "the tree has not two levels")
    sensitive = [category for category in tree if category.get("sensitive_type") == 1]
    names = [inner["name"] for outer in sensitive[0]["qualify"]["exter_list"] for inner in outer["inner_list"]]
    check(all(names) and names, "a category without the names of its papers")
    audit = has(wxa.get_merchant_audit_info()["data"], "audit_id", "status", "reason")
    check(audit["status"] == 1, audit)
    check(wxa.modify_merchant({"headimg_mediaid": media_id, "intro": "门店介绍"})["errcode"] == 0, "not modified")
    refused(85056, wxa.modify_merchant, {"headimg_mediaid": "never-given", "intro": ""})


def the_map(wxa, picture):
    districts = wxa.get_district()
    check(districts["status"] == 0 and len(districts["result"]) == 3, "not three levels")
    provinces, cities, areas = districts["result"]
    guangdong = next(place for place in provinces if place["fullname"] == "广东省")
    below = cities[guangdong["cidx"][0]:guangdong["cidx"][1] + 1]
    guangzhou = next(place for place in below if place["fullname"] == "广州市")
    haizhu = next(place for place in areas[guangzhou["cidx"][0]:guangzhou["cidx"][1] + 1] if place["fullname"] == "海珠区")
    found = wxa.search_map_poi({"districtid": haizhu["id"], "keyword": "健身"})["data"]["item"]
    has(found[0], "branch_name", "address", "longitude", "latitude", "telephone", "category", "sosomap_poi_uid",
        "data_supply", "pic_urls", "card_id_list")
    created = wxa.create_map_poi({
        "name": "海珠小店", "longitude": "113.323753357", "latitude": "23.0974903107", "province": "广东省",
        "city": "广州市", "district": "海珠区", "address": "怡安路 1 号", "category": "美食:中餐厅",
        "telephone": "020-6666666;12345678901", "photo": picture, "license": picture, "introduct": "小店",
        "districtid": haizhu["id"],
    })
    check("errcode" not in created and created["error"] is None, created)
    has(created["data"], "base_id", "rich_id")
    for _ in range(100):
        again = wxa.search_map_poi({"districtid": int(haizhu["id"]), "keyword": "海珠小店"})["data"]["item"]
        if again:
            return again[0]["sosomap_poi_uid"]
        time.sleep(0.05)
    check(False, "the new point is never found")


def stores(wxa, waiting, point, media_id, picture):
    form = {
        "poi_id": waiting["poi_id"], "map_poi_id": point, "pic_list": json.dumps({"list": [picture]}),
        "contract_phone": "020-6666666", "hour": "09:00-21:00", "credential": "22883878-0", "card_id": "",
        "company_name": "某某餐饮", "qualification_list": media_id,
    }
    has(wxa.add_store(form)["data"], "audit_id")
    refused(85040, wxa.add_store, form)
    refused(85054, wxa.add_store, {**form, "poi_id": ""})
    ours = None
    for _ in range(200):
        page = has(wxa.get_store_list(0, 50), "business_list", "total_count")
        infos = [store["base_info"] for store in page["business_list"]]
        ours = next((info for info in infos if info["qualification_num"] == "22883878-0"), None)
        if ours:
            break
        time.sleep(0.05)
    check(ours, "the store never passes")
    has(ours, "business_name", "address", "telephone", "categories", "city", "province", "longitude", "latitude",
        "photo_list", "open_time", "poi_id", "status", "district", "qualification_list", "qualification_num",
        "qualification_name")
    update = {"poi_id": ours["poi_id"], "map_poi_id": point, "hour": "10:00-12:00", "contract_phone": "1",
              "pic_list": json.dumps({"list": [picture]}), "card_id": ""}
    check(wxa.update_store(update)["data"]["has_audit_id"] == 0, "the same picture needs no review")
    info = wxa.get_store_info(ours["poi_id"])["business"]["base_info"]
    check((info["open_time"], info["telephone"], info["status"]) == ("10:00-12:00", "1", 1), info)
    other = {**update, "pic_list": json.dumps({"list": [picture + "&other"]})}
    check(has(wxa.update_store(other)["data"], "has_audit_id", "audit_id")["has_audit_id"] == 1, "no review")
    refused(65118, wxa.update_store, other)
    refused(-1, wxa.del_store, ours["poi_id"])
    time.sleep(0.3)
    check(wxa.del_store(ours["poi_id"])["errcode"] == 0, "not removed")
    refused(65115, wxa.get_store_info, ours["poi_id"])


def pushed():
    """Every review that has ended was told of."""
    wanted = {"create_map_poi_audit_info", "add_store_audit_info", "modify_store_audit_info"}
    for _ in range(200):
        if wanted <= Listener.events.keys():
            break
        time.sleep(0.05)
    check(wanted <= Listener.events.keys(), f"pushed: {sorted(Listener.events)}")
    added = has(Listener.events["add_store_audit_info"][0], "audit_id", "status", "reason", "is_upgrade", "poiid")
    check(added["status"] == "1" and added["poiid"], added)


def inside(poilift):
    folder = tempfile.TemporaryDirectory()
    process, base = sandbox(poilift, folder.name)
    try:
        client = client_for(base)
        check(len(client.access_token) > 100, "no token")
        waiting = legacy(client)
        media_id, picture = media(client)
        merchant(client.wxa, media_id)
        point = the_map(client.wxa, picture)
        stores(client.wxa, waiting[0], point, media_id, picture)
        pushed()
    finally:
        process.kill()
        folder.cleanup()
    print(f"{PACKAGE}: token, 3 calls of poi, 2 of media, 11 of the store mini-program, 3 events: as the document shows")


if __name__ == "__main__":
    if sys.argv[2:] == ["--inside"]:
        inside(sys.argv[1])
    else:
        sys.exit(outside(sys.argv[1]))
