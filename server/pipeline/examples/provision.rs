//! Provides the Python tools of the demo, and prints where they lie: `cargo xtask test` does so before its tests.

use std::process::ExitCode;

use stagegate_pipeline::process::Cancel;
use stagegate_pipeline::provision::{cache_folder, provision};

#[expect(clippy::print_stdout, reason = "this is its output")]
fn main() -> ExitCode {
    match cache_folder().and_then(|cache| provision(&cache, &Cancel::new(), &mut |line| println!("{line}"))) {
        Ok(venv) => println!("{}", venv.folder().display()),
        Err(error) if error.is_without_python() => println!("left out: tests of real Python tools: {error}"),
        Err(error) => {
            println!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
