//! One argument of a command, before the folder of the run is known.

use std::ffi::OsString;
use std::path::Path;

/// One argument, or the value of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// As it is.
    Text(String),
    /// A file in the folder of the run.
    Run {
        /// What stands before the path: `--output=`.
        before: String,
        /// The name of the file; empty for the folder itself.
        name: String,
        /// What stands behind it.
        after: String,
    },
    /// The root of the workspace.
    Root {
        /// What stands before it.
        before: String,
        /// What stands behind it.
        after: String,
    },
    /// Paths of the component, joined with `,`.
    Paths {
        /// What stands before them: `--source=`.
        before: String,
        /// Which, for [`Arg::shown`]: `sources` or `tests`.
        what: &'static str,
        /// Relative to the folder of the command.
        paths: Vec<String>,
    },
    /// A name of the component: that of its package, or its own.
    Name {
        /// What stands before it.
        before: String,
        /// Which, for [`Arg::shown`]: `component` or `package`.
        what: &'static str,
        /// The name.
        name: String,
        /// What stands behind it.
        after: String,
    },
}

impl Arg {
    /// Returns the argument as it is.
    pub(super) fn text(text: impl Into<String>) -> Arg {
        Arg::Text(text.into())
    }

    /// Returns `before` and the path of a file in the folder of the run.
    pub(super) fn run(before: &str, name: &str) -> Arg {
        Arg::Run { before: before.into(), name: name.into(), after: String::new() }
    }

    /// Returns what the program gets: `root` and `run`, the folder of the run, are absolute.
    #[must_use]
    pub fn resolve(&self, root: &Path, run: &Path) -> OsString {
        let around = |before: &str, path: &Path, after: &str| {
            let mut out = OsString::from(before);
            out.push(path);
            out.push(after);
            out
        };
        match self {
            Arg::Run { before, name, after } if name.is_empty() => around(before, run, after),
            Arg::Run { before, name, after } => around(before, &run.join(name), after),
            Arg::Root { before, after } => around(before, root, after),
            other => other.definition().into(),
        }
    }

    /// Returns it with `{run}` and `{root}` for the folders.
    pub(super) fn definition(&self) -> String {
        match self {
            Arg::Text(text) => text.clone(),
            Arg::Run { before, name, after } if name.is_empty() => format!("{before}{{run}}{after}"),
            Arg::Run { before, name, after } => format!("{before}{{run}}/{name}{after}"),
            Arg::Root { before, after } => format!("{before}{{root}}{after}"),
            Arg::Paths { before, paths, .. } => format!("{before}{}", paths.join(",")),
            Arg::Name { before, name, after, .. } => format!("{before}{name}{after}"),
        }
    }

    /// Returns it without what belongs to one component: the same for all components.
    pub(super) fn shown(&self) -> String {
        match self {
            Arg::Paths { before, what, .. } => format!("{before}{{{what}}}"),
            Arg::Name { before, what, after, .. } => format!("{before}{{{what}}}{after}"),
            other => other.definition(),
        }
    }
}
