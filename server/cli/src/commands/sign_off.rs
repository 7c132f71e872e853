//! `stagegate sign-off`: what has to be signed off, and signing it.

mod list;

use std::path::Path;

use stagegate_core::component::ComponentFile;
use stagegate_core::components::{Component, Id};
use stagegate_core::diagnostic::{TextEdit, apply_edits};
use stagegate_core::run::Person;
use stagegate_core::sign_off::{self, SignOff, Signature};
use stagegate_core::stage::{CLIMB, Stage};
use stagegate_core::status;
use stagegate_core::text::Source;
use stagegate_pipeline::sign_offs;
use stagegate_pipeline::trust::diff;
use stagegate_pipeline::write::atomic;
use stagegate_workspace::{WalkOptions, Workspace, read};

use super::print;
use crate::args::{Format, SignOff as Args};
use crate::exit_code;
use crate::failure::{Failure, note};
use crate::report::{Style, escaped};
use crate::target;

/// Most components or criteria that a message names.
const MAX_NAMED: usize = 10;

/// Most lines of a difference that are shown.
const MAX_DIFF: usize = 40;

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let target = target::find(args.path.as_slice())?;
    super::tell_misnamed(&target.root);
    let mut workspace = Workspace::load(&target.root);
    let options = WalkOptions::default();
    let _ = workspace.scan(&options);
    workspace.read_components(&options);
    crate::evidence::know(&mut workspace);
    let (id, component) = find(&workspace, &args.component)?;
    let stage = args.to.as_deref().map(stage).transpose()?;
    let criterion = match &args.criterion {
        Some(criterion) if !args.list => criterion,
        _ => {
            let Some(stage) = stage.or_else(|| status::aim(component.stage, component.target())) else {
                return Err(Failure::new(format_args!("`{}` works towards no stage", component.name))
                    .help("name one: `--to production`"));
            };
            let sign_offs = sign_off::of_component(&workspace.root, id, stage, None);
            print(&match args.format {
                Format::Text => list::text(&component.name, stage, &sign_offs, Style::stdout()),
                Format::Json => list::json(&component.name, stage, &sign_offs, "listed"),
            })?;
            let is_open = sign_offs.iter().any(|sign_off| !sign_off.holds());
            return Ok(if is_open { exit_code::ERRORS_FOUND } else { exit_code::SUCCESS });
        }
    };
    let mut candidates = sign_off::candidates(&workspace.root, id, None);
    if let Some(stage) = stage {
        candidates.retain(|candidate| candidate.stage == stage);
    }
    // Who takes back is nobody in particular.
    let person = if args.withdraw { None } else { Some(person(args, &workspace.path)?) };
    let name = person.as_ref().map(|person| person.name.as_str());
    let sign_off = sign_off::choose(&candidates, criterion, name)
        .map_err(|near| unknown(criterion, component, &near, &candidates))?;
    match person {
        Some(person) => sign(args, &workspace, id, sign_off, person),
        None => withdraw(args, &workspace, id, sign_off),
    }
}

/// Finds a component.
fn find<'a>(workspace: &'a Workspace, wanted: &str) -> Result<(Id, &'a Component), Failure> {
    let components = workspace.root.components.as_deref();
    let known = components.and_then(|components| {
        let id = components.find(wanted)?;
        Some((id, components.get(id)))
    });
    known.filter(|(_, component)| component.files().next().is_some()).ok_or_else(|| {
        Failure::new(format_args!("there is no component `{}`", escaped(wanted)))
            .help("`stagegate status` lists the components")
    })
}

fn stage(word: &str) -> Result<Stage, Failure> {
    Stage::from_word(word).filter(|stage| CLIMB.contains(stage)).ok_or_else(|| {
        Failure::new(format_args!("`{}` is no stage with sign-offs", escaped(word)))
            .help("expected development, staging or production")
    })
}

/// Returns who signs: who the command says, else who git says.
fn person(args: &Args, folder: &Path) -> Result<Person, Failure> {
    let Some(text) = &args.sign_as else {
        return sign_offs::identity(folder).map_err(|problem| {
            Failure::new(problem)
                .help("tell it with `git config user.name NAME` and `git config user.email MAIL`, or use `--as \"NAME <MAIL>\"`")
        });
    };
    let parts = text.trim().strip_suffix('>').and_then(|text| text.split_once('<'));
    let person = parts.map(|(name, email)| (name.trim(), email.trim()));
    let is_plain = |text: &str| !text.is_empty() && !text.chars().any(|c| c.is_control() || "<>".contains(c));
    match person {
        Some((name, email)) if is_plain(name) && is_plain(email) && email.contains('@') => {
            Ok(Person { name: name.to_owned(), email: email.to_owned() })
        }
        _ => Err(Failure::new(format_args!("`{}` names nobody", escaped(text)))
            .help("expected a name and an address: `--as \"Mara Lindqvist <mara@example.com>\"`")),
    }
}

fn unknown(wanted: &str, component: &Component, near: &[&str], candidates: &[SignOff]) -> Failure {
    let failure = Failure::new(format_args!(
        "`{}` has no criterion `{}` that people sign off",
        component.name,
        escaped(wanted)
    ));
    let names = |names: &[&str]| {
        names.iter().map(|name| format!("`{}`", escaped(name))).collect::<Vec<_>>().join(", ")
    };
    if !near.is_empty() {
        return failure.help(format_args!("did you mean {}?", names(near)));
    }
    let mut all: Vec<&str> = candidates.iter().map(|candidate| &*candidate.criterion).collect();
    all.dedup();
    let more = all.len().saturating_sub(MAX_NAMED);
    all.truncate(MAX_NAMED);
    match (all.as_slice(), more) {
        ([], _) => failure.help("nothing is left to be signed off"),
        (all, 0) => failure.help(format_args!("there are {}", names(all))),
        (all, more) => failure.help(format_args!("there are {} and {more} more", names(all))),
    }
}

fn sign(
    args: &Args,
    workspace: &Workspace,
    id: Id,
    sign_off: &SignOff,
    person: Person,
) -> Result<u8, Failure> {
    if let Some(expected) =
        sign_off.expected.as_deref().filter(|name| !sign_off::is_person(&person.name, name))
    {
        return Err(Failure::new(format_args!(
            "`{}` is to be signed off by {}; you are {}",
            escaped(&sign_off.criterion),
            escaped(expected),
            escaped(&person.name)
        ))
        .help("let them sign it off, or change whom the file names"));
    }
    let state = sign_offs::state(&workspace.path, &workspace.root, id, &[]).map_err(|problem| {
        Failure::new(problem).help("a sign-off is given for the files of the component; nothing was signed")
    })?;
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let signature = Signature {
        name: person.name.into(),
        email: Some(person.email.into()),
        date: today.to_string().into(),
        note: args.note.as_deref().map(Box::from),
        state: Some(state),
    };
    let edit = |file: &ComponentFile, source: Source<'_>| sign_off::sign(file, source, sign_off, &signature);
    let document = Document::edited(workspace, id, sign_off, &edit)?;
    let is_read = |item: &sign_off::Item| {
        let read = item.line.signature.as_ref();
        item.ticked && *item.key == *sign_off.key && read.is_some_and(|read| read.state == signature.state)
    };
    if !document.items(workspace).iter().any(is_read) {
        return Err(Failure::new(format_args!(
            "`{}` cannot be signed off in {}: it would not be read as such",
            escaped(&sign_off.criterion),
            escaped(&document.path)
        ))
        .help("write it as `- [ ] CRITERION` below `**Approval:**`; nothing was signed"));
    }
    let by = sign_off::written(&Signature { state: None, note: None, ..signature });
    let done = format!("`{}` for {} by {by}", sign_off.criterion, sign_off.stage);
    finish(args, workspace, id, sign_off, &document, ("Signed off", "signed", &done))
}

fn withdraw(args: &Args, workspace: &Workspace, id: Id, sign_off: &SignOff) -> Result<u8, Failure> {
    let edit = |file: &ComponentFile, source: Source<'_>| sign_off::withdraw(file, source, sign_off);
    let document = Document::edited(workspace, id, sign_off, &edit)?;
    if document.before == document.after {
        note(format_args!("nobody signed `{}` off; nothing was changed", escaped(&sign_off.criterion)));
        if args.format == Format::Text {
            return Ok(exit_code::SUCCESS);
        }
    }
    let done = format!("`{}` for {}", sign_off.criterion, sign_off.stage);
    finish(args, workspace, id, sign_off, &document, ("Withdrawn", "withdrawn", &done))
}

/// Writes the file, or shows what would be written, and says what is done.
fn finish(
    args: &Args,
    workspace: &Workspace,
    id: Id,
    sign_off: &SignOff,
    document: &Document,
    (word, action, done): (&str, &str, &str),
) -> Result<u8, Failure> {
    let Document { path, before, after } = document;
    if !args.dry_run && before != after {
        atomic(&workspace.path, Path::new(path), after.as_bytes())
            .map_err(|error| Failure::new(error).help("nothing was signed"))?;
    }
    let (word, action) = if args.dry_run { ("Would be written", "dry-run") } else { (word, action) };
    let Style { good, reset, .. } = Style::stdout();
    print(&match args.format {
        Format::Json => {
            let name =
                workspace.root.components.as_deref().map(|components| components.get(id).name.to_string());
            list::json(&name.unwrap_or_default(), sign_off.stage, std::slice::from_ref(sign_off), action)
        }
        Format::Text => {
            let mut text = format!("{good}{word}{reset}: {} in {}\n", escaped(done), escaped(path));
            let changes = diff(before, after, MAX_DIFF);
            for line in changes.lines().filter(|line| line.starts_with(['+', '-'])) {
                text += &format!("  {line}\n");
            }
            text
        }
    })?;
    Ok(exit_code::SUCCESS)
}

/// The file that is signed in.
struct Document {
    path: String,
    before: String,
    after: String,
}

impl Document {
    /// Reads the file that names the criterion, else the spec, else the MATURITY file, and edits it.
    fn edited(
        workspace: &Workspace,
        id: Id,
        sign_off: &SignOff,
        edit: &dyn Fn(&ComponentFile, Source<'_>) -> Vec<TextEdit>,
    ) -> Result<Document, Failure> {
        let component = workspace.root.components.as_deref().map(|components| components.get(id));
        let first = component.and_then(|component| component.specs.iter().chain(&component.maturity).next());
        let path = sign_off.place.as_ref().map(|place| &place.path).or(first.map(|file| &file.path));
        let Some(path) = path.map(ToString::to_string) else {
            return Err(Failure::new("the component has neither a spec nor a MATURITY.md to sign in")
                .help("`stagegate new spec NAME` writes a spec"));
        };
        let text = read(&workspace.path.join(&path)).map_err(|problem| {
            let message = problem.diagnostic(&path, &workspace.root.config).map(|found| found.message);
            let why = message.unwrap_or_else(|| "it is no text".to_owned());
            Failure::new(format_args!("cannot read {}: {why}", escaped(&path)))
        })?;
        let file = ComponentFile::of_path(Source::Str(&text), &path, &workspace.root).ok_or_else(|| {
            Failure::new(format_args!("{} is no spec any more", escaped(&path))).help("try again")
        })?;
        let after = apply_edits(&text, &edit(&file, Source::Str(&text)));
        Ok(Document { path, before: text, after })
    }

    /// Returns what would be read afterwards.
    fn items(&self, workspace: &Workspace) -> Vec<sign_off::Item> {
        let file = ComponentFile::of_path(Source::Str(&self.after), &self.path, &workspace.root);
        file.map(|file| sign_off::items(&file)).unwrap_or_default()
    }
}
