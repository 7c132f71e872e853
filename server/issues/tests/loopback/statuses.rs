//! Each status, and each way to fail.

use expect_test::expect;
use serde_json::json;
use stagegate_issues::Known;

use crate::server::{Reply, Request, Server, json, with};
use crate::shapes::{error, issue, pull, repository};
use crate::{CANARY, Hand, check, good, open};

#[test]
fn status_200() {
    let server = check(
        |request, _| good(request),
        &expect![[r#"
        #1 open: Cart loses item 1
        #2 closed: Cart loses item 2
        changed {1, 2}, left {}
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/2
    "#]],
    );
    for request in server.requests() {
        assert_eq!(request.header("authorization"), Some(format!("Bearer {CANARY}").as_str()));
        assert_eq!(request.header("x-github-api-version"), Some("2022-11-28"));
        assert!(request.header("user-agent").unwrap().starts_with("stagegate/"));
    }
}

#[test]
fn everything_of_an_issue() {
    let server = Server::start(|request, _| {
        let base = format!("http://{}", request.header("host").unwrap());
        if request.path.ends_with("/7") {
            json(200, &pull(&base, 7))
        } else {
            json(200, &issue(&base, 3, "open"))
        }
    });
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    store.refresh(&[3, 7]);
    let states = store.states(&[3, 7]);
    assert_eq!(states[0].fetched_at, Some(hand.now()));
    expect![[r#"
        Issue(
            Issue {
                number: 3,
                title: "Cart loses item 3",
                state: Open,
                labels: [
                    "component:cart",
                    "blocker:tests",
                ],
                assignee: Some(
                    "hubot",
                ),
                milestone: Some(
                    "v1.0",
                ),
                url: "HOST/acme/shop/issues/3",
                is_pull_request: false,
                moved_to: None,
                updated_at: Some(
                    1714979289,
                ),
            },
        )"#]]
    .assert_eq(&format!("{:#?}", states[0].known).replace(&server.url, "HOST"));
    let Known::Issue(pull) = &states[1].known else { panic!() };
    assert!(pull.is_pull_request && pull.url.ends_with("/acme/shop/pull/7"));
}

#[test]
fn status_301_of_a_repository_is_followed_and_remembered() {
    let answer = |request: &Request, _| {
        let base = format!("http://{}", request.header("host").unwrap());
        match request.path.strip_prefix("/repos/acme/shop") {
            Some(rest) => {
                let to = format!("{base}/repositories/1296269{rest}");
                with(301, &[("Location", to.as_str())], &error("Moved Permanently", "301"))
            }
            None if request.path.contains("/issues/") => good(request),
            None => json(200, &repository()),
        }
    };
    check(
        answer,
        &expect![[r#"
        #1 open: Cart loses item 1
        #2 closed: Cart loses item 2
        changed {1, 2}, left {}
        GET /repos/acme/shop/issues/1
        GET /repositories/1296269/issues/1
        GET /repos/acme/shop
        GET /repositories/1296269
        GET /repositories/1296269/issues/2
    "#]],
    );
}

#[test]
fn status_301_of_one_issue_is_not_that_of_the_repository() {
    let answer = |request: &Request, _| {
        let moved = request.path == "/repos/acme/shop/issues/1";
        match request.path.as_str() {
            _ if moved => {
                with(301, &[("Location", "/repositories/99/issues/5")], &error("Moved Permanently", "301"))
            }
            "/repositories/99/issues/5" => {
                let base = format!("http://{}", request.header("host").unwrap());
                let mut value = issue(&base, 5, "open");
                value["html_url"] = json!(format!("{base}/acme/other/issues/5"));
                json(200, &value)
            }
            _ => good(request),
        }
    };
    check(
        answer,
        &expect![[r#"
        #1 open: Cart loses item 5 -> acme/other#5
        #2 closed: Cart loses item 2
        changed {1, 2}, left {}
        GET /repos/acme/shop/issues/1
        GET /repositories/99/issues/5
        GET /repos/acme/shop/issues/2
    "#]],
    );
}

#[test]
fn redirects_in_circles() {
    let answer = |_: &Request, _| with(302, &[("Location", "/repos/acme/shop/issues/1")], &json!({}));
    check(
        answer,
        &expect![[r#"
        #1 nothing (old)
        #2 nothing (old)
        ended: HOST redirects in circles
        changed {}, left {1, 2}
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
    "#]],
    );
}

#[test]
fn a_redirect_to_a_foreign_host_is_not_followed() {
    let foreign = Server::start(|request, _| good(request));
    let to = format!("{}/repos/acme/shop/issues/1", foreign.url.replace("127.0.0.1", "localhost"));
    let answer = move |_: &Request, _| with(301, &[("Location", to.as_str())], &json!({}));
    check(
        answer,
        &expect![[r#"
        #1 nothing (old)
        #2 nothing (old)
        ended: HOST redirects to localhost, which was not followed
        changed {}, left {1, 2}
        GET /repos/acme/shop/issues/1
    "#]],
    );
    assert!(foreign.requests().is_empty());
    // The same machine, another port.
    let to = format!("{}/repos/acme/shop/issues/1", foreign.url);
    let answer = move |_: &Request, _| with(307, &[("Location", to.as_str())], &json!({}));
    check(
        answer,
        &expect![[r#"
        #1 nothing (old)
        #2 nothing (old)
        ended: HOST redirects to 127.0.0.1, which was not followed
        changed {}, left {1, 2}
        GET /repos/acme/shop/issues/1
    "#]],
    );
    assert!(foreign.requests().is_empty());
}

#[test]
fn status_401() {
    check(
        |_, _| json(401, &error("Bad credentials", "401")),
        &expect![[r#"
        #1 nothing (old)
        #2 nothing (old)
        ended: HOST does not accept the token (401); make a new one
        changed {}, left {1, 2}
        GET /repos/acme/shop/issues/1
    "#]],
    );
}

#[test]
fn status_403_without_a_limit() {
    check(
        |_, _| json(403, &error("Resource not accessible by personal access token", "403")),
        &expect![[r#"
            #1 nothing (old)
            #2 nothing (old)
            ended: HOST refuses (403): Resource not accessible by personal access token
            changed {}, left {1, 2}
            GET /repos/acme/shop/issues/1
        "#]],
    );
}

#[test]
fn status_404_of_an_issue() {
    let answer = |request: &Request, _| match request.path.as_str() {
        "/repos/acme/shop" => json(200, &repository()),
        path if path.ends_with("/1") => json(404, &error("Not Found", "404")),
        _ => good(request),
    };
    check(
        answer,
        &expect![[r#"
        #1 missing
        #2 closed: Cart loses item 2
        changed {1, 2}, left {}
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop
        GET /repos/acme/shop/issues/2
    "#]],
    );
}

#[test]
fn status_404_of_a_repository_says_nothing_about_its_issues() {
    check(
        |_, _| json(404, &error("Not Found", "404")),
        &expect![[r#"
        #1 nothing (old)
        #2 nothing (old)
        ended: HOST shows no repository acme/shop to the owner of the token
        changed {}, left {1, 2}
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop
    "#]],
    );
}

#[test]
fn status_410() {
    let answer = |request: &Request, _| match request.path.ends_with("/1") {
        true => json(410, &error("This issue was deleted", "410")),
        false => good(request),
    };
    check(
        answer,
        &expect![[r#"
        #1 deleted
        #2 closed: Cart loses item 2
        changed {1, 2}, left {}
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/2
    "#]],
    );
    check(
        |_, _| json(410, &error("Issues are disabled for this repo", "410")),
        &expect![[r#"
        #1 nothing (old)
        #2 nothing (old)
        ended: the repository has its issues switched off
        changed {}, left {1, 2}
        GET /repos/acme/shop/issues/1
    "#]],
    );
}

#[test]
fn status_500_and_502_are_tried_again() {
    let answer = |request: &Request, before| match before {
        0 => json(500, &error("Server Error", "500")),
        1 => Reply::Whole(502, vec![("Content-Type", "text/html".to_owned())], "<h1>502</h1>".to_owned()),
        _ => good(request),
    };
    check(
        answer,
        &expect![[r#"
        #1 open: Cart loses item 1
        #2 closed: Cart loses item 2
        changed {1, 2}, left {}
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/2
    "#]],
    );
    check(
        |_, _| json(503, &error("Unavailable", "503")),
        &expect![[r#"
        #1 nothing (old)
        #2 nothing (old)
        ended: HOST answers 503
        changed {}, left {1, 2}
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
        GET /repos/acme/shop/issues/1
    "#]],
    );
}
