//! The outline of a file: its front matter with the keys, then its headings as a tree.

use text_size::TextRange;

use super::markup;
use crate::frontmatter::{self, FrontMatter};
use crate::markdown::{self, Heading};
use crate::text::{Source, range};

/// One line of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// What it is called; never empty.
    pub name: String,
    /// More about it: the value of a key.
    pub detail: Option<String>,
    /// What it is.
    pub kind: SymbolKind,
    /// All that belongs to it. Holds `selection_range` and the ranges of `children`.
    pub range: TextRange,
    /// Where to go.
    pub selection_range: TextRange,
    /// What lies below it, in order.
    pub children: Vec<Symbol>,
}

/// What a [`Symbol`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// The whole front matter.
    FrontMatter,
    /// A key of it.
    Key,
    /// A heading of this level, 1 to 6.
    Heading(u8),
}

/// Most characters of a value that are shown beside its key.
const MAX_DETAIL_CHARS: usize = 80;

/// Returns the outline of `source`.
#[must_use]
pub fn document_symbols(source: Source<'_>) -> Vec<Symbol> {
    let head = frontmatter::read(source);
    let mut symbols: Vec<_> = head.front_matter().map(front_matter_symbol).into_iter().collect();
    symbols.extend(outline(markdown::headings(source, head.body_start(source)), source.len()));
    symbols
}

fn front_matter_symbol(front_matter: &FrontMatter) -> Symbol {
    let fences = &front_matter.fences;
    let mut children = Vec::new();
    for entry in front_matter.entries() {
        let Some(key) = entry.key.as_str() else { continue };
        let name = markup::one_line(key, MAX_DETAIL_CHARS);
        if name.is_empty() {
            continue;
        }
        let value = front_matter.slice(entry.value.range);
        let detail = Some(markup::one_line(value, MAX_DETAIL_CHARS)).filter(|detail| !detail.is_empty());
        children.push(Symbol {
            name,
            detail,
            kind: SymbolKind::Key,
            range: entry.key.range.cover(entry.value.range),
            selection_range: entry.key.range,
            children: Vec::new(),
        });
    }
    let end = fences.closing.unwrap_or(fences.yaml).end();
    Symbol {
        name: "front matter".to_owned(),
        detail: None,
        kind: SymbolKind::FrontMatter,
        range: TextRange::new(fences.opening.start(), end),
        selection_range: fences.opening,
        children,
    }
}

/// Builds the tree: a heading holds what follows it, up to the next one of the same or a higher level.
fn outline(headings: impl Iterator<Item = Heading>, end: usize) -> Vec<Symbol> {
    let mut top = Vec::new();
    let mut open: Vec<(u8, Symbol)> = Vec::new();
    let mut close = |open: &mut Vec<(u8, Symbol)>, at: usize| {
        let Some((_, mut symbol)) = open.pop() else { return };
        symbol.range = range(symbol.range.start().into(), at);
        match open.last_mut() {
            Some((_, parent)) => parent.children.push(symbol),
            None => top.push(symbol),
        }
    };
    for heading in headings {
        while open.last().is_some_and(|(level, _)| *level >= heading.level) {
            close(&mut open, heading.range.start().into());
        }
        let name = match markup::one_line(&heading.text, 4 * MAX_DETAIL_CHARS) {
            name if name.is_empty() => "#".repeat(heading.level.into()),
            name => name,
        };
        open.push((
            heading.level,
            Symbol {
                name,
                detail: None,
                kind: SymbolKind::Heading(heading.level),
                range: heading.range,
                selection_range: heading.range,
                children: Vec::new(),
            },
        ));
    }
    while !open.is_empty() {
        close(&mut open, end);
    }
    top
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::testing::{both, place};
    use expect_test::{Expect, expect};
    use std::fmt::Write as _;

    fn check(text: &str, expected: &Expect) {
        fn render(text: &str, symbols: &[Symbol], depth: usize, out: &mut String) {
            for s in symbols {
                let indent = "  ".repeat(depth);
                let (at, to) = (place(text, s.range), place(text, s.selection_range));
                let detail = s.detail.as_deref().unwrap_or("-");
                writeln!(out, "{indent}{:?} {} | {detail} | {at} ({to})", s.kind, s.name).unwrap();
                render(text, &s.children, depth + 1, out);
            }
        }
        let mut out = String::new();
        render(text, &both(text, document_symbols), 0, &mut out);
        expected.assert_eq(&out);
    }

    #[test]
    fn keys_and_headings_make_a_tree() {
        check(
            "---\napplyTo: \"src/**\"\ntags:\n  - a\n---\n# One\ntext\n### Deep\n## Two\n\n# Last\nend\n",
            &expect![[r#"
                FrontMatter front matter | - | 0:0-4:3 (0:0-0:3)
                  Key applyTo | "src/**" | 1:0-1:17 (1:0-1:7)
                  Key tags | - a | 2:0-3:5 (2:0-2:4)
                Heading(1) One | - | 5:0-10:0 (5:0-5:5)
                  Heading(3) Deep | - | 7:0-8:0 (7:0-7:8)
                  Heading(2) Two | - | 8:0-10:0 (8:0-8:6)
                Heading(1) Last | - | 10:0-12:0 (10:0-10:6)
            "#]],
        );
    }

    #[test]
    fn windows_line_ends_and_broken_yaml_keep_the_outline() {
        check(
            "---\r\napplyTo: **\r\ndescription: b\r\n---\r\n\r\n# One\r\ntext\r\n",
            &expect![[r#"
            FrontMatter front matter | - | 0:0-3:3 (0:0-0:3)
              Key applyTo | ** | 1:0-1:11 (1:0-1:7)
              Key description | b | 2:0-2:14 (2:0-2:11)
            Heading(1) One | - | 5:0-7:0 (5:0-5:5)
        "#]],
        );
    }

    #[test]
    fn an_unclosed_fence_ends_where_the_body_starts() {
        check(
            "---\napplyTo: a\n\n# One\n##\n",
            &expect![[r#"
            FrontMatter front matter | - | 0:0-2:0 (0:0-0:3)
              Key applyTo | a | 1:0-1:10 (1:0-1:7)
            Heading(1) One | - | 3:0-5:0 (3:0-3:5)
              Heading(2) ## | - | 4:0-5:0 (4:0-4:2)
        "#]],
        );
    }

    #[test]
    fn a_text_without_structure_has_no_outline() {
        check("just text\n\n```\n# no heading\n```\n", &expect![]);
        check("", &expect![]);
    }
}
