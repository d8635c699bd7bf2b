//! Writes whose answers are lost: sent once, said to be unknown, with the way to find out, and never repeated.

use serde_json::json;

use crate::kit::{House, Stage};

const APPLY: &str = "/wxa/apply_merchant";
const CREATE: &str = "/wxa/create_map_poi";
const MODIFY: &str = "/wxa/modify_merchant";

const POINT: &str = "map create --name 茶铺 --longitude 113.32 --latitude 23.09 --province 广东省 --city 广州市 --district 海珠区 \
                     --district-id 440105 --address TIT --category 美食:中餐厅 --telephone 020-89190388 --photo http://p/1 \
                     --license http://p/2 --intro x";

const APPLICATION: &str = "merchant apply --category 477 --name 一杯咖啡 --intro x --head-image I --yes";

fn stage() -> Stage {
    let tree = json!({"errcode": 0, "data": {"all_category_info": {"categories": [
        {"id": 476, "name": "餐饮", "level": 1, "father": 0, "children": [477]},
        {"id": 477, "name": "咖啡厅", "level": 2, "father": 476, "children": [], "sensitive_type": 0},
    ]}}});
    Stage::new().always("/wxa/get_merchant_category", &tree.to_string())
}

#[test]
fn an_answer_that_is_lost_is_an_unknown_outcome_after_one_request_and_says_how_to_find_out() {
    let house = House::new();
    for (path, command, words) in [
        (APPLY, APPLICATION, "poilift merchant audit shows whether an application is there"),
        (CREATE, POINT, "sent again now it could be there twice"),
        (MODIFY, "merchant modify --intro x", "look at the store mini-program on a phone"),
    ] {
        let stage = stage().silent(path);
        house.on(&stage, command).end().exits(3).says(&["nobody knows whether", words]);
        assert_eq!(stage.asked(path).len(), 1, "{path}");
    }
}

#[test]
fn busy_and_answers_from_somewhere_else_say_nothing_about_a_write_either() {
    for (path, command) in [(APPLY, APPLICATION), (CREATE, POINT)] {
        for answer in [r#"{"errcode":-1,"errmsg":"system error"}"#, "<html>502</html>", r#"{"data":{}}"#] {
            let house = House::new();
            let stage = stage().always(path, answer);
            house.on(&stage, command).end().exits(3).says(&["nobody knows whether"]);
            assert_eq!(stage.asked(path).len(), 1, "{path} {answer}");
        }
    }
}

#[test]
fn in_chinese_the_outcome_is_unknown_too() {
    let (house, stage) = (House::new(), stage().silent(APPLY));
    let ended = house.on(&stage, &format!("{APPLICATION} --lang zh")).end().exits(3);
    assert!(
        ended.stderr.contains("apply_merchant 的结果未知") && ended.stderr.contains("请用 poilift merchant audit 查询"),
        "{ended}"
    );
}

#[test]
fn a_connection_that_is_never_made_is_told_as_not_sent_and_can_go_again() {
    let house = House::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).unwrap();
    let run = house.on(&stage(), "merchant modify --intro x").env("POILIFT_API_BASE", &format!("http://{free}"));
    let ended = run.env("POILIFT_ACCESS_TOKEN", "a-token-from-elsewhere").end().exits(4);
    ended.says(&["modify_merchant was not sent", "run the same command again"]);
}

#[test]
fn a_reading_is_asked_again_where_that_may_help() {
    let house = House::new();
    let busy = r#"{"errcode":-1,"errmsg":"system error"}"#;
    let list = r#"{"errcode":0,"errmsg":"ok","total_count":0,"business_list":[]}"#;
    let stage = Stage::new().once("/wxa/get_store_list", busy).always("/wxa/get_store_list", list);
    house.on(&stage, "store list").end().exits(0);
    assert_eq!(stage.asked("/wxa/get_store_list").len(), 2);
}
