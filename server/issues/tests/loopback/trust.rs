//! What is never sent.

use stagegate_issues::Failure;

use crate::server::Server;
use crate::{CANARY, Hand, good, open, settings, shown};

#[test]
fn numbers_that_no_issue_has_are_never_requested() {
    let server = Server::start(|request, _| good(request));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    let odd = [0, 1 << 31, 1 << 63, u64::MAX];
    assert_eq!(store.refresh(&odd), stagegate_issues::Refreshed::default());
    assert_eq!(shown(&store, &[0, u64::MAX]), "#0 missing\n#18446744073709551615 missing\n");
    assert!(store.due(&odd).is_empty() && server.requests().is_empty());
}

#[test]
fn a_host_that_only_the_workspace_names_gets_no_token() {
    let server = Server::start(|request, _| good(request));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let mut settings = settings(&server, &hand);
    settings.trusted = false;
    settings.token_env = Some("GH_ENTERPRISE_TOKEN".to_owned());
    settings.environment =
        stagegate_issues::Environment::new(|name| name.ends_with("TOKEN").then(|| CANARY.to_owned()));
    let store = stagegate_issues::IssueStore::open(folder.path(), settings);
    store.refresh(&[1]);
    let new = stagegate_issues::NewIssue { title: "t".to_owned(), body: String::new(), labels: Vec::new() };
    assert!(matches!(store.create(&new), Err(Failure::NoToken { untrusted: true, .. })));
    assert_eq!(server.asked(), ["GET /repos/acme/shop/issues/1"]);
    assert!(!format!("{:?}", server.requests()).contains(CANARY));
}

#[test]
fn nothing_is_fetched_where_that_is_off() {
    let server = Server::start(|request, _| good(request));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let mut settings = settings(&server, &hand);
    settings.fetch = false;
    let store = stagegate_issues::IssueStore::open(folder.path(), settings);
    assert_eq!(store.refresh(&[1]).failure, Some(Failure::Off));
    assert_eq!(store.refresh_open().failure, Some(Failure::Off));
    assert!(store.due(&[1]).is_empty());
    assert_eq!(store.issue_url(None, 1), Some(format!("{}/acme/shop/issues/1", server.url)));
    assert!(server.requests().is_empty());
    assert!(!folder.path().join(".stagegate").exists());
}
