//! `stagegate new spec`: a spec from the template of the repository, or from our own.

use std::path::Path;

use stagegate_core::component::{ComponentFile, Standing};
use stagegate_core::files::FileKind;
use stagegate_core::name;
use stagegate_core::stage::Stage;
use stagegate_core::text::Source;
use stagegate_pipeline::write::{create_folder, create_new};
use stagegate_workspace::{WalkOptions, Workspace, read};

use super::print;
use crate::args::NewSpec;
use crate::exit_code;
use crate::failure::{Failure, note};
use crate::report::{Style, escaped};
use crate::target;

/// Where specs are written.
const FOLDER: &str = "specs";

/// The template of a repository.
const TEMPLATE_PATH: &str = "specs/templates/component.spec.template.md";

/// The template where a repository has none: that of this repository.
const TEMPLATE: &str = include_str!("../../../../specs/templates/component.spec.template.md");

/// Who answers for a component where nobody was named.
const NOBODY: &str = "unassigned";

pub(super) fn run(args: &NewSpec) -> Result<u8, Failure> {
    let values = Values::of(args)?;
    let root = target::find(&[])?.root;
    let mut workspace = Workspace::load(&root);
    let _ = workspace.scan(&WalkOptions::default());
    workspace.read_components(&WalkOptions::default());
    let path = format!("{FOLDER}/{}.md", values.name);
    refuse_what_exists(&workspace, values.name, &path)?;
    let text = fill(&template(&root)?, &values);
    let text = match values.target {
        Some(target) => with_target(&text, &path, target, &workspace)?,
        None => text,
    };
    refuse_what_says_something_else(&text, &path, values.name, &workspace)?;
    let nothing_written = |error| Failure::new(error).help("no spec was written");
    create_folder(&root, Path::new(FOLDER)).map_err(nothing_written)?;
    create_new(&root, Path::new(&path), text.as_bytes()).map_err(nothing_written)?;
    let Style { good, bold, reset, .. } = Style::stdout();
    print(&format!(
        "{good}Wrote{reset} {path}\n\n\
         Say in it what {} does, then: {bold}stagegate check {path}{reset}\n\
         It is in the backlog until its Status, or a MATURITY.md beside its source, states a stage.\n",
        escaped(&values.title),
    ))?;
    Ok(exit_code::SUCCESS)
}

/// What is filled in.
struct Values<'a> {
    name: &'a str,
    title: String,
    owner: &'a str,
    date: String,
    target: Option<Stage>,
}

impl<'a> Values<'a> {
    fn of(args: &'a NewSpec) -> Result<Values<'a>, Failure> {
        let name = args.name.as_str();
        // What starts with `_` is private in source, and never found there as a component.
        if !name::is_valid(name) || name.starts_with('_') {
            let shown = escaped(name);
            return Err(Failure::new(format_args!("`{shown}` is not a valid name of a component"))
                .help(format_args!(
                    "expected letters (A to Z, without accents), digits, `_` and `-`, at most {}, and no `_` first",
                    name::MAX_BYTES
                ))
                .help("a title for people goes beside it: `--title \"Price List\"`"));
        }
        let title = args.title.clone().unwrap_or_else(|| title_of(name));
        let owner = args.owner.as_deref().unwrap_or(NOBODY);
        for (option, value) in [("--title", title.as_str()), ("--owner", owner)] {
            if value.trim().is_empty() || value.chars().any(char::is_control) {
                return Err(Failure::new(format_args!("`{}` is no value for {option}", escaped(value)))
                    .help("expected one line of text"));
            }
        }
        let target = args.target.as_deref().map(|word| {
            let stage = Stage::from_word(word).filter(|stage| *stage != Stage::Deprecated);
            stage.ok_or_else(|| {
                Failure::new(format_args!("`{}` is not a stage that a component can aim for", escaped(word)))
                    .help("expected `development`, `staging` or `production` (or `experimental`)")
            })
        });
        let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        Ok(Values { name, title, owner, date: today.to_string(), target: target.transpose()? })
    }
}

/// Returns a name as words: `price_list` is `Price List`.
fn title_of(name: &str) -> String {
    let words = name.split(['_', '-']).filter(|word| !word.is_empty()).map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    let title = words.collect::<Vec<_>>().join(" ");
    if title.is_empty() { name.to_owned() } else { title }
}

/// Makes sure that the component has no spec yet, and that the file would be one.
fn refuse_what_exists(workspace: &Workspace, name: &str, path: &str) -> Result<(), Failure> {
    let components = workspace.root.components.as_deref();
    let known = components.and_then(|components| Some(components.get(components.find(name)?)));
    if let Some(spec) = known.and_then(|component| component.specs.first()) {
        let shown = escaped(&spec.path);
        return Err(Failure::new(format_args!("the component `{name}` has a spec already: {shown}")).help(
            format_args!("`stagegate inspect {shown}` shows what is understood of it; nothing was written"),
        ));
    }
    if workspace.path.join(path).symlink_metadata().is_ok() {
        return Err(Failure::new(format_args!("{path} exists already; nothing was written"))
            .help(format_args!("`stagegate inspect {path}` shows what is understood of it")));
    }
    let root = &workspace.root;
    if root.analyses(path) != Some(FileKind::Spec) || root.config.is_template_path(path) {
        return Err(Failure::new(format_args!(
            "{path} would be no spec by the configuration; nothing was written"
        ))
        .help("look at `specs.include`, `specs.exclude`, `specs.templates` and `files.exclude` there"));
    }
    Ok(())
}

/// Returns the template: that of the repository, if it can be filled in.
fn template(root: &Path) -> Result<String, Failure> {
    if root.join(TEMPLATE_PATH).symlink_metadata().is_err() {
        return Ok(TEMPLATE.to_owned());
    }
    let text = read(&root.join(TEMPLATE_PATH)).map_err(|problem| {
        Failure::new(format_args!("cannot use the template {TEMPLATE_PATH}: {problem}"))
            .help("mend it, or remove it: there is one built in; nothing was written")
    })?;
    if text.contains("{component_name}") {
        return Ok(text);
    }
    note(format_args!(
        "{TEMPLATE_PATH} has no {{component_name}} to fill in; the template built in was taken"
    ));
    Ok(TEMPLATE.to_owned())
}

/// Fills in the placeholders, in one pass: what is filled in is not looked at again.
fn fill(template: &str, values: &Values<'_>) -> String {
    let known = [
        ("{component_name}", values.name),
        ("{Component Name}", &values.title),
        ("{owner}", values.owner),
        ("{date}", &values.date),
    ];
    let mut out = String::with_capacity(template.len() + 200);
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (taken, value) = match known.iter().find(|(placeholder, _)| rest.starts_with(placeholder)) {
            Some((placeholder, value)) => (placeholder.len(), *value),
            None => (1, "{"),
        };
        out.push_str(value);
        rest = &rest[taken..];
    }
    out.push_str(rest);
    out
}

/// Returns the spec with another target stage.
fn with_target(text: &str, path: &str, target: Stage, workspace: &Workspace) -> Result<String, Failure> {
    let file = ComponentFile::of_path(Source::Str(text), path, &workspace.root);
    let stated = file.and_then(|file| file.target).map(|stated| std::ops::Range::<usize>::from(stated.range));
    match stated.filter(|range| text.is_char_boundary(range.start) && text.is_char_boundary(range.end)) {
        Some(range) => Ok(text[..range.start].to_owned() + target.name() + &text[range.end..]),
        None => Err(Failure::new("the template has no line `**Target Stage:** ...` for --target")
            .help(format_args!("add one to {TEMPLATE_PATH}; nothing was written"))),
    }
}

/// Makes sure that the text is read as the spec of this component: a title that ends with "Template" would make it a
/// template, and another name would describe another component.
fn refuse_what_says_something_else(
    text: &str,
    path: &str,
    name: &str,
    workspace: &Workspace,
) -> Result<(), Failure> {
    let file = ComponentFile::of_path(Source::Str(text), path, &workspace.root);
    let standing = file.as_ref().map(|file| file.standing);
    let failure = match standing {
        Some(Standing::Component) if file.is_some_and(|file| name::same(&file.component.name, name)) => {
            return Ok(());
        }
        Some(Standing::Component) => Failure::new("the template gives a spec of another component")
            .help("let it say `**Component Name:** {component_name}`"),
        Some(Standing::Template) => Failure::new("the spec would be taken for a template")
            .help("its title or status says that it is one; choose another --title"),
        _ => Failure::new("the template gives no spec of a component")
            .help("let it say `**Component Name:** {component_name}` above its first `##`"),
    };
    Err(failure.help(format_args!("nothing was written; a template of the repository is {TEMPLATE_PATH}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_not_filled_in_again() {
        let values = Values {
            name: "a-b",
            title: "{date} {x".to_owned(),
            owner: "{owner}",
            date: "2026-11-20".to_owned(),
            target: None,
        };
        let filled = fill("{Component Name}|{component_name}|{owner}|{date}|{other}|{", &values);
        assert_eq!(filled, "{date} {x|a-b|{owner}|2026-11-20|{other}|{");
    }

    #[test]
    fn the_template_says_what_stage_stands_behind_a_dependency() {
        // `maturity/dependency-stage-outdated` takes it for the one that the component is in.
        assert!(TEMPLATE.contains("in parentheses the stage that it is in now"));
    }

    #[test]
    fn a_name_becomes_words() {
        for (name, title) in [("price_list", "Price List"), ("api-v2", "Api V2"), ("--", "--"), ("x", "X")] {
            assert_eq!(title_of(name), title);
        }
    }
}
