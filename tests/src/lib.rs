//! Helpers for whole-program tests: they start the built `stagegate` binary and talk to it.

mod binary;
pub mod cli;
pub mod demo;
pub mod lsp;
pub mod tools;
pub mod tracker;

pub use binary::binary;
