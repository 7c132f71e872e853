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
        follows_imports: false,
    }
}

/// Reads every instruction file whose `applyTo` matches a file of the component. One that cannot be read, or whose
/// `applyTo` cannot, may concern every component, so it concerns this one.
pub(super) fn observe(folder: &Path, root: &Root, places: &Places) -> Observed {
    let found: Vec<_> = concerned(folder, root, places)
        .map(|(path, text)| {
            let findings =
                text.map(|text| stagegate_core::instructions::diagnostics(Source::Str(&text), path, root));
            (path, findings)
        })
        .collect();
    let found =
        found.iter().map(|(path, found)| (*path, found.as_ref().map(Vec::as_slice).map_err(String::as_str)));
    instructions_observed(found)
}

/// Returns the instruction files that concern a component.
pub(super) fn paths(folder: &Path, root: &Root, places: &Places) -> Vec<String> {
    concerned(folder, root, places).map(|(path, _)| path.to_owned()).collect()
}

/// Returns each instruction file that concerns a component with its text, or why it cannot be read.
fn concerned<'a>(
    folder: &'a Path,
    root: &'a Root,
    places: &Places,
) -> impl Iterator<Item = (&'a str, Result<String, String>)> + use<'a> {
    let index = root.files.as_deref();
    let all = move || index.into_iter().flat_map(stagegate_core::workspace::FileIndex::paths);
    let own: Vec<&str> =
        all().map(|path| &**path).filter(|path| places.is_source(path) || places.is_test(path)).collect();
    let concerns = move |file: &InstructionFile| {
        let mut globs = file.apply_to.globs.iter().map(|item| item.glob.as_ref());
        let is_clean = file.head.front_matter().is_some_and(|front| {
            front.problems.is_empty() && front.fences.closing.is_some() && !front.fences.truncated
        });
        !is_clean
            || file.apply_to.globs.is_empty()
            || globs.any(|glob| glob.map_or(true, |glob| own.iter().any(|path| glob.is_match(path))))
    };
    let instructions = all().filter(|path| root.analyses(path) == Some(FileKind::Instructions));
    instructions.filter_map(move |path| match read(&folder.join(&**path)) {
        Ok(text) => concerns(&InstructionFile::read(Source::Str(&text))).then_some((&**path, Ok(text))),
        Err(problem) => Some((&**path, Err(problem.to_string()))),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use expect_test::expect;
    use stagegate_core::gates::{GateKind, Threshold, judge};
    use stagegate_workspace::{WalkOptions, Workspace};

    use super::*;

    #[test]
    fn a_file_whose_globs_cannot_be_read_concerns_everybody() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for folder in ["specs", "src/calc", ".github/instructions"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::write(root.join("specs/calc.md"), "# calc\n\n**Component Name:** calc\n").unwrap();
        fs::write(root.join("src/calc/core.py"), "a = 1\n").unwrap();
        let own = "---\napplyTo: 'src/calc/**'\ndescription: x\n---\n# A\n";
        let mut out = String::new();
        let cases: [(&str, &[u8]); 8] = [
            ("concerns it", own.as_bytes()),
            ("invalid YAML", b"---\napplyTo: 'src/other/**'\nbroken: [\n---\n"),
            ("concerns others", b"---\napplyTo: 'src/other/**'\ndescription: x\n---\n# A\n"),
            ("no end of the front matter", b"---\napplyTo: 'src/other/**'\n# A\n"),
            ("no end of the quote", b"---\napplyTo: 'src/other/**\n---\n# A\n"),
            ("no front matter", b"# A\n"),
            ("invalid glob", b"---\napplyTo: 'src/{other/**'\ndescription: x\n---\n# A\n"),
            ("no UTF-8", b"---\napplyTo: 'src/other/**'\n---\n# A\n\xff"),
        ];
        for (what, bytes) in cases {
            fs::write(root.join(".github/instructions/a.instructions.md"), bytes).unwrap();
            let mut workspace = Workspace::load(root);
            workspace.scan(&WalkOptions::default());
            workspace.read_components(&WalkOptions::default());
            let id = workspace.root.components.as_deref().unwrap().find("calc").unwrap();
            let observed = observe(root, &workspace.root, &Places::of(&workspace.root, id));
            let judged = judge(GateKind::Instructions, Ok(&observed), &[], &Threshold::Complete);
            out += &format!("{what}: {}: {}\n", judged.verdict.name(), judged.found);
        }
        expect![[r#"
            concerns it: pass: nothing is missing
            invalid YAML: fail: `.github/instructions/a.instructions.md`: the required field `description` is missing, and 1 more
            concerns others: pass: no instruction file concerns it
            no end of the front matter: fail: `.github/instructions/a.instructions.md`: the required field `description` is missing, and 1 more
            no end of the quote: fail: `.github/instructions/a.instructions.md`: the required field `description` is missing, and 1 more
            no front matter: fail: `.github/instructions/a.instructions.md`: the file has no front matter; expected `---` as its first line
            invalid glob: fail: `.github/instructions/a.instructions.md`: `src/{other/**` is not a valid glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
            no UTF-8: fail: `.github/instructions/a.instructions.md` cannot be read: the file is not UTF-8 text: byte 0xff in line 5 (offset 36) belongs to no character
        "#]].assert_eq(&out);
    }
}
