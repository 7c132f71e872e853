//! The real Python tools.

use stagegate_pipeline::process::Cancel;
use stagegate_pipeline::provision::{Venv, cache_folder, provision};

/// Returns an environment with the real Python tools, made where there is none yet; `None`, with a line that says so,
/// where this machine has no Python to make one with.
///
/// # Panics
/// Panics where Python is there and the tools cannot be installed: a test that was left out then would look like one that
/// passed.
#[must_use]
#[expect(clippy::print_stdout, reason = "a test that is left out says so")]
pub fn python_tools() -> Option<Venv> {
    match cache_folder().and_then(|cache| provision(&cache, &Cancel::new(), &mut |line| println!("{line}"))) {
        Ok(venv) => Some(venv),
        Err(error) if error.is_without_python() => {
            println!("left out: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}
