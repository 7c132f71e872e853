//! Words and figures of the pages. What comes from elsewhere is a [`Text`]: shortened, and with everything visible that
//! could make it look like something else. Escaping is the templates'.

use std::fmt;

use stagegate_core::gates::utc;

/// Longest name or phrase, in characters.
const PHRASE: usize = 120;
/// Longest sentence, in characters.
const SENTENCE: usize = 600;
/// One day, in milliseconds.
pub(super) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A text from a repository, a tool or a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Text(Box<str>);

impl Text {
    /// Reads a name or a phrase.
    pub(super) fn phrase(raw: &str) -> Text {
        Text(visible(raw.trim(), PHRASE).into())
    }

    /// Reads a sentence.
    pub(super) fn sentence(raw: &str) -> Text {
        Text(visible(raw.trim(), SENTENCE).into())
    }

    /// Reads one line of a file, however long a line may be at most.
    pub(super) fn line(raw: &str) -> Text {
        Text(visible(raw, 400).into())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes at most `most` characters. Controls and characters that turn the direction of a text around, or take no room, are
/// written as their number.
fn visible(raw: &str, most: usize) -> String {
    let mut out = String::new();
    for (at, c) in raw.chars().enumerate() {
        if at == most {
            out.push('…');
            break;
        }
        match c {
            '\t' => out.push_str("    "),
            '\n' | '\r' => out.push(' '),
            c if is_hidden(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Writes a length of time: `820 ms`, `4.2 s`, `2 min 04 s`, `1 h 12 min`, `3 d 4 h`.
pub(super) fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        _ if ms < 1000 => format!("{ms} ms"),
        0..10 => format!("{}.{} s", seconds, ms % 1000 / 100),
        10..60 => format!("{seconds} s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        3600..86_400 if seconds % 3600 / 60 == 0 => format!("{} h", seconds / 3600),
        3600..86_400 => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// Writes a time in UTC, which the page says once: `2026-11-21 01:02`.
pub(super) fn time(ms: i64) -> String {
    utc(ms).trim_end_matches(" UTC").to_owned()
}

/// Writes a date in UTC: `2026-11-21`.
pub(super) fn date(ms: i64) -> String {
    utc(ms).split(' ').next().unwrap_or_default().to_owned()
}

/// Writes a time as machines read it: `2026-11-21T01:02Z`.
pub(super) fn machine(ms: i64) -> String {
    format!("{}Z", time(ms).replace(' ', "T"))
}

/// Returns a share in percent.
#[allow(clippy::cast_precision_loss, reason = "a percentage")]
pub(super) fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part.min(of) as f64 * 100.0 / of as f64 }
}

/// Writes a share in whole percent, rounded down: all of it only where nothing is missing, and nothing only where there is
/// none.
pub(super) fn percent(share: f64) -> String {
    match share {
        _ if share <= 0.0 => "0 %".to_owned(),
        _ if share < 1.0 => "< 1 %".to_owned(),
        // What is a whole number must not lose it to binary fractions.
        _ => format!("{} %", (share + 1e-9).floor()),
    }
}

/// Writes a number with its noun: `1 run`, `2 runs`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {noun}{s}", grouped(number))
}

/// Writes a number with a blank between thousands that does not break.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// Returns the middle of `values`, and the one that nine in ten do not exceed; the values come back sorted. `None` without
/// any.
pub(super) fn median_and_p90(values: &mut [u64]) -> Option<(u64, u64)> {
    values.sort_unstable();
    let last = values.len().checked_sub(1)?;
    let middle = if values.len() % 2 == 1 {
        values[last / 2]
    } else {
        let (low, high) = (values[last / 2], values[last / 2 + 1]);
        low + (high - low) / 2
    };
    // The nearest rank: the smallest value that at least nine in ten do not exceed.
    Some((middle, values[(values.len() * 9).div_ceil(10).saturating_sub(1)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_the_unit_that_people_would_use() {
        let all = [0, 820, 1000, 4_250, 59_999, 60_000, 124_000, 3_600_000, 4_320_000, 273_600_000];
        let words: Vec<_> = all.into_iter().map(duration).collect();
        assert_eq!(
            words.join(" | "),
            "0 ms | 820 ms | 1.0 s | 4.2 s | 59 s | 1 min | 2 min 04 s | 1 h | 1 h 12 min | 3 d 4 h"
        );
        assert!(!duration(u64::MAX).is_empty());
        assert_eq!(
            (time(0), date(0), machine(0)),
            ("1970-01-01 00:00".to_owned(), "1970-01-01".to_owned(), "1970-01-01T00:00Z".to_owned())
        );
    }

    #[test]
    fn a_share_is_all_or_nothing_only_where_it_is() {
        let shares =
            [(0, 0), (0, 9), (1, 1000), (999, 1000), (9, 9), (1, 3), (29, 100), (u64::MAX, u64::MAX)];
        let words: Vec<_> = shares.into_iter().map(|(part, of)| percent(share(part, of))).collect();
        assert_eq!(words.join(", "), "0 %, 0 %, < 1 %, 99 %, 100 %, 33 %, 29 %, 100 %");
    }

    #[test]
    fn the_middle_and_the_nine_in_ten() {
        assert_eq!(median_and_p90(&mut []), None);
        assert_eq!(median_and_p90(&mut [7]), Some((7, 7)));
        assert_eq!(median_and_p90(&mut [4, 1]), Some((2, 4)));
        assert_eq!(median_and_p90(&mut [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]), Some((5, 9)));
        assert_eq!(median_and_p90(&mut [u64::MAX, u64::MAX]), Some((u64::MAX, u64::MAX)));
    }

    #[test]
    fn what_hides_is_shown_and_what_is_long_is_cut() {
        let text = Text::phrase("a\u{202e}b\u{0}c\u{200b}\td\n e\u{1b}[2J ");
        assert_eq!(text.as_str(), "a\\u{202e}b\\u{0}c\\u{200b}    d  e\\u{1b}[2J");
        assert_eq!(Text::phrase(&"ä".repeat(500)).as_str().chars().count(), 121);
        assert_eq!(count(1, "run"), "1 run");
        assert_eq!(count(1_234_567, "run"), "1\u{202f}234\u{202f}567 runs");
    }
}
