//! One line of a checklist: the criterion, who is to sign it off, and who did.

use super::state::StateDigest;
use crate::component::is_placeholder;
use crate::stage::Stage;

/// What a marker begins and ends with. It binds a sign-off to a state.
const MARK: &str = "<!-- stagegate: state=";
const MARK_END: &str = "-->";

/// Longest name that is read.
const MAX_NAME: usize = 200;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The criterion, without marks of Markdown.
    pub criterion: Box<str>,
    /// Who is to sign it off, where the line names somebody.
    pub expected: Option<Box<str>>,
    /// The stage that it is for, where the line names one: `(for production)`.
    pub stage: Option<Stage>,
    /// Who signed it off.
    pub signature: Option<Signature>,
    /// How much of the text stays when it is signed, in bytes: all before the signature.
    pub kept: usize,
}

/// Who signed a criterion off, when, and for which state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name.
    pub name: Box<str>,
    /// The address; people who write by hand leave it out.
    pub email: Option<Box<str>>,
    /// `2026-11-21`.
    pub date: Box<str>,
    /// What else they said.
    pub note: Option<Box<str>>,
    /// The state that it was given for; `None` where it is written by hand.
    pub state: Option<StateDigest>,
}

impl Line {
    /// Reads the first line of an item, without marker and box. `in_approvals` says whether it stands in a list of
    /// approvals, where `Technical Lead: Mara` names a person.
    #[must_use]
    pub fn read(text: &str, in_approvals: bool) -> Line {
        let visible = visible(text);
        let state = state_of(text);
        let signed = |(kept, signature): (usize, Signature)| (kept, Some(Signature { state, ..signature }));
        let (mut kept, mut signature) =
            dashed(visible).or_else(|| in_parentheses(visible)).map_or((visible.len(), None), signed);
        let (head, stage) = stage_in_parentheses(&visible[..kept]);
        let mut criterion = head;
        let mut expected = None;
        if let Some((label, rest)) = head.split_once(": ").filter(|(label, _)| !label.trim().is_empty()) {
            let rest = rest.trim();
            let by_hand = signature.is_none().then(|| person_and_date(rest)).flatten();
            if let Some(by_hand) = by_hand {
                // The name stays, it says who is asked; in a list of criteria all of it goes.
                kept = if in_approvals {
                    let end = head.find(&*by_hand.name).map_or(label.len(), |at| at + by_hand.name.len());
                    end + head[end..].bytes().take_while(|b| matches!(b, b'*' | b'`')).count()
                } else {
                    label.len()
                };
                expected = in_approvals.then(|| by_hand.name.clone());
                criterion = label;
                signature = Some(Signature { state, ..by_hand });
            } else if in_approvals {
                criterion = label;
                expected = named(rest);
            }
        } else if let Some(label) = head.strip_suffix(':').filter(|_| in_approvals) {
            criterion = label;
        }
        let criterion = without_marks(criterion).into();
        Line { criterion, expected, stage, signature, kept: kept.min(visible.len()) }
    }

    /// Returns the text of an item that is signed: what stays of `text`, the signature, its marker, and comments that
    /// stood there.
    #[must_use]
    pub fn signed(&self, text: &str, signature: &Signature) -> String {
        let (kept, stage) = (text[..self.kept].trim_end(), self.stage_behind(text));
        let mut out = format!("{kept}{stage} — {}", written(signature));
        for comment in comments(text).filter(|comment| !comment.starts_with(MARK)) {
            out.push(' ');
            out.push_str(comment);
        }
        out
    }

    /// Returns the text of an item without a signature.
    #[must_use]
    pub fn unsigned(&self, text: &str) -> String {
        let mut out = format!("{}{}", text[..self.kept].trim_end(), self.stage_behind(text));
        for comment in comments(text).filter(|comment| !comment.starts_with(MARK)) {
            out.push(' ');
            out.push_str(comment);
        }
        out
    }

    /// The stage in parentheses, where it stands behind what goes.
    fn stage_behind(&self, text: &str) -> String {
        match self.stage {
            Some(stage) if stage_in_parentheses(&text[..self.kept]).1.is_none() => format!(" (for {stage})"),
            _ => String::new(),
        }
    }
}

/// Splits `(for production)` off the end of a text.
fn stage_in_parentheses(text: &str) -> (&str, Option<Stage>) {
    let text = text.trim_end();
    let inner = text.strip_suffix(')').and_then(|rest| rest.rfind('(').map(|open| (open, &rest[open + 1..])));
    let stage = inner.and_then(|(open, inner)| {
        let word = inner.trim().strip_prefix("for ").or_else(|| inner.trim().strip_prefix("before "))?;
        Some((open, Stage::from_word(word.trim())?))
    });
    match stage {
        Some((open, stage)) => (text[..open].trim_end(), Some(stage)),
        None => (text, None),
    }
}

/// Returns a criterion without the marks of Markdown around words, and without the tick that stands for a box.
fn without_marks(text: &str) -> String {
    let text: String = text.chars().filter(|c| !matches!(c, '*' | '`' | '✅')).collect();
    text.trim().to_owned()
}

/// Returns a signature as it stands in a document: `Mara Lindqvist <mara@example.com>, 2026-11-21 <!-- ... -->`.
#[must_use]
pub fn written(signature: &Signature) -> String {
    let Signature { name, email, date, note, state } = signature;
    let email = email.as_ref().map(|email| format!(" <{email}>")).unwrap_or_default();
    let note = note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
    let mark = state.map(|state| format!(" {MARK}{state} {MARK_END}")).unwrap_or_default();
    format!("{name}{email}, {date}{note}{mark}")
}

/// Returns a criterion without signature, for who only wants to know what it is about.
#[must_use]
pub fn criterion_of(text: &str) -> &str {
    let visible = visible(text);
    match dashed(visible).or_else(|| in_parentheses(visible)) {
        Some((kept, _)) => visible[..kept].trim_end(),
        None => visible,
    }
}

/// Returns what stands before the comments at the end of a line: what people read of it.
#[must_use]
pub fn visible(text: &str) -> &str {
    let mut rest = text.trim_end();
    while let Some(open) = rest.strip_suffix(MARK_END).and_then(|rest| rest.rfind("<!--")) {
        rest = rest[..open].trim_end();
    }
    rest
}

/// Returns the comments at the end of a line, in order.
fn comments(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = &text[visible(text).len()..];
    std::iter::from_fn(move || {
        let open = rest.find("<!--")?;
        let end = rest[open..].find(MARK_END).map_or(rest.len(), |at| open + at + MARK_END.len());
        let comment = &rest[open..end];
        rest = &rest[end..];
        Some(comment)
    })
}

fn state_of(text: &str) -> Option<StateDigest> {
    let mark = comments(text).find_map(|comment| comment.strip_prefix(MARK))?;
    StateDigest::parse(mark.strip_suffix(MARK_END)?.trim())
}

/// Reads `criterion — name <mail>, date: note`; returns where the criterion ends.
fn dashed(text: &str) -> Option<(usize, Signature)> {
    let dashes = [" — ", " – ", " -- "];
    let mut at = 0;
    while let Some((found, dash)) = dashes
        .iter()
        .filter_map(|dash| Some((text[at..].find(dash)? + at, dash)))
        .min_by_key(|(found, _)| *found)
    {
        let right = &text[found + dash.len()..];
        if let Some(signature) = person_and_date(right) {
            return Some((found, signature));
        }
        at = found + dash.len();
    }
    None
}

/// Reads `criterion (name, date)`.
fn in_parentheses(text: &str) -> Option<(usize, Signature)> {
    let open = text.strip_suffix(')')?.rfind(" (")?;
    let signature = person_and_date(&text[open + 2..text.len() - 1])?;
    Some((open, signature))
}

/// Reads `name <mail>, 2026-11-21: note`; also ` - ` or `on` before the date.
fn person_and_date(text: &str) -> Option<Signature> {
    let (at, date) = date_in(text)?;
    let before = text[..at].trim_end().trim_end_matches([',', '-', '–', '—', '(']).trim_end();
    let before = before.strip_suffix(" on").unwrap_or(before).trim();
    let behind = text[at + date.len()..].trim_start_matches(')').trim();
    let note = match behind {
        "" | "." | "UTC" => None,
        _ => Some(behind.strip_prefix(':')?.trim()).filter(|note| !note.is_empty()),
    };
    let (name, email) = match before.strip_suffix('>').and_then(|before| before.split_once('<')) {
        Some((name, email)) => (name.trim(), Some(email.trim()).filter(|email| !email.is_empty())),
        None => (before, None),
    };
    let name = named(name)?;
    Some(Signature {
        name,
        email: email.map(Box::from),
        date: date.into(),
        note: note.map(Box::from),
        state: None,
    })
}

/// Returns a name of somebody; `None` for what stands where nobody was named yet.
fn named(text: &str) -> Option<Box<str>> {
    let text = text.trim_matches(['*', '`', ' ']);
    let is_gap = text.chars().all(|c| !c.is_alphanumeric());
    let is_later =
        ["tbd", "n/a", "none", "nobody", "name", "todo"].iter().any(|word| text.eq_ignore_ascii_case(word));
    let has_placeholder = text.split(" - ").any(is_placeholder) || is_placeholder(text);
    (!is_gap && !is_later && !has_placeholder && text.len() <= MAX_NAME).then(|| text.into())
}

/// Returns the first date of a text.
fn date_in(text: &str) -> Option<(usize, &str)> {
    let bytes = text.as_bytes();
    let is_date = |at: usize| {
        let date = bytes.get(at..at + 10)?;
        let digits = |range: std::ops::Range<usize>| {
            let digits = &date[range];
            digits
                .iter()
                .all(u8::is_ascii_digit)
                .then(|| digits.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')))
        };
        let (_, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
        let alone = bytes.get(at + 10).is_none_or(|b| !b.is_ascii_digit())
            && at.checked_sub(1).is_none_or(|before| !bytes[before].is_ascii_digit());
        (date[4] == b'-' && date[7] == b'-' && (1..=12).contains(&month) && (1..=31).contains(&day) && alone)
            .then(|| &text[at..at + 10])
    };
    memchr::memchr_iter(b'-', bytes)
        .filter_map(|at| at.checked_sub(4))
        .find_map(|at| Some((at, is_date(at)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, in_approvals: bool, expected: &Expect) {
        let line = Line::read(text, in_approvals);
        let Line { criterion, expected: who, stage, signature, kept } = &line;
        let mut out = format!("{criterion:?} kept {:?}", &text[..*kept]);
        who.iter().for_each(|who| out += &format!(" expects {who:?}"));
        stage.iter().for_each(|stage| out += &format!(" for {stage}"));
        signature.iter().for_each(|signature| out += &format!(" signed {:?}", written(signature)));
        expected.assert_eq(&out);
        if let Some(signature) = signature {
            let signed = line.signed(text, signature);
            let again = Line::read(&signed, in_approvals);
            assert_eq!((&again.signature, &again.criterion), (&line.signature, &line.criterion), "{signed}");
            assert_eq!(again.signed(&signed, signature), signed);
            assert_eq!(Line::read(&line.unsigned(text), in_approvals).signature, None);
        }
    }

    #[test]
    fn what_we_write_is_read() {
        check(
            "Security review complete — Mara Lindqvist <mara@example.com>, 2026-11-21 <!-- stagegate: state=1a2b3c4d-5e6f7a8b-9c0d1e2f -->",
            false,
            &expect![[
                r#""Security review complete" kept "Security review complete" signed "Mara Lindqvist <mara@example.com>, 2026-11-21 <!-- stagegate: state=1a2b3c4d-5e6f7a8b-9c0d1e2f -->""#
            ]],
        );
        check(
            "Security Review: Tomasz Bielak (for production) — Tomasz Bielak <t@example.com>, 2026-11-21: read the parser — twice <!-- stagegate: state=1a2b3c4d-5e6f7a8b-9c0d1e2f --> <!-- stagegate: ignore[x] -->",
            true,
            &expect![[
                r#""Security Review" kept "Security Review: Tomasz Bielak (for production)" expects "Tomasz Bielak" for production signed "Tomasz Bielak <t@example.com>, 2026-11-21: read the parser — twice <!-- stagegate: state=1a2b3c4d-5e6f7a8b-9c0d1e2f -->""#
            ]],
        );
    }

    #[test]
    fn what_people_write_by_hand_is_read() {
        check(
            "Technical Lead: Mara Lindqvist, 2026-11-18",
            true,
            &expect![[
                r#""Technical Lead" kept "Technical Lead: Mara Lindqvist" expects "Mara Lindqvist" signed "Mara Lindqvist, 2026-11-18""#
            ]],
        );
        check(
            "Technical Lead: Mara Lindqvist - 2026-11-18 (for production)",
            true,
            &expect![[
                r#""Technical Lead" kept "Technical Lead: Mara Lindqvist" expects "Mara Lindqvist" for production signed "Mara Lindqvist, 2026-11-18""#
            ]],
        );
        check(
            "Technical Lead: **Mara Lindqvist** on 2026-11-18",
            true,
            &expect![[
                r#""Technical Lead" kept "Technical Lead: **Mara Lindqvist**" expects "Mara Lindqvist" signed "Mara Lindqvist, 2026-11-18""#
            ]],
        );
        check(
            "Code review approved: Mara, 2026-11-18",
            false,
            &expect![[r#""Code review approved" kept "Code review approved" signed "Mara, 2026-11-18""#]],
        );
        check(
            "Code review approved (Mara, 2026-11-18)",
            false,
            &expect![[r#""Code review approved" kept "Code review approved" signed "Mara, 2026-11-18""#]],
        );
        check(
            "`Security` review – Mara, 2026-11-18",
            false,
            &expect![[r#""Security review" kept "`Security` review" signed "Mara, 2026-11-18""#]],
        );
    }

    #[test]
    fn what_nobody_signed_has_no_signature() {
        check(
            "Technical Lead: Mara Lindqvist",
            true,
            &expect![[r#""Technical Lead" kept "Technical Lead: Mara Lindqvist" expects "Mara Lindqvist""#]],
        );
        check(
            "Technical Lead: [Name] - [Date]",
            true,
            &expect![[r#""Technical Lead" kept "Technical Lead: [Name] - [Date]""#]],
        );
        check(
            "Security Review: [Name] - [Date] (for production)",
            true,
            &expect![[
                r#""Security Review" kept "Security Review: [Name] - [Date] (for production)" for production"#
            ]],
        );
        check(
            "Product Owner (for production)",
            true,
            &expect![[r#""Product Owner" kept "Product Owner (for production)" for production"#]],
        );
        check("Technical Lead:", true, &expect![[r#""Technical Lead" kept "Technical Lead:""#]]);
        check("Technical Lead: TBD", true, &expect![[r#""Technical Lead" kept "Technical Lead: TBD""#]]);
        check(
            "Release notes: of 2026-11-21 and later",
            false,
            &expect![[
                r#""Release notes: of 2026-11-21 and later" kept "Release notes: of 2026-11-21 and later""#
            ]],
        );
        check(
            "Error messages reviewed — with the people who type formulas",
            false,
            &expect![[
                r#""Error messages reviewed — with the people who type formulas" kept "Error messages reviewed — with the people who type formulas""#
            ]],
        );
        check(
            "Reviewed — [Name], 2026-11-21",
            false,
            &expect![[r#""Reviewed — [Name], 2026-11-21" kept "Reviewed — [Name], 2026-11-21""#]],
        );
        check(
            "Reviewed — Mara, 2026-13-21",
            false,
            &expect![[r#""Reviewed — Mara, 2026-13-21" kept "Reviewed — Mara, 2026-13-21""#]],
        );
        check(
            "Reviewed <!-- stagegate: state=1a2b3c4d-5e6f7a8b-9c0d1e2f -->",
            false,
            &expect![[r#""Reviewed" kept "Reviewed""#]],
        );
        check("", true, &expect![[r#""" kept """#]]);
        check(" — , 2026-11-21", true, &expect![[r#""— , 2026-11-21" kept " — , 2026-11-21""#]]);
    }

    #[test]
    fn a_line_by_hand_is_signed_in_place() {
        let signature = Signature {
            name: "Mara Lindqvist".into(),
            email: Some("mara@example.com".into()),
            date: "2026-11-21".into(),
            note: None,
            state: StateDigest::parse("1a2b3c4d-5e6f7a8b-9c0d1e2f"),
        };
        let signed = |text: &str| Line::read(text, true).signed(text, &signature);
        expect![[r#"
            Technical Lead: Mara Lindqvist — Mara Lindqvist <mara@example.com>, 2026-11-21 <!-- stagegate: state=1a2b3c4d-5e6f7a8b-9c0d1e2f -->
            Technical Lead: Mara Lindqvist (for production) — Mara Lindqvist <mara@example.com>, 2026-11-21 <!-- stagegate: state=1a2b3c4d-5e6f7a8b-9c0d1e2f -->
            Technical Lead — Mara Lindqvist <mara@example.com>, 2026-11-21 <!-- stagegate: state=1a2b3c4d-5e6f7a8b-9c0d1e2f -->"#]].assert_eq(
            &["Technical Lead: Mara Lindqvist, 2026-11-18", "Technical Lead: Mara Lindqvist - 2026-11-18 (for production)", "Technical Lead"]
                .map(signed)
                .join("\n"),
        );
    }
}
