//! Where a run stands, as `poilift ctl status` and SIGUSR1 tell it: for scripts and for people.

use serde::{Deserialize, Serialize};

use crate::engine::{Control, Phase, Seen, WaitsFor};
use crate::store::{Lang, Stamp, Words, Zone};
use crate::words;

/// Which run it is; known from its beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its number in the ledger.
    #[serde(rename = "run")]
    pub number: i64,
    /// The process.
    pub pid: u32,
    /// `migrate`, `apply`, `watch` …
    pub command: String,
    /// The program's version.
    pub version: String,
    /// The appid, or `sandbox`.
    pub account: String,
    /// The ledger's file, in full.
    pub ledger: String,
    /// When it began.
    #[serde(with = "moment")]
    pub began_at: Stamp,
}

/// Where it stands at one moment. Keys are only ever added.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Which run.
    #[serde(flatten)]
    pub run: Run,
    /// What it is doing: a [`Phase`]'s key.
    pub phase: String,
    /// Since when.
    #[serde(with = "moment")]
    pub since: Stamp,
    /// Whether a person has paused it.
    pub paused: bool,
    /// Since when.
    #[serde(with = "perhaps_moment")]
    pub paused_since: Option<Stamp>,
    /// Whether it was asked to stop.
    pub stopping: bool,
    /// Writes answered or given up, in this run.
    pub sent: u64,
    /// Accepted.
    pub ok: u64,
    /// Refused for what the row says.
    pub refused: u64,
    /// Certainly not done; go again.
    pub again: u64,
    /// Lost; settled by reading.
    pub lost: u64,
    /// Stores that the present sending may still send, at most.
    pub left: u64,
    /// Writes a second, as the pace is now; absent before it is known.
    pub rate: Option<f64>,
    /// What it waits for: a [`WaitsFor`]'s key.
    pub waits_for: Option<String>,
    /// Until when at the latest, where that is known.
    #[serde(with = "perhaps_moment")]
    pub until: Option<Stamp>,
}

impl Standing {
    /// Of this run, at this moment.
    #[must_use]
    pub fn of(run: &Run, control: &Control) -> Self {
        let Seen { phase, since, paused_since, waits, progress, left, rate, .. } = control.seen();
        Self {
            run: run.clone(),
            phase: phase.key().to_owned(),
            since,
            paused: paused_since.is_some(),
            paused_since,
            stopping: control.is_stopped(),
            sent: progress.sent,
            ok: progress.ok,
            refused: progress.refused,
            again: progress.again,
            lost: progress.lost,
            left,
            rate: rate.map(|rate| (rate * 1_000.0).round() / 1_000.0),
            waits_for: waits.map(|waits| waits.on.key().to_owned()),
            until: waits.and_then(|waits| waits.until),
        }
    }

    /// One line for people, with times in their zone.
    #[must_use]
    pub fn line(&self, zone: &Zone) -> Words {
        let parts: Vec<Words> = [Some(self.head(zone)), self.counts(), self.pace(zone)].into_iter().flatten().collect();
        let join = |lang: Lang, with: &str| parts.iter().map(|part| part.get(lang)).collect::<Vec<_>>().join(with);
        Words { en: join(Lang::En, "; "), zh: join(Lang::Zh, "；") }
    }

    fn head(&self, zone: &Zone) -> Words {
        let Words { en, zh } = phase_words(&self.phase);
        let (command, run) = (&self.run.command, self.run.number);
        // The zone is said once.
        let (since, named) = (self.since.local(zone), zone.name(self.since));
        let Words { en, zh } = words!("{en} since {since} ({named})"; "{zh}（自 {since}，{named}）");
        let Words { en, zh } = match self.paused_since.map(|at| at.local(zone)) {
            _ if self.stopping => words!("stopping, {en}"; "正在停止，{zh}"),
            Some(at) => words!("paused since {at}, {en}"; "已暂停（自 {at}），{zh}"),
            None => Words { en, zh },
        };
        words!("{command}, run {run}: {en}"; "{command}（第 {run} 次运行）：{zh}")
    }

    fn counts(&self) -> Option<Words> {
        let Self { sent, ok, refused, again, lost, left, .. } = self;
        let sending = self.phase == Phase::Sending.key();
        (*sent > 0 || sending).then(|| {
            words!(
                "{sent} sent ({ok} accepted, {refused} refused, {again} again, {lost} to be checked), at most {left} left";
                "已提交 {sent}（受理 {ok}，驳回 {refused}，重试 {again}，待核实 {lost}），最多还剩 {left}"
            )
        })
    }

    fn pace(&self, zone: &Zone) -> Option<Words> {
        let rate = self.rate.filter(|_| self.phase == Phase::Sending.key()).map(rate_words);
        let waits = self.waits_for.as_deref().map(|on| {
            let Words { en, zh } = waits_words(on);
            match self.until.map(|at| at.local(zone)) {
                Some(at) => words!("waits for {en} until {at}"; "等待{zh}，至 {at}"),
                None => words!("waits for {en}"; "等待{zh}"),
            }
        });
        match (rate, waits) {
            (Some(rate), Some(waits)) => {
                Some(Words { en: format!("{}, {}", rate.en, waits.en), zh: format!("{}，{}", rate.zh, waits.zh) })
            }
            (rate, waits) => rate.or(waits),
        }
    }
}

/// Whole numbers a second, or a minute where a second holds less than one.
fn rate_words(rate: f64) -> Words {
    let shown = |rate: f64| format!("{rate:.1}").trim_end_matches(".0").to_owned();
    if rate >= 1.0 {
        let rate = shown(rate);
        words!("{rate} a second"; "每秒 {rate} 次")
    } else {
        let rate = shown(rate * 60.0);
        words!("{rate} a minute"; "每分钟 {rate} 次")
    }
}

/// What a run is doing. A key of a later version stands for itself.
fn phase_words(key: &str) -> Words {
    let Some(phase) = Phase::ALL.into_iter().find(|phase| phase.key() == key) else { return Words::same(key) };
    match phase {
        Phase::Starting => words!("starting"; "启动中"),
        Phase::Taking => words!("taking its inputs"; "读入文件中"),
        Phase::Planning => words!("planning"; "制定计划中"),
        Phase::Connecting => words!("connecting"; "连接平台中"),
        Phase::Reading => words!("reading the platform"; "读取平台中"),
        Phase::Asking => words!("asking before the first write"; "首次提交前等待确认"),
        Phase::Uploading => words!("uploading pictures"; "上传图片中"),
        Phase::Sending => words!("sending"; "提交中"),
        Phase::Settling => words!("settling lost outcomes"; "核实结果中"),
        Phase::Waiting => words!("waiting"; "等待中"),
        Phase::Reporting => words!("writing its report"; "生成报告中"),
    }
}

fn waits_words(key: &str) -> Words {
    let Some(on) = WaitsFor::ALL.into_iter().find(|on| on.key() == key) else { return Words::same(key) };
    match on {
        WaitsFor::Resume => words!("poilift ctl resume"; " poilift ctl resume "),
        WaitsFor::Answer => words!("an answer on its terminal"; "终端上的确认"),
        WaitsFor::Turn => words!("the next turn of its rate"; "限速内的下一次提交"),
        WaitsFor::Retry => words!("the pause before a store goes again"; "重试前的间隔"),
        WaitsFor::SettleWindow => words!("the settle window of a lost outcome"; "结果核实窗口"),
        WaitsFor::Reviews => words!("reviews"; "审核结果"),
        WaitsFor::Platform => words!("the platform to answer again"; "平台恢复应答"),
        WaitsFor::Quota => words!("the next day's quota"; "次日额度"),
    }
}

/// A moment as RFC 3339.
mod moment {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::store::Stamp;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's `with` hands fields over so")]
    pub fn serialize<S: Serializer>(at: &Stamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&at.rfc3339())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Stamp, D::Error> {
        let text = String::deserialize(from)?;
        let at: jiff::Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Stamp(at.as_millisecond()))
    }
}

/// The same, where there may be none.
mod perhaps_moment {
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    use crate::store::Stamp;

    #[derive(Deserialize)]
    struct Moment(#[serde(with = "super::moment")] Stamp);

    #[expect(clippy::ref_option, reason = "serde's `with` hands fields over so")]
    pub fn serialize<S: Serializer>(at: &Option<Stamp>, to: S) -> Result<S::Ok, S::Error> {
        at.map(Stamp::rfc3339).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Stamp>, D::Error> {
        Ok(Option::<Moment>::deserialize(from)?.map(|Moment(at)| at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Progress, Waits};

    const BEGIN: Stamp = Stamp(1_795_457_400_000);

    fn standing(control: &Control) -> Standing {
        let run = Run { number: 3, command: "migrate".into(), began_at: BEGIN, ..Run::default() };
        Standing::of(&run, control)
    }

    #[test]
    fn a_status_line_says_what_since_when_how_much_how_fast_and_what_is_waited_for() {
        let control = Control::default();
        control.enter(Phase::Sending, BEGIN);
        let progress = Progress { sent: 5, ok: 3, refused: 1, lost: 1, ..Progress::default() };
        control.show(progress, 7, 1.0 / 60.0, Some(Waits { on: WaitsFor::Turn, until: Some(Stamp(BEGIN.0 + 60_000)) }));
        let line = standing(&control).line(&Zone::of_platform());
        assert_eq!(
            line.en,
            "migrate, run 3: sending since 2026-11-24 02:10:00 (UTC+08:00); 5 sent (3 accepted, 1 refused, 0 again, 1 to be checked), at \
             most 7 left; 1 a minute, waits for the next turn of its rate until 2026-11-24 02:11:00"
        );
        control.pause(Stamp(BEGIN.0 + 1_000));
        let line = standing(&control).line(&Zone::of_platform());
        assert!(
            line.en.contains("paused since 2026-11-24 02:10:01, sending") && line.en.contains("poilift ctl resume"),
            "{line}"
        );
        assert!(line.zh.contains("已暂停"), "{}", line.zh);
    }

    #[test]
    fn a_standing_comes_back_from_json_as_it_went() {
        let control = Control::default();
        control.enter(Phase::Waiting, BEGIN);
        control.wait_for(WaitsFor::Reviews, Some(Stamp(BEGIN.0 + 5_000)));
        let went = standing(&control);
        let json = serde_json::to_string(&went).unwrap();
        assert_eq!(serde_json::from_str::<Standing>(&json).unwrap(), went, "{json}");
        assert!(json.contains(r#""since":"2026-11-24T02:10:00+08:00""#), "{json}");
    }

    #[test]
    fn words_of_a_later_version_stand_for_themselves() {
        assert_eq!((phase_words("dreaming").en.as_str(), waits_words("godot").zh.as_str()), ("dreaming", "godot"));
    }
}
