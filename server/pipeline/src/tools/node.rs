//! What is run for a component in JavaScript or TypeScript: that of its package.

use std::path::PathBuf;

use serde_json::Value;
use stagegate_core::gates::{GateKind, Problem};
use stagegate_core::report::Format;

use super::parts::{relative, upwards};
use super::python::{fresh, gate};
use super::surroundings::{stamp, text};
use super::{Arg, Check, Context, Invocation, Missing, Proof, ReportPlace, Tool, not_configured};

/// A package of npm, pnpm or yarn.
struct Node<'a> {
    cx: &'a Context<'a>,
    folder: String,
    manifest: Value,
    /// Why the manifest could not be read.
    broken: Option<String>,
}

/// Whether the component lies in a package.
pub(super) fn has_package(cx: &Context<'_>) -> bool {
    Node::find(cx).is_some()
}

/// Returns what is run for a gate.
pub(super) fn preset(cx: &Context<'_>, kind: GateKind) -> Result<Check, Problem> {
    let Some(node) = Node::find(cx) else {
        let message = format!("no package.json is around the source of `{}`", cx.parts.name);
        return Err(not_configured(&kind.into(), message));
    };
    if let Some(error) = &node.broken {
        let file = node.file("package.json");
        let message = format!("`{file}` is no valid JSON: {error}");
        let mut problem = not_configured(&kind.into(), message);
        problem.help = format!("correct `{file}`");
        return Err(problem);
    }
    match kind {
        GateKind::Tests => node.tests(),
        GateKind::Lint => Ok(node.lint()),
        GateKind::Types => node.types(),
        kind => {
            let message =
                format!("nothing is known that judges the {} of JavaScript by itself", kind.title());
            Err(not_configured(&kind.into(), message))
        }
    }
}

impl Node<'_> {
    fn find<'a>(cx: &'a Context<'_>) -> Option<Node<'a>> {
        let has = |folder: &&str| cx.root.join(folder).join("package.json").is_file();
        let [outer, inner] = [true, false].map(|tests| cx.parts.folder(cx.root, tests));
        let folder = upwards(&outer).find(has).or_else(|| upwards(&inner).find(has))?.to_owned();
        let (manifest, broken) =
            match serde_json::from_str(&text(&cx.root.join(&folder).join("package.json"))) {
                Ok(manifest) => (manifest, None),
                Err(error) => (Value::Null, Some(error.to_string())),
            };
        Some(Node { cx, folder, manifest, broken })
    }

    /// Returns the path of a file of the package.
    fn file(&self, name: &str) -> String {
        if self.folder.is_empty() { name.to_owned() } else { format!("{}/{name}", self.folder) }
    }

    /// Returns a program of `node_modules/.bin`, of the package or a folder around it.
    fn bin(&self, name: &str) -> Option<PathBuf> {
        let folders = upwards(&self.folder).map(|folder| self.cx.root.join(folder).join("node_modules"));
        folders.map(|modules| modules.join(".bin").join(name)).find_map(|path| self.cx.around.at(&path))
    }

    /// Returns the package manager, by its lock file.
    fn manager(&self) -> &'static str {
        let locks = [("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("package-lock.json", "npm")];
        upwards(&self.folder)
            .flat_map(|folder| locks.map(|(lock, manager)| (self.cx.root.join(folder).join(lock), manager)))
            .find(|(lock, _)| lock.is_file())
            .map_or("npm", |(_, manager)| manager)
    }

    fn missing(&self, package: &str) -> Missing {
        let add = match self.manager() {
            "pnpm" => "pnpm add --save-dev",
            "yarn" => "yarn add --dev",
            _ => "npm install --save-dev",
        };
        Missing { tool: package.to_owned(), install: format!("{add} {package}") }
    }

    fn command(&self, name: &str, program: Result<PathBuf, Missing>, args: Vec<Arg>) -> Invocation {
        Invocation {
            program,
            name: name.into(),
            args,
            env: vec![("NO_COLOR".to_owned(), Arg::text("1")), ("CI".to_owned(), Arg::text("true"))],
            env_remove: ["FORCE_COLOR", "NODE_OPTIONS", "NODE_PATH", "NODE_TEST_CONTEXT"]
                .map(str::to_owned)
                .into(),
            folder: self.folder.clone(),
            exit_codes: vec![0],
            lists_files: false,
            modules: Vec::new(),
        }
    }

    /// Returns a tool of `node_modules`.
    fn tool(&self, package: &str, program: Option<&PathBuf>) -> Tool {
        let modules = upwards(&self.folder).map(|folder| self.cx.root.join(folder).join("node_modules"));
        let modules = modules.filter(|modules| modules.is_dir());
        let mut fingerprint = program.map(|program| stamp(program)).unwrap_or_default();
        fingerprint.push_str(&self.cx.around.find("node").map(|node| stamp(&node)).unwrap_or_default());
        let mut version = None;
        for modules in modules {
            fingerprint.push_str(&stamp(&modules));
            // npm writes it with every change.
            fingerprint.push_str(&stamp(&modules.join(".package-lock.json")));
            let manifest = modules.join(package).join("package.json");
            fingerprint.push_str(&stamp(&manifest));
            let read = || {
                serde_json::from_str::<Value>(&text(&manifest)).ok()?["version"].as_str().map(str::to_owned)
            };
            version = version.or_else(read);
        }
        Tool { name: package.to_owned(), version, version_command: None, fingerprint }
    }

    fn paths(&self) -> Vec<Arg> {
        let parts = &self.cx.parts;
        let sources = parts.sources.iter().map(|path| ("sources", &**path));
        let tests = parts.all_tests().into_iter().map(|path| ("tests", path));
        sources
            .chain(tests)
            .map(|(what, path)| Arg::Paths {
                before: String::new(),
                what,
                paths: vec![relative(path, &self.folder)],
            })
            .collect()
    }

    /// The package's test script. Its exit code proves nothing, so that it must be one that can be told to write a report.
    fn tests(&self) -> Result<Check, Problem> {
        let gate_name = GateKind::Tests.into();
        let script = self.manifest["scripts"]["test"].as_str().unwrap_or_default().trim();
        if script.is_empty() || script.contains("no test specified") {
            let file = self.file("package.json");
            return Err(not_configured(&gate_name, format!("{file} has no script `test`")));
        }
        let mut words = script.split_whitespace();
        let is_simple = !script.contains(['&', '|', ';', '<', '>', '$', '`', '\n']);
        let runner = words.next().filter(|_| is_simple).unwrap_or_default();
        let run = |before: &str| Arg::run(before, "junit.xml");
        let mut env = Vec::new();
        let mut needs = runner;
        // What is appended behind a path would be taken for another path.
        let names_paths = words.clone().any(|word| !word.starts_with('-'));
        if runner == "node" && words.clone().any(|word| word == "--test") && names_paths {
            return self.node_itself(script);
        }
        let args = match runner {
            "node" if words.clone().any(|word| word == "--test") => {
                vec![Arg::text("--test-reporter=junit"), run("--test-reporter-destination=")]
            }
            "vitest" => vec![Arg::text("--run"), Arg::text("--reporter=junit"), run("--outputFile=")],
            "mocha" => vec![
                Arg::text("--reporter"),
                Arg::text("xunit"),
                Arg::text("--reporter-option"),
                run("output="),
            ],
            "jest" => {
                env.push(("JEST_JUNIT_OUTPUT_FILE".to_owned(), run("")));
                needs = "jest-junit";
                vec![Arg::text("--reporters=jest-junit")]
            }
            _ => {
                let message = format!(
                    "the script `test` of package.json (`{script}`) is none that is known to write a JUnit report"
                );
                return Err(not_configured(&gate_name, message));
            }
        };
        let manager = self.manager();
        let missing =
            || Missing { tool: manager.to_owned(), install: format!("npm install --global {manager}") };
        let mut program = self.cx.around.find(manager).ok_or_else(missing);
        let modules = upwards(&self.folder).map(|folder| self.cx.root.join(folder).join("node_modules"));
        if needs != "node" && !modules.map(|modules| modules.join(needs)).any(|package| package.is_dir()) {
            program = program.and(Err(self.missing(needs)));
        }
        let before: &[&str] = match manager {
            "pnpm" => &["--silent", "test"],
            "yarn" => &["run", "test"],
            _ => &["test", "--silent", "--"],
        };
        let all = before.iter().copied().map(Arg::text).chain(args).collect();
        let tool = self.tool(needs, program.as_ref().ok());
        let mut command = self.command(manager, program, all);
        command.env.extend(env);
        let gates = vec![gate(GateKind::Tests, 0, fresh("junit.xml", Format::Junit), &[0, 1])];
        let mut check = Check::new(tool, vec![command], gates);
        // The scripts are shell lines that npm starts: who trusts the command trusts them.
        for name in ["pretest", "test", "posttest"] {
            if let Some(script) = self.manifest["scripts"][name].as_str() {
                check.notes.push(format!("package.json: {name}: {script}"));
            }
        }
        Ok(check)
    }

    /// Node without npm, with the words of the script.
    fn node_itself(&self, script: &str) -> Result<Check, Problem> {
        let has_hooks = ["pretest", "posttest"].iter().any(|name| self.manifest["scripts"][name].is_string());
        if has_hooks || script.contains(['\'', '"', '*', '?', '[', '{', '~', '\\', '#', '=']) {
            let message = format!(
                "the script `test` of package.json (`{script}`) cannot be told to write a JUnit report; a plain `node --test` can"
            );
            return Err(not_configured(&GateKind::Tests.into(), message));
        }
        let missing = Missing { tool: "node".to_owned(), install: String::new() };
        let program = self.cx.around.find("node").ok_or(missing);
        let tool = self.tool("node", program.as_ref().ok());
        let mut args =
            vec![Arg::text("--test-reporter=junit"), Arg::run("--test-reporter-destination=", "junit.xml")];
        args.extend(script.split_whitespace().skip(1).map(Arg::text));
        let command = self.command("node", program, args);
        let gates = vec![gate(GateKind::Tests, 0, fresh("junit.xml", Format::Junit), &[0, 1])];
        Ok(Check::new(tool, vec![command], gates))
    }

    fn lint(&self) -> Check {
        let program = self.bin("eslint");
        let tool = self.tool("eslint", program.as_ref());
        let mut args = vec![Arg::text("-f"), Arg::text("json"), Arg::text("-o"), Arg::run("", "eslint.json")];
        args.extend(self.paths());
        let command =
            self.command("node_modules/.bin/eslint", program.ok_or_else(|| self.missing("eslint")), args);
        let gates = vec![gate(GateKind::Lint, 0, fresh("eslint.json", Format::Eslint), &[0, 1])];
        Check::new(tool, vec![command], gates)
    }

    /// The whole project of the `tsconfig.json`, for files are not checked alone.
    fn types(&self) -> Result<Check, Problem> {
        let here = |folder: &&str| self.cx.root.join(folder).join("tsconfig.json").is_file();
        let inner = self.cx.parts.folder(self.cx.root, false);
        let within = upwards(&inner).take_while(|folder| folder.len() >= self.folder.len());
        let Some(folder) = within.into_iter().find(here) else {
            let message = format!("no tsconfig.json is around the source of `{}`", self.cx.parts.name);
            return Err(not_configured(&GateKind::Types.into(), message));
        };
        let path =
            if folder.is_empty() { "tsconfig.json".to_owned() } else { format!("{folder}/tsconfig.json") };
        let program = self.bin("tsc");
        let tool = self.tool("typescript", program.as_ref());
        let mut args: Vec<Arg> = ["--noEmit", "--pretty", "false", "--diagnostics"].map(Arg::text).into();
        // Else the state of the build is written beside the sources.
        if text(&self.cx.root.join(&path)).contains("\"composite\"") {
            args.extend([Arg::text("--tsBuildInfoFile"), Arg::run("", "tsc.tsbuildinfo")]);
        } else {
            args.extend(["--incremental", "false"].map(Arg::text));
        }
        args.extend([Arg::text("-p"), Arg::Text(relative(&path, &self.folder))]);
        let command =
            self.command("node_modules/.bin/tsc", program.ok_or_else(|| self.missing("typescript")), args);
        let proof = Proof::Report(ReportPlace::Stdout, Format::Tsc);
        Ok(Check::new(tool, vec![command], vec![gate(GateKind::Types, 0, proof, &[0, 1, 2])]))
    }
}
