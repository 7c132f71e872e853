use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use expect_test::expect;

use super::*;
use crate::runs::SystemClock;

/// Answers requests with the answers in `answers`, the last one again and again; returns its port and what was asked.
fn server(answers: Vec<String>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        let count = AtomicUsize::new(0);
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().and_then(Result::ok).unwrap_or_default();
            while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
            log.lock().unwrap().push(first);
            let at = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            let answer = answers[at].replace("PORT", &port.to_string());
            if answer == "hang" {
                std::thread::spawn(move || {
                    std::thread::sleep(Duration::from_secs(30));
                    drop(stream);
                });
                continue;
            }
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (port, asked)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn health(contains: Option<&str>) -> Health {
    Health {
        url: String::new(),
        status: 200,
        contains: contains.map(str::to_owned),
        timeout: 0.5,
        interval: 0.05,
    }
}

fn asked(answers: Vec<String>, contains: Option<&str>) -> String {
    let (port, asked) = server(answers);
    let url = format!("http://me:canary-4711@127.0.0.1:{port}/health?token=canary-4711");
    let found = wait(&health(contains), &url, &Cancel::new(), &SystemClock);
    let found = match found {
        Ok(_) => "healthy".to_owned(),
        Err(failure) => format!("{} (transient: {})", failure.message, failure.transient),
    };
    assert!(!found.contains("4711"), "{found}");
    let asked = asked.lock().unwrap();
    format!("{found} after {}", if asked.len() > 3 { "many".to_owned() } else { asked.len().to_string() })
        .replace(&port.to_string(), "PORT")
}

#[test]
fn it_is_asked_until_it_is_healthy() {
    let ok = || answer("200 OK", "", r#"{"status":"up"}"#);
    let to = |place: &str| answer("302 Found", &format!("Location: {place}\r\n"), "");
    let cases = [
        ("at once", vec![ok()], None),
        ("with a text", vec![ok()], Some("\"up\"")),
        ("without the text", vec![ok()], Some("down")),
        ("after a while", vec![answer("503 Service Unavailable", "", ""), ok()], None),
        ("never", vec![answer("500 Internal Server Error", "", "canary-4711")], None),
        ("redirected", vec![to("/other"), ok()], None),
        ("redirected with its host", vec![to("http://127.0.0.1:PORT/other"), ok()], None),
        ("redirected to another host", vec![to("http://example.invalid/other?canary-4711")], None),
        ("redirected to another port", vec![to("http://127.0.0.1:1/")], None),
        ("in circles", vec![to("/again")], None),
        ("no HTTP", vec!["hello\n\n".to_owned()], None),
    ];
    let lines: String = cases
        .into_iter()
        .map(|(name, answers, contains)| format!("{name}: {}\n", asked(answers, contains)))
        .collect();
    expect![[r#"
        at once: healthy after 1
        with a text: healthy after 1
        without the text: http://127.0.0.1:PORT/health?... is not healthy after 500ms: status 200, and an answer without the text; expected status 200 and `down` (transient: true) after many
        after a while: healthy after 2
        never: http://127.0.0.1:PORT/health?... is not healthy after 500ms: status 500; expected status 200 (transient: true) after many
        redirected: healthy after 2
        redirected with its host: healthy after 2
        redirected to another host: http://127.0.0.1:PORT/health?... is not healthy after 500ms: it leads to another host, example.invalid; expected status 200 (transient: true) after many
        redirected to another port: http://127.0.0.1:PORT/health?... is not healthy after 500ms: it leads to another port or protocol of the host; expected status 200 (transient: true) after many
        in circles: http://127.0.0.1:PORT/health?... is not healthy after 500ms: more than 5 redirects; expected status 200 (transient: true) after many
        no HTTP: http://127.0.0.1:PORT/health?... is not healthy after 500ms: the request failed; expected status 200 (transient: true) after many
    "#]].assert_eq(&lines);
}

#[test]
fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("http://127.0.0.1:{port}/");
    let failure = wait(&health(None), &url, &Cancel::new(), &SystemClock).unwrap_err();
    expect!["http://127.0.0.1:PORT/ is not healthy after 500ms: nobody answers there (connection refused); expected status 200"]
        .assert_eq(&failure.message.replace(&port.to_string(), "PORT"));
    assert!(failure.transient);
}

#[test]
fn one_that_hangs_is_left_and_a_cancel_is_seen_at_once() {
    let (port, _) = server(vec!["hang".to_owned()]);
    let url = format!("http://127.0.0.1:{port}/");
    let began = Instant::now();
    let failure = wait(&health(None), &url, &Cancel::new(), &SystemClock).unwrap_err();
    assert!(failure.message.contains("no answer in time"), "{}", failure.message);
    assert!(began.elapsed() < Duration::from_secs(5));

    let cancel = Cancel::new();
    let other = cancel.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        other.cancel();
    });
    let began = Instant::now();
    let slow = Health { timeout: 60.0, ..health(None) };
    let failure = wait(&slow, &url, &cancel, &SystemClock).unwrap_err();
    assert!(failure.message.contains("cancelled"), "{}", failure.message);
    assert!(began.elapsed() < Duration::from_secs(2));
}
