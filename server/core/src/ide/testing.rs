//! Fixtures for editor features: `$0` marks the cursor.

use ropey::Rope;

use crate::text::{LineIndex, PositionEncoding, Source, TextRange};
use crate::workspace::{FileIndex, Root};

/// Read by Stagegate alone.
pub(super) const PATH: &str = ".augment/instructions/x.instructions.md";

/// Read by VS Code as well.
pub(super) const GITHUB: &str = ".github/instructions/x.instructions.md";

/// A root with a few files.
pub(super) fn root() -> Root {
    let paths = [
        ".github/workflows/ci.yml",
        "README.md",
        "docs/guide.md",
        "setup.py",
        "src/app/a.py",
        "src/app/b.py",
        "src/app/c.ts",
        "src/lib.rs",
        "src/web/[id]/page.ts",
        "tests/test_a.py",
        "tests/test_b.py",
        "tests/test_c.py",
        "tests/test_d.py",
    ];
    let files = FileIndex::new(paths.iter().map(|path| Box::from(*path)).collect());
    Root { files: Some(files.into()), ..Root::default() }
}

/// Takes the cursor out of a fixture.
pub(super) fn cursor(fixture: &str) -> (String, usize) {
    let at = fixture.find("$0").expect("the fixture has a cursor");
    (fixture.replacen("$0", "", 1), at)
}

/// Renders a range as `line:column-line:column "text"`.
pub(super) fn place(text: &str, range: TextRange) -> String {
    let r = LineIndex::new(text).range(range, PositionEncoding::Utf16);
    let (start, end) = (r.start, r.end);
    format!("{}:{}-{}:{}", start.line, start.character, end.line, end.character)
}

/// Makes sure that an answer is the same for a string and for a rope, and returns it.
pub(super) fn both<T: std::fmt::Debug>(text: &str, answer: impl Fn(Source<'_>) -> T) -> T {
    let rope = Rope::from_str(text);
    let of_rope = answer(Source::Rope(&rope));
    let of_string = answer(Source::Str(text));
    assert_eq!(format!("{of_string:?}"), format!("{of_rope:?}"), "{text:?}");
    of_string
}
