//! `stagegate completions`.

use clap::CommandFactory as _;

use super::print;
use crate::args::{Args, Completions};
use crate::exit_code;
use crate::failure::Failure;

pub(super) fn run(args: &Completions) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "stagegate", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(exit_code::SUCCESS)
}
