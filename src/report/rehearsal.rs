//! What a run against the simulated platform says of the real one: as many calls as it took here, at the rate and by the days
//! that are known of the real account.

use serde::Serialize;

use super::phrases;
use crate::store::{Estimate, Words};
use crate::words;

/// Where the rate of the real run comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RateFrom {
    /// `--rate`, the environment or the configuration.
    Settings,
    /// An earlier run against the platform.
    Platform,
    /// Nobody knows: one at a time, one a second.
    Unknown,
}

/// The estimate that a rehearsal ends with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rehearsal {
    /// Stores that are written to.
    pub stores: u64,
    /// Writes that a store took here, with those that were lost, throttled or refused; 1 where nothing went wrong, `None` where
    /// none was sent.
    pub requests_a_store: Option<f64>,
    /// Files that are uploaded before them.
    pub uploads: u64,
    /// Pages of the list before and after the sending, and a reading by key for each outcome that was lost here.
    pub reads: u64,
    /// The rate of the real run, as people write it.
    pub rate: String,
    /// Where that comes from.
    pub rate_from: RateFrom,
    /// How long the platform took to answer, in milliseconds, where an earlier run knows.
    pub latency_ms: Option<u64>,
    /// What the real run will take.
    pub estimate: Estimate,
}

impl Rehearsal {
    /// `760 calls at 10/s: about 1 min 16 s, until 2026-11-24 02:11`; `None` if there is nothing to write.
    #[must_use]
    pub fn line(&self) -> Option<Words> {
        phrases::outlook(&self.estimate, Some(&self.rate))
    }

    /// What the estimate rests on, in a sentence or two.
    #[must_use]
    pub fn grounds(&self) -> Words {
        let Self { stores, reads, rate, uploads, .. } = self;
        let (stores, reads) = (phrases::grouped(*stores), phrases::grouped(*reads));
        let each = self.requests_a_store.map_or_else(
            || words!("a write each (none was sent here)"; "每家 1 次写入（本次演练未提交）"),
            |each| words!("{each:.2} writes each as here"; "每家 {each:.2} 次写入（同本次演练）"),
        );
        let files =
            if *uploads == 0 { Words::default() } else { words!("{uploads} uploads, "; "{uploads} 次上传，") };
        let Words { en, zh } = match self.rate_from {
            RateFrom::Settings => words!("{rate} is your setting"; "{rate} 为您的设置"),
            RateFrom::Platform => words!("{rate} is what the last real run went by"; "{rate} 为上次真实运行的速率"),
            RateFrom::Unknown => words!(
                "nothing is known of the real account's rate yet, so that it is the careful one ({rate}): poilift quota asks, --rate says one";
                "尚不了解真实账号的频率限制，按最保守的 {rate} 估算：可用 poilift quota 查询，或用 --rate 指定"
            ),
        };
        let (en_each, zh_each, en_files, zh_files) = (each.en, each.zh, files.en, files.zh);
        let said = words!(
            "the real run, as far as a rehearsal can tell: {stores} stores, {en_each}, {en_files}{reads} reads; {en}";
            "演练推算的真实运行：{stores} 家门店，{zh_each}，{zh_files}{reads} 次读取；{zh}"
        );
        let Some(ms) = self.latency_ms else { return said };
        let Words { en, zh } = said;
        words!("{en}; an answer took {ms} ms then, and so it did here"; "{zh}；当时应答约 {ms} 毫秒，演练亦按此应答")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rehearsal(rate_from: RateFrom, latency_ms: Option<u64>) -> Rehearsal {
        let done_at = Some("2026-11-24T05:38:00+08:00".to_owned());
        let estimate = Estimate { calls: 12_480, seconds: 12_480, days: 1, done_at, reviews_by: None };
        Rehearsal {
            stores: 12_000,
            requests_a_store: Some(1.04),
            uploads: 0,
            reads: 500,
            rate: "1/s".into(),
            rate_from,
            latency_ms,
            estimate,
        }
    }

    #[test]
    fn what_the_estimate_rests_on_is_said() {
        let known = rehearsal(RateFrom::Platform, Some(180)).grounds();
        assert_eq!(
            known.en,
            "the real run, as far as a rehearsal can tell: 12,000 stores, 1.04 writes each as here, 500 reads; 1/s is what \
             the last real run went by; an answer took 180 ms then, and so it did here"
        );
        let unknown = rehearsal(RateFrom::Unknown, None).grounds();
        assert!(unknown.en.contains("nothing is known of the real account's rate yet"), "{}", unknown.en);
        let with_files =
            Rehearsal { uploads: 9, requests_a_store: None, ..rehearsal(RateFrom::Settings, None) }.grounds();
        assert!(with_files.en.contains("a write each (none was sent here), 9 uploads, 500 reads"), "{}", with_files.en);
        assert!(!unknown.en.contains("ms") && unknown.zh.contains("poilift quota"), "{}", unknown.zh);
    }

    #[test]
    fn a_rehearsal_that_writes_nothing_has_no_line() {
        let mut rehearsal = rehearsal(RateFrom::Settings, None);
        assert!(rehearsal.line().is_some_and(|line| line.en.starts_with("12,480 calls at 1/s")));
        rehearsal.estimate = Estimate::default();
        assert_eq!(rehearsal.line(), None);
    }
}
