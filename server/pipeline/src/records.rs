//! Writes what a run leaves behind: metrics, the session that AI assistants read, and reports (requirements 000, 002, 003).
//! What stands in the files is made by [`stagegate_core::records`].
//!
//! Everything is written once for each run, however often it is asked for. Secrets of the environment are taken out before
//! anything is written.

mod days;
mod files;
mod reports;
mod session;

use std::path::Path;

use stagegate_core::plan::Plan;
use stagegate_core::records::{self, About};
use stagegate_core::run::{RunRecord, StepFailure};
use stagegate_core::workspace::Root;

pub use days::{append as metrics, read_days};
pub use reports::{Reports, pages, reports, run_folder, to_json};
pub use session::{SessionLeft, session};

use crate::redact::Redactor;

/// What is left behind, and where.
#[derive(Clone, Copy, Debug)]
pub struct Leaving<'a> {
    /// The workspace, absolute and without links.
    pub folder: &'a Path,
    /// Its configuration, files and components.
    pub root: &'a Root,
    /// The plan; `None` where gates were run without one.
    pub plan: Option<&'a Plan>,
    /// The run.
    pub run: &'a RunRecord,
    /// Takes secrets out.
    pub redactor: &'a Redactor,
    /// What time it is, in milliseconds since 1970 UTC.
    pub now_ms: i64,
}

impl Leaving<'_> {
    /// Returns what reports say beside the record of the run: what the plan, the steps and the workspace say.
    #[must_use]
    pub fn about(&self) -> About {
        let mut about = About::of(self.run, self.plan, self.now_ms);
        let text =
            about.spec_file.as_ref().and_then(|path| stagegate_workspace::read(&self.folder.join(path)).ok());
        about.content_length = text.map(|text| text.chars().count());
        let components = self.root.components.as_deref();
        if let Some((components, id)) = components.and_then(|all| Some((all, all.find(&self.run.component)?)))
        {
            let source = components.places(id).flat_map(|place| &place.source).next();
            about.component_path = source.map(ToString::to_string);
            about.instructions = crate::gates::concerned_instructions(self.folder, self.root, id);
        }
        about
    }

    /// Returns the name of the component as a part of a path, or why it cannot be one.
    fn name(&self) -> Result<&str, StepFailure> {
        safe(&self.run.component).or_else(|| safe(&self.run.canonical)).ok_or_else(|| {
            failure(
                format!("`{}` cannot be part of a file name", self.run.component),
                "give the component a name of letters, digits, `_` and `-`",
            )
        })
    }
}

fn safe(name: &str) -> Option<&str> {
    stagegate_core::name::is_valid(name).then_some(name)
}

fn failure(message: impl Into<String>, help: &str) -> StepFailure {
    StepFailure { message: message.into(), help: help.to_owned(), transient: false }
}

/// Takes secrets out of a text that is JSON, so that it still is.
fn redacted(redactor: &Redactor, json: &str) -> String {
    let clean = redactor.redact(json);
    if serde_json::from_str::<serde::de::IgnoredAny>(&clean).is_ok() {
        return clean.into_owned();
    }
    // The name of a variable holds what ends a text in JSON: one text after another, then.
    let Ok(mut value) = serde_json::from_str::<serde_json::Value>(json) else { return clean.into_owned() };
    redact_texts(redactor, &mut value);
    let end = if json.ends_with('\n') { "\n" } else { "" };
    format!("{value}{end}")
}

fn redact_texts(redactor: &Redactor, value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => *text = redactor.redact(text).into_owned(),
        serde_json::Value::Array(list) => list.iter_mut().for_each(|value| redact_texts(redactor, value)),
        serde_json::Value::Object(map) => map.values_mut().for_each(|value| redact_texts(redactor, value)),
        _ => {}
    }
}

/// Returns where the session of a run lies, relative to the root.
#[must_use]
pub fn session_path(run: &RunRecord) -> String {
    format!("{}/{}.json", records::session::FOLDER, records::session::id(run))
}

#[cfg(test)]
mod tests;
