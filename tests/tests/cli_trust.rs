//! `stagegate trust` from outside: what it says, what it keeps, and what it refuses.

use std::path::Path;
use std::process::{Command, Stdio};

use expect_test::{Expect, expect};
use stagegate_tests::cli::{Outcome, Sandbox};

const PYTEST: &str = "[pytest]\naddopts = -q\n";

/// A workspace, and a state folder beside it.
struct Fixture {
    sandbox: Sandbox,
    state: tempfile::TempDir,
}

fn fixture() -> Fixture {
    let files = [("stagegate.yaml", "rules: {}\n"), ("pytest.ini", PYTEST), ("tests/test_a.py", "")];
    Fixture {
        sandbox: Sandbox::new(&files),
        state: tempfile::tempdir().expect("a temporary folder can be made"),
    }
}

impl Fixture {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command(arguments);
        command.env("STAGEGATE_STATE_DIR", self.state.path().join("new")).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_command(&mut self.command(arguments))
    }

    fn run_command(&self, command: &mut Command) -> Outcome {
        let output = command.output().expect("the binary can be started");
        let state = std::fs::canonicalize(self.state.path()).expect("the folder exists");
        let root = self.sandbox.path("");
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes)
                .replace(root.to_str().expect("temporary folders are UTF-8").trim_end_matches('/'), "[ROOT]")
                .replace(state.to_str().expect("temporary folders are UTF-8"), "[STATE]");
            without_time(&text)
        };
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    fn check(&self, arguments: &[&str], expected: &Expect) {
        expected.assert_eq(&self.run(arguments).all());
    }
}

/// Replaces times by `[TIME]`.
fn without_time(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("20").filter(|at| rest[*at..].get(4..5) == Some("-")) {
        let end = rest[at..].find('Z').map_or(rest.len(), |end| at + end + 1);
        out.push_str(&rest[..at]);
        out.push_str("[TIME]");
        rest = &rest[end..];
    }
    out + rest
}

#[test]
fn trust_is_given_shown_lost_and_taken_back() {
    let f = fixture();
    f.check(
        &["trust", "--show"],
        &expect![[r#"
        exit 1
        --- stdout
        Not trusted: [ROOT].

        These name programs, arguments or plug-ins for what is run:
          pytest.ini
        Its code would be run, too: its tests, and what they import.
    "#]],
    );
    f.check(
        &["trust", "--yes"],
        &expect![[r#"
        exit 0
        --- stdout
        Trusted: [ROOT], since [TIME].
    "#]],
    );
    f.check(
        &["trust"],
        &expect![[r#"
        exit 0
        --- stdout
        Trusted: [ROOT], since [TIME].
    "#]],
    );
    f.check(
        &["trust", "--show", "tests"],
        &expect![[r#"
        exit 0
        --- stdout
        Trusted: [ROOT], since [TIME].

        These name programs, arguments or plug-ins for what is run:
          pytest.ini
        Its code would be run, too: its tests, and what they import.
    "#]],
    );

    f.sandbox.write("pytest.ini", "[pytest]\naddopts = -q -p evil\n");
    f.sandbox.write("eslint.config.js", "export default [];\n");
    f.check(
        &["trust", "--show"],
        &expect![[r#"
        exit 1
        --- stdout
        Not trusted any more: [ROOT]. What decides what is run changed since [TIME]:

        eslint.config.js is new
          @@ -0,0 +1 @@
          +export default [];

        pytest.ini changed
          @@ -1,2 +1,2 @@
           [pytest]
          -addopts = -q
          +addopts = -q -p evil

        These name programs, arguments or plug-ins for what is run:
          eslint.config.js
          pytest.ini
        Its code would be run, too: its tests, and what they import.
    "#]],
    );
    f.check(&["trust"], &expect![[r#"
        exit 2
        --- stderr
        error: cannot ask whether you trust [ROOT]
          = help: `stagegate trust --show` shows what would be run; `stagegate trust --yes` trusts it without asking
    "#]]);

    f.sandbox.write("pytest.ini", PYTEST);
    let yes = f.run(&["trust", "--yes"]);
    assert!(
        yes.stdout.contains("+export default [];") && yes.stdout.ends_with("since [TIME].\n"),
        "{}",
        yes.all()
    );
    f.sandbox.write("eslint.config.js", "export default [1];\n");
    assert_eq!(f.run(&["trust", "--show"]).code, 1);
    f.sandbox.write("eslint.config.js", "export default [];\n");
    assert_eq!(f.run(&["trust", "--show"]).code, 0, "as it was trusted");
    std::fs::remove_file(f.sandbox.path("eslint.config.js")).unwrap();
    assert_eq!(f.run(&["trust", "--show"]).code, 1, "what is gone counts, too");
    f.check(
        &["trust", "--revoke"],
        &expect![[r#"
        exit 0
        --- stdout
        [ROOT] is trusted no longer.
    "#]],
    );
    f.check(
        &["trust", "--revoke"],
        &expect![[r#"
        exit 0
        --- stdout
        [ROOT] was not trusted.
    "#]],
    );
    assert_eq!(f.run(&["trust", "--show"]).code, 1);
}

#[test]
fn programs_read_one_object() {
    let f = fixture();
    f.check(&["trust", "--show", "--format", "json"], &expect![[r#"
        exit 1
        --- stdout
        {"schema":"stagegate.trust/1","root":"[ROOT]","state":"untrusted","since":null,"problem":null,"changes":[],"items":[{"label":"pytest.ini","text":"[pytest]\naddopts = -q\n"}]}
    "#]]);
    f.check(&["trust", "--format", "json"], &expect![[r#"
        exit 2
        --- stderr
        error: cannot ask whether you trust [ROOT]
          = help: `stagegate trust --show` shows what would be run; `stagegate trust --yes` trusts it without asking
    "#]]);
    f.check(&["trust", "--yes", "--format", "json"], &expect![[r#"
        exit 0
        --- stdout
        {"schema":"stagegate.trust/1","root":"[ROOT]","state":"trusted","since":"[TIME]","problem":null,"changes":[],"items":[{"label":"pytest.ini","text":"[pytest]\naddopts = -q\n"}]}
    "#]]);
    f.sandbox.write("pytest.ini", "");
    f.check(&["trust", "--show", "--format", "json"], &expect![[r#"
        exit 1
        --- stdout
        {"schema":"stagegate.trust/1","root":"[ROOT]","state":"lapsed","since":"[TIME]","problem":null,"changes":[{"label":"pytest.ini","before":"[pytest]\naddopts = -q\n","after":""}],"items":[{"label":"pytest.ini","text":""}]}
    "#]]);
    f.check(&["trust", "--revoke", "--format", "json"], &expect![[r#"
        exit 0
        --- stdout
        {"schema":"stagegate.trust/1","root":"[ROOT]","state":"untrusted","since":null,"problem":null,"changes":[],"items":[]}
    "#]]);
}

#[test]
fn nothing_in_the_workspace_steers_the_terminal() {
    let f = fixture();
    assert_eq!(f.run(&["trust", "--yes"]).code, 0);
    f.sandbox.write("pytest.ini", "[pytest]\r\x1b[1A\x1b[2Kaddopts = -q\u{202e}\n");
    let shown = f.run(&["trust", "--show"]);
    assert!(!shown.stdout.chars().any(|c| c != '\n' && c.is_control()), "{:?}", shown.stdout);
    assert!(
        shown.stdout.contains(r"+[pytest]\u{d}\u{1b}[1A\u{1b}[2Kaddopts = -q\u{202e}"),
        "{}",
        shown.stdout
    );
}

#[test]
fn the_workspace_has_no_say_in_where_trust_is_kept() {
    let f = fixture();
    let inside = |state_dir: &Path, expected: Expect| {
        let mut command = f.command(&["trust", "--yes"]);
        expected.assert_eq(&f.run_command(command.env("STAGEGATE_STATE_DIR", state_dir)).all());
    };
    inside(
        &f.sandbox.path(".state"),
        expect![[r#"
        exit 2
        --- stderr
        error: the folder that keeps your trust, [ROOT]/.state/trust, lies inside the workspace [ROOT]
          = help: set STAGEGATE_STATE_DIR to a folder outside of it
    "#]],
    );
    inside(
        Path::new("../state"),
        expect![[r#"
        exit 2
        --- stderr
        error: cannot tell where your trust is kept: ../state is not an absolute path
          = help: set STAGEGATE_STATE_DIR to a folder of yours
    "#]],
    );
    // The home of this sandbox is the workspace.
    let mut command = f.command(&["trust", "--yes"]);
    command.env_remove("STAGEGATE_STATE_DIR").env_remove("XDG_STATE_HOME");
    assert_eq!(f.run_command(&mut command).code, 2);
    assert!(!f.sandbox.path(".state").exists() && !f.sandbox.path(".local").exists());

    f.sandbox.write(".env", format!("STAGEGATE_STATE_DIR={}\n", f.sandbox.path("x").display()));
    assert_eq!(f.run(&["trust", "--yes"]).code, 0);
    assert!(f.state.path().join("new/trust").is_dir());
    assert!(!f.sandbox.path("x").exists());
}

#[test]
fn without_the_variable_it_is_with_the_state_of_programs() {
    let f = fixture();
    let mut command = f.command(&["trust", "--yes"]);
    command.env_remove("STAGEGATE_STATE_DIR").env("XDG_STATE_HOME", f.state.path());
    if cfg!(unix) {
        assert_eq!(f.run_command(&mut command).code, 0);
        assert!(f.state.path().join("stagegate/trust").is_dir());
    }
}

#[test]
fn a_damaged_record_is_named_and_replaced() {
    let f = fixture();
    assert_eq!(f.run(&["trust", "--yes"]).code, 0);
    let records = std::fs::read_dir(f.state.path().join("new/trust")).unwrap();
    for record in records {
        std::fs::write(record.unwrap().path(), "{").unwrap();
    }
    let shown = f.run(&["trust", "--show"]);
    assert_eq!(shown.code, 1);
    assert!(
        shown.stdout.contains("is not what was written to it: it cannot be read; trust it again"),
        "{}",
        shown.stdout
    );
    assert_eq!(f.run(&["trust", "--yes"]).code, 0);
    assert_eq!(f.run(&["trust", "--show"]).code, 0);
}

#[test]
fn wrong_usage_is_refused() {
    let f = fixture();
    for arguments in [["--show", "--yes"], ["--show", "--revoke"], ["--revoke", "--yes"]] {
        assert_eq!(f.run(&["trust", arguments[0], arguments[1]]).code, 2, "{arguments:?}");
    }
    assert_eq!(f.run(&["trust", "nowhere"]).code, 2);
}

/// Answers the question on a terminal; `None` where `script`, which gives one, is missing.
#[cfg(target_os = "linux")]
fn answer(f: &Fixture, answer: &str) -> Option<Outcome> {
    use std::io::Write as _;
    let mut command = Command::new("script");
    let program = stagegate_tests::binary();
    command.args(["-qec", &format!("'{}' trust", program.display()), "/dev/null"]);
    command.current_dir(f.sandbox.path("")).env("NO_COLOR", "1");
    command.env("STAGEGATE_STATE_DIR", f.state.path().join("new"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    let stdin = child.stdin.as_mut().expect("stdin is a pipe");
    stdin.write_all(answer.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    Some(Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).replace('\r', ""),
        stderr: String::new(),
    })
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_only_a_yes_trusts() {
    let f = fixture();
    for no in ["n\n", "\n", "\u{4}"] {
        let Some(outcome) = answer(&f, no) else {
            println!("skipped: there is no `script`");
            return;
        };
        assert_eq!(outcome.code, 1, "{}", outcome.all());
        assert!(outcome.stdout.ends_with("Not trusted.\n"), "{}", outcome.all());
        assert_eq!(f.run(&["trust", "--show"]).code, 1);
    }
    let Some(outcome) = answer(&f, "y\n") else { return };
    assert_eq!(outcome.code, 0, "{}", outcome.all());
    assert!(
        outcome.stdout.contains("  pytest.ini\n") && outcome.stdout.contains("Trust it? [y/N]"),
        "{}",
        outcome.all()
    );
    assert_eq!(f.run(&["trust", "--show"]).code, 0);
}
