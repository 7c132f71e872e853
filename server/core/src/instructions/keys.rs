//! Front matter keys: the known ones, and what a misspelt one was meant to be.

use super::{APPLY_TO, DESCRIPTION};

/// A key that some consumer reads or that is in wide use.
#[derive(Debug)]
pub struct KnownKey {
    /// The key.
    pub name: &'static str,
    /// What it means, in Markdown.
    pub docs: &'static str,
    /// Values to offer; empty where any text may stand.
    pub values: &'static [&'static str],
}

const fn key(name: &'static str, docs: &'static str, values: &'static [&'static str]) -> KnownKey {
    KnownKey { name, docs, values }
}

/// The known keys; the required ones first.
pub static KNOWN_KEYS: &[KnownKey] = &[
    key(
        APPLY_TO,
        "Which files the instructions apply to: one glob, several separated by commas, or a list of globs. **Required.**",
        &[],
    ),
    key(
        DESCRIPTION,
        "What the instructions are about, in one sentence; assistants choose by it. **Required.**",
        &[],
    ),
    key("name", "The name shown in the editor; the file name where absent (VS Code).", &[]),
    key("title", "A title for people; no consumer reads it.", &[]),
    key("excludeAgent", "Keeps the file from one of Copilot's agents.", &["code-review", "cloud-agent"]),
    key("priority", "Which instructions win where several apply.", &["high", "medium", "low"]),
    key(
        "category",
        "A group, such as `global` or `testing`.",
        &["global", "component-specific", "workflow-specific"],
    ),
    key("tags", "A list of words to find the file by.", &[]),
    key("type", "When Augment attaches the rule.", &["always_apply", "agent_requested", "manual"]),
    key("agents", "The agents that the file is meant for.", &[]),
    key("author", "Who keeps the file.", &[]),
    key("owner", "Who is responsible for the file.", &[]),
    key("version", "The version of the text.", &[]),
    key("status", "The state of the text, such as `draft`.", &[]),
    key("created", "When it was written.", &[]),
    key("updated", "When it was last changed.", &[]),
    key("lastUpdated", "When it was last changed.", &[]),
    key("repo", "The repository it comes from.", &[]),
    key("path", "The path it comes from.", &[]),
    key("instruction_type", "What kind of instruction it is.", &[]),
    key("auto_trigger", "Whether the instructions are attached without being asked for.", &["true", "false"]),
    key("applies_to", "Topics the instructions are about.", &[]),
    key("related_files", "Files to read with it.", &[]),
    key("model", "The model the text is written for.", &[]),
    key("mode", "The chat mode the text is written for.", &["ask", "edit", "agent"]),
    key("tools", "The tools the assistant may use.", &[]),
];

/// A key that was certainly meant to be another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// What was meant.
    pub meant: &'static str,
}

/// Returns what `key` was meant to be, if it is a misspelling of a key that matters: equal but for case, `_` and
/// `-`, or one or two letters away.
#[must_use]
pub fn near_miss(key: &str, known: &[String]) -> Option<NearMiss> {
    if KNOWN_KEYS.iter().any(|k| k.name == key) || known.iter().any(|k| k == key) {
        return None;
    }
    let plain =
        |key: &str| key.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).collect::<String>().to_lowercase();
    let wanted = plain(key);
    // Only keys with an effect: a near miss of `tags` harms nobody.
    let candidates = ["applyTo", "description", "name", "excludeAgent"];
    candidates
        .into_iter()
        .filter_map(|meant| {
            let target = plain(meant);
            let distance = strsim::damerau_levenshtein(&wanted, &target);
            let allowed = if target.len() >= 8 { 2 } else { usize::from(target.len() >= 6) };
            (distance <= allowed).then_some((distance, meant))
        })
        .min()
        .map(|(_, meant)| NearMiss { meant })
}

/// Returns the key of ours that means what `key` means to another tool: `globs` (Cursor), `paths` (Claude).
#[must_use]
pub fn alias_of(key: &str, known: &[String]) -> Option<&'static str> {
    (matches!(key, "globs" | "glob" | "paths") && !known.iter().any(|k| k == key)).then_some(APPLY_TO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_certain() {
        let meant = |key| near_miss(key, &[]).map(|near| near.meant);
        for key in ["applyto", "apply_to", "ApplyTo", "apply-to", "aplyTo", "applyTO"] {
            assert_eq!(meant(key), Some("applyTo"), "{key}");
        }
        for key in ["descripton", "desciption", "Description", "descriptions"] {
            assert_eq!(meant(key), Some("description"), "{key}");
        }
        for key in ["applies_to", "tag", "foo", "type", "nam", "priority", "prescription2"] {
            assert_eq!(meant(key), None, "{key}");
        }
    }
}
