//! A token that shows itself to nobody.

use std::fmt;

/// Longest token that is believed; real ones have up to about 260 characters.
const MAX_LEN: usize = 4096;

/// A token. It is written into the header of a request and nowhere else: it has no `Display`, and `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Takes `text` without the blanks around it; none where that is empty or no header could carry it.
    #[must_use]
    pub fn new(text: &str) -> Option<Secret> {
        let text = text.trim();
        let fits = !text.is_empty() && text.len() <= MAX_LEN && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Secret(text.into()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn hides_itself() {
        let secret = Secret::new(" ghp_canary \n").unwrap();
        assert_eq!(secret.expose(), "ghp_canary");
        assert_eq!(
            format!("{secret:?} {:#?}", Some(&secret)),
            "Secret(hidden) Some(\n    Secret(hidden),\n)"
        );
    }

    #[test]
    fn takes_nothing_that_a_header_cannot_carry() {
        for text in ["", "  ", "a b", "a\nAuthorization: x", "ü", &"x".repeat(5000)] {
            assert_eq!(Secret::new(text), None, "{text:?}");
        }
    }
}
