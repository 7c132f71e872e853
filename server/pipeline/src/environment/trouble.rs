//! Why something in an environment does not work.

use std::io;
use std::path::Path;

use stagegate_core::run::StepFailure;

/// A failure that trying again does not mend.
pub(crate) fn lasting(message: impl Into<String>, help: impl Into<String>) -> StepFailure {
    StepFailure { message: message.into(), help: help.into(), transient: false }
}

/// A failure that may pass by itself.
pub(crate) fn transient(message: impl Into<String>, help: impl Into<String>) -> StepFailure {
    StepFailure { message: message.into(), help: help.into(), transient: true }
}

/// A failure of the file system.
pub(super) fn of_io(action: &str, path: &Path, error: &io::Error) -> StepFailure {
    let help = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space on the disk",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "make the folder writable for you, or choose another one as `folder` of the environment"
        }
        io::ErrorKind::NotFound => "see what removed it, then try again",
        _ => "see what is wrong there, then try again",
    };
    let why = stagegate_workspace::plain_error(error);
    let mut failure = lasting(format!("cannot {action} {}: {why}", path.display()), help);
    failure.transient = matches!(
        error.kind(),
        io::ErrorKind::Interrupted
            | io::ErrorKind::WouldBlock
            | io::ErrorKind::TimedOut
            | io::ErrorKind::ResourceBusy
    );
    failure
}
