//! What the plan wants for the store and by which rule, and where each value of the submission came from.

use super::Story;
use crate::ledger::StoreRow;
use crate::report::reasons;
use crate::store::{Action, Field, Origin, Place, PoiId, Submission, Wish, Words};
use crate::words;

/// The rule that classified it, and what stands in the way, each with its remedy.
pub(super) fn rule(row: &StoreRow) -> Vec<Words> {
    if row.decision.is_unplanned() && row.faults.is_empty() {
        return vec![words!("it was not planned yet"; "尚未生成计划")];
    }
    let Words { en, zh } = row.planned.status.words();
    let to = wanted(row);
    let mut lines = vec![Words { en: format!("planned at {en}{}", to.en), zh: format!("计划时 {zh}{}", to.zh) }];
    lines.extend(wish(row.decision.wish));
    for finding in reasons::findings(row) {
        lines.push(finding.words());
        let Words { en, zh } = finding.code.remedy();
        lines.push(Words { en: format!("  mend: {en}"), zh: format!("  处理：{zh}") });
    }
    lines
}

fn wanted(row: &StoreRow) -> Words {
    match row.decision.action {
        Action::Add => words!(", with a complete submission: add_store"; "，资料齐全：add_store"),
        Action::Delete if row.planned.status.wants_add() => {
            words!(", but a person asked for its deletion: delpoi, with --allow-delete"; "，但人工要求删除：delpoi（需 --allow-delete）")
        }
        Action::Delete => {
            words!(": the platform allows nothing but its deletion: delpoi, with --allow-delete"; "：平台只允许删除：delpoi（需 --allow-delete）")
        }
        Action::Wait => words!(": the platform reviews it; nothing is sent"; "：平台审核中，不提交"),
        Action::None => words!(": nothing is left to do; nothing is sent"; "：无需处理，不提交"),
        Action::Resolve => {
            words!(", complete but for its point on the map: nothing is sent before that is found"; "，仅缺地图点位：找到之前不提交")
        }
        Action::Create => words!(": a new store, add_store without a poi_id"; "：新增门店，add_store（不带 poi_id）"),
        Action::Update => words!(": update_store, with all its values"; "：update_store，带全部字段"),
        Action::Remove => words!(": del_store"; "：del_store"),
        Action::SetCard => words!(": card/storewxa/set"; "：card/storewxa/set"),
        Action::Blocked => words!(", but something stands in the way: nothing is sent"; "，但存在问题：不提交"),
    }
}

/// What a person asked for in the supplement.
fn wish(wish: Option<Wish>) -> Option<Words> {
    Some(match wish? {
        Wish::Upgrade => words!("the supplement's column action says upgrade"; "补充表“处理”列：升级"),
        Wish::Delete => words!("the supplement's column action says delete"; "补充表“处理”列：删除"),
        Wish::Hold => {
            words!("the supplement's column action says hold: nothing is sent until it says something else"; "补充表“处理”列：暂缓；改动之前不提交")
        }
        Wish::Resubmit => {
            words!("the supplement's column action says resubmit: it goes again with the same data"; "补充表“处理”列：原样重提")
        }
    })
}

/// Each value of the submission with the place it came from, and who put it there.
pub(super) fn values(story: &Story<'_>) -> Vec<Words> {
    let row = story.row;
    let Some(submission) = &row.decision.submission else {
        return vec![match row.decision.action {
            Action::Delete => words!("poi_id alone, from the store's own record"; "仅 poi_id，来自门店记录"),
            Action::Blocked | Action::Resolve => {
                words!("nothing, as long as something stands in the way"; "问题解决之前不提交")
            }
            _ => words!("nothing"; "无"),
        }];
    };
    submitted(story, submission)
}

/// Each value of `add_store`.
pub(super) fn submitted(story: &Story<'_>, submission: &Submission) -> Vec<Words> {
    let body = submission.body();
    let value = |field: &Field| value(&body, *field);
    let told = |(field, origin): (&Field, &Origin)| {
        let (key, value, Words { en, zh }) = (field.key(), value(field), origin_words(story, origin));
        Words { en: format!("{key} = {value}  ({en})"), zh: format!("{key} = {value}（{zh}）") }
    };
    let own = |id: &PoiId| words!("poi_id = {id}  (the store's own record)"; "poi_id = {id}（门店记录）");
    let mut lines: Vec<Words> = submission.poi_id.iter().map(own).collect();
    lines.extend(submission.origins.iter().map(told));
    lines.extend(nameless(submission));
    lines
}

/// A value as it is sent, and empty shown as such.
pub(super) fn value(body: &serde_json::Value, field: Field) -> String {
    let value = body.get(field.key()).and_then(serde_json::Value::as_str).unwrap_or_default();
    if value.is_empty() { "\"\"".to_owned() } else { value.to_owned() }
}

/// `card_id` is sent although nobody has given one.
fn nameless(submission: &Submission) -> Option<Words> {
    let given = submission.origins.contains_key(&Field::CardId);
    (!given && submission.card_id.is_empty())
        .then(|| words!("card_id = \"\"  (nobody gave one; the platform wants it sent all the same)"; "card_id = \"\"（未填写；平台要求必须携带）"))
}

/// Where a value came from.
pub(super) fn origin_words(story: &Story<'_>, origin: &Origin) -> Words {
    match origin {
        Origin::Override => words!("[override] of poilift.toml"; "poilift.toml 的 [override]"),
        Origin::Record => words!("the old record"; "旧门店资料"),
        Origin::Defaults => {
            words!("[defaults] of poilift.toml, because nothing else has it"; "poilift.toml 的 [defaults]，因其他来源均无")
        }
        Origin::Supplement(place) => supplied(story, place),
    }
}

fn supplied(story: &Story<'_>, place: &Place) -> Words {
    match story.supplied.iter().find(|by| by.place == *place) {
        Some(by) => {
            let (person, at, Words { en, zh }) = (&by.person, story.moment(by.at), place.words());
            Words { en: format!("{en}; taken {at} by {person}"), zh: format!("{zh}；{person} 于 {at} 录入") }
        }
        None => place.words(),
    }
}
