//! The steps of runs, one file each (DESIGN.md section 7).

mod context;
pub(crate) mod gates;
mod reports;

pub use context::Context;
pub use reports::Reports;
