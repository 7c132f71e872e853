//! What the tests of this folder share.

#![allow(dead_code, reason = "each test file uses some of it")]

use std::sync::Arc;

use stagegate_core::components::{Components, FileFacts};
use stagegate_core::diagnostic::{Diagnostic, Fix, apply_edits, merge_fixes};
use stagegate_core::layout::Layout;
use stagegate_core::text::Source;
use stagegate_core::workspace::{FileIndex, Root};

/// A path that only our own workflow reads.
pub(crate) const PLAIN: &str = ".augment/instructions/x.instructions.md";

/// A path that VS Code and Copilot read, too.
pub(crate) const PORTABLE: &str = ".github/instructions/x.instructions.md";

/// The path of a spec.
pub(crate) const SPEC: &str = "specs/calculator.md";

/// The spec of another component.
const NOTIFICATIONS: &str = "specs/notifications.md";

/// Most rounds until no safe fix is left; each round makes all that do not touch each other.
const MAX_ROUNDS: usize = 200;

/// A root with a few files, and with the components `calculator` and `notifications`; the second one has a spec.
pub(crate) fn root() -> Root {
    let paths = [
        "src/a.py",
        "src/x/b.py",
        "src/calculator/sums.py",
        "tests/t.py",
        "docs/c.md",
        "docs/design.md",
        ".github/d.yml",
        NOTIFICATIONS,
    ];
    let files = FileIndex::new(paths.iter().map(|path| Box::from(*path)).collect());
    let mut root = Root::default();
    let layout = Layout::new(&files, &root.config.components);
    root.files = Some(files.into());
    let spec = Source::Str("# Notifications\n\n**Component Name:** notifications\n**Status:** Development\n");
    let facts = stagegate_core::facts(spec, NOTIFICATIONS, &root);
    let facts = facts.map(|facts| FileFacts { path: NOTIFICATIONS.into(), facts: facts.into() });
    root.components = Some(Arc::new(Components::build(facts, Arc::new(layout))));
    root
}

/// Every finding of `text` at `path`.
pub(crate) fn findings(text: &str, path: &str) -> Vec<Diagnostic> {
    stagegate_core::diagnostics(Source::Str(text), path, &root())
}

/// Applies all safe fixes until none is left.
pub(crate) fn fixpoint(text: &str, path: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..MAX_ROUNDS {
        let findings = findings(&text, path);
        let fixes: Vec<&Fix> =
            findings.iter().filter_map(|d| d.fix.as_ref()).filter(|fix| fix.safe).collect();
        if fixes.is_empty() {
            return text;
        }
        let fixed = apply_edits(&text, &merge_fixes(fixes.iter().copied()));
        assert_ne!(fixed, text, "safe fixes that change nothing: {fixes:?}");
        text = fixed;
    }
    panic!("safe fixes never end: {text:?}");
}
