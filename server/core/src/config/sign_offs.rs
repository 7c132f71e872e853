//! What the configuration says that people sign off (`sign_offs`, `maturity_workflow.<stage>.additional_requirements` and
//! `stages.<stage>_deployment.require_manual_approval`).

use super::value::Value;
use crate::stage::Stage;

/// What people sign off, beside what specs list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignOffsConfig {
    /// Before development.
    pub development: Vec<Asked>,
    /// Before staging.
    pub staging: Vec<Asked>,
    /// Before production.
    pub production: Vec<Asked>,
}

/// One criterion that the configuration asks to be signed off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// As it is shown.
    pub criterion: Box<str>,
    /// The key that asks for it: `sign_offs.production`.
    pub key: Box<str>,
}

/// The requirements of `additional_requirements` that people sign off, and what they are called.
const REQUIREMENTS: [(&str, &str); 4] = [
    ("security_review_complete", "Security review complete"),
    ("documentation_complete", "Documentation complete"),
    ("monitoring_configured", "Monitoring configured"),
    ("rollback_tested", "Rollback procedure tested"),
];

impl SignOffsConfig {
    /// Returns what is signed off before `stage`.
    #[must_use]
    pub fn of(&self, stage: Stage) -> &[Asked] {
        match stage {
            Stage::Development => &self.development,
            Stage::Staging => &self.staging,
            Stage::Production => &self.production,
            Stage::Experimental | Stage::Deprecated => &[],
        }
    }
}

pub(super) fn read(merged: &Value) -> SignOffsConfig {
    let of = |stage: &str| {
        let list = |path: &str| merged.get(path).map(Value::items).unwrap_or_default();
        let key = format!("sign_offs.{stage}");
        let named = list(&key).iter().filter_map(Value::text).map(str::trim).filter(|text| !text.is_empty());
        let mut asked: Vec<Asked> = named.map(|criterion| ask(criterion, &key)).collect();
        let key = format!("maturity_workflow.{stage}.additional_requirements");
        for (name, is_asked) in list(&key).iter().flat_map(Value::entries) {
            let known = REQUIREMENTS.iter().find(|(known, _)| known == name);
            if let Some((_, criterion)) = known.filter(|_| *is_asked == Value::Bool(true)) {
                asked.push(ask(criterion, &key));
            }
        }
        let key = format!("stages.{stage}_deployment.require_manual_approval");
        if merged.get(&key) == Some(&Value::Bool(true)) {
            asked.push(ask(&format!("Deployment to {stage} approved"), &key));
        }
        asked
    };
    SignOffsConfig { development: of("development"), staging: of("staging"), production: of("production") }
}

fn ask(criterion: &str, key: &str) -> Asked {
    Asked { criterion: criterion.into(), key: key.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn asked(config: &str, stage: Stage) -> Vec<String> {
        let root = Fixture::new(&format!("//- stagegate.yaml\n{config}")).root;
        let asked = root.config.sign_offs.of(stage).iter();
        asked.map(|asked| format!("{} ({})", asked.criterion, asked.key)).collect()
    }

    #[test]
    fn production_asks_for_four_and_the_other_stages_for_nothing() {
        assert_eq!(
            asked("", Stage::Production),
            [
                "Security review complete (sign_offs.production)",
                "Monitoring configured (sign_offs.production)",
                "Rollback procedure tested (sign_offs.production)",
                "Stakeholder approval (sign_offs.production)",
            ]
        );
        for stage in [Stage::Experimental, Stage::Development, Stage::Staging, Stage::Deprecated] {
            assert!(asked("", stage).is_empty());
        }
    }

    #[test]
    fn a_list_replaces_the_default_and_the_keys_of_the_incumbent_add_theirs() {
        let config = "sign_offs:\n  staging: [Legal approval, '  ']\n  production: []\nmaturity_workflow:\n  staging:\n    \
             additional_requirements:\n    - documentation_complete: true\n    - rollback_tested: false\n    - staging_uptime_days: 7\n\
             stages:\n  staging_deployment: {require_manual_approval: true}\n";
        assert_eq!(asked(config, Stage::Production), [""; 0]);
        assert_eq!(
            asked(config, Stage::Staging),
            [
                "Legal approval (sign_offs.staging)",
                "Documentation complete (maturity_workflow.staging.additional_requirements)",
                "Deployment to staging approved (stages.staging_deployment.require_manual_approval)",
            ]
        );
    }
}
