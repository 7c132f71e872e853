//! What is run for a component in Rust: that of its package.

use std::path::{Path, PathBuf};

use stagegate_core::gates::{GateKind, Problem};
use stagegate_core::report::Format;

use super::parts::upwards;
use super::python::{fresh, gate};
use super::surroundings::{stamp, text};
use super::{Arg, Check, Context, Invocation, Missing, Prepare, Proof, ReportPlace, Tool};
use super::{not_configured, nothing_there};

/// A package of Cargo.
struct Cargo<'a> {
    cx: &'a Context<'a>,
    /// The folder of the workspace, which the paths in messages are relative to.
    folder: String,
    /// The folder of the package.
    home: String,
    package: String,
}

/// Added below the settings of the repository, which win.
const NEXTEST: &str =
    "[profile.stagegate]\nfail-fast = false\n\n[profile.stagegate.junit]\npath = \"{run}/junit.xml\"\n";

/// Variables that change what is run without a trace in the repository. Those that change how it is compiled are in the
/// fingerprint: machines that build with `RUSTFLAGS` mean to.
const REMOVED: [&str; 6] = [
    "CARGO_BUILD_MESSAGE_FORMAT",
    "CLIPPY_CONF_DIR",
    "NEXTEST_PROFILE",
    "NEXTEST_RETRIES",
    "RUST_TEST_SHUFFLE",
    "RUST_TEST_THREADS",
];

/// Whether the component lies in a package of Cargo.
pub(super) fn has_package(cx: &Context<'_>) -> bool {
    Cargo::find(cx).is_some()
}

/// Returns what is run for a gate.
pub(super) fn preset(cx: &Context<'_>, kind: GateKind) -> Result<Check, Problem> {
    let Some(cargo) = Cargo::find(cx) else {
        let message = format!("no Cargo.toml with a package is around the source of `{}`", cx.parts.name);
        return Err(not_configured(&kind.into(), message));
    };
    match kind {
        GateKind::Tests => Ok(cargo.tests(kind, None)),
        GateKind::IntegrationTests => cargo.named(kind, "integration"),
        GateKind::E2eTests => cargo.named(kind, "e2e"),
        GateKind::Coverage => Ok(cargo.coverage()),
        GateKind::Lint => Ok(cargo.messages(kind, "clippy", &["--no-deps"])),
        GateKind::Types => Ok(cargo.messages(kind, "check", &[])),
        kind => {
            let message = format!("nothing is known that judges the {} of Rust by itself", kind.title());
            Err(not_configured(&kind.into(), message))
        }
    }
}

impl Cargo<'_> {
    fn find<'a>(cx: &'a Context<'_>) -> Option<Cargo<'a>> {
        let inner = cx.parts.folder(cx.root, false);
        let manifest = |folder: &str| -> Option<toml_edit::DocumentMut> {
            text(&cx.root.join(folder).join("Cargo.toml")).parse().ok()
        };
        let (home, package) = upwards(&inner).find_map(|folder| {
            let manifest = manifest(folder)?;
            Some((folder, manifest.get("package")?.get("name")?.as_str()?.to_owned()))
        })?;
        // Else it could be an option.
        let valid = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if package.is_empty() || package.starts_with('-') || !package.bytes().all(valid) {
            return None;
        }
        let is_workspace =
            |folder: &&str| manifest(folder).is_some_and(|manifest| manifest.contains_key("workspace"));
        let folder = upwards(home).find(is_workspace).unwrap_or(home).to_owned();
        Some(Cargo { cx, folder, home: home.to_owned(), package })
    }

    /// Returns a subcommand, `before` its other arguments; what it needs beside cargo is `tool`.
    fn command(&self, subcommand: &[&str], tool: Option<(&str, &str)>) -> Invocation {
        let missing =
            |tool: &str, install: &str| Missing { tool: tool.to_owned(), install: install.to_owned() };
        let program = self.program("cargo").ok_or_else(|| missing("cargo", "rustup default stable"));
        let program = match tool {
            Some((tool, install)) if self.program(tool).is_none() => program.and(Err(missing(tool, install))),
            _ => program,
        };
        let mut args: Vec<Arg> = subcommand.iter().copied().map(Arg::text).collect();
        args.push(Arg::text("-p"));
        args.push(Arg::Name {
            before: String::new(),
            what: "package",
            name: self.package.clone(),
            after: String::new(),
        });
        // Cargo would write one beside the sources, which are not touched, and each machine would have another one.
        args.push(Arg::text("--locked"));
        let program = match self.cx.root.join(&self.folder).join("Cargo.lock").is_file() {
            false => program.and(Err(missing("Cargo.lock", "cargo generate-lockfile"))),
            true => program,
        };
        Invocation {
            program,
            name: "cargo".into(),
            args,
            env: [
                ("CARGO_TERM_COLOR", "never"),
                ("CARGO_TERM_PROGRESS_WHEN", "never"),
                ("CARGO_LLVM_COV_SETUP", "no"),
            ]
            .map(|(name, value)| (name.to_owned(), Arg::text(value)))
            .into(),
            env_remove: REMOVED.map(str::to_owned).into(),
            folder: self.folder.clone(),
            exit_codes: vec![0],
            lists_files: false,
            modules: Vec::new(),
        }
    }

    fn program(&self, name: &str) -> Option<PathBuf> {
        let usual = || {
            let home = self.cx.around.home.as_deref()?;
            self.cx.around.at(&home.join(".cargo").join("bin").join(name))
        };
        self.cx.around.find(name).or_else(usual)
    }

    /// Returns the tool. rustup chooses the toolchain, so what it chooses from belongs to it.
    fn tool(&self, name: &str, program: &str, version: &[&str]) -> Tool {
        let mut fingerprint = String::new();
        let mut version_command = None;
        for name in [program, "cargo"] {
            if let Some(found) = self.program(name) {
                fingerprint.push_str(&stamp(&found));
                if version_command.is_none() && !version.is_empty() && name == program {
                    version_command = Some((found, version.iter().copied().map(str::to_owned).collect()));
                }
            }
        }
        for (name, value) in &self.cx.around.versions {
            fingerprint.push_str(&format!("{name}={}\n", value.display()));
        }
        if let Some(rustup) = self.rustup() {
            fingerprint.push_str(&stamp(&rustup.join("settings.toml")));
            let toolchains = folders(&rustup.join("toolchains"));
            let manifest =
                |toolchain: &PathBuf| toolchain.join("lib/rustlib/multirust-channel-manifest.toml");
            toolchains.iter().for_each(|toolchain| fingerprint.push_str(&stamp(&manifest(toolchain))));
        }
        Tool { name: name.to_owned(), version: None, version_command, fingerprint }
    }

    fn rustup(&self) -> Option<PathBuf> {
        Some(self.cx.around.home.as_ref()?.join(".rustup")).filter(|rustup| rustup.is_dir())
    }

    /// Tests through nextest where it is there, of one file of tests where `test`.
    fn tests(&self, kind: GateKind, test: Option<&str>) -> Check {
        let only = |command: &mut Invocation| {
            if let Some(test) = test {
                command.args.extend([Arg::text("--test"), Arg::text(test)]);
            }
        };
        if self.program("cargo-nextest").is_none() {
            let mut command = self.command(&["test", "--no-fail-fast"], None);
            only(&mut command);
            let tool = self.tool("cargo test", "cargo", &["--version"]);
            return Check::new(tool, vec![command], vec![gate(kind, 0, Proof::Libtest, &[0, 101])]);
        }
        let mut command =
            self.command(&["nextest", "run", "--profile", "stagegate", "--tool-config-file"], None);
        command.args.insert(5, Arg::run("stagegate:", "nextest.toml"));
        only(&mut command);
        // 100: a test failed. 4: there is none, and the report says so.
        let gates = vec![gate(kind, 0, fresh("junit.xml", Format::Junit), &[0, 4, 100])];
        let tool = self.tool("cargo-nextest", "cargo-nextest", &["nextest", "--version"]);
        let mut check = Check::new(tool, vec![command], gates);
        check.prepare = vec![Prepare::Write { name: "nextest.toml".to_owned(), text: NEXTEST.to_owned() }];
        check
    }

    /// The files of tests `tests/NAME.rs` or `tests/NAME/main.rs`.
    fn named(&self, kind: GateKind, name: &str) -> Result<Check, Problem> {
        let tests = self.cx.root.join(&self.home).join("tests");
        let is_there =
            tests.join(format!("{name}.rs")).is_file() || tests.join(name).join("main.rs").is_file();
        if is_there {
            return Ok(self.tests(kind, Some(name)));
        }
        let folder = if self.home.is_empty() { "tests".to_owned() } else { format!("{}/tests", self.home) };
        Err(nothing_there(kind, &self.cx.parts.name, &folder, &format!("{name}.rs")))
    }

    /// Coverage through llvm-cov or tarpaulin. Neither writes a report where a test fails.
    fn coverage(&self) -> Check {
        let gates = vec![gate(GateKind::Coverage, 0, fresh("lcov.info", Format::Lcov), &[0])];
        let has_llvm_cov = self.program("cargo-llvm-cov").is_some();
        if !has_llvm_cov && self.program("cargo-tarpaulin").is_some() {
            let mut command = self.command(&["tarpaulin", "--skip-clean", "--out", "Lcov"], None);
            command.args.extend([Arg::text("--output-dir"), Arg::run("", "")]);
            let tool = self.tool("cargo-tarpaulin", "cargo-tarpaulin", &["tarpaulin", "--version"]);
            return Check::new(tool, vec![command], gates);
        }
        let mut command =
            self.command(&["llvm-cov", "--lcov"], Some(("cargo-llvm-cov", "cargo install cargo-llvm-cov")));
        command.args.extend([Arg::text("--output-path"), Arg::run("", "lcov.info")]);
        // It would download them by itself.
        if command.program.is_ok() && self.lacks_llvm_tools() {
            let install = "rustup component add llvm-tools".to_owned();
            command.program = Err(Missing { tool: "llvm-tools".to_owned(), install });
        }
        let tool = self.tool("cargo-llvm-cov", "cargo-llvm-cov", &["llvm-cov", "--version"]);
        Check::new(tool, vec![command], gates)
    }

    /// Whether no toolchain of rustup has the tools of LLVM.
    fn lacks_llvm_tools(&self) -> bool {
        let Some(rustup) = self.rustup() else { return false };
        let toolchains = folders(&rustup.join("toolchains"));
        let targets = toolchains.iter().flat_map(|toolchain| folders(&toolchain.join("lib/rustlib")));
        let mut targets = targets.map(|target| target.join("bin").join("llvm-cov")).peekable();
        targets.peek().is_some()
            && !targets.any(|tool| tool.is_file() || tool.with_extension("exe").is_file())
    }

    fn messages(&self, kind: GateKind, subcommand: &str, more: &[&str]) -> Check {
        let needed = (subcommand == "clippy").then_some(("cargo-clippy", "rustup component add clippy"));
        let mut command = self.command(&[subcommand, "--message-format=json", "--all-targets"], needed);
        command.args.extend(more.iter().copied().map(Arg::text));
        let proof = Proof::Report(ReportPlace::Stdout, Format::Cargo);
        let tool = match needed {
            Some(_) => self.tool("clippy", "cargo-clippy", &["clippy", "--version"]),
            None => self.tool("cargo check", "cargo", &["--version"]),
        };
        Check::new(tool, vec![command], vec![gate(kind, 0, proof, &[0, 101])])
    }
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}
