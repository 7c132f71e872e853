//! The session that AI assistants read, as a file.

use std::fs;
use std::io;
use std::path::Path;

use stagegate_core::records::session::{self, FOLDER, Message, Session};
use stagegate_core::run::StepFailure;

use super::{Leaving, failure, files};

/// Largest session that is read, in bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// How many sessions of one component and day there may be, where those before cannot be read.
const MAX_NUMBER: u32 = 20;

/// How often a session is read again that somebody else wrote meanwhile.
const TRIES: u32 = 5;

/// The session of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLeft {
    /// Its name.
    pub id: String,
    /// The file, relative to the root with `/`.
    pub path: String,
    /// How many messages were added.
    pub added: usize,
    /// What is worth knowing: a session that was left alone.
    pub note: Option<String>,
}

/// Adds what happened to the session of the component and day on which the run began; nothing that stands there is lost,
/// beside what pruning takes. `None` where the configuration wants none. A file that is no session is left alone, and
/// another one is written beside it.
///
/// # Errors
/// Returns what could not be read or written.
pub fn session(leaving: &Leaving<'_>) -> Result<Option<SessionLeft>, StepFailure> {
    let config = &leaving.root.config.records.session;
    if !config.enabled {
        return Ok(None);
    }
    let messages: Vec<Message> = session::of_run(leaving.run, &config.importance, leaving.now_ms)
        .into_iter()
        .map(|message| Message { content: leaving.redactor.redact(&message.content).into_owned(), ..message })
        .collect();
    let first = session::id_of(leaving.name()?, leaving.run.started_ms);
    let mut note = None;
    for number in 1..=MAX_NUMBER {
        let id = if number == 1 { first.clone() } else { format!("{first}-{number}") };
        let path = format!("{FOLDER}/{id}.json");
        match add(leaving, &id, &path, &messages)? {
            Ok(added) => return Ok(Some(SessionLeft { id, path, added, note })),
            Err(why) => note = Some(format!("`{path}` was left alone: {why}")),
        }
    }
    Err(failure(
        format!("none of {MAX_NUMBER} sessions of `{first}` can be read"),
        &format!("look at the files in {FOLDER}, and remove those that are broken"),
    ))
}

/// Adds messages to the file at `path`; says why where it is no session.
fn add(
    leaving: &Leaving<'_>,
    id: &str,
    path: &str,
    messages: &[Message],
) -> Result<Result<usize, String>, StepFailure> {
    let config = &leaving.root.config.records.session;
    let at = leaving.folder.join(path);
    let mut before = read(&at, path)?;
    for _ in 0..TRIES {
        let mut session = match &before {
            Known::Missing => Session::new(id, config.max_tokens),
            Known::Unusable(why) => return Ok(Err(why.clone())),
            Known::Text(text) => match Session::read(text) {
                Ok(session) => session,
                Err(why) => return Ok(Err(why)),
            },
        };
        let added = session.add(&leaving.run.id, messages, config);
        if added == 0 {
            return Ok(Ok(0));
        }
        // An assistant may have written to it meanwhile: its message must not be lost.
        let now = read(&at, path)?;
        if now == before {
            files::put(leaving.folder, path, &session.to_json())?;
            return Ok(Ok(added));
        }
        before = now;
    }
    Ok(Err("somebody else writes to it all the time".to_owned()))
}

/// What stands at the place of a session.
#[derive(PartialEq)]
enum Known {
    Missing,
    Text(String),
    Unusable(String),
}

fn read(at: &Path, path: &str) -> Result<Known, StepFailure> {
    match fs::symlink_metadata(at) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Known::Missing),
        Err(error) => return Err(failure(format!("cannot look at {path}: {error}"), files::help(&error))),
        Ok(metadata) if !metadata.is_file() => {
            return Ok(Known::Unusable("it is no regular file".to_owned()));
        }
        Ok(metadata) if metadata.len() > MAX_BYTES => {
            return Ok(Known::Unusable(format!("it is larger than {} MiB", MAX_BYTES >> 20)));
        }
        Ok(_) => {}
    }
    let bytes =
        fs::read(at).map_err(|error| failure(format!("cannot read {path}: {error}"), files::help(&error)))?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => Known::Text(text),
        Err(_) => Known::Unusable("it is no UTF-8".to_owned()),
    })
}
