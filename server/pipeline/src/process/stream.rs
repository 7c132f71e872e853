//! One stream of a tool: redacted, then kept and shown.

use super::capture::{Capture, Captured, Keep};
use super::lines::Lines;
use crate::redact::{Redacting, Redactor};

/// What was read of one stream so far.
pub(super) struct Reading {
    redacting: Redacting,
    keep: Keep,
    lines: Lines,
}

impl Reading {
    pub(super) fn new(redactor: &Redactor, limits: Capture) -> Self {
        Self { redacting: redactor.stream(), keep: Keep::new(limits), lines: Lines::new() }
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8], show: &mut dyn FnMut(&str)) {
        let (keep, lines) = (&mut self.keep, &mut self.lines);
        self.redacting.push(bytes, &mut |clean| {
            keep.push(clean);
            lines.push(clean, show);
        });
    }

    /// Returns what is kept, when nothing more will come.
    pub(super) fn finish(mut self, show: &mut dyn FnMut(&str)) -> Captured {
        let (keep, lines) = (&mut self.keep, &mut self.lines);
        self.redacting.finish(&mut |clean| {
            keep.push(clean);
            lines.push(clean, show);
        });
        self.lines.finish(show);
        self.keep.finish()
    }
}
