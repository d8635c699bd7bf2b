//! Files in the orders of stores in the store mini-program: new ones, and new photos of old ones.

use serde_json::json;

use super::{photo, through, uploads};
use crate::kit::{Chain, House, Platform, Proxy, credential};

#[test]
fn the_photos_of_stores_in_the_mini_program_are_replaced_by_files() {
    let house = House::new();
    Chain::new().and(1, &json!(3)).save(&house);
    let platform = Platform::start(&house, "");
    let listed = house.at(&platform, "store list --format json").end().exits(0).json();
    let id = listed["stores"][0]["poi_id"].as_str().unwrap().to_owned();
    std::fs::create_dir(house.path("photos")).unwrap();
    house.write(&format!("photos/{id}_1.jpg"), photo(1));
    house.write(&format!("photos/{id}_2.jpg"), photo(2));
    house.write("update.csv", format!("poi_id,hour\n{id},10:00-22:00\n"));
    let update = "store update --from update.csv --replace-photos --images photos --rate 100/s --wait 20s --yes";
    house.at(&platform, update).end().exits(0);
    assert_eq!((uploads(&platform), platform.requests("update_store")), ((2, 0), 1));
    let shown = house.at(&platform, &format!("store get {id} --format json")).end().exits(0).json();
    let photos = shown["stores"][0]["photos"].as_array().unwrap();
    assert!(photos.len() == 2 && photos.iter().all(|photo| photo.as_str().unwrap().starts_with("http")), "{shown}");
    // The same sheet with the same photos is the same order, also under another name.
    house.at(&platform, update).end().exits(0);
    house.write("again.csv", house.read("update.csv"));
    house.at(&platform, &update.replace("update.csv", "again.csv")).end().exits(0);
    assert_eq!((uploads(&platform), platform.requests("update_store")), ((2, 0), 1));
}

#[test]
fn a_new_store_takes_its_pictures_and_papers_from_files() {
    let house = House::new();
    Chain::new().and(1, &json!(3)).save(&house);
    let platform = Platform::start(&house, "");
    house.write("door.jpg", photo(1));
    house.write("licence.jpg", photo(2));
    let add = format!(
        "store add --map-poi-id 2880741500279549099 --picture door.jpg --phone 0571-88881234 --hour 09:00-21:00 --credential {} \
         --company-name 禾露餐饮 --qualification licence.jpg --rate 100/s --wait 20s --yes",
        credential(7)
    );
    let proxy = Proxy::before(&platform);
    through(&house, &proxy, &add).exits(0);
    assert_eq!(uploads(&platform), (1, 1));
    let body = proxy.requests("/wxa/add_store").remove(0).json();
    assert!(
        body["pic_list"].as_str().unwrap().contains("http")
            && !body["qualification_list"].as_str().unwrap().contains("file:"),
        "{body}"
    );
}

#[test]
fn an_order_that_is_done_stays_so_when_its_photos_are_tidied_away() {
    let house = House::new();
    Chain::new().and(1, &json!(3)).save(&house);
    let platform = Platform::start(&house, "");
    house.write("door.jpg", photo(1));
    let row = |sid: &str, n: usize| {
        format!("{sid},288074150027954909{n},door.jpg,0571-88881234,09:00-21:00,{}\n", credential(n))
    };
    let header = "sid,map_poi_id,pic_list,contract_phone,hour,credential\n";
    house.write("new.csv", format!("{header}{}", row("N1", 1)));
    let add = "store add --from new.csv --rate 100/s --wait 20s --yes";
    house.at(&platform, add).end().exits(0);
    std::fs::remove_file(house.path("door.jpg")).unwrap();
    house.at(&platform, add).end().exits(0);
    assert_eq!((platform.requests("add_store"), uploads(&platform)), (1, (1, 0)));
}

#[test]
fn a_photo_that_no_update_can_send_is_told_by_what_is_wrong_with_it() {
    let house = House::new();
    Chain::new().and(1, &json!(3)).save(&house);
    let platform = Platform::start(&house, "");
    let listed = house.at(&platform, "store list --format json").end().exits(0).json();
    let id = listed["stores"][0]["poi_id"].as_str().unwrap().to_owned();
    house.write("text.jpg", "a text");
    house.write("cut.jpg", &photo(1)[..600]);
    for (file, code) in [("text.jpg", "E170"), ("cut.jpg", "E172"), ("missing.jpg", "E122")] {
        let update = format!("store update {id} --picture {file} --replace-photos --yes --lang en");
        house.at(&platform, &update).end().exits(3);
        let why = house.poilift(&format!("why {id} --job store-update --lang en")).end().exits(0);
        assert!(why.stdout.contains(&format!("{code} ")) && why.stdout.contains(file), "{why}");
        let others = ["E170", "E172", "E122", "E116", "E117"].into_iter().filter(|other| *other != code);
        assert!(others.into_iter().all(|other| !why.stdout.contains(other)), "{why}");
    }
    assert_eq!((platform.requests("update_store"), uploads(&platform)), (0, (0, 0)));
}
