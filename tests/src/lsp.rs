//! A client for protocol tests: the real server over stdio, every message seen, every wait bounded.

#![expect(clippy::needless_pass_by_value, reason = "`json!({..})` as an argument reads best without a `&`")]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Longest wait for anything. Generous: a busy machine is no failure.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server. Dropping it ends the process.
pub struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    incoming: Receiver<Value>,
    /// Messages that came while another one was awaited.
    kept: VecDeque<Value>,
    next_id: i64,
    /// Whether the client reads nothing for now.
    paused: Arc<AtomicBool>,
    /// What the user answers to questions, if anything.
    choice: Option<String>,
}

impl Server {
    /// Starts the server with `folder` as its working directory.
    ///
    /// # Panics
    /// Panics where the process cannot be started.
    #[must_use]
    pub fn start(folder: &Path) -> Server {
        Server::start_with(folder, &[])
    }

    /// Starts the server with these variables, and without the tokens of whoever runs the tests.
    ///
    /// # Panics
    /// Panics where the process cannot be started.
    #[must_use]
    pub fn start_with(folder: &Path, variables: &[(&str, &str)]) -> Server {
        let mut command = Command::new(crate::binary());
        for name in ["GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_HOST"]
        {
            command.env_remove(name);
        }
        let mut child = command
            .envs(variables.iter().copied())
            .arg("lsp")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the server can be started");
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let stdin = child.stdin.take();
        let (sender, incoming) = channel();
        let paused = Arc::new(AtomicBool::new(false));
        let gate = Arc::clone(&paused);
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stdout);
            loop {
                while gate.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                let Some(message) = read_message(&mut reader) else { break };
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Server { child, stdin, incoming, kept: VecDeque::new(), next_id: 1, paused, choice: None }
    }

    /// Starts the server and shakes hands: `initialize` with these capabilities and options, then `initialized`.
    #[must_use]
    pub fn initialized(folder: &Path, capabilities: Value, options: Value) -> (Server, Value) {
        let mut server = Server::start(folder);
        let result = server.initialize(folder, capabilities, options);
        (server, result)
    }

    /// Shakes hands: `initialize` with these capabilities and options, then `initialized`. Returns the answer.
    pub fn initialize(&mut self, folder: &Path, capabilities: Value, options: Value) -> Value {
        let server = self;
        let uri = file_uri(folder);
        let result = server.request(
            "initialize",
            json!({
                "processId": null,
                "rootUri": uri,
                "workspaceFolders": [{ "uri": uri, "name": "w" }],
                "capabilities": capabilities,
                "initializationOptions": options,
            }),
        );
        server.notify("initialized", json!({}));
        result["result"].clone()
    }

    /// Lets the user choose the answer that begins so, from here on; without it every question stays unanswered.
    pub fn choose(&mut self, answer: &str) {
        self.choice = Some(answer.to_owned());
    }

    /// Stops reading what the server writes, after the message at hand.
    pub fn stop_reading(&self) {
        self.paused.store(true, Ordering::Relaxed);
    }

    /// Goes on reading.
    pub fn go_on_reading(&self) {
        self.paused.store(false, Ordering::Relaxed);
    }

    /// Writes raw bytes.
    ///
    /// # Panics
    /// Panics where the server no longer reads.
    pub fn raw(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(bytes).expect("the server reads");
        stdin.flush().expect("the server reads");
    }

    /// Sends one message.
    pub fn send(&mut self, message: &Value) {
        self.raw(&frame(message));
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and returns its id without waiting.
    pub fn start_request(&mut self, method: &str, params: Value) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// Sends a request and waits for its whole answer.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.start_request(method, params);
        self.response(id)
    }

    /// Waits for the answer to `id`.
    pub fn response(&mut self, id: i64) -> Value {
        self.wait_for(&format!("the answer to request {id}"), |m| m["id"] == id && m.get("method").is_none())
    }

    /// Opens a document.
    pub fn open(&mut self, path: &Path, language: &str, version: i32, text: &str) {
        let item = json!({ "uri": file_uri(path), "languageId": language, "version": version, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": item }));
    }

    /// Waits for findings of `path`, of exactly this version where one is given.
    pub fn published(&mut self, path: &Path, version: Option<i32>) -> Value {
        let uri = file_uri(path);
        let found = self.wait_for(&format!("findings of {uri}, version {version:?}"), |m| {
            m["method"] == "textDocument/publishDiagnostics"
                && m["params"]["uri"] == uri
                && version.is_none_or(|version| m["params"]["version"] == version)
        });
        found["params"].clone()
    }

    /// Waits for the first message that `wanted` accepts; others are kept, in order. Requests of the server are
    /// answered as a plain client does.
    ///
    /// # Panics
    /// Panics when nothing comes for too long, saying what was awaited and what was seen.
    pub fn wait_for(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&wanted) {
            return self.kept.remove(at).expect("the position was just found");
        }
        let end = Instant::now() + PATIENCE;
        loop {
            match self.incoming.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(message) => {
                    self.answer(&message);
                    if wanted(&message) {
                        return message;
                    }
                    self.kept.push_back(message);
                }
                Err(error) => {
                    let seen: Vec<_> = self.kept.iter().map(ToString::to_string).collect();
                    let why =
                        if error == RecvTimeoutError::Timeout { "nothing came" } else { "the server ended" };
                    panic!("{why} while waiting for {what}; unclaimed messages:\n{}", seen.join("\n"));
                }
            }
        }
    }

    /// Takes every message that has come so far.
    pub fn drain(&mut self) -> Vec<Value> {
        while let Ok(message) = self.incoming.try_recv() {
            self.answer(&message);
            self.kept.push_back(message);
        }
        self.kept.drain(..).collect()
    }

    fn answer(&mut self, message: &Value) {
        let (Some(id), Some(method)) = (message.get("id"), message["method"].as_str()) else { return };
        let result = match method {
            "workspace/configuration" => json!([null]),
            "workspace/applyEdit" => json!({ "applied": true }),
            "window/showMessageRequest" => {
                let offered = message["params"]["actions"].as_array().into_iter().flatten();
                let begins = |item: &&Value| {
                    let title = item["title"].as_str().unwrap_or_default();
                    self.choice.as_deref().is_some_and(|choice| title.starts_with(choice))
                };
                offered.clone().find(begins).cloned().unwrap_or_default()
            }
            _ => Value::Null,
        };
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
    }

    /// Sends `shutdown` and `exit`; returns the exit code.
    pub fn shutdown(mut self) -> i32 {
        let answer = self.request("shutdown", Value::Null);
        assert!(answer.get("error").is_none(), "{answer}");
        self.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
        self.exit_code()
    }

    /// Waits for the process to end by itself.
    ///
    /// # Panics
    /// Panics when it does not.
    pub fn exit_code(&mut self) -> i32 {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().expect("the child can be asked") {
                return status.code().expect("the server was not killed");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("the server did not end");
    }

    /// Closes the server's input.
    pub fn close_input(&mut self) {
        self.stdin = None;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone after a good test.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the frame of a message.
#[must_use]
pub fn frame(message: &Value) -> Vec<u8> {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Returns the `file:` URI of a path of plain characters.
#[must_use]
pub fn file_uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn read_message(reader: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            header => {
                let value =
                    header.strip_prefix("Content-Length: ").expect("the server writes no other header");
                length = value.parse().expect("the server writes a number");
            }
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).expect("the server writes JSON"))
}
