//! The state that a component is in: what sign-offs are given for, read from its files.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;
use stagegate_core::components::{Component, Components, Id};
use stagegate_core::run::Person;
use stagegate_core::sign_off::{self, ContentHash, Part, StateDigest};
use stagegate_core::workspace::Root;
use stagegate_workspace::plain_error;

use crate::inputs::{Stamp, is_written_by_tools, now_ns, reports_of};
use crate::process::{self, Cancel, Command, End};

/// How long git may take to say who somebody is.
const PATIENCE: Duration = Duration::from_secs(5);

/// Returns who works in the repository at `folder`, as git knows them (`user.name` and `user.email`).
///
/// # Errors
/// Returns what is missing, in one sentence without a final dot.
pub fn identity(folder: &Path) -> Result<Person, String> {
    Ok(Person { name: configured(folder, "user.name")?, email: configured(folder, "user.email")? })
}

fn configured(folder: &Path, key: &str) -> Result<String, String> {
    let mut command = Command::new("git", folder).args(["config", "--get", key]);
    command.timeout = PATIENCE;
    let outcome = process::run(&command, &Cancel::new(), &mut |_, _| {});
    let value = outcome.stdout.to_string();
    match outcome.end {
        End::Exited(0) if !value.trim().is_empty() => Ok(value.trim().to_owned()),
        End::Exited(_) => Err(format!("git does not know who you are: `{key}` is not set")),
        end => Err(format!("git does not say who you are: it {end}")),
    }
}

/// Larger files count as they are: nothing in them is left out.
const MAX_READ_BYTES: u64 = 8 * 1024 * 1024;

/// How long after its last change a file is read again although its metadata stayed the same; see `inputs::content`.
const RACY_NS: i128 = 2_000_000_000;

/// Returns the state that a component is in. `overlay` are texts of files that are not saved yet, by path.
///
/// # Errors
/// Returns the file that cannot be read, and why.
pub fn state(folder: &Path, root: &Root, id: Id, overlay: &[(&str, &str)]) -> Result<StateDigest, String> {
    States::default().of(folder, root, id, overlay)
}

/// Reads states, and remembers what files held.
#[derive(Debug, Default)]
pub(crate) struct States {
    known: FxHashMap<Arc<str>, Known>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    part: Part,
    stamp: Stamp,
    read_ns: i64,
    content: Option<ContentHash>,
}

impl States {
    /// Returns the states of the components that have something signed off for one. What cannot be read has none.
    pub(crate) fn of_signed(&mut self, folder: &Path, root: &Root) -> Vec<(Arc<str>, StateDigest)> {
        let Some(components) = root.components.as_deref() else { return Vec::new() };
        let signed = components.iter().filter(|(_, component)| is_signed(component));
        let states = signed.filter_map(|(id, component)| {
            let state = self.of(folder, root, id, &[]);
            if let Err(problem) = &state {
                tracing::warn!("the state of {} is not known: {problem}", component.name);
            }
            Some((Arc::clone(&component.canonical), state.ok()?))
        });
        states.collect()
    }

    fn of(
        &mut self,
        folder: &Path,
        root: &Root,
        id: Id,
        overlay: &[(&str, &str)],
    ) -> Result<StateDigest, String> {
        let files = files_of(root, id)?;
        let mut contents = Vec::with_capacity(files.len());
        for (part, path) in &files {
            let content = match overlay.iter().find(|(of, _)| of == path) {
                Some((_, text)) => sign_off::content(*part, path, text.as_bytes()),
                None => self.content(folder, *part, path)?,
            };
            contents.extend(content.map(|content| (*part, &**path, content)));
        }
        Ok(sign_off::state(contents))
    }

    fn content(&mut self, folder: &Path, part: Part, path: &str) -> Result<Option<ContentHash>, String> {
        let full = folder.join(path);
        let failed = |error: std::io::Error| format!("cannot read {path}: {}", plain_error(&error));
        let metadata = fs::symlink_metadata(&full).map_err(failed)?;
        if metadata.is_symlink() {
            return link(folder, part, path).map_err(failed).map(Some);
        }
        if !metadata.is_file() {
            return Err(format!("cannot read {path}: it is not a regular file"));
        }
        let (stamp, read_ns) = (Stamp::of(&metadata), now_ns());
        if let Some(known) = self.known.get(path).filter(|known| known.holds(part, &stamp)) {
            return Ok(known.content);
        }
        let content = read(&full, part, path, metadata.len()).map_err(failed)?;
        self.known.insert(Arc::from(path), Known { part, stamp, read_ns, content });
        Ok(content)
    }
}

impl Known {
    fn holds(&self, part: Part, stamp: &Stamp) -> bool {
        let last = i128::from(stamp.modified_ns.max(stamp.changed_ns));
        self.part == part && self.stamp == *stamp && last + RACY_NS < i128::from(self.read_ns)
    }
}

/// Whether a line of a component is signed off for a state.
fn is_signed(component: &Component) -> bool {
    sign_off::criteria(component).any(|(_, item)| {
        item.ticked && item.line.signature.as_ref().is_some_and(|signature| signature.state.is_some())
    })
}

/// Returns the files of a component that may count, each once.
fn files_of(root: &Root, id: Id) -> Result<Vec<(Part, &str)>, String> {
    let not_read = || "the files of the workspace are not known yet".to_owned();
    let (components, index): (&Components, _) =
        root.components.as_deref().zip(root.files.as_deref()).ok_or_else(not_read)?;
    let reports = reports_of(&root.config);
    let specs = components.get(id).specs.iter().map(|spec| (Part::Spec, &*spec.path));
    let below = |part: Part, places: &'_ [Box<str>]| -> Vec<(Part, &str)> {
        let paths = places.iter().flat_map(|place| {
            let at = index.paths().binary_search_by(|known| (**known).cmp(place)).ok();
            at.map(|at| &index.paths()[at]).into_iter().chain(index.below(place))
        });
        paths.filter(|path| !is_written_by_tools(path, &reports)).map(|path| (part, &**path)).collect()
    };
    let places = || components.places(id);
    let tests = places().flat_map(|place| below(Part::Tests, &place.tests));
    let source = places().flat_map(|place| below(Part::Source, &place.source));
    let mut files: Vec<(Part, &str)> = specs.chain(tests).chain(source).collect();
    // Of a file that is several things the spec counts before the test, and that before the source.
    files.sort_by_key(|(part, path)| (*path, std::cmp::Reverse(*part)));
    files.dedup_by_key(|(_, path)| *path);
    Ok(files)
}

fn read(full: &Path, part: Part, path: &str, size: u64) -> std::io::Result<Option<ContentHash>> {
    let mut file = File::open(full)?;
    if size > MAX_READ_BYTES {
        let mut hasher = blake3::Hasher::new();
        std::io::copy(&mut file, &mut hasher)?;
        return Ok(Some(ContentHash::new(*hasher.finalize().as_bytes())));
    }
    let mut bytes = Vec::new();
    // A file that grows meanwhile is read up to there: its metadata differs then, and it is read again.
    file.take(MAX_READ_BYTES).read_to_end(&mut bytes)?;
    Ok(sign_off::content(part, path, &bytes))
}

/// A link counts by where it leads, and where that is a file of the workspace, by what it holds.
fn link(folder: &Path, part: Part, path: &str) -> std::io::Result<ContentHash> {
    let full = folder.join(path);
    let target = fs::read_link(&full)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"link\0").update(target.as_os_str().as_encoded_bytes()).update(b"\0");
    let inside = fs::canonicalize(&full)
        .ok()
        .filter(|real| fs::canonicalize(folder).is_ok_and(|folder| real.starts_with(folder)));
    if let Some(real) = inside
        && let Ok(metadata) = fs::metadata(&real)
        && metadata.is_file()
        && let Some(content) = read(&real, part, path, metadata.len())?
    {
        hasher.update(content.bytes());
    }
    Ok(ContentHash::new(*hasher.finalize().as_bytes()))
}

#[cfg(test)]
mod tests;
