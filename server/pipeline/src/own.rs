//! Files and folders of ours below `.stagegate`, never through a link: a repository can bring links that lead anywhere.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Makes the folder that `parts` lead to below `base`, an existing folder of ours, and those between.
///
/// # Errors
/// Returns what stands there that is no folder, or what the system says.
pub(crate) fn folder(base: &Path, parts: &[&str]) -> io::Result<PathBuf> {
    let mut at = base.to_owned();
    check_folder(&at)?;
    for part in parts {
        at.push(part);
        match fs::create_dir(&at) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => check_folder(&at)?,
        }
    }
    Ok(at)
}

fn check_folder(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path)? {
        metadata if metadata.is_dir() => Ok(()),
        metadata => Err(wrong(path, &metadata, "a folder")),
    }
}

/// Opens the file at `path`, in a folder that [`folder`] returned, for reading and writing; makes it where it is missing.
///
/// # Errors
/// Returns what stands there that is no file of its own, or what the system says.
pub(crate) fn file(path: &Path) -> io::Result<File> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Err(wrong(path, &metadata, "a file")),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if metadata.nlink() > 1 {
            let message = format!("{} has another name, too; remove it", path.display());
            return Err(io::Error::other(message));
        }
    }
    if metadata.is_file() { Ok(file) } else { Err(wrong(path, &metadata, "a file")) }
}

fn wrong(path: &Path, metadata: &fs::Metadata, expected: &str) -> io::Error {
    let found = match metadata {
        metadata if metadata.is_symlink() => "a symbolic link",
        metadata if metadata.is_dir() => "a folder",
        metadata if metadata.is_file() => "a file",
        _ => "something else",
    };
    io::Error::other(format!("{} is {found}; expected {expected}; remove it", path.display()))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_lead_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let (own, other) = (dir.path().join("own"), dir.path().join("other"));
        fs::create_dir(&own).unwrap();
        fs::create_dir(&other).unwrap();
        fs::write(other.join("precious"), "text").unwrap();
        symlink(&other, own.join("runs")).unwrap();
        symlink(other.join("precious"), own.join("x.lock")).unwrap();
        symlink(other.join("missing"), own.join("y.lock")).unwrap();
        fs::hard_link(other.join("precious"), own.join("z.lock")).unwrap();

        let said = |error: io::Error| error.to_string().replace(&*dir.path().to_string_lossy(), "");
        let runs = "/own/runs is a symbolic link; expected a folder; remove it";
        assert_eq!(said(folder(&own, &["runs"]).unwrap_err()), runs);
        assert_eq!(said(folder(&own, &["runs", "deeper"]).unwrap_err()), runs);
        assert_eq!(said(folder(&own.join("runs"), &[]).unwrap_err()), runs);
        let link = "is a symbolic link; expected a file; remove it";
        assert_eq!(said(file(&own.join("x.lock")).unwrap_err()), format!("/own/x.lock {link}"));
        assert_eq!(said(file(&own.join("y.lock")).unwrap_err()), format!("/own/y.lock {link}"));
        assert_eq!(
            said(file(&own.join("z.lock")).unwrap_err()),
            "/own/z.lock has another name, too; remove it"
        );

        assert_eq!(folder(&own, &["a", "b"]).unwrap(), own.join("a/b"));
        assert_eq!(folder(&own, &["a", "b"]).unwrap(), own.join("a/b"));
        file(&own.join("a/b/c")).unwrap();
        let left: Vec<_> = fs::read_dir(&other).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["precious"]);
        assert_eq!(fs::read(other.join("precious")).unwrap(), b"text");
    }
}
