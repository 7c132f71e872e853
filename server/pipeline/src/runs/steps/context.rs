//! The session that AI assistants read is told what happened (requirement 003, "AI Context Management Strategy").

use stagegate_core::run::{Outputs, StepFailure};

use crate::records::{self, Leaving};
use crate::runs::{Action, Context as Run, Done};

/// Tells the session of the component and day. Its outputs are `session`, `path`, and `note` where a file was left alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context;

impl Action for Context {
    fn perform(&self, run: &mut Run<'_>) -> Result<Done, StepFailure> {
        let Some(left) = records::session(&leaving(run))? else {
            return Ok(Done { summary: "no session is wanted".to_owned(), outputs: Outputs::new() });
        };
        let mut outputs = Outputs::new();
        outputs.insert("session".to_owned(), left.id.clone().into());
        outputs.insert("path".to_owned(), left.path.into());
        let mut summary = match left.added {
            0 => format!("the session {} knows it already", left.id),
            1 => format!("1 message in the session {}", left.id),
            added => format!("{added} messages in the session {}", left.id),
        };
        if let Some(note) = left.note {
            summary.push_str(&format!("; {note}"));
            outputs.insert("note".to_owned(), note.into());
        }
        Ok(Done { summary, outputs })
    }
}

/// What a step leaves behind, and where.
pub(super) fn leaving<'a>(run: &Run<'a>) -> Leaving<'a> {
    Leaving {
        folder: run.folder,
        root: run.root,
        plan: Some(run.plan),
        run: run.run,
        redactor: run.redactor,
        now_ms: run.clock.now_ms(),
    }
}
