//! What an editor asks about a place in a file: plain functions over (text, path, root, byte offset).
//!
//! Answers are plain data in our words: byte ranges, Markdown, edits. `lsp` turns them into its wire form. Nothing
//! here fails: broken text gives a smaller answer (DESIGN.md section 6). A large document is never copied; only
//! [`document_symbols`] and [`folding`] walk it, once.

mod folding;
mod markup;
mod symbols;
#[cfg(test)]
mod testing;

pub use folding::{Fold, FoldKind, folding};
pub use symbols::{Symbol, SymbolKind, document_symbols};
