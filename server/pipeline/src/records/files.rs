//! Reading and appending, in bounded memory and never through a link.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use stagegate_core::run::StepFailure;

use super::failure;
use crate::write::{self, WriteError};

/// Returns the end of a file, at most `most` bytes of it, as text; `None` where there is no regular file. What is no UTF-8
/// is replaced.
pub(super) fn tail(path: &Path, most: u64) -> io::Result<Option<String>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > most {
        file.seek(SeekFrom::Start(size - most))?;
    }
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Appends lines to a file, each by one write, so that others may append at the same time. A line that was torn before is
/// ended first, and spoils none of them.
pub(super) fn append(path: &Path, lines: &[String]) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("it is no regular file; remove it"));
    }
    let mut options = File::options();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    let mut file = options.open(path)?;
    let mut is_torn = false;
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        is_torn = last != *b"\n";
    }
    for line in lines {
        let text = if std::mem::take(&mut is_torn) { format!("\n{line}") } else { line.clone() };
        file.write_all(text.as_bytes())?;
    }
    file.sync_data()
}

/// Replaces a file of the workspace and makes the folders above it. Where its text is the same already, nothing is done.
pub(super) fn put(folder: &Path, path: &str, text: &str) -> Result<(), StepFailure> {
    let at = Path::new(path);
    if let Some(above) = at.parent().filter(|above| !above.as_os_str().is_empty()) {
        write::create_folder(folder, above).map_err(|error| unwritten(&error))?;
    }
    let is_same = |text: &str| {
        let file = folder.join(at);
        fs::symlink_metadata(&file).is_ok_and(|known| known.is_file() && known.len() == text.len() as u64)
            && fs::read(&file).is_ok_and(|bytes| bytes == text.as_bytes())
    };
    if is_same(text) {
        return Ok(());
    }
    write::atomic(folder, at, text.as_bytes()).map_err(|error| unwritten(&error))
}

/// Says why a file was not written, and what to do.
pub(super) fn unwritten(error: &WriteError) -> StepFailure {
    let help = match error {
        WriteError::OutsideRoot { .. } => "name a folder inside of the workspace in stagegate.yaml",
        WriteError::Exists(_) => "move it away",
        WriteError::Io { source, .. } => help(source),
    };
    failure(error.to_string(), help)
}

/// Says what to do about an error of the system.
pub(super) fn help(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "make the folder writable for you"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space on the disk",
        _ => "see what stands there",
    }
}
