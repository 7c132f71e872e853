//! Applies the safe fixes of one file, as `--fix` and `source.fixAll` do.

use crate::diagnostic::{Diagnostic, Fix, apply_edits, merge_fixes};
use crate::text::Source;
use crate::workspace::Root;

/// Most rounds. One fix may uncover what another one mends; real files need two. Rules whose fixes undo each other
/// would go on for ever.
const MAX_ROUNDS: usize = 10;

/// A file with its safe fixes applied.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The new text; equal to the old one where nothing was fixed.
    pub text: String,
    /// How many findings were fixed.
    pub count: usize,
    /// What is left.
    pub findings: Vec<Diagnostic>,
}

/// Applies the safe fixes among `findings` to `text`, the file at `path`, until there is none left.
///
/// Returns `None` where no finding has a safe fix.
#[must_use]
pub fn fix(text: &str, path: &str, root: &Root, findings: &[Diagnostic]) -> Option<Fixed> {
    let (text, count) = round(text, findings)?;
    let mut fixed = Fixed { findings: analyse(&text, path, root), text, count };
    for _ in 1..MAX_ROUNDS {
        let Some((text, count)) = round(&fixed.text, &fixed.findings) else { break };
        fixed.findings = analyse(&text, path, root);
        fixed.text = text;
        fixed.count += count;
    }
    Some(fixed)
}

fn analyse(text: &str, path: &str, root: &Root) -> Vec<Diagnostic> {
    crate::diagnostics(Source::Str(text), path, root)
}

/// Applies every fix that can be applied together; returns the new text and how many findings that mends.
fn round(text: &str, findings: &[Diagnostic]) -> Option<(String, usize)> {
    let fixes: Vec<&Fix> = findings.iter().filter_map(|d| d.fix.as_ref()).filter(|fix| fix.safe).collect();
    let edits = merge_fixes(fixes.iter().copied());
    let new = apply_edits(text, &edits);
    let count = fixes.iter().filter(|fix| fix.edits.iter().all(|edit| edits.contains(edit))).count();
    (new != text).then_some((new, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixes_are_applied_until_none_is_left_and_nothing_else_changes() {
        let text = "\u{feff}---\r\napplyto: 'a' # x\r\ndesciption: b\n---\r\n# T";
        let path = "x.instructions.md";
        let root = Root::default();
        let fixed = fix(text, path, &root, &analyse(text, path, &root)).unwrap();
        assert_eq!(fixed.text, "\u{feff}---\r\napplyTo: 'a' # x\r\ndescription: b\n---\r\n# T");
        assert!(fixed.count >= 2, "{}", fixed.count);
        assert!(fix(&fixed.text, path, &root, &fixed.findings).is_none());
    }
}
