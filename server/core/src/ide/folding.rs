//! What folds: the front matter, the section below each heading, and code blocks.

use text_size::{TextRange, TextSize};

use crate::frontmatter;
use crate::markdown::{self, Block, Heading};
use crate::text::{self, Source};

/// A range of at least two lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// From the start of the first line, which stays visible, to the end of the last line with text.
    pub range: TextRange,
    /// What it is.
    pub kind: FoldKind,
}

/// What a [`Fold`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldKind {
    /// From fence to fence.
    FrontMatter,
    /// A heading with all below it.
    Section,
    /// A fenced code block.
    Code,
}

/// Returns what folds in `source`, in order of place; the outer before the inner.
#[must_use]
pub fn folding(source: Source<'_>) -> Vec<Fold> {
    let head = frontmatter::read(source);
    let mut folds = Vec::new();
    // What ends after its first line folds.
    let mut add = |start: TextSize, first_end: TextSize, end: TextSize, kind: FoldKind| {
        if first_end < end {
            folds.push(Fold { range: TextRange::new(start, end), kind });
        }
    };
    if let Some(front_matter) = head.front_matter() {
        let (opening, yaml) = (front_matter.fences.opening, front_matter.fences.yaml);
        let text_end = yaml.start() + text::offset(front_matter.text.trim_end().len());
        let end = front_matter.fences.closing.map_or(text_end, TextRange::end);
        add(opening.start(), yaml.start(), end, FoldKind::FrontMatter);
    }
    let mut open: Vec<Heading> = Vec::new();
    let mut blocks = markdown::blocks(source, head.body_start(source));
    for block in blocks.by_ref() {
        match block {
            Block::Code { opening, range } => {
                add(range.start(), opening.end(), range.end(), FoldKind::Code);
            }
            Block::Heading { heading, text_before } => {
                while let Some(section) = open.pop_if(|section| section.level >= heading.level) {
                    let Heading { range, .. } = section;
                    add(range.start(), range.end(), text::offset(text_before), FoldKind::Section);
                }
                open.push(heading);
            }
        }
    }
    for Heading { range, .. } in open {
        add(range.start(), range.end(), text::offset(blocks.text_end()), FoldKind::Section);
    }
    folds.sort_by_key(|fold| (fold.range.start(), std::cmp::Reverse(fold.range.end())));
    folds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::testing::{both, place};
    use expect_test::{Expect, expect};
    use std::fmt::Write as _;

    fn check(text: &str, expected: &Expect) {
        let mut out = String::new();
        for fold in both(text, folding) {
            writeln!(out, "{} {:?}", place(text, fold.range), fold.kind).unwrap();
        }
        expected.assert_eq(&out);
    }

    #[test]
    fn front_matter_sections_and_code_fold() {
        check(
            "---\napplyTo: a\n---\n# One\ntext\n\n## Two\n```sh\nls\n```\n\n# Empty\n# Last\nend\n\n\n",
            &expect![[r#"
                0:0-2:3 FrontMatter
                3:0-9:3 Section
                6:0-9:3 Section
                7:0-9:3 Code
                12:0-13:3 Section
            "#]],
        );
    }

    #[test]
    fn windows_line_ends_and_open_fences_fold() {
        check(
            "---\r\napplyTo: a\r\nx: b\r\n\r\n# One\r\n\r\n```\r\ncode\r\n",
            &expect![[r#"
            0:0-2:4 FrontMatter
            4:0-7:4 Section
            6:0-7:4 Code
        "#]],
        );
    }

    #[test]
    fn single_lines_do_not_fold() {
        check(
            "# One\n\n\n# Two\ntext",
            &expect![[r#"
            3:0-4:4 Section
        "#]],
        );
        check("", &expect![]);
        check("text\n", &expect![]);
    }
}
