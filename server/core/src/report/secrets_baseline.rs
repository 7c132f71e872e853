//! What a project's baseline of detect-secrets accepts.

use rustc_hash::FxHashSet;

use super::detect_secrets::entries;
use super::json::Json;
use super::{Findings, Format, ReadContext, ReportError};

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
        let json = Json { format: Format::DetectSecrets, bytes: super::without_bom(bytes) };
        let mut accepted = FxHashSet::default();
        entries(json, cx, |path, entry| {
            if entry.is_secret != Some(true) {
                accepted.insert((path.path.clone(), (*entry.kind).into(), (*entry.hashed_secret).into()));
            }
        })?;
        Ok(SecretsBaseline { accepted })
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

#[cfg(test)]
mod tests {
    use super::super::{Report, read};
    use super::*;

    const AWS: &str = "32e6ad9003cc710b1ac7c09e54eb216e6f835964";
    const KEYWORD: &str = "f97979ff44a9a1a4105f4bae6fe809715e0a0a84";

    fn json(path: &str, entries: &[(&str, &str, &str)]) -> String {
        let entries: Vec<String> = entries
            .iter()
            .map(|(kind, hash, more)| format!(r#"{{"type": "{kind}", "filename": "{path}", "hashed_secret": "{hash}", "line_number": 1{more}}}"#))
            .collect();
        format!(
            r#"{{"version": "1.5.0", "plugins_used": [], "results": {{"{path}": [{}]}}}}"#,
            entries.join(", ")
        )
    }

    fn new_secrets(found: &str, baseline: &str) -> Vec<String> {
        let cx = ReadContext::new("/work", "");
        let report: Report = read(Format::DetectSecrets, found.as_bytes(), &cx).unwrap();
        let baseline = SecretsBaseline::read(baseline.as_bytes(), &cx).unwrap();
        let new = report.findings().unwrap().not_in(&baseline);
        assert_eq!(new.total(), new.by_severity.iter().sum::<usize>());
        new.held.iter().map(|finding| finding.rule.as_deref().unwrap().to_owned()).collect()
    }

    #[test]
    fn what_is_not_in_the_baseline_is_new() {
        let found = json("src/keys.py", &[("AWS Access Key", AWS, ""), ("Secret Keyword", KEYWORD, "")]);
        let none = json("src/keys.py", &[]);
        assert_eq!(new_secrets(&found, &none), ["AWS Access Key", "Secret Keyword"]);
        let one = json("./src/keys.py", &[("AWS Access Key", AWS, r#", "is_secret": false"#)]);
        assert_eq!(new_secrets(&found, &one), ["Secret Keyword"]);
        let unaudited = json("src\\\\keys.py", &[("AWS Access Key", AWS, "")]);
        assert_eq!(new_secrets(&found, &unaudited), ["Secret Keyword"]);
        let elsewhere = json("src/other.py", &[("AWS Access Key", AWS, "")]);
        assert_eq!(new_secrets(&found, &elsewhere).len(), 2);
    }

    #[test]
    fn what_was_audited_as_a_secret_stays_one() {
        let found = json("src/keys.py", &[("AWS Access Key", AWS, "")]);
        let audited = json("src/keys.py", &[("AWS Access Key", AWS, r#", "is_secret": true"#)]);
        assert_eq!(new_secrets(&found, &audited), ["AWS Access Key"]);
    }

    #[test]
    fn half_a_baseline_is_an_error() {
        let baseline = json("src/keys.py", &[("AWS Access Key", AWS, "")]);
        for end in 0..baseline.len() {
            assert!(
                SecretsBaseline::read(&baseline.as_bytes()[..end], &ReadContext::new("/work", "")).is_err()
            );
        }
    }
}
