//! Creating an issue.

use serde_json::{Value, json};
use stagegate_issues::{Created, Failure, NewIssue};

use crate::server::{Reply, Request, Server, json};
use crate::shapes::{error, issue};
use crate::{Hand, open, settings, shown};

fn new(labels: &[&str]) -> NewIssue {
    let labels = labels.iter().map(|label| (*label).to_owned()).collect();
    NewIssue { title: "Cart loses item 9".to_owned(), body: "In `src/cart.py`, line 7.".to_owned(), labels }
}

fn sent(request: &Request) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

/// Number 9 with the labels of the request that `allowed` has.
fn created(request: &Request, allowed: &[&str]) -> Reply {
    let mut value = issue(&format!("http://{}", request.header("host").unwrap()), 9, "open");
    let labels = sent(request)["labels"].as_array().unwrap().clone();
    value["labels"] = labels
        .into_iter()
        .filter(|label| allowed.contains(&label.as_str().unwrap()))
        .map(|label| json!({ "name": label }))
        .collect();
    json(201, &value)
}

fn create(
    labels: &[&str],
    answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
) -> (Result<Created, Failure>, Server, String) {
    let server = Server::start(answer);
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    let result = store.create(&new(labels));
    let known = shown(&store, &[9]);
    (result, server, known)
}

fn rejected() -> Reply {
    json(
        422,
        &json!({ "message": "Validation Failed", "errors": [{ "resource": "Issue", "field": "labels", "code": "invalid", "value": "x" }] }),
    )
}

#[test]
fn with_its_labels() {
    let (result, server, known) =
        create(&["component:cart"], |request, _| created(request, &["component:cart"]));
    let result = result.unwrap();
    assert_eq!((result.issue.number, result.without_labels.len()), (9, 0));
    assert_eq!(result.issue.url, format!("{}/acme/shop/issues/9", server.url));
    // Known at once, without a request.
    assert_eq!(known, "#9 open: Cart loses item 9\n");
    assert_eq!(server.asked(), ["POST /repos/acme/shop/issues"]);
    let expected = json!({ "title": "Cart loses item 9", "body": "In `src/cart.py`, line 7.", "labels": ["component:cart"] });
    assert_eq!(sent(&server.requests()[0]), expected);
}

#[test]
fn labels_that_the_host_drops_are_named() {
    let (result, ..) = create(&["component:cart", "blocker"], |request, _| created(request, &["blocker"]));
    assert_eq!(result.unwrap().without_labels, ["component:cart"]);
}

#[test]
fn labels_that_do_not_exist_are_created() {
    let (result, server, _) = create(&["component:cart", "blocker"], |request, before| match before {
        0 => rejected(),
        1 => json(201, &json!({ "name": "component:cart" })),
        2 => json(
            422,
            &json!({ "message": "Validation Failed", "errors": [{ "resource": "Label", "code": "already_exists", "field": "name" }] }),
        ),
        _ => created(request, &["component:cart", "blocker"]),
    });
    assert!(result.unwrap().without_labels.is_empty());
    let labels = "POST /repos/acme/shop/labels";
    assert_eq!(
        server.asked(),
        ["POST /repos/acme/shop/issues", labels, labels, "POST /repos/acme/shop/issues"]
    );
}

#[test]
fn labels_that_may_not_be_created_are_left_out() {
    let (result, server, _) = create(&["component:cart"], |request, before| match before {
        0 => rejected(),
        1 => json(403, &error("Must have admin rights to Repository.", "403")),
        _ => created(request, &[]),
    });
    assert_eq!(result.unwrap().without_labels, ["component:cart"]);
    assert_eq!(sent(&server.requests()[2])["labels"], json!([]));
}

#[test]
fn a_rejected_issue() {
    let (result, server, known) = create(&[], |_, _| {
        json(
            422,
            &json!({ "message": "Validation Failed", "errors": [{ "resource": "Issue", "field": "title", "code": "missing_field" }] }),
        )
    });
    let message = result.unwrap_err().to_string();
    assert!(
        message.ends_with("rejects the issue (422): Validation Failed; title missing_field"),
        "{message}"
    );
    assert_eq!((server.requests().len(), known.as_str()), (1, "#9 nothing (old)\n"));
}

#[test]
fn nothing_is_sent_twice() {
    for answer in [
        || json(502, &json!({})),
        || Reply::Bytes(Vec::new()),
        || json(410, &error("Issues are disabled for this repo", "410")),
        || json(404, &error("Not Found", "404")),
        || json(401, &error("Bad credentials", "401")),
    ] {
        let (result, server, _) = create(&["blocker"], move |_, _| answer());
        assert!(result.is_err());
        assert_eq!(server.requests().len(), 1, "{result:?}");
    }
}

#[test]
fn a_moved_repository() {
    let (result, server, _) = create(&[], |request, _| match request.path.starts_with("/repos/") {
        true => crate::server::with(307, &[("Location", "/repositories/1/issues")], &error("Moved", "307")),
        false => created(request, &[]),
    });
    assert_eq!(result.unwrap().issue.number, 9);
    assert_eq!(server.asked()[1], "POST /repositories/1/issues");
}

#[test]
fn a_pause_holds_for_creating_too() {
    let (result, server, _) = create(&[], |_, _| {
        crate::server::with(
            403,
            &[("Retry-After", "30")],
            &error("You have exceeded a secondary rate limit", "403"),
        )
    });
    assert!(matches!(result, Err(Failure::RateLimited { .. })));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn not_without_a_token_and_not_where_fetching_is_off() {
    let server = Server::start(|request, _| created(request, &[]));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let mut without = settings(&server, &hand);
    without.environment = stagegate_issues::Environment::new(|_| None);
    let store = stagegate_issues::IssueStore::open(folder.path(), without);
    let message = store.create(&new(&[])).unwrap_err().to_string();
    assert!(message.contains("there is no token for 127.0.0.1"), "{message}");
    let mut off = settings(&server, &hand);
    off.fetch = false;
    assert_eq!(stagegate_issues::IssueStore::open(folder.path(), off).create(&new(&[])), Err(Failure::Off));
    assert!(server.requests().is_empty());
}
