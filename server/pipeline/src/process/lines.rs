//! Cuts what a tool prints into lines, for showing its progress.

use std::time::{Duration, Instant};

use super::capture::whole;

/// The longest line that is shown, in bytes; a longer one is shown in parts.
const LONGEST: usize = 16 << 10;
/// How many bytes are shown in one [`WINDOW`]; what is printed beyond that is passed over.
const BUDGET: usize = 128 << 10;
const WINDOW: Duration = Duration::from_millis(100);

/// The line that is being printed.
#[derive(Debug)]
pub(super) struct Lines {
    partial: Vec<u8>,
    /// The last break was a carriage return: a line feed right after it belongs to it.
    after_return: bool,
    budget: usize,
    window: Instant,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { partial: Vec::new(), after_return: false, budget: BUDGET, window: Instant::now() }
    }

    /// Shows the lines that `bytes` complete. Carriage returns break lines too: tools draw their progress with them.
    pub(super) fn push(&mut self, mut bytes: &[u8], show: &mut dyn FnMut(&str)) {
        if self.window.elapsed() >= WINDOW {
            self.window = Instant::now();
            self.budget = BUDGET;
        }
        if self.after_return && bytes.first() == Some(&b'\n') {
            bytes = &bytes[1..];
        }
        self.after_return &= bytes.is_empty();
        while self.budget > 0 && !bytes.is_empty() {
            let room = LONGEST - self.partial.len();
            let part = &bytes[..bytes.len().min(room)];
            let Some(at) = memchr::memchr2(b'\n', b'\r', part) else {
                self.partial.extend_from_slice(part);
                bytes = &bytes[part.len()..];
                if self.partial.len() == LONGEST {
                    let rest = self.partial.split_off(whole(&self.partial));
                    self.flush(show);
                    self.partial = rest;
                }
                continue;
            };
            self.partial.extend_from_slice(&part[..at]);
            self.flush(show);
            let feed = bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n');
            self.after_return = bytes[at] == b'\r' && bytes.len() == at + 1;
            bytes = &bytes[at + 1 + usize::from(feed)..];
        }
        if !bytes.is_empty() {
            // Too fast to be read by anybody: go on at the line that is being printed now.
            self.partial.clear();
            let start = memchr::memrchr2(b'\n', b'\r', bytes).map_or(bytes.len(), |at| at + 1);
            let rest = &bytes[start..];
            self.partial.extend_from_slice(&rest[..rest.len().min(LONGEST / 2)]);
        }
    }

    /// Shows what was printed after the last line break.
    pub(super) fn finish(&mut self, show: &mut dyn FnMut(&str)) {
        if !self.partial.is_empty() {
            self.flush(show);
        }
    }

    fn flush(&mut self, show: &mut dyn FnMut(&str)) {
        self.budget = self.budget.saturating_sub(self.partial.len() + 1);
        show(&String::from_utf8_lossy(&self.partial));
        self.partial.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(parts: &[&[u8]]) -> Vec<String> {
        let mut shown = Vec::new();
        let mut lines = Lines::new();
        for part in parts {
            lines.push(part, &mut |line| shown.push(line.to_owned()));
        }
        lines.finish(&mut |line| shown.push(line.to_owned()));
        shown
    }

    #[test]
    fn every_kind_of_break_counts_once() {
        assert_eq!(lines(&[b"a\nb\r\nc\r", b"\nd\r", b"e\n\nf"]), ["a", "b", "c", "d", "e", "", "f"]);
        assert_eq!(lines(&[b"10%\r20%\r30%\n"]), ["10%", "20%", "30%"]);
        assert_eq!(lines(&[b"a\r", b"", b"\nb"]), ["a", "b"]);
        assert_eq!(lines(&[]), [""; 0]);
    }

    #[test]
    fn a_line_without_end_is_shown_in_parts_of_whole_characters() {
        let text = format!("a{}", "ä".repeat(LONGEST));
        let shown = lines(&[text.as_bytes()]);
        assert_eq!(shown.concat(), text);
        assert!(shown.iter().all(|line| line.len() <= LONGEST));
    }

    #[test]
    fn a_flood_is_passed_over() {
        let flood = "y\n".repeat(8 << 20);
        let mut lines = Lines::new();
        let mut shown = 0;
        lines.push(flood.as_bytes(), &mut |line| shown += line.len() + 1);
        assert_eq!(shown, BUDGET);
        lines.window = Instant::now() - WINDOW;
        let mut last = String::new();
        lines.push(b"end\n", &mut |line| line.clone_into(&mut last));
        assert_eq!(last, "end");
    }
}
