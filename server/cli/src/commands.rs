//! One module per command.

mod check;
mod completions;
mod demo;
mod explain;
mod gates;
mod init;
mod inspect;
mod lsp;
mod new_spec;
pub(crate) mod promote;
mod report;
mod runs;
mod sign_off;
mod spec_to_production;
mod status;
mod todo;
mod trust;

use std::io::{self, Write as _};
use std::path::Path;

use stagegate_core::files::CONFIG_FILES;

use crate::args::{Command, NewWhat};
use crate::failure::{Failure, note};
use crate::target;

/// Runs a command and returns its exit code.
pub(crate) fn run(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Check(args) => {
            if let Ok(target) = target::find(&args.paths) {
                tell_misnamed(&target.root);
            }
            check::run(&args)
        }
        Command::Status(args) => status::run(&args),
        Command::Todo(args) => todo::run(&args),
        Command::Gates(args) => gates::run(&args),
        Command::Promote(args) => promote::promote(&args),
        Command::Rollback(args) => promote::rollback(&args),
        Command::Drill(args) => promote::drill(&args),
        Command::Runs(args) => runs::list(&args),
        Command::Watch(args) => runs::watch(&args),
        Command::Resume(args) => runs::resume(&args),
        Command::Cancel(args) => runs::cancel(&args),
        Command::History(args) => runs::history(&args),
        Command::SignOff(args) => sign_off::run(&args),
        Command::Report(args) => report::report(&args),
        Command::Dashboard(args) => report::dashboard(&args),
        Command::SpecToProduction(args) => spec_to_production::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::New(args) => match args.what {
            NewWhat::Spec(args) => new_spec::run(&args),
        },
        Command::Init(args) => init::run(&args),
        Command::Trust(args) => trust::run(&args),
        Command::Lsp(args) => Ok(lsp::run(&args)),
        Command::Completions(args) => completions::run(&args),
        Command::Demo(args) => demo::run(&args),
    }
}

/// Names under which a configuration is looked for in vain.
const MISNAMED: [&str; 3] = ["stagegate.yml", ".stagegate.yaml", ".stagegate.yml"];

/// Says that a file at the root is not the configuration that it looks like.
fn tell_misnamed(root: &Path) {
    for name in MISNAMED.into_iter().filter(|name| root.join(name).is_file()) {
        note(format_args!("{name} is not read; the configuration must be called {}", CONFIG_FILES[0]));
    }
}

/// Writes to stdout.
fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| Failure::output(&error))
}
