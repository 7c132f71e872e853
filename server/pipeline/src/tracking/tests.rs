use std::fs;
use std::path::Path;

use expect_test::expect;
use stagegate_core::plan::RunKind;
use stagegate_core::run::{StepRecord, StepState};
use stagegate_core::stage::Stage;
use stagegate_core::tracking::IssueKind;

use super::*;

const RUN: &str = "20261121-034500-ab12cd";
const NOW: i64 = 1_795_222_979_000;

fn issue() -> Issue {
    Issue {
        key: format!("{RUN}-promotion"),
        kind: IssueKind::Promotion,
        component: "Price List".to_owned(),
        canonical: "price_list".to_owned(),
        run: Some(RUN.to_owned()),
        title: "Promote \"Price List\": to staging".to_owned(),
        labels: vec!["component:price_list".to_owned(), "promotion:approved".to_owned()],
        column: "Development".to_owned(),
        body: "## Component Promotion\n\n- [x] Tests\n".to_owned(),
    }
}

fn run(state: RunState) -> RunRecord {
    let failure =
        StepFailure { message: "the server said no".into(), help: "ask it again".into(), transient: false };
    let step = StepRecord {
        name: stagegate_core::plan::StepName::Deploy,
        state: StepState::Failed,
        attempts: 1,
        started_ms: None,
        ended_ms: None,
        summary: None,
        failure: (state != RunState::Succeeded).then_some(failure),
        outputs: serde_json::Map::default(),
    };
    RunRecord {
        id: RUN.to_owned(),
        kind: RunKind::Promotion,
        component: "Price List".to_owned(),
        canonical: "price_list".to_owned(),
        from: Some(Stage::Development),
        to: Stage::Staging,
        state,
        reason: None,
        undoes: None,
        undone_by: None,
        by: None,
        started_ms: NOW,
        ended_ms: None,
        resumed: 0,
        version: None,
        steps: vec![step],
        gates: Vec::new(),
    }
}

fn text(root: &Path) -> String {
    fs::read_to_string(root.join(format!(".stagegate/tracking/price_list/{RUN}-promotion.md"))).unwrap()
}

#[test]
fn an_issue_is_made_once_and_closed_with_its_run() {
    let dir = tempfile::tempdir().unwrap();
    let tracker = FileTracker::new(dir.path(), NOW);
    assert_eq!(tracker.find("price_list", &issue().key).unwrap(), None);
    let reference = tracker.create(&issue()).unwrap();
    assert_eq!(reference.place(), format!(".stagegate/tracking/price_list/{RUN}-promotion.md"));
    expect![[r#"
        ---
        title: "Promote \"Price List\": to staging"
        kind: promotion
        component: "Price List"
        run: 20261121-034500-ab12cd
        state: open
        labels: ["component:price_list","promotion:approved"]
        column: "Development"
        created: 2026-11-21 01:02 UTC
        updated: 2026-11-21 01:02 UTC
        ---

        ## Component Promotion

        - [x] Tests
    "#]]
    .assert_eq(&text(dir.path()));
    let other = Issue { title: "another".to_owned(), ..issue() };
    assert_eq!(tracker.create(&other).unwrap(), reference);
    assert!(!text(dir.path()).contains("another"));
    assert_eq!(fs::read_to_string(dir.path().join(".stagegate/.gitignore")).unwrap(), "*\n");

    finish(&tracker, &run(RunState::Running)).unwrap();
    assert!(tracker.find("price_list", &issue().key).unwrap().unwrap().is_open);
    let later = FileTracker::new(dir.path(), NOW + 60_000);
    finish(&later, &run(RunState::Succeeded)).unwrap();
    let closed = text(dir.path());
    expect![[r#"
        ---
        title: "Promote \"Price List\": to staging"
        kind: promotion
        component: "Price List"
        run: 20261121-034500-ab12cd
        state: completed
        labels: ["component:price_list","promotion:completed"]
        column: "Staging"
        created: 2026-11-21 01:02 UTC
        updated: 2026-11-21 01:03 UTC
        ---

        ## Component Promotion

        - [x] Tests

        <!-- stagegate: comments -->

        ### 2026-11-21 01:03 UTC <!-- stagegate: comment=20261121-034500-ab12cd-ended -->
        The promotion was carried out.
    "#]]
    .assert_eq(&closed);
    finish(&FileTracker::new(dir.path(), NOW + 600_000), &run(RunState::Succeeded)).unwrap();
    assert_eq!(text(dir.path()), closed, "said once");
}

#[test]
fn a_failed_run_withdraws_its_issue_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let tracker = FileTracker::new(dir.path(), NOW);
    tracker.create(&issue()).unwrap();
    finish(&tracker, &run(RunState::Failed)).unwrap();
    let known = tracker.find("price_list", &issue().key).unwrap().unwrap();
    assert_eq!((known.is_open, known.labels.last().unwrap().as_str()), (false, "promotion:blocked"));
    assert!(text(dir.path()).ends_with(
        "The promotion failed, and what had been done is undone.\n- Deploy: the server said no; ask it again\n"
    ));
}

#[test]
fn what_people_add_stays() {
    let dir = tempfile::tempdir().unwrap();
    let tracker = FileTracker::new(dir.path(), NOW);
    let reference = tracker.create(&issue()).unwrap();
    tracker.comment(&reference, "one", "first").unwrap();
    let edited =
        text(dir.path()).replace("kind: promotion", "assignee: mara\nkind: promotion") + "\nI saw it.\n";
    fs::write(dir.path().join(&reference.id), edited.replace('\n', "\r\n")).unwrap();
    let body = "new\n<!-- stagegate: comments -->\nbody".to_owned();
    tracker.update(&reference, &Update { body: Some(body), ..Update::default() }).unwrap();
    tracker.comment(&reference, "one", "again").unwrap();
    tracker.comment(&reference, "two", "second").unwrap();
    expect![[r#"
        ---
        title: "Promote \"Price List\": to staging"
        assignee: mara
        kind: promotion
        component: "Price List"
        run: 20261121-034500-ab12cd
        state: open
        labels: ["component:price_list","promotion:approved"]
        column: "Development"
        created: 2026-11-21 01:02 UTC
        updated: 2026-11-21 01:02 UTC
        ---

        new

        body

        <!-- stagegate: comments -->

        ### 2026-11-21 01:02 UTC <!-- stagegate: comment=one -->
        first

        I saw it.

        ### 2026-11-21 01:02 UTC <!-- stagegate: comment=two -->
        second
    "#]]
    .assert_eq(&text(dir.path()));
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere_and_names_stay_below_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let (root, other) = (dir.path().join("root"), dir.path().join("other"));
    fs::create_dir_all(root.join(".stagegate")).unwrap();
    fs::create_dir(&other).unwrap();
    std::os::unix::fs::symlink(&other, root.join(".stagegate/tracking")).unwrap();
    let error = FileTracker::new(&root, NOW).create(&issue()).unwrap_err();
    expect!["the issue `.stagegate/tracking/price_list/20261121-034500-ab12cd-promotion.md` cannot be kept: it is a symbolic link, or lies below one; make the folder writable for you, or move away what stands there"].assert_eq(&format!("{}; {}", error.message, error.help));
    assert_eq!(fs::read_dir(&other).unwrap().count(), 0);
    for name in ["../other", "", "a/b", "-x"] {
        let bad = Issue { canonical: name.to_owned(), ..issue() };
        assert!(FileTracker::new(&root, NOW).create(&bad).is_err(), "{name}");
    }
}
