//! The gates and runs of the language server: what `stagegate-pipeline` knows and does, for `stagegate-lsp`.

mod runs;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use stagegate_core::config::Config;
use stagegate_core::gates::{Board, GateName};
use stagegate_core::plan::Plan;
use stagegate_core::run::Runs;
use stagegate_core::sign_off::StateDigest;
use stagegate_core::workspace::Root;
use stagegate_lsp::host::{
    Ask, Change, Declined, Failure, Host, Item, Keeper, Planned, Request, Run, Signer, Trust, TrustState,
    Watch,
};
use stagegate_pipeline::board::{self, BoardLoader};
use stagegate_pipeline::gates::{Definitions, trust_items};
use stagegate_pipeline::process::{self, Cancel, Command, End, Stream};
use stagegate_pipeline::sign_offs;
use stagegate_pipeline::trust::{self, State, TrustError, TrustStore, diff};

/// How long a run may go on: its tools have bounds of their own.
const AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a run may take to stop its tools before it is killed: longer than their own grace.
const GRACE: Duration = Duration::from_secs(20);

/// Most lines of the difference in one item.
const MAX_DIFF: usize = 40;

/// Most characters of what a run printed that are shown where it failed.
const MAX_OUTPUT: usize = 300;

/// The gates of workspace folders.
pub(crate) struct Gates;

/// The evidence of one folder.
struct Loader {
    folder: PathBuf,
    loader: BoardLoader,
}

/// `stagegate gates --events` in a process of its own.
struct Process {
    command: Command,
    cancel: Cancel,
}

/// Returns the folder without links, as every other command of ours names it.
fn real(folder: &Path) -> PathBuf {
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
}

impl Host for Gates {
    fn keeper(&self, folder: &Path) -> Box<dyn Keeper> {
        let folder = real(folder);
        Box::new(Loader { loader: BoardLoader::new(&folder), folder })
    }

    fn places(&self, config: &Config) -> Vec<String> {
        board::places(config)
    }

    fn trust(&self, folder: &Path, root: &Root) -> Result<Trust, Failure> {
        let folder = real(folder);
        let items = trust_items(&folder, root).map_err(failure)?;
        let state = TrustStore::open().and_then(|store| store.state(&folder, &items)).map_err(failure)?;
        let state = match state {
            State::Untrusted { problem } => TrustState::Untrusted { problem },
            State::Trusted { .. } => TrustState::Trusted,
            State::Lapsed { changes, .. } => {
                TrustState::Lapsed { changes: changes.iter().map(change).collect() }
            }
        };
        let items = items.into_iter().map(|item| Item { label: item.label, text: item.text });
        Ok(Trust { state, items: items.collect() })
    }

    fn grant(&self, folder: &Path, items: &[Item]) -> Result<(), Failure> {
        let items: Vec<_> = items.iter().map(|item| trust::Item::new(&*item.label, &*item.text)).collect();
        TrustStore::open().and_then(|store| store.grant(&real(folder), &items)).map_err(failure)
    }

    fn revoke(&self, folder: &Path) -> Result<bool, Failure> {
        TrustStore::open().and_then(|store| store.revoke(&real(folder))).map_err(failure)
    }

    fn run(&self, folder: &Path, request: &Request) -> Arc<dyn Run> {
        let folder = real(folder);
        let mut command = Command::new(this_program(), &folder).args(arguments(&folder, request));
        (command.timeout, command.grace, command.background) = (AT_MOST, GRACE, true);
        Arc::new(Process { command, cancel: Cancel::new() })
    }

    fn signer(&self, folder: &Path) -> Result<Signer, Failure> {
        let person = sign_offs::identity(&real(folder)).map_err(|problem| {
            let help = "tell it with `git config user.name NAME` and `git config user.email MAIL`";
            Failure::new(problem, help)
        })?;
        let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        Ok(Signer { person, date: today.to_string() })
    }

    fn state(
        &self,
        folder: &Path,
        root: &Root,
        component: &str,
        open: &[(&str, &str)],
    ) -> Result<StateDigest, Failure> {
        let id = root.components.as_deref().and_then(|components| components.find_canonical(component));
        let id =
            id.ok_or_else(|| Failure::new(format!("there is no component `{component}`"), "try again"))?;
        sign_offs::state(&real(folder), root, id, open)
            .map_err(|problem| Failure::new(problem, "a sign-off is given for the files of the component"))
    }

    fn give_way(&self) {
        process::give_way();
    }

    fn plan(&self, folder: &Path, ask: &Ask) -> Result<Planned, Failure> {
        Ok(runs::plan(&real(folder), ask))
    }

    fn start(&self, folder: &Path, plan: &Plan) -> Result<String, Declined> {
        runs::start(&real(folder), plan)
    }

    fn resume(&self, folder: &Path, run: &str) -> Result<(), Declined> {
        runs::resume(&real(folder), run)
    }

    fn cancel(&self, folder: &Path, run: &str) -> Result<(), Failure> {
        runs::cancel(&real(folder), run)
    }

    fn watch(&self, folder: &Path, run: &str) -> Arc<dyn Watch> {
        Arc::new(runs::Watched::new(&real(folder), run))
    }

    fn runs(&self, folder: &Path) -> Result<Option<Runs>, Failure> {
        runs::known(&real(folder)).map(Some)
    }

    fn report(&self, folder: &Path, run: &str) -> Result<PathBuf, Failure> {
        runs::report(&real(folder), run)
    }

    fn dashboard(&self, folder: &Path) -> Result<PathBuf, Failure> {
        runs::dashboard(&real(folder))
    }

    fn page(&self, name: &str, text: &str) -> Result<PathBuf, Failure> {
        runs::page(name, text)
    }
}

/// Returns the arguments of the run of gates.
fn arguments(folder: &Path, request: &Request) -> Vec<OsString> {
    let mut args: Vec<OsString> = ["gates", "--events", "--background"].map(OsString::from).to_vec();
    if let Some(stage) = request.stage {
        args.extend(["--stage".into(), stage.name().into()]);
    }
    if !request.only.is_empty() {
        let only: Vec<_> = request.only.iter().map(GateName::as_str).collect();
        args.extend(["--only".into(), only.join(",").into()]);
    }
    if request.no_cache {
        args.push("--no-cache".into());
    }
    args.extend(["--root".into(), folder.into(), "--".into(), (&*request.component).into()]);
    args
}

/// Returns this very program, also where a newer one was installed in its place.
fn this_program() -> PathBuf {
    let this = PathBuf::from("/proc/self/exe");
    if this.exists() { this } else { env::current_exe().unwrap_or_else(|_| "stagegate".into()) }
}

fn change(change: &trust::Change) -> Change {
    let (before, after) = change.texts();
    Change { label: change.label().to_owned(), diff: diff(before, after, MAX_DIFF) }
}

/// Says why trust is neither known nor given; the help is part of the message.
#[expect(clippy::needless_pass_by_value, reason = "so that it fits into map_err")]
fn failure(error: TrustError) -> Failure {
    Failure::new(error.to_string(), "")
}

impl Keeper for Loader {
    fn load(&mut self, root: &Root) -> Board {
        let definitions = Definitions::new(&self.folder, root);
        self.loader.load(root, &|component, gate| definitions.of(component, gate))
    }

    fn update(&mut self, root: &Root, paths: &[&str]) -> Board {
        let definitions = Definitions::new(&self.folder, root);
        self.loader.update(root, paths, &|component, gate| definitions.of(component, gate))
    }

    fn problem(&self) -> Option<String> {
        self.loader.problem().map(ToString::to_string)
    }
}

impl Run for Process {
    fn follow(&self, on_line: &mut dyn FnMut(&str)) -> Result<(), Failure> {
        let outcome = process::run(&self.command, &self.cancel, &mut |stream, line| {
            if stream == Stream::Stdout {
                on_line(line);
            }
        });
        // Of what is printed fast, lines are passed over; the last one says how it went.
        let printed =
            if outcome.stdout.tail.is_empty() { &outcome.stdout.head } else { &outcome.stdout.tail };
        if let Some(last) = printed.trim_end().lines().next_back() {
            on_line(last);
        }
        match outcome.end {
            End::Exited(0 | 1) => Ok(()),
            End::Cancelled => {
                Err(Failure::new("the run of gates was stopped before it could say how it went", ""))
            }
            end => {
                let stderr = outcome.stderr.to_string();
                let said: String = stderr.trim().chars().take(MAX_OUTPUT).collect();
                Err(Failure::new(format!("the run of gates {end}"), said))
            }
        }
    }

    fn stop(&self) {
        self.cancel.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;
    use stagegate_core::gates::GateKind;
    use stagegate_core::stage::Stage;

    #[test]
    fn a_run_is_an_argument_list_and_nothing_in_it_is_taken_for_an_option() {
        let request = Request {
            component: "-x".to_owned(),
            stage: Some(Stage::Staging),
            only: vec![GateKind::Lint.into(), GateKind::Types.into()],
            no_cache: true,
        };
        let args = arguments(Path::new("/w"), &request);
        let args: Vec<_> = args.iter().filter_map(|arg| arg.to_str()).collect();
        assert_eq!(
            args.join(" "),
            "gates --events --background --stage staging --only lint,types --no-cache --root /w -- -x"
        );
        let args = crate::args::Args::try_parse_from(std::iter::once("stagegate").chain(args)).unwrap();
        let crate::args::Command::Gates(gates) = args.command else { panic!("expected `gates`") };
        assert_eq!(gates.components, ["-x"]);
    }
}
