//! The gate of the instruction files: those that concern a component have no error (requirement 002).

use std::path::Path;
use std::sync::Arc;

use stagegate_core::files::FileKind;
use stagegate_core::gates::{Observed, instructions_observed};
use stagegate_core::glob::Glob;
use stagegate_core::instructions::InstructionFile;
use stagegate_core::text::Source;
use stagegate_core::workspace::Root;
use stagegate_workspace::read;

use super::kept::Places;
use crate::inputs::Definition;

/// Returns what the verdict depends on, beside what every verdict does: the instruction files.
pub(super) fn definition(root: &Root) -> Definition {
    let every = Glob::new("**/*.instructions.md").ok().map(Arc::new);
    let included = root.config.instructions.include.iter().cloned();
    Definition {
        text: "the instruction files that concern the component have no error".to_owned(),
        tool: format!("stagegate {}", env!("CARGO_PKG_VERSION")),
        inputs: every.into_iter().chain(included).collect(),
    }
}

/// Reads every instruction file whose `applyTo` matches a file of the component.
pub(super) fn observe(folder: &Path, root: &Root, places: &Places) -> Observed {
    let index = root.files.as_deref();
    let all = || index.into_iter().flat_map(stagegate_core::workspace::FileIndex::paths);
    let own: Vec<&str> =
        all().map(|path| &**path).filter(|path| places.is_source(path) || places.is_test(path)).collect();
    let concerns = |file: &InstructionFile| {
        let globs = file.apply_to.globs.iter().filter_map(|item| item.glob.as_ref().ok());
        globs.into_iter().any(|glob| own.iter().any(|path| glob.is_match(path)))
    };
    let instructions = all().filter(|path| root.analyses(path) == Some(FileKind::Instructions));
    let found: Vec<_> = instructions
        .filter_map(|path| {
            let text = read(&folder.join(&**path)).ok()?;
            let source = Source::Str(&text);
            let findings = concerns(&InstructionFile::read(source))
                .then(|| stagegate_core::instructions::diagnostics(source, path, root))?;
            Some((path, findings))
        })
        .collect();
    instructions_observed(found.iter().map(|(path, findings)| (&***path, findings.as_slice())))
}
