//! Gates that are judged by reading alone, at the moment they are asked for: the spec, the documentation, what the
//! component needs.

use super::{GateKind, Observed};
use crate::components::Id;
use crate::stage::Stage;
use crate::workspace::Root;

/// Returns what reading shows of the gate; `None` for a gate that needs evidence.
#[must_use]
pub fn observe(kind: GateKind, root: &Root, id: Id, stage: Stage) -> Option<Observed> {
    let components = root.components.as_deref()?;
    let component = components.get(id);
    let (wanted, missing) = match kind {
        GateKind::Specification => match component.specs.as_slice() {
            [] => (1, vec!["there is no spec".to_owned()]),
            [spec] => {
                let missing = spec.facts.missing_sections.iter().filter(|kind| kind.is_required());
                (1, missing.map(|kind| format!("the section `{}` is missing", kind.title())).collect())
            }
            [first, second, ..] => {
                (1, vec![format!("`{}` and `{}` both describe it", first.path, second.path)])
            }
        },
        GateKind::Dependencies => {
            let behind = components.behind(id, stage);
            let edges = component.dependencies.iter().filter(|edge| edge.required);
            let missing = edges.clone().filter_map(|edge| match edge.to {
                None => Some(format!("`{}` is unknown", edge.name)),
                Some(to) => {
                    let weakest = components.get(behind.as_ref()?.weakest(to)?);
                    let at = weakest.stage.map_or("in no stage", Stage::in_words);
                    Some(format!("`{}` is {at}", weakest.name))
                }
            });
            (edges.count().max(1), missing.collect())
        }
        _ => return None,
    };
    Some(Observed::Checklist { wanted, missing })
}
