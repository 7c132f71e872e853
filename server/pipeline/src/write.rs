//! Writes files of a repository: all or nothing, and never outside it (DESIGN.md section 8).

use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The path does not stay below the root, or leads into what git keeps.
    #[error("`{}` leads out of the workspace {} or into its .git; nothing was written", .path.display(), .root.display())]
    OutsideRoot {
        /// The path as it was given.
        path: PathBuf,
        /// The root.
        root: PathBuf,
    },
    /// Something stands there already, and it was asked not to replace it.
    #[error("{} exists already; nothing was written", .0.display())]
    Exists(PathBuf),
    /// The operating system refused. The file is as it was before.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried: "write", ...
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The answer.
        #[source]
        source: io::Error,
    },
}

/// Replaces or creates the file at `path`, relative to `root`, with `bytes`.
///
/// Readers see the old file or the new one and nothing between: the bytes go to a temporary file in the same
/// folder, are flushed to the disk, and the file is renamed. Permissions and owner stay; other hard links keep the
/// old text. Where the file is a symbolic link,
/// the file it leads to is replaced, if that lies below `root` too.
///
/// # Errors
/// Returns why nothing was written. The folder has to exist.
pub fn atomic(root: &Path, path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let target = resolve(root, path)?;
    let failed = |action| {
        let path = target.clone();
        move |source| WriteError::Io { action, path, source }
    };
    let before = match std::fs::metadata(&target) {
        Ok(metadata) if metadata.is_file() => Some(metadata),
        Ok(_) => return Err(failed("replace")(io::Error::other("it is not a regular file"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed("look at")(error)),
    };
    if before.as_ref().is_some_and(|before| before.permissions().readonly()) {
        return Err(failed("replace")(io::ErrorKind::PermissionDenied.into()));
    }
    let file = temporary(&target, bytes)?;
    if let Some(before) = before {
        keep_owner(file.as_file(), &before).map_err(failed("keep the owner of"))?;
        file.as_file().set_permissions(before.permissions()).map_err(failed("set permissions of"))?;
    }
    file.persist(&target).map_err(|error| failed("replace")(error.error))?;
    sync_folder(&target);
    Ok(())
}

/// Makes the file at `path`, relative to `root` with `/`, hold `text`, or removes it where there is none. Its folder is made
/// where it is missing. What holds the text already is not written.
///
/// # Errors
/// Returns why nothing was written.
pub fn put(root: &Path, path: &str, text: Option<&str>) -> Result<(), WriteError> {
    let relative = Path::new(path);
    let Some(text) = text else {
        let failed = |path: PathBuf| move |source| WriteError::Io { action: "remove", path, source };
        // Where its folder is gone, so is the file.
        let Ok(target) = resolve(root, relative) else { return parts(root, relative).map(drop) };
        return match std::fs::remove_file(&target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(target)(error)),
            _ => Ok(()),
        };
    };
    if let Some(folder) = relative.parent().filter(|folder| *folder != Path::new("")) {
        create_folder(root, folder)?;
    }
    if std::fs::read(root.join(relative)).is_ok_and(|known| known == text.as_bytes()) {
        return Ok(());
    }
    atomic(root, relative, text.as_bytes())
}

/// Gives `file` the owner and the group that the file had `before`. A group that we may not give is left.
#[cfg(unix)]
fn keep_owner(file: &std::fs::File, before: &std::fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let now = file.metadata()?;
    if now.gid() != before.gid() {
        let _ = fchown(file, None, Some(before.gid()));
    }
    if now.uid() != before.uid() { fchown(file, Some(before.uid()), None) } else { Ok(()) }
}

#[cfg(not(unix))]
fn keep_owner(_: &std::fs::File, _: &std::fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// Creates the file at `path`, relative to `root`, with `bytes`; never replaces anything.
///
/// # Errors
/// Returns why nothing was written. The folder has to exist.
pub fn create_new(root: &Path, path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let target = resolve(root, path)?;
    let file = temporary(&target, bytes)?;
    file.persist_noclobber(&target).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => WriteError::Exists(target.clone()),
        _ => WriteError::Io { action: "create", path: target.clone(), source: error.error },
    })?;
    sync_folder(&target);
    Ok(())
}

/// Creates the folder at `path`, relative to `root`, and those above it that are missing.
///
/// # Errors
/// Returns why it was not created.
pub fn create_folder(root: &Path, path: &Path) -> Result<(), WriteError> {
    let mut at = canonical(root)?;
    for part in parts(root, path)? {
        at.push(part);
        match std::fs::create_dir(&at) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && at.is_dir() => {}
            Err(source) => return Err(WriteError::Io { action: "create the folder", path: at, source }),
            Ok(()) => {}
        }
        at = inside(root, path, &at)?;
    }
    Ok(())
}

/// Writes `bytes` to a new temporary file beside `target`, with the permissions a new file would have.
fn temporary(target: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile, WriteError> {
    let failed = |source| WriteError::Io { action: "write", path: target.to_owned(), source };
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".stagegate-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The process's umask still applies, as for any new file.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    // The error of the library names the temporary file, which says nothing to people.
    let mut file = builder.tempfile_in(folder).map_err(|error| failed(error.kind().into()))?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    Ok(file)
}

/// Returns where `path` leads after following links, if that is below `root`. The last part need not exist.
fn resolve(root: &Path, path: &Path) -> Result<PathBuf, WriteError> {
    let mut full = canonical(root)?;
    let parts = parts(root, path)?;
    let Some((name, folders)) = parts.split_last() else {
        return Err(outside(root, path));
    };
    full.extend(folders);
    let folder = inside(root, path, &full)?;
    let file = folder.join(name);
    match std::fs::symlink_metadata(&file) {
        Ok(metadata) if metadata.is_symlink() => inside(root, path, &file),
        _ => Ok(file),
    }
}

/// Returns the parts of `path`, which may only go down.
fn parts<'p>(root: &Path, path: &'p Path) -> Result<Vec<&'p std::ffi::OsStr>, WriteError> {
    path.components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| match part {
            Component::Normal(name) if !is_git(name) => Ok(name),
            _ => Err(outside(root, path)),
        })
        .collect()
}

/// Follows the links of `full` and makes sure that it is still below `root`.
fn inside(root: &Path, path: &Path, full: &Path) -> Result<PathBuf, WriteError> {
    let real = std::fs::canonicalize(full).map_err(|source| WriteError::Io {
        action: "find",
        path: full.to_owned(),
        source,
    })?;
    match real.strip_prefix(canonical(root)?) {
        Ok(below) if !below.iter().any(is_git) => Ok(real),
        _ => Err(outside(root, path)),
    }
}

/// Whether it is what git itself works with: what is written there may be executed.
fn is_git(name: &std::ffi::OsStr) -> bool {
    name.eq_ignore_ascii_case(".git")
}

fn canonical(root: &Path) -> Result<PathBuf, WriteError> {
    std::fs::canonicalize(root).map_err(|source| WriteError::Io {
        action: "find",
        path: root.to_owned(),
        source,
    })
}

fn outside(root: &Path, path: &Path) -> WriteError {
    WriteError::OutsideRoot { path: path.to_owned(), root: root.to_owned() }
}

/// Makes the rename itself survive a crash. Not every system lets a folder be opened; the file is whole without it.
fn sync_folder(target: &Path) {
    if let Some(folder) = target.parent().and_then(|folder| std::fs::File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_git_keeps_is_never_written() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join(".git/hooks")).unwrap();
        for path in [".git/hooks/pre-commit", ".GIT/hooks/pre-commit", "sub/.git/config"] {
            let refused = put(root.path(), path, Some("x"));
            assert!(matches!(refused, Err(WriteError::OutsideRoot { .. })), "{path}: {refused:?}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(".git/hooks", root.path().join("hooks")).unwrap();
            let refused = put(root.path(), "hooks/pre-commit", Some("x"));
            assert!(matches!(refused, Err(WriteError::OutsideRoot { .. })), "{refused:?}");
        }
        assert_eq!(fs::read_dir(root.path().join(".git/hooks")).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn the_owner_stays() {
        use std::os::unix::fs::{MetadataExt as _, chown};
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.md");
        fs::write(&path, "old").unwrap();
        if chown(&path, Some(1234), Some(1234)).is_err() {
            println!("skipped: only root can give a file to somebody else");
            return;
        }
        atomic(dir.path(), Path::new("a.md"), b"new").unwrap();
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (1234, 1234));
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("a")).unwrap();
        fs::write(dir.path().join("a/x.md"), "old").unwrap();
        atomic(dir.path(), Path::new("a/x.md"), b"new\r\n").unwrap();
        atomic(dir.path(), Path::new("./a/y.md"), b"").unwrap();
        assert_eq!(fs::read(dir.path().join("a/x.md")).unwrap(), b"new\r\n");
        assert_eq!(names(&dir.path().join("a")), ["x.md", "y.md"]);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o754)).unwrap();
        atomic(dir.path(), Path::new("x"), b"new").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o754);

        fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
        let error = atomic(dir.path(), Path::new("x"), b"newer").unwrap_err();
        assert!(error.to_string().starts_with("cannot replace "), "{error}");
        assert_eq!(fs::read(&file).unwrap(), b"new", "a read-only file is left alone");
    }

    #[test]
    fn paths_that_leave_the_root_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir(&root).unwrap();
        fs::write(dir.path().join("x"), "old").unwrap();
        for path in ["../x", "a/../../x", "/etc/hostname", ""] {
            let error = atomic(&root, Path::new(path), b"new").unwrap_err();
            assert!(matches!(error, WriteError::OutsideRoot { .. }), "{path}: {error}");
        }
        assert_eq!(fs::read(dir.path().join("x")).unwrap(), b"old");
        assert!(matches!(create_folder(&root, Path::new("../y")), Err(WriteError::OutsideRoot { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_the_root_are_refused_and_links_inside_are_kept() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir_all(root.join("a")).unwrap();
        fs::create_dir(dir.path().join("out")).unwrap();
        fs::write(dir.path().join("out/x"), "old").unwrap();
        fs::write(root.join("a/real"), "old").unwrap();
        symlink(dir.path().join("out"), root.join("folder")).unwrap();
        symlink(dir.path().join("out/x"), root.join("file")).unwrap();
        symlink("a/real", root.join("link")).unwrap();
        for path in ["folder/x", "folder/new", "file"] {
            let error = atomic(&root, Path::new(path), b"new").unwrap_err();
            assert!(matches!(error, WriteError::OutsideRoot { .. }), "{path}: {error}");
        }
        assert!(matches!(create_folder(&root, Path::new("folder/sub")), Err(WriteError::OutsideRoot { .. })));
        assert_eq!(fs::read(dir.path().join("out/x")).unwrap(), b"old");
        atomic(&root, Path::new("link"), b"new").unwrap();
        assert!(fs::symlink_metadata(root.join("link")).unwrap().is_symlink());
        assert_eq!(fs::read(root.join("a/real")).unwrap(), b"new");
    }

    #[test]
    fn a_new_file_never_replaces_one() {
        let dir = tempfile::tempdir().unwrap();
        create_folder(dir.path(), Path::new("a/b")).unwrap();
        create_folder(dir.path(), Path::new("a/b")).unwrap();
        create_new(dir.path(), Path::new("a/b/x"), b"1").unwrap();
        let error = create_new(dir.path(), Path::new("a/b/x"), b"2").unwrap_err();
        assert!(matches!(error, WriteError::Exists(_)), "{error}");
        assert_eq!(fs::read(dir.path().join("a/b/x")).unwrap(), b"1");
        assert_eq!(names(&dir.path().join("a/b")), ["x"]);
    }
}
