//! Suppression comments: `<!-- stagegate: ignore[rule] -->`, or `# stagegate: ignore[rule]` in YAML and code.
//!
//! A comment behind text silences its own line; comments alone on their lines silence the next line as well, however
//! many stand above each other. Where the line is that of a YAML key, all of the key's value is silenced.
//! Nothing can stand on the line of a fence, so comments at the start of the front matter also silence the line above
//! them. In the brackets: codes, names without family, or `family/*`, separated by commas; without brackets every rule
//! is meant.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::file::UNKNOWN_SUPPRESSION;
use super::{ALL, RuleContext, find, suggest};
use crate::config::shorten;
use crate::diagnostic::{Diagnostic, Fix};
use crate::frontmatter::yaml::{Node, NodeKind, Style};
use crate::frontmatter::{FrontMatter, bom_len};
use crate::text::{Source, TextRange, range};

/// What every suppression comment says, as we write it; [`after_mark`] reads some variants too.
pub(crate) const MARK: &str = "stagegate: ignore";

/// The word that every suppression comment holds.
const WORD: &str = "stagegate";

/// Most comment lines that are looked at above a line.
const MAX_LINES_ABOVE: usize = 64;

/// How much of YAML or code is searched for names of rules that do not exist.
pub(crate) const MAX_SEARCHED_BYTES: usize = 64 * 1024;

/// How much of one comment is searched; real ones have fewer than a hundred bytes.
const MAX_COMMENT_BYTES: usize = 1024;

/// Most names that are reported; the limit bounds what looking for near ones costs in a hostile file.
const MAX_REPORTED: usize = 50;

/// What opens a comment, or a line in one, in some language.
const CODE_MARKS: [&str; 18] = [
    "<!--", "#", "//", "/*", "{/*", "*", "--", ";", "%", "(*", "{-", "{#", "!", "REM", "rem", "::", "\"", "'",
];

/// Where in a file YAML stands.
#[derive(Clone, Copy, Debug)]
pub struct Yaml<'a> {
    /// The text.
    range: TextRange,
    /// The tree, as far as it could be read.
    root: Option<&'a Node>,
    /// The line above `range` that holds no comment of its own: the opening fence.
    opening: Option<TextRange>,
}

impl<'a> Yaml<'a> {
    /// The front matter.
    #[must_use]
    pub fn front_matter(front_matter: &'a FrontMatter) -> Yaml<'a> {
        let fences = &front_matter.fences;
        Yaml { range: fences.yaml, root: front_matter.root.as_ref(), opening: Some(fences.opening) }
    }

    /// The whole file.
    #[must_use]
    pub fn whole(source: Source<'_>, root: Option<&'a Node>) -> Yaml<'a> {
        Yaml { range: range(bom_len(source), source.len()), root, opening: None }
    }

    /// Returns where the keys stand whose values hold byte `at`, outermost first.
    pub(crate) fn keys_around(&self, at: usize) -> Vec<usize> {
        let mut keys = Vec::new();
        if self.holds(at) {
            self.descend(at, &mut |key| keys.push(key.range.start().into()));
        }
        keys
    }

    /// Whether `line`, which starts at `start`, is a later line of a scalar, where a comment would be text.
    pub(crate) fn is_inside_scalar(&self, start: usize, line: &str) -> bool {
        let at = start + line.len() - line.trim_start_matches([' ', '\t']).len();
        let Some(node) = self.descend(at, &mut |_| {}) else { return false };
        let (from, to) = (usize::from(node.range.start()), usize::from(node.range.end()));
        // A block scalar begins behind its header, which stands on the line of the key.
        let block = matches!(node.kind, NodeKind::Scalar { style: Style::Block, .. });
        at < to && (from < at || (block && from == at))
    }

    fn holds(&self, at: usize) -> bool {
        usize::from(self.range.start()) <= at && at < usize::from(self.range.end())
    }

    /// Walks from the root to the scalar at or before byte `at`, and returns it.
    fn descend(&self, at: usize, on_key: &mut dyn FnMut(&Node)) -> Option<&'a Node> {
        let mut node = self.root?;
        let before = |node: &Node| usize::from(node.range.start()) <= at;
        loop {
            node = match &node.kind {
                NodeKind::Mapping { entries, .. } => {
                    let next = entries.partition_point(|entry| before(&entry.key));
                    let entry = &entries[next.checked_sub(1)?];
                    on_key(&entry.key);
                    if at <= entry.key.range.end().into() { &entry.key } else { &entry.value }
                }
                NodeKind::Sequence { items, .. } => &items[items.partition_point(before).checked_sub(1)?],
                _ => return Some(node),
            };
        }
    }
}

/// Removes the findings that a comment silences.
pub fn apply(source: Source<'_>, yaml: Option<Yaml<'_>>, findings: &mut Vec<Diagnostic>) {
    let mut lines = Lines { source, yaml, code: false, known: BTreeMap::new() };
    let mut below_opening = None;
    findings.retain(|finding| {
        let at = usize::from(finding.range.start());
        let silences = |markers: &[Marker]| markers.iter().any(|marker| marker.silences(finding));
        if let Some(Yaml { range, opening: Some(opening), .. }) = yaml
            && finding.range.start() <= opening.end()
        {
            let below = below_opening.get_or_insert_with(|| below(source, range));
            return !silences(below);
        }
        if silences(&lines.markers(at)) {
            return false;
        }
        let keys = yaml.map(|yaml| yaml.keys_around(at)).unwrap_or_default();
        !keys.into_iter().any(|key| silences(&lines.markers(key)))
    });
}

/// Removes the findings in code that a comment silences: on its line, or alone above it.
pub fn apply_in_code(source: Source<'_>, findings: &mut Vec<Diagnostic>) {
    let mut lines = Lines { source, yaml: None, code: true, known: BTreeMap::new() };
    findings.retain(|finding| {
        let markers = lines.markers(finding.range.start().into());
        !markers.iter().any(|marker| marker.silences(finding))
    });
}

/// What one comment silences.
enum Marker {
    Everything,
    /// Codes, names, or `family/*`.
    Rules(Vec<String>),
}

impl Marker {
    /// Reads the comment on `line`, if it is one of ours.
    fn read(line: &str) -> Option<Marker> {
        Marker::of_rest(after_mark(line)?)
    }

    /// Like [`Marker::read`], in a language whose comments may look different.
    fn read_code(line: &str) -> Option<Marker> {
        Marker::of_rest(after_mark_in(line, &CODE_MARKS)?)
    }

    /// Reads what follows our mark.
    fn of_rest(rest: &str) -> Option<Marker> {
        if let Some(list) = rest.trim_start().strip_prefix('[') {
            let (list, _) = list.split_once(']')?;
            return Some(Marker::Rules(list.split(',').map(|name| name.trim().to_owned()).collect()));
        }
        (rest.is_empty() || rest.starts_with([' ', '\t', '-'])).then_some(Marker::Everything)
    }

    fn silences(&self, finding: &Diagnostic) -> bool {
        match self {
            Marker::Everything => true,
            Marker::Rules(names) => names.iter().any(|name| means(name, finding.rule)),
        }
    }
}

/// Whether `name` in the brackets of a comment means `rule`.
fn means(name: &str, rule: &super::Rule) -> bool {
    name == rule.code
        || name == rule.name()
        || name.strip_suffix("/*").is_some_and(|family| family == rule.family())
}

/// What is known of the lines of a file: many findings stand on one line, and a hostile file has but one.
struct Lines<'a> {
    source: Source<'a>,
    yaml: Option<Yaml<'a>>,
    /// Whether it is code, with comments of any language.
    code: bool,
    /// By the start of the line: its end, and the comments that silence it.
    known: BTreeMap<usize, (usize, Rc<[Marker]>)>,
}

impl Lines<'_> {
    /// Returns the comments that silence the line of byte `at`: on it, and alone on the lines above it.
    fn markers(&mut self, at: usize) -> Rc<[Marker]> {
        if let Some((_, (end, markers))) = self.known.range(..=at).next_back()
            && at <= *end
        {
            return Rc::clone(markers);
        }
        let (start, line) = self.source.line_at(at);
        let mut markers = Vec::new();
        if !self.yaml.is_some_and(|yaml| yaml.is_inside_scalar(start, &line)) {
            markers.extend(if self.code { Marker::read_code(&line) } else { Marker::read(&line) });
            if self.code {
                self.read_code_above(start, &mut markers);
            } else {
                self.read_above(start, &mut markers);
            }
        }
        let markers: Rc<[Marker]> = markers.into();
        self.known.insert(start, (start + line.len(), Rc::clone(&markers)));
        markers
    }

    fn read_code_above(&self, mut start: usize, markers: &mut Vec<Marker>) {
        for _ in 0..MAX_LINES_ABOVE {
            if start == 0 {
                return;
            }
            let line;
            (start, line) = line_above(self.source, start);
            let text = line.trim_start_matches('\u{feff}').trim_start();
            let Some(mark) = CODE_MARKS.iter().find(|mark| text.starts_with(**mark)) else { return };
            let marker = Marker::read_code(&line);
            // Where a quote opens comments, it opens strings elsewhere.
            if marker.is_none() && matches!(*mark, "\"" | "'") {
                return;
            }
            markers.extend(marker);
        }
    }

    fn read_above(&self, mut start: usize, markers: &mut Vec<Marker>) {
        for _ in 0..MAX_LINES_ABOVE {
            if start == 0 {
                return;
            }
            let line;
            (start, line) = line_above(self.source, start);
            let in_yaml = self.yaml.is_some_and(|yaml| yaml.holds(start));
            if !is_comment_only(&line)
                || (in_yaml && self.yaml.is_some_and(|y| y.is_inside_scalar(start, &line)))
            {
                return;
            }
            markers.extend(Marker::read(&line));
            // In Markdown `#` starts a heading, which is no plain comment.
            if !in_yaml && !line.trim_start_matches('\u{feff}').trim_start().starts_with("<!--") {
                return;
            }
        }
    }
}

/// Returns the comments alone on their lines at the start of the front matter.
fn below(source: Source<'_>, yaml: TextRange) -> Vec<Marker> {
    let (start, end) = (usize::from(yaml.start()), usize::from(yaml.end()));
    let lines = source.lines_from(start).take_while(|(at, line)| *at < end && is_comment_only(line));
    lines.take(MAX_LINES_ABOVE).filter_map(|(_, line)| Marker::read(line.trim_end())).collect()
}

/// Returns the line that ends where `start` begins, and where it starts itself.
fn line_above(source: Source<'_>, start: usize) -> (usize, Cow<'_, str>) {
    // One step back lies on the line end, two where that is `\r\n`.
    let back = if source.slice(start.saturating_sub(2), start) == "\r\n" { 2 } else { 1 };
    source.line_at(start - back)
}

/// Whether a line holds nothing but a comment.
fn is_comment_only(line: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}').trim();
    line.starts_with('#') || line.starts_with("//") || (line.starts_with("<!--") && line.ends_with("-->"))
}

/// Returns what follows the mark in a comment on `line`: `stagegate: ignore` in any case, with or without the blank.
fn after_mark(line: &str) -> Option<&str> {
    after_mark_in(line, &["<!--", "#", "//"])
}

/// Like [`after_mark`], behind one of `marks`.
fn after_mark_in<'a>(line: &'a str, marks: &[&str]) -> Option<&'a str> {
    words(line).find_map(|at| {
        let before = line[..at].trim_end();
        let comment = marks.iter().any(|mark| before.ends_with(mark));
        after_word(&line[at + WORD.len()..]).filter(|_| comment)
    })
}

/// Returns what follows `: ignore`, with which `rest` starts.
fn after_word(rest: &str) -> Option<&str> {
    let rest = rest.trim_start_matches([' ', '\t']).strip_prefix(':')?.trim_start_matches([' ', '\t']);
    let (word, rest) = rest.split_at_checked("ignore".len())?;
    word.eq_ignore_ascii_case("ignore").then_some(rest)
}

/// Returns where our name stands in `text`, in any case.
fn words(text: &str) -> impl Iterator<Item = usize> {
    let is_word = |at: &usize| {
        text.as_bytes().get(*at..*at + WORD.len()).is_some_and(|it| it.eq_ignore_ascii_case(WORD.as_bytes()))
    };
    memchr::memchr2_iter(b's', b'S', text.as_bytes()).filter(is_word)
}

/// Returns where on `line` the list of a suppression comment ends (the byte of its `]`), and whether the comment
/// stands alone; so that one more rule can be added to it.
pub(crate) fn list_end(line: &str) -> Option<(usize, bool)> {
    let list = after_mark(line)?.trim_start().strip_prefix('[')?;
    let start = line.len() - list.len();
    Some((start + list.find(']')?, is_comment_only(line)))
}

/// Reports the names of rules in comments of `text`, YAML or code, which starts at byte `base`, that do not exist.
pub(crate) fn check<F>(cx: &mut RuleContext<'_, F>, text: &str, base: usize) {
    let mut reported = 0;
    for word in words(text).take_while(|at| *at < MAX_SEARCHED_BYTES) {
        if !text[..word].trim_end_matches([' ', '\t']).ends_with('#') {
            continue;
        }
        let end = Source::Str(text).floor_char_boundary(word + MAX_COMMENT_BYTES);
        let line = text[word..end].split(['\n', '\r']).next().unwrap_or_default();
        let list = after_word(&line[WORD.len()..]).and_then(|rest| rest.trim_start().strip_prefix('['));
        let Some(list) = list else { continue };
        let Some((names, _)) = list.split_once(']') else { continue };
        let mut at = base + word + line.len() - list.len();
        for written in names.split(',') {
            let name = written.trim();
            let start = at + written.find(name).unwrap_or_default();
            at += written.len() + 1;
            if !name.is_empty() && !ALL.iter().any(|rule| means(name, rule)) {
                report(cx, name, range(start, start + name.len()));
                reported += 1;
                if reported == MAX_REPORTED {
                    return;
                }
            }
        }
    }
}

fn report<F>(cx: &mut RuleContext<'_, F>, name: &str, place: TextRange) {
    let message = format!("there is no rule `{}`, so this silences nothing", shorten(name));
    let near = if name.len() > 64 { None } else { suggest(name).first().copied().and_then(find) };
    let finding = cx.report(&UNKNOWN_SUPPRESSION, place, message);
    match near {
        Some(near) => {
            let near = if name.contains('/') { near.code } else { near.name() };
            let fix = Fix::safe(format!("Write `{near}`"), place, near).needs_review();
            finding.help(format!("did you mean `{near}`?")).fix(fix).done();
        }
        None => finding.help("`stagegate explain` lists all rules").done(),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::config;
    use crate::rules::instructions::testing::check;
    use expect_test::expect;

    const RULE: &str = "instructions/invalid-glob";

    /// Makes sure that nothing is found of [`RULE`] in front matter.
    fn silent(yaml: &str) {
        for end in ["\n", "\r\n"] {
            check(&format!("---\n{yaml}\n---\n").replace('\n', end), RULE, &expect![[""]]);
        }
    }

    /// Makes sure that something is.
    fn loud(yaml: &str) {
        let text = format!("---\n{yaml}\n---\n");
        let root = crate::workspace::Root::default();
        let found =
            crate::instructions::diagnostics(crate::text::Source::Str(&text), "x.instructions.md", &root);
        assert!(found.iter().any(|finding| finding.rule.code == RULE), "{text}");
    }

    #[test]
    fn a_comment_at_a_key_silences_its_whole_value() {
        silent("applyTo: # stagegate: ignore[invalid-glob]\n  - a\n  - 'b['");
        silent("# stagegate: ignore[invalid-glob]\napplyTo:\n  - a\n  # other\n\n  - 'b['");
        silent("# stagegate: ignore[invalid-glob]\napplyTo: >-\n  a,\n  b[");
        silent("applyTo: >- # stagegate: ignore[invalid-glob]\n  a,\n  b[");
        silent("applyTo:\n  - a\n  # stagegate: ignore[invalid-glob]\n  - 'b['");
        loud("# stagegate: ignore[invalid-glob]\ntags: [a]\napplyTo: 'b['");
        loud("tags: [a] # stagegate: ignore[invalid-glob]\napplyTo:\n  - 'b['");
        loud("description: |\n  # stagegate: ignore[invalid-glob]\napplyTo: 'b['");
        loud("applyTo:\n  - a # stagegate: ignore[invalid-glob]\n  - 'b['");
    }

    #[test]
    fn comments_above_each_other_all_count() {
        silent("# stagegate: ignore[invalid-glob]\n# stagegate: ignore[no-headings]\n# why\napplyTo: 'b['");
        silent("# stagegate: ignore[no-headings]\n# stagegate: ignore[invalid-glob]\napplyTo:\n  - 'b['");
        loud("# stagegate: ignore[invalid-glob]\n\napplyTo: 'b['");
        check(
            "---\n# why\n# stagegate: ignore[missing-field]\n---\n",
            "instructions/missing-field",
            &expect![[""]],
        );
    }

    #[test]
    fn headings_are_no_plain_comments() {
        let text = "---\napplyTo: a\ndescription: b\n---\n<!-- stagegate: ignore -->\n<!-- why -->\nx\n";
        check(text, "instructions/short-content", &expect![[""]]);
        let text = "---\napplyTo: a\ndescription: b\n---\nx\n";
        check(
            text,
            "instructions/short-content",
            &expect![[r#"
            4:0-4:1 warning instructions/short-content "x": the body has 1 character; expected at least 100
        "#]],
        );
    }

    #[test]
    fn the_mark_is_read_in_any_case_and_without_blanks() {
        for mark in [
            "stagegate:ignore[invalid-glob]",
            "Stagegate: ignore[invalid-glob]",
            "STAGEGATE : Ignore [invalid-glob]",
        ] {
            silent(&format!("# {mark}\napplyTo: 'b['"));
            silent(&format!("applyTo: 'b[' #{mark}"));
        }
        loud("# stagegates: ignore[invalid-glob]\napplyTo: 'b['");
        loud("# stagegate: ignored\napplyTo: 'b['");
    }

    #[test]
    fn names_of_no_rule_are_reported() {
        check(
            "---\r\n# stagegate: ignore[unmached-glob, no-headings , instructions/mising-field]\r\napplyTo: a # Stagegate:ignore[zzz]\r\ndescription: stagegate, ignore[b]\r\n---\r\n",
            "file/unknown-suppression",
            &expect![[r#"
                1:20-1:33 warning file/unknown-suppression "unmached-glob": there is no rule `unmached-glob`, so this silences nothing
                  help: did you mean `unmatched-glob`?
                  review fix: Write `unmatched-glob`
                    "---\r\n# stagegate: ignore[unmatched-glob, no-headings , instructions/mising-field]\r\napplyTo: a # Stagegate:ignore[zzz]\r\ndescription: stagegate, ignore[b]\r\n---\r\n"
                1:49-1:74 warning file/unknown-suppression "instructions/mising-field": there is no rule `instructions/mising-field`, so this silences nothing
                  help: did you mean `instructions/missing-field`?
                  review fix: Write `instructions/missing-field`
                    "---\r\n# stagegate: ignore[unmached-glob, no-headings , instructions/missing-field]\r\napplyTo: a # Stagegate:ignore[zzz]\r\ndescription: stagegate, ignore[b]\r\n---\r\n"
                2:30-2:33 warning file/unknown-suppression "zzz": there is no rule `zzz`, so this silences nothing
                  help: `stagegate explain` lists all rules
            "#]],
        );
        check(
            "---\n# stagegate: ignore[file/*, ]\n# stagegate: ignore[\n---\n",
            "file/unknown-suppression",
            &expect![[""]],
        );
        config::testing::check(
            "rules: # stagegate: ignore[bad-values]\n  config/*: loud\n",
            "*",
            &expect![[r#"
                0:27-0:37 warning file/unknown-suppression "bad-values": there is no rule `bad-values`, so this silences nothing
                  help: did you mean `bad-value`?
                  review fix: Write `bad-value` [("bad-values", "bad-value")]
                1:12-1:16 error config/bad-value "loud": unknown value `loud`; expected `off`, `hint`, `information`, `warning` or `error`
                  field: rules.config/*
            "#]],
        );
        config::testing::check(
            "# stagegate: ignore[bad-value]\nrules:\n  # why\n  config/*: loud\nlogging:\n  level: loud\n",
            "*",
            &expect![[r#"
                5:9-5:13 error config/bad-value "loud": unknown value `loud`; expected `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`
                  field: logging.level
            "#]],
        );
    }
}
