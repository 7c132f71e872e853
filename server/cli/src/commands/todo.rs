//! `stagegate todo`: the TODO comments of a workspace (requirement 001, "TODO Comments").

mod json;
mod table;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use stagegate_core::issues::{Answer, IssueBook, OpenState};
use stagegate_core::layout::Layout;
use stagegate_core::name;
use stagegate_core::todo::{IssueId, Reference, ReferenceKind};
use stagegate_workspace::{TodoIndex, WalkOptions, Workspace};

use super::print;
use crate::args::{StatusFormat, Todo as Args, TodoState};
use crate::exit_code;
use crate::failure::{Failure, note};
use crate::issues;
use crate::report::text::count;
use crate::report::{Style, escaped};
use crate::target;

/// Components that a message names.
const NAMED: usize = 5;

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let target = target::find(args.path.as_slice())?;
    super::tell_misnamed(&target.root);
    let mut workspace = Workspace::load(&target.root);
    let options = WalkOptions::default();
    let unread = workspace.scan(&options);
    if !unread.is_empty() {
        let paths = count(unread.len(), "path");
        note(format_args!("{paths} could not be looked at; `stagegate check` names them"));
    }
    let files = workspace.root.files.as_deref();
    let layout = files.map(|files| Layout::new(files, &workspace.root.config.components)).unwrap_or_default();
    if let Some(component) = &args.component {
        check_component(component, &layout)?;
    }
    let index = TodoIndex::read(&workspace, &target.selection, &options);
    let note_on_issues = know_issues(&mut workspace, &index, args);
    let list = List::new(&workspace, &index, &layout, args);
    let text = match args.format {
        StatusFormat::Text => text(&list, &Style::stdout()),
        StatusFormat::Table => table::render(&list, &Style::stdout()),
        StatusFormat::Markdown => table::markdown(&list),
        StatusFormat::Json => json::render(&list),
    };
    print(&text)?;
    if let Some(text) = note_on_issues {
        note(text);
    }
    Ok(exit_code::SUCCESS)
}

/// Gives the workspace what is known of issues, after asking the tracker where that is wanted. Returns what there is to
/// say about it: that nothing could be fetched keeps nobody from their list.
fn know_issues(workspace: &mut Workspace, index: &TodoIndex, args: &Args) -> Option<String> {
    let store = Arc::new(issues::open(workspace, args.fetch));
    let asks_for_state = matches!(args.state, Some(TodoState::Open | TodoState::Closed));
    let book = match store.book() {
        Ok(book) => book,
        Err(failure) => {
            let matters = args.fetch || asks_for_state;
            return matters.then(|| format!("it is not known which issues are open; {failure}"));
        }
    };
    let references = index.iter().flat_map(|(_, todo)| &todo.references);
    let named: Vec<IssueId> =
        references.filter_map(|reference| book.issue_of(&reference.kind).cloned()).collect();
    let text = if args.fetch {
        issues::fetch(&store, &named)
    } else {
        let unknown = store.unknown(&named);
        let host = store.host().unwrap_or_default();
        let fetches = workspace.root.config.issues.fetch;
        (unknown > 0 && fetches).then(|| {
            let unknown = count(unknown, "issue");
            format!("nothing is known of {unknown}; `stagegate todo --fetch` asks {host}")
        })
    };
    issues::know(workspace, &store);
    text
}

/// A name that no component has would look like a component without a TODO.
fn check_component(component: &str, layout: &Layout) -> Result<(), Failure> {
    let names: Vec<_> = layout.iter().map(|place| place.name.as_str()).collect();
    if names.iter().any(|known| name::same(known, component)) {
        return Ok(());
    }
    let failure = Failure::new(format_args!("there is no component `{component}`"));
    let first: Vec<_> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    let more = names.len() - first.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Err(match first.is_empty() {
        true => failure.help("no component was found; see `components.source` in docs/configuration.md"),
        false => failure.help(format_args!("there are {}{more}", first.join(", "))),
    })
}

/// What is shown.
struct List<'a> {
    root: &'a Path,
    book: Option<&'a IssueBook>,
    rows: Vec<Row<'a>>,
}

/// One TODO.
struct Row<'a> {
    path: &'a str,
    todo: &'a stagegate_core::todo::Todo,
    component: Option<&'a str>,
}

impl<'a> List<'a> {
    fn new(workspace: &'a Workspace, index: &'a TodoIndex, layout: &'a Layout, args: &Args) -> List<'a> {
        let mut list =
            List { root: &workspace.path, book: workspace.root.issues.as_deref(), rows: Vec::new() };
        for file in &index.files {
            let component = layout.component_of(&file.path).map(|place| place.name.as_str());
            let is_asked_for = |asked: &String| component.is_some_and(|known| name::same(known, asked));
            if !args.component.as_ref().is_none_or(is_asked_for) {
                continue;
            }
            list.rows.extend(file.todos.iter().map(|todo| Row { path: &file.path, todo, component }));
        }
        if let Some(state) = args.state {
            let book = list.book;
            list.rows.retain(|row| is_in(row, state, book));
        }
        list
    }

    /// Returns what the tracker said about what a TODO names.
    fn answer(&self, reference: &Reference) -> Option<&'a Answer> {
        self.book?.of_reference(&reference.kind)
    }

    /// Says how old the oldest state of an issue is that is shown.
    fn age(&self) -> String {
        let references = self.rows.iter().flat_map(|row| &row.todo.references);
        let times = references.filter_map(|reference| match self.answer(reference)? {
            Answer::Found(issue) => issue.fetched_at,
            Answer::Missing => None,
        });
        let Some(oldest) = times.min() else { return String::new() };
        format!(" Issues as of {}.", issues::ago(jiff::Timestamp::now().as_second().saturating_sub(oldest)))
    }

    /// Says how many there are.
    fn summary(&self) -> String {
        if self.rows.is_empty() {
            return format!("Found no TODO comments in {}.\n", self.root.display());
        }
        let mut files: Vec<_> = self.rows.iter().map(|row| row.path).collect();
        files.dedup();
        let bare = self.rows.iter().filter(|row| row.todo.references.is_empty()).count();
        let (todos, files) = (count(self.rows.len(), "TODO comment"), count(files.len(), "file"));
        let verb = if bare == 1 { "names" } else { "name" };
        let bare = if bare > 0 { format!("; {bare} {verb} no issue") } else { String::new() };
        format!("{todos} in {files}{bare}.{}\n", self.age())
    }
}

/// Whether a TODO is in the state that was asked for.
fn is_in(row: &Row<'_>, state: TodoState, book: Option<&IssueBook>) -> bool {
    let answers = || {
        let references = row.todo.references.iter();
        references.filter_map(|reference| match book?.of_reference(&reference.kind)? {
            Answer::Found(issue) => Some(issue.state),
            Answer::Missing => None,
        })
    };
    match state {
        TodoState::Open => answers().any(|state| state == OpenState::Open),
        TodoState::Closed => answers().any(|state| state == OpenState::Closed),
        TodoState::Unknown => answers().next().is_none(),
    }
}

/// Writes a reference as people do: `#12`, `owner/repo#12`, `PROJ-12`, or an address.
fn written(reference: &Reference) -> String {
    match &reference.kind {
        ReferenceKind::Issue(issue) => {
            format!("{}#{}", issue.repo.as_deref().unwrap_or_default(), issue.number)
        }
        ReferenceKind::Key(key) => key.to_string(),
        ReferenceKind::Url { url, .. } => url.to_string(),
    }
}

/// Writes all references of a TODO.
fn references(row: &Row<'_>) -> String {
    row.todo.references.iter().map(written).collect::<Vec<_>>().join(", ")
}

/// Writes what is known of the issues of a TODO.
fn states(list: &List<'_>, row: &Row<'_>) -> String {
    let states = row.todo.references.iter().filter_map(|reference| {
        Some(match list.answer(reference)? {
            Answer::Found(issue) => format!("{}: {}", issue.state.name(), issue.title),
            Answer::Missing => "does not exist".to_owned(),
        })
    });
    states.collect::<Vec<_>>().join("; ")
}

/// Renders one line for each: `path:line: WORD(issues) text`.
fn text(list: &List<'_>, style: &Style) -> String {
    let Style { bold, gutter, reset, .. } = style;
    let mut out = String::new();
    for row in &list.rows {
        let references = references(row);
        let references = if references.is_empty() { references } else { format!("({references})") };
        let _ = write!(out, "{gutter}{}:{}:{reset} ", escaped(row.path), row.todo.line + 1);
        let _ = write!(out, "{bold}{}{}{reset}", escaped(&row.todo.word), escaped(&references));
        if !row.todo.text.is_empty() {
            let _ = write!(out, " {}", escaped(&row.todo.text));
        }
        let states = states(list, row);
        if !states.is_empty() {
            let _ = write!(out, " {gutter}[{}]{reset}", escaped(&states));
        }
        out.push('\n');
    }
    if !list.rows.is_empty() {
        out.push('\n');
    }
    out.push_str(&list.summary());
    out
}
