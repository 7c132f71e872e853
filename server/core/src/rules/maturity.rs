//! `maturity/*`: what specs, MATURITY files and code say about components, taken together (DESIGN.md sections 3
//! and 5; requirement 001, "Promotion Constraints").

pub mod stage_mismatch;

use super::RuleContext;
use crate::component::ComponentFile;

/// Every check, in the order in which they run. One check may report only its own rule.
pub(crate) static CHECKS: &[fn(&mut RuleContext<'_, ComponentFile>)] = &[stage_mismatch::check];
