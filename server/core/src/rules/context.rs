//! What a rule sees and how it reports.

use text_size::TextRange;

use super::Rule;
use crate::diagnostic::{Diagnostic, Fix, LineSpan, Related};
use crate::instructions::InstructionFile;
use crate::text::Source;
use crate::workspace::Root;

/// Most findings of one rule in one file. Nobody reads more, and a hostile file could have one for every byte; the
/// others appear as these are mended. A rule that counts for itself reports one more, so that the last says so.
pub(crate) const MAX_FINDINGS_PER_RULE: usize = 200;

/// What a rule sees of one file, and where it reports. `F` is the file as its kind of rules reads it.
pub struct RuleContext<'a, F = InstructionFile> {
    /// The text.
    pub source: Source<'a>,
    /// The path relative to the root, with `/`.
    pub path: &'a str,
    /// Configuration and file index of the root.
    pub root: &'a Root,
    /// The file, read once for all rules.
    pub file: &'a F,
    findings: Vec<Diagnostic>,
    /// Which rule reported last, and how often.
    last: Option<(&'static str, usize)>,
    /// Whether the last finding says that there are more.
    more_said: bool,
}

impl<'a, F> RuleContext<'a, F> {
    /// Returns a context without findings.
    #[must_use]
    pub fn new(source: Source<'a>, path: &'a str, root: &'a Root, file: &'a F) -> Self {
        RuleContext { source, path, root, file, findings: Vec::new(), last: None, more_said: false }
    }

    /// Returns a context in which `findings` were reported before, by other rules.
    #[must_use]
    pub(crate) fn after(self, findings: Vec<Diagnostic>) -> Self {
        RuleContext { findings, ..self }
    }

    /// Reports `rule` on `range`, with the severity that configuration gives it; nothing where it is off
    /// or was reported too often.
    ///
    /// The message is one sentence without a final dot: what was found, what was expected. The returned builder
    /// takes the rest; it does nothing where the rule is off.
    pub fn report(
        &mut self,
        rule: &'static Rule,
        range: TextRange,
        message: impl Into<String>,
    ) -> Finding<'_> {
        let count = self.last.filter(|(code, _)| *code == rule.code).map_or(0, |(_, count)| count);
        if count >= MAX_FINDINGS_PER_RULE {
            self.say_more();
            return Finding(None);
        }
        let Some(severity) = self.root.config.severity(rule, self.path) else { return Finding(None) };
        self.last = Some((rule.code, count + 1));
        self.more_said = false;
        self.findings.push(Diagnostic {
            rule,
            severity,
            range,
            message: message.into(),
            help: None,
            field: None,
            fix: None,
            related: Vec::new(),
            unnecessary: false,
        });
        Finding(self.findings.last_mut())
    }

    /// Says at the last finding that there are more of its rule.
    fn say_more(&mut self) {
        if std::mem::replace(&mut self.more_said, true) {
            return;
        }
        let Some(last) = self.findings.last_mut() else { return };
        let more = format!(
            "this rule found more; after {MAX_FINDINGS_PER_RULE} in one file the others are not shown"
        );
        last.help = Some(match last.help.take() {
            Some(help) => format!("{help}; {more}"),
            None => more,
        });
    }

    /// Returns what was reported.
    #[must_use]
    pub fn finish(self) -> Vec<Diagnostic> {
        self.findings
    }
}

/// Adds to a finding just reported.
pub struct Finding<'a>(Option<&'a mut Diagnostic>);

impl Finding<'_> {
    fn set(self, change: impl FnOnce(&mut Diagnostic)) -> Self {
        Finding(self.0.map(|diagnostic| {
            change(&mut *diagnostic);
            diagnostic
        }))
    }

    /// Names the field it concerns.
    #[must_use = "the builder is used for its effect; end the chain with `.done()`"]
    pub fn field(self, field: impl Into<String>) -> Self {
        self.set(|d| d.field = Some(field.into()))
    }

    /// Says what to do.
    #[must_use = "the builder is used for its effect; end the chain with `.done()`"]
    pub fn help(self, help: impl Into<String>) -> Self {
        self.set(|d| d.help = Some(help.into()))
    }

    /// Offers a fix.
    #[must_use = "the builder is used for its effect; end the chain with `.done()`"]
    pub fn fix(self, fix: impl Into<Option<Fix>>) -> Self {
        self.set(|d| d.fix = fix.into())
    }

    /// Points to another place in the same file.
    #[must_use = "the builder is used for its effect; end the chain with `.done()`"]
    pub fn related(self, range: TextRange, message: impl Into<String>) -> Self {
        self.set(|d| d.related.push(Related { path: None, range, lines: None, message: message.into() }))
    }

    /// Points to a place in another file, by its path relative to the root.
    #[must_use = "the builder is used for its effect; end the chain with `.done()`"]
    pub fn related_in(self, path: impl Into<String>, range: TextRange, message: impl Into<String>) -> Self {
        self.set(|d| {
            d.related.push(Related { path: Some(path.into()), range, lines: None, message: message.into() });
        })
    }

    /// Points to a place in another file that a tool named by lines, by the path relative to the root.
    #[must_use = "the builder is used for its effect; end the chain with `.done()`"]
    pub fn related_lines(self, path: impl Into<String>, lines: LineSpan, message: impl Into<String>) -> Self {
        let (path, range) = (Some(path.into()), TextRange::default());
        self.set(|d| d.related.push(Related { path, range, lines: Some(lines), message: message.into() }))
    }

    /// Lowers the severity to `severity` where it is above; for the milder cases of one rule.
    #[must_use = "the builder is used for its effect; end the chain with `.done()`"]
    pub fn at_most(self, severity: crate::diagnostic::Severity) -> Self {
        self.set(|d| d.severity = d.severity.min(severity))
    }

    /// Says that the text is without effect.
    #[must_use = "the builder is used for its effect; end the chain with `.done()`"]
    pub fn unnecessary(self) -> Self {
        self.set(|d| d.unnecessary = true)
    }

    /// Ends the chain.
    pub fn done(self) {}
}
