//! Writing frames: whole messages, in order, from any thread.
//!
//! Whoever computes an answer writes it ([`Output::send`]): handing it to another thread would cost more than the
//! write. The reading thread never writes, because a client that writes much before it reads would block both
//! sides; it posts ([`Output::post`]) to a thread that writes for it.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

/// The writing end. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Output {
    shared: Arc<Shared>,
}

struct Shared {
    writer: Mutex<Writer>,
    /// Frames that were posted and are not written yet.
    posted: Mutex<VecDeque<Vec<u8>>>,
    wake: Condvar,
}

struct Writer {
    inner: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    closed: bool,
}

/// A notification of ours.
#[derive(Serialize)]
struct Notification<'a, P> {
    jsonrpc: &'static str,
    method: &'a str,
    params: P,
}

/// Buffers that grew beyond this many bytes are given back after the write.
const KEEP_CAPACITY: usize = 256 * 1024;

/// Most frames that wait to be written. A client that reads nothing loses log messages beyond it.
const MAX_POSTED: usize = 10_000;

impl Output {
    pub(crate) fn new(writer: impl Write + Send + 'static) -> Output {
        let writer = Writer { inner: Box::new(writer), buffer: Vec::new(), closed: false };
        let output = Output {
            shared: Arc::new(Shared {
                writer: Mutex::new(writer),
                posted: Mutex::default(),
                wake: Condvar::new(),
            }),
        };
        let shared = Arc::clone(&output.shared);
        std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || shared.write_posted())
            .expect("a thread can be started while the server starts");
        output
    }

    /// Writes `message` as one frame. Waits while the client does not read; not for the reading thread.
    pub(crate) fn send(&self, message: &impl Serialize) {
        let mut writer = self.shared.writer();
        writer.drain(&self.shared);
        writer.write(message);
    }

    /// Writes a notification; see [`Output::send`].
    pub(crate) fn notify(&self, method: &str, params: impl Serialize) {
        self.send(&Notification { jsonrpc: "2.0", method, params });
    }

    /// Hands `message` over to be written. Never waits.
    pub(crate) fn post(&self, message: &impl Serialize) {
        let mut frame = Vec::new();
        if encode(&mut frame, message).is_ok() {
            self.shared.posted().push_back(frame);
            self.shared.wake.notify_one();
        }
    }

    /// Hands a notification over that nobody depends on: it is dropped where too many wait.
    pub(crate) fn post_log(&self, method: &str, params: impl Serialize) {
        if self.shared.posted().len() < MAX_POSTED {
            self.post(&Notification { jsonrpc: "2.0", method, params });
        }
    }

    /// Waits until everything that was posted is written, at most for `limit`.
    pub(crate) fn flush(&self, limit: Duration) {
        let end = Instant::now() + limit;
        while !self.shared.posted().is_empty() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Shared {
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn posted(&self) -> MutexGuard<'_, VecDeque<Vec<u8>>> {
        self.posted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_posted(&self) -> ! {
        loop {
            let mut posted = self.posted();
            while posted.is_empty() {
                posted = self.wake.wait(posted).unwrap_or_else(PoisonError::into_inner);
            }
            drop(posted);
            self.writer().drain(self);
        }
    }
}

impl Writer {
    /// Writes what was posted before the next message.
    fn drain(&mut self, shared: &Shared) {
        loop {
            // The frame stays in the queue until it is written, so that an empty queue means written.
            let Some(frame) = shared.posted().front().cloned() else { return };
            self.frame(&frame);
            shared.posted().pop_front();
        }
    }

    fn write(&mut self, message: &impl Serialize) {
        let mut buffer = std::mem::take(&mut self.buffer);
        if encode(&mut buffer, message).is_ok() {
            self.frame(&buffer);
        }
        if buffer.capacity() <= KEEP_CAPACITY {
            self.buffer = buffer;
        }
    }

    /// Writes one frame. After the first failure everything is dropped: nobody reads any more.
    fn frame(&mut self, frame: &[u8]) {
        if self.closed {
            return;
        }
        if let Err(error) = self.inner.write_all(frame).and_then(|()| self.inner.flush()) {
            self.closed = true;
            if error.kind() != io::ErrorKind::BrokenPipe {
                tracing::error!(target: "stagegate::transport", %error, "cannot write to the client");
            }
        }
    }
}

/// Writes the frame of `message` into `buffer`, which is emptied first.
fn encode(buffer: &mut Vec<u8>, message: &impl Serialize) -> serde_json::Result<()> {
    // Room for the header, which is known only after the body.
    const HEADER: usize = 40;
    buffer.clear();
    buffer.resize(HEADER, b' ');
    serde_json::to_writer(&mut *buffer, message)?;
    let header = format!("Content-Length: {}\r\n\r\n", buffer.len() - HEADER);
    let start = HEADER - header.len();
    buffer[start..HEADER].copy_from_slice(header.as_bytes());
    buffer.drain(..start);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_message_is_one_frame_with_its_length_in_bytes() {
        let sink = Sink::default();
        Output::new(sink.clone()).notify("m", "\u{e9}");
        let written = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        assert_eq!(
            written,
            "Content-Length: 44\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":\"\u{e9}\"}"
        );
    }

    #[test]
    fn what_was_posted_comes_before_what_is_sent_after_it() {
        let sink = Sink::default();
        let output = Output::new(sink.clone());
        for i in 0..100 {
            output.post(&i);
        }
        output.send(&"last");
        output.flush(Duration::from_secs(5));
        let written = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let bodies: Vec<_> = written.split("\r\n\r\n").skip(1).collect();
        assert_eq!(bodies.len(), 101);
        assert!(bodies[0].starts_with('0') && bodies[99].starts_with("99") && bodies[100] == "\"last\"");
    }
}
