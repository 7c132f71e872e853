//! Maturity stages and how they are written in the wild (DESIGN.md section 1; FORMATS.md, "MATURITY.md").

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A maturity stage. Ordered by maturity; [`Stage::Deprecated`] stands outside of the climb, see [`Stage::rank`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Below development: no gates. Depended on only by what is experimental itself (DESIGN.md section 3).
    Experimental,
    /// Implementation and unit tests (requirement 001).
    Development,
    /// Integration and validation (requirement 001).
    Staging,
    /// Live use (requirement 001).
    Production,
    /// Being phased out (requirement 001, "GitHub Projects").
    Deprecated,
}

/// The stages that a component climbs and that have gates, lowest first.
pub const CLIMB: [Stage; 3] = [Stage::Development, Stage::Staging, Stage::Production];

impl Stage {
    /// Every stage, lowest first.
    pub const ALL: [Stage; 5] =
        [Stage::Experimental, Stage::Development, Stage::Staging, Stage::Production, Stage::Deprecated];

    /// The name in files, JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Experimental => "experimental",
            Stage::Development => "development",
            Stage::Staging => "staging",
            Stage::Production => "production",
            Stage::Deprecated => "deprecated",
        }
    }

    /// The name with a capital letter, for titles.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Stage::Experimental => "Experimental",
            Stage::Development => "Development",
            Stage::Staging => "Staging",
            Stage::Production => "Production",
            Stage::Deprecated => "Deprecated",
        }
    }

    /// Reads one word, in any case; `dev` is development and `prod` production.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Stage> {
        let is = |name: &str| word.eq_ignore_ascii_case(name);
        match () {
            () if is("dev") => Some(Stage::Development),
            () if is("prod") => Some(Stage::Production),
            () => Stage::ALL.into_iter().find(|stage| is(stage.name())),
        }
    }

    /// How high the stage is in the climb: what a dependency has to reach. A deprecated component still runs in
    /// production, but nothing new may count on it, so it is below everything.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Stage::Deprecated => 0,
            Stage::Experimental => 1,
            Stage::Development => 2,
            Stage::Staging => 3,
            Stage::Production => 4,
        }
    }

    /// What a component is whose stage this is: `in staging`, but `deprecated`.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Stage::Experimental => "experimental",
            Stage::Development => "in development",
            Stage::Staging => "in staging",
            Stage::Production => "in production",
            Stage::Deprecated => "deprecated",
        }
    }

    /// The next stage of the climb; `None` from production on.
    #[must_use]
    pub const fn next(self) -> Option<Stage> {
        match self {
            Stage::Experimental => Some(Stage::Development),
            Stage::Development => Some(Stage::Staging),
            Stage::Staging => Some(Stage::Production),
            Stage::Production | Stage::Deprecated => None,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads a stage as people write it: `**Staging** 🎉`, `Staging (Promoted)`, `In Development`,
/// `Development → Staging (Promotion in Progress)` (the left one is current). `None` for what names no stage, such
/// as `Draft` or `Production Ready`.
#[must_use]
pub fn read(text: &str) -> Option<Stage> {
    let left = text.split(['→', '⟶', '➜']).next().unwrap_or_default();
    let left = left.split("->").next().unwrap_or_default();
    let plain = plain(left);
    let words = plain.strip_prefix_ignoring_case("in ").unwrap_or(&plain);
    let end = words.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(words.len());
    let (word, rest) = words.split_at(end);
    // `Staging - since May` and `Staging, promoted` name it; `Production Ready`, `production-ready` and `staging_area` do
    // not.
    let is_compound = rest.strip_prefix('-').is_some_and(|rest| rest.starts_with(char::is_alphabetic));
    let rest = rest.trim_start();
    let separated = rest.is_empty() || rest.starts_with(['-', '–', '—', ',', ';', ':', '.', '/', '|']);
    Stage::from_word(word)
        .filter(|_| separated && !is_compound && !rest.starts_with("/ ") && !rest.starts_with('|'))
}

/// Returns `text` without Markdown marks, emoji and parentheses at its end; blanks at the edges go as well. Of a link its
/// words stay.
#[must_use]
pub fn plain(text: &str) -> String {
    let unlinked = unlinked(text);
    let mut text = unlinked.trim();
    loop {
        let before = text;
        text = text.trim_matches(|c: char| matches!(c, '*' | '`' | '"' | '\'') || is_decoration(c));
        // `_` is emphasis only around the whole; it also is part of names.
        if text.len() > 2 && text.starts_with('_') && text.ends_with('_') {
            text = &text[1..text.len() - 1];
        }
        if let Some(open) = text.rfind(" (").filter(|_| text.ends_with(')')) {
            text = &text[..open];
        }
        text = text.trim();
        if text == before {
            break;
        }
    }
    // Marks may also stand inside: `**Staging** (7 days) **now**`.
    text.chars()
        .filter(|c| !matches!(c, '*' | '`') && !is_decoration(*c))
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Writes only the words of each link: `[Staging](x.md)` as `Staging`.
fn unlinked(text: &str) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(text);
    // A value names one thing, so few links stand in it.
    for _ in 0..4 {
        let Some(middle) = out.find("](") else { break };
        let (Some(open), Some(close)) = (out[..middle].rfind('['), out[middle..].find(')')) else { break };
        let words = &out[open + 1..middle];
        if words.is_empty() {
            break;
        }
        out = Cow::Owned(format!("{}{words}{}", &out[..open], &out[middle + close + 1..]));
    }
    out
}

/// Whether a character only decorates: emoji, their joiners and variation selectors, check marks.
#[must_use]
pub fn is_decoration(c: char) -> bool {
    matches!(u32::from(c), 0x200D | 0xFE00..=0xFE0F | 0x2190..=0x2BFF | 0x1F000..=0x1FAFF | 0xE0000..=0xE007F)
        && !matches!(c, '→' | '≥' | '≤' | '⟶')
}

trait StripPrefix {
    fn strip_prefix_ignoring_case(&self, prefix: &str) -> Option<&str>;
}

impl StripPrefix for str {
    fn strip_prefix_ignoring_case(&self, prefix: &str) -> Option<&str> {
        let head = self.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| &self[prefix.len()..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// FORMATS.md, fault 7: `**Staging** 🎉` was read as development; 37 of 39 real files gave nothing.
    #[test]
    fn stages_are_read_as_they_are_written_in_the_wild() {
        let cases = [
            ("staging", Some(Stage::Staging)),
            ("dev", Some(Stage::Development)),
            ("**Staging** 🎉", Some(Stage::Staging)),
            ("Staging (Promoted)", Some(Stage::Staging)),
            ("**Development** (BLOCKED by #3)", Some(Stage::Development)),
            ("Development → Staging (Promotion in Progress)", Some(Stage::Development)),
            ("Development -> Staging", Some(Stage::Development)),
            ("✅ Production", Some(Stage::Production)),
            ("In Development", Some(Stage::Development)),
            ("`production`", Some(Stage::Production)),
            ("_Staging_", Some(Stage::Staging)),
            ("Staging - since May", Some(Stage::Staging)),
            ("**Development** ⚠️", Some(Stage::Development)),
            ("Production Ready", None),
            ("production-ready", None),
            ("[Development](x.md)", Some(Stage::Development)),
            ("**[`Staging`](a.md#b)** (since May)", Some(Stage::Staging)),
            ("[Draft](x.md) or [Staging](y.md)", None),
            ("Draft", None),
            ("staging_area", None),
            ("[Draft | In Development | Staging]", None),
            ("development | staging | production", None),
            ("", None),
            ("→", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn plain_text_keeps_names_and_loses_marks() {
        for (text, expected) in [
            ("`player_experience`", "player_experience"),
            ("**Approved** — 2026", "Approved — 2026"),
            ("✅ OPERATIONAL **Ready** (2024)", "OPERATIONAL Ready"),
            ("a (b) (c)", "a"),
            ("_x_", "x"),
            ("_x", "_x"),
            ("[Notifications](notifications.md) (v2)", "Notifications"),
        ] {
            assert_eq!(plain(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,40}") {
            let _ = read(&text);
            let _ = plain(&text);
        }

        #[test]
        fn decorated_names_are_read(stage in 0usize..5, before in "[*`✅🎉 ]{0,3}", after in "[*`✅🎉 ]{0,3}( \\(.{0,8}\\))?") {
            let text = format!("{before}{}{after}", Stage::ALL[stage].title());
            prop_assert_eq!(read(&text), Some(Stage::ALL[stage]), "{:?}", text);
        }
    }
}
