//! The questions that a run asks on a terminal, and what stands above them.

use crate::pipeline::{Preview, WaveEnd};
use crate::report::{moment, span};
use crate::store::{Lang, Verb, Words};
use crate::words;

/// A question in both languages.
pub struct Question {
    en: &'static str,
    zh: &'static str,
}

/// Before the first write.
pub const SEND: Question = Question {
    en: "Send? Anything but yes (Enter, Ctrl-C) sends nothing.",
    zh: "确认提交？除 y/yes/是 外（回车、Ctrl-C）均不提交。",
};

/// After a wave that went wrong.
pub const GO_ON: Question = Question {
    en: "Go on with the next stores anyway? Anything but yes (Enter, Ctrl-C) stops here.",
    zh: "仍然继续提交后面的门店？除 y/yes/是 外（回车、Ctrl-C）均停在此处。",
};

impl Question {
    /// In this language.
    #[must_use]
    pub fn pick(&self, lang: Lang) -> &'static str {
        lang.pick(self.en, self.zh)
    }
}

/// What a person sees before the first write: the first bodies, how much, how fast, how long, and in which waves.
#[must_use]
pub fn before_the_first_write(preview: &Preview, account: &str, lang: Lang) -> Vec<String> {
    let Preview { adds, deletes, others, bodies, uploads, rate, estimate, wave } = preview;
    let mut lines: Vec<String> = bodies.iter().map(|body| format!("  {body}")).collect();
    let (shown, all) = (bodies.len(), preview.calls());
    let bodies =
        words!("The first {shown} of {all} requests stand above."; "以上为全部 {all} 个请求中的前 {shown} 个。");
    lines.push(bodies.get(lang).to_owned());
    let (lasts, until) = (span(estimate.seconds, lang), estimate.done_at.as_deref().map(moment).unwrap_or_default());
    let counts = match others {
        None => words!("{adds} add_store and {deletes} delpoi"; "add_store {adds} 次，delpoi {deletes} 次"),
        Some((verb, calls)) => words!("{calls} {verb}"; "{verb} {calls} 次"),
    };
    let (counts_en, counts_zh) = (&counts.en, &counts.zh);
    // A card can be set again; stores that moved and pictures that are gone do not come back.
    let is_final = !matches!(others, Some((Verb::StorewxaSet, _)));
    let (final_en, final_zh) = if is_final { (" None of them can be undone.", "均无法撤销。") } else { ("", "") };
    let counts = words!(
        "For {account}: {counts_en} at {rate}, about {lasts}, until {until} (UTC+8).{final_en}";
        "账号 {account}：{counts_zh}，速率 {rate}，约 {lasts}，预计 {until}（北京时间）完成。{final_zh}"
    );
    lines.push(counts.get(lang).to_owned());
    if *uploads > 0 {
        let files = words!("Before them {uploads} files are uploaded."; "提交前先上传 {uploads} 个文件。");
        lines.push(files.get(lang).to_owned());
    }
    if let Some(wave) = wave {
        let (number, of, stores) = (wave.number, wave.of, wave.stores);
        let waves = words!(
            "In waves: wave {number} of {of} comes first, with {stores} of them; each later one follows by itself unless too much goes wrong.";
            "分批提交：先提交第 {number}/{of} 批的 {stores} 家；此后各批自动继续，出错过多时停止。"
        );
        lines.push(waves.get(lang).to_owned());
    }
    lines
}

/// What is said of waves that ended: why, and what went wrong.
#[must_use]
pub fn of_wave(end: &WaveEnd, lang: Lang) -> Vec<String> {
    let head = |words: &Words| format!("{}{}", lang.pick("warning: ", "注意："), words.get(lang));
    let reasons = end.reasons.iter().map(|words| format!("  {}", words.get(lang)));
    std::iter::once(head(&end.words)).chain(reasons).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::engine::Rate;
    use crate::pipeline::{FirstWave, WaveEndKind};
    use crate::plan::{Load, estimate};
    use crate::store::{PlatformDay, Stamp};

    fn preview(wave: Option<FirstWave>) -> Preview {
        let rate = Rate::new(10, Duration::from_secs(1)).expect("a rate");
        // 2026-11-24T02:10:00+08:00.
        let load = Load { calls: 750, left_today: None, a_day: None, is_reviewed: true };
        let estimate = estimate(&[load], rate.spacing(), Stamp(1_795_457_400_000), PlatformDay::default());
        let bodies = vec![json!({"poi_id": "400000000", "hour": "09:00-21:00"}), json!({"poi_id": "400000001"})];
        Preview { adds: 738, deletes: 12, others: None, bodies, uploads: 0, rate, estimate, wave }
    }

    fn told(lang: Lang, wave: Option<FirstWave>) -> String {
        let lines = before_the_first_write(&preview(wave), "wx0123456789abcdef", lang);
        lines.join("\n") + "\n" + SEND.pick(lang)
    }

    #[test]
    fn before_the_first_write_a_person_sees_what_how_much_how_fast_and_how_long() {
        insta::assert_snapshot!(told(Lang::En, None), @r#"
          {"poi_id":"400000000","hour":"09:00-21:00"}
          {"poi_id":"400000001"}
        The first 2 of 750 requests stand above.
        For wx0123456789abcdef: 738 add_store and 12 delpoi at 10/s, about 1 min 15 s, until 2026-11-24 02:11 (UTC+8). None of them can be undone.
        Send? Anything but yes (Enter, Ctrl-C) sends nothing.
        "#);
    }

    #[test]
    fn a_person_sees_how_many_files_go_first() {
        let preview = Preview { uploads: 31, ..preview(None) };
        let lines = before_the_first_write(&preview, "wx0123456789abcdef", Lang::En);
        assert_eq!(lines.last().map(String::as_str), Some("Before them 31 files are uploaded."));
    }

    #[test]
    fn in_waves_a_person_sees_which_one_comes_first() {
        let wave = FirstWave { number: 2, of: 4, stores: 9 };
        insta::assert_snapshot!(told(Lang::Zh, Some(wave)), @r#"
          {"poi_id":"400000000","hour":"09:00-21:00"}
          {"poi_id":"400000001"}
        以上为全部 750 个请求中的前 2 个。
        账号 wx0123456789abcdef：add_store 738 次，delpoi 12 次，速率 10/s，约 1 分钟 15 秒，预计 2026-11-24 02:11（北京时间）完成。均无法撤销。
        分批提交：先提交第 2/4 批的 9 家；此后各批自动继续，出错过多时停止。
        确认提交？除 y/yes/是 外（回车、Ctrl-C）均不提交。
        "#);
    }

    #[test]
    fn of_a_wave_that_was_stopped_a_person_sees_why_and_an_example_of_each() {
        let end = WaveEnd {
            kind: WaveEndKind::Stopped,
            words: words!("wave 2 of 4 is stopped"; "第 2/4 批已停止"),
            reasons: vec![words!("3 refused, for example 1: 85041"; "3 家被拒绝，例如 1：85041")],
        };
        assert_eq!(of_wave(&end, Lang::En), ["warning: wave 2 of 4 is stopped", "  3 refused, for example 1: 85041"]);
        assert_eq!(of_wave(&end, Lang::Zh), ["注意：第 2/4 批已停止", "  3 家被拒绝，例如 1：85041"]);
    }
}
