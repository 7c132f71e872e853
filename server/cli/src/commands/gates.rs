//! `stagegate gates`: runs the gates of components and shows the verdicts.

mod events;
mod json;
mod junit;
mod progress;
mod sarif;
mod table;

use std::env;

use stagegate_core::components::Components;
use stagegate_core::diagnostic::Severity;
use stagegate_core::gates::GateName;
use stagegate_core::stage::Stage;
use stagegate_core::status;
use stagegate_pipeline::gates::{self, GatesError, Outcome, Request, Session};
use stagegate_pipeline::process::Cancel;
use stagegate_pipeline::redact::Redactor;
use stagegate_workspace::{WalkOptions, Workspace, relative};

pub(super) use progress::Progress;

use super::print;
use crate::args::{Gates, GatesFormat};
use crate::exit_code;
use crate::failure::{Failure, note};
use crate::report::{Style, escaped};
use crate::target;

/// What a shell reports for a program that a signal ended: this and the number of the signal.
const SIGNALLED: u8 = 128;

/// Most components that are named where none was.
const MAX_NAMED: usize = 12;

pub(super) fn run(args: &Gates) -> Result<u8, Failure> {
    let ran = answer(args);
    if let Err(failure) = &ran
        && args.events
    {
        events::failed(failure);
    }
    let (outcomes, cancel) = ran?;
    if let Some(signal) = cancel.signal() {
        return Ok(code_of_signal(signal));
    }
    let passed = outcomes.iter().all(Outcome::passed);
    Ok(if passed { exit_code::SUCCESS } else { exit_code::ERRORS_FOUND })
}

/// Returns the exit code of a command that a signal stopped.
pub(super) fn code_of_signal(signal: i32) -> u8 {
    u8::try_from(signal).map_or(exit_code::FAILURE, |signal| SIGNALLED.saturating_add(signal))
}

fn answer(args: &Gates) -> Result<(Vec<Outcome>, Cancel), Failure> {
    let root = match (&args.root, &args.path) {
        (Some(root), _) => target::absolute(&target::current_folder()?, root)?,
        (None, Some(path)) => target::find(std::slice::from_ref(path))?.root,
        (None, None) => target::find(&[])?.root,
    };
    super::tell_misnamed(&root);
    let mut workspace = Workspace::load(&root);
    let options = WalkOptions::default();
    workspace.scan(&options);
    workspace.read_components(&options);
    refuse_wrong_configuration(&workspace)?;
    let requests = requests(args, &workspace)?;
    let permission = gates::permission(&workspace.path, &workspace.root);
    let redactor = Redactor::from_env(env::vars_os());
    let cancel = Cancel::on_signals()
        .map_err(|error| Failure::new(format_args!("cannot listen for Ctrl-C: {error}")))?;
    let session = Session {
        folder: &workspace.path,
        root: &workspace.root,
        permission: permission.as_ref(),
        redactor: &redactor,
    };
    let outcomes = if args.events {
        gates::run(&session, &requests, &cancel, &mut events::event)
    } else {
        let mut progress = Progress::new(requests.len());
        let outcomes = gates::run(&session, &requests, &cancel, &mut |event| progress.event(event));
        progress.end();
        outcomes
    };
    let outcomes = outcomes.map_err(|error| failure(&error))?;
    if args.events {
        events::done(&outcomes);
    } else {
        if let Err(refused) = &permission {
            note(format_args!("{}; {}", refused.message, refused.help));
        }
        let root = &workspace.path;
        print(&match args.format {
            GatesFormat::Table => table::render(&outcomes, args.verbose, &Style::stdout()),
            GatesFormat::Json => json::render(&outcomes, root),
            GatesFormat::Sarif => sarif::render(&outcomes),
            GatesFormat::Junit => junit::render(&outcomes)?,
        })?;
    }
    Ok((outcomes, cancel))
}

/// A gate whose name is misspelt in the configuration would not be there, and could not fail.
pub(super) fn refuse_wrong_configuration(workspace: &Workspace) -> Result<(), Failure> {
    let findings = workspace.config_findings();
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let (Some(file), Some(first)) = (&workspace.config_file, errors.clone().next()) else { return Ok(()) };
    let more = match errors.count() {
        1 => String::new(),
        number => format!(" (the first of {number} errors)"),
    };
    let path = file.path;
    Err(Failure::new(format_args!(
        "{path} is wrong, so nobody knows which gates are meant: {}{more}",
        first.message
    ))
    .help(format_args!("`stagegate check {path}` shows the lines")))
}

/// Returns what to run: the named components, that of the current folder where none is named, or with `--all` every one
/// that works towards a stage with gates.
fn requests(args: &Gates, workspace: &Workspace) -> Result<Vec<Request>, Failure> {
    let stage = match &args.stage {
        Some(word) => Some(Stage::from_word(word).ok_or_else(|| {
            Failure::new(format_args!("`{word}` is no stage; expected development, staging or production"))
        })?),
        None => None,
    };
    let mut only = Vec::new();
    for word in &args.only {
        only.push(GateName::new(word).ok_or_else(|| {
            Failure::new(format_args!(
                "`{word}` is no name of a gate; expected lowercase letters, digits, `_` and `-`"
            ))
        })?);
    }
    let names: Vec<String> = if args.all {
        let components = workspace.root.components.as_deref();
        let all = components.into_iter().flat_map(Components::iter);
        let known = all.filter(|(_, component)| component.files().next().is_some());
        let works = |stage_of: Option<Stage>, target| {
            let stage = stage.or_else(|| status::aim(stage_of, target));
            stage.is_some_and(|stage| workspace.root.config.stage_gates.of(stage).is_some())
        };
        known.filter(|(_, c)| works(c.stage, c.target())).map(|(_, c)| c.name.to_string()).collect()
    } else {
        args.components.clone()
    };
    let names = match names.is_empty() && !args.all {
        true => vec![of_folder(args, workspace)?],
        false => names,
    };
    if names.is_empty() {
        let failure = Failure::new("no component works towards a stage with gates");
        return Err(failure.help("`stagegate status` says where they stand"));
    }
    let of = |component: String| Request {
        component,
        stage,
        only: only.clone(),
        no_cache: args.no_cache,
        background: args.background,
        isolate: args.isolate,
    };
    Ok(names.into_iter().map(of).collect())
}

/// Returns the component whose source the current folder (or the one of `--in`) is, or lies in.
fn of_folder(args: &Gates, workspace: &Workspace) -> Result<String, Failure> {
    let here = target::current_folder()?;
    let here = match &args.path {
        Some(path) => target::absolute(&here, path)?,
        None => here,
    };
    let folder = relative(&workspace.path, &here).unwrap_or_default();
    let is_in =
        |place: &str| folder.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let components = workspace.root.components.as_deref();
    let all = components.into_iter().flat_map(Components::iter);
    let known: Vec<_> = all.filter(|(_, component)| component.files().next().is_some()).collect();
    let depth = |id| {
        let places = components.into_iter().flat_map(|components| components.places(id));
        let sources = places.flat_map(|place| &place.source).filter(|source| is_in(source));
        sources.map(|source| source.len()).max()
    };
    let inside = known.iter().filter_map(|(id, component)| Some((depth(*id)?, component)));
    if let Some((_, component)) = inside.max_by_key(|(depth, _)| *depth) {
        return Ok(component.name.to_string());
    }
    let names: Vec<_> =
        known.iter().map(|(_, component)| format!("`{}`", escaped(&component.name))).collect();
    let more = names.len().saturating_sub(MAX_NAMED);
    let failure = Failure::new("no component is named; expected at least one, or `--all`");
    Err(match (names.as_slice(), more) {
        ([], _) => {
            failure.help("there is none yet: `stagegate new spec NAME` writes the spec of the first one")
        }
        (names, 0) => failure.help(format_args!("components are {}", names.join(", "))),
        (names, more) => {
            let first = names[..MAX_NAMED].join(", ");
            failure
                .help(format_args!("components are {first} and {more} more; `stagegate status` lists them"))
        }
    })
}

fn failure(error: &GatesError) -> Failure {
    let failure = Failure::new(error);
    match error {
        GatesError::UnknownComponent { .. } => failure.help("`stagegate status` lists the components"),
        GatesError::Busy { .. } => failure.help("wait until it has ended, or stop it"),
        GatesError::Folder { .. } => failure.help("see who may write there, and whether the disk is full"),
        _ => failure,
    }
}

/// `7 of 9 gates of staging are open`.
fn summary(outcome: &Outcome) -> String {
    use stagegate_core::gates::Need;
    let required: Vec<_> = outcome.gates.iter().filter(|gate| gate.need != Some(Need::Optional)).collect();
    let open = required.iter().filter(|gate| gate.opens()).count();
    let refused = if outcome.refused.is_some() { "nothing was run; by what is known, " } else { "" };
    let stopped = if outcome.cancelled { "; stopped before the end" } else { "" };
    format!("{refused}{open} of {} gates of {} are open{stopped}", required.len(), outcome.stage)
}
