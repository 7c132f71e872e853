//! `current`: which release of a component is served.
//!
//! Where the system has symbolic links it is one that leads to the folder of the release, and is replaced by renaming another
//! one over it; elsewhere it is a file with the same path in it.

use std::fs;
use std::io;
use std::path::Path;

use super::record::is_name;

/// Its name.
pub(super) const CURRENT: &str = "current";

/// The folder of the releases.
pub(super) const RELEASES: &str = "releases";

/// Returns the release that `current` in `folder` leads to; `None` where there is none.
///
/// # Errors
/// Returns what stands there instead.
pub(super) fn read(folder: &Path) -> io::Result<Option<String>> {
    let path = folder.join(CURRENT);
    let target = match fs::symlink_metadata(&path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
        Ok(metadata) if metadata.is_symlink() => fs::read_link(&path)?.to_string_lossy().replace('\\', "/"),
        Ok(metadata) if metadata.is_file() && metadata.len() < 1000 => fs::read_to_string(&path)?,
        Ok(_) => return Err(io::Error::other("it is neither a link to a release nor a file that names one")),
    };
    let name = target.trim().strip_prefix(RELEASES).and_then(|rest| rest.strip_prefix('/'));
    match name.filter(|name| is_name(name)) {
        Some(name) => Ok(Some(name.to_owned())),
        None => Err(io::Error::other("it leads to no release of this folder")),
    }
}

/// Lets `current` in `folder` lead to `release`, from one moment to the next; `None` removes it.
///
/// # Errors
/// Returns what the system says; then it leads where it led before.
pub(super) fn switch(folder: &Path, release: Option<&str>) -> io::Result<()> {
    let path = folder.join(CURRENT);
    match release {
        Some(release) => replace(folder, &path, &format!("{RELEASES}/{release}"))?,
        None => match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        },
    }
    sync(folder);
    Ok(())
}

#[cfg(unix)]
fn replace(folder: &Path, path: &Path, target: &str) -> io::Result<()> {
    let new = folder.join(format!(".{CURRENT}.new"));
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::os::unix::fs::symlink(target, &new)?;
    fs::rename(&new, path)
}

#[cfg(not(unix))]
fn replace(folder: &Path, _path: &Path, target: &str) -> io::Result<()> {
    crate::write::atomic(folder, Path::new(CURRENT), target.as_bytes()).map_err(io::Error::other)
}

/// Makes what was renamed in a folder survive a crash. Not every system lets a folder be opened.
pub(super) fn sync(folder: &Path) {
    if let Ok(folder) = fs::File::open(folder) {
        let _ = folder.sync_all();
    }
}
