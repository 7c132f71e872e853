//! `spec/*`: what a spec says by itself (DESIGN.md sections 4 and 5; requirement 003, "Specification completeness
//! check").

pub mod missing_section;

use super::RuleContext;
use crate::component::ComponentFile;

/// Every check, in the order in which they run. One check may report only its own rule.
pub(crate) static CHECKS: &[fn(&mut RuleContext<'_, ComponentFile>)] = &[missing_section::check];
