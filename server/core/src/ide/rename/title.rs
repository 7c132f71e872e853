//! The name of a component in the title of its spec or MATURITY file.

use crate::component::{ComponentFile, Standing};
use crate::name;
use crate::text::{Source, TextRange, range};

/// Words before the name.
const BEFORE: [&str; 5] =
    ["Component Specification:", "Component:", "Specification:", "Spec:", "Maturity Status:"];

/// Words behind it.
const BEHIND: [&str; 7] = [
    " Component Specification",
    " Maturity Status",
    " Specification",
    " Component",
    " Maturity",
    " Spec",
    " Status",
];

/// Returns where the title of a file about the component `old` gives that name, and how it is written there: the title
/// says nothing else but what kind of document it is.
pub(super) fn in_title(file: &ComponentFile, source: Source<'_>, old: &str) -> Option<(TextRange, String)> {
    if matches!(file.standing, Standing::Template | Standing::Moved) || !name::same(&file.component.name, old)
    {
        return None;
    }
    let title = file.title.as_ref()?;
    let start = usize::from(title.range.start());
    let written = source.slice(start, title.range.end().into());
    let mut rest = written.trim();
    while let Some(shorter) = BEFORE.iter().find_map(|words| {
        let head = rest.get(..words.len()).filter(|head| head.eq_ignore_ascii_case(words))?;
        Some(&rest[head.len()..])
    }) {
        rest = shorter.trim();
    }
    while !name::same(rest, old) {
        let end = |words: &&str| rest.len().checked_sub(words.len());
        let shorter = BEHIND.iter().find_map(|words| {
            let at = end(words).filter(|at| rest.is_char_boundary(*at))?;
            rest[at..].eq_ignore_ascii_case(words).then_some(&rest[..at])
        });
        rest = shorter?.trim_end();
    }
    // What was taken away behind it may hold the name again.
    let at = start + written.find(rest)?;
    Some((range(at, at + rest.len()), rest.to_owned()))
}
