//! Colours, where a terminal shows them.

use anstream::{AutoStream, ColorChoice};
use stagegate_core::diagnostic::Severity;

/// Escape sequences; all empty where the output is no terminal, or where `NO_COLOR` or `TERM=dumb` forbid them.
/// `CLICOLOR_FORCE` asks for them everywhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) error: &'static str,
    pub(crate) warning: &'static str,
    pub(crate) info: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) bold: &'static str,
    pub(crate) gutter: &'static str,
    pub(crate) good: &'static str,
    pub(crate) reset: &'static str,
}

const PLAIN: Style =
    Style { error: "", warning: "", info: "", hint: "", bold: "", gutter: "", good: "", reset: "" };

const COLOURED: Style = Style {
    error: "\x1b[1;31m",
    warning: "\x1b[1;33m",
    info: "\x1b[1;36m",
    hint: "\x1b[1;32m",
    bold: "\x1b[1m",
    gutter: "\x1b[1;34m",
    good: "\x1b[32m",
    reset: "\x1b[0m",
};

impl Style {
    /// Returns the style for stdout.
    pub(crate) fn stdout() -> Style {
        Style::of(AutoStream::choice(&std::io::stdout()))
    }

    /// Returns the style for stderr.
    pub(crate) fn stderr() -> Style {
        Style::of(AutoStream::choice(&std::io::stderr()))
    }

    fn of(choice: ColorChoice) -> Style {
        match choice {
            ColorChoice::Never => PLAIN,
            ColorChoice::Auto | ColorChoice::AlwaysAnsi | ColorChoice::Always => COLOURED,
        }
    }

    /// Returns no colours at all.
    pub(crate) const fn none() -> Style {
        PLAIN
    }

    /// Returns the colour of a severity.
    pub(crate) fn of_severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Information => self.info,
            Severity::Hint => self.hint,
        }
    }
}
