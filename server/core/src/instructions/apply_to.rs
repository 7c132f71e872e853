//! The globs of `applyTo`, wherever they stand: one string, several separated by commas, or a list.

use text_size::{TextRange, TextSize};

use super::APPLY_TO;
use crate::frontmatter::Head;
use crate::frontmatter::yaml::{Node, NodeKind, Style};
use crate::glob::{self, Glob, GlobError};

/// Most globs of one file that are read. Real files have fewer than fifty; the limit bounds what a hostile file can
/// cost at each keystroke.
pub const MAX_GLOBS: usize = 1000;

/// What `applyTo` holds.
#[derive(Debug, Default)]
pub struct ApplyTo {
    /// The globs of all strings in it, in order. Items of other types are left out.
    pub globs: Vec<GlobItem>,
}

/// One glob.
#[derive(Debug)]
pub struct GlobItem {
    /// The pattern without blanks around it; may be empty.
    pub pattern: String,
    /// The text of the glob alone, without quotes. The whole scalar where escapes make its parts untraceable.
    pub range: TextRange,
    /// The scalar it stands in, quotes included.
    pub scalar: TextRange,
    /// Whether `range` is exactly the pattern, so that it can be edited there.
    pub traceable: bool,
    /// The compiled glob, or why there is none.
    pub glob: Result<Glob, GlobError>,
}

impl ApplyTo {
    /// Collects the globs of `head`.
    #[must_use]
    pub fn read(head: &Head) -> ApplyTo {
        let mut globs = Vec::new();
        let Some(front_matter) = head.front_matter() else { return ApplyTo::default() };
        let Some(entry) = front_matter.entry(APPLY_TO) else { return ApplyTo::default() };
        let scalars: Vec<&Node> = match &entry.value.kind {
            NodeKind::Sequence { items, .. } => items.iter().collect(),
            _ => vec![&entry.value],
        };
        for node in scalars {
            let NodeKind::Scalar { value, style } = &node.kind else { continue };
            if node.scalar_type() != Some(crate::frontmatter::yaml::ScalarType::String) {
                continue;
            }
            let raw = front_matter.slice(node.range);
            let quoted = matches!(style, Style::SingleQuoted | Style::DoubleQuoted);
            let quote = TextSize::from(u32::from(quoted));
            let inner =
                raw.get(usize::from(quote)..raw.len().saturating_sub(quote.into())).unwrap_or_default();
            // Only where nothing is escaped do places in the value equal places in the file.
            let traceable = inner == &**value && quoted == raw.starts_with(['"', '\'']);
            for segment in glob::split(value) {
                let place = segment.range + node.range.start() + quote;
                globs.push(GlobItem {
                    range: if traceable { place } else { node.range },
                    scalar: node.range,
                    traceable,
                    glob: Glob::new(&segment.text),
                    pattern: segment.text,
                });
                if globs.len() == MAX_GLOBS {
                    // What follows the last one is unknown, so nothing may be cut off there.
                    globs.iter_mut().rev().take(1).for_each(|last| last.traceable = false);
                    return ApplyTo { globs };
                }
            }
        }
        ApplyTo { globs }
    }
}

#[cfg(test)]
mod tests {
    use crate::instructions::InstructionFile;
    use crate::text::Source;

    #[test]
    fn every_glob_has_its_own_range() {
        let text = "---\napplyTo: \"src/**, {a,b}/*.py\"\n---\n";
        let file = InstructionFile::read(Source::Str(text));
        let found: Vec<_> = file.apply_to.globs.iter().map(|item| &text[item.range]).collect();
        assert_eq!(found, ["src/**", "{a,b}/*.py"]);

        let text = "---\napplyTo:\n  - 'a, b'\n  - \"x\\u0041\"\n  - 5\n---\n";
        let file = InstructionFile::read(Source::Str(text));
        let found: Vec<_> = file.apply_to.globs.iter().map(|item| &text[item.range]).collect();
        assert_eq!(found, ["a", "b", "\"x\\u0041\""]);
    }
}
