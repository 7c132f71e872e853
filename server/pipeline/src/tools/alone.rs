//! One failed test in a process of its own (requirement 003, "Retry with isolated test execution").

use std::collections::BTreeSet;
use std::time::Duration;

use stagegate_core::gates::GateKind;
use stagegate_core::report::{Format, TestCase};

use super::parts::upwards;
use super::{Arg, Check, CheckGate, Proof, ReportPlace};

impl Check {
    /// Returns the place of the gate in [`Check::gates`] whose failed tests can be run alone.
    pub(crate) fn alone_gate(&self) -> Option<usize> {
        self.alone.as_ref()?;
        let is_meant = |gate: &CheckGate| {
            let kind = gate.gate.kind();
            let proof = matches!(&gate.proof, Proof::Report(ReportPlace::Fresh(_), Format::Junit));
            proof
                && gate.command == 0
                && matches!(kind, GateKind::Tests | GateKind::IntegrationTests | GateKind::E2eTests)
        };
        self.gates.iter().position(is_meant)
    }

    /// Returns the check that runs one test, by the name that [`Check::test_name`] gave, for at most `timeout`. With
    /// whatever name it is the same to trust ([`Check::executed`]).
    pub(crate) fn of_one(&self, test: &str, timeout: Duration) -> Option<Check> {
        let gate = CheckGate { command: 0, ..self.gates.get(self.alone_gate()?)?.clone() };
        let mut command = self.alone.clone()?;
        let (before, after) = (String::new(), String::new());
        command.args.push(Arg::Name { before, what: "test", name: test.to_owned(), after });
        Some(Check {
            gates: vec![gate],
            commands: vec![command],
            timeout,
            retries: 0,
            alone: None,
            ..self.clone()
        })
    }

    /// Returns the name by which pytest runs exactly the test of a report: `tests/test_a.py::TestA::test_b[1-2]`; `None`
    /// where the report does not tell which it is. Paths in a report are relative to the folder that pytest takes for
    /// the root, which may be any above the tests; `is_file` looks for paths relative to the repository.
    pub(crate) fn test_name(&self, case: &TestCase, is_file: &dyn Fn(&str) -> bool) -> Option<String> {
        let folder = &*self.commands.first()?.folder;
        let (class, name) = (case.class.as_deref()?, &*case.name);
        let function = name.split('[').next().unwrap_or_default();
        let is_plain = |text: &str| !text.is_empty() && !text.contains("::");
        if !is_plain(function) || class.contains('[') || format!("{class}{name}").contains(char::is_control) {
            return None;
        }
        let tests = self.tests_of_first();
        let file = case.file.as_ref().filter(|file| !file.outside).map(|file| &*file.path);
        let file = file.and_then(|file| below(folder, file));
        let of_file = file.and_then(|file| {
            let classes = class.strip_prefix(&*file.strip_suffix(".py")?.replace('/', "."))?;
            let classes = if classes.is_empty() { classes } else { classes.strip_prefix('.')? };
            only(found(file, &tests, is_file)).map(|path| (path, classes.to_owned()))
        });
        // A test that a class inherits is in another file than the class.
        let (path, classes) = of_file.or_else(|| only(by_class(class, &tests, is_file)))?;
        let path = below(folder, &path)?;
        if path.starts_with(['-', '@']) || path.contains('[') || path.contains("::") {
            return None;
        }
        let classes: Vec<&str> = classes.split('.').filter(|_| !classes.is_empty()).collect();
        if !classes.iter().all(|class| is_plain(class)) {
            return None;
        }
        let parts = std::iter::once(path).chain(classes).chain([name]);
        Some(parts.collect::<Vec<_>>().join("::"))
    }

    /// Returns the files and folders of tests that the first command is told to run, relative to the repository.
    fn tests_of_first(&self) -> Vec<String> {
        let Some(command) = self.commands.first() else { return Vec::new() };
        let paths = command.args.iter().filter_map(|arg| match arg {
            Arg::Paths { before, what: "tests", paths } if before.is_empty() => Some(paths),
            _ => None,
        });
        let folder = &command.folder;
        let whole = |path: &String| if folder.is_empty() { path.clone() } else { format!("{folder}/{path}") };
        paths.flatten().map(whole).collect()
    }
}

/// Returns `path` relative to `folder`, both with `/`.
fn below<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

/// Returns the files of tests that `path` may mean, which is relative to a folder above one of `tests`.
fn found(path: &str, tests: &[String], is_file: &dyn Fn(&str) -> bool) -> BTreeSet<String> {
    let holds = |file: &str| {
        tests.iter().any(|test| {
            file.strip_prefix(&**test).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let above: BTreeSet<&str> = tests.iter().flat_map(|test| upwards(test)).chain([""]).collect();
    let at = |folder: &str| if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
    above.into_iter().map(at).filter(|file| holds(file) && is_file(file)).collect()
}

/// Returns the files and classes that `tests.test_a.TestA` may mean.
fn by_class(class: &str, tests: &[String], is_file: &dyn Fn(&str) -> bool) -> BTreeSet<(String, String)> {
    let parts: Vec<&str> = class.split('.').collect();
    let mut all = BTreeSet::new();
    for (at, _) in parts.iter().enumerate() {
        let (module, classes) = parts.split_at(at + 1);
        let files = found(&format!("{}.py", module.join("/")), tests, is_file);
        all.extend(files.into_iter().map(|file| (file, classes.join("."))));
    }
    all
}

/// Returns what there is, where there is one.
fn only<T>(all: BTreeSet<T>) -> Option<T> {
    let mut all = all.into_iter();
    all.next().filter(|_| all.next().is_none())
}
