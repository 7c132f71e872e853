//! What an edit changed, found by comparing the text before and after it.

use ropey::Rope;

/// What differs between two texts: `old[start..old_end]` became `new[start..new_end]`, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where the texts begin to differ.
    pub start: usize,
    /// Where the old text is the same again up to its end.
    pub old_end: usize,
    /// Where the new text is.
    pub new_end: usize,
}

impl Change {
    /// Returns the smallest change that makes `new` of `old`. Its ends may lie inside of a character.
    ///
    /// Ropes that come from each other share most of their memory; what they share is not read.
    #[must_use]
    pub fn between(old: &Rope, new: &Rope) -> Change {
        let (old_len, new_len) = (old.len_bytes(), new.len_bytes());
        let start = common(old.chunks(), new.chunks(), &Side::Start);
        let end = common(backwards(old), backwards(new), &Side::End).min(old_len.min(new_len) - start);
        Change { start, old_end: old_len - end, new_end: new_len - end }
    }
}

fn backwards(rope: &Rope) -> ropey::iter::Chunks<'_> {
    rope.chunks_at_byte(rope.len_bytes()).0.reversed()
}

enum Side {
    Start,
    End,
}

impl Side {
    /// How many bytes of two slices are equal from this side on.
    fn equal(&self, a: &[u8], b: &[u8]) -> usize {
        if std::ptr::eq(a, b) {
            return a.len();
        }
        match self {
            Side::Start => a.iter().zip(b).take_while(|(a, b)| a == b).count(),
            Side::End => a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count(),
        }
    }

    /// Returns the part of `slice` that is left after `len` bytes from this side.
    fn rest<'a>(&self, slice: &'a [u8], len: usize) -> &'a [u8] {
        match self {
            Side::Start => &slice[len..],
            Side::End => &slice[..slice.len() - len],
        }
    }
}

/// Returns how many bytes two texts have in common from one side on; the chunks come in that direction.
fn common<'a>(
    mut old: impl Iterator<Item = &'a str>,
    mut new: impl Iterator<Item = &'a str>,
    side: &Side,
) -> usize {
    let (mut a, mut b): (&[u8], &[u8]) = (&[], &[]);
    let mut total = 0;
    loop {
        if a.is_empty() {
            let Some(chunk) = old.next() else { return total };
            a = chunk.as_bytes();
        }
        if b.is_empty() {
            let Some(chunk) = new.next() else { return total };
            b = chunk.as_bytes();
        }
        let equal = side.equal(a, b);
        total += equal;
        if equal < a.len().min(b.len()) {
            return total;
        }
        (a, b) = (side.rest(a, equal), side.rest(b, equal));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_texts_do_not_differ() {
        let rope = Rope::from_str(&"line\n".repeat(10_000));
        let change = Change::between(&rope, &rope.clone());
        assert_eq!(change, Change { start: 50_000, old_end: 50_000, new_end: 50_000 });
        assert_eq!(Change::between(&Rope::new(), &rope), Change { start: 0, old_end: 0, new_end: 50_000 });
    }

    proptest! {
        #[test]
        fn the_change_makes_the_new_text_of_the_old(
            text in "[ab\n]{0,40}", copies in 1usize..200, at in 0usize..9000, removed in 0usize..50, inserted in "[ab]{0,20}",
        ) {
            let old = Rope::from_str(&text.repeat(copies));
            let mut new = old.clone();
            let at = at.min(new.len_chars());
            new.remove(at..(at + removed).min(new.len_chars()));
            new.insert(at, &inserted);
            let (a, b) = (old.to_string(), new.to_string());
            let change = Change::between(&old, &new);
            prop_assert_eq!(&a[..change.start], &b[..change.start]);
            prop_assert_eq!(&a[change.old_end..], &b[change.new_end..]);
            prop_assert!(change.old_end - change.start <= removed && change.new_end - change.start <= inserted.len());
        }
    }
}
