//! How much a parse may cost, in steps of the parser: a count, not a time, so that the same text always gives the same
//! result.

/// Largest text that is parsed, in bytes. Source above it is generated, and a tree takes many times its size.
const MAX_BYTES: usize = 512 * 1024;

/// Longest line that is parsed, in bytes: what is longer was minified, and people do not write comments there.
const MAX_LINE_BYTES: usize = 20_000;

/// The parser reports after every hundred operations. Real source takes one report for 50 to 300 bytes.
const BYTES_PER_REPORT: usize = 25;

/// What any text may cost.
const REPORTS: usize = 2_000;

/// What a keystroke may cost; real source of 20 KB, as it is, takes less.
const REPORTS_OF_A_KEYSTROKE: usize = 60;

/// How much of what it takes is done.
#[derive(Clone, Copy)]
pub enum Effort<'a> {
    /// What a keystroke may cost, a millisecond or two. What is not known by then is taken over from the version before, and
    /// is a guess.
    Keystroke,
    /// Everything, as long as this says so.
    While(&'a dyn Fn() -> bool),
}

impl<'a> Effort<'a> {
    /// Everything.
    pub const WHOLE: Effort<'static> = Effort::While(&|| true);

    /// Returns everything in place of a keystroke.
    pub(super) fn at_least_whole(self) -> Effort<'a> {
        if matches!(self, Effort::Keystroke) { Effort::WHOLE } else { self }
    }

    /// Whether to go on after so many reports.
    pub(super) fn goes_on(self, reports: usize) -> bool {
        match self {
            Effort::Keystroke => reports <= REPORTS_OF_A_KEYSTROKE,
            Effort::While(goes_on) => goes_on(),
        }
    }
}

impl std::fmt::Debug for Effort<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Effort::Keystroke) { "Keystroke" } else { "While" })
    }
}

/// What is left of the allowance of one text.
#[derive(Debug)]
pub(super) struct Budget {
    reports: usize,
}

impl Budget {
    /// Returns the allowance of `text`; `None` where it must not be parsed at all.
    pub(super) fn of(text: &str) -> Option<Budget> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let bytes = text.as_bytes();
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]) {
            if end - start > MAX_LINE_BYTES {
                return None;
            }
            start = end;
        }
        Some(Budget { reports: REPORTS + text.len() / BYTES_PER_REPORT })
    }

    /// Takes one report off; says whether to go on.
    pub(super) fn spend(&mut self) -> bool {
        self.reports = self.reports.saturating_sub(1);
        self.reports > 0
    }
}
