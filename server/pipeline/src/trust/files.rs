//! Which files of a workspace decide what is executed, beside the commands of the gates.
//!
//! Counted is what the tools of the presets, and those that are often started beside them, read by themselves from the
//! folder they are started in, where it can name a program, an argument, a plug-in, or a place to get programs from.
//!
//! Not counted, because trust in a workspace is trust in its code:
//! - code that runs because it is tested, built or imported: `conftest.py`, `build.rs`, modules, `.venv`,
//!   `node_modules`, and what a command names: scripts, Makefiles;
//! - which libraries and which versions of them are used, and lock files; but where they come from is counted.
//!
//! Not counted either is what only decides a verdict: the settings of ruff and black, thresholds, severities. The
//! hash of a gate's inputs is about that.

use std::io::{self, Read as _};
use std::path::Path;

use stagegate_core::files::CONFIG_FILES;

use super::canonical::{Form, canonical};
use super::{Item, TrustError};

/// Largest file that is looked at, in bytes.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// Every file that counts, by its path from the folder that a tool is started in.
const FILES: &[(&str, Form)] = &[
    // Python
    ("pyproject.toml", Form::Toml { only: PYPROJECT, except: PYPROJECT_INERT }),
    ("setup.cfg", Form::SetupCfg),
    ("tox.ini", Form::Whole),
    ("pytest.ini", Form::Whole),
    (".pytest.ini", Form::Whole),
    ("pytest.toml", Form::Toml { only: &[], except: &[] }),
    (".pytest.toml", Form::Toml { only: &[], except: &[] }),
    (".coveragerc", Form::Whole),
    (".coveragerc.toml", Form::Toml { only: &[], except: &[] }),
    ("pyrightconfig.json", Form::Whole),
    (".bandit", Form::Whole),
    (".secrets.baseline", Form::Json { only: &["plugins_used", "filters_used"], except: &[] }),
    ("mypy.ini", Form::Whole),
    (".mypy.ini", Form::Whole),
    ("pylintrc", Form::Whole),
    (".pylintrc", Form::Whole),
    (".flake8", Form::Whole),
    ("uv.toml", Form::Toml { only: &[], except: &[] }),
    ("poetry.toml", Form::Toml { only: &[], except: &[] }),
    (".python-version", Form::Whole),
    // Rust
    (".cargo/config.toml", Form::Toml { only: &[], except: &["term"] }),
    (".cargo/config", Form::Toml { only: &[], except: &["term"] }),
    ("Cargo.toml", Form::Toml { only: &["patch", "replace"], except: &[] }),
    ("rust-toolchain.toml", Form::Toml { only: &[], except: &[] }),
    ("rust-toolchain", Form::Whole),
    (".config/nextest.toml", Form::Toml { only: &[], except: &[] }),
    ("tarpaulin.toml", Form::Toml { only: &[], except: &[] }),
    (".tarpaulin.toml", Form::Toml { only: &[], except: &[] }),
    // Node
    ("package.json", Form::Json { only: &[], except: PACKAGE_JSON_INERT }),
    (".npmrc", Form::Npmrc),
    (".yarnrc", Form::Whole),
    (".yarnrc.yml", Form::Whole),
    (".pnpmfile.cjs", Form::Whole),
    ("pnpm-workspace.yaml", Form::Whole),
    ("bunfig.toml", Form::Toml { only: &[], except: &[] }),
    ("tsconfig.json", Form::Whole),
    (".eslintrc", Form::Whole),
    (".eslintrc.json", Form::Whole),
    (".eslintrc.yaml", Form::Whole),
    (".eslintrc.yml", Form::Whole),
    (".mocharc.json", Form::Whole),
    (".mocharc.jsonc", Form::Whole),
    (".mocharc.yaml", Form::Whole),
    (".mocharc.yml", Form::Whole),
    ("jest.config.json", Form::Whole),
    (".babelrc", Form::Whole),
    (".babelrc.json", Form::Whole),
    ("babel.config.json", Form::Whole),
];

/// Settings that are written in JavaScript or TypeScript, without their ending.
const SCRIPTED: &[&str] = &[
    "eslint.config",
    ".eslintrc",
    "jest.config",
    "vitest.config",
    "vitest.workspace",
    "vite.config",
    ".mocharc",
    "playwright.config",
    "babel.config",
];

const ENDINGS: &[&str] = &["js", "mjs", "cjs", "ts", "mts", "cts"];

/// Of `pyproject.toml`: settings of tools, how it is built, and what it makes known to others as a program or plug-in.
const PYPROJECT: &[&str] =
    &["tool", "build-system", "project.entry-points", "project.scripts", "project.gui-scripts"];

/// ... except what starts nothing and changes often.
const PYPROJECT_INERT: &[&str] = &[
    "tool.ruff",
    "tool.black",
    "tool.bumpversion.current_version",
    "tool.commitizen.version",
    "tool.poetry.version",
    "tool.poetry.description",
    "tool.poetry.authors",
    "tool.poetry.dependencies",
    "tool.poetry.dev-dependencies",
    "tool.poetry.group",
    "tool.pdm.dev-dependencies",
    "tool.uv.dev-dependencies",
];

/// Of `package.json`, what starts nothing; a key that is not listed counts.
const PACKAGE_JSON_INERT: &[&str] = &[
    "author",
    "browser",
    "bugs",
    "bundleDependencies",
    "bundledDependencies",
    "contributors",
    "dependencies",
    "description",
    "devDependencies",
    "engines",
    "exports",
    "files",
    "funding",
    "homepage",
    "keywords",
    "license",
    "main",
    "maintainers",
    "module",
    "name",
    "optionalDependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "private",
    "repository",
    "sideEffects",
    "stagegate",
    "types",
    "typings",
    "version",
];

/// Of our own configuration, what only decides what is shown. A key that is not listed counts.
const CONFIG_INERT: &[&str] = &["rules", "overrides", "instructions", "specs", "files"];

/// Returns an item for each file below `folder` that decides what is executed when a tool is started there; for the
/// root of the workspace (`folder` is empty) also our own configuration, the one that counts. Settings that decide
/// nothing give none. Labels are paths from `root`, with `/`.
///
/// # Errors
/// Returns [`TrustError::Unreadable`] for a file that is there and cannot be read, or is larger than 16 MiB.
pub fn files(root: &Path, folder: &Path) -> Result<Vec<Item>, TrustError> {
    let scripted =
        || SCRIPTED.iter().flat_map(|stem| ENDINGS.iter().map(move |ending| format!("{stem}.{ending}")));
    let names = FILES.iter().map(|(name, form)| ((*name).to_owned(), *form));
    let mut items = Vec::new();
    for (name, form) in names.chain(scripted().map(|name| (name, Form::Whole))) {
        let path = folder.join(name);
        if let Some(bytes) = read(root, &path)? {
            items.extend(canonical(form, &bytes).map(|text| Item::new(label(&path), text)));
        }
    }
    if folder.as_os_str().is_empty() {
        for name in CONFIG_FILES {
            if let Some(bytes) = read(root, Path::new(name))? {
                let text = canonical(Form::Yaml { except: CONFIG_INERT }, &bytes);
                items.extend(text.map(|text| Item::new(name, text)));
                break;
            }
        }
    }
    Ok(items)
}

/// Returns what a file is called: its path, with `/` on every system.
fn label(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// Reads the file at `path` below `root`, following links as tools do; `None` where there is none.
fn read(root: &Path, path: &Path) -> Result<Option<Vec<u8>>, TrustError> {
    let unreadable = |problem: String| TrustError::Unreadable { path: path.to_owned(), problem };
    let full = root.join(path);
    let size = match std::fs::metadata(&full) {
        // A folder is no settings for any tool. To open a pipe would wait for its other end.
        Ok(metadata) if metadata.is_dir() => return Ok(None),
        Ok(metadata) if !metadata.is_file() => {
            return Err(unreadable("it is no regular file; remove it".to_owned()));
        }
        Ok(metadata) => metadata.len(),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error.to_string())),
    };
    let mut bytes = Vec::new();
    if size <= MAX_FILE {
        let file = std::fs::File::open(&full).map_err(|error| unreadable(error.to_string()))?;
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
    }
    if size > MAX_FILE || bytes.len() as u64 > MAX_FILE {
        return Err(unreadable(format!("it is larger than {} MiB; make it smaller", MAX_FILE >> 20)));
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests;
