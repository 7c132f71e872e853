//! The command line from outside: files, arguments, then all of stdout, stderr and the exit code.

use std::fs;
use std::process::Stdio;

use expect_test::{Expect, expect, expect_file};
use stagegate_tests::cli::Sandbox;

const GOOD: &str = "---\napplyTo: \"src/**/*.py\"\ndescription: \"How code is written\"\n---\n# Code\n\n## Rules\n\n\
                    Every function has a name that says what it returns, and a test that fails without it. No exceptions.\n";

/// The good file with a misspelt key.
fn bad() -> String {
    GOOD.replace("description", "descripton")
}

fn check(sandbox: &Sandbox, arguments: &[&str], expected: &Expect) {
    expected.assert_eq(&sandbox.run(arguments).all());
}

/// A workspace with one good and one bad file.
fn workspace() -> Sandbox {
    Sandbox::new(&[
        ("src/a.py", ""),
        (".augment/instructions/good.instructions.md", GOOD),
        (".augment/instructions/bad.instructions.md", &bad()),
    ])
}

#[test]
fn without_arguments_there_is_help() {
    let outcome = Sandbox::new(&[]).run::<&str>(&[]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("stagegate check --fix"), "{}", outcome.stderr);
    let help = Sandbox::new(&[]).run(&["--help"]);
    assert_eq!((help.code, help.stdout), (0, outcome.stderr));
    let version = Sandbox::new(&[]).run(&["--version"]);
    assert!(
        version.stdout.starts_with(concat!("stagegate ", env!("CARGO_PKG_VERSION"))),
        "{}",
        version.stdout
    );
}

#[test]
fn findings_are_shown_on_their_line() {
    check(
        &workspace(),
        &["check"],
        &expect![[r#"
        exit 1
        --- stdout
        error[instructions/missing-field]: the required field `description` is missing
         --> .augment/instructions/bad.instructions.md:1:1
          |
        1 | ---
          | ^^^
        2 | applyTo: "src/**/*.py"
        3 | descripton: "How code is written"
          | ---------- `descripton` stands here; `description` was expected
          |
          = fix: Rename `descripton` to `description`

        warning[instructions/unknown-key]: unknown key `descripton`; expected `description`
         --> .augment/instructions/bad.instructions.md:3:1
          |
        3 | descripton: "How code is written"
          | ^^^^^^^^^^
          |
          = fix: Rename `descripton` to `description`

        Found 1 error, 1 warning in 1 of 2 files. 2 fixable with --fix.
    "#]],
    );
}

#[test]
fn a_good_workspace_succeeds() {
    let sandbox = Sandbox::new(&[("src/a.py", ""), ("x.instructions.md", GOOD)]);
    check(
        &sandbox,
        &["check"],
        &expect![[r#"
        exit 0
        --- stdout
        No problems found in 1 file.
    "#]],
    );
    check(
        &sandbox,
        &["check", "--format", "json"],
        &expect![[r#"
        exit 0
        --- stdout
        {"schema":"stagegate.check/1","root":"[ROOT]","files_checked":1,"diagnostics":[]}
    "#]],
    );
}

#[test]
fn an_empty_workspace_says_what_is_looked_for() {
    check(
        &Sandbox::new(&[]),
        &["check"],
        &expect![[r#"
            exit 0
            --- stdout
            Found no instruction files, specs or MATURITY files in [ROOT].
            Instruction files are called *.instructions.md, or match one of these:
              **/.augment/instructions/**/*.md
              **/.augment/rules/**/*.md
              **/.github/instructions/**/*.md
            Specs of components match one of these, or have a line `**Component Name:** NAME`:
              **/specs/**/*.md
              **/*.spec.md
            A MATURITY.md lies in the folder with the source of a component. `stagegate new spec NAME` writes a spec.
        "#]],
    );
}

#[test]
fn json_is_for_programs() {
    let sandbox = Sandbox::new(&[("src/a.py", ""), ("x.instructions.md", &bad())]);
    let outcome = sandbox.run(&["check", "--format", "json"]);
    expect![[r#"
        exit 1
        --- stdout
        {"schema":"stagegate.check/1","root":"[ROOT]","files_checked":1,"diagnostics":[
        {"path":"x.instructions.md","range":{"start":{"line":0,"character":0},"end":{"line":0,"character":3}},"severity":"error","code":"instructions/missing-field","message":"the required field `description` is missing","data":{"field":"description"},"fix":{"title":"Rename `descripton` to `description`","safe":true},"related":[{"path":"x.instructions.md","range":{"start":{"line":2,"character":0},"end":{"line":2,"character":10}},"message":"`descripton` stands here; `description` was expected"}]},
        {"path":"x.instructions.md","range":{"start":{"line":2,"character":0},"end":{"line":2,"character":10}},"severity":"warning","code":"instructions/unknown-key","message":"unknown key `descripton`; expected `description`","data":{"field":"description"},"fix":{"title":"Rename `descripton` to `description`","safe":true},"related":[]}
        ]}
    "#]].assert_eq(&outcome.all());
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(json["schema"], "stagegate.check/1");
}

#[test]
fn positions_in_json_are_utf16_without_the_byte_order_mark() {
    let text = "\u{feff}---\napplyTo: \"\u{1f680}/[a, src/**\"\ndescription: d\n---\n# T\n\n## S\n";
    let sandbox = Sandbox::new(&[("src/a.py", ""), ("x.instructions.md", text)]);
    let outcome = sandbox.run(&["check", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let all = json["diagnostics"].as_array().unwrap();
    let glob = all.iter().find(|d| d["code"] == "instructions/invalid-glob").unwrap();
    assert_eq!(glob["range"]["start"], serde_json::json!({ "line": 1, "character": 10 }));
    assert_eq!(glob["data"]["field"], "applyTo");
}

#[test]
fn warnings_fail_only_where_they_are_denied() {
    let text = GOOD.replace("src/**/*.py", "web/**/*.ts");
    let sandbox = Sandbox::new(&[("x.instructions.md", &text)]);
    assert_eq!(sandbox.run(&["check"]).code, 0);
    check(
        &sandbox,
        &["check", "--deny", "warnings"],
        &expect![[r#"
        exit 1
        --- stdout
        warning[instructions/unmatched-glob]: `web/**/*.ts` matches no file of the workspace
         --> x.instructions.md:2:11
          |
        2 | applyTo: "web/**/*.ts"
          |           ^^^^^^^^^^^
          |

        Found 1 warning in 1 of 1 file.
    "#]],
    );
}

#[test]
fn hints_are_counted_and_shown_on_request() {
    let text = GOOD.replace("---\n#", "flavour: sour\n---\n#");
    let sandbox = Sandbox::new(&[("src/a.py", ""), ("x.instructions.md", &text)]);
    check(
        &sandbox,
        &["check"],
        &expect![[r#"
        exit 0
        --- stdout
        No problems found in 1 file. 1 hint is not shown; see --verbose.
    "#]],
    );
    check(
        &sandbox,
        &["check", "-v"],
        &expect![[r#"
        exit 0
        --- stdout
        hint[instructions/unknown-key]: unknown key `flavour`; no consumer reads it
         --> x.instructions.md:4:1
          |
        4 | flavour: sour
          | ^^^^^^^
          |
          = help: if it is yours, list it under `instructions.known_keys` in stagegate.yaml

        Found 1 hint in 1 of 1 file.
    "#]],
    );
}

#[test]
fn fix_mends_the_file_and_nothing_else() {
    let crlf = format!("\u{feff}{}", bad().replace('\n', "\r\n").trim_end());
    let sandbox = workspace();
    sandbox.write("crlf.instructions.md", &crlf);
    let before = fs::metadata(sandbox.path(".augment/instructions/good.instructions.md")).unwrap();
    check(
        &sandbox,
        &["check", "--fix"],
        &expect![[r#"
        exit 0
        --- stdout
        Fixed 4 findings in 2 files.
        No problems found in 3 files.
    "#]],
    );
    assert_eq!(sandbox.read(".augment/instructions/bad.instructions.md"), GOOD.as_bytes());
    let fixed = crlf.replace("descripton", "description");
    assert_eq!(
        sandbox.read("crlf.instructions.md"),
        fixed.as_bytes(),
        "line ends, mark and missing line end stay"
    );
    let after = fs::metadata(sandbox.path(".augment/instructions/good.instructions.md")).unwrap();
    assert_eq!(before.modified().unwrap(), after.modified().unwrap(), "a good file is not written");
    let names: Vec<_> = fs::read_dir(sandbox.path("")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "no temporary file is left: {names:?}");
    check(
        &sandbox,
        &["check", "--fix", "--format", "json"],
        &expect![[r#"
        exit 0
        --- stdout
        {"schema":"stagegate.check/1","root":"[ROOT]","files_checked":3,"diagnostics":[],"fixed":{"files":0,"findings":0}}
    "#]],
    );
}

#[test]
fn a_file_that_cannot_be_written_is_a_failure() {
    let sandbox = Sandbox::new(&[("x.instructions.md", &bad())]);
    let path = sandbox.path("x.instructions.md");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let outcome = sandbox.run(&["check", "--fix"]);
    assert_eq!(outcome.code, 2);
    expect![[r#"
        error: cannot replace [ROOT]/x.instructions.md: permission denied
    "#]]
    .assert_eq(&outcome.stderr);
    assert_eq!(sandbox.read("x.instructions.md"), bad().as_bytes());
}

#[test]
fn named_files_are_checked_although_git_ignores_them() {
    let sandbox = workspace();
    sandbox.write(".gitignore", ".augment\n");
    assert!(sandbox.run(&["check"]).stdout.starts_with("Found no instruction files"));
    let file = ".augment/instructions/bad.instructions.md";
    assert_eq!(sandbox.run(&["check", file]).code, 1);
    assert_eq!(sandbox.run(&["check", ".augment"]).code, 1);
    let mut inside = sandbox.command(&["check", "bad.instructions.md"]);
    inside.current_dir(sandbox.path(".augment/instructions"));
    assert_eq!(inside.output().unwrap().status.code(), Some(1));
}

#[test]
fn the_root_is_where_the_configuration_lies() {
    let sandbox = workspace();
    sandbox.write("stagegate.yaml", "");
    let mut inside = sandbox.command(&["check", "--format", "json"]);
    let output = inside.current_dir(sandbox.path("src")).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["root"], sandbox.path("").to_string_lossy().trim_end_matches('/'));
    assert_eq!(json["diagnostics"][0]["path"], ".augment/instructions/bad.instructions.md");
}

#[test]
fn a_file_that_is_none_of_ours_is_named() {
    let sandbox = Sandbox::new(&[
        ("README.md", "# Read me\n"),
        ("x.instructions.md", GOOD),
        ("stagegate.yaml", "files:\n  exclude: [\"x.*\"]\n"),
    ]);
    check(
        &sandbox,
        &["check", "README.md", "x.instructions.md"],
        &expect![[r#"
            exit 0
            --- stdout
            Nothing was checked.
            --- stderr
            note: not checked, because `files.exclude` says so: `x.instructions.md`
            note: not checked, because it is not a file that Stagegate knows: `README.md`; see `stagegate inspect FILE`
        "#]],
    );
    let inspected = sandbox.run(&["inspect", "x.instructions.md"]).stdout;
    assert!(inspected.contains("`files.exclude` names it"), "{inspected}");
}

#[test]
fn wrong_usage_is_exit_2() {
    let sandbox = Sandbox::new(&[]);
    check(
        &sandbox,
        &["check", "no/such.md"],
        &expect![[r#"
            exit 2
            --- stderr
            error: cannot look at `no/such.md`: no such file or folder
              = help: looked in [ROOT]
        "#]],
    );
    assert_eq!(sandbox.run(&["check", "--format", "xml"]).code, 2);
    assert_eq!(sandbox.run(&["chekc"]).code, 2);
}

#[test]
fn bytes_that_are_no_text_are_one_finding() {
    let sandbox = Sandbox::new(&[]);
    sandbox.write("latin.instructions.md", b"---\napplyTo: \"**\"\ndescription: caf\xe9\n---\n");
    sandbox.write("utf16.instructions.md", b"\xff\xfe-\0-\0-\0");
    check(
        &sandbox,
        &["check"],
        &expect![[r#"
        exit 1
        --- stdout
        error[file/not-utf8]: the file is not UTF-8 text: byte 0xe9 in line 3 (offset 34) belongs to no character
         --> latin.instructions.md
          = help: save the file as UTF-8

        error[file/not-utf8]: the file is not UTF-8 text: byte 0xff in line 1 (offset 0) belongs to no character
         --> utf16.instructions.md
          = help: this looks like UTF-16; save the file as UTF-8

        Found 2 errors in 2 of 2 files.
    "#]],
    );
}

#[test]
fn a_file_of_100_mb_is_refused() {
    let sandbox = Sandbox::new(&[]);
    fs::File::create(sandbox.path("huge.instructions.md")).unwrap().set_len(100_000_000).unwrap();
    check(
        &sandbox,
        &["check"],
        &expect![[r#"
        exit 1
        --- stdout
        error[file/too-large]: the file has 95.3 MiB; at most 10 MiB are analysed
         --> huge.instructions.md
          = help: split the file, or exclude it in stagegate.yaml

        Found 1 error in 1 of 1 file.
    "#]],
    );
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_and_broken_ones_are_findings() {
    use std::os::unix::fs::symlink;
    let sandbox = workspace();
    symlink(sandbox.path(""), sandbox.path("src/up")).unwrap();
    symlink("loop.instructions.md", sandbox.path("loop.instructions.md")).unwrap();
    symlink("nowhere", sandbox.path("src/broken-but-not-ours")).unwrap();
    let outcome = sandbox.run(&["check"]);
    expect![[r#"
        /unreadable]: the link cannot be followed: too many levels of symbolic links
         --> loop.instructions.md
          = help: let the link lead to a file in the workspace, or remove it

        Found 2 errors, 1 warning in 2 of 3 files. 2 fixable with --fix.
    "#]]
    .assert_eq(outcome.stdout.split("error[file").nth(1).unwrap_or_default());
}

#[cfg(unix)]
#[test]
fn a_pipe_and_a_folder_in_the_place_of_a_file_are_findings() {
    use std::os::unix::fs::symlink;
    let sandbox = Sandbox::new(&[("src/a/a.py", ""), ("specs/README.md", "")]);
    let made = std::process::Command::new("mkfifo").arg(sandbox.path("src/a/MATURITY.md")).status();
    assert!(made.is_ok_and(|status| status.success()));
    fs::create_dir(sandbox.path("stagegate.yaml")).unwrap();
    // Links to folders are not followed; what is none of ours may lead anywhere.
    symlink("..", sandbox.path("specs/loop")).unwrap();
    symlink("nowhere", sandbox.path("src/link")).unwrap();
    check(
        &sandbox,
        &["check"],
        &expect![[r#"
        exit 1
        --- stdout
        error[file/unreadable]: it is not a regular file and was not read
         --> src/a/MATURITY.md
          = help: put a file in its place, or remove it

        error[file/unreadable]: the file cannot be read: is a directory
         --> stagegate.yaml
          = help: check that the file exists and that you may read it

        Found 2 errors in 2 of 3 files.
    "#]],
    );
    let status = sandbox.run(&["status"]);
    assert!(status.stderr.contains("1 path could not be looked at"), "{}", status.stderr);
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_is_a_finding() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox =
        Sandbox::new(&[("x.instructions.md", GOOD), ("src/a.py", ""), ("closed/y.instructions.md", GOOD)]);
    let closed = sandbox.path("closed");
    let set = |mode| fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).unwrap();
    set(0o000);
    let readable = fs::read_dir(&closed).is_ok();
    let outcome = sandbox.run(&["check"]);
    set(0o755);
    if readable {
        println!("skipped: this user (root?) may read every folder");
        return;
    }
    expect![[r#"
        exit 1
        --- stdout
        error[file/unreadable]: the folder cannot be read: permission denied
         --> closed
          = help: whatever it holds was not checked; check its permissions

        Found 1 error in 1 of 2 files.
    "#]]
    .assert_eq(&outcome.all());
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let text = bad();
    let files: Vec<_> = (0..500).map(|i| (format!("{i}.instructions.md"), text.as_str())).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let sandbox = Sandbox::new(&files);
    let mut command = sandbox.command(&["check"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn colours_are_for_terminals_and_for_whoever_asks() {
    let sandbox = workspace();
    assert!(!sandbox.run(&["check"]).stdout.contains('\x1b'));
    let mut forced = sandbox.command(&["check"]);
    let output = forced.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("\x1b[1;31merror["));
}

#[test]
fn explain_shows_a_rule_and_lists_all() {
    let sandbox = Sandbox::new(&[]);
    check(
        &sandbox,
        &["explain", "file/not-utf8"],
        &expect![[r#"
        exit 0
        --- stdout
        file/not-utf8: the file is not UTF-8 text
        error by default, no fix, since 0.1.0

        What it checks
          A file that is read as text has to be UTF-8.

        Why it matters
          Editors and assistants decode it differently, or not at all; what they read is not
          what you wrote.

        Example
          A file saved as Latin-1, or cut off in the middle of a character.

        Fix
          None. Save the file as UTF-8; the message names the first byte that is none.

        References
          LSP 3.17, "Text Documents".

        Configure
          rules:
            file/not-utf8: off
          in stagegate.yaml
    "#]],
    );
    let comments = [
        ("missing-field", "    # stagegate: ignore[missing-field]\n"),
        ("bad-value", "    # stagegate: ignore[bad-value]\n"),
        ("missing-frontmatter", "    <!-- stagegate: ignore[missing-frontmatter] -->\n"),
        ("short-content", "    <!-- stagegate: ignore[short-content] -->\n"),
    ];
    for (rule, comment) in comments {
        let shown = sandbox.run(&["explain", rule]).stdout;
        assert!(shown.contains(comment), "{shown}");
    }
    // `#` would be a heading in Markdown; where a rule reports in both, both are shown.
    let comments = |rule: &str| {
        let shown = sandbox.run(&["explain", rule]).stdout;
        ["    <!-- stagegate: ignore[", "    # stagegate: ignore["].map(|comment| shown.contains(comment))
    };
    assert_eq!(comments("spec/threshold-below-policy"), [true, false]);
    assert_eq!(comments("maturity/dependency-below-target"), [true, false]);
    assert_eq!(comments("maturity/stage-mismatch"), [true, true]);
    assert_eq!(comments("maturity/unknown-stage"), [false, true]);
    assert_eq!(comments("config/unknown-key"), [false, true]);
    // A family.
    for name in ["spec", "spec/", "spec/*"] {
        let shown = sandbox.run(&["explain", name]);
        assert_eq!(shown.code, 0);
        assert!(shown.stdout.contains("\nspec/broken-link "), "{}", shown.stdout);
        assert!(!shown.stdout.contains("maturity/"), "{}", shown.stdout);
    }
    // What nobody can open from a terminal is not named.
    let table = sandbox.run(&["explain", "--format", "json"]).stdout;
    let table: serde_json::Value = serde_json::from_str(&table).unwrap();
    for rule in table["rules"].as_array().unwrap() {
        let shown = sandbox.run(&["explain", rule["code"].as_str().unwrap()]).stdout;
        // An example may hold a link; it is shown as it would be written.
        let shown: String = shown.lines().filter(|line| !line.starts_with("    ")).collect();
        for hidden in ["](", "DESIGN.md", "FORMATS.md", "server/"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
    check(
        &sandbox,
        &["explain", "mising-field"],
        &expect![[r#"
        exit 2
        --- stderr
        error: there is no rule `mising-field`
          = help: did you mean `instructions/missing-field`?
          = help: `stagegate explain` lists all rules
    "#]],
    );
    let shared = sandbox.run(&["explain", "invalid-yaml"]);
    assert_eq!(shared.code, 0);
    assert!(shared.stdout.starts_with("instructions/invalid-yaml: "), "{}", shared.stdout);
    let other = "\n`stagegate explain config/invalid-yaml` shows the other rule of this name.\n";
    assert!(shared.stdout.ends_with(other), "{}", shared.stdout);
    let table = sandbox.run(&["explain"]).stdout;
    assert!(table.contains("instructions/unmatched-glob"), "{table}");
    let json = sandbox.run(&["explain", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["rules"].as_array().unwrap().iter().any(|rule| rule["code"] == "file/not-utf8"));
}

#[test]
fn inspect_shows_what_was_understood() {
    let sandbox = Sandbox::new(&[("src/a.py", ""), ("src/b.py", ""), (".github/instructions/x.md", &bad())]);
    check(
        &sandbox,
        &["inspect", ".github/instructions/x.md"],
        &expect![[r#"
            exit 0
            --- stdout
            .github/instructions/x.md
              workspace     [ROOT]
              kind          instruction file
              read by       Stagegate, VS Code and GitHub Copilot

            Front matter
                2:10  applyTo     string  "src/**/*.py"
                3:13  descripton  string  "How code is written"

            Globs of applyTo
                2:11  src/**/*.py  matches 2 files
                     src/a.py
                     src/b.py

            Headings
                 5:1  # Code
                 7:1  ## Rules

            Findings
            error[instructions/missing-field]: the required field `description` is missing
             --> .github/instructions/x.md:1:1
              |
            1 | ---
              | ^^^
            2 | applyTo: "src/**/*.py"
            3 | descripton: "How code is written"
              | ---------- `descripton` stands here; `description` was expected
              |
              = fix: Rename `descripton` to `description`

            warning[instructions/unknown-key]: unknown key `descripton`; expected `description`
             --> .github/instructions/x.md:3:1
              |
            3 | descripton: "How code is written"
              | ^^^^^^^^^^
              |
              = fix: Rename `descripton` to `description`

            Found 1 error, 1 warning in 1 of 1 file. 2 fixable with --fix.
        "#]],
    );
    check(
        &sandbox,
        &["inspect", "--format", "json", ".github/instructions/x.md"],
        &expect![[r#"
            exit 0
            --- stdout
            {"schema":"stagegate.inspect/1","root":"[ROOT]","path":".github/instructions/x.md","kind":"instructions","excluded":false,"consumers":["stagegate","vscode"],"front_matter":{"state":"closed","range":{"start":{"line":0,"character":0},"end":{"line":3,"character":3}},"keys":[{"name":"applyTo","type":"string","value":"\"src/**/*.py\"","range":{"start":{"line":1,"character":0},"end":{"line":1,"character":7}},"value_range":{"start":{"line":1,"character":9},"end":{"line":1,"character":22}}},{"name":"descripton","type":"string","value":"\"How code is written\"","range":{"start":{"line":2,"character":0},"end":{"line":2,"character":10}},"value_range":{"start":{"line":2,"character":12},"end":{"line":2,"character":33}}}]},"globs":[{"pattern":"src/**/*.py","range":{"start":{"line":1,"character":10},"end":{"line":1,"character":21}},"matches":2,"first":["src/a.py","src/b.py"],"error":null}],"headings":[{"level":1,"text":"Code","range":{"start":{"line":4,"character":0},"end":{"line":4,"character":6}}},{"level":2,"text":"Rules","range":{"start":{"line":6,"character":0},"end":{"line":6,"character":8}}}],"diagnostics":[{"path":".github/instructions/x.md","range":{"start":{"line":0,"character":0},"end":{"line":0,"character":3}},"severity":"error","code":"instructions/missing-field","message":"the required field `description` is missing","data":{"field":"description"},"fix":{"title":"Rename `descripton` to `description`","safe":true},"related":[{"path":".github/instructions/x.md","range":{"start":{"line":2,"character":0},"end":{"line":2,"character":10}},"message":"`descripton` stands here; `description` was expected"}]},{"path":".github/instructions/x.md","range":{"start":{"line":2,"character":0},"end":{"line":2,"character":10}},"severity":"warning","code":"instructions/unknown-key","message":"unknown key `descripton`; expected `description`","data":{"field":"description"},"fix":{"title":"Rename `descripton` to `description`","safe":true},"related":[]}]}
        "#]],
    );
}

#[test]
fn inspect_shows_a_configuration_as_one() {
    let text = "# Our settings\n\n# Rules\nrules:\n  instructions/*: loud\nfiles:\n  exclude: [\"a/**\"]\nlogging:\n";
    let sandbox = Sandbox::new(&[("stagegate.yaml", text)]);
    check(
        &sandbox,
        &["inspect", "stagegate.yaml"],
        &expect![[r#"
            exit 0
            --- stdout
            stagegate.yaml
              workspace     [ROOT]
              kind          configuration

            Settings
                5:19  rules.instructions/*  string  loud
                7:12  files.exclude         list    ["a/**"]
                 8:8  logging               null

            Findings
            error[config/bad-value]: unknown value `loud`; expected `off`, `hint`, `information`, `warning` or `error`
             --> stagegate.yaml:5:19
              |
            5 |   instructions/*: loud
              |                   ^^^^
              |

            Found 1 error in 1 of 1 file.
        "#]],
    );
    let json = sandbox.run(&["inspect", "stagegate.yaml", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["front_matter"].is_null() && json["headings"].as_array().unwrap().is_empty(), "{json}");
    assert_eq!(json["settings"][0]["name"], "rules.instructions/*");
}

#[test]
fn inspect_says_what_would_make_a_file_ours() {
    let sandbox = Sandbox::new(&[("notes.md", "---\ntitle: Notes\n---\n# Notes\n"), ("src/a.py", "")]);
    check(
        &sandbox,
        &["inspect", "notes.md"],
        &expect![[r#"
            exit 0
            --- stdout
            notes.md
              workspace     [ROOT]
              kind          none of ours: `stagegate check` passes it over
                            these paths would make it an instruction file:
                              *.instructions.md
                              **/.augment/instructions/**/*.md
                              **/.augment/rules/**/*.md
                              **/.github/instructions/**/*.md
                            a line `**Component Name:** NAME` below the title would make it a spec

            Front matter
                 2:8  title  string  Notes

            Headings
                 4:1  # Notes
        "#]],
    );
    check(
        &sandbox,
        &["inspect", "src"],
        &expect![[r#"
        exit 2
        --- stderr
        error: `src` is a folder; expected a file
          = help: `stagegate check FOLDER` checks the files in it
    "#]],
    );
}

#[test]
fn init_writes_a_configuration_once() {
    let sandbox = workspace();
    let dry = sandbox.run(&["init", "--dry-run"]);
    assert_eq!(dry.code, 0);
    assert!(dry.stdout.starts_with("Would write [ROOT]/stagegate.yaml:\n"), "{}", dry.stdout);
    assert!(!sandbox.path("stagegate.yaml").exists(), "a dry run writes nothing");
    check(
        &sandbox,
        &["init"],
        &expect![[r#"
            exit 0
            --- stdout
            Wrote [ROOT]/stagegate.yaml

            Found 2 instruction files:
              .augment/instructions/bad.instructions.md
              .augment/instructions/good.instructions.md

            No spec of a component was found yet. `stagegate new spec NAME` writes one below specs/.

            Next: stagegate check
        "#]],
    );
    assert!(sandbox.path("stagegate.yaml").exists());
    assert_eq!(sandbox.run(&["check", "stagegate.yaml"]).code, 0, "what init writes is valid");
    check(
        &sandbox,
        &["init"],
        &expect![[r#"
        exit 2
        --- stderr
        error: [ROOT]/stagegate.yaml exists already
          = help: edit it, or remove it first; `stagegate check` uses it as it is
    "#]],
    );
}

#[test]
fn init_proposes_the_folders_that_hold_components() {
    let stage = "[package]\nname = \"api\"\n[package.metadata.stagegate]\nstage = \"staging\"\n";
    let sandbox = Sandbox::new(&[
        ("packages/api/Cargo.toml", stage),
        ("packages/api/src/lib.rs", ""),
        ("services/mail/package.json", "{}"),
        ("src/tool/__init__.py", ""),
        ("apps/README.md", ""),
    ]);
    let init = sandbox.run(&["init"]);
    let says = "It looks for components in src/, packages/, services/: see `components.source`.";
    assert!(init.stdout.contains(says), "{}", init.stdout);
    let written = fs::read_to_string(sandbox.path("stagegate.yaml")).unwrap();
    let source = "\ncomponents:\n  source: [\"src/<component>\", \"packages/<component>\", \"services/<component>\"]\n";
    assert!(written.contains(source), "{written}");
    assert_eq!(sandbox.run(&["check", "stagegate.yaml"]).code, 0, "what init writes is valid");
    let status = sandbox.run(&["status"]).stdout;
    assert!(status.contains("Staging (1)\n  api"), "{status}");
}

#[test]
fn init_does_not_reset_what_is_configured() {
    let sandbox = workspace();
    let thresholds = "quality_gates: {test_coverage: {staging_threshold: 90}}\n";
    sandbox.write("scripts/workflow/workflow_config.yaml", thresholds);
    check(
        &sandbox,
        &["init"],
        &expect![[r#"
            exit 0
            --- stdout
            Nothing was written: scripts/workflow/workflow_config.yaml is read already.
            To configure Stagegate apart from it, create stagegate.yaml by hand; it replaces that file,
            so copy the settings that you changed there.

            Found 2 instruction files:
              .augment/instructions/bad.instructions.md
              .augment/instructions/good.instructions.md

            No spec of a component was found yet. `stagegate new spec NAME` writes one below specs/.

            Next: stagegate check
        "#]],
    );
    assert_eq!(sandbox.run(&["init", "--dry-run"]), sandbox.run(&["init"]));
    assert!(!sandbox.path("stagegate.yaml").exists());
}

#[test]
fn a_configuration_by_another_name_is_not_silently_ignored() {
    let sandbox = Sandbox::new(&[(".stagegate.yml", "rules: {}\n"), ("stagegate.yml", "rules: {}\n")]);
    sandbox.write("sub/stagegate.yml", "rules: {}\n");
    let found = sandbox.run(&["check"]);
    expect![[r#"
        note: stagegate.yml is not read; the configuration must be called stagegate.yaml
        note: .stagegate.yml is not read; the configuration must be called stagegate.yaml
    "#]]
    .assert_eq(&found.stderr);
    assert_eq!(found.code, 0);
    assert_eq!(sandbox.run(&["init", "--dry-run"]).stderr, found.stderr);
    assert_eq!(Sandbox::new(&[]).run(&["check"]).stderr, "");
}

#[test]
fn every_setting_that_init_shows_is_valid() {
    let sandbox = Sandbox::new(&[]);
    assert_eq!(sandbox.run(&["init"]).code, 0);
    let text = String::from_utf8(sandbox.read("stagegate.yaml")).unwrap();
    let is_setting = |line: &str| line.starts_with("#   ") || line.ends_with(':');
    let settings: Vec<_> =
        text.lines().filter_map(|l| l.strip_prefix("# ").filter(|_| is_setting(l))).collect();
    assert!(settings.len() > 15, "{settings:?}");
    sandbox.write("stagegate.yaml", settings.join("\n"));
    check(
        &sandbox,
        &["check", "-v", "stagegate.yaml"],
        &expect![[r#"
        exit 0
        --- stdout
        No problems found in 1 file.
    "#]],
    );
}

#[test]
fn configuration_changes_what_is_found() {
    let sandbox = workspace();
    sandbox.write("stagegate.yaml", "rules:\n  instructions/*: hint\nfiles:\n  exclude: [\"**/good*\"]\n");
    check(
        &sandbox,
        &["check"],
        &expect![[r#"
        exit 0
        --- stdout
        No problems found in 2 files. 2 fixable with --fix. 2 hints are not shown; see --verbose.
    "#]],
    );
    sandbox.write("stagegate.yaml", "rules:\n  instructions/unknown-key: loud\n");
    check(
        &sandbox,
        &["check", ".augment/instructions/good.instructions.md"],
        &expect![[r#"
        exit 0
        --- stdout
        No problems found in 1 file.
        --- stderr
        note: stagegate.yaml has 1 error, so it may not do what it says; see `stagegate check stagegate.yaml`
    "#]],
    );
}

#[test]
fn completions_are_made_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let outcome = Sandbox::new(&[]).run(&["completions", shell]);
        assert_eq!(outcome.code, 0);
        assert!(outcome.stdout.contains("--deny") || outcome.stdout.contains("deny"), "{shell}");
    }
}

#[test]
fn the_demo_shows_check_fix_and_what_is_left() {
    let sandbox = Sandbox::new(&[]);
    let outcome = sandbox.run(&["demo", "new/demo"]);
    expect_file!["cli/demo.txt"].assert_eq(&outcome.all());
    assert!(sandbox.path("new/demo/src/calculator/evaluator.py").exists());
    assert!(
        sandbox
            .read("new/demo/.augment/instructions/messages.instructions.md")
            .starts_with(b"\xef\xbb\xbf---\n")
    );
    check(
        &sandbox,
        &["demo", "new/demo"],
        &expect![[r#"
        exit 2
        --- stderr
        error: new/demo is not empty; nothing was written
          = help: name a folder that is empty or does not exist yet
    "#]],
    );
}

#[test]
fn the_demo_needs_no_folder() {
    let sandbox = Sandbox::new(&[]);
    let mut command = sandbox.command(&["demo"]);
    let output = command.env("TMPDIR", sandbox.path("")).env("TMP", sandbox.path("")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(fs::read_dir(sandbox.path("")).unwrap().count(), 1);
}

/// The repository's own copy, so that a change of a rule or of the demo shows here.
#[test]
fn the_demo_project_has_its_faults() {
    let sandbox = Sandbox::new(&[]);
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/demo");
    let outcome = sandbox.run(&["check", demo]);
    assert_eq!(outcome.code, 1);
    expect_file!["cli/check-demo.txt"].assert_eq(&outcome.stdout);
}
