//! Several processes use one cache.

use std::process::{Command, Stdio};

use crate::server::{Request, Server, json};
use crate::shapes::issue;
use crate::{Hand, open, shown};

const ROOT: &str = "STAGEGATE_TEST_ROOT";
const URL: &str = "STAGEGATE_TEST_URL";

fn good(request: &Request, _: usize) -> crate::server::Reply {
    json(200, &issue("https://github.com", request.path.rsplit('/').next().unwrap().parse().unwrap(), "open"))
}

/// What each process does; without the variables, as in an ordinary run of the tests, nothing.
#[test]
fn one_of_several() {
    let (Ok(root), Ok(url)) = (std::env::var(ROOT), std::env::var(URL)) else { return };
    let hand = Hand::new();
    let mut settings = crate::settings(&Server::start(good), &hand);
    settings.api_url = Some(url);
    let store = stagegate_issues::IssueStore::open(root.as_ref(), settings);
    for number in 1..=20 {
        let report = store.refresh(&[number]);
        assert_eq!((report.failure, report.left.len()), (None, 0));
        assert!(!shown(&store, &[number]).contains("nothing"));
    }
    assert!(store.notices().is_empty(), "{:?}", store.notices());
}

fn run(root: &std::path::Path, server: &Server, count: usize) {
    let start = |_| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::one_of_several", "--nocapture"])
            .env(ROOT, root)
            .env(URL, &server.url)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..count).map(start).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn they_share_what_they_fetch() {
    let server = Server::start(good);
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &server, 4);
    // At most each of them asked for everything, and what they wrote is all there.
    let store = open(folder.path(), &server, &Hand::new());
    assert!(store.due(&(1..=20).collect::<Vec<_>>()).is_empty());
    let before = server.requests().len();
    run(folder.path(), &server, 2);
    assert_eq!(server.requests().len(), before);
}
