//! The search for secrets, which is the same for every language.

use std::sync::Arc;

use regex::Regex;
use serde_json::Value;
use stagegate_core::gates::{GateKind, Problem, ProblemKind};
use stagegate_core::glob::Glob;
use stagegate_core::report::Format;

use super::parts::below;
use super::python::{Python, folder, gate};
use super::surroundings::{stamp, text};
use super::{Arg, Check, Context, Prepare, Proof, ReportPlace};
use crate::inputs::made_below;

const BASELINE: &str = ".secrets.baseline";

/// Returns the search for secrets. It is run at the root, where the baseline lies. Everything below the folders of the
/// component is looked at, also Markdown and what git ignores, and all of it counts as input.
pub(super) fn check(cx: &Context<'_>) -> Result<Check, Problem> {
    let python = Python { env: cx.around.python(cx.root, &folder(cx)), cx, folder: String::new() };
    let mut command = python.module(&["detect-secrets"], "detect_secrets");
    let mut args = vec![Arg::text("scan"), Arg::text("--no-verify"), Arg::text("--all-files")];
    let has_baseline = cx.root.join(BASELINE).is_file();
    // Nothing of it belongs to one component for those who trust it.
    args.push(Arg::text("--exclude-files"));
    args.push(Arg::Name {
        before: String::new(),
        what: "caches",
        name: left_out(cx, has_baseline),
        after: String::new(),
    });
    if has_baseline && let Some(message) = blind(cx) {
        let help = format!("correct `{BASELINE}`, or make it anew with `detect-secrets scan`");
        return Err(Problem { kind: ProblemKind::NothingChecked, message, help });
    }
    let (place, prepare) = if has_baseline {
        let copy = "secrets.json".to_owned();
        args.extend([Arg::text("--baseline"), Arg::run("", &copy)]);
        (ReportPlace::Fresh(copy.clone()), vec![Prepare::Copy { from: BASELINE.to_owned(), to: copy }])
    } else {
        (ReportPlace::Stdout, Vec::new())
    };
    args.extend(python.sources());
    args.extend(python.all_tests());
    let mut tool = python.tool("detect-secrets", &["scan"]);
    // A tool of its own, that also those have who write no Python.
    let alone = cx.around.find("detect-secrets").filter(|_| python.env.version("detect-secrets").is_none());
    if let Some(program) = alone {
        tool.fingerprint = stamp(&program);
        tool.version_command = Some((program.clone(), vec!["--version".to_owned()]));
        command.args.clear();
        command.modules.clear();
        command.name.clone_from(&program);
        command.program = Ok(program);
    }
    command.args.extend(args);
    let proof = Proof::Report(place, Format::DetectSecrets);
    let mut check = Check::new(tool, vec![command], vec![gate(GateKind::Secrets, 0, proof, &[0])]);
    check.prepare = prepare;
    check.inputs = cx.parts.all().flat_map(globs).map(Arc::new).collect();
    Ok(check)
}

/// Returns why nothing would be looked for with the baseline: what it finds nothing with is no proof that nothing is there.
fn blind(cx: &Context<'_>) -> Option<String> {
    let baseline: Value = serde_json::from_str(&text(&cx.root.join(BASELINE))).ok()?;
    if baseline["plugins_used"].as_array().is_some_and(Vec::is_empty) {
        return Some(format!("`{BASELINE}` names no plug-in, so that no secret would be found"));
    }
    let filters = baseline["filters_used"].as_array().into_iter().flatten();
    let of_files = filters
        .filter(|filter| filter["path"].as_str().is_some_and(|path| path.ends_with(".should_exclude_file")));
    let patterns = of_files.flat_map(|filter| match &filter["pattern"] {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        pattern => pattern.as_str().into_iter().collect::<Vec<_>>(),
    });
    // What only Python can read leaves out less than everything, as far as is known.
    let patterns: Vec<_> = patterns.filter_map(|pattern| Regex::new(pattern).ok()).collect();
    let mut own = cx.parts.all().flat_map(|path| below(cx.files, path)).peekable();
    own.peek()?;
    own.all(|path| patterns.iter().any(|pattern| pattern.is_match(path))).then(|| {
        format!("`{BASELINE}` leaves out every file of `{}`, so that no secret would be found", cx.parts.name)
    })
}

/// Returns globs for `path` and everything below it.
fn globs(path: &str) -> impl Iterator<Item = Glob> {
    let mut escaped = String::new();
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    let all = format!("{escaped}/**");
    [escaped, all].into_iter().filter_map(|pattern| Glob::new(&pattern).ok())
}

/// Returns the expression of paths that are not looked at: what is no input either, and the baseline, for its copy makes
/// the tool find the hashes of the original.
fn left_out(cx: &Context<'_>, has_baseline: bool) -> String {
    let mut out = Vec::new();
    for path in cx.parts.all() {
        let names: Vec<_> = made_below(path, below(cx.files, path)).into_iter().map(escaped).collect();
        out.push(format!(r"^(\.[/\\])?{}[/\\](.*[/\\])?({})[/\\]", escaped(path), names.join("|")));
    }
    if has_baseline {
        out.push(r"(^|[/\\])\.secrets\.baseline$".to_owned());
    }
    out.join("|")
}

/// Returns a regular expression of Python that matches `text` alone, with either separator.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '/' => out.push_str(r"[/\\]"),
            c => {
                if c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_' {
                    out.push('\\');
                }
                out.push(c);
            }
        }
    }
    out
}
