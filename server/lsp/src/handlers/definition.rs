//! `textDocument/definition`: from a component, a stage or a link to where it comes from.

use stagegate_core::files::FileKind;
use stagegate_core::ide::{self, Mention, Subject, SubjectKind};
use tower_lsp::ls_types::{
    GotoDefinitionParams, GotoDefinitionResponse, LocationLink, TextDocumentPositionParams,
};

use super::Target;
use super::texts::Texts;
use crate::state::{Snapshot, State};
use crate::{from_proto, to_proto};

/// Answers where the thing at a position is defined.
pub(crate) fn definition(
    snapshot: &Snapshot,
    state: &State,
    params: &GotoDefinitionParams,
) -> Option<GotoDefinitionResponse> {
    let target = Target::of(snapshot)?;
    let subject = subject(&target, snapshot, &params.text_document_position_params)?;
    let texts = Texts::around(snapshot, state, target.document.home()?)?;
    let (_, text, at) = texts.find(&subject.kind)?;
    let location = text.location(at)?;
    if !state.client().is_some_and(|client| client.definition_links) {
        return Some(GotoDefinitionResponse::Scalar(location));
    }
    Some(GotoDefinitionResponse::Link(vec![LocationLink {
        origin_selection_range: Some(to_proto::range(
            &target.document.rope,
            subject.range,
            snapshot.encoding,
        )),
        target_uri: location.uri,
        target_range: location.range,
        target_selection_range: location.range,
    }]))
}

fn subject(target: &Target<'_>, snapshot: &Snapshot, params: &TextDocumentPositionParams) -> Option<Subject> {
    if target.kind == FileKind::Code {
        let mention = mention(target, snapshot, params)?;
        return Some(Subject { range: mention.range, kind: SubjectKind::Component(mention.written) });
    }
    let at = from_proto::offset(&target.document.rope, params.position, snapshot.encoding);
    let file = target.component_file()?;
    ide::subject_at(&file, target.source(), &target.path, &target.root, at)
}

/// Returns the mention of a component at a position.
pub(super) fn mention(
    target: &Target<'_>,
    snapshot: &Snapshot,
    params: &TextDocumentPositionParams,
) -> Option<Mention> {
    let at = from_proto::offset(&target.document.rope, params.position, snapshot.encoding);
    match target.kind {
        FileKind::Code => {
            let mention = ide::manifest(target.source(), &target.path)?;
            let (start, end) = (usize::from(mention.range.start()), usize::from(mention.range.end()));
            (start..=end).contains(&at).then_some(mention)
        }
        FileKind::Spec | FileKind::Maturity | FileKind::Markdown => {
            let file = target.component_file()?;
            ide::mention_at(&file, target.source(), &target.root, at)
        }
        FileKind::Instructions | FileKind::Config => None,
    }
}
