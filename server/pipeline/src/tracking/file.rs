//! Issues as Markdown files: `.stagegate/tracking/<component>/<key>.md`.
//!
//! The front matter holds what a tracker keeps beside the text. Only its own lines and the body are ever rewritten: what
//! people add, comments of theirs included, stays.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use stagegate_core::gates::utc;
use stagegate_core::name;
use stagegate_core::run::StepFailure;
use stagegate_core::tracking::{FOLDER, Issue};
use stagegate_workspace::plain_error;

use super::{Closing, Reference, Tracked, Tracker, Update};
use crate::{own, store, write};

/// What stands between the body and comments.
const COMMENTS: &str = "\n<!-- stagegate: comments -->\n";

/// Longest file that is read.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Keeps issues as files of a workspace.
#[derive(Debug)]
pub struct FileTracker<'a> {
    folder: &'a Path,
    now_ms: i64,
}

impl<'a> FileTracker<'a> {
    /// For the workspace at `folder`; what is written is dated `now_ms` (milliseconds since 1970 UTC).
    #[must_use]
    pub const fn new(folder: &'a Path, now_ms: i64) -> FileTracker<'a> {
        FileTracker { folder, now_ms }
    }

    /// Changes a file that is there.
    fn change(&self, reference: &Reference, change: impl FnOnce(&mut Document)) -> Result<(), StepFailure> {
        let Some(text) = self.read(&reference.id)? else {
            return Err(failure(
                format!("the issue `{}` is gone", reference.id),
                "run it again; it is made anew",
            ));
        };
        let mut document = Document::parse(&text);
        change(&mut document);
        let changed = document.text();
        if changed == text {
            return Ok(());
        }
        let mut document = Document::parse(&changed);
        document.set("updated", &utc(self.now_ms));
        self.write(&reference.id, &document.text())
    }

    fn read(&self, path: &str) -> Result<Option<String>, StepFailure> {
        // A link could lead anywhere.
        let mut at = self.folder.to_owned();
        for part in path.split('/') {
            at.push(part);
            match fs::symlink_metadata(&at) {
                Ok(metadata) if metadata.is_symlink() => {
                    return Err(unusable(path, "it is a symbolic link, or lies below one"));
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(unusable(path, &plain_error(&error))),
            }
        }
        let metadata = fs::metadata(&at).map_err(|error| unusable(path, &plain_error(&error)))?;
        if !metadata.is_file() || metadata.len() > MAX_BYTES {
            return Err(unusable(path, "it is no file of ours"));
        }
        let text = fs::read_to_string(&at).map_err(|error| unusable(path, &plain_error(&error)))?;
        Ok(Some(text))
    }

    fn write(&self, path: &str, text: &str) -> Result<(), StepFailure> {
        let failed = |error: &dyn std::fmt::Display| unusable(path, &error.to_string());
        let folder = store::create_folder(self.folder).map_err(|error| failed(&error))?;
        let mut parts: Vec<&str> = path.split('/').skip(1).collect();
        parts.pop();
        own::folder(&folder, &parts).map_err(|error| failed(&error))?;
        write::atomic(self.folder, Path::new(path), text.as_bytes()).map_err(|error| failed(&error))
    }
}

impl Tracker for FileTracker<'_> {
    fn find(&self, canonical: &str, key: &str) -> Result<Option<Tracked>, StepFailure> {
        let path = path_of(canonical, key)?;
        let Some(text) = self.read(&path)? else { return Ok(None) };
        let document = Document::parse(&text);
        let labels = document.get("labels").and_then(|labels| serde_json::from_str(labels).ok());
        Ok(Some(Tracked {
            reference: reference(path),
            is_open: document.get("state") == Some("open"),
            labels: labels.unwrap_or_default(),
        }))
    }

    fn create(&self, issue: &Issue) -> Result<Reference, StepFailure> {
        let path = path_of(&issue.canonical, &issue.key)?;
        if self.read(&path)?.is_some() {
            return Ok(reference(path));
        }
        let mut document = Document::default();
        document.set("title", &quoted(&issue.title));
        document.set("kind", issue.kind.name());
        document.set("component", &quoted(&issue.component));
        if let Some(run) = &issue.run {
            document.set("run", run);
        }
        document.set("state", "open");
        document.set("labels", &list(&issue.labels));
        document.set("column", &quoted(&issue.column));
        document.set("created", &utc(self.now_ms));
        document.set("updated", &utc(self.now_ms));
        document.set_body(&issue.body);
        self.write(&path, &document.text())?;
        Ok(reference(path))
    }

    fn update(&self, reference: &Reference, update: &Update) -> Result<(), StepFailure> {
        self.change(reference, |document| {
            if update.reopen {
                document.set("state", "open");
            }
            if let Some(title) = &update.title {
                document.set("title", &quoted(title));
            }
            if let Some(labels) = &update.labels {
                document.set("labels", &list(labels));
            }
            if let Some(column) = &update.column {
                document.set("column", &quoted(column));
            }
            if let Some(body) = &update.body {
                document.set_body(body);
            }
        })
    }

    fn comment(&self, reference: &Reference, key: &str, text: &str) -> Result<(), StepFailure> {
        let mark = format!("<!-- stagegate: comment={key} -->");
        let at = utc(self.now_ms);
        self.change(reference, |document| {
            if !document.rest.contains(&mark) {
                document.comment(&format!("### {at} {mark}\n{}\n", text.trim_end()));
            }
        })
    }

    fn close(&self, reference: &Reference, closing: Closing) -> Result<(), StepFailure> {
        self.change(reference, |document| {
            document.set(
                "state",
                match closing {
                    Closing::Completed => "completed",
                    Closing::Withdrawn => "withdrawn",
                },
            );
        })
    }
}

/// Returns the file of an issue, relative to the root.
fn path_of(canonical: &str, key: &str) -> Result<String, StepFailure> {
    let is_file_name = |text: &str| name::is_valid(text) && !text.starts_with('-');
    if is_file_name(canonical) && is_file_name(key) {
        return Ok(format!("{FOLDER}/{canonical}/{key}.md"));
    }
    Err(failure(
        format!("`{canonical}/{key}` cannot be the name of a file; expected: letters, digits, `_` and `-`"),
        "give the component another name",
    ))
}

fn reference(path: String) -> Reference {
    Reference { id: path.clone(), path: Some(path), url: None }
}

fn failure(message: String, help: &str) -> StepFailure {
    StepFailure { message, help: help.to_owned(), transient: false }
}

fn unusable(path: &str, reason: &str) -> StepFailure {
    failure(
        format!("the issue `{path}` cannot be kept: {reason}"),
        "make the folder writable for you, or move away what stands there",
    )
}

/// Writes text as YAML reads it, for all JSON is YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(labels: &[String]) -> String {
    serde_json::Value::from(labels).to_string()
}

/// A file, as far as we know it.
#[derive(Debug, Default)]
struct Document {
    /// The lines between the fences.
    head: Vec<String>,
    /// What follows, with the comments.
    rest: String,
}

impl Document {
    fn parse(text: &str) -> Document {
        let text = text.replace("\r\n", "\n");
        let split = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
        match split {
            Some((head, rest)) => {
                Document { head: head.lines().map(str::to_owned).collect(), rest: rest.to_owned() }
            }
            None => Document { head: Vec::new(), rest: format!("\n{text}") },
        }
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.head.iter().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).map(str::trim)
    }

    fn set(&mut self, key: &str, value: &str) {
        let line = format!("{key}: {value}");
        match self
            .head
            .iter_mut()
            .find(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
        {
            Some(known) => *known = line,
            None => self.head.push(line),
        }
    }

    /// Replaces the body; what follows it stays.
    fn set_body(&mut self, body: &str) {
        let comments = self.rest.split_once(COMMENTS).map(|(_, comments)| format!("{COMMENTS}{comments}"));
        // A body that holds the mark would be cut there the next time.
        let body = body.replace(COMMENTS.trim(), "");
        self.rest = format!("\n{}\n{}", body.trim(), comments.unwrap_or_default());
    }

    fn comment(&mut self, text: &str) {
        if !self.rest.contains(COMMENTS) {
            self.rest = format!("{}\n{COMMENTS}", self.rest.trim_end());
        }
        let _ = write!(self.rest, "\n{text}");
    }

    fn text(&self) -> String {
        format!("---\n{}\n---\n{}", self.head.join("\n"), self.rest)
    }
}
