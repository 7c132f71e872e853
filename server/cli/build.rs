//! Gives the binary its version text and the files of the demo project.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    version();
    demo();
}

/// Sets `STAGEGATE_VERSION`: the version, and where git knows them the commit and its date. A build without git, or
/// outside a repository, goes on without them.
fn version() {
    let mut version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    if let Some(commit) = git(&["log", "-1", "--format=%h %cs"]) {
        let _ = write!(version, " ({commit})");
    }
    println!("cargo:rustc-env=STAGEGATE_VERSION={version}");
    // The log of HEAD grows with every commit and checkout; without it the text would go stale.
    for file in ["logs/HEAD", "HEAD"] {
        if let Some(path) = git(&["rev-parse", "--path-format=absolute", "--git-path", file])
            && Path::new(&path).exists()
        {
            println!("cargo:rerun-if-changed={path}");
        }
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// Writes `demo.rs`: a table of every file under `fixtures/demo`, for `stagegate demo`.
fn demo() {
    let folder = Path::new("../../fixtures/demo");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    let mut table = String::from("&[\n");
    for file in files {
        let inner = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let full = fs::canonicalize(&file).unwrap_or(file);
        let _ = writeln!(table, "    ({inner:?}, include_bytes!({full:?})),");
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("demo.rs");
    if let Err(error) = fs::write(&out, table) {
        println!("cargo:error=cannot write {}: {error}", out.display());
    }
}

/// What running the demo and its tools leaves behind; the demo's `.gitignore` has them too.
const LEFT_BEHIND: [&str; 7] =
    [".stagegate", "__pycache__", ".pytest_cache", ".ruff_cache", ".venv", ".coverage", "coverage.json"];

/// Lists the files below `folder`, without what running the demo leaves behind.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if LEFT_BEHIND.iter().any(|left| name == *left) {
            continue;
        }
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
