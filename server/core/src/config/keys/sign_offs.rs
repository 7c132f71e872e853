//! Keys about what people sign off.

use super::key;
use crate::config::schema::{DefaultValue as D, Key, Type};

/// What production asks for (requirement 001, "Production Stage").
pub(super) const PRODUCTION: [&str; 4] = [
    "Security review complete",
    "Monitoring configured",
    "Rollback procedure tested",
    "Stakeholder approval",
];

pub(super) static SIGN_OFFS: &[Key] = &[
    key("development", Type::List(&Type::String), D::List(&[]), "What is signed off before development."),
    key("staging", Type::List(&Type::String), D::List(&[]), "What is signed off before staging."),
    key(
        "production",
        Type::List(&Type::String),
        D::List(&PRODUCTION),
        "What is signed off before production. A list that is written takes the place of the default.",
    ),
];
