//! What the files of a component say that an issue repeats.

use crate::component::{ComponentFile, SectionKind, stage_of};
use crate::components::Id;
use crate::sign_off::{self, Drill, SignOff};
use crate::stage::Stage;
use crate::text::Source;
use crate::workspace::Root;

/// Most characters of a rollback plan that are repeated.
const MAX_PLAN: usize = 8_000;

/// What an issue repeats of the files of a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Criteria of the stage that no gate proves, and whether they are ticked.
    pub criteria: Vec<(String, bool)>,
    /// What is signed off, and whether that counts.
    pub approvals: Vec<(String, bool)>,
    /// How the promotion is taken back, in Markdown, as the spec says.
    pub rollback_plan: Option<String>,
    /// Who depends on the component, as they are shown.
    pub dependents: Vec<String>,
}

impl Details {
    /// Returns what the files of a component say about `to`; the rollback plan comes from [`rollback_plan`].
    #[must_use]
    pub fn of(root: &Root, id: Id, to: Stage, drill: Option<&Drill>) -> Details {
        let Some(components) = root.components.as_deref() else { return Details::default() };
        let component = components.get(id);
        let needed = sign_off::of_component(root, id, to, drill);
        let is_needed = |key: &str| needed.iter().any(|needed| needed.key == key);
        let criteria = sign_off::criteria(component)
            .filter(|(_, item)| {
                !item.is_approval && !item.has_gate && item.stage == Some(to) && !is_needed(&item.key)
            })
            .map(|(_, item)| (item.line.criterion.to_string(), item.ticked));
        let approvals = needed.iter().map(|needed| (approval(needed), needed.holds()));
        Details {
            criteria: criteria.collect(),
            approvals: approvals.collect(),
            rollback_plan: None,
            dependents: component.dependents.iter().map(|id| components.get(*id).name.to_string()).collect(),
        }
    }
}

fn approval(sign_off: &SignOff) -> String {
    let by = sign_off::effects(std::slice::from_ref(sign_off)).into_iter().find_map(|effect| match effect {
        crate::plan::Effect::SignOff { by, .. } => Some(by),
        _ => None,
    });
    match by {
        Some(by) => format!("{} ({by})", sign_off.criterion),
        None => sign_off.criterion.clone(),
    }
}

/// Returns what a spec says about taking a promotion to `stage` back: its section "Rollback Procedure", or the part of it
/// below a heading that names the stage.
#[must_use]
pub fn rollback_plan(file: &ComponentFile, source: Source<'_>, stage: Stage) -> Option<String> {
    let at = file.sections.iter().position(|section| section.kind == Some(SectionKind::RollbackProcedure))?;
    let level = file.sections[at].level;
    let below = file.sections[at + 1..].iter().take_while(|section| section.level > level).count();
    let parts = &file.sections[at + 1..=at + below];
    let own = parts.iter().position(|part| stage_of(&part.title) == Some(stage)).map(|part| at + 1 + part);
    let from = own.unwrap_or(at);
    let level = file.sections[from].level;
    let start = source.lines_from(file.sections[from].range.end().into()).nth(1)?.0;
    let end = file.sections[from + 1..].iter().find(|next| next.level <= level);
    let end = end.map_or(source.len(), |next| source.line_at(next.range.start().into()).0);
    let text = source.slice(start, end.min(start.saturating_add(MAX_PLAN * 4)));
    let lines = text.lines().map(|line| match line.trim_start().strip_prefix('#') {
        // Headings of the spec stay below those of the issue.
        Some(rest) => format!("**{}**", rest.trim_start_matches('#').trim()),
        None => line.trim_end().to_owned(),
    });
    // A label such as **Approval:** behind a rule belongs to the document and not to the section.
    let lines: Vec<_> = lines.take_while(|line| line != "---").collect();
    let text: String = lines.join("\n").trim().chars().take(MAX_PLAN).collect();
    (!text.is_empty()).then_some(text)
}
