//! One file per request: from the protocol's parameters to a plain function of `core`, and back.

pub(crate) mod diagnostic;
pub(crate) mod initialize;
pub(crate) mod settings;
