//! Renaming a component: what may be renamed to what, which paths carry the name, and the edits of each file.

mod paths;
mod style;

pub use paths::PathRename;

use super::mentions::{self, Mention, MentionKind};
use crate::component::ComponentFile;
use crate::components::{Component, FactsKind, Id};
use crate::diagnostic::TextEdit;
use crate::files::FileKind;
use crate::frontmatter;
use crate::instructions::ApplyTo;
use crate::links::{self, WikiLink};
use crate::markdown::ElementKind;
use crate::name;
use crate::text::{Source, TextRange, range};
use crate::workspace::Root;

/// What a client can do besides changing text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CanRename {
    /// It renames files.
    pub files: bool,
    /// It asks before it carries out some of the changes.
    pub asks: bool,
}

/// A rename that may go ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    /// The component, as it is shown.
    pub old: Box<str>,
    /// The name as it was typed.
    pub new: Box<str>,
    /// Files and folders to rename.
    pub paths: Vec<PathRename>,
    /// Paths that carry the name and stay, because the client cannot rename them, or not after asking.
    pub left: Vec<String>,
    /// How the name is written where the rename was started.
    written: Option<Box<str>>,
}

/// One change of a file's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameEdit {
    /// The change.
    pub edit: TextEdit,
    /// Whether it is right only if the folders are renamed as well.
    pub with_folders: bool,
}

/// Returns the component that a mention names, if there is one.
fn component(root: &Root, name: &str) -> Option<Id> {
    root.components.as_deref()?.find(name)
}

/// Returns what to offer for change where `mention` stands: the name as it is written, without marks of display.
#[must_use]
pub fn rename_placeholder(root: &Root, mention: &Mention) -> Option<String> {
    let shown = &root.components.as_deref()?.get(component(root, &mention.written)?).name;
    let as_written = name::is_valid(&mention.written) && name::displayed(&mention.written) == **shown;
    Some(if as_written { mention.written.to_string() } else { shown.to_string() })
}

/// Returns how the component that `mention` names is renamed to `new`.
///
/// # Errors
/// Returns why it is not, in a sentence for the user.
pub fn rename(root: &Root, mention: &Mention, new: &str, can: CanRename) -> Result<Rename, String> {
    let (Some(components), Some(files)) = (root.components.as_deref(), root.files.as_deref()) else {
        return Err("The workspace is still being read. Try again in a moment.".to_owned());
    };
    let Some(id) = components.find(&mention.written) else {
        return Err(format!("No component is called `{}`, so there is nothing to rename.", mention.written));
    };
    let component = components.get(id);
    let old = &component.name;
    if !name::is_valid(new) {
        return Err(format!(
            "`{}` cannot be the name of a component: it consists of letters, digits, `_` and `-`, at most {} of them.",
            new.escape_debug(),
            name::MAX_BYTES
        ));
    }
    if let Some(other) = components.find(new).filter(|other| *other != id) {
        let other = components.get(other);
        let file = other.files().next().map(|file| format!(" ({})", file.path)).unwrap_or_default();
        return Err(format!("`{}`{file} is another component. Choose a name that is free.", other.name));
    }
    let written = Some(&mention.written).filter(|written| name::displayed(written) == **old).cloned();
    let mut rename =
        Rename { old: Box::from(&**old), new: new.into(), paths: Vec::new(), left: Vec::new(), written };
    let paths = paths::of_component(component, components.place(id), |written| rename.styled(written, false));
    for path in paths {
        let stays = if path.spec { !can.files } else { !(can.files && can.asks) };
        if stays {
            rename.left.push(path.old);
        } else {
            rename.paths.push(path);
        }
    }
    for path in &rename.paths {
        let same_but_for_case = path.new.eq_ignore_ascii_case(&path.old);
        if !same_but_for_case && (files.contains(&path.new) || !files.below(&path.new).is_empty()) {
            return Err(format!(
                "`{}` is there already, so `{}` cannot be renamed to it. Choose another name.",
                path.new, path.old
            ));
        }
    }
    // Source that no file describes yet would become this component's.
    let taken = components.layout().get(&name::canonical(new)).filter(|_| !name::same(new, old));
    if let Some(source) = taken.and_then(|place| place.source.first()) {
        return Err(format!("`{source}` is the source of another component. Choose a name that is free."));
    }
    refuse_nameless(component, &rename)?;
    Ok(rename)
}

/// Refuses where only a path gives the name, and that path cannot be renamed: after the rename the component would
/// have its old name.
fn refuse_nameless(component: &Component, rename: &Rename) -> Result<(), String> {
    // Where there are specs they say who the component is; else what is there does.
    let count = if component.specs.is_empty() { usize::MAX } else { component.specs.len() };
    let Some(file) = component.files().take(count).find(|file| {
        let path = &*file.path;
        let giving = Some(path).filter(|_| file.facts.kind == FactsKind::Spec);
        let giving = giving.and_then(|path| paths::named_by(path, &component.canonical));
        // A folder above takes the file with it, but does not change what the file is called.
        let changes =
            |moved: &PathRename| giving.map_or_else(|| moved.holds(path), |giving| moved.old == giving);
        file.facts.name_range.is_none() && !rename.paths.iter().any(changes)
    }) else {
        return Ok(());
    };
    let left = rename.left.iter().find(|left| **left == *file.path || paths::is_below(&file.path, left));
    let what = left.map_or(&*file.path, |left| left);
    let key = if component.specs.is_empty() { "Component" } else { "Component Name" };
    Err(format!(
        "`{}` has its name from the path `{what}`, which this editor cannot rename as part of a rename. Rename it \
         yourself, or write `**{key}:** {}` into `{}` first.",
        rename.old, rename.old, file.path
    ))
}

impl Rename {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.written.as_deref() == Some(&*self.new)
    }

    /// Returns the new name in the style in which the old one is written.
    fn styled(&self, written: &str, blanks: bool) -> String {
        if self.written.as_deref() == Some(written) {
            return self.new.to_string();
        }
        style::styled(written, &self.new, blanks)
    }

    /// Returns the changes of the file at `path`, in order of place, none in another.
    #[must_use]
    pub fn edits(&self, source: Source<'_>, path: &str, root: &Root) -> Vec<RenameEdit> {
        let mut found = Vec::new();
        match root.analyses(path) {
            Some(FileKind::Spec | FileKind::Maturity | FileKind::Markdown) => {
                let Some(file) = ComponentFile::of_path(source, path, root) else { return Vec::new() };
                for mention in mentions::mentions_in(&file, source, root, &self.old) {
                    if mention.kind == MentionKind::Wikilink && !self.moves_page(&mention.written, root) {
                        continue;
                    }
                    let blanks = !matches!(mention.kind, MentionKind::Wikilink | MentionKind::Code);
                    found.push(self.edit(mention.range, &mention.written, blanks));
                }
                self.path_edits(&file, source, path, &mut found);
            }
            Some(FileKind::Code) => {
                let named = mentions::mentions(source, path, root, &self.old);
                found.extend(named.iter().map(|mention| self.edit(mention.range, &mention.written, false)));
            }
            Some(FileKind::Instructions) => self.glob_edits(source, &mut found),
            Some(FileKind::Config) | None => {}
        }
        found.retain(|change| {
            source.slice(change.edit.range.start().into(), change.edit.range.end().into())
                != *change.edit.new_text
        });
        found.sort_by_key(|change| (change.edit.range.start(), change.with_folders));
        let mut end = crate::text::offset(0);
        found.retain(|change| {
            let free = change.edit.range.start() >= end;
            if free {
                end = change.edit.range.end();
            }
            free
        });
        found
    }

    fn edit(&self, range: TextRange, written: &str, blanks: bool) -> RenameEdit {
        RenameEdit { edit: TextEdit { range, new_text: self.styled(written, blanks) }, with_folders: false }
    }

    /// Whether a wikilink to the page `written` follows the name: no page has it, or the page is renamed as well.
    fn moves_page(&self, written: &str, root: &Root) -> bool {
        let page = root.files.as_deref().and_then(|files| WikiLink::read(written).by_name(files));
        page.is_none_or(|page| self.paths.iter().any(|moved| moved.spec && moved.holds(page)))
    }

    /// Collects the links and code spans that name a path which is renamed.
    fn path_edits(&self, file: &ComponentFile, source: Source<'_>, path: &str, found: &mut Vec<RenameEdit>) {
        use crate::component::Standing;
        if self.paths.is_empty() || matches!(file.standing, Standing::Template | Standing::Moved) {
            return;
        }
        for placed in file.body.elements() {
            let at = placed.range();
            let edits: Vec<Inside> = match &placed.element.kind {
                ElementKind::Link { destination, wiki: false } => {
                    if source.slice(at.start().into(), at.end().into()) != **destination {
                        continue;
                    }
                    let Some(target) = links::resolve(destination, path) else { continue };
                    self.paths.iter().filter_map(|moved| moved.in_link(destination, &target.path)).collect()
                }
                ElementKind::Code { text } if usize::from(at.len()) == text.len() => {
                    self.paths.iter().filter_map(|moved| moved.in_path(text)).collect()
                }
                _ => continue,
            };
            found.extend(edits.into_iter().map(|edit| edit.placed(at)));
        }
    }

    /// Collects the globs of an instruction file that name a path which is renamed.
    fn glob_edits(&self, source: Source<'_>, found: &mut Vec<RenameEdit>) {
        let head = frontmatter::read(source);
        for glob in ApplyTo::read(&head).globs.iter().filter(|glob| glob.traceable) {
            let edits = self.paths.iter().filter_map(|moved| moved.in_path(&glob.pattern));
            found.extend(edits.map(|edit| edit.placed(glob.range)));
        }
    }
}

/// A change within some text.
struct Inside {
    start: usize,
    end: usize,
    new_text: String,
    with_folders: bool,
}

impl Inside {
    /// Returns the change in a file, where the text stands at `at`.
    fn placed(self, at: TextRange) -> RenameEdit {
        let from = usize::from(at.start());
        let edit = TextEdit { range: range(from + self.start, from + self.end), new_text: self.new_text };
        RenameEdit { edit, with_folders: self.with_folders }
    }
}

#[cfg(test)]
mod tests;
