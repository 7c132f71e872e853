//! Reading frames: `Content-Length: N\r\n\r\n` and N bytes (LSP 3.17, "Base Protocol").
//!
//! A bad header never ends the stream: reading goes on at the next place that names a `Content-Length`.

use std::io::{self, BufRead, Read};

/// Largest body that is read, in bytes. The largest document that is analysed has 10 MiB; JSON escapes can make
/// it six times as long. A larger claim is an error, and the bytes behind it are searched for the next header.
pub(crate) const MAX_CONTENT_LENGTH: usize = 256 * 1024 * 1024;

/// Longest header line that is kept, in bytes; the rest of a longer one is dropped.
const MAX_HEADER_LINE: usize = 8 * 1024;

/// How much of a body is allocated before its bytes arrive: a claimed length costs nothing.
const FIRST_ALLOCATION: usize = 64 * 1024;

/// Name of the header, in lower case.
const CONTENT_LENGTH: &[u8] = b"content-length:";

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// A body of the announced length.
    Body(Vec<u8>),
    /// Something that is no frame; reading has gone on behind it. Says what was found.
    Malformed(String),
}

/// Reads frames from a stream of bytes.
pub(crate) struct FrameReader<R> {
    input: R,
    line: Vec<u8>,
    /// Junk was reported; nothing more is said of it until the next good frame.
    lost: bool,
}

impl<R: BufRead> FrameReader<R> {
    pub(crate) fn new(input: R) -> Self {
        FrameReader { input, line: Vec::new(), lost: false }
    }

    /// Returns the next frame; `None` at the end of the stream.
    ///
    /// # Errors
    /// Only what the operating system answers; a malformed frame is none.
    pub(crate) fn next(&mut self) -> io::Result<Option<Frame>> {
        let mut length = None;
        let mut junk: Option<String> = None;
        loop {
            if !self.read_line()? {
                return Ok(None);
            }
            let line = self.line.trim_ascii();
            if !line.is_empty() {
                match header(line) {
                    Header::Length { length: found, junk_before } => {
                        length = Some(found);
                        if junk_before {
                            junk.get_or_insert_with(|| describe(line));
                        }
                    }
                    Header::BadLength => {
                        length = None;
                        junk = Some(describe(line));
                    }
                    Header::Other => {}
                    Header::Junk => {
                        junk.get_or_insert_with(|| describe(line));
                    }
                }
                continue;
            }
            match (length, junk.take()) {
                // The length was good, so the body is read; what stood before it is forgotten.
                (Some(length), _) => {
                    self.lost = false;
                    return self.body(length);
                }
                (None, Some(found)) if !self.lost => {
                    self.lost = true;
                    return Ok(Some(Frame::Malformed(found)));
                }
                (None, _) => {}
            }
        }
    }

    /// Reads one line, at most [`MAX_HEADER_LINE`] bytes of it, without copying what lies behind it.
    fn read_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        let mut any = false;
        loop {
            let available = match self.input.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                return Ok(any);
            }
            any = true;
            let (used, done) = match available.iter().position(|b| *b == b'\n') {
                Some(at) => (at + 1, true),
                None => (available.len(), false),
            };
            let room = MAX_HEADER_LINE.saturating_sub(self.line.len());
            if room < used && !done {
                // The end of a long line may hold the next header: keep the end, not the start.
                self.line.drain(..self.line.len() / 2);
            }
            self.line.extend_from_slice(&available[used.saturating_sub(MAX_HEADER_LINE)..used]);
            if self.line.len() > 2 * MAX_HEADER_LINE {
                self.line.drain(..MAX_HEADER_LINE);
            }
            self.input.consume(used);
            if done {
                return Ok(true);
            }
        }
    }

    fn body(&mut self, length: usize) -> io::Result<Option<Frame>> {
        let mut body = Vec::with_capacity(length.min(FIRST_ALLOCATION));
        let read = self.input.by_ref().take(length as u64).read_to_end(&mut body)?;
        // A body cut off by the end of the stream is no message.
        Ok((read == length).then_some(Frame::Body(body)))
    }
}

enum Header {
    Length { length: usize, junk_before: bool },
    BadLength,
    Other,
    Junk,
}

/// Reads one header line. A `Content-Length` counts wherever it stands in the line: bytes left over from a bad
/// frame may stand before it.
fn header(line: &[u8]) -> Header {
    let lower = line.to_ascii_lowercase();
    if let Some(at) = lower.windows(CONTENT_LENGTH.len()).rposition(|window| window == CONTENT_LENGTH) {
        let value = line[at + CONTENT_LENGTH.len()..].trim_ascii();
        let parsed = std::str::from_utf8(value).ok().and_then(|value| value.parse::<usize>().ok());
        return match parsed {
            Some(length) if length <= MAX_CONTENT_LENGTH => Header::Length { length, junk_before: at > 0 },
            _ => Header::BadLength,
        };
    }
    if lower.starts_with(b"content-type:") { Header::Other } else { Header::Junk }
}

/// Quotes the start of a line for a message.
fn describe(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(&line[..line.len().min(80)]);
    format!("expected `Content-Length: N` with N at most {MAX_CONTENT_LENGTH}, found {text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads everything, one byte at a time as well as at once.
    fn frames(input: &[u8]) -> Vec<String> {
        let read = |capacity| {
            let mut reader = FrameReader::new(io::BufReader::with_capacity(capacity, input));
            let mut out = Vec::new();
            while let Some(frame) = reader.next().unwrap() {
                out.push(match frame {
                    Frame::Body(body) => String::from_utf8_lossy(&body).into_owned(),
                    Frame::Malformed(_) => "malformed".to_owned(),
                });
            }
            out
        };
        let whole = read(1 << 16);
        assert_eq!(read(1), whole);
        whole
    }

    const GOOD: &str = "Content-Length: 2\r\n\r\n{}";

    #[test]
    fn reads_frames_in_order() {
        assert_eq!(
            frames(b"Content-Length: 1\r\nContent-Type: x\r\n\r\naContent-Length: 0\r\n\r\n"),
            ["a", ""]
        );
        assert_eq!(frames(b"content-length:1\n\na"), ["a"], "case, blanks and line ends do not matter");
    }

    #[test]
    fn goes_on_behind_what_is_malformed() {
        for junk in [
            "GARBAGE: xyz\r\n\r\n",
            "Content-Length: -5\r\n\r\n{}",
            "Content-Length: 3000000000\r\n\r\n{}",
            "Content-Length: 99999999999999999999999\r\n\r\n{}",
            "Content-Length: \r\n\r\n",
        ] {
            assert_eq!(
                frames(format!("{junk}{GOOD}{GOOD}").as_bytes()),
                ["malformed", "{}", "{}"],
                "{junk:?}"
            );
        }
        let glued = format!("\0\u{1} hello world\r\n{GOOD}");
        assert_eq!(frames(glued.as_bytes()), ["{}"], "junk glued to a good header costs nothing");
        let endless = format!("{}{GOOD}", "x".repeat(100_000));
        assert_eq!(frames(endless.as_bytes()), ["{}"]);
    }

    #[test]
    fn a_body_that_is_cut_off_is_no_frame() {
        assert!(frames(b"Content-Length: 5\r\n\r\nabc").is_empty());
        assert!(frames(b"").is_empty());
    }
}
