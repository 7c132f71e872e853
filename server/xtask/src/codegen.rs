//! `cargo xtask codegen`.

use crate::run::{cargo, run};

/// Set for the test that compares generated files with the code: it writes them instead.
const WRITE: &str = "STAGEGATE_CODEGEN";

/// Writes every generated file.
pub(crate) fn codegen() -> anyhow::Result<()> {
    run(cargo(&["test", "--quiet", "--package", "stagegate-core", "--test", "generated"]).env(WRITE, "1"))
}
