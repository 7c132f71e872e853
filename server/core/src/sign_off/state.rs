//! What a sign-off is given for: source, tests and spec of a component, as one short digest.
//!
//! What a promotion itself edits does not count, nor do checklists, approvals and other prose: a sign-off that is bound to
//! a state outlives being written down, and outlives the promotion that it was given for.

use std::borrow::Cow;
use std::fmt;

use crate::declared;
use crate::files::is_markdown;

/// The state of a component, in three parts, so that a later one can say what is different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StateDigest {
    /// Of its source.
    pub source: u32,
    /// Of its tests.
    pub tests: u32,
    /// Of its specs.
    pub spec: u32,
}

/// What a file is to the component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Source.
    Source,
    /// A test.
    Tests,
    /// A spec.
    Spec,
}

/// A hash of that of a file which counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// Of a file that is not read as text: a large one, or a link.
    #[must_use]
    pub const fn new(hash: [u8; 32]) -> ContentHash {
        ContentHash(hash)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Keys of the metadata of a spec that a promotion writes, or that say when somebody looked at it.
const WRITTEN_KEYS: [&str; 15] = [
    "status",
    "currentstage",
    "targetstage",
    "stage",
    "maturity",
    "maturitystage",
    "lastupdated",
    "lastpromoted",
    "lastreviewed",
    "updated",
    "date",
    "coverage",
    "testcoverage",
    "currentcoverage",
    "version",
];

/// Returns the hash of what counts of a file; `None` where it does not count: a MATURITY file, a README or other prose
/// beside the source.
///
/// `path` is relative to the root, with `/`. Line ends do not count.
#[must_use]
pub fn content(part: Part, path: &str, bytes: &[u8]) -> Option<ContentHash> {
    if part != Part::Spec && is_markdown(path) {
        return None;
    }
    let hash = |bytes: &[u8]| Some(ContentHash(*blake3::hash(bytes).as_bytes()));
    let Ok(text) = std::str::from_utf8(bytes) else { return hash(bytes) };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text: Cow<'_, str> =
        if text.contains('\r') { text.replace("\r\n", "\n").into() } else { Cow::Borrowed(text) };
    let name = path.rsplit('/').next().unwrap_or(path);
    match (part, name) {
        (Part::Spec, _) => hash(spec(&text).as_bytes()),
        (_, "__init__.py") => hash(init(&text).as_bytes()),
        _ => match declared::reader(name).and_then(|read| read(&text)) {
            Some(declared) => {
                let (start, end) = (usize::from(declared.range.start()), usize::from(declared.range.end()));
                hash(format!("{}{}", &text[..start], &text[end..]).as_bytes())
            }
            None => hash(text.as_bytes()),
        },
    }
}

/// Joins the files of a component, in any order.
#[must_use]
pub fn state<'a>(files: impl IntoIterator<Item = (Part, &'a str, ContentHash)>) -> StateDigest {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_unstable();
    files.dedup();
    let of = |part: Part| {
        let mut hasher = blake3::Hasher::new();
        for (_, path, content) in files.iter().filter(|(of, ..)| *of == part) {
            hasher.update(&(path.len() as u64).to_le_bytes()).update(path.as_bytes()).update(&content.0);
        }
        let [a, b, c, d, ..] = *hasher.finalize().as_bytes();
        u32::from_be_bytes([a, b, c, d])
    };
    StateDigest { source: of(Part::Source), tests: of(Part::Tests), spec: of(Part::Spec) }
}

impl StateDigest {
    /// Reads what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<StateDigest> {
        let mut parts = text.split('-').map(|part| {
            let is_hex = part.len() == 8 && part.bytes().all(|b| b.is_ascii_hexdigit());
            u32::from_str_radix(part, 16).ok().filter(|_| is_hex)
        });
        let digest = StateDigest { source: parts.next()??, tests: parts.next()??, spec: parts.next()?? };
        parts.next().is_none().then_some(digest)
    }

    /// Says what is different from `then`: `the source`; nothing where they are equal.
    #[must_use]
    pub fn changed_since(&self, then: &StateDigest) -> Vec<&'static str> {
        let parts = [
            ("the source", self.source != then.source),
            ("the tests", self.tests != then.tests),
            ("the spec", self.spec != then.spec),
        ];
        parts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}

/// As it stands in a sign-off: `1a2b3c4d-5e6f7a8b-9c0d1e2f`.
impl fmt::Display for StateDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{:08x}-{:08x}", self.source, self.tests, self.spec)
    }
}

/// Returns a spec without its checklists and approvals, what a promotion writes, blank lines and rules.
fn spec(text: &str) -> String {
    let mut out = String::new();
    let (mut in_head, mut in_front_matter, mut quality) = (true, false, None);
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_end();
        let heading = line.bytes().take_while(|b| *b == b'#').count();
        if line == "---" && (at == 0 || in_front_matter) {
            in_front_matter = at == 0;
            continue;
        }
        if heading > 0 && line[heading..].starts_with(' ') {
            in_head &= heading < 2;
            if quality.is_some_and(|level| heading <= level) {
                quality = None;
            }
            if line[heading..].trim().eq_ignore_ascii_case("quality metrics") {
                quality = Some(heading);
            }
        }
        let bare = line.trim_start();
        let is_rule = bare.len() >= 3 && bare.bytes().all(|b| matches!(b, b'-' | b'*' | b'_'));
        let is_written = (in_head || in_front_matter)
            && key_of(bare).is_some_and(|key| WRITTEN_KEYS.contains(&key.as_str()));
        if bare.is_empty() || is_rule || is_box(bare) || is_approvals(bare) || is_written || quality.is_some()
        {
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// Whether a line is an item with a box or a tick.
fn is_box(line: &str) -> bool {
    let Some(item) = line.strip_prefix(['-', '*', '+']) else { return false };
    let item = item.trim_start();
    item.starts_with('✅') || ["[ ]", "[x]", "[X]"].iter().any(|box_| item.starts_with(box_))
}

/// Whether a line is what a list of approvals stands below.
fn is_approvals(line: &str) -> bool {
    let title = line.trim_matches(['#', '*', '_', ':', ' ']);
    super::LISTS.iter().any(|known| title.eq_ignore_ascii_case(known))
}

/// Returns the key of a line of metadata in lowercase and one word: of `**Last Updated:** x`, or `last_updated: x`.
fn key_of(line: &str) -> Option<String> {
    let line = line.strip_prefix("- ").unwrap_or(line);
    let (key, _) = line.split_once(':')?;
    Some(key.to_lowercase().replace(['*', '_', ' '], ""))
}

/// Returns a module without its docstring, its stage and blank lines.
fn init(text: &str) -> String {
    let docstring = docstring(text);
    let declared = declared::python::read(text).map(|declared| usize::from(declared.key_range.start()));
    let mut out = String::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let is_declared = declared.is_some_and(|key| (start..at).contains(&key));
        if line.trim().is_empty() || is_declared || docstring.as_ref().is_some_and(|doc| doc.contains(&start))
        {
            continue;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Returns where the lines of the docstring of a module stand.
fn docstring(text: &str) -> Option<std::ops::Range<usize>> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() && !line.starts_with('#') {
            break;
        }
        start += line.len();
    }
    let body = text[start..].trim_start_matches(['r', 'R', 'u', 'U']);
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| body.starts_with(quote))?;
    let inner = &body[quote.len()..];
    let end = text.len() - inner.len() + inner.find(quote)? + quote.len();
    // Something that goes on behind it is none: `"a".join(...)`.
    let rest = text[end..].lines().next().unwrap_or_default().trim();
    (rest.is_empty() || rest.starts_with('#')).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(files: &[(Part, &str, &str)]) -> StateDigest {
        let of = |(part, path, text): &(Part, &'static str, &str)| {
            Some((*part, *path, content(*part, path, text.as_bytes())?))
        };
        let files: Vec<(Part, &'static str, ContentHash)> = files
            .iter()
            .map(|(part, path, text)| {
                (*part, Box::leak(path.to_string().into_boxed_str()) as &'static str, *text)
            })
            .filter_map(|file| of(&file))
            .collect();
        state(files)
    }

    fn changed(part: Part, path: &str, before: &str, after: &str) -> String {
        digest(&[(part, path, after)]).changed_since(&digest(&[(part, path, before)])).join(", ")
    }

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        let state = digest(&[(Part::Source, "src/a/a.py", "a = 1\n"), (Part::Tests, "tests/test_a.py", "")]);
        assert_eq!(StateDigest::parse(&state.to_string()), Some(state));
        assert_eq!(state.to_string().len(), 26);
        for bad in [
            "",
            "1a2b3c4d",
            "1a2b3c4d-1a2b3c4d",
            "1a2b3c4d-1a2b3c4d-+a2b3c4d",
            "1a2b3c4d-1a2b3c4d-1a2b3c4d-0",
        ] {
            assert_eq!(StateDigest::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_order_of_files_does_not_count_and_names_do() {
        let (a, b) = ((Part::Source, "src/a/a.py", "1"), (Part::Source, "src/a/b.py", "2"));
        assert_eq!(digest(&[a, b]), digest(&[b, a]));
        assert_ne!(
            digest(&[a, b]),
            digest(&[(Part::Source, "src/a/b.py", "1"), (Part::Source, "src/a/a.py", "2")])
        );
        assert_eq!(digest(&[a, b]).changed_since(&digest(&[a])), ["the source"]);
    }

    #[test]
    fn code_counts_and_what_a_promotion_writes_does_not() {
        let init = "src/a/__init__.py";
        let before = "\"\"\"A.\n\nMaturity Stage: development\nCoverage: 60%\n\"\"\"\n\n__version__ = \"1\"\n__maturity__ = \"development\"\nX = 1\n";
        let after = "\"\"\"A.\n\nMaturity Stage: staging\nCoverage: 71%\nLast Updated: 2026-11-21\n\"\"\"\r\n\r\n__version__ = \"1\"\r\n__maturity__ = \"staging\"\r\n\r\nX = 1\r\n";
        assert_eq!(changed(Part::Source, init, before, after), "");
        assert_eq!(changed(Part::Source, init, "__version__ = \"1\"\nX = 1\n", before), "", "newly written");
        assert_eq!(changed(Part::Source, init, before, &before.replace("X = 1", "X = 2")), "the source");
        assert_eq!(changed(Part::Source, init, "\"a\".join(x)\n", "\"b\".join(x)\n"), "the source");
        assert_eq!(changed(Part::Source, "src/a/a.py", "x = 1\n", "x = 2\n"), "the source");
        assert_eq!(changed(Part::Source, "src/a/a.py", "x = 1\r\n", "x = 1\n"), "");
        assert_eq!(changed(Part::Tests, "tests/test_a.py", "x = 1\n", "x = 2\n"), "the tests");
        let package = r#"{"name": "a", "stagegate": {"maturity": "STAGE"}}"#;
        let staged = |stage: &str| package.replace("STAGE", stage);
        let same = changed(Part::Source, "src/a/package.json", &staged("development"), &staged("staging"));
        assert_eq!(same, "", "{:?}", declared::node::read(package));
    }

    #[test]
    fn prose_beside_the_source_does_not_count() {
        for path in ["src/a/MATURITY.md", "src/a/README.md", "src/a/docs/x.MD"] {
            assert_eq!(content(Part::Source, path, b"x"), None, "{path}");
        }
        assert!(content(Part::Source, "src/a/data.bin", b"\xff\r\n").is_some());
    }

    #[test]
    fn of_a_spec_only_what_it_asks_for_counts() {
        let spec = "# A\n\n**Component Name:** a\n**Status:** Development\n**Last Updated:** 2026-11-18\n\n## Requirements\n\nIt adds.\n\n\
            ## Acceptance Criteria\n- [ ] Security review complete\n\n## Rollback Procedure\n1. Revert.\n";
        let same = |after: &str| assert_eq!(changed(Part::Spec, "specs/a.md", spec, after), "", "{after}");
        same(
            &spec
                .replace("Development", "Staging")
                .replace("11-18", "11-21\n**Last Promoted:** 2026-11-21\n**Coverage:** 81%"),
        );
        same(&spec.replace(
            "- [ ] Security review complete",
            "- [x] Security review complete — Mara <m@x>, 2026-11-21 <!-- stagegate: state=1 -->",
        ));
        same(&format!("{spec}\n---\n\n**Approval:**\n- [x] Lead: Mara, 2026-11-21\n"));
        same(&format!("{spec}\n## Quality Metrics\n- Test Coverage: 81%\n### More\n1\n"));
        same(&spec.replace('\n', "\r\n"));
        same(&format!("---\nstatus: Staging\nlast_updated: 2026-11-21\n---\n{spec}"));
        let other =
            |after: &str| assert_eq!(changed(Part::Spec, "specs/a.md", spec, after), "the spec", "{after}");
        other(&spec.replace("It adds", "It multiplies"));
        other(&spec.replace("1. Revert", "1. Restore"));
        other(&format!("{spec}\n## Quality Metrics\n1\n\n## Requirements\n2\n"));
        other(&spec.replace("It adds.", "It adds.\n**Status:** of the parser"));
    }
}
