//! `maturity/stage-mismatch`.

use crate::component::ComponentFile;
use crate::rules::{RuleContext, declare_rule};

declare_rule! {
    /// ## What it checks
    /// All files that state the stage of a component state the same one: `Current Stage` of its MATURITY.md,
    /// `__maturity__` (or the `stagegate` section of Cargo.toml or package.json), and the status of its spec.
    ///
    /// ## Why it matters
    /// Only one of them can be true. MATURITY.md counts before the code, and the code before the spec.
    ///
    /// ## Example
    /// `**Current Stage**: Development` in MATURITY.md, `__maturity__ = "staging"` in `__init__.py`.
    ///
    /// ## Fix
    /// None. Decide which one is true and correct the others.
    ///
    /// ## References
    /// DESIGN.md section 3, "current stage"; requirement 000, step 5.
    STAGE_MISMATCH = {
        code: "maturity/stage-mismatch",
        summary: "files state different stages for one component",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let (Some(components), Some(own)) = (cx.root.components.as_deref(), cx.file.current.as_ref()) else {
        return;
    };
    let Some(id) = components.find(&cx.file.component.name) else { return };
    let Some(stage) = own.stage else { return };
    let component = components.get(id);
    let others: Vec<_> = component
        .statements()
        .filter(|other| other.path != cx.path && other.stage.is_some_and(|other| other != stage))
        .collect();
    let Some(first) = others.first() else { return };
    let message = format!(
        "`{}` is in {stage} here, but `{}` says {}",
        component.name,
        first.path,
        first.stage.map_or(first.text, |stage| stage.name()),
    );
    let mut finding = cx.report(&STAGE_MISMATCH, own.range, message);
    for other in &others {
        finding = finding.related_in(other.path, other.range, format!("`{}` stands here", other.text));
    }
    finding
        .help("MATURITY.md counts before code, and code before the spec; correct the one that is wrong")
        .done();
}
