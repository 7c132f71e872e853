//! A plan for people: what `--dry-run` prints, and why a run is refused.

use std::fmt::Write as _;

use stagegate_core::gates::{Need, Verdict};
use stagegate_core::plan::{Effect, Plan, Refusal, Step};

use super::text::count;
use super::{Style, escaped};

/// Most characters of a command or path that are shown.
const MAX_TEXT: usize = 160;

/// Renders a plan: its steps with what each would do, diffs, and what stands in the way.
pub(crate) fn render(plan: &Plan, digest: &str, style: &Style) -> String {
    let Style { bold, reset, gutter, .. } = style;
    let mut out = format!("{bold}{}{reset}\n", escaped(&plan.title()));
    for (index, step) in plan.steps.iter().enumerate() {
        let _ = writeln!(
            out,
            "\n{gutter}{:>2}{reset}  {bold}{}{reset}{}",
            index + 1,
            step.name.title(),
            aside(step)
        );
        for effect in &step.effects {
            let _ = writeln!(out, "    {}", sentence(effect, style));
            if let Effect::Edit(change) = effect {
                diff(&change.diff(), style, &mut out);
            }
        }
    }
    for note in &plan.notes {
        let _ = write!(out, "\n{}note{reset}: {}", style.info, escaped(note));
    }
    if !plan.notes.is_empty() {
        out.push('\n');
    }
    out.push('\n');
    if plan.is_possible() {
        let _ = writeln!(
            out,
            "Nothing was done. This is plan {bold}{digest}{reset}; without --dry-run it is carried out."
        );
    } else {
        out += &refusals(plan, style);
    }
    out
}

/// Renders why nothing is run.
pub(crate) fn refusals(plan: &Plan, style: &Style) -> String {
    let Style { bold, reset, error, .. } = style;
    let what = count(plan.refusals.len(), "reason");
    let mut out = format!("{error}refused{reset}: {bold}{}{reset}, for {what}\n", escaped(&plan.title()));
    for refusal in &plan.refusals {
        out += &one(refusal, style);
    }
    out
}

fn one(refusal: &Refusal, style: &Style) -> String {
    let Style { reset, error, gutter, .. } = style;
    let path = refusal.path.as_ref().map_or(String::new(), |path| format!(" ({})", escaped(path)));
    let mut out =
        format!("  {error}✗{reset} {}{path} [{}]\n", escaped(&refusal.message), refusal.code.name());
    if !refusal.help.is_empty() {
        let _ = writeln!(out, "    {gutter}={reset} help: {}", escaped(&refusal.help));
    }
    out
}

/// What else is to be known of a step: `  (up to 5 retries, undone if a later step fails)`.
fn aside(step: &Step) -> String {
    let retries = match step.backoff.retries {
        0 => None,
        1 => Some("1 retry".to_owned()),
        retries => Some(format!("up to {retries} retries")),
    };
    let undone = step.is_undone.then(|| "undone if a later step fails".to_owned());
    let all: Vec<String> = retries.into_iter().chain(undone).collect();
    if all.is_empty() { String::new() } else { format!("  ({})", all.join(", ")) }
}

fn sentence(effect: &Effect, style: &Style) -> String {
    let Style { reset, good, error, warning, .. } = style;
    match effect {
        Effect::Gate { gate, need, known, commands } => {
            let optional = if *need == Need::Optional { " (optional)" } else { "" };
            let (mark, answer) = match (known, commands.as_slice()) {
                (Some(verdict @ Verdict::Pass), _) => {
                    (format!("{good}{}{reset}", verdict.mark()), "known to be open".to_owned())
                }
                (Some(verdict), _) => {
                    (format!("{error}{}{reset}", verdict.mark()), format!("known: {}", verdict.name()))
                }
                (None, []) if gate.kind().needs_no_run() => {
                    ("·".to_owned(), "read when it is its turn".to_owned())
                }
                (None, []) => ("·".to_owned(), "nothing is found that answers it".to_owned()),
                (None, [first, rest @ ..]) => {
                    let more =
                        if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
                    (format!("{warning}▸{reset}"), format!("run {}{more}", shortened(&first.join(" "))))
                }
            };
            format!("{mark} gate {gate}{optional}: {answer}")
        }
        effect => format!("· {}", shortened(&effect.plain())),
    }
}

/// Returns a text that fits a line or two; `--format json` has all of it.
fn shortened(text: &str) -> String {
    let text = escaped(text);
    match text.char_indices().nth(MAX_TEXT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn diff(diff: &str, style: &Style, out: &mut String) {
    let Style { reset, good, error, gutter, .. } = style;
    // The names of the files were said.
    for line in diff.lines().skip(2) {
        let colour = match line.as_bytes().first() {
            Some(b'+') => good,
            Some(b'-') => error,
            Some(b'@') => gutter,
            _ => "",
        };
        let end = if colour.is_empty() { "" } else { reset };
        let _ = writeln!(out, "        {colour}{}{end}", escaped(line));
    }
}
