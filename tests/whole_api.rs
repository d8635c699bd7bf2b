//! The commands that ask the platform one thing: what is sent for each, byte by byte, what is shown of its answer, and what is
//! refused before any call. The platform here says what it was told to say.

mod component;
mod lost;
mod map;
mod media;
mod merchant;
mod merchant_files;
mod rid;
mod stores;

use crate::kit::{Asked, Ended, House, Stage};

/// The document's example of this name, as an answer; one that needs no mending.
fn plain(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/document").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str::<serde_json::Value>(&text).unwrap_or_else(|error| panic!("{name} needs mending: {error}"));
    text
}

/// One request to this path, and no other to any but the paths in `beside`.
#[track_caller]
fn only(stage: &Stage, path: &str, beside: &[&str]) -> Asked {
    let all = stage.asked_at_all();
    let strangers: Vec<_> =
        all.iter().filter(|asked| asked.path != path && !beside.contains(&asked.path.as_str())).collect();
    assert!(strangers.is_empty(), "{strangers:?}");
    let mut asked = stage.asked(path);
    assert_eq!(asked.len(), 1, "{asked:?}");
    asked.remove(0)
}

/// Exit 2, these words, and nothing but readings was asked.
#[track_caller]
fn refused(house: &House, stage: &Stage, arguments: &str, writes: &str, words: &[&str]) -> Ended {
    let ended = house.on(stage, arguments).end().exits(2).says(words);
    assert!(stage.asked(writes).is_empty(), "{ended}");
    ended
}
