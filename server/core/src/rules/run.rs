//! `run/*`: what stands in the way of a run that somebody asked for (DESIGN.md section 5).

pub mod refused;

use super::RuleContext;
use crate::component::ComponentFile;

/// The checks, in the order in which they run.
pub(crate) static CHECKS: &[fn(&mut RuleContext<'_, ComponentFile>)] = &[refused::check];

#[cfg(test)]
mod tests;
