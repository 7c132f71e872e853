//! Answers that are none.

use std::time::{Duration, Instant};

use expect_test::expect;
use serde_json::json;
use stagegate_issues::Failure;

use crate::server::{Reply, Request, Server, json};
use crate::{Hand, check, good, settings, shown};

#[test]
fn html_instead_of_json() {
    let answer = |_: &Request, _| {
        Reply::Whole(
            200,
            vec![("Content-Type", "text/html; charset=utf-8".to_owned())],
            "<!DOCTYPE html><h1>Log in</h1>".to_owned(),
        )
    };
    check(
        answer,
        &expect![[r#"
        #1 nothing (old)
        #2 nothing (old)
        ended: HOST answers text/html where JSON was expected; is there a proxy or a login page in between?
        changed {}, left {1, 2}
        GET /repos/acme/shop/issues/1
    "#]],
    );
}

#[test]
fn json_of_another_shape_costs_one_issue() {
    let answer = |request: &Request, _| match request.path.ends_with("/1") {
        true => json(200, &json!(["surprise"])),
        false => good(request),
    };
    check(
        answer,
        &expect![[r##"
        #1 nothing (old)
        #2 closed: Cart loses item 2
        #1: HOST answers JSON of another shape than GitHub's: invalid type: string "surprise", expected u64
        changed {2}, left {}
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/2
    "##]],
    );
}

#[test]
fn half_a_body() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{\"number\": 1, \"ti".to_vec();
    let answer =
        move |request: &Request, before| if before == 0 { Reply::Bytes(half.clone()) } else { good(request) };
    check(
        answer,
        &expect![[r#"
        #1 open: Cart loses item 1
        #2 closed: Cart loses item 2
        changed {1, 2}, left {}
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/2
    "#]],
    );
    let chunked = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"num".to_vec();
    check(
        move |_, _| Reply::Bytes(chunked.clone()),
        &expect![[r#"
        #1 nothing (old)
        #2 nothing (old)
        ended: the answer of HOST ends in the middle
        changed {}, left {1, 2}
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
    "#]],
    );
    let open = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"number\": 1, \"ti".to_vec();
    check(
        move |_, _| Reply::Bytes(open.clone()),
        &expect![[r#"
        #1 nothing (old)
        #2 nothing (old)
        ended: the answer of HOST ends in the middle
        changed {}, left {1, 2}
        GET /repos/acme/shop/issues/1
    "#]],
    );
}

#[test]
fn no_http_at_all() {
    check(
        |_, _| Reply::Bytes(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()),
        &expect![[r#"
        #1 nothing (old)
        #2 nothing (old)
        ended: cannot reach HOST: what it answers is no HTTP
        changed {}, left {1, 2}
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
    "#]],
    );
    check(
        |_, _| Reply::Bytes(Vec::new()),
        &expect![[r#"
        #1 nothing (old)
        #2 nothing (old)
        ended: the answer of HOST ends in the middle
        changed {}, left {1, 2}
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
    "#]],
    );
}

#[test]
fn nothing_for_a_minute() {
    let server = Server::start(|_, _| Reply::Silence(Duration::from_secs(60)));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let mut settings = settings(&server, &hand);
    settings.limits.request = Duration::from_millis(300);
    let store = std::sync::Arc::new(stagegate_issues::IssueStore::open(folder.path(), settings));
    let start = Instant::now();
    let refreshing = std::thread::spawn({
        let store = std::sync::Arc::clone(&store);
        move || store.refresh(&[1])
    });
    // Reading does not wait for it.
    while !refreshing.is_finished() {
        let reading = Instant::now();
        assert_eq!(shown(&store, &[1]), "#1 nothing (old)\n");
        assert!(reading.elapsed() < Duration::from_millis(200));
    }
    assert!(matches!(refreshing.join().unwrap().failure, Some(Failure::Timeout { .. })));
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn fifty_megabytes() {
    let start = Instant::now();
    check(
        |request, _| if request.path.ends_with("/1") { Reply::Endless(50 << 20) } else { good(request) },
        &expect![[r#"
            #1 nothing (old)
            #2 closed: Cart loses item 2
            #1: HOST answers more than 16777216 bytes; the answer was not read
            changed {2}, left {}
            GET /repos/acme/shop/issues/1
            GET /repos/acme/shop/issues/2
        "#]],
    );
    let said =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 52428800\r\n\r\n".to_vec();
    check(
        move |request, _| {
            if request.path.ends_with("/1") { Reply::Bytes(said.clone()) } else { good(request) }
        },
        &expect![[r#"
            #1 nothing (old)
            #2 closed: Cart loses item 2
            #1: HOST answers more than 16777216 bytes; the answer was not read
            changed {2}, left {}
            GET /repos/acme/shop/issues/1
            GET /repos/acme/shop/issues/2
        "#]],
    );
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_closed_port() {
    let server = Server::start(|request, _| good(request));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let mut settings = settings(&server, &hand);
    // Nobody listens on port 1.
    settings.api_url = Some("http://127.0.0.1:1".to_owned());
    let store = stagegate_issues::IssueStore::open(folder.path(), settings);
    let failure = store.refresh(&[1]).failure.unwrap();
    expect!["cannot reach 127.0.0.1:1: connection refused"].assert_eq(&failure.to_string());
}

#[test]
fn a_host_without_tls() {
    use std::io::Write as _;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let server = Server::start(|request, _| good(request));
    let mut settings = settings(&server, &hand);
    settings.api_url = Some(format!("https://{}", listener.local_addr().unwrap()));
    settings.limits.tries = 1;
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").unwrap();
        std::thread::sleep(Duration::from_millis(200));
    });
    let store = stagegate_issues::IssueStore::open(folder.path(), settings);
    let failure = store.refresh(&[1]).failure.unwrap().to_string();
    assert!(failure.ends_with("no secure connection can be made"), "{failure}");
    answering.join().unwrap();
}
