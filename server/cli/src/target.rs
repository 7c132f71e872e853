//! From the paths on the command line to a workspace and what to check in it.

use std::path::{Path, PathBuf};

use stagegate_workspace::{Selection, find_marked_root, relative};

use crate::failure::Failure;

/// Where to work, and on what.
#[derive(Debug)]
pub(crate) struct Target {
    /// The workspace root: absolute, without links.
    pub(crate) root: PathBuf,
    /// What was named.
    pub(crate) selection: Selection,
}

/// Finds the workspace of `paths`, or of the current folder, and what they select.
///
/// The root is that of the deepest folder that holds all paths. Where nothing marks a root, it is the one folder that
/// was named, else the current folder if the paths lie below it.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Target, Failure> {
    let here = current_folder()?;
    if paths.is_empty() {
        let root = find_marked_root(&here).unwrap_or(here);
        return Ok(Target { root, selection: Selection::all() });
    }
    let paths = paths.iter().map(|path| absolute(&here, path)).collect::<Result<Vec<_>, _>>()?;
    let mut common = paths[0].as_path();
    while !paths.iter().all(|path| path.starts_with(common)) {
        common = common.parent().unwrap_or(Path::new("/"));
    }
    let root = find_marked_root(common).unwrap_or_else(|| match paths.as_slice() {
        [folder] if folder.is_dir() => folder.clone(),
        _ if common.starts_with(&here) => here,
        _ if common.is_dir() => common.to_owned(),
        _ => common.parent().unwrap_or(common).to_owned(),
    });
    let mut selection = Selection::default();
    for path in &paths {
        let Some(inner) = relative(&root, path) else {
            return Err(Failure::new(format_args!("the name of {} is not UTF-8", path.display()))
                .help("rename it; Stagegate cannot report on a name that its output cannot hold"));
        };
        let list = if path.is_dir() { &mut selection.folders } else { &mut selection.files };
        list.push(inner);
    }
    Ok(Target { root, selection })
}

/// Returns the current folder without links.
pub(crate) fn current_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir().and_then(std::fs::canonicalize).map_err(|error| {
        Failure::new(format_args!("the current folder cannot be found: {error}"))
            .help("change to a folder that exists")
    })
}

/// Returns `path` as an absolute path whose folders have no links; a file that is a link keeps its own name.
pub(crate) fn absolute(here: &Path, path: &Path) -> Result<PathBuf, Failure> {
    let full = here.join(path);
    let missing = |error: std::io::Error| {
        let what = if error.kind() == std::io::ErrorKind::NotFound {
            "no such file or folder".to_owned()
        } else {
            stagegate_workspace::plain_error(&error)
        };
        let shown = path.display();
        let failure = Failure::new(format_args!("cannot look at `{shown}`: {what}"));
        if path.is_absolute() { failure } else { failure.help(format_args!("looked in {}", here.display())) }
    };
    let metadata = std::fs::metadata(&full).map_err(missing)?;
    match (full.parent(), full.file_name()) {
        (Some(folder), Some(name)) if !metadata.is_dir() => {
            Ok(std::fs::canonicalize(folder).map_err(missing)?.join(name))
        }
        _ => std::fs::canonicalize(&full).map_err(missing),
    }
}
