//! `file/*`: files that cannot be read at all, which the caller that reads them reports (see [`crate::files`]), and what
//! concerns files of every kind.

use super::declare_rule;

declare_rule! {
    /// ## What it checks
    /// A file larger than 10 MiB is not analysed.
    ///
    /// ## Why it matters
    /// No instruction or specification is that large: it is a mistake, and reading it would cost every user time
    /// and memory.
    ///
    /// ## Example
    /// `huge.instructions.md` of 100 MB: one error on its first line, and nothing else.
    ///
    /// ## Fix
    /// None. Split the file, or exclude it in `stagegate.yaml` under `files.exclude`.
    ///
    /// ## References
    /// None. The limit is fixed: ten times the largest document that editors handle well.
    TOO_LARGE = {
        code: "file/too-large",
        summary: "the file is too large to be analysed",
        severity: Error,
        fix: None,
        since: "0.1.0",
    }
}

declare_rule! {
    /// ## What it checks
    /// A file that is read as text has to be UTF-8.
    ///
    /// ## Why it matters
    /// Editors and assistants decode it differently, or not at all; what they read is not what you wrote.
    ///
    /// ## Example
    /// A file saved as Latin-1, or cut off in the middle of a character.
    ///
    /// ## Fix
    /// None. Save the file as UTF-8; the message names the first byte that is none.
    ///
    /// ## References
    /// LSP 3.17, "Text Documents".
    NOT_UTF8 = {
        code: "file/not-utf8",
        summary: "the file is not UTF-8 text",
        severity: Error,
        fix: None,
        since: "0.1.0",
    }
}

declare_rule! {
    /// ## What it checks
    /// A file or folder that should be analysed could not be read.
    ///
    /// ## Why it matters
    /// What was not read was not checked; a silent gap would look like success.
    ///
    /// ## Example
    /// A folder without permission, a pipe called `MATURITY.md`, a broken symbolic link, a link that leads to itself. Links to
    /// other folders are not followed, and nothing is said of them.
    ///
    /// ## Fix
    /// None. The message says what the operating system answered.
    ///
    /// ## References
    /// The manual of your operating system, on the answer in the message.
    UNREADABLE = {
        code: "file/unreadable",
        summary: "the file or folder cannot be read",
        severity: Error,
        fix: None,
        since: "0.1.0",
    }
}

declare_rule! {
    /// ## What it checks
    /// Every rule that a suppression comment names exists. Looked at are the front matter and the configuration.
    ///
    /// ## Why it matters
    /// A comment that names no rule silences nothing.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyTo: "generated/**" # stagegate: ignore[unmached-glob]
    /// ---
    /// ```
    ///
    /// ## Fix
    /// The nearest name is offered, for you to choose.
    ///
    /// ## References
    /// None. `stagegate explain` lists all rules.
    UNKNOWN_SUPPRESSION = {
        code: "file/unknown-suppression",
        summary: "a suppression comment that names no rule",
        severity: Warning,
        fix: Review,
        since: "0.1.0",
    }
}
