//! What `stagegate todo` and `stagegate check` say about issues, against a tracker on this machine.

use expect_test::{Expect, expect};
use serde_json::json;
use stagegate_tests::cli::{Outcome, Sandbox};
use stagegate_tests::tracker::{Reply, Tracker};

/// Planted where tokens are looked for.
const CANARY: &str = "ghp_canary0123456789";

/// Variables that hold tokens, or say whose they are.
const VARIABLES: [&str; 8] = [
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GH_HOST",
    "GITHUB_SERVER_URL",
    "GITHUB_API_URL",
    "OTHER_TOKEN",
];

/// A workspace whose TODOs name issues of several kinds.
fn workspace(api_url: &str) -> Sandbox {
    let config =
        format!("issues:\n  api_url: {api_url}\n  repository: acme/shop\n  token_env: OTHER_TOKEN\n");
    Sandbox::new(&[
        ("stagegate.yaml", &config),
        (
            "src/cart/price.py",
            "# TODO(#1): round\n# TODO(#2): test\n# TODO(#3): retry\n# TODO(acme/other#4): ask\n# TODO: later\n",
        ),
        ("docs/a.md", "<!-- TODO: https://gitlab.example/acme/shop/issues/3 -->\n"),
    ])
}

/// Issue 1 is open, 2 and `acme/other#4` are closed, 3 does not exist.
fn github(path: &str) -> Reply {
    let issue = |number: u64, title: &str, state: &str| {
        let body = json!({
            "number": number, "title": title, "state": state, "labels": [{ "name": "component:cart" }],
            "assignee": { "login": "mara" }, "milestone": { "title": "June" },
            "updated_at": "2024-05-06T07:08:09Z",
        });
        (200, "ETag: \"a\"\r\n".to_owned(), body.to_string())
    };
    match path {
        "/repos/acme/shop/issues/1" => issue(1, "Round prices", "open"),
        "/repos/acme/shop/issues/2" => issue(2, "Test prices", "closed"),
        "/repos/acme/other/issues/4" => issue(4, "Ask", "closed"),
        "/repos/acme/shop" | "/repos/acme/other" => (200, String::new(), "{\"id\":1}".to_owned()),
        _ => (404, String::new(), "{\"message\":\"Not Found\"}".to_owned()),
    }
}

/// Runs with a token planted in every variable; whatever is said, it is not the token.
fn run(sandbox: &Sandbox, arguments: &[&str], host: Option<&str>) -> Outcome {
    let mut command = sandbox.command(arguments);
    command.env("PATH", "").env("RUST_LOG", "trace");
    for name in VARIABLES {
        match name {
            _ if name.ends_with("TOKEN") => command.env(name, CANARY),
            _ => command.env_remove(name),
        };
    }
    if let Some(host) = host {
        command.env("GH_HOST", host);
    }
    let outcome = sandbox.outcome(&mut command);
    assert!(!outcome.all().contains(CANARY), "the token comes out");
    outcome
}

fn check(outcome: &Outcome, tracker: &str, expected: &Expect) {
    expected.assert_eq(&outcome.all().replace(tracker.trim_start_matches("http://"), "[HOST]"));
}

#[test]
fn states_come_from_the_tracker_once_and_then_from_the_cache() {
    let tracker = Tracker::start(github);
    let sandbox = workspace(&tracker.url);
    check(
        &run(&sandbox, &["todo"], None),
        &tracker.url,
        &expect![[r#"
        exit 0
        --- stdout
        docs/a.md:1: TODO(https://gitlab.example/acme/shop/issues/3) https://gitlab.example/acme/shop/issues/3
        src/cart/price.py:1: TODO(#1) round
        src/cart/price.py:2: TODO(#2) test
        src/cart/price.py:3: TODO(#3) retry
        src/cart/price.py:4: TODO(acme/other#4) ask
        src/cart/price.py:5: TODO later

        6 TODO comments in 2 files; 1 names no issue.
        --- stderr
        note: nothing is known of 4 issues; `stagegate todo --fetch` asks [HOST]
    "#]],
    );
    check(
        &run(&sandbox, &["check"], None),
        &tracker.url,
        &expect![[r#"
        exit 0
        --- stdout
        No problems found in 3 files. 1 hint is not shown; see --verbose.
    "#]],
    );
    assert!(tracker.requests().is_empty(), "nobody asked for a fetch");
    check(
        &run(&sandbox, &["todo", "--fetch"], None),
        &tracker.url,
        &expect![[r#"
        exit 0
        --- stdout
        docs/a.md:1: TODO(https://gitlab.example/acme/shop/issues/3) https://gitlab.example/acme/shop/issues/3
        src/cart/price.py:1: TODO(#1) round [open: Round prices]
        src/cart/price.py:2: TODO(#2) test [closed: Test prices]
        src/cart/price.py:3: TODO(#3) retry [does not exist]
        src/cart/price.py:4: TODO(acme/other#4) ask [closed: Ask]
        src/cart/price.py:5: TODO later

        6 TODO comments in 2 files; 1 names no issue. Issues as of just now.
    "#]],
    );
    let asked = tracker.requests();
    assert!(
        asked.iter().all(|request| !request.headers.contains(CANARY)),
        "a host that only the workspace names"
    );
    check(
        &run(&sandbox, &["todo", "--state", "closed", "--format", "table"], None),
        &tracker.url,
        &expect![[r#"
            exit 0
            --- stdout
            Component  Place                Word  Issues        State                Text
            cart       src/cart/price.py:2  TODO  #2            closed: Test prices  test
            cart       src/cart/price.py:4  TODO  acme/other#4  closed: Ask          ask

            2 TODO comments in 1 file. Issues as of just now.
        "#]],
    );
    check(
        &run(&sandbox, &["todo", "--state", "open"], None),
        &tracker.url,
        &expect![[r#"
        exit 0
        --- stdout
        src/cart/price.py:1: TODO(#1) round [open: Round prices]

        1 TODO comment in 1 file. Issues as of just now.
    "#]],
    );
    check(
        &run(&sandbox, &["todo", "--state", "unknown"], None),
        &tracker.url,
        &expect![[r#"
        exit 0
        --- stdout
        docs/a.md:1: TODO(https://gitlab.example/acme/shop/issues/3) https://gitlab.example/acme/shop/issues/3
        src/cart/price.py:3: TODO(#3) retry [does not exist]
        src/cart/price.py:5: TODO later

        3 TODO comments in 2 files; 1 names no issue.
    "#]],
    );
    check(
        &run(&sandbox, &["check"], None),
        &tracker.url,
        &expect![[r#"
        exit 0
        --- stdout
        warning[todo/closed-issue]: issue #2 is closed: Test prices
         --> src/cart/price.py:2:8
          |
        2 | # TODO(#2): test
          |        ^^
          |
          = help: remove the comment if the work is done; else open the issue again, or name another one

        warning[todo/unknown-issue]: acme/shop has no issue #3
         --> src/cart/price.py:3:8
          |
        3 | # TODO(#3): retry
          |        ^^
          |
          = help: correct the number, or create the issue

        warning[todo/closed-issue]: issue acme/other#4 is closed: Ask
         --> src/cart/price.py:4:8
          |
        4 | # TODO(acme/other#4): ask
          |        ^^^^^^^^^^^^
          |
          = help: remove the comment if the work is done; else open the issue again, or name another one

        Found 3 warnings in 1 of 3 files. 1 hint is not shown; see --verbose.
    "#]],
    );
    check(
        &run(&sandbox, &["todo", "--fetch", "--state", "open"], None),
        &tracker.url,
        &expect![[r#"
        exit 0
        --- stdout
        src/cart/price.py:1: TODO(#1) round [open: Round prices]

        1 TODO comment in 1 file. Issues as of just now.
    "#]],
    );
    assert_eq!(tracker.requests().len(), asked.len(), "all was known, and young");
}

#[test]
fn states_are_json_for_programs() {
    let tracker = Tracker::start(github);
    let sandbox = workspace(&tracker.url);
    let outcome = run(&sandbox, &["todo", "--fetch", "src", "--format", "json"], None);
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let references: Vec<_> = json["todos"].as_array().unwrap().iter().map(|it| &it["references"]).collect();
    let first = &references[0][0];
    assert_eq!(first["state"], "open");
    assert_eq!(first["title"], "Round prices");
    assert_eq!(first["labels"], json!(["component:cart"]));
    assert_eq!(first["assignee"], "mara");
    assert_eq!(first["milestone"], "June");
    assert_eq!(first["url"], format!("{}/acme/shop/issues/1", tracker.url));
    assert!(first["fetched_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(references[1][0]["state"], "closed");
    assert_eq!(references[2][0]["state"], "missing");
    assert_eq!(references[2][0]["fetched_at"], json!(null));
}

#[test]
fn a_token_goes_to_the_host_that_the_user_names() {
    let tracker = Tracker::start(github);
    let sandbox = workspace(&tracker.url);
    let outcome = run(&sandbox, &["todo", "--fetch"], Some(tracker.host()));
    assert_eq!(outcome.code, 0, "{}", outcome.all());
    let asked = tracker.requests();
    assert!(!asked.is_empty() && asked.iter().all(|request| request.headers.contains(CANARY)));
}

#[test]
fn a_tracker_that_does_not_answer_keeps_nobody_from_their_list() {
    let down = Tracker::down();
    let sandbox = workspace(&down);
    check(
        &run(&sandbox, &["todo", "src", "--fetch"], None),
        &down,
        &expect![[r#"
            exit 0
            --- stdout
            src/cart/price.py:1: TODO(#1) round
            src/cart/price.py:2: TODO(#2) test
            src/cart/price.py:3: TODO(#3) retry
            src/cart/price.py:4: TODO(acme/other#4) ask
            src/cart/price.py:5: TODO later

            5 TODO comments in 1 file; 1 names no issue.
            --- stderr
            note: cannot reach [HOST]: connection refused; 4 issues were not looked up
        "#]],
    );
    check(
        &run(&sandbox, &["check"], None),
        &down,
        &expect![[r#"
        exit 0
        --- stdout
        No problems found in 3 files. 1 hint is not shown; see --verbose.
    "#]],
    );

    // What was known stays known.
    let tracker = Tracker::start(|path| match path {
        "/repos/acme/shop/issues/1" => github(path),
        _ => (403, "Retry-After: 3600\r\n".to_owned(), "{\"message\":\"slow down\"}".to_owned()),
    });
    let sandbox = workspace(&tracker.url);
    let outcome = run(&sandbox, &["todo", "src", "--fetch"], None);
    let lines: Vec<_> = outcome.stdout.lines().collect();
    assert_eq!(outcome.code, 0);
    assert_eq!(lines[0], "src/cart/price.py:1: TODO(#1) round [open: Round prices]");
    assert!(lines.contains(&"5 TODO comments in 1 file; 1 names no issue. Issues as of just now."));
    let stderr = outcome.stderr.replace(tracker.host(), "[HOST]");
    let (before, after) = stderr.split_once("nothing is asked before ").unwrap();
    assert_eq!(before, "note: [HOST] wants no request for some time; ");
    assert!(after.ends_with("Z; 3 issues were not looked up\n"), "{after}");
    let asked = tracker.requests().len();
    let _ = run(&sandbox, &["todo", "--fetch"], None);
    assert_eq!(tracker.requests().len(), asked, "the pause is kept");
}

#[test]
fn nothing_is_fetched_where_that_is_off_or_nobody_can_be_asked() {
    let tracker = Tracker::start(github);
    let sandbox = workspace(&tracker.url);
    let config = format!("issues:\n  fetch: false\n  api_url: {}\n  repository: acme/shop\n", tracker.url);
    sandbox.write("stagegate.yaml", config);
    check(
        &run(&sandbox, &["todo", "src", "--fetch"], None),
        &tracker.url,
        &expect![[r#"
            exit 0
            --- stdout
            src/cart/price.py:1: TODO(#1) round
            src/cart/price.py:2: TODO(#2) test
            src/cart/price.py:3: TODO(#3) retry
            src/cart/price.py:4: TODO(acme/other#4) ask
            src/cart/price.py:5: TODO later

            5 TODO comments in 1 file; 1 names no issue.
            --- stderr
            note: nothing is fetched: `issues.fetch` is off
        "#]],
    );
    sandbox.write("stagegate.yaml", "");
    check(
        &run(&sandbox, &["todo", "docs", "--fetch"], None),
        &tracker.url,
        &expect![[r#"
        exit 0
        --- stdout
        docs/a.md:1: TODO(https://gitlab.example/acme/shop/issues/3) https://gitlab.example/acme/shop/issues/3

        1 TODO comment in 1 file.
        --- stderr
        note: it is not known which issues are open; nothing can be fetched: no git remote names a repository; add one called `origin`, or set `issues.repository: owner/name`
    "#]],
    );
    assert!(tracker.requests().is_empty());
}
