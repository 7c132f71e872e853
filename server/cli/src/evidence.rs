//! The evidence of gates, for commands that read: reading needs no trust.

use jiff::Timestamp;
use stagegate_pipeline::board::BoardLoader;
use stagegate_pipeline::gates::Definitions;
use stagegate_workspace::Workspace;

use crate::failure::note;

/// Lets rules and reports see what gates have shown, as of now; the components have to be known. Where there is neither
/// a store nor a report, that costs a look at the places where they would be.
pub(crate) fn know(workspace: &mut Workspace) {
    if let Some(problem) = look(workspace) {
        note(format_args!("the evidence of gates is not shown: {problem}"));
    }
}

/// Looks again, after files were changed.
pub(crate) fn know_again(workspace: &mut Workspace) {
    // What keeps the evidence from being read was said before.
    let _ = look(workspace);
}

/// Reads the evidence; returns why what is stored cannot be read.
fn look(workspace: &mut Workspace) -> Option<String> {
    workspace.root.components.as_ref()?;
    let mut loader = BoardLoader::new(&workspace.path);
    let board = {
        let definitions = Definitions::new(&workspace.path, &workspace.root);
        loader.load(&workspace.root, &|component, gate| definitions.of(component, gate))
    };
    workspace.root.gates = Some(board.at(Timestamp::now().as_millisecond()));
    loader.problem().map(ToString::to_string)
}
