//! How `stagegate todo` and the language server use the store, from start to end.

use std::sync::Arc;

use stagegate_issues::{Environment, IssueStore, Known, NewIssue, Repository, Settings, State};

use crate::server::{Request, Server, json, with};
use crate::shapes::{error, issue, repository};
use crate::{CANARY, Hand, settings};

fn github(request: &Request, _: usize) -> crate::server::Reply {
    let base = format!("http://{}", request.header("host").unwrap());
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/repos/acme/shop/issues") => json(201, &issue(&base, 9, "open")),
        (_, "/repos/acme/shop") => json(200, &repository()),
        (_, "/repos/acme/shop/issues/7") => with(200, &[("ETag", "\"7\"")], &issue(&base, 7, "closed")),
        (_, "/repos/acme/tools/issues/3") => json(200, &issue(&base, 3, "open")),
        (_, path) if path.starts_with("/repos/acme/shop/issues?") => {
            json(200, &serde_json::json!([issue(&base, 4, "open")]))
        }
        _ => json(404, &error("Not Found", "404")),
    }
}

#[test]
fn from_the_first_look_to_a_new_issue() {
    let server = Server::start(github);
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    let config = format!("[remote \"origin\"]\nurl = https://user:{CANARY}@ghe.example.com/acme/shop.git\n");
    std::fs::write(folder.path().join(".git/config"), config).unwrap();

    // The repository is that of the git remote, without what else stands in its URL.
    let store =
        Arc::new(IssueStore::open(folder.path(), Settings { repository: None, ..settings(&server, &hand) }));
    assert_eq!(store.repository().unwrap().to_string(), "acme/shop");
    let page = store.issue_url(None, 7).unwrap();
    assert_eq!(page, format!("{}/acme/shop/issues/7", server.url));

    // TODO(#7), TODO(#8) and TODO(acme/tools#3) were found. Nothing is known, and nobody was asked.
    let tools = Repository::parse("acme/tools").unwrap();
    assert!(store.states(&[7, 8]).iter().all(|state| state.known == Known::Nothing && state.stale));
    assert!(server.requests().is_empty());

    // In the background; `changed` says what to show anew.
    let report = std::thread::spawn({
        let (store, tools) = (Arc::clone(&store), tools.clone());
        move || [store.refresh(&[7, 8]), store.refresh_of(&tools, &[3]), store.refresh_open()]
    });
    let [own, other, open] = report.join().unwrap();
    assert_eq!((own.changed, other.changed, open.changed), ([7, 8].into(), [3].into(), [4].into()));

    let states = store.states(&[7, 8]);
    assert!(matches!(&states[0].known, Known::Issue(issue) if issue.state == State::Closed));
    assert_eq!(states[1].known, Known::Missing);
    assert!(matches!(store.states_of(&tools, &[3])[0].known, Known::Issue(_)));
    assert_eq!(store.search("cart 4", 5)[0].number, 4);

    // The bare TODO gets an issue.
    let new = NewIssue {
        title: "Cart loses item 9".to_owned(),
        body: "`src/cart.py`".to_owned(),
        labels: Vec::new(),
    };
    assert_eq!(store.create(&new).unwrap().issue.number, 9);

    // Tomorrow, without a network: everything is still there, with its age.
    drop(server);
    hand.turn(23 * 3600);
    let offline = Settings { fetch: false, repository: None, ..settings(&Server::start(github), &hand) };
    let store = IssueStore::open(
        folder.path(),
        Settings { api_url: page.strip_suffix("/acme/shop/issues/7").map(str::to_owned), ..offline },
    );
    let states = store.states(&[7, 8, 9]);
    assert!(states.iter().all(|state| state.stale && state.fetched_at == Some(hand.now() - 23 * 3600)));
    assert!(matches!(&states[2].known, Known::Issue(issue) if issue.title == "Cart loses item 9"));
}

#[test]
fn without_a_tracker_there_are_no_answers_and_no_errors() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { environment: Environment::new(|_| None), ..Settings::default() };
    let store = IssueStore::open(folder.path(), settings);
    let other = Repository::parse("acme/shop").unwrap();
    for states in [store.states(&[0, 1]), store.states_of(&other, &[0, 1])] {
        assert!(states.iter().all(|state| state.known == Known::Nothing && !state.stale), "{states:?}");
    }
    assert!(
        store.due(&[1]).is_empty() && store.open_issues().is_empty() && store.issue_url(None, 1).is_none()
    );
    let failure = store.refresh(&[1]).failure.unwrap().to_string();
    assert!(failure.contains("issues.repository"), "{failure}");
}

#[test]
fn a_refresh_can_be_stopped() {
    let server = Server::start(github);
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = IssueStore::open(folder.path(), settings(&server, &hand));
    store.stop();
    assert_eq!(store.refresh(&[7]).failure, Some(stagegate_issues::Failure::Stopped));
    assert!(server.requests().is_empty());
}

#[test]
fn a_host_that_fails_is_left_alone_for_a_while() {
    let server = Server::start(|_, _| json(500, &error("Server Error", "500")));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = IssueStore::open(folder.path(), settings(&server, &hand));
    let first = store.refresh(&[7]).failure;
    for _ in 0..5 {
        assert_eq!(store.refresh(&[7]).failure, first);
        hand.turn(5);
    }
    assert_eq!(server.requests().len(), 3);
    hand.turn(10);
    store.refresh(&[7]);
    assert_eq!(server.requests().len(), 6);
}
