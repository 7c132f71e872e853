//! A server on this machine that plays GitHub: real HTTP over real connections, one request each.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A tracker; it answers until the program ends.
#[derive(Debug)]
pub struct Tracker {
    /// `http://127.0.0.1:PORT`, to be written into `issues.api_url`.
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// With its query.
    pub path: String,
    /// All lines of headers.
    pub headers: String,
    /// What follows them.
    pub body: String,
}

/// Status, further lines of headers, and body.
pub type Reply = (u16, String, String);

impl Tracker {
    /// Starts a tracker that answers each path by `answer`; what is not read but sent has its method before the path, as
    /// in `POST /repos/acme/shop/issues`.
    ///
    /// # Panics
    /// Panics where nobody can listen on this machine.
    pub fn start(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Tracker {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it listens"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&requests), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                // The client may have gone; that is its right.
                thread::spawn(move || serve(stream, &seen, &*answer));
            }
        });
        Tracker { url, requests }
    }

    /// An address on which nobody answers.
    ///
    /// # Panics
    /// Panics where nobody can listen on this machine.
    #[must_use]
    pub fn down() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        format!("http://{}", listener.local_addr().expect("it listens"))
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// All requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<Request>>, answer: &dyn Fn(&str) -> Reply) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let (method, path) = (line.split(' ').next()?.to_owned(), line.split(' ').nth(1)?.to_owned());
    let mut headers = String::new();
    while reader.read_line(&mut headers).ok()? > 2 {}
    let length = headers.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or_default()];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    let asked = if method == "GET" { path.clone() } else { format!("{method} {path}") };
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(Request { path, headers, body });
    let (status, more, body) = answer(&asked);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Some Reason\r\nConnection: close\r\nContent-Type: application/json\r\n\
         {more}Content-Length: {length}\r\n\r\n"
    );
    reader.into_inner().write_all(format!("{head}{body}").as_bytes()).ok()
}
