//! The steps of runs, one file each (DESIGN.md section 7).

mod deploy;
mod lists;
mod rehearse;
mod restore;
mod undeploy;
mod verify;

pub use deploy::Deploy;
pub use lists::{Caches, Migration, Monitor, Notify};
pub use rehearse::Rehearse;
pub use restore::Restore;
pub use undeploy::Undeploy;
pub use verify::Verify;
