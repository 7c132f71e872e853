//! Writing frames: one lock, one write per message, from any thread.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

/// The writing end. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Output {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    writer: Box<dyn Write + Send>,
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

impl Output {
    pub(crate) fn new(writer: impl Write + Send + 'static) -> Output {
        let inner = Inner { writer: Box::new(writer), buffer: Vec::new(), closed: false };
        Output { inner: Arc::new(Mutex::new(inner)) }
    }

    /// Sends `message` as one frame. After the first failure everything is dropped: nobody reads any more.
    pub(crate) fn send(&self, message: &impl Serialize) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if !inner.closed
            && let Err(error) = inner.write(message)
        {
            inner.closed = true;
            drop(inner);
            if error.kind() != io::ErrorKind::BrokenPipe {
                tracing::error!(target: "stagegate::transport", %error, "cannot write to the client");
            }
        }
    }

    /// Sends a notification.
    pub(crate) fn notify(&self, method: &str, params: impl Serialize) {
        self.send(&Notification { jsonrpc: "2.0", method, params });
    }
}

impl Inner {
    fn write(&mut self, message: &impl Serialize) -> io::Result<()> {
        // Room for the header, which is known only after the body.
        const HEADER: usize = 40;
        self.buffer.clear();
        self.buffer.resize(HEADER, b' ');
        serde_json::to_writer(&mut self.buffer, message)?;
        let header = format!("Content-Length: {}\r\n\r\n", self.buffer.len() - HEADER);
        let start = HEADER - header.len();
        self.buffer[start..HEADER].copy_from_slice(header.as_bytes());
        self.writer.write_all(&self.buffer[start..])?;
        self.writer.flush()?;
        if self.buffer.capacity() > KEEP_CAPACITY {
            self.buffer = Vec::new();
        }
        Ok(())
    }
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
}
