//! Globs from the folders and file extensions that the workspace really has.

use super::{Completion, CompletionKind, Line, apply_to, snippet};
use crate::text::Source;
use crate::workspace::{FileIndex, Root};

/// Most extensions that are offered for one folder; the rarer ones are typed faster than found.
const MAX_EXTENSIONS: usize = 20;

/// Most folders that are offered at once.
const MAX_FOLDERS: usize = 200;

/// What may not stand in an offered name: marks of globs, of YAML strings, and of the list.
const SPECIAL: &[char] = &['*', '?', '[', ']', '{', '}', '!', ',', '"', '\'', '\\', '#', ':'];

/// A glob to offer.
struct Candidate {
    label: String,
    folder: bool,
    detail: Option<String>,
    sort: String,
}

/// Offers what can follow in the `applyTo` whose value starts at byte `from` of the file.
pub(super) fn completions(source: Source<'_>, root: &Root, line: &Line<'_>, from: usize) -> Vec<Completion> {
    let value = source.slice(from, line.start + line.cursor);
    let Some(typed) = apply_to::locate(&value) else { return Vec::new() };
    let text = &value[typed.glob..];
    // The glob and its scalar, in bytes of the line.
    let on_line = |at: usize| (from + at).checked_sub(line.start);
    let (Some(start), Some(_)) = (on_line(typed.glob), on_line(typed.scalar)) else { return Vec::new() };
    if text.contains(['"', '\'', '\\', '\n', '\r']) {
        return Vec::new();
    }
    let (folder, name) = text.rfind('/').map_or(("", text), |slash| text.split_at(slash + 1));
    if name.contains(['{', '[', '!']) {
        return Vec::new();
    }
    let end_of_name = |c: char| matches!(c, '/' | ',' | '"' | '\'' | ']' | '}') || c.is_whitespace();
    let end = line.cursor + line.after().find(end_of_name).unwrap_or(line.after().len());
    let rest = &line.text[end..];
    let last_of_scalar = {
        let rest = rest.trim_start();
        rest.is_empty() || rest.starts_with('#') || (typed.flow && rest.starts_with([',', ']']))
    };
    let quote = !typed.quoted && typed.scalar == typed.glob && last_of_scalar;
    let blank =
        if value.is_empty() || (typed.scalar == value.len() && value.ends_with('-')) { " " } else { "" };
    let candidates = candidates(root.files.as_deref(), folder, name);
    let candidates = candidates.into_iter().filter(|candidate| candidate.folder || !rest.starts_with('/'));
    candidates
        .map(|candidate| {
            let Candidate { label, folder, detail, sort } = candidate;
            // A folder brings its `/`; the one that stands there is replaced.
            let end = if folder && rest.starts_with('/') { end + 1 } else { end };
            let new_text = match (quote, folder) {
                (true, true) => format!("{blank}\"{}$0\"", snippet::escape(&label)),
                (true, false) => format!("{blank}\"{label}\""),
                (false, _) => format!("{blank}{label}"),
            };
            Completion {
                kind: if folder { CompletionKind::Folder } else { CompletionKind::Glob },
                detail,
                documentation: None,
                edit: line.edit(start, end, new_text),
                sort,
                filter: None,
                snippet: quote && folder,
                label,
            }
        })
        .collect()
}

/// Returns what can stand behind `folder` (as typed; empty or with its `/`) where `name` has been typed so far.
fn candidates(files: Option<&FileIndex>, folder: &str, name: &str) -> Vec<Candidate> {
    let glob = |tail: &str, detail: Option<String>, sort: String| Candidate {
        label: format!("{folder}{tail}"),
        folder: false,
        detail,
        sort,
    };
    // From the first folder that is a pattern on, names are not known; the extensions below it are.
    let path = folder.strip_prefix("./").unwrap_or(folder).trim_matches('/');
    let mut real = String::new();
    let mut pattern = false;
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if part.contains(['*', '?', '[', '{']) {
            pattern = true;
            break;
        }
        if !real.is_empty() {
            real.push('/');
        }
        real.push_str(part);
    }
    let everything = "every file below".to_owned();
    let Some(files) = files else {
        return if pattern { Vec::new() } else { vec![glob("**", Some(everything), "2".to_owned())] };
    };
    if files.below(&real).is_empty() {
        return Vec::new();
    }
    let count = |count: usize| Some(if count == 1 { "1 file".to_owned() } else { format!("{count} files") });
    let usable = |extensions: Vec<(&str, usize)>| -> Vec<(String, usize)> {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+');
        let named = extensions.into_iter().filter(|(name, _)| !name.is_empty() && name.chars().all(plain));
        named.take(MAX_EXTENSIONS).map(|(name, count)| (name.to_owned(), count)).collect()
    };
    let below = usable(files.extensions_in(&real));
    if pattern {
        let each = below.into_iter().enumerate();
        return each.map(|(i, (ext, n))| glob(&format!("*.{ext}"), count(n), format!("3{i:02}"))).collect();
    }
    let mut out = Vec::new();
    let typed = name.to_lowercase();
    let mut folders = files.folders_in(&real);
    folders.retain(|name| !name.contains(SPECIAL));
    if folders.len() > MAX_FOLDERS {
        folders.retain(|name| name.to_lowercase().starts_with(&typed));
        folders.truncate(MAX_FOLDERS);
    }
    for (index, name) in folders.into_iter().enumerate() {
        // Folders such as `.github` are rarely meant.
        let rank = if name.starts_with('.') { 5 } else { 1 };
        let label = format!("{folder}{name}/");
        out.push(Candidate { label, folder: true, detail: None, sort: format!("{rank}{index:03}") });
    }
    out.push(glob("**", Some(everything), "2".to_owned()));
    for (index, (ext, n)) in below.into_iter().enumerate() {
        out.push(glob(&format!("**/*.{ext}"), count(n), format!("3{index:02}")));
    }
    for (index, (ext, n)) in usable(files.extensions_directly_in(&real)).into_iter().enumerate() {
        let detail = if real.is_empty() { None } else { count(n) };
        out.push(glob(&format!("*.{ext}"), detail, format!("4{index:02}")));
    }
    out
}
