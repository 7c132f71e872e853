//! Parts of a whole in one bar.

use askama::Template;

use super::place;
use crate::dashboard::text::{duration, percent, share};

/// Parts beside each other, in order, each with the number under which the text names it.
#[derive(Debug, Template)]
#[template(path = "dashboard/stack.html")]
pub(in crate::dashboard) struct Stack {
    parts: Vec<Part>,
    total: u64,
}

#[derive(Debug)]
struct Part {
    name: &'static str,
    /// In the order of all, from 1.
    number: usize,
    ms: u64,
    share: f64,
    x: String,
    width: String,
    /// One of the shades, which take turns.
    shade: usize,
}

impl Part {
    fn share(&self) -> String {
        percent(self.share)
    }
}

impl Stack {
    /// Returns the bar of how long parts take, in milliseconds; `None` where they take no time.
    pub(in crate::dashboard) fn new(parts: impl Iterator<Item = (&'static str, u64)>) -> Option<Stack> {
        let all: Vec<_> = parts.collect();
        let total = all.iter().fold(0_u64, |sum, (_, ms)| sum.saturating_add(*ms));
        if total == 0 {
            return None;
        }
        let mut x = 0.0;
        let mut parts = Vec::new();
        for (at, (name, ms)) in all.into_iter().enumerate() {
            #[allow(clippy::cast_precision_loss, reason = "what is drawn")]
            let width = ms as f64 * 1000.0 / total as f64;
            if ms > 0 {
                let (number, shade) = (at + 1, parts.len() % 4);
                let share = share(ms, total);
                parts.push(Part { name, number, ms, share, x: place(x), width: place(width), shade });
            }
            x += width;
        }
        Some(Stack { parts, total })
    }

    /// Those that are large enough to be named.
    fn named(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.share >= 4.0)
    }

    fn description(&self) -> String {
        let words: Vec<_> = self
            .parts
            .iter()
            .map(|part| format!("{} {} ({})", part.name, duration(part.ms), part.share()))
            .collect();
        format!(
            "A usual run, by the median of each step: {}. Together {}.",
            words.join(", "),
            duration(self.total)
        )
    }
}
