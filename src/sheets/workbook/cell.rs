//! What calamine and `OpenDocument` say about a cell, as a value.

use calamine::{Data, ExcelDateTime};

use super::Value;

/// A cell of a sheet that was read as a whole.
pub(super) fn from_data(data: &Data) -> Value {
    match data {
        Data::Empty => Value::Empty,
        Data::String(text) => Value::from_text(text.clone()),
        Data::Float(number) => Value::from_number(*number),
        Data::Int(number) => Value::from_integer(*number),
        Data::Bool(flag) => Value::Bool(*flag),
        Data::DateTime(at) => from_serial(at),
        Data::DateTimeIso(text) => from_moment(text),
        Data::DurationIso(text) => from_duration(text),
        Data::Error(error) => Value::Error(error.to_string()),
    }
}

/// Excel's moments are days since 1900 or 1904; less than a day is a time of day, more in a format of hours a duration.
pub(super) fn from_serial(at: &ExcelDateTime) -> Value {
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    let is_time = (0.0..1.0).contains(&at.as_f64());
    let text = match (is_time, hour, minute, second) {
        (true, ..) => format!("{hour:02}:{minute:02}"),
        (false, ..) if at.is_duration() => duration(at.as_f64()),
        (false, 0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        (false, ..) => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
    };
    Value::DateTime { text, is_time }
}

/// Days as hours, minutes and seconds.
fn duration(days: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a float becomes the nearest number there is")]
    let seconds = (days * 86_400.0).round() as i64;
    let sign = if seconds < 0 { "-" } else { "" };
    let seconds = seconds.unsigned_abs();
    format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// ISO 8601, as ODS and strict XLSX write it: with a `T`, which people do not write.
pub(super) fn from_moment(text: &str) -> Value {
    let shown = text.strip_suffix("T00:00:00").unwrap_or(text).replacen('T', " ", 1);
    Value::DateTime { text: shown, is_time: false }
}

/// ODS writes a time of day as a duration, `PT09H00M00S`.
pub(super) fn from_duration(text: &str) -> Value {
    let parts = text.strip_prefix("PT").and_then(|rest| rest.split_once('H')).and_then(|(hour, rest)| {
        let (minute, second) = rest.split_once('M')?;
        Some((hour.parse::<u64>().ok()?, minute.parse::<u8>().ok()?, second.split(['.', ',', 'S']).next()?))
    });
    match parts {
        Some((hour, minute, _)) if hour < 24 && minute < 60 => {
            Value::DateTime { text: format!("{hour:02}:{minute:02}"), is_time: true }
        }
        Some((hour, minute, second)) => {
            Value::DateTime { text: format!("{hour:02}:{minute:02}:{second:0>2}"), is_time: false }
        }
        None => Value::DateTime { text: text.to_owned(), is_time: false },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    fn moment(text: &str) -> Value {
        Value::DateTime { text: text.into(), is_time: false }
    }

    fn time(text: &str) -> Value {
        Value::DateTime { text: text.into(), is_time: true }
    }

    #[test]
    fn a_time_of_day_is_told_from_a_date_and_a_duration() {
        let serial = |days, kind| from_serial(&ExcelDateTime::new(days, kind, false));
        assert_eq!(serial(0.375, ExcelDateTimeType::DateTime), time("09:00"));
        assert_eq!(serial(0.854_166_666_666_666_6, ExcelDateTimeType::DateTime), time("20:30"));
        assert_eq!(serial(45943.0, ExcelDateTimeType::DateTime), moment("2025-10-13"));
        assert_eq!(serial(1.5, ExcelDateTimeType::TimeDelta), moment("36:00:00"));
        assert_eq!(serial(0.375, ExcelDateTimeType::TimeDelta), time("09:00"));
        assert_eq!(from_duration("PT09H05M00S"), time("09:05"));
        assert_eq!(from_duration("PT25H00M00S"), moment("25:00:00"));
        assert_eq!(from_duration("P1D"), moment("P1D"));
    }

    #[test]
    fn a_moment_is_written_as_people_do() {
        assert_eq!(from_moment("2025-10-13T12:59:02"), moment("2025-10-13 12:59:02"));
        assert_eq!(from_moment("2025-10-13T00:00:00"), moment("2025-10-13"));
        assert_eq!(from_moment("2025-10-13"), moment("2025-10-13"));
    }

    #[test]
    fn the_two_epochs_give_the_same_day() {
        let at = |days, is_1904| from_serial(&ExcelDateTime::new(days, ExcelDateTimeType::DateTime, is_1904));
        assert_eq!(at(45943.0, false), at(44481.0, true));
    }
}
