//! `stagegate init`.

use std::fmt::Write as _;
use std::path::Path;

use stagegate_core::components::Components;
use stagegate_core::files::{CONFIG_FILES, FileKind, kind_of};
use stagegate_core::workspace::FileIndex;
use stagegate_pipeline::write::{WriteError, create_new};
use stagegate_workspace::{WalkOptions, Workspace};

use super::print;
use crate::args::Init;
use crate::exit_code;
use crate::failure::Failure;
use crate::report::Style;
use crate::report::text::count;
use crate::target;

/// Where the configuration goes.
const FILE: &str = CONFIG_FILES[0];

/// The incumbent's configuration, which is read where ours is absent.
const INCUMBENT: &str = CONFIG_FILES[1];

/// What is written. Every setting stands in a comment, so that the defaults hold.
const TEMPLATE: &str = include_str!("init/stagegate.yaml");

/// The part of it that a proposal replaces.
const COMPONENTS: &str = "# components:\n#   source: [\"services/<component>\"] # replaces src/<component> and src/components/<component>\n#   tests: [\"services/<component>/tests\"]\n";

/// Folders that hold components in repositories of several packages.
const CONTAINERS: [&str; 7] = ["apps", "components", "crates", "libs", "packages", "server", "services"];

/// Files that a folder with a component has.
const MANIFESTS: [&str; 6] =
    ["Cargo.toml", "MATURITY.md", "__init__.py", "go.mod", "package.json", "pyproject.toml"];

/// How many instruction files are named.
const NAMED: usize = 10;

pub(super) fn run(args: &Init) -> Result<u8, Failure> {
    let root = target::find(&[])?.root;
    if root.join(FILE).exists() {
        return Err(Failure::new(format_args!("{} exists already", root.join(FILE).display()))
            .help("edit it, or remove it first; `stagegate check` uses it as it is"));
    }
    let mut workspace = Workspace::load(&root);
    let problems = workspace.scan(&WalkOptions::default());
    let containers = workspace.root.files.as_deref().map(containers).unwrap_or_default();
    let text = configuration(&containers);
    let style = Style::stdout();
    let Style { good, bold, reset, .. } = style;
    let mut out = String::new();
    super::tell_misnamed(&root);
    if root.join(INCUMBENT).is_file() {
        // A file of comments would take precedence, and every threshold configured there would silently be reset.
        let _ = writeln!(
            out,
            "Nothing was written: {bold}{INCUMBENT} is read already{reset}.\n\
             To configure Stagegate apart from it, create {FILE} by hand; it replaces that file,\n\
             so copy the settings that you changed there."
        );
    } else if args.dry_run {
        let _ = writeln!(out, "Would write {}:\n", root.join(FILE).display());
        for line in text.lines() {
            let _ = writeln!(out, "    {line}");
        }
    } else {
        create_new(&root, Path::new(FILE), text.as_bytes()).map_err(failure)?;
        let _ = writeln!(out, "{good}Wrote{reset} {}", root.join(FILE).display());
        workspace.root.config = Workspace::load(&root).root.config;
        if !containers.is_empty() {
            let folders: Vec<_> = containers.iter().map(|folder| format!("{folder}/")).collect();
            let _ =
                writeln!(out, "It looks for components in {}: see `components.source`.", folders.join(", "));
        }
    }
    workspace.read_components(&WalkOptions::default());
    tell_what_is_there(&mut out, &workspace);
    if !problems.is_empty() {
        let _ = writeln!(
            out,
            "{} could not be looked at; `stagegate check` names them.",
            count(problems.len(), "path")
        );
    }
    let _ = writeln!(out, "\nNext: {bold}stagegate check{reset}");
    print(&out)?;
    Ok(exit_code::SUCCESS)
}

/// Returns the folders that hold components, where the usual places are not all; `src` among them where it does.
fn containers(files: &FileIndex) -> Vec<&'static str> {
    let holds = |folder: &&str| {
        let prefix = format!("{folder}/");
        files.below(folder).iter().any(|path| {
            let rest = path.strip_prefix(&prefix).and_then(|rest| rest.split_once('/'));
            rest.is_some_and(|(_, file)| MANIFESTS.contains(&file))
        })
    };
    let found: Vec<_> = CONTAINERS.into_iter().filter(holds).collect();
    if found.is_empty() {
        return found;
    }
    ["src", "src/components"].into_iter().filter(holds).chain(found).collect()
}

/// Returns what is written where components lie in `containers`; in the usual places where there are none.
fn configuration(containers: &[&str]) -> String {
    if containers.is_empty() {
        return TEMPLATE.to_owned();
    }
    let list = |ending: &str| {
        let patterns = containers.iter().map(|folder| format!("\"{folder}/<component>{ending}\""));
        patterns.collect::<Vec<_>>().join(", ")
    };
    let ours = format!(
        "components:\n  source: [{}]\n#   tests: [{}] # replaces the usual places below tests/\n",
        list(""),
        list("/tests")
    );
    TEMPLATE.replace(COMPONENTS, &ours)
}

/// Names the instruction files, and counts specs and MATURITY files.
fn tell_what_is_there(out: &mut String, workspace: &Workspace) {
    let config = &workspace.root.config;
    let index = workspace.root.files.as_deref();
    let paths = index.map(FileIndex::paths).unwrap_or_default();
    let ours = |path: &str| kind_of(path, config) == Some(FileKind::Instructions);
    let found: Vec<_> = paths.iter().filter(|path| ours(path)).collect();
    if found.is_empty() {
        out.push_str("\nNo instruction file was found yet. They are called *.instructions.md.\n");
    } else {
        let _ = writeln!(out, "\nFound {}:", count(found.len(), "instruction file"));
        for path in found.iter().take(NAMED) {
            let _ = writeln!(out, "  {path}");
        }
        if found.len() > NAMED {
            let _ = writeln!(out, "  ... and {} more", found.len() - NAMED);
        }
    }
    let components = workspace.root.components.as_deref();
    let all = || components.into_iter().flat_map(Components::iter).map(|(_, component)| component);
    let (specs, maturity): (usize, usize) =
        all().fold((0, 0), |sum, one| (sum.0 + one.specs.len(), sum.1 + one.maturity.len()));
    if specs + maturity == 0 {
        out.push_str(
            "\nNo spec of a component was found yet. `stagegate new spec NAME` writes one below specs/.\n",
        );
    } else {
        let (specs, maturity) = (count(specs, "spec"), count(maturity, "MATURITY file"));
        let of = count(all().count(), "component");
        let _ = writeln!(
            out,
            "\nFound {specs} and {maturity} of {of}; `stagegate status` shows where each stands."
        );
    }
}

fn failure(error: WriteError) -> Failure {
    Failure::new(error).help("`stagegate init --dry-run` shows what would be written")
}
