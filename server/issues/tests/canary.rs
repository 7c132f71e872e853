//! A token that is planted does not come out: not in logs, errors, `Debug`, or the cache.
#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

#[path = "loopback/server.rs"]
mod server;

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use server::{Reply, Request, Server, json, with};
use stagegate_issues::{Environment, IssueStore, Limits, NewIssue, Settings};

const CANARY: &str = "ghp_canary0123456789";

/// Where everything is logged to.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The libraries log by other means.
struct Libraries(Log);

impl log::Log for Libraries {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        writeln!(self.0.clone(), "{} {} {}", record.level(), record.target(), record.args()).unwrap();
    }

    fn flush(&self) {}
}

#[test]
fn a_token_never_comes_out() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .init();
    log::set_boxed_logger(Box::new(Libraries(log.clone()))).unwrap();
    log::set_max_level(log::LevelFilter::Trace);

    let foreign = Server::start(|_, _| json(200, &json!({})));
    let away = format!("{}/x", foreign.url);
    let html = || Reply::Whole(200, vec![("Content-Type", "text/html".to_owned())], "<h1>".to_owned());
    let answer = move |request: &Request, before: usize| match before % 14 {
        0 => json(200, &json!({ "number": 1, "title": "a", "state": "open" })),
        1 => json(401, &json!({ "message": "Bad credentials" })),
        2 => json(403, &json!({ "message": "no" })),
        3 => with(403, &[("Retry-After", "1")], &json!({})),
        4 => json(404, &json!({ "message": "Not Found" })),
        5 => json(410, &json!({})),
        6 => json(500, &json!({})),
        7 => html(),
        8 => with(301, &[("Location", away.as_str())], &json!({})),
        9 => with(301, &[("Location", request.path.as_str())], &json!({})),
        10 => Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".to_vec()),
        11 => Reply::Bytes(b"nonsense".to_vec()),
        12 => Reply::Silence(Duration::from_millis(300)),
        _ => json(422, &json!({ "message": "Validation Failed", "errors": ["labels"] })),
    };
    let server = Server::start(answer);
    let folder = tempfile::tempdir().unwrap();
    let mut shown = String::new();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    let remote = format!("[remote \"origin\"]\nurl = https://user:{CANARY}@github.com/acme/shop.git\n");
    std::fs::write(folder.path().join(".git/config"), remote).unwrap();
    shown.push_str(&format!("{:?}", stagegate_issues::git_remote(folder.path())));
    for round in 0..60 {
        let now = 1_714_979_289 + round * 100_000;
        let settings = Settings {
            api_url: Some(server.url.clone()),
            trusted: true,
            environment: Environment::new(|name| name.contains("TOKEN").then(|| CANARY.to_owned())),
            limits: Limits { request: Duration::from_millis(100), tries: 1, ..Limits::default() },
            clock: stagegate_issues::Clock::new(move || now),
            ..Settings::default()
        };
        let store = IssueStore::open(folder.path(), settings);
        let report = store.refresh(&[1]);
        let new = NewIssue { title: "t".to_owned(), body: "b".to_owned(), labels: vec!["l".to_owned()] };
        let created = store.create(&new);
        if let Some(failure) = &report.failure {
            shown.push_str(&format!("{failure}\n{failure:?}\n"));
        }
        if let Err(failure) = &created {
            shown.push_str(&format!("{failure}\n{failure:?}\n"));
        }
        shown.push_str(&format!("{report:?} {created:?} {store:?} {:?}\n", store.notices()));
    }
    // An address with a password in it is refused, without repeating it.
    let settings =
        Settings { api_url: Some(format!("https://user:{CANARY}@ghe.example.com")), ..Settings::default() };
    let shown_settings = format!("{settings:?}");
    let store = IssueStore::open(folder.path(), settings);
    shown.push_str(&format!("{shown_settings} {store:?} {:?}", store.refresh(&[1])));

    // The token was sent, so there was something to be found.
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.header("authorization").is_some_and(|value| value.contains(CANARY)))
    );
    assert!(server.requests().len() > 60 && foreign.requests().is_empty());
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("ureq") && log.contains("stagegate_issues"), "nothing was logged");
    for (name, text) in [("log", &log), ("shown", &shown)] {
        if let Some(at) = text.find(CANARY) {
            panic!("{name}: {}", &text[at.saturating_sub(200)..at + 40]);
        }
    }
    for entry in std::fs::read_dir(folder.path().join(".stagegate")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()));
    }
}
