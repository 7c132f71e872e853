//! `stagegate demo`: a small project with planted faults, and what Stagegate says about it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use stagegate_pipeline::write;
use stagegate_workspace::{Checklist, Selection, WalkOptions, Workspace};

use super::check::{Output, Settings, report};
use super::print;
use crate::args::{Demo, Format};
use crate::evidence;
use crate::exit_code;
use crate::failure::Failure;
use crate::report::Style;
use crate::report::text::Options;

/// Every file of `fixtures/demo`, in order of path; `build.rs` writes the table.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/demo.rs"));

pub(super) fn run(args: &Demo) -> Result<u8, Failure> {
    let style = Style::stdout();
    let Style { bold, reset, .. } = style;
    let folder = prepare(args.dir.as_deref())?;
    lay(&folder)?;
    let shown = folder.display();
    print(&format!("{bold}Laid out a small Python project in {shown}{reset} ({} files).\n\n", FILES.len()))?;

    print(&format!("{bold}$ stagegate check{reset}\n\n"))?;
    check(&folder, style, false)?;
    print(&format!("\n{bold}$ stagegate check --fix{reset}\n\n"))?;
    check(&folder, style, true)?;
    print(&format!("\n{}", what_next(&folder)))?;
    Ok(exit_code::SUCCESS)
}

/// Returns an empty folder: the one that was named, or a temporary one.
fn prepare(dir: Option<&Path>) -> Result<PathBuf, Failure> {
    let Some(dir) = dir else {
        let made = tempfile::Builder::new().prefix("stagegate-demo-").tempdir();
        let made = made.and_then(|made| fs::canonicalize(made.keep()));
        return made.map_err(|error| {
            Failure::new(format_args!("cannot make a temporary folder: {error}"))
                .help("name a folder: `stagegate demo DIR`")
        });
    };
    match fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
        Ok(true) => {}
        Ok(false) => {
            return Err(Failure::new(format_args!("{} is not empty; nothing was written", dir.display()))
                .help("name a folder that is empty or does not exist yet"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let existing = dir.ancestors().find(|ancestor| ancestor.is_dir()).unwrap_or(Path::new("."));
            let missing = dir.strip_prefix(existing).unwrap_or(dir);
            write::create_folder(existing, missing).map_err(Failure::new)?;
        }
        Err(error) => {
            let error = stagegate_workspace::plain_error(&error);
            return Err(Failure::new(format_args!("cannot use {}: {error}", dir.display()))
                .help("name a folder that is empty or does not exist yet"));
        }
    }
    fs::canonicalize(dir).map_err(|error| Failure::new(format_args!("cannot use {}: {error}", dir.display())))
}

/// Writes the files of the demo into `folder`.
fn lay(folder: &Path) -> Result<(), Failure> {
    for (path, bytes) in FILES {
        let path = Path::new(path);
        let parent = path.parent().unwrap_or(Path::new(""));
        write::create_folder(folder, parent).map_err(Failure::new)?;
        write::create_new(folder, path, bytes).map_err(Failure::new)?;
    }
    Ok(())
}

/// Says how to go on, in the terminal and in an editor.
fn what_next(folder: &Path) -> String {
    let shown = folder.display();
    let mut text = format!(
        "\
What is left needs a person. Try next:
  cd {shown}
  stagegate status                      where each component stands, and what keeps it there
  stagegate new spec price_alerts       writes the spec of a new component
  stagegate check --verbose             shows the hints as well
  stagegate explain missing-field       what a rule checks, and why
  stagegate inspect specs/reporting.md  what Stagegate understands of a file
  stagegate init --dry-run              what can be configured

In an editor that is set up as editors/README.md of Stagegate says, the same is underlined while you type:
  code {shown}
  nvim {shown}/.augment/instructions/release.instructions.md
"
    );
    if let Some(program) = program_off_path() {
        text.push_str(&format!(
            "\nHere `stagegate` stands for {}: put its folder on PATH.\n",
            program.display()
        ));
    }
    text
}

/// Returns the path of this program where typing `stagegate` would not start it.
fn program_off_path() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let folders = std::env::var_os("PATH")?;
    let folder = program.parent()?;
    std::env::split_paths(&folders).all(|on_path| on_path != folder).then_some(program)
}

/// Runs the real check on `folder`.
fn check(folder: &Path, style: Style, fix: bool) -> Result<(), Failure> {
    let mut workspace = Workspace::load(folder);
    let list = Checklist::collect(&mut workspace, &Selection::all(), &WalkOptions::default());
    evidence::know(&mut workspace);
    let text = Options { root: folder, style, hints: false };
    report(&mut workspace, &list, &Settings { format: Format::Text, fix, text }, &mut Output::stdout())?;
    Ok(())
}
