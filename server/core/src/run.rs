//! What is known of one run: what its journal says, as plain data. Reports, the dashboard, editors and the command line read
//! it (DESIGN.md section 1, "run").

mod event;
mod record;
mod runs;

pub use event::RunEvent;
pub use record::{GateRecord, Outputs, Person, RunRecord, RunState, StepFailure, StepRecord, StepState};
pub use runs::{
    ComponentRuns, CurrentRun, EndedRun, RUNS_FIXTURE, Runs, Undoable, affected_by_runs, same_runs,
};
