//! How complex functions are.

use super::ReportPath;

/// The complexity of code, block by block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complexity {
    /// Functions, methods and classes, in the order of the report.
    pub blocks: Vec<Block>,
    /// How many files the report names, those that could not be read included. radon does not name a file without a
    /// function or class.
    pub files: usize,
}

/// A function, method or class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its file.
    pub path: ReportPath,
    /// Its name; a method's with its class: `Account.transfer`.
    pub name: Box<str>,
    /// What it is.
    pub kind: BlockKind,
    /// Its first line, 1-based.
    pub line: u32,
    /// Its last line, 1-based.
    pub end_line: Option<u32>,
    /// Cyclomatic complexity (McCabe), 1 for straight code; a class has the average of its methods, plus one.
    pub complexity: u32,
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// A function.
    Function,
    /// A method.
    Method,
    /// A class.
    Class,
}

impl BlockKind {
    /// The name in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            BlockKind::Function => "function",
            BlockKind::Method => "method",
            BlockKind::Class => "class",
        }
    }
}

impl Complexity {
    /// The most complex block that `accepts` takes; the first of several.
    #[must_use]
    pub fn worst(&self, mut accepts: impl FnMut(&Block) -> bool) -> Option<&Block> {
        let mut worst: Option<&Block> = None;
        for block in self.blocks.iter().filter(|block| accepts(block)) {
            if worst.is_none_or(|worst| block.complexity > worst.complexity) {
                worst = Some(block);
            }
        }
        worst
    }
}
