//! The beginning and the end of what a tool printed.

use std::collections::VecDeque;
use std::fmt;

/// How many bytes of each stream are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    /// From its beginning.
    pub head: usize,
    /// From its end.
    pub tail: usize,
}

impl Default for Capture {
    fn default() -> Self {
        Self { head: 64 << 10, tail: 64 << 10 }
    }
}

/// What a tool printed on one stream, as text: what is no UTF-8 becomes `\u{FFFD}`. Secrets are redacted already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// Its beginning; all of it, where nothing was left out.
    pub head: String,
    /// How many bytes were left out after the beginning.
    pub left_out: u64,
    /// Its end; empty where nothing was left out.
    pub tail: String,
}

impl Captured {
    /// Returns whether nothing was printed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.head.is_empty() && self.left_out == 0
    }
}

impl fmt::Display for Captured {
    /// The text, with a line that says how much was left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.head)?;
        if self.left_out > 0 {
            write!(f, "\n[{} bytes left out]\n{}", self.left_out, self.tail)?;
        }
        Ok(())
    }
}

/// Keeps the beginning and the end of a stream in bounded memory.
#[derive(Debug)]
pub(super) struct Keep {
    limits: Capture,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    left_out: u64,
}

impl Keep {
    pub(super) fn new(limits: Capture) -> Self {
        Self { limits, head: Vec::new(), tail: VecDeque::new(), left_out: 0 }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(self.limits.head - self.head.len()));
        self.head.extend_from_slice(first);
        // Only the last bytes of the rest can stay.
        let (gone, kept) = rest.split_at(rest.len().saturating_sub(self.limits.tail));
        let excess = (self.tail.len() + kept.len()).saturating_sub(self.limits.tail);
        self.tail.drain(..excess);
        self.tail.extend(kept);
        self.left_out += (gone.len() + excess) as u64;
    }

    pub(super) fn finish(mut self) -> Captured {
        let tail = self.tail.make_contiguous();
        if self.left_out == 0 {
            self.head.extend_from_slice(tail);
            return Captured { head: lossy(&self.head), left_out: 0, tail: String::new() };
        }
        // A character that the cut goes through belongs to neither side.
        let head = &self.head[..whole(&self.head)];
        let skip = tail.iter().take(3).take_while(|byte| **byte & 0xC0 == 0x80).count();
        let left_out = self.left_out + (self.head.len() - head.len() + skip) as u64;
        Captured { head: lossy(head), left_out, tail: lossy(&tail[skip..]) }
    }
}

/// Returns how much of `bytes` there is without a character that is cut at its end.
pub(super) fn whole(bytes: &[u8]) -> usize {
    let start = bytes.len().saturating_sub(4);
    match bytes[start..].utf8_chunks().last() {
        Some(last) if !last.invalid().is_empty() => {
            let cut = last.invalid();
            // Only what could still become a character is cut; the rest is wrong already.
            let full = match cut[0] {
                0xC2..=0xDF => 2,
                0xE0..=0xEF => 3,
                0xF0..=0xF4 => 4,
                _ => 0,
            };
            if cut.len() < full && bytes.ends_with(cut) { bytes.len() - cut.len() } else { bytes.len() }
        }
        _ => bytes.len(),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(head: usize, tail: usize, parts: &[&[u8]]) -> String {
        let mut keep = Keep::new(Capture { head, tail });
        for part in parts {
            keep.push(part);
        }
        keep.finish().to_string()
    }

    #[test]
    fn what_fits_is_whole() {
        assert_eq!(keep(4, 4, &[b"abc", b"def", b"gh"]), "abcdefgh");
        assert_eq!(keep(4, 4, &[]), "");
    }

    #[test]
    fn the_middle_is_left_out() {
        assert_eq!(keep(3, 3, &[b"abcdefgh"]), "abc\n[2 bytes left out]\nfgh");
        assert_eq!(keep(3, 3, &[b"abcdef", b"gh"]), "abc\n[2 bytes left out]\nfgh");
        assert_eq!(keep(0, 0, &[b"abc"]), "\n[3 bytes left out]\n");
    }

    #[test]
    fn a_cut_never_goes_through_a_character() {
        let text = "ää€€😀😀".as_bytes();
        for head in 0..text.len() {
            for tail in 0..text.len() - head {
                let mut keep = Keep::new(Capture { head, tail });
                text.chunks(3).for_each(|part| keep.push(part));
                let kept = keep.finish();
                assert!(!kept.to_string().contains('\u{FFFD}'), "{head} {tail}: {kept}");
                assert_eq!(
                    kept.head.len() as u64 + kept.left_out + kept.tail.len() as u64,
                    text.len() as u64
                );
            }
        }
    }

    #[test]
    fn what_is_no_text_is_replaced() {
        assert_eq!(keep(9, 9, &[b"a\xFFb\0c\xE2\x82"]), "a\u{FFFD}b\0c\u{FFFD}");
    }
}
