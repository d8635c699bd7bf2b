//! Opening hours as `add_store` takes them: one span, `HH:MM-HH:MM` (section 8 of the API document, `11:11-12:12`).
//!
//! What people write is brought to that form where it can mean one thing only: `8点-20点` is the clock of 24 hours because
//! one of them is past noon, `8点-10点` may be the evening and is refused. The document does not say whether a span may end
//! at 24:00 or before it begins; both are sent as written, the second with a warning.

use std::borrow::Cow;

use super::plain::{half_width, without_blanks};
use crate::store::Code;

/// Open all day, in the form that has it inside one day.
pub const ALL_DAY: &str = "00:00-23:59";

/// Opening hours in the platform's form.
///
/// # Errors
///
/// [`Code::HourTwoSpans`] for more than one span, [`Code::HourMalformed`] for what is not understood or could mean two things.
pub fn hour(text: &str) -> Result<Cow<'_, str>, Code> {
    if is_plain(text) {
        return plain_span(text).ok_or(Code::HourMalformed);
    }
    any_hour(text).map(Cow::Owned)
}

fn any_hour(text: &str) -> Result<String, Code> {
    let plain = signs(text);
    let whole = without_blanks(&plain);
    if let Some(span) = whole.as_deref().map(without_words).and_then(|text| all_day(text).or_else(|| span(text))) {
        return Ok(span);
    }
    let is_piece_end = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '/' | '|' | '&' | '+' | '和' | '及');
    let spans = plain.split(is_piece_end).filter(|piece| looks_like_span(piece)).count();
    Err(if spans > 1 { Code::HourTwoSpans } else { Code::HourMalformed })
}

/// Whether it has a time at both ends, whatever stands before the first (早餐7:00-9:00) or is not clear about them.
fn looks_like_span(piece: &str) -> bool {
    let piece = without_words(piece);
    let Some((begin, end)) = piece.split_once('-') else { return false };
    let begins = begin.find(|c: char| c.is_ascii_digit()).is_some_and(|at| Moment::parse(&begin[at..]).is_some());
    (begins || Moment::parse(begin).is_some()) && Moment::parse(end).is_some()
}

/// Whether it is written in the platform's form already (its numbers may still be none of a clock): most are, and need no
/// second look.
fn is_plain(text: &str) -> bool {
    let is_of_form = |(byte, form): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
    text.len() == ALL_DAY.len() && text.bytes().zip(*b"00:00-00:00").all(is_of_form)
}

/// The span, if its numbers are those of a clock.
fn plain_span(text: &str) -> Option<Cow<'_, str>> {
    let (begin, end) = (text.get(..5)?, text.get(6..)?);
    // Of the same form, they are in the order of their characters.
    let is_time = |time: &str| time <= "24:00" && &time[3..] < "60";
    if !is_time(begin) || !is_time(end) || begin == end || begin == "24:00" {
        return None;
    }
    Some(if (begin, end) == ("00:00", "24:00") { ALL_DAY } else { text }.into())
}

/// Whether a span of the platform's form ends before it begins.
#[must_use]
pub fn is_overnight(hour: &str) -> bool {
    hour.split_once('-').is_some_and(|(begin, end)| end < begin)
}

/// One sign for what stands between two times, no blanks around it, small letters.
fn signs(text: &str) -> String {
    let plain = in_digits(&half_width(text)).to_ascii_lowercase().replace(['~', '至', '到'], "-").replace(" to ", "-");
    let plain = plain.replace("a.m.", "am").replace("p.m.", "pm").replace('×', "x");
    plain.split('-').map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// Numbers in Chinese characters (九点, 十二点, 二十四小时) in digits, where they count hours or minutes.
fn in_digits(text: &str) -> String {
    const UNITS: &str = "零一二三四五六七八九";
    let unit = |c: char| UNITS.chars().position(|unit| unit == c).or((c == '两').then_some(2));
    let number = |run: &str| match run.split_once('十') {
        Some((tens, units)) => {
            let tens = if tens.is_empty() { 1 } else { alone(tens, unit)? };
            Some(10 * tens + if units.is_empty() { 0 } else { alone(units, unit)? })
        }
        None => alone(run, unit),
    };
    let (mut digits, mut rest) = (String::new(), text);
    while let Some(begin) = rest.find(|c: char| c == '十' || unit(c).is_some()) {
        let run = &rest[begin..];
        let end = run.find(|c: char| c != '十' && unit(c).is_none()).unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        digits.push_str(&rest[..begin]);
        match number(run).filter(|_| after.starts_with(['点', '时', '小', '分'])) {
            Some(number) => digits.push_str(&number.to_string()),
            None => digits.push_str(run),
        }
        rest = after;
    }
    digits + rest
}

/// The number of a single character.
fn alone(text: &str, unit: impl Fn(char) -> Option<usize>) -> Option<usize> {
    let mut characters = text.chars();
    let first = characters.next()?;
    if characters.next().is_some() { None } else { unit(first) }
}

/// The text without words that say nothing but that the hours hold for every day, before or behind them.
fn without_words(text: &str) -> &str {
    const WORDS: [&str; 10] = [
        "营业时间",
        "每天",
        "每日",
        "天天",
        "周一-周日",
        "周一-周天",
        "星期一-星期日",
        "星期一-星期天",
        "全年无休",
        "全周",
    ];
    let is_between = |c: char| matches!(c, ':' | ',' | '.' | '。' | '(' | ')' | ';') || c.is_whitespace();
    let mut text = text.trim_matches(is_between);
    loop {
        let before = WORDS.iter().find_map(|word| text.strip_prefix(word));
        let behind = || WORDS.iter().find_map(|word| text.strip_suffix(word)).or_else(|| text.strip_suffix("营业"));
        let Some(rest) = before.or_else(behind) else { return text };
        text = rest.trim_matches(is_between);
    }
}

/// `24小时`, `全天`, and what else says that a store never closes.
fn all_day(text: &str) -> Option<String> {
    let said =
        ["24小时", "全天", "全天24小时", "24小时全天", "全天候", "7*24小时", "7x24小时", "24h", "24hours", "24/7"];
    said.contains(&text).then(|| ALL_DAY.to_owned())
}

fn span(text: &str) -> Option<String> {
    let (begin, end) = text.split_once('-')?;
    let (begin, end) = (Moment::parse(begin)?, Moment::parse(end)?);
    if begin.day.is_some_and(Day::is_next) || !are_clear(begin, end) {
        return None;
    }
    let (from, to) = (begin.minute_of_day()?, end.minute_of_day()?);
    let next_day = end.day.is_some_and(Day::is_next);
    if from == to || from == MINUTES || (next_day && to > from) {
        return None;
    }
    if (from, to) == (0, MINUTES) {
        return Some(ALL_DAY.to_owned());
    }
    Some(format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60))
}

/// Minutes of a day.
const MINUTES: u16 = 24 * 60;

/// A word for a part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    /// `am`.
    Am,
    /// `pm`, 下午, 傍晚.
    Pm,
    /// 早, 上午.
    Morning,
    /// 中午.
    Noon,
    /// 晚.
    Evening,
    /// 凌晨.
    Small,
    /// 次日: past midnight, by the clock of 24 hours.
    Next,
    /// 次日凌晨.
    SmallNext,
}

impl Day {
    /// Whether it says which day is meant, rather than which half of it.
    fn is_next(self) -> bool {
        matches!(self, Self::Next | Self::SmallNext)
    }
}

/// How the hour is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `8:00`, `0800`: the clock of 24 hours unless a word says otherwise.
    Clock,
    /// `8点`, as people say it.
    Spoken,
    /// `8`.
    Bare,
}

/// One end of a span, as written.
#[derive(Debug, Clone, Copy)]
struct Moment {
    hour: u16,
    minute: u16,
    form: Form,
    day: Option<Day>,
}

/// Whether both ends can mean one thing only.
fn are_clear(begin: Moment, end: Moment) -> bool {
    let said = |moment: Moment| moment.day.is_some_and(|day| !day.is_next());
    // Past noon or at midnight only the clock of 24 hours has such a number.
    let is_plain = |moment: Moment| moment.hour > 12 || moment.hour == 0;
    let (one, other) = (said(begin), said(end));
    if one || other {
        return (one || is_plain(begin)) && (other || is_plain(end));
    }
    match (begin.form, end.form) {
        (_, Form::Bare) | (Form::Bare, Form::Clock) => false,
        (Form::Clock, Form::Clock) => true,
        _ => is_plain(begin) || is_plain(end),
    }
}

impl Moment {
    fn parse(text: &str) -> Option<Self> {
        let (text, day) = without_day(text);
        let (hour, minute, form) = clock(text).or_else(|| spoken(text)).or_else(|| bare(text))?;
        (hour <= 24 && minute < 60 && (hour < 24 || minute == 0)).then_some(Self { hour, minute, form, day })
    }

    /// Minutes since midnight; `None` where the word and the number do not go together.
    fn minute_of_day(self) -> Option<u16> {
        let hour = match (self.day, self.hour) {
            (None, hour) => hour,
            (Some(Day::Next), hour @ 0..=23) => hour,
            (Some(Day::Am | Day::Small | Day::SmallNext), 12) => 0,
            (Some(Day::Am | Day::Morning), hour @ 0..=11) => hour,
            (Some(Day::Small | Day::SmallNext), hour @ 0..=6) => hour,
            (Some(Day::Noon), hour @ 11..=14) => hour,
            (Some(Day::Noon), hour @ 1..=2) => hour + 12,
            (Some(Day::Pm), hour @ 12..=23) => hour,
            (Some(Day::Pm), hour @ 1..=11) => hour + 12,
            (Some(Day::Evening), hour @ 5..=12) => hour + 12,
            (Some(Day::Evening), hour @ 17..=24) => hour,
            _ => return None,
        };
        let minute = hour * 60 + self.minute;
        (minute <= MINUTES).then_some(minute)
    }
}

/// Takes the word for a part of the day off: in front in Chinese, behind in English.
fn without_day(text: &str) -> (&str, Option<Day>) {
    const BEFORE: [(&str, Day); 18] = [
        ("次日凌晨", Day::SmallNext),
        ("第二天凌晨", Day::SmallNext),
        ("早上", Day::Morning),
        ("早晨", Day::Morning),
        ("上午", Day::Morning),
        ("早", Day::Morning),
        ("中午", Day::Noon),
        ("下午", Day::Pm),
        ("傍晚", Day::Pm),
        ("晚上", Day::Evening),
        ("晚间", Day::Evening),
        ("晚", Day::Evening),
        ("凌晨", Day::Small),
        ("次日", Day::Next),
        ("第二天", Day::Next),
        ("翌日", Day::Next),
        ("am", Day::Am),
        ("pm", Day::Pm),
    ];
    const AFTER: [(&str, Day); 2] = [("am", Day::Am), ("pm", Day::Pm)];
    if text.starts_with(|c: char| c.is_ascii_digit()) && text.ends_with(|c: char| c.is_ascii_digit()) {
        return (text, None);
    }
    let before = BEFORE.iter().find_map(|(word, day)| Some((text.strip_prefix(word)?, Some(*day))));
    let after = || AFTER.iter().find_map(|(word, day)| Some((text.strip_suffix(word)?, Some(*day))));
    before.or_else(after).unwrap_or((text, None))
}

/// `8:05`, `08:05:00` (a spreadsheet's time of day), `0805`.
fn clock(text: &str) -> Option<(u16, u16, Form)> {
    let (hour, minute) = match text.split_once(':') {
        Some((hour, minute)) => (hour, minute.strip_suffix(":00").unwrap_or(minute)),
        None if text.len() == 4 && text.is_ascii() => text.split_at(2),
        None => return None,
    };
    (minute.len() == 2).then_some((number(hour)?, number(minute)?, Form::Clock))
}

/// `8点`, `8点半`, `8点30分`, `8时`.
fn spoken(text: &str) -> Option<(u16, u16, Form)> {
    let text = text.strip_suffix('整').unwrap_or(text);
    let (hour, rest) = text.split_once(['点', '时'])?;
    let minute = match rest.trim_start_matches('钟') {
        "" => 0,
        "半" => 30,
        rest => number(rest.strip_suffix('分').unwrap_or(rest)).filter(|_| rest.len() >= 2)?,
    };
    Some((number(hour)?, minute, Form::Spoken))
}

fn bare(text: &str) -> Option<(u16, u16, Form)> {
    Some((number(text)?, 0, Form::Bare))
}

/// A number of one or two digits.
fn number(text: &str) -> Option<u16> {
    let short = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    short.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hours_are_brought_to_the_platforms_form() {
        for (written, sent) in [
            ("8:00-20:00", "08:00-20:00"),
            ("08:00 — 20:00", "08:00-20:00"),
            ("8：00～20：00", "08:00-20:00"),
            ("08:00——20:00", "08:00-20:00"),
            ("０８：００－２０：００", "08:00-20:00"),
            ("8:00至20:00", "08:00-20:00"),
            ("8:00 to 20:00", "08:00-20:00"),
            ("11:11-12:12", "11:11-12:12"),
            ("10:00-24:00", "10:00-24:00"),
            ("0800-2000", "08:00-20:00"),
            ("08:00:00-20:00:00", "08:00-20:00"),
            ("8点-20点", "08:00-20:00"),
            ("8点半到21时30分", "08:30-21:30"),
            ("8-20点", "08:00-20:00"),
            ("早8点-晚8点", "08:00-20:00"),
            ("上午9:00-下午6:00", "09:00-18:00"),
            ("早上8点-21:30", "08:00-21:30"),
            ("早9-晚9", "09:00-21:00"),
            ("8am-8pm", "08:00-20:00"),
            ("8:30 AM - 12:00 PM", "08:30-12:00"),
            ("12:00 a.m. - 6:00 a.m.", "00:00-06:00"),
            ("晚6点-凌晨2点", "18:00-02:00"),
            ("18:00-次日02:00", "18:00-02:00"),
            ("晚上7点-晚上12点", "19:00-24:00"),
            ("营业时间：8:00-20:00", "08:00-20:00"),
            ("周一至周日 8:00-20:00", "08:00-20:00"),
            ("每天 8:00-20:00", "08:00-20:00"),
            ("9:00-22:00 每天", "09:00-22:00"),
            ("9:00 - 22:00 (全年无休)", "09:00-22:00"),
            ("9:00-22:00营业", "09:00-22:00"),
            ("08:00-20:00。", "08:00-20:00"),
            ("9:00-次日凌晨2:00", "09:00-02:00"),
            ("18:00-第二天凌晨12点", "18:00-00:00"),
            ("早九点到晚九点半", "09:00-21:30"),
            ("上午十点-晚上十二点", "10:00-24:00"),
        ] {
            assert_eq!(hour(written).as_deref(), Ok(sent), "{written}");
        }
    }

    #[test]
    fn a_store_that_never_closes_is_open_inside_one_day() {
        for written in [
            "24小时",
            "全天",
            "24小时营业",
            "全天24小时",
            "24h",
            "0:00-24:00",
            "00:00-24:00",
            "7*24小时",
            "7×24小时",
            "二十四小时营业",
        ] {
            assert_eq!(hour(written).as_deref(), Ok(ALL_DAY), "{written}");
        }
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        for written in [
            "8点-10点",
            "10点-2点",
            "早8点-10点",
            "8点-晚上8点",
            "8-10pm",
            "上午12点-20:00",
            "晚上2点-8点",
            "8:00-8:00",
            "24:00-8:00",
            "9-18",
            "8:00-次日9:00",
            "9:00-晚上10:00",
            "9:00-凌晨2点",
        ] {
            assert_eq!(hour(written), Err(Code::HourMalformed), "{written}");
        }
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for written in [
            "",
            "25:00-26:00",
            "09:00",
            "9:0-18:00",
            "24:30-25:00",
            "随时",
            "-",
            "8:60-9:00",
            "1 8:00-20:00",
            "周一至周五 9:00-18:00",
            "9.5-18",
        ] {
            assert_eq!(hour(written), Err(Code::HourMalformed), "{written}");
        }
    }

    #[test]
    fn two_spans_are_told_apart_from_what_is_not_understood() {
        for written in [
            "9:00-12:00,13:00-18:00",
            "9:00-12:00 13:00-18:00",
            "9:00-12:00；13:00-18:00",
            "9:00-12:00、13:00-18:00",
            "9:00-12:00\n13:00-18:00",
            "上午9:00-12:30 / 13:30-18:00,14:00-19:00",
            "周一至周五 9:00-18:00，周六日 10:00-17:00",
            "上午9:00-12:00\n下午13:00-18:00",
            "早餐7:00-9:00 午餐11:00-14:00",
        ] {
            assert_eq!(hour(written), Err(Code::HourTwoSpans), "{written}");
        }
    }

    #[test]
    fn a_span_past_midnight_is_sent_as_written_and_known_as_such() {
        assert_eq!(hour("18:00-02:00").as_deref(), Ok("18:00-02:00"));
        assert!(is_overnight("18:00-02:00") && !is_overnight("08:00-20:00") && !is_overnight(ALL_DAY));
    }

    /// `HH:MM-HH:MM`, judged by its characters and not by the parser.
    fn has_the_form(text: &str) -> bool {
        let bytes = text.as_bytes();
        let digits = [0, 1, 3, 4, 6, 7, 9, 10].iter().all(|at| bytes.get(*at).is_some_and(u8::is_ascii_digit));
        let signs = (bytes.get(2), bytes.get(5), bytes.get(8)) == (Some(&b':'), Some(&b'-'), Some(&b':'));
        let times = || [&text[..5], &text[6..]].into_iter().all(|time| time <= "24:00" && &time[3..] < "60");
        bytes.len() == 11 && digits && signs && times()
    }

    proptest! {
        #[test]
        fn the_platforms_form_is_read_as_among_any_other(text in "[0-2][0-9]:[0-6][0-9]-[0-2][0-9]:[0-6][0-9]") {
            prop_assert_eq!(hour(&text).map(Cow::into_owned), any_hour(&text));
        }

        #[test]
        fn whatever_is_written_never_panics_and_what_comes_out_has_the_form_and_stays(text in any::<String>()) {
            if let Ok(sent) = hour(&text) {
                prop_assert!(has_the_form(&sent), "{} from {}", sent, text);
                prop_assert_eq!(hour(&sent).map(Cow::into_owned), Ok(sent.to_string()));
            }
        }

        #[test]
        fn the_same_of_what_looks_like_hours(
            text in "[早晚上午下次日 ]{0,2}[0-9]{1,4}[:：点时]{0,1}[0-9半]{0,2}(am|pm|分)? ?[-~至—]{1,2} ?[晚下午次日凌晨]{0,2}[0-9]{1,4}[:点]{0,1}[0-9半]{0,2}(am|pm)?[,; ]{0,1}",
        ) {
            if let Ok(sent) = hour(&text) {
                prop_assert!(has_the_form(&sent), "{} from {}", sent, text);
                prop_assert_eq!(hour(&sent).map(Cow::into_owned), Ok(sent.to_string()));
            }
        }

        #[test]
        fn every_span_of_the_24_hour_clock_is_understood(from in 0_u16..1440, to in 0_u16..1440) {
            prop_assume!(from != to);
            let plain = format!("{}:{:02}-{}:{:02}", from / 60, from % 60, to / 60, to % 60);
            let sent = format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60);
            prop_assert_eq!(hour(&plain).map(Cow::into_owned), Ok(sent));
        }
    }
}
