//! Reads a workspace from disk: which files there are, their text, their configuration, and what is wrong in them.
//!
//! This crate reads and does nothing else (DESIGN.md section 8; its `clippy.toml` bans writes). It knows neither
//! the protocol nor the command line: both call [`walk()`], [`read()`], [`Workspace`], [`Checklist`]
//! and [`fix()`].

mod check;
mod components;
mod discover;
mod held;
mod load;
mod read;
mod todo;
mod walk;

pub use check::{Checked, Checklist, Selection};
pub use components::read_facts_of;
pub use discover::{find_marked_root, find_root};
pub use load::{ConfigFile, Workspace};
pub use read::{ReadProblem, Reader, plain_error, read};
pub use todo::{TodoEntry, TodoIndex, read_todos};
pub use walk::{Problem, ProblemKind, Walk, WalkOptions, relative, walk};
