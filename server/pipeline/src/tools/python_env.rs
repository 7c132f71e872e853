//! The Python that a project runs in, and which packages are installed there.

use std::path::{Path, PathBuf};

use super::Missing;
use super::parts::upwards;
use super::surroundings::{Surroundings, stamp, text};

/// How Python is started for a project.
#[derive(Clone, Debug)]
pub(super) struct PythonEnv {
    /// The program, and what stands before `-m`; `None` where there is no Python at all.
    pub(super) program: Option<PathBuf>,
    /// The arguments of `uv` that end with `python`; empty where the program is Python itself.
    pub(super) before: Vec<String>,
    /// Python itself, where it is known.
    pub(super) python: Option<PathBuf>,
    /// Packages and their versions, by canonical name.
    packages: Vec<(String, String)>,
    /// Whether a package that is not among them is missing for certain.
    is_complete: bool,
    /// What installs a package; it ends where the name of the package follows.
    install: String,
    /// Whether it is known to be 3.11 or later, which has `PYTHONSAFEPATH`.
    pub(super) knows_safe_path: bool,
    /// Changes when Python or the packages do.
    pub(super) fingerprint: String,
}

impl PythonEnv {
    /// Finds it for the project in `folder`: `uv run` where there is a `uv.lock` and uv, else `.venv` or `venv` of the
    /// project or of a folder around it, else `VIRTUAL_ENV`, else Python on `PATH`.
    pub(super) fn find(root: &Path, folder: &str, around: &Surroundings) -> PythonEnv {
        let venvs =
            upwards(folder).flat_map(|folder| [".venv", "venv"].map(|name| root.join(folder).join(name)));
        let venv = venvs.chain(around.virtual_env.clone()).find_map(|venv| Some((python_of(&venv)?, venv)));
        let lock =
            upwards(folder).map(|folder| root.join(folder).join("uv.lock")).find(|lock| lock.is_file());
        if let (Some(lock), Some(uv)) = (lock, around.find("uv")) {
            return PythonEnv::uv(&lock, uv);
        }
        if let Some((python, venv)) = venv {
            let shown = python.strip_prefix(root).unwrap_or(&python).display().to_string();
            let mut env = PythonEnv::venv(python.clone(), &venv);
            env.program = Some(python);
            env.install = format!("{shown} -m pip install ");
            return env;
        }
        PythonEnv::system(around)
    }

    /// uv makes the environment itself where there is none; the lock is used as it is, and never written.
    fn uv(lock: &Path, uv: PathBuf) -> PythonEnv {
        let venv = lock.with_file_name(".venv");
        let python = python_of(&venv);
        let mut env = match &python {
            Some(python) => PythonEnv::venv(python.clone(), &venv),
            None => PythonEnv {
                program: None,
                before: Vec::new(),
                python: None,
                packages: locked(&text(lock)),
                is_complete: true,
                install: String::new(),
                knows_safe_path: false,
                fingerprint: String::new(),
            },
        };
        let mut before = vec!["run".to_owned(), "--frozen".to_owned()];
        if python.is_some() {
            before.push("--no-sync".to_owned());
        }
        before.push("python".to_owned());
        env.fingerprint.push_str(&stamp(&uv));
        env.fingerprint.push_str(&stamp(lock));
        PythonEnv { program: Some(uv), before, install: "uv add --dev ".to_owned(), ..env }
    }

    fn venv(python: PathBuf, venv: &Path) -> PythonEnv {
        let sites = sites_of(venv);
        let config = text(&venv.join("pyvenv.cfg"));
        let sees_system = config.lines().any(|line| {
            let (key, value) = line.split_once('=').unwrap_or_default();
            key.trim() == "include-system-site-packages" && value.trim().eq_ignore_ascii_case("true")
        });
        let mut fingerprint = stamp(&python);
        fingerprint.push_str(&config);
        sites.iter().for_each(|site| fingerprint.push_str(&stamp(site)));
        PythonEnv {
            program: None,
            before: Vec::new(),
            packages: installed(&sites),
            is_complete: !sites.is_empty() && !sees_system,
            python: Some(python),
            install: String::new(),
            knows_safe_path: is_recent(&sites),
            fingerprint,
        }
    }

    fn system(around: &Surroundings) -> PythonEnv {
        let python = ["python3", "python"].into_iter().find_map(|name| around.find(name));
        let launcher = || if cfg!(windows) { around.find("py") } else { None };
        let python = python.or_else(launcher);
        let mut sites = Vec::new();
        let mut fingerprint = String::new();
        if let Some(python) = &python {
            fingerprint.push_str(&stamp(python));
            let real = python.canonicalize().unwrap_or_else(|_| python.clone());
            sites = real.parent().and_then(Path::parent).map(sites_of).unwrap_or_default();
            // pyenv: a script that chooses the version.
            if let Some(pyenv) =
                python.parent().filter(|folder| folder.ends_with("shims")).and_then(Path::parent)
            {
                fingerprint.push_str(&stamp(&pyenv.join("version")));
                fingerprint.push_str(&stamp(&pyenv.join("versions")));
            }
            for (name, value) in around.versions.iter().filter(|(name, _)| name == "PYENV_VERSION") {
                fingerprint.push_str(&format!("{name}={}\n", value.display()));
            }
            sites.iter().for_each(|site| fingerprint.push_str(&stamp(site)));
        }
        let name =
            python.as_ref().and_then(|python| python.file_stem()).map(|name| name.display().to_string());
        PythonEnv {
            program: python.clone(),
            before: Vec::new(),
            python,
            packages: installed(&sites),
            is_complete: false,
            install: format!("{} -m pip install ", name.as_deref().unwrap_or("python3")),
            // Which of several it is cannot be told by the folders beside it.
            knows_safe_path: false,
            fingerprint,
        }
    }

    /// Returns the version of a package, where it is known.
    pub(super) fn version(&self, package: &str) -> Option<&str> {
        self.packages.iter().find(|(name, _)| name == package).map(|(_, version)| &**version)
    }

    /// Whether the package is missing for certain.
    pub(super) fn lacks(&self, package: &str) -> bool {
        self.is_complete && self.version(package).is_none()
    }

    /// Returns what to say where the package turns out to be missing.
    pub(super) fn missing(&self, package: &str) -> Missing {
        Missing { tool: package.to_owned(), install: format!("{}{package}", self.install) }
    }

    /// Returns the program for the modules of these packages, or what is missing.
    pub(super) fn program(&self, packages: &[&str]) -> Result<PathBuf, Missing> {
        let Some(program) = &self.program else {
            return Err(Missing { tool: "python3".to_owned(), install: String::new() });
        };
        match packages.iter().find(|package| self.lacks(package)) {
            Some(package) => Err(self.missing(package)),
            None => Ok(program.clone()),
        }
    }
}

/// Returns the interpreter of a virtual environment.
fn python_of(venv: &Path) -> Option<PathBuf> {
    let names = ["bin/python", "bin/python3", "Scripts/python.exe"];
    names.into_iter().map(|name| venv.join(name)).find(|python| python.is_file())
}

/// Returns the folders with the packages below a prefix.
fn sites_of(prefix: &Path) -> Vec<PathBuf> {
    let windows = prefix.join("Lib").join("site-packages");
    let mut sites: Vec<PathBuf> = Some(windows).filter(|site| site.is_dir()).into_iter().collect();
    for entry in std::fs::read_dir(prefix.join("lib")).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with("python3") {
            let kinds = ["site-packages", "dist-packages"].map(|kind| entry.path().join(kind));
            sites.extend(kinds.into_iter().filter(|site| site.is_dir()));
        }
    }
    sites.sort();
    sites
}

/// Whether all these folders are of Python 3.11 or later.
fn is_recent(sites: &[PathBuf]) -> bool {
    let minor = |site: &PathBuf| {
        let folder = site.parent()?.file_name()?.to_str()?;
        folder.strip_prefix("python3.")?.parse::<u32>().ok()
    };
    !sites.is_empty() && sites.iter().all(|site| minor(site).is_some_and(|minor| minor >= 11))
}

/// Returns names and versions of what is installed, by the names of the folders `NAME-VERSION.dist-info`.
fn installed(sites: &[PathBuf]) -> Vec<(String, String)> {
    let entries = sites.iter().filter_map(|site| std::fs::read_dir(site).ok()).flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let read = |name: String| {
        let (name, version) = name.strip_suffix(".dist-info")?.rsplit_once('-')?;
        Some((canonical(name), version.to_owned()))
    };
    let mut packages: Vec<_> = names.filter_map(read).collect();
    packages.sort();
    packages
}

/// Returns names and versions in a `uv.lock`.
fn locked(lock: &str) -> Vec<(String, String)> {
    let value = |line: &str, key: &str| {
        Some(line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim().trim_matches('"').to_owned())
    };
    let mut packages = Vec::new();
    let mut lines = lock.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(name) = value(line, "name") {
            let version = lines.peek().and_then(|line| value(line, "version")).unwrap_or_default();
            packages.push((canonical(&name), version));
        }
    }
    packages
}

/// The name of a package as it is compared: `Detect_Secrets` is `detect-secrets`.
fn canonical(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}
