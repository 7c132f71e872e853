//! Times as the API writes them, in seconds since 1970.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, UTC.
pub type Seconds = u64;

/// Says what time it is.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Seconds + Send + Sync>);

impl Clock {
    /// A clock that asks `now`; tests turn it by hand.
    pub fn new(now: impl Fn() -> Seconds + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(now))
    }

    pub(crate) fn now(&self) -> Seconds {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Clock {
        Clock::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

/// Reads `2024-05-06T07:08:09Z`, the only form that GitHub writes.
pub(crate) fn from_rfc3339(text: &str) -> Option<Seconds> {
    let text = text.strip_suffix('Z')?;
    let (date, time) = text.split_once('T')?;
    let mut date = date.split('-');
    let (year, month, day) = (number(date.next()?)?, number(date.next()?)?, number(date.next()?)?);
    seconds(year, month, day, time.split('.').next()?)
}

/// Writes `2024-05-06T07:08:09Z`.
pub(crate) fn to_rfc3339(at: Seconds) -> String {
    let (days, rest) = (at / 86_400, at % 86_400);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// Reads `Mon, 06 May 2024 07:08:09 GMT`, the form of HTTP headers.
pub(crate) fn from_http_date(text: &str) -> Option<Seconds> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text.strip_suffix(" GMT")?.split_once(", ")?.1.split(' ');
    let day = number(parts.next()?)?;
    let name = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as u64 + 1;
    let year = number(parts.next()?)?;
    seconds(year, month, day, parts.next()?)
}

fn number(text: &str) -> Option<u64> {
    (text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn seconds(year: u64, month: u64, day: u64, time: &str) -> Option<Seconds> {
    let mut time = time.split(':');
    let (hour, minute, second) = (number(time.next()?)?, number(time.next()?)?, number(time.next()?)?);
    let valid = year >= 1970 && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !valid || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Days since 1970 of a date from then on; years start in March, so that a leap day comes last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

/// The date of a day since 1970: the inverse of [`days`].
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + carry, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        for (text, at) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2024-05-06T07:08:09Z", 1_714_979_289),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] {
            assert_eq!(from_rfc3339(text), Some(at), "{text}");
            assert_eq!(to_rfc3339(at), text);
        }
        assert_eq!(from_http_date("Mon, 06 May 2024 07:08:09 GMT"), Some(1_714_979_289));
        assert_eq!(from_rfc3339("2024-05-06T07:08:09.123Z"), Some(1_714_979_289));
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for day in 0..146_097 {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
        }
    }

    #[test]
    fn nonsense_is_no_time() {
        for text in [
            "",
            "Z",
            "2024",
            "2024-13-01T00:00:00Z",
            "2024-01-01T25:00:00Z",
            "1-1-1T1:1:1Z",
            "2024-01-01T-1:00:00Z",
        ] {
            assert_eq!(from_rfc3339(text), None, "{text}");
        }
        for text in ["", "60", "Mon, 06 Mai 2024 07:08:09 GMT", "Mon, 06 May 2024 GMT"] {
            assert_eq!(from_http_date(text), None, "{text}");
        }
    }
}
