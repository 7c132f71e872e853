//! When and by what something was seen, in words that do not change as time goes by.

use super::{Evidence, Origin};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Writes a time, in milliseconds since 1970 UTC, as `2026-11-21 01:02 UTC`.
#[must_use]
pub fn utc(ms: i64) -> String {
    let (year, month, day) = date(ms.div_euclid(DAY));
    let minutes = ms.rem_euclid(DAY) / MINUTE;
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

/// Returns the date of a day since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// `civil_from_days`).
fn date(days: i64) -> (i64, i64, i64) {
    // Years begin in March, so that the day that comes and goes is the last one.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, year) = (if month < 10 { month + 3 } else { month - 9 }, year + era * 400);
    (year + i64::from(month <= 2), month, day)
}

impl Evidence {
    /// Returns the tool with its version: `ruff 0.14.1`.
    #[must_use]
    pub fn tool_in_words(&self) -> Option<String> {
        let tool = self.tool.as_deref()?;
        Some(match &self.tool_version {
            Some(version) => format!("{tool} {version}"),
            None => tool.to_owned(),
        })
    }

    /// Returns by what and when it was seen: `ruff 0.14.1, 2026-11-21 01:02 UTC`.
    #[must_use]
    pub fn seen(&self) -> String {
        let at = utc(self.ended_ms);
        match (self.origin, self.tool_in_words(), &self.report) {
            (Origin::Report, _, Some(report)) => format!("report `{report}` of {at}"),
            (Origin::Report, Some(tool), None) => format!("report of {tool} of {at}"),
            (_, Some(tool), _) => format!("{tool}, {at}"),
            (Origin::Reading, None, _) => format!("read {at}"),
            (Origin::Run | Origin::Report, None, _) => at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        for (ms, expected) in [
            (0, "1970-01-01 00:00 UTC"),
            (-1, "1969-12-31 23:59 UTC"),
            (951_782_340_000, "2000-02-28 23:59 UTC"),
            (951_827_696_000, "2000-02-29 12:34 UTC"),
            (1_795_222_979_000, "2026-11-21 01:02 UTC"),
            (4_107_542_400_000, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(utc(ms), expected);
        }
        // Whatever a store holds.
        assert!(!utc(i64::MIN).is_empty() && !utc(i64::MAX).is_empty());
    }
}
