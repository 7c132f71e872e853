//! A Markdown body as a row of pieces, of which an edit reads only those that it touches again.

use std::sync::Arc;

use ropey::Rope;

use super::cut::cuts;
use super::piece::{Element, Piece};
use crate::text::{Change, Source, TextRange, TextSize, offset};

/// A body, cut into pieces.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Where each piece starts, in bytes of the text, and what stands in it.
    pieces: Vec<(usize, Arc<Piece>)>,
    /// Where the body starts.
    start: usize,
    /// Where it ends: the length of the text.
    end: usize,
}

/// An element with its place in the text.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// Where the piece starts that holds it.
    base: TextSize,
    /// What it is; ranges count from the start of the piece.
    pub element: &'a Element,
}

impl Placed<'_> {
    /// Returns the range of the element in the text.
    #[must_use]
    pub fn range(&self) -> TextRange {
        self.place(self.element.range)
    }

    /// Returns a range inside of the element in the text.
    #[must_use]
    pub fn place(&self, inner: TextRange) -> TextRange {
        inner + self.base
    }
}

/// Cuts the body that starts at byte `start` into pieces, and returns where each starts with what `read` says of it.
pub(crate) fn read_pieces<T>(source: Source<'_>, start: usize, read: impl Fn(&str) -> T) -> Vec<(usize, T)> {
    let mut pieces = Vec::new();
    let mut from = start;
    for to in cuts(source, start) {
        pieces.push((from, read(&source.slice(from, to))));
        from = to;
    }
    pieces
}

/// Returns what [`read_pieces`] returns of `new`, taking over every piece that is the same as in `old`: the pieces before the
/// change, and where that body started.
pub(crate) fn reread_pieces<T: Clone>(
    (old, old_start): (&[(usize, T)], usize),
    change: Change,
    new: &Rope,
    start: usize,
    read: impl Fn(&str) -> T,
) -> Vec<(usize, T)> {
    let source = Source::Rope(new);
    let mut pieces = Vec::new();
    let mut from = start;
    if start == old_start && start <= change.start {
        // The last piece before the change may end elsewhere now: where it ends depends on the line after it.
        let same = old.partition_point(|(at, _)| *at <= change.start).saturating_sub(2);
        pieces.extend_from_slice(&old[..same]);
        from = old.get(same).map_or(start, |(at, _)| *at);
    }
    // Where the rest of the old pieces starts, once a cut falls on the start of one behind the change.
    let rejoin = |at: usize| {
        let before = at.checked_sub(change.new_end)? + change.old_end;
        old.binary_search_by_key(&before, |(at, _)| *at).ok()
    };
    let mut next = rejoin(from).filter(|_| from >= change.new_end);
    let mut cuts = cuts(source, from);
    while next.is_none() {
        let Some(to) = cuts.next() else { return pieces };
        pieces.push((from, read(&source.slice(from, to))));
        from = to;
        next = rejoin(from);
    }
    let rest = &old[next.unwrap_or(old.len())..];
    let moved = |at: usize| at - change.old_end + change.new_end;
    pieces.extend(rest.iter().map(|(at, piece)| (moved(*at), piece.clone())));
    pieces
}

impl Body {
    /// Reads the body that starts at byte `start`.
    #[must_use]
    pub fn read(source: Source<'_>, start: usize) -> Body {
        let pieces = read_pieces(source, start, |piece| Arc::new(Piece::read(piece)));
        Body { pieces, start, end: source.len() }
    }

    /// Reads `new` as [`Body::read`] does, taking over every piece that is the same as in `old`, whose body this is.
    #[must_use]
    pub fn reread(&self, old: &Rope, new: &Rope, start: usize) -> Body {
        self.reread_change(Change::between(old, new), new, start)
    }

    /// Reads `new` as [`Body::reread`] does, where it is known what changed.
    #[must_use]
    pub fn reread_change(&self, change: Change, new: &Rope, start: usize) -> Body {
        let old = (&*self.pieces, self.start);
        let pieces = reread_pieces(old, change, new, start, |piece| Arc::new(Piece::read(piece)));
        Body { pieces, start, end: new.len_bytes() }
    }

    /// Returns everything that stands in the body, in order.
    pub fn elements(&self) -> impl Iterator<Item = Placed<'_>> {
        self.pieces.iter().flat_map(|(at, piece)| {
            let base = offset(*at);
            piece.elements.iter().map(move |element| Placed { base, element })
        })
    }

    /// Returns the body without what stands in it.
    pub(crate) fn hull(&self) -> Body {
        let last = vec![(self.last_piece(), Arc::default())];
        Body { pieces: last, start: self.start, end: self.end }
    }

    /// Returns where the body starts, in bytes.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start
    }

    /// Returns where the last piece starts: no code block, list or comment of the text before goes on there.
    #[must_use]
    pub fn last_piece(&self) -> usize {
        self.pieces.last().map_or(self.start, |(at, _)| *at)
    }

    /// Returns where the body ends, in bytes.
    #[must_use]
    pub fn end(&self) -> usize {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::ElementKind;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use std::fmt::Write as _;

    fn render(text: &str, body: &Body) -> String {
        let mut out = String::new();
        for placed in body.elements() {
            let at = placed.range();
            let shown = &text[std::ops::Range::from(at)];
            let kind = match &placed.element.kind {
                ElementKind::Heading { level, text } => format!("h{level} {text:?}"),
                ElementKind::Item { depth, check, text: line } => {
                    let check = check.map(|(at, ticked)| {
                        format!("[{}]{ticked}", &text[std::ops::Range::from(placed.place(at))])
                    });
                    format!("item {depth} {check:?} {line:?}")
                }
                ElementKind::Field { key, value, .. } => format!("field {key:?} = {value:?}"),
                ElementKind::AtLeast { percent, coverage, .. } => format!("at least {percent} {coverage}"),
                ElementKind::Link { destination, wiki } => format!("link {destination:?} {wiki}"),
                ElementKind::Code { text } => format!("code {text:?}"),
            };
            writeln!(out, "{}: {kind} | {shown:?}", usize::from(at.start())).unwrap();
        }
        out
    }

    fn check(text: &str, expected: &Expect) {
        expected.assert_eq(&render(text, &Body::read(Source::Str(text), 0)));
    }

    #[test]
    fn everything_that_a_spec_holds_is_found_in_order() {
        check(
            "# Component: `calc` *x*\n\n**Component Name:** calc\n- **Target Stage**: staging (soon)\n\n## Dependencies\n\n- `redis` (staging) - cache\n  - [x] inner ≥70%\n* [ ] Test coverage >= 65.5 % of [it](docs/a.md#b)\n1. ✅ done, see [[Page|p]]\n\n```md\n**Target Stage:** no\n- no\n```\n<!-- **No:** no -->\nTest Coverage: 85%\n\n    **No:** code\n",
            &expect![[r#"
                2: h1 "Component: calc x" | "Component: `calc` *x"
                27: field "Component Name" = "calc" | "Component Name:** calc"
                52: item 0 None "**Target Stage**: staging (soon)" | "**Target Stage**: staging (soon)"
                54: field "Target Stage" = "staging (soon)" | "Target Stage**: staging (soon)"
                89: h2 "Dependencies" | "Dependencies"
                105: item 0 None "`redis` (staging) - cache" | "`redis` (staging) - cache"
                106: code "redis" | "redis"
                139: item 1 Some("[x]true") "inner ≥70%" | "inner ≥70%"
                145: at least 70 false | "≥70%"
                158: item 0 Some("[ ]false") "Test coverage >= 65.5 % of [it](docs/a.md#b)" | "Test coverage >= 65.5 % of [it](docs/a.md#b)"
                172: at least 65.5 false | ">= 65.5 %"
                190: link "docs/a.md#b" false | "docs/a.md#b"
                206: item 0 None "✅ done, see [[Page|p]]" | "✅ done, see [[Page|p]]"
                222: link "Page" true | "Page"
                288: field "Test Coverage" = "85%" | "Test Coverage: 85%"
            "#]],
        );
    }

    #[test]
    fn code_and_comments_hide_what_stands_in_them() {
        check(
            "- ```\n  # no\n  **No:** x\n  ```\n# Yes\n<!--\n# no\n\n- no\n-->\n> - quoted\n\n```\n# unclosed\n",
            &expect![[r#"
                2: item 0 None "```" | "```"
                33: h1 "Yes" | "Yes"
                61: item 0 None "quoted" | "quoted"
            "#]],
        );
    }

    #[test]
    fn a_long_body_is_cut_outside_of_code_only() {
        let code = format!("```\n{}```\n", "# no\n\n".repeat(20_000));
        assert_eq!(Body::read(Source::Str(&code), 0).pieces.len(), 1);
        let list = "- item\n".repeat(20_000);
        let body = Body::read(Source::Str(&list), 0);
        assert!(body.pieces.len() > 10, "{}", body.pieces.len());
        assert_eq!(body.elements().count(), 20_000);
        let paragraph = "words ≥70% of coverage\n".repeat(20_000);
        assert_eq!(Body::read(Source::Str(&paragraph), 0).elements().count(), 20_000);
    }

    /// Pieces of text that meet at their edges in every way that matters.
    fn line() -> impl Strategy<Value = String> {
        prop_oneof![
            3 => Just("text **K:** v ≥70%".to_owned()),
            2 => (1usize..4).prop_map(|n| format!("{} T", "#".repeat(n))),
            2 => Just(String::new()),
            1 => Just("```".to_owned()),
            1 => Just("- item".to_owned()),
            1 => Just("  - ```".to_owned()),
            1 => Just("  ```".to_owned()),
            1 => Just("<!--".to_owned()),
            1 => Just("-->".to_owned()),
            1 => Just("1. [x] `a` [[b]] [c](d)".to_owned()),
            1 => Just("x".repeat(3000)),
        ]
    }

    fn check_reread(old: &Rope, new: &Rope) {
        let read = |rope: &Rope| Body::read(Source::Rope(rope), 0);
        let (again, fresh) = (read(old).reread(old, new, 0), read(new));
        let starts = |body: &Body| body.pieces.iter().map(|(at, _)| *at).collect::<Vec<_>>();
        assert_eq!(starts(&again), starts(&fresh));
        assert!(again.pieces == fresh.pieces);
    }

    #[test]
    fn what_is_open_before_a_cut_in_a_list_is_not_open_behind_it() {
        let item = format!("    - {}\n", "c".repeat(26));
        let text = format!(
            "- a\n  - b\n{}    - ```\n{}\n# End\n",
            item.repeat((64usize * 1024 - 12).div_ceil(item.len())),
            "      xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n".repeat(5000)
        );
        let old = Rope::from_str(&text);
        let mut new = old.clone();
        new.insert_char(old.len_chars() - 2, 'x');
        check_reread(&old, &new);
    }

    /// Lists that lie deep in others and are longer than a piece may be.
    fn long_line() -> impl Strategy<Value = String> {
        prop_oneof![
            2 => Just("- a\n  - b".to_owned()),
            3 => (0usize..4).prop_map(|depth| format!("{}- {}", "  ".repeat(depth), "c".repeat(22_000))),
            3 => (0usize..5).prop_map(|depth| format!("{}{}", "  ".repeat(depth), "x".repeat(22_000))),
            4 => (0usize..4).prop_map(|depth| format!("{}- ```", "  ".repeat(depth))),
            1 => (0usize..4).prop_map(|depth| format!("{}```", "  ".repeat(depth))),
            1 => (0usize..4).prop_map(|depth| format!("{}- # T", "  ".repeat(depth))),
            1 => (0usize..4).prop_map(|depth| format!("{}# T", "  ".repeat(depth))),
            1 => Just(String::new()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

        #[test]
        fn rereading_long_lists_is_reading(
            lines in prop::collection::vec(long_line(), 6..20),
            from_end in 0usize..12,
            inserted in long_line(),
        ) {
            let old_text = lines.join("\n");
            let mut lines = lines;
            let at = lines.len().saturating_sub(from_end + 1);
            lines[at] = inserted;
            check_reread(&Rope::from_str(&old_text), &Rope::from_str(&lines.join("\n")));
        }
    }

    proptest! {
        /// Reading again after an edit gives what reading everything gives.
        #[test]
        fn rereading_is_reading(
            lines in prop::collection::vec(line(), 0..60),
            at in 0usize..4000,
            removed in 0usize..60,
            inserted in prop::collection::vec(line(), 0..4),
            eol in prop::sample::select(vec!["\n", "\r\n"]),
        ) {
            let old_text = lines.join(eol);
            let old = Rope::from_str(&old_text);
            let mut new = old.clone();
            let chars = new.len_chars();
            let start = at.min(chars);
            new.remove(start..(start + removed).min(chars));
            new.insert(start, &inserted.join(eol));
            check_reread(&old, &new);
        }

        /// Cut into pieces or not, the same headings and items are found, where no reference crosses a cut.
        #[test]
        fn pieces_read_as_the_whole(lines in prop::collection::vec(line(), 0..40)) {
            let text = lines.join("\n");
            let pieces = Body::read(Source::Str(&text), 0);
            let whole = Piece::read(&text);
            let of = |elements: Vec<(TextRange, &ElementKind)>| {
                elements.into_iter()
                    .filter(|(_, kind)| matches!(kind, ElementKind::Heading { .. }))
                    .map(|(at, _)| at)
                    .collect::<Vec<_>>()
            };
            let cut = of(pieces.elements().map(|p| (p.range(), &p.element.kind)).collect());
            let uncut = of(whole.elements.iter().map(|e| (e.range, &e.kind)).collect());
            prop_assert_eq!(cut, uncut, "{:?}", text);
        }
    }
}
