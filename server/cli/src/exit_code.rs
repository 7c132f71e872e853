//! Exit codes, the same for every command.

/// The command did what it was asked to, and found no error.
pub(crate) const SUCCESS: u8 = 0;

/// `check` found at least one error (or a warning, with `--deny warnings`); `trust` ends without trust.
pub(crate) const ERRORS_FOUND: u8 = 1;

/// Wrong usage, or something that kept the command from its work. `clap` ends with the same code.
pub(crate) const FAILURE: u8 = 2;
