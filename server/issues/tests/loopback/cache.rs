//! What is kept, for how long, and what it saves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stagegate_issues::{Failure, IssueStore};

use crate::server::{Reply, Request, Server, json, with};
use crate::shapes::{error, issue, pull, repository};
use crate::{Hand, open, settings, shown};

fn number(request: &Request) -> u64 {
    request.path.rsplit('/').next().unwrap().parse().unwrap()
}

fn good(request: &Request) -> Reply {
    json(200, &issue("https://github.com", number(request), "open"))
}

#[test]
fn an_etag_is_sent_again_and_304_confirms() {
    let server = Server::start(|request, _| match request.header("if-none-match") {
        Some("W/\"abc\"") => with(304, &[("ETag", "W/\"abc\"")], &json!(null)),
        Some(other) => panic!("{other}"),
        None => with(200, &[("ETag", "W/\"abc\"")], &issue("https://github.com", 1, "open")),
    });
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    assert_eq!(store.refresh(&[1]).changed, [1].into());
    // Young: not asked again.
    assert!(store.due(&[1]).is_empty());
    store.refresh(&[1]);
    assert_eq!(server.requests().len(), 1);
    // Another start, later: shown at once, as old, and confirmed by 304.
    hand.turn(3600);
    let store = open(folder.path(), &server, &hand);
    assert_eq!(shown(&store, &[1]), "#1 open: Cart loses item 1 (old)\n");
    let report = store.refresh(&[1]);
    assert!(report.changed.is_empty() && report.left.is_empty() && report.failure.is_none());
    assert_eq!(shown(&store, &[1]), "#1 open: Cart loses item 1\n");
    assert_eq!(store.states(&[1])[0].fetched_at, Some(hand.now()));
    hand.turn(3600);
    store.refresh(&[1]);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn last_modified_serves_where_there_is_no_etag() {
    const AT: &str = "Mon, 06 May 2024 07:08:09 GMT";
    let server = Server::start(|request, _| match request.header("if-modified-since") {
        Some(AT) => with(304, &[], &json!(null)),
        _ => with(200, &[("Last-Modified", AT)], &issue("https://github.com", 1, "open")),
    });
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    store.refresh(&[1]);
    hand.turn(3600);
    assert!(store.refresh(&[1]).changed.is_empty());
    assert_eq!(server.requests()[1].header("if-modified-since"), Some(AT));
}

#[test]
fn a_missing_issue_is_asked_for_again_soon() {
    let written = Arc::new(AtomicBool::new(false));
    let there = Arc::clone(&written);
    let server = Server::start(move |request, _| match request.path.as_str() {
        "/repos/acme/shop" => json(200, &repository()),
        _ if there.load(Ordering::Relaxed) => good(request),
        _ => json(404, &error("Not Found", "404")),
    });
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    store.refresh(&[1]);
    hand.turn(200);
    store.refresh(&[1]);
    assert_eq!(server.requests().len(), 2);
    written.store(true, Ordering::Relaxed);
    hand.turn(200);
    assert_eq!(shown(&store, &[1]), "#1 missing (old)\n");
    assert_eq!(store.refresh(&[1]).changed, [1].into());
    assert_eq!(shown(&store, &[1]), "#1 open: Cart loses item 1\n");
}

#[test]
fn a_missing_issue_is_not_claimed_for_ever() {
    let server = Server::start(|request, _| match request.path.as_str() {
        "/repos/acme/shop" => json(200, &repository()),
        _ => json(404, &error("Not Found", "404")),
    });
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    store.refresh(&[1]);
    hand.turn(25 * 3600);
    assert_eq!(shown(&store, &[1]), "#1 nothing (old)\n");
}

/// Refreshes three issues where the second answer is `limit`; returns when the host is asked again, in seconds.
fn pause(limit: impl Fn() -> Reply + Send + Sync + 'static) -> u64 {
    let server = Server::start(move |request, before| if before == 1 { limit() } else { good(request) });
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    let report = store.refresh(&[1, 2, 3]);
    let Some(Failure::RateLimited { until, .. }) = report.failure else { panic!("{report:?}") };
    assert_eq!(report.left, [2, 3].into());
    // It is kept to, and by another process too.
    for store in [store, open(folder.path(), &server, &hand)] {
        assert!(matches!(store.refresh(&[2]).failure, Some(Failure::RateLimited { .. })));
        assert!(matches!(store.refresh_open().failure, Some(Failure::RateLimited { .. })));
    }
    assert_eq!(server.requests().len(), 2);
    let wait = until - hand.now();
    hand.turn(wait);
    assert_eq!(open(folder.path(), &server, &hand).refresh(&[2]).failure, None);
    wait
}

#[test]
fn rate_limits() {
    let limited = || error("API rate limit exceeded for user ID 1.", "403");
    // The host's clock says 07:08:09, and its count begins anew 120 s later.
    let reset = || {
        with(
            403,
            &[
                ("X-RateLimit-Remaining", "0"),
                ("X-RateLimit-Reset", "1714979409"),
                ("Date", "Mon, 06 May 2024 07:08:09 GMT"),
            ],
            &error("API rate limit exceeded", "403"),
        )
    };
    assert_eq!(pause(reset), 120);
    assert_eq!(pause(move || with(403, &[("Retry-After", "30")], &limited())), 30);
    assert_eq!(pause(move || with(429, &[("Retry-After", "45")], &limited())), 45);
    assert_eq!(pause(move || with(429, &[], &limited())), 60);
    let secondary = || error("You have exceeded a secondary rate limit. Please wait a few minutes.", "403");
    assert_eq!(pause(move || with(403, &[], &secondary())), 60);
    let date = || {
        with(
            429,
            &[("Retry-After", "Mon, 06 May 2024 07:09:09 GMT"), ("Date", "Mon, 06 May 2024 07:08:09 GMT")],
            &json!({}),
        )
    };
    assert_eq!(pause(date), 60);
    // What no host asks for.
    assert_eq!(pause(move || with(429, &[("Retry-After", "99999999999")], &limited())), 7200);
    assert_eq!(pause(move || with(429, &[("Retry-After", "soon")], &limited())), 60);
    // The answer before the limit: the next request is not sent at all.
    let last = |request: &Request| {
        with(
            200,
            &[("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1714979389")],
            &issue("https://github.com", number(request), "open"),
        )
    };
    let server = Server::start(move |request, _| last(request));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let report = open(folder.path(), &server, &hand).refresh(&[1, 2]);
    assert_eq!((report.changed, report.left, server.requests().len()), ([1].into(), [2].into(), 1));
}

#[test]
fn a_moved_repository_is_asked_for_at_its_new_place() {
    let server = Server::start(|request, _| match request.path.strip_prefix("/repos/acme/shop") {
        Some(rest) => {
            let to = format!("http://{}/repositories/1296269{rest}", request.header("host").unwrap());
            with(301, &[("Location", to.as_str())], &error("Moved Permanently", "301"))
        }
        None if request.path.contains("/issues/") => good(request),
        None => json(200, &repository()),
    });
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    open(folder.path(), &server, &hand).refresh(&[1]);
    let before = server.requests().len();
    open(folder.path(), &server, &hand).refresh(&[2]);
    assert_eq!(server.asked()[before..], ["GET /repositories/1296269/issues/2"]);
}

/// A repository with 250 issues, the last 50 of them open, #240 a pull request.
fn lists(request: &Request, _: usize) -> Reply {
    let base = format!("http://{}", request.header("host").unwrap());
    let Some(query) = request.path.strip_prefix("/repos/acme/shop/issues?") else { return good(request) };
    let get = |name: &str| query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let page: usize = get("page").map_or(1, |page| page.parse().unwrap());
    let wanted: Vec<u64> = match (get("state"), get("since")) {
        (Some("all"), Some(_)) => vec![150],
        (Some("all"), None) => (1..=250).rev().collect(),
        _ => (201..=250).collect(),
    };
    let of = |number: &u64| match number {
        240 => pull(&base, 240),
        number => issue(&base, *number, if *number > 200 { "open" } else { "closed" }),
    };
    let page_of: Vec<Value> = wanted.iter().skip((page - 1) * 100).take(100).map(of).collect();
    let etag = format!("\"{}-{page}\"", get("state").unwrap());
    if request.header("if-none-match") == Some(&etag) {
        return with(304, &[("ETag", &etag)], &json!(null));
    }
    let next = if wanted.len() > page * 100 {
        "<https://x/?page=2>; rel=\"next\", <https://x>; rel=\"last\""
    } else {
        ""
    };
    with(200, &[("Link", next), ("ETag", &etag)], &json!(page_of))
}

#[test]
fn many_issues_cost_few_requests() {
    let server = Server::start(lists);
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    let numbers: Vec<u64> = (120..=250).collect();
    let report = store.refresh(&numbers);
    assert!(report.left.is_empty() && report.failure.is_none(), "{report:?}");
    let list = "GET /repos/acme/shop/issues?per_page=100&state=all";
    assert_eq!(
        server.asked(),
        [format!("{list}&sort=created&direction=desc"), format!("{list}&sort=created&direction=desc&page=2")]
    );
    assert_eq!(
        shown(&store, &[199, 240, 250]),
        "#199 closed: Cart loses item 199\n#240 open pull request: Cart loses item 240\n#250 open: Cart loses item 250\n"
    );
    // Later, one request says what changed.
    hand.turn(3600);
    assert_eq!(store.due(&numbers).len(), numbers.len());
    let report = store.refresh(&numbers);
    assert!(report.left.is_empty() && report.changed.is_empty(), "{report:?}");
    assert_eq!(
        server.asked()[2..],
        [format!("{list}&sort=updated&direction=asc&since=2024-05-06T07:07:09Z")]
    );
    assert!(store.due(&numbers).is_empty());
}

#[test]
fn singles_are_bounded() {
    let server = Server::start(|request, _| match request.path.contains('?') {
        true => json(200, &json!([])),
        false => good(request),
    });
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    let numbers: Vec<u64> = (1..=100).collect();
    let report = store.refresh(&numbers);
    assert_eq!((report.changed.len(), report.left.len()), (40, 60));
    assert_eq!(server.requests().len(), 41);
}

#[test]
fn open_issues_and_search() {
    let server = Server::start(lists);
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    store.refresh(&[3]);
    let report = store.refresh_open();
    assert_eq!((report.changed.len(), report.failure), (50, None));
    assert_eq!(store.open_issues().len(), 51);
    // #3 is not in the list, so it is asked for again.
    assert_eq!(store.due(&[3, 201]), [3]);
    let numbers = |words: &str| store.search(words, 4).iter().map(|state| state.number).collect::<Vec<_>>();
    assert_eq!(numbers("21"), [219, 218, 217, 216]);
    assert!(numbers("#240").is_empty());
    assert_eq!(numbers("#3"), [3, 243, 239, 238]);
    assert_eq!(numbers("ITEM cart 207"), [207]);
    assert!(numbers("nowhere").is_empty());
    // Young, so not fetched; later confirmed by 304.
    let before = server.requests().len();
    store.refresh_open();
    assert_eq!(server.requests().len(), before);
    hand.turn(3600);
    assert_eq!(store.refresh_open().changed.len(), 0);
    assert_eq!(server.requests()[before].header("if-none-match"), Some("\"open-1\""));
    assert!(store.due(&[201, 250]).is_empty());
}

#[test]
fn reading_is_quick() {
    let server = Server::start(lists);
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    let numbers: Vec<u64> = (1..=250).collect();
    store.refresh(&numbers);
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(store.states(&numbers).len(), 250);
    }
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn two_stores_of_one_process() {
    let server = Server::start(|request, _| good(request));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let stores: Vec<IssueStore> =
        (0..4).map(|_| IssueStore::open(folder.path(), settings(&server, &hand))).collect();
    std::thread::scope(|scope| {
        for (at, store) in stores.iter().enumerate() {
            scope.spawn(move || store.refresh(&[at as u64 * 5 + 1, at as u64 * 5 + 2]));
        }
    });
    for store in &stores {
        assert!(store.due(&[1, 2, 6, 7, 11, 12, 16, 17]).is_empty());
        assert!(store.notices().is_empty());
    }
}
