//! The issue of a rollback (requirements 000, "Rollback Procedure", and 001, "Production Stage").

use std::fmt::Write as _;

use super::{Details, Issue, IssueKind, key_of, labels, one_line};
use crate::gates::utc;
use crate::plan::{Plan, RunKind};
use crate::run::RunRecord;
use crate::stage::Stage;
use crate::status::Column;

/// Returns the issue of a rollback, as far as its run got.
#[must_use]
pub fn rollback(plan: &Plan, run: &RunRecord, details: &Details) -> Issue {
    let name = &plan.component;
    let is_incident = plan.from == Some(Stage::Production);
    let title = match plan.from {
        Some(Stage::Production) => format!("Production rollback: {name}"),
        Some(from) => format!("Rollback {name} from {from}"),
        None => format!("Rollback {name}"),
    };
    let mut labels = vec![labels::component(name), "rollback".to_owned()];
    labels.extend(is_incident.then(|| "incident".to_owned()));
    Issue {
        key: key_of(&run.id, RunKind::Rollback).unwrap_or_default(),
        kind: IssueKind::Rollback,
        component: name.clone(),
        canonical: plan.canonical.clone(),
        run: Some(run.id.clone()),
        title,
        labels,
        column: plan.from.map_or(Column::Backlog, Column::Stage).title().to_owned(),
        body: body(plan, run, details),
    }
}

fn body(plan: &Plan, run: &RunRecord, details: &Details) -> String {
    let mut out = String::new();
    let reason = plan.reason.as_deref().or(run.reason.as_deref()).map(one_line);
    let from = plan.from.map_or("none", Stage::title);
    let impact = match details.dependents.as_slice() {
        [] => format!("{} is back in {}; no component depends on it", plan.component, plan.to.title()),
        names => format!(
            "{} is back in {}; these depend on it: {}",
            plan.component,
            plan.to.title(),
            names.join(", ")
        ),
    };
    let _ = write!(
        out,
        "Rollback reason: {}\nRollback time: {}\nImpact: {impact}\n\n**Component:** {}\n**From:** {from}\n**To:** {}\n",
        reason.as_deref().unwrap_or("not stated"),
        utc(run.started_ms),
        plan.component,
        plan.to.title(),
    );
    if let Some(by) = &run.by {
        let _ = writeln!(out, "**Requested By:** {}", one_line(&by.name));
    }
    let _ = writeln!(out, "**Run:** `{}`", run.id);
    if let Some(undoes) = &plan.undoes {
        let _ = writeln!(out, "**Undoes:** `{undoes}`");
    }
    if let Some(plan) = &details.rollback_plan {
        let _ = write!(out, "\n### Rollback Plan\n{plan}\n");
    }
    let _ = write!(
        out,
        "\n### Action Items\n- [ ] Find the cause\n- [ ] Mend it, with a test that fails without the mend\n\
         - [ ] Promote {} again: `stagegate promote {} --to {}`\n",
        plan.component,
        plan.component,
        plan.from.unwrap_or(plan.to)
    );
    out
}
