//! Where the report is written.

use std::path::PathBuf;

use stagegate_core::name;
use stagegate_pipeline::write;

use super::split;
use crate::args::SpecToProduction;
use crate::failure::Failure;
use crate::target;

/// The file of the report, whose folder is there.
pub(super) struct Output {
    folder: PathBuf,
    file: PathBuf,
    /// As it was named.
    pub(super) shown: String,
}

impl Output {
    /// Looks before anything is run whether the report could be written.
    pub(super) fn of(args: &SpecToProduction) -> Result<Output, Failure> {
        let component = &args.component;
        if !name::is_valid(component) {
            return Err(Failure::new(format_args!("`{component}` is no name of a component"))
                .help("names are letters, digits, `_` and `-`"));
        }
        let default = || PathBuf::from(format!("workflow_report_{component}.json"));
        let path = args.output.clone().unwrap_or_else(default);
        let (folder, file) = split(&target::current_folder()?.join(&path))?;
        if !folder.is_dir() || folder.join(&file).is_dir() {
            return Err(Failure::new(format_args!("the report cannot be written to `{}`", path.display()))
                .help("`--output` names a file in a folder that exists"));
        }
        Ok(Output { folder, file, shown: path.display().to_string() })
    }

    pub(super) fn write(&self, text: &str) -> Result<(), Failure> {
        write::atomic(&self.folder, &self.file, text.as_bytes()).map_err(Failure::new)
    }
}
