//! Which binary is tested.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Environment variable with the path of the binary to test; built by cargo where it is not set.
const BINARY_VARIABLE: &str = "STAGEGATE_BIN";

/// Returns the path of the `stagegate` binary: that of `STAGEGATE_BIN`, else the one that cargo builds in the
/// profile of the running test.
///
/// # Panics
/// Panics where the binary cannot be built; nothing can be tested then.
#[must_use]
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os(BINARY_VARIABLE) {
        Some(path) => PathBuf::from(path),
        None => build(),
    })
}

fn build() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    let profile = test.ancestors().nth(2).expect("tests lie in target/<profile>/deps").to_path_buf();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "stagegate"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo.arg("--target-dir").arg(profile.parent().expect("a profile lies in the target folder"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo.status().expect("cargo can be started");
    assert!(status.success(), "the binary under test could not be built");
    profile.join("stagegate").with_extension(std::env::consts::EXE_EXTENSION)
}
