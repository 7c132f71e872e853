//! What a text did not hold, so that of its next version only what changed has to be searched.

use ropey::Rope;

use crate::text::Change;

/// The last version of a text without something that is looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Absent(Option<Rope>);

impl Absent {
    /// Whether `rope` holds what `is_in` finds, which is at most `longest` bytes long. Of a text whose last version held none
    /// only what changed since is searched; the rope is not flattened.
    pub(super) fn holds(&mut self, rope: &Rope, longest: usize, is_in: impl Fn(&[u8]) -> bool) -> bool {
        let found = match self.0.as_ref().map(|old| Change::between(old, rope)) {
            Some(change) => {
                let start = change.start.saturating_sub(longest);
                let end = (change.new_end + longest).min(rope.len_bytes());
                is_within(rope, start, end, longest, is_in)
            }
            None => is_within(rope, 0, rope.len_bytes(), longest, is_in),
        };
        self.0 = (!found).then(|| rope.clone());
        found
    }
}

/// Whether `is_in` finds something of at most `longest` bytes in `start..end` of `rope`.
pub(super) fn is_within(
    rope: &Rope,
    start: usize,
    end: usize,
    longest: usize,
    is_in: impl Fn(&[u8]) -> bool,
) -> bool {
    let (chunks, mut at, ..) = rope.chunks_at_byte(start);
    let mut edge: Vec<u8> = Vec::new();
    for chunk in chunks {
        let bytes = chunk.as_bytes();
        let from = start.saturating_sub(at).min(bytes.len());
        let to = end.saturating_sub(at).min(bytes.len());
        at += bytes.len();
        let bytes = &bytes[from..to.max(from)];
        // It may begin in one chunk and end in the next.
        edge.extend_from_slice(&bytes[..bytes.len().min(longest)]);
        if is_in(bytes) || is_in(&edge) {
            return true;
        }
        let keep = edge.len().min(longest);
        match bytes.len() < longest {
            true => drop(edge.drain(..edge.len() - keep)),
            false => {
                edge.clear();
                edge.extend_from_slice(&bytes[bytes.len() - longest..]);
            }
        }
        if at >= end {
            break;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(needle: &'static str) -> impl Fn(&[u8]) -> bool {
        move |bytes| memchr::memmem::find(bytes, needle.as_bytes()).is_some()
    }

    /// What an edit completes is found, wherever its other letters stood before.
    #[test]
    fn what_an_edit_makes_is_found() {
        for (before, at, insert) in [("a TO b", 4, "DO"), ("x", 0, "TODO"), ("DO", 0, "TO"), ("TO DO", 2, "")]
        {
            let old = Rope::from_str(&format!("{}{before}{}", "- \n".repeat(5000), " -\n".repeat(5000)));
            let mut absent = Absent::default();
            assert!(!absent.holds(&old, 4, has("TODO")), "{before}");
            let mut other = old.clone();
            other.insert(3, "x");
            assert!(!absent.holds(&other, 4, has("TODO")), "{before}");
            let mut new = other.clone();
            let at = 15_001 + at;
            match insert {
                "" => new.remove(at..at + 1),
                insert => new.insert(at, insert),
            }
            assert!(absent.holds(&new, 4, has("TODO")), "{before}");
            assert!(absent.holds(&new, 4, has("TODO")), "it is still there: {before}");
            assert!(!absent.holds(&other, 4, has("TODO")), "it went: {before}");
        }
    }

    #[test]
    fn only_what_changed_is_searched() {
        let mut rope = Rope::from_str(&"line\n".repeat(10_000));
        let mut absent = Absent::default();
        let searched = std::cell::Cell::new(0);
        let count = |bytes: &[u8]| {
            searched.set(searched.get() + bytes.len());
            false
        };
        absent.holds(&rope, 4, count);
        assert!(searched.take() >= 50_000);
        rope.insert(25_000, "x");
        absent.holds(&rope, 4, count);
        assert!(searched.take() < 100);
    }

    #[test]
    fn what_stands_at_the_edge_of_two_chunks_is_found() {
        for shift in 0..12 {
            let text = "x".repeat(shift) + &"\n".repeat(5000) + "# TODO\n" + &"y\n".repeat(3000);
            let rope = Rope::from_str(&text);
            assert!(is_within(&rope, 0, text.len(), 4, has("TODO")));
            assert!(!is_within(&rope, 0, text.len(), 4, has("TODOS")));
        }
    }
}
