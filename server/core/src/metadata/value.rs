//! Values as people write them, with another stage, day or figure and the same marks.

use crate::component::is_placeholder;
use crate::stage::Stage;

/// Marks that may stand around a word.
const MARKS: [char; 5] = ['*', '_', '`', '"', '\''];

/// Writes `to` for what stands in `written`, in the same marks and case; of a link the words are replaced. What
/// else stood there (emoji, parentheses, where it was going) belonged to the stage before.
pub(super) fn restage(written: &str, to: Stage) -> String {
    let left = written.split(['→', '⟶', '➜']).next().unwrap_or_default();
    let left = left.split("->").next().unwrap_or_default();
    let Some((start, end)) = stage_word(left) else {
        let marks = &written[..written.len() - written.trim_start_matches(MARKS).len()];
        return format!("{marks}{}{}", to.title(), mirrored(marks));
    };
    let word = cased(&written[start..end], to);
    let before = &written[..start];
    let marks = trailing_marks(before);
    let outside = &before[..before.len() - marks.len()];
    if let Some(before_link) = outside.strip_suffix('[')
        && let Some(middle) = written[end..].find("](")
        && let Some(close) = written[end + middle..].find(')')
    {
        let link = &written[end + middle..=end + middle + close];
        let outer = trailing_marks(before_link);
        return format!("{outer}[{marks}{word}{}{link}{}", mirrored(marks), mirrored(outer));
    }
    format!("{marks}{word}{}", mirrored(marks))
}

/// Returns where the first word stands that names a stage.
fn stage_word(text: &str) -> Option<(usize, usize)> {
    let mut at = 0;
    for part in text.split_inclusive(|c: char| !c.is_ascii_alphabetic()) {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
        if Stage::from_word(word).is_some() {
            return Some((at, at + word.len()));
        }
        at += part.len();
    }
    None
}

/// Writes the name of a stage in the case of `word`.
pub(super) fn cased(word: &str, to: Stage) -> String {
    let first = word.chars().next();
    if word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase()) {
        to.name().to_uppercase()
    } else if first.is_some_and(|c| c.is_ascii_lowercase()) {
        to.name().to_owned()
    } else {
        to.title().to_owned()
    }
}

fn trailing_marks(text: &str) -> &str {
    &text[text.trim_end_matches(MARKS).len()..]
}

fn mirrored(marks: &str) -> String {
    marks.chars().rev().collect()
}

/// Writes `date` for the day in `written`, a time behind it included; what names no day is replaced but for the marks
/// around it.
pub(super) fn redate(written: &str, date: &str) -> String {
    if let Some((start, end)) = day(written) {
        let separator = &written[start + 4..=start + 4];
        let end = end + time_len(&written[end..]);
        return format!("{}{}{}", &written[..start], date.replace('-', separator), &written[end..]);
    }
    let inner = written.trim_matches(MARKS);
    let lead = written.len() - written.trim_start_matches(MARKS).len();
    if inner.is_empty() {
        return format!("{}{date}{}", &written[..lead], mirrored(&written[..lead]));
    }
    format!("{}{date}{}", &written[..lead], &written[lead + inner.len()..])
}

/// Returns where the first day stands: `2026-11-21`, also with `/` or `.`.
pub(super) fn day(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let is_day = |at: usize| {
        let Some(part) = bytes.get(at..at + 10) else { return false };
        let mark = part[4];
        let digits = [0, 1, 2, 3, 5, 6, 8, 9].iter().all(|i| part[*i].is_ascii_digit());
        let before = at.checked_sub(1).is_some_and(|at| bytes[at].is_ascii_digit());
        let after = bytes.get(at + 10).is_some_and(u8::is_ascii_digit);
        digits && matches!(mark, b'-' | b'/' | b'.') && part[7] == mark && !before && !after
    };
    (0..bytes.len()).find(|at| is_day(*at)).map(|at| (at, at + 10))
}

/// Returns how long the time is that `text` starts with: `T10:00:00Z`, ` 10:00 UTC`.
fn time_len(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(['T', ' ']) else { return 0 };
    let is_time = rest.len() >= 5
        && rest.bytes().take(5).enumerate().all(|(i, b)| if i == 2 { b == b':' } else { b.is_ascii_digit() });
    if !is_time {
        return 0;
    }
    let figures = rest.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b':' | b'.')).count();
    let zone = &rest[figures..];
    let zone_len =
        ["Z", " UTC", "+00:00"].into_iter().find(|known| zone.starts_with(known)).map_or(0, str::len);
    1 + figures + zone_len
}

/// Writes `figure` for the percentage in `written`; `None` where none stands there, or a target (`≥70%`). A
/// placeholder counts as one where `fills` says so.
pub(super) fn repercent(written: &str, figure: &str, fills: bool) -> Option<String> {
    let Some((start, end)) = number(written) else {
        return (fills && is_gap(written)).then(|| format!("{figure}%"));
    };
    let behind = written[end..].trim_start_matches([' ', '*', '_', '`']);
    let is_target = written[..start].trim_end_matches([' ', '=', '*', '`']).ends_with(['≥', '>', '<', '≤']);
    if !behind.starts_with('%') || is_target {
        return None;
    }
    Some(format!("{}{figure}{}", &written[..start], &written[end..]))
}

/// Writes `count` for the number in `written`: `12 passing`, `12/12`; `None` where none stands at its start.
pub(super) fn recount(written: &str, count: u64) -> Option<String> {
    let count = count.to_string();
    let Some((start, mut end)) = number(written) else {
        return is_gap(written).then_some(count);
    };
    let is_first = written[..start].chars().all(|c| MARKS.contains(&c) || c.is_whitespace() || c == '~');
    let whole = !written[start..end].contains('.');
    if !is_first || !whole || written[end..].trim_start_matches([' ', '*']).starts_with('%') {
        return None;
    }
    let mut new = count.clone();
    if let Some(rest) = written[end..].strip_prefix('/') {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            new = format!("{count}/{count}");
            end += 1 + digits;
        }
    }
    Some(format!("{}{new}{}", &written[..start], &written[end..]))
}

/// Returns where the first number stands.
fn number(text: &str) -> Option<(usize, usize)> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let len = text[start..].bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let digits = text[start..start + len].trim_end_matches('.');
    Some((start, start + digits.len()))
}

/// Whether a value stands for a figure that nobody has written yet: `XX%`, `{coverage}%`, `TBD`.
pub(super) fn is_gap(written: &str) -> bool {
    let bare = written.trim_matches(MARKS).trim_end_matches('%').trim();
    let is = |word: &str| bare.eq_ignore_ascii_case(word);
    bare.is_empty()
        || is_placeholder(bare)
        || ["x", "xx", "n", "tbd", "n/a", "unknown", "-", "–", "—", "?"].into_iter().any(is)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage;
    use proptest::prelude::*;

    #[test]
    fn the_stage_is_written_as_the_one_before_was() {
        for (written, expected) in [
            ("Development", "Staging"),
            ("development", "staging"),
            ("DEVELOPMENT", "STAGING"),
            ("dev", "staging"),
            ("**Development** ⚠️", "**Staging**"),
            ("**Development** (BLOCKED by #3)", "**Staging**"),
            ("Development → Staging (Promotion in Progress)", "Staging"),
            ("Development -> Staging", "Staging"),
            ("**Development → Staging**", "**Staging**"),
            ("🟡 Development", "Staging"),
            ("In Development", "Staging"),
            ("`development`", "`staging`"),
            ("_Development_", "_Staging_"),
            ("'dev'", "'staging'"),
            ("\"Development\"", "\"Staging\""),
            ("[Development](x.md)", "[Staging](x.md)"),
            ("**[`Development`](a.md#b)** (since May)", "**[`Staging`](a.md#b)**"),
            ("Development - since May", "Staging"),
            ("", "Staging"),
            ("**Stagging**", "**Staging**"),
            ("<Development|Staging|Production>", "Staging"),
        ] {
            assert_eq!(restage(written, Stage::Staging), expected, "{written:?}");
        }
    }

    #[test]
    fn days_are_replaced_where_they_stand() {
        for (written, expected) in [
            ("2025-10-13", "2026-11-21"),
            ("**2025-10-13**", "**2026-11-21**"),
            ("2025-10-21 (AUTO-UPDATED)", "2026-11-21 (AUTO-UPDATED)"),
            ("2025/10/13", "2026/11/21"),
            ("2025-10-13T10:00:00Z", "2026-11-21"),
            ("2025-10-13 10:00 UTC by me", "2026-11-21 by me"),
            ("2025-10-13 10 people", "2026-11-21 10 people"),
            ("October 13, 2025", "2026-11-21"),
            ("_never_", "_2026-11-21_"),
            ("<YYYY-MM-DD>", "2026-11-21"),
            ("", "2026-11-21"),
            ("****", "****2026-11-21****"),
        ] {
            assert_eq!(redate(written, "2026-11-21"), expected, "{written:?}");
        }
    }

    #[test]
    fn figures_are_replaced_where_one_stands() {
        for (written, expected) in [
            ("97%", Some("81.5%")),
            ("**0%** (heavy mocking)", Some("**81.5%** (heavy mocking)")),
            ("59.11% (below)", Some("81.5% (below)")),
            ("~60 %", Some("~81.5 %")),
            ("≥70%", None),
            (">= 70%", None),
            ("7/7 criteria", None),
            ("see CI", None),
            ("XX%", Some("81.5%")),
            ("{coverage}%", Some("81.5%")),
        ] {
            assert_eq!(repercent(written, "81.5", true).as_deref(), expected, "{written:?}");
        }
        assert_eq!(repercent("XX%", "81.5", false), None);
        for (written, expected) in [
            ("12", Some("14")),
            ("**12** passing", Some("**14** passing")),
            ("12/12 passing", Some("14/14 passing")),
            ("{count}", Some("14")),
            ("100%", None),
            ("all 12", None),
            ("none", None),
        ] {
            assert_eq!(recount(written, 14).as_deref(), expected, "{written:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        /// Any text is survived, and what is written for a stage is read as it.
        #[test]
        fn what_is_written_is_read(
            before in "[*_`\"'✅🎉\\[ ]{0,4}", word in "(Development|dev|STAGING|Production|In Development|x|)",
            after in "[*_`\"'✅🎉 ]{0,3}(\\]\\(a\\))?( \\(.{0,8}\\))?( (→|->) Staging)?", to in 0usize..5, figure in 0u64..200,
        ) {
            let to = Stage::ALL[to];
            let written = format!("{before}{word}{after}");
            if stage::read(&written).is_some() {
                prop_assert_eq!(stage::read(&restage(&written, to)), Some(to), "{:?} {:?}", written, restage(&written, to));
            }
            let _ = (redate(&written, "2026-11-21"), repercent(&written, "5", true), recount(&written, figure));
        }

        #[test]
        fn nothing_panics(written in "([0-9/.%: T-]|\u{e9}|🎉|\\*|≥|\\[|\\]|\\(|\\)|→|dev){0,20}") {
            let _ = restage(&written, Stage::Staging);
            let _ = redate(&written, "2026-11-21");
            let _ = repercent(&written, "5", true);
            let _ = recount(&written, 7);
        }
    }
}
