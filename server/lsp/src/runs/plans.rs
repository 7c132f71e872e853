//! The plans that were shown last, for clients that ask for the text of our documents.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The scheme of our documents.
pub(crate) const SCHEME: &str = "stagegate";

/// Most plans that are kept.
const MOST: usize = 16;

/// Texts by URI, the newest last.
#[derive(Clone, Default)]
pub(crate) struct Plans(Arc<Mutex<VecDeque<(String, String)>>>);

impl Plans {
    /// Keeps a plan; returns the URI of its document. `name` and `digest` are safe in a URI.
    pub(crate) fn keep(&self, name: &str, digest: &str, text: &str) -> String {
        let digest: String = digest.chars().take(8).collect();
        let uri = format!("{SCHEME}:/plan/{digest}/{name}.md");
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        plans.retain(|(known, _)| *known != uri);
        plans.push_back((uri.clone(), text.to_owned()));
        if plans.len() > MOST {
            plans.pop_front();
        }
        uri
    }

    /// Returns the text of a document.
    pub(crate) fn text(&self, uri: &str) -> Option<String> {
        let plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        plans.iter().find(|(known, _)| known == uri).map(|(_, text)| text.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_plans_are_kept() {
        let plans = Plans::default();
        let uri = plans.keep("calc-to-staging", "0123456789abcdef", "# Plan");
        assert_eq!(uri, "stagegate:/plan/01234567/calc-to-staging.md");
        assert_eq!(plans.text(&uri).as_deref(), Some("# Plan"));
        plans.keep("calc-to-staging", "0123456789abcdef", "# Plan again");
        assert_eq!(plans.text(&uri).as_deref(), Some("# Plan again"));
        for number in 0..MOST {
            plans.keep("other", &format!("{number:08}"), "");
        }
        assert_eq!(plans.text(&uri), None);
    }
}
