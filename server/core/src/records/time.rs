//! Times as the files of the incumbent hold them: ISO 8601 with microseconds, in UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Writes a time, in milliseconds since 1970 UTC, without an offset: `2026-11-21T03:45:00.120000`.
#[must_use]
pub fn naive(ms: i64) -> String {
    civil(ms).strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

/// Writes a time, in milliseconds since 1970 UTC, with its offset: `2026-11-21T03:45:00.120000+00:00`.
#[must_use]
pub fn aware(ms: i64) -> String {
    naive(ms) + "+00:00"
}

/// Writes the day of a time, in milliseconds since 1970 UTC: `2026-11-21`.
#[must_use]
pub fn date(ms: i64) -> String {
    civil(ms).strftime("%Y-%m-%d").to_string()
}

/// Reads a time as [`naive`] and [`aware`] write it, or as Python does: with or without fraction and offset; without one
/// it is UTC. Returns milliseconds since 1970 UTC.
#[must_use]
pub fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_millisecond());
    }
    let time = text.parse::<jiff::civil::DateTime>().ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// Reads a day as [`date`] writes it, and nothing else. Returns the first millisecond of it, since 1970 UTC.
#[must_use]
pub fn read_date(text: &str) -> Option<i64> {
    let is_date = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    read(text).filter(|_| is_date)
}

/// The time as a calendar shows it in UTC. What lies beyond the years of the calendar is its first or last moment.
fn civil(ms: i64) -> jiff::civil::DateTime {
    let limit = if ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let time = Timestamp::from_millisecond(ms).unwrap_or(limit);
    time.to_zoned(TimeZone::UTC).datetime()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_microseconds_and_read_in_every_form() {
        let ms = 1_795_223_700_120;
        assert_eq!(naive(ms), "2026-11-21T01:15:00.120000");
        assert_eq!(naive(ms - 120), "2026-11-21T01:15:00.000000");
        assert_eq!(aware(ms), "2026-11-21T01:15:00.120000+00:00");
        assert_eq!(date(ms), "2026-11-21");
        for text in
            ["2026-11-21T01:15:00.120000", "2026-11-21T02:15:00.120+01:00", "2026-11-21T01:15:00.120Z"]
        {
            assert_eq!(read(text), Some(ms), "{text}");
        }
        assert_eq!(read("2026-11-21T01:15:00"), Some(ms - 120));
        assert_eq!(read_date("2026-11-21"), Some(ms - 120 - 75 * 60_000));
        for wrong in ["2026-13-01", "2026-11-21T00:00:00", "20261121", "+026-11-21", "notes", ""] {
            assert_eq!(read_date(wrong), None, "{wrong}");
        }
        assert!(read("yesterday").is_none());
        assert!(!naive(i64::MIN).is_empty() && !naive(i64::MAX).is_empty());
    }
}
