//! Copying the files of a release.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use stagegate_core::run::StepFailure;
use stagegate_core::workspace::FileIndex;

use super::record::ReleaseFile;
use super::trouble::of_io;
use super::{lasting, pointer};
use crate::process::Cancel;

/// A folder that files are copied from, and which.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Absolute, without links.
    pub(crate) folder: PathBuf,
    /// The files, relative to it, with `/`; sorted.
    pub(crate) files: Vec<String>,
}

impl Source {
    /// Returns the files of the working tree that lie below `sources` and are not ignored, or are named there.
    pub(crate) fn working_tree(folder: &Path, index: &FileIndex, sources: &[String]) -> Source {
        let mut files: Vec<String> = Vec::new();
        for source in sources {
            let below = index.below(source);
            files.extend(below.iter().map(ToString::to_string));
            // The index was read before the run began; a file that it made since is there all the same.
            if below.is_empty()
                && fs::symlink_metadata(folder.join(source)).is_ok_and(|found| !found.is_dir())
            {
                files.push(source.clone());
            }
        }
        // What was there when the run began, and is not any more.
        files.retain(|path| fs::symlink_metadata(folder.join(path)).is_ok());
        files.sort();
        files.dedup();
        Source { folder: folder.to_owned(), files }
    }
}

/// Copies the files of `source` below `to`, an empty folder, and flushes them to the disk.
pub(super) fn copy(source: &Source, to: &Path, cancel: &Cancel) -> Result<Vec<ReleaseFile>, StepFailure> {
    let mut copied = Vec::with_capacity(source.files.len());
    let mut folders = Vec::new();
    for path in &source.files {
        if cancel.is_cancelled() {
            return Err(lasting("the deployment was cancelled", "start it again"));
        }
        if !is_relative(path) {
            return Err(lasting(format!("`{path}` does not stay inside of the release"), "rename the file"));
        }
        let real = real(&source.folder, path)?;
        let target = to.join(path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|error| of_io("create", folder, &error))?;
            if folders.last() != Some(&folder.to_owned()) {
                folders.push(folder.to_owned());
            }
        }
        copied.push(one(path, &real, &target)?);
    }
    folders.sort();
    folders.dedup();
    folders.iter().for_each(|folder| pointer::sync(folder));
    copied.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(copied)
}

/// Returns the file that `path` leads to, where it stays in `folder` and is none of git's or ours.
fn real(folder: &Path, path: &str) -> Result<PathBuf, StepFailure> {
    let full = folder.join(path);
    let help = "replace the link by the file itself, or by one to a file of the workspace";
    let real = match full.canonicalize() {
        Ok(real) => real,
        Err(error) if fs::symlink_metadata(&full).is_ok_and(|found| found.is_symlink()) => {
            return Err(lasting(
                format!(
                    "`{path}` is a link that leads nowhere ({})",
                    stagegate_workspace::plain_error(&error)
                ),
                help,
            ));
        }
        Err(error) => return Err(of_io("read", &full, &error)),
    };
    let inside = real.strip_prefix(folder).ok();
    let is_own = inside.is_some_and(|inside| {
        !inside.components().any(|part| part.as_os_str() == ".git")
            && (!inside.starts_with(crate::store::FOLDER)
                || Path::new(path).starts_with(crate::store::FOLDER))
    });
    if !is_own {
        let message =
            format!("`{path}` is a link that leads out of the workspace, so no release can hold it");
        return Err(lasting(message, help));
    }
    match fs::metadata(&real) {
        Ok(metadata) if metadata.is_file() => Ok(real),
        Ok(_) => Err(lasting(
            format!("`{path}` is no regular file, so no release can hold it"),
            "let git ignore it, or move it out of the component",
        )),
        Err(error) => Err(of_io("read", &real, &error)),
    }
}

fn one(path: &str, from: &Path, to: &Path) -> Result<ReleaseFile, StepFailure> {
    let mut source = File::open(from).map_err(|error| of_io("read", from, &error))?;
    let mut target = File::create_new(to).map_err(|error| of_io("write", to, &error))?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 64 << 10];
    let mut size = 0;
    loop {
        let read = match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(of_io("read", from, &error)),
        };
        hasher.update(&buffer[..read]);
        target.write_all(&buffer[..read]).map_err(|error| of_io("write", to, &error))?;
        size += read as u64;
    }
    let executable = source.metadata().is_ok_and(|metadata| is_executable(&metadata));
    if executable {
        allow(&target).map_err(|error| of_io("allow the execution of", to, &error))?;
    }
    target.sync_all().map_err(|error| of_io("write", to, &error))?;
    Ok(ReleaseFile {
        path: path.to_owned(),
        size,
        blake3: hasher.finalize().to_hex().to_string(),
        executable,
    })
}

/// Returns what the file at `path` is now, as it was listed: `None` where it is gone.
pub(super) fn look(folder: &Path, path: &str) -> io::Result<Option<ReleaseFile>> {
    let full = folder.join(path);
    let metadata = match fs::symlink_metadata(&full) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
        Ok(metadata) if !metadata.is_file() => return Ok(None),
        Ok(metadata) => metadata,
    };
    let mut hasher = blake3::Hasher::new();
    let mut file = File::open(&full)?;
    let size = io::copy(&mut file, &mut hasher)?;
    let blake3 = hasher.finalize().to_hex().to_string();
    Ok(Some(ReleaseFile { path: path.to_owned(), size, blake3, executable: is_executable(&metadata) }))
}

/// Whether a path only goes down.
pub(super) fn is_relative(path: &str) -> bool {
    let path = Path::new(path);
    path.components().next().is_some()
        && path.components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}

#[cfg(unix)]
fn allow(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = file.metadata()?.permissions();
    permissions.set_mode(permissions.mode() | 0o111);
    file.set_permissions(permissions)
}

#[cfg(not(unix))]
fn allow(_: &File) -> io::Result<()> {
    Ok(())
}
