//! `instructions/not-portable`.

use super::edit::{Quote, holds_only, in_scalar};
use crate::config::Consumer;
use crate::diagnostic::{Fix, TextEdit};
use crate::frontmatter::FrontMatter;
use crate::frontmatter::yaml::{Entry, Node, NodeKind, ScalarType, Style};
use crate::glob::{self, Glob};
use crate::instructions::{APPLY_TO, GlobItem};
use crate::rules::{RuleContext, declare_rule};
use crate::text::{TextRange, range};
use crate::workspace::Root;

declare_rule! {
    /// ## What it checks
    /// Where VS Code and GitHub Copilot read the file too (under `.github/instructions`, or as
    /// `instructions.consumers` says), `applyTo` is one string, and its globs mean there what they mean elsewhere:
    /// no list, no `**` beside other text (`**.cs`), no leading `/`, `./` or `!`, no backslash as separator.
    ///
    /// ## Why it matters
    /// VS Code and Copilot silently ignore a list, and a glob that they read otherwise matches nothing:
    /// the instructions work in one tool and not in the other.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyTo:
    ///   - "src/**"
    ///   - "/docs/**.md"
    /// ---
    /// ```
    ///
    /// ## Fix
    /// A list is joined with commas into one string; `**.cs` becomes `**/*.cs`; a leading `/` or `./` goes; a
    /// backslash becomes `/`. All safe, but a leading `/` or `./` only where the workspace shows that the glob matches
    /// the same files without it. `src**` may mean `src/**` or `src*/**`, and typographic quotes may be part of the
    /// name: for you to review. A list with comments between its items is left alone.
    ///
    /// ## References
    /// VS Code, "Custom instructions": `applyTo` takes one string of comma-separated globs; `src/vs/base/common/glob.ts`.
    NOT_PORTABLE = {
        code: "instructions/not-portable",
        summary: "a value that one of the file's consumers ignores",
        severity: Warning,
        fix: Safe,
        since: "0.1.0",
    }
}

/// Quotes that word processors write.
const CURLY: &[char] = &['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{201a}'];

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let Some(front_matter) = cx.file.head.front_matter() else { return };
    let Some(entry) = front_matter.entry(APPLY_TO) else { return };
    if !cx.root.config.consumers(cx.path).contains(&Consumer::VsCode) {
        return;
    }
    if let NodeKind::Sequence { items, .. } = &entry.value.kind
        && !items.is_empty()
    {
        cx.report(
            &NOT_PORTABLE,
            entry.value.range,
            "`applyTo` is a list; VS Code and Copilot take one string only and silently ignore a list",
        )
        .field(APPLY_TO)
        .fix(join(front_matter, entry, items))
        .done();
    }
    for item in &cx.file.apply_to.globs {
        if item.glob.is_err() || item.pattern.is_empty() {
            continue;
        }
        if item.pattern.contains(CURLY) {
            let message = format!(
                "`{}` has typographic quotes, which are part of the glob; expected `\"` around it",
                item.pattern
            );
            cx.report(&NOT_PORTABLE, item.range, message)
                .field(APPLY_TO)
                .help("YAML knows `\"` and `'` only")
                .fix(straight_quotes(front_matter, item))
                .done();
            continue;
        }
        for Trait { message, edits, safe } in traits(&item.pattern) {
            // Without its `/` a glob matches in every folder, too.
            let safe = safe && (!item.pattern.starts_with(['/', '.']) || is_same(cx.root, item, &edits));
            let fix = fix(front_matter, item, &edits, safe);
            cx.report(&NOT_PORTABLE, item.range, message).field(APPLY_TO).fix(fix).done();
        }
    }
}

/// Returns the fix that makes one string of a list of strings.
fn join(front_matter: &FrontMatter, entry: &Entry, items: &[Node]) -> Option<Fix> {
    let list = &entry.value;
    let NodeKind::Sequence { flow, .. } = list.kind else { return None };
    let clean = |from, to, allowed: &[char]| holds_only(front_matter, TextRange::new(from, to), allowed);
    let (first, last) = (items.first()?, items.last()?);
    let (opening, separator, closing): (&[char], &[char], &[char]) =
        if flow { (&[':', '['], &[','], &[',', ']']) } else { (&[':', '-'], &['-'], &[]) };
    let undisturbed = clean(entry.key.range.end(), first.range.start(), opening)
        && clean(last.range.end(), list.range.end(), closing)
        && items.windows(2).all(|pair| clean(pair[0].range.end(), pair[1].range.start(), separator));
    if !undisturbed {
        return None;
    }
    let mut values = Vec::new();
    let mut quote = Quote::Single;
    for item in items {
        let NodeKind::Scalar { value, style } = &item.kind else { return None };
        let value = value.trim();
        if item.scalar_type() != Some(ScalarType::String)
            || value.is_empty()
            || value.contains(['\n', '\r'])
            || !front_matter.slice(item.range).contains(value)
        {
            return None;
        }
        if *style != Style::SingleQuoted {
            quote = Quote::Double;
        }
        values.push(value);
    }
    let joined = values.join(",");
    // A bracket that is not closed would swallow the items behind it.
    let parts: Vec<_> = values.iter().flat_map(|value| glob::split(value)).map(|part| part.text).collect();
    if glob::split(&joined).into_iter().map(|part| part.text).ne(parts) {
        return None;
    }
    let line = front_matter.line_range(list.range.end().into());
    let behind = front_matter.slice(TextRange::new(list.range.end(), line.end()));
    if !flow && items.len() > 1 && !behind.trim().is_empty() {
        return None; // A comment about the last item alone.
    }
    let new_text = format!(": {}", quote.quote(&joined));
    let edit = TextEdit { range: TextRange::new(entry.key.range.end(), list.range.end()), new_text };
    Some(Fix { title: "Join the list into one string".to_owned(), safe: true, edits: vec![edit] })
}

/// Whether a glob matches the same files of the workspace after `edits`, and some at all.
fn is_same(root: &Root, item: &GlobItem, edits: &[TextEdit]) -> bool {
    if !edits.iter().any(|edit| edit.range.start() == 0.into() && edit.new_text.is_empty()) {
        return true; // Its start stays.
    }
    let Some(files) = &root.files else { return false };
    let Ok(glob) = &item.glob else { return false };
    let Ok(new) = Glob::new(&crate::diagnostic::apply_edits(&item.pattern, edits)) else { return false };
    let matches = files.matches(glob);
    // The new one matches at least what the old one does.
    matches.count > 0 && *matches == *files.matches(&new)
}

/// Returns the fix that writes `"` for the typographic quotes around a whole value.
fn straight_quotes(front_matter: &FrontMatter, item: &GlobItem) -> Option<Fix> {
    let raw = front_matter.slice(item.scalar);
    let inner = raw.strip_prefix(CURLY)?.strip_suffix(CURLY)?;
    if inner.is_empty() || inner.contains(CURLY) || raw.contains(['\n', '\r']) {
        return None;
    }
    let new_text = Quote::Double.quote(inner);
    Some(Fix::safe(format!("Write `{new_text}`"), item.scalar, new_text).needs_review())
}

/// Something about a glob that VS Code reads otherwise.
struct Trait {
    message: String,
    /// In bytes of the pattern; empty where there is no fix.
    edits: Vec<TextEdit>,
    safe: bool,
}

fn traits(pattern: &str) -> Vec<Trait> {
    let mut found = Vec::new();
    let remove = |len: usize| {
        let edit = TextEdit { range: range(0, len), new_text: String::new() };
        if len < pattern.len() { vec![edit] } else { Vec::new() }
    };
    if pattern.starts_with('!') {
        let message =
            format!("`{pattern}` negates; VS Code and Copilot know no negation and match the `!` itself");
        found.push(Trait { message, edits: Vec::new(), safe: false });
    } else if pattern.starts_with('/') {
        let len = pattern.len() - pattern.trim_start_matches('/').len();
        let message = format!(
            "`{pattern}` starts with `/`; VS Code matches it against the absolute path, expected a relative one"
        );
        found.push(Trait { message, edits: remove(len), safe: true });
    } else if pattern.starts_with("./") {
        let message = format!(
            "`{pattern}` starts with `./`; VS Code matches that text itself, expected a path without it"
        );
        found.push(Trait { message, edits: remove(2), safe: true });
    }
    let separators = backslashes(pattern);
    if !separators.is_empty() {
        let edits =
            separators.iter().map(|&at| TextEdit { range: range(at, at + 1), new_text: "/".to_owned() });
        let message = format!("`{pattern}` has a backslash; expected `/` between folders");
        found.push(Trait { message, edits: edits.collect(), safe: true });
    }
    let stars = globstars(pattern);
    if !stars.is_empty() {
        let message = format!(
            "`{pattern}` has `**` beside other text; VS Code crosses folders only where `**` stands alone between `/`"
        );
        let safe = stars.iter().all(|star| star.safe);
        let edits: Option<Vec<_>> = stars.into_iter().map(|star| star.edit).collect();
        found.push(Trait { message, edits: edits.unwrap_or_default(), safe });
    }
    found
}

/// Returns where a backslash stands for `/`: before a letter, `*` or `.`. Before anything else it is an escape.
fn backslashes(pattern: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut chars = pattern.char_indices().peekable();
    while let Some((at, ch)) = chars.next() {
        if ch != '\\' {
            continue;
        }
        match chars.peek() {
            Some((_, next)) if next.is_alphabetic() || matches!(next, '*' | '.') => found.push(at),
            _ => {
                chars.next();
            }
        }
    }
    found
}

/// A `**` that shares its path component with other text.
struct Star {
    edit: Option<TextEdit>,
    safe: bool,
}

fn globstars(pattern: &str) -> Vec<Star> {
    let bytes = pattern.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut class) = (0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'[' => class = true,
            b']' => class = false,
            b'*' if !class => {
                let end = at + bytes[at..].iter().take_while(|b| **b == b'*').count();
                if end - at > 1 {
                    let starts = at == 0 || matches!(bytes[at - 1], b'/' | b'{' | b',' | b'\\');
                    let ends = matches!(bytes.get(end), None | Some(b'/' | b'}' | b',' | b'\\'));
                    let edit =
                        |text: &str| Some(TextEdit { range: range(at, end), new_text: text.to_owned() });
                    let star = match (starts, ends) {
                        (true, true) if end - at == 2 => None,
                        (true, true) => Some((edit("**"), false)),
                        (true, false) => Some((edit("**/*"), end - at == 2)),
                        (false, true) => Some((edit("/**"), false)),
                        (false, false) => Some((None, false)),
                    };
                    found.extend(star.map(|(edit, safe)| Star { edit, safe }));
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Returns the fix that makes `edits` (in bytes of the pattern) in the file.
fn fix(front_matter: &FrontMatter, item: &GlobItem, edits: &[TextEdit], safe: bool) -> Option<Fix> {
    let (first, last) = (edits.first()?, edits.last()?);
    let span = TextRange::new(first.range.start(), last.range.end());
    let old = &item.pattern[span];
    let moved: Vec<_> = edits
        .iter()
        .map(|e| TextEdit { range: e.range - span.start(), new_text: e.new_text.clone() })
        .collect();
    let new = crate::diagnostic::apply_edits(old, &moved);
    let whole =
        [&item.pattern[..usize::from(span.start())], &new, &item.pattern[usize::from(span.end())..]].concat();
    let edit = in_scalar(front_matter, item, span + item.range.start(), &new)?;
    Some(Fix { title: format!("Write `{whole}`"), safe, edits: vec![edit] })
}

#[cfg(test)]
mod tests;
