//! Files that tools write, or that no tool reads: they never count as inputs.

use stagegate_core::config::Config;
use stagegate_core::files::{CONFIG_FILES, FileKind, kind_of};

/// Folders of caches, wherever they lie.
pub(crate) const CACHE_FOLDERS: [&str; 13] = [
    "__pycache__",
    ".pytest_cache",
    ".ruff_cache",
    ".mypy_cache",
    ".hypothesis",
    ".tox",
    ".nox",
    ".nyc_output",
    ".cache",
    "htmlcov",
    "lcov-report",
    ".benchmarks",
    ".ipynb_checkpoints",
];

/// Folders of installed packages and of what was built, where no file of the repository lies below one.
pub(crate) const MADE_FOLDERS: [&str; 3] = [".git", "node_modules", "target"];

/// Folders of the root that Stagegate and the workflow before it write.
const OUR_FOLDERS: [&str; 4] = [".stagegate/", ".git/", ".metrics/", ".augment/context/"];

/// Folders of the root where data files are reports; what lies deeper, and source, counts.
const REPORT_FOLDERS: [&str; 4] = ["reports", "test-results", "coverage", "test-reports"];

/// What reports are written as.
const REPORT_ENDINGS: [&str; 6] = [".json", ".xml", ".info", ".sarif", ".lcov", ".log"];

/// Files of the root that count even where git ignores them: what decides how tools run and which versions they load.
pub(crate) const ALWAYS: [&str; 46] = [
    ".cargo/config.toml",
    ".coveragerc",
    ".env",
    ".env.local",
    ".env.test",
    ".flake8",
    ".node-version",
    ".npmrc",
    ".nvmrc",
    ".python-version",
    ".ruff.toml",
    ".secrets.baseline",
    ".tool-versions",
    "Cargo.lock",
    "Cargo.toml",
    "Pipfile",
    "Pipfile.lock",
    "bandit.yaml",
    "bun.lock",
    "bun.lockb",
    "clippy.toml",
    "conftest.py",
    "deno.lock",
    "environment.yml",
    "go.mod",
    "go.sum",
    "mypy.ini",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.json",
    "pdm.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pyproject.toml",
    "pyrightconfig.json",
    "pytest.ini",
    "requirements-dev.txt",
    "requirements.txt",
    "ruff.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    "setup.cfg",
    "tox.ini",
    "tsconfig.json",
    "uv.lock",
    "yarn.lock",
];

/// How a file counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    /// Like any file.
    Always,
    /// For the components whose folders it lies in.
    ForOwners,
    /// Only where a gate asks for it.
    WhereAsked,
}

/// Whether the file at `path` is a cache or a report, by its name: what a tool writes and no tool reads.
/// `reports` are those that the configuration names.
pub(crate) fn is_written_by_tools(path: &str, reports: &[String]) -> bool {
    let mut folders = path.split('/');
    let name = folders.next_back().unwrap_or(path);
    OUR_FOLDERS.iter().any(|folder| path.starts_with(folder))
        || folders.any(|folder| CACHE_FOLDERS.contains(&folder))
        || is_coverage_data(name)
        || (path == name && is_report_name(name))
        || (path.rsplit_once('/').is_some_and(|(folder, _)| REPORT_FOLDERS.contains(&folder))
            && REPORT_ENDINGS.iter().any(|ending| name.ends_with(ending)))
        || reports.iter().any(|report| report == path)
}

/// `.coverage` and `.coverage.host.123`, but not `.coveragerc`.
fn is_coverage_data(name: &str) -> bool {
    name == ".coverage"
        || name.starts_with(".coverage.") && !name.ends_with(".toml") && !name.ends_with(".py")
        || name == ".eslintcache"
        || name.ends_with(".tsbuildinfo")
        || name.ends_with(".profraw")
}

fn is_report_name(name: &str) -> bool {
    matches!(name, "coverage.json" | "coverage.xml" | "coverage.lcov" | "lcov.info" | "cobertura.xml")
        || matches!(name, "junit.xml" | "test-results.xml" | "results.xml" | "report.xml" | ".report.json")
        || name.starts_with("workflow_report_") && name.ends_with(".json")
}

/// Returns how the file at `path` counts.
pub(super) fn counts(path: &str, config: &Config) -> Counts {
    if CONFIG_FILES.contains(&path) {
        // The definition of each gate counts by itself; thresholds do not.
        return Counts::WhereAsked;
    }
    match kind_of(path, config) {
        Some(FileKind::Spec | FileKind::Maturity | FileKind::Instructions) => Counts::WhereAsked,
        Some(FileKind::Markdown) => Counts::ForOwners,
        _ if path.ends_with(".markdown") => Counts::ForOwners,
        _ => Counts::Always,
    }
}

/// Returns the reports that the configuration names.
pub(crate) fn configured_reports(config: &Config) -> Vec<String> {
    config.gates.iter().filter_map(|gate| gate.report.clone()).collect()
}

/// Returns the names of folders below `folder` that hold only what tools made; `own` are the files of the repository.
/// A gate that asks for everything below `folder` does not depend on them, and what it runs has to leave them out.
pub(crate) fn made_below<'a>(folder: &str, own: impl Iterator<Item = &'a str>) -> Vec<&'static str> {
    let mut made = MADE_FOLDERS.to_vec();
    for path in own {
        let Some(rest) = path.strip_prefix(folder).filter(|rest| rest.starts_with('/')) else { continue };
        let inner = rest.rsplit_once('/').map_or("", |(folders, _)| folders);
        if made.len() > 1 {
            made.retain(|name| *name == ".git" || !inner.split('/').any(|folder| folder == *name));
        }
    }
    made.extend(CACHE_FOLDERS);
    made
}
