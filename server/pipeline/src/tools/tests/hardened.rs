//! What a workspace or the environment could use to make a tool say what is not so.

use super::*;

fn problem(repository: &Repository, gate: &str) -> String {
    let plan = repository.plan("calc", &[gate]);
    let problem = plan.problems.first().map(|(_, problem)| format!("{}; {}", problem.message, problem.help));
    problem.unwrap_or_else(|| "none".to_owned())
}

#[test]
fn a_baseline_that_finds_nothing_proves_nothing() {
    let repository = python();
    for (baseline, finds) in [
        (r#"{"plugins_used": [], "filters_used": []}"#, false),
        (r#"{"plugins_used": [{"name": "AWSKeyDetector"}], "filters_used": []}"#, true),
        (
            r#"{"filters_used": [{"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["docs/", ".*\\.py$"]}]}"#,
            false,
        ),
        (
            r#"{"filters_used": [{"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["core"]}]}"#,
            true,
        ),
        (
            r#"{"filters_used": [{"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["(?=x)"]}]}"#,
            true,
        ),
        ("no JSON", true),
    ] {
        repository.write(".secrets.baseline", baseline);
        let problem = problem(&repository, "secrets");
        assert_eq!(problem == "none", finds, "{baseline}: {problem}");
    }
}

#[test]
fn no_tool_is_imported_from_the_workspace() {
    let repository = python();
    for gate in ["lint", "types", "secrets", "vulnerabilities", "complexity"] {
        let plan = repository.plan("calc", &[gate]);
        for command in &plan.checks[0].commands {
            let is_safe = command.env.contains(&("PYTHONSAFEPATH".to_owned(), Arg::text("1")));
            assert!(is_safe && command.args[0] == Arg::text("-m"), "{gate}");
            assert!(command.env_remove.iter().any(|name| name == "PYTHONPATH"), "{gate}");
        }
    }
    // Tests are code of the project, and import it from where they are run.
    let tests = repository.plan("calc", &["tests"]);
    assert!(tests.checks[0].commands.iter().all(|command| {
        command.args[0] == Arg::text("-m") && command.env.iter().all(|(name, _)| name != "PYTHONSAFEPATH")
    }));
}

/// An old Python cannot be told by a variable; for trust it is the same command.
#[test]
fn an_old_python_is_started_without_the_workspace() {
    let repository = python();
    let site = repository.root().join(".venv/lib");
    let text = |repository: &Repository| {
        let check = repository.plan("calc", &["complexity"]).checks.remove(0);
        (check.commands[0].args[0].clone(), check.executed(&repository.root()))
    };
    let (first, new) = text(&repository);
    std::fs::rename(site.join("python3.12"), site.join("python3.9")).unwrap();
    let (second, old) = text(&repository);
    assert_eq!((first, second), (Arg::text("-m"), Arg::text("-c")));
    assert_eq!(new, old);
}

#[test]
fn pyright_takes_the_python_of_the_project() {
    let repository = python();
    let check = repository.plan("calc", &["types"]).checks.remove(0);
    let args: Vec<_> = check.commands[0].args.iter().map(Arg::definition).collect();
    let python = repository.root().join(".venv/bin/python").display().to_string();
    assert!(args.windows(2).any(|two| two == ["--pythonpath", &*python]), "{args:?}");
    assert!(
        !check.executed(&repository.root()).contains("pythonpath"),
        "which Python it is is no matter of trust"
    );
}

#[test]
fn a_lock_is_neither_written_nor_decides_about_trust() {
    let repository = Repository::new(&["src/calc/src/lib.rs"]);
    repository.write("src/calc/Cargo.toml", "[package]\nname = \"calc\"\n");
    repository.program("bin/cargo");
    let check = || repository.plan("calc", &["types"]).checks.remove(0);
    let missing = check().missing().unwrap().problem();
    assert_eq!(
        (missing.message, missing.help),
        ("`Cargo.lock` is not there".to_owned(), "make it with `cargo generate-lockfile`".to_owned())
    );
    let before = check().executed(&repository.root());
    repository.write("src/calc/Cargo.lock", "");
    assert_eq!(check().missing(), None);
    assert_eq!(check().executed(&repository.root()), before);
    assert_eq!(
        problem(&repository, "integration_tests"),
        "`calc` has no integration tests; looked for files below `src/calc/tests`; write `src/calc/tests/integration.rs`, \
         or correct `components.tests` in stagegate.yaml"
    );
}

#[test]
fn what_decides_how_rust_is_compiled_is_in_the_fingerprint() {
    let mut repository = Repository::new(&["src/calc/src/lib.rs", "src/calc/Cargo.lock"]);
    repository.write("src/calc/Cargo.toml", "[package]\nname = \"calc\"\n");
    repository.program("bin/cargo");
    let fingerprint =
        |repository: &Repository| repository.plan("calc", &["types"]).checks[0].tool.fingerprint.clone();
    let before = fingerprint(&repository);
    repository.around.versions = vec![("RUSTFLAGS".to_owned(), "--cap-lints allow".into())];
    assert_ne!(fingerprint(&repository), before);
}

#[test]
fn a_broken_package_is_named() {
    let repository = Repository::new(&["src/calc/index.js"]);
    repository.write("package.json", "{\"name\":\"nd\"");
    for gate in ["tests", "lint"] {
        assert_eq!(
            problem(&repository, gate),
            "`package.json` is no valid JSON: EOF while parsing an object at line 1 column 12; correct `package.json`"
        );
    }
}

#[test]
fn a_report_of_other_tools_opens_no_gate() {
    let repository = python();
    for (gate, format, fits) in [
        ("vulnerabilities", "detect-secrets", false),
        ("vulnerabilities", "bandit", true),
        ("secrets", "ruff", false),
        ("secrets", "sarif", true),
        ("types", "ruff", false),
        ("types", "pyright", true),
        ("lint", "bandit", false),
        ("lint", "eslint", true),
    ] {
        let yaml =
            format!("gates:\n  {gate}:\n    command: [sh, x]\n    report: '-'\n    format: {format}\n");
        repository.write("stagegate.yaml", &yaml);
        assert_eq!(!problem(&repository, gate).contains("cannot be judged by"), fits, "{gate} {format}");
    }
}

/// The tools of a preset may be configured to write another report as well.
#[test]
fn a_report_may_come_from_a_gate_without_a_command() {
    let repository = python();
    repository.write(
        "stagegate.yaml",
        "gates:\n  coverage:\n    from: tests\n    report: out/coverage.xml\n    format: cobertura\n",
    );
    let [of_tests, of_coverage] =
        ["tests", "coverage"].map(|gate| repository.plan("calc", &[gate]).checks.remove(0));
    assert_eq!(of_tests.id, of_coverage.id, "they are one run");
    let gates: Vec<_> = of_tests.gates.iter().map(|gate| (gate.gate.as_str(), gate.proof.clone())).collect();
    let place = ReportPlace::InRepository("out/coverage.xml".to_owned());
    assert_eq!(gates[1], ("coverage", Proof::Report(place, Format::Cobertura)));
    // Nothing is run for a report that others write.
    repository.write("stagegate.yaml", "gates:\n  contract:\n    report: out/junit.xml\n    format: junit\n");
    assert_eq!(
        problem(&repository, "contract"),
        "nothing is run that writes its report `out/junit.xml`; write `command`, or the gate whose tools write the report \
         as `from`, under `gates.contract` in stagegate.yaml; what others wrote there is shown, and opens no gate"
    );
}
