//! What a step would do.

use serde::{Deserialize, Serialize};

use crate::gates::{GateName, Need, Verdict};

/// One thing that a step would do. Paths are relative to the root, with `/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Something is looked at; nothing changes.
    Check {
        /// What, as a sentence without a final dot.
        what: String,
    },
    /// A gate is answered: from evidence that holds, or by running its commands.
    Gate {
        /// The gate.
        gate: GateName,
        /// Whether the stage waits for it.
        need: Need,
        /// What evidence that still holds says about it; `None` where it has to be run.
        known: Option<Verdict>,
        /// The argument lists that answer it; empty for what is judged by reading.
        commands: Vec<Vec<String>>,
    },
    /// A criterion that a person has to sign off.
    SignOff {
        /// As it is written.
        criterion: String,
        /// Who signed it off, and when: `Name <mail>, date`.
        by: String,
    },
    /// A file of the repository is changed as shown.
    Edit(FileChange),
    /// A file is written whose text only the run knows: a report, metrics, a session.
    Write {
        /// The file.
        path: String,
        /// What it will hold, in a few words.
        what: String,
    },
    /// A command is run.
    Command {
        /// Program and arguments; never a shell string.
        command: Vec<String>,
        /// Where, relative to the root; empty for the root.
        folder: String,
        /// What for, in a few words.
        what: String,
    },
    /// A request is sent.
    Request {
        /// `GET`.
        method: String,
        /// Where to, without credentials.
        url: String,
        /// What has to come back, in a few words.
        expect: String,
    },
    /// These files, and nothing else, are committed.
    Commit {
        /// The message; the run adds trailers that name it.
        message: String,
        /// The files.
        paths: Vec<String>,
    },
    /// A release is written to the folder of an environment.
    Release {
        /// The environment.
        environment: String,
        /// The folder of the release; `<run>` stands for the number of the run.
        folder: String,
        /// What is copied there: files and folders.
        sources: Vec<String>,
    },
    /// The environment serves another release, from one moment to the next.
    Switch {
        /// The environment.
        environment: String,
        /// The release that it serves; `None` where there is none yet.
        before: Option<String>,
        /// The one that it will serve; `None` where it will serve none.
        after: Option<String>,
    },
}

/// A change of a file of the repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileChange {
    /// The file, relative to the root with `/`.
    pub path: String,
    /// Its text; `None` where it does not exist.
    pub before: Option<String>,
    /// Its text afterwards; `None` where it is removed. Figures that only the run will know are written as they are known
    /// now.
    pub after: Option<String>,
}
