//! Reads a page as a browser does.

use std::collections::HashSet;
use std::rc::Rc;

use base64::Engine as _;
use html5ever::tendril::TendrilSink as _;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use sha2::{Digest as _, Sha256};

/// Elements that end a line of text.
const BLOCKS: [&str; 22] = [
    "p",
    "div",
    "section",
    "header",
    "h1",
    "h2",
    "h3",
    "tr",
    "li",
    "dt",
    "dd",
    "figure",
    "figcaption",
    "table",
    "thead",
    "tbody",
    "ul",
    "ol",
    "dl",
    "details",
    "summary",
    "pre",
];
/// Elements without an end.
const VOID: [&str; 3] = ["meta", "br", "hr"];

pub(crate) struct Page {
    dom: RcDom,
    source: String,
    pub(crate) errors: Vec<String>,
}

struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    node: Handle,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Page {
    pub(crate) fn read(source: &str) -> Page {
        let mut options = ParseOpts::default();
        options.tokenizer.exact_errors = true;
        options.tree_builder.exact_errors = true;
        let dom = parse_document(RcDom::default(), options).one(source);
        let errors = dom.errors.borrow().iter().map(ToString::to_string).collect();
        Page { dom, source: source.to_owned(), errors }
    }

    fn elements(&self) -> Vec<Element> {
        let mut all = Vec::new();
        visit(&self.dom.document, &mut |node| all.extend(element(node)));
        all
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        self.elements().iter().filter(|element| element.name == name).count()
    }

    /// Elements that are opened more often than they are closed.
    pub(crate) fn unclosed(&self) -> Vec<String> {
        let names: HashSet<String> = self.elements().into_iter().map(|element| element.name).collect();
        let body = self.source.split("</style>").nth(1).unwrap_or_default();
        let opened = |name: &str| {
            [' ', '>', '/', '\n']
                .into_iter()
                .map(|after| body.matches(&format!("<{name}{after}")).count())
                .sum::<usize>()
        };
        let closed = |name: &str| body.matches(&format!("</{name}>")).count();
        let own = |name: &str| {
            self.elements().iter().filter(|element| element.name == name && is_empty_svg(element)).count()
        };
        let mut wrong: Vec<String> = names
            .into_iter()
            .filter(|name| {
                !VOID.contains(&name.as_str()) && !["html", "head", "style", "title"].contains(&name.as_str())
            })
            .filter(|name| opened(name) != closed(name) && opened(name) != closed(name) + own(name))
            .map(|name| format!("{name}: {} opened, {} closed", opened(&name), closed(&name)))
            .filter(|wrong| !wrong.starts_with("body: 1 opened, 1"))
            .collect();
        wrong.sort();
        wrong
    }

    pub(crate) fn duplicate_ids(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        let ids =
            self.elements().into_iter().filter_map(|element| element.attribute("id").map(str::to_owned));
        ids.filter(|id| !seen.insert(id.clone())).collect()
    }

    /// References to elements of the page that are not there.
    pub(crate) fn dangling_references(&self) -> Vec<String> {
        let elements = self.elements();
        let ids: HashSet<&str> = elements.iter().filter_map(|element| element.attribute("id")).collect();
        let labels = elements.iter().filter_map(|element| element.attribute("aria-labelledby"));
        let links = elements.iter().filter_map(|element| element.attribute("href")?.strip_prefix('#'));
        let all = labels.flat_map(str::split_whitespace).chain(links);
        all.filter(|id| !ids.contains(id)).map(str::to_owned).collect()
    }

    /// Pictures that are neither named nor hidden.
    pub(crate) fn unnamed_pictures(&self) -> usize {
        let is_named = |element: &Element| {
            ["aria-label", "aria-labelledby", "aria-hidden"]
                .iter()
                .any(|name| element.attribute(name).is_some())
        };
        let pictures = self
            .elements()
            .into_iter()
            .filter(|element| element.name == "svg" || element.attribute("role") == Some("img"));
        pictures.filter(|element| !is_named(element)).count()
    }

    /// Attributes that could run something.
    pub(crate) fn handlers(&self) -> Vec<String> {
        let attributes = self.elements().into_iter().flat_map(|element| element.attributes);
        attributes.map(|(name, _)| name).filter(|name| name.starts_with("on") || name == "style").collect()
    }

    pub(crate) fn policy(&self) -> String {
        let elements = self.elements();
        let policy = elements
            .iter()
            .find(|element| element.attribute("http-equiv") == Some("Content-Security-Policy"));
        policy.and_then(|element| element.attribute("content")).unwrap_or_default().to_owned()
    }

    /// As the policy has to name the style sheet.
    pub(crate) fn hash_of_style(&self) -> String {
        let elements = self.elements();
        let style = elements.iter().find(|element| element.name == "style").expect("there is a style sheet");
        let mut text = String::new();
        visit(&style.node, &mut |node| {
            if let NodeData::Text { contents } = &node.data {
                text.push_str(&contents.borrow());
            }
        });
        let hash = Sha256::digest(text.as_bytes());
        format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(hash))
    }

    /// The text of the page as it is read.
    pub(crate) fn text(&self) -> String {
        let body = self.elements().into_iter().find(|element| element.name == "body");
        body.map(|body| text(&body.node)).unwrap_or_default()
    }

    /// The text of the part that is named so: by its id, by the id of its title, or by its label.
    pub(crate) fn section(&self, name: &str) -> String {
        let is_named = |element: &Element| {
            ["id", "aria-labelledby", "aria-label"].iter().any(|key| element.attribute(key) == Some(name))
                && element.name != "h2"
        };
        let part = self.elements().into_iter().find(is_named);
        text(&part.unwrap_or_else(|| panic!("the page has no part {name}")).node)
    }
}

fn is_empty_svg(element: &Element) -> bool {
    ["rect", "path", "line", "polyline"].contains(&element.name.as_str())
}

fn element(node: &Handle) -> Option<Element> {
    let NodeData::Element { name, attrs, .. } = &node.data else { return None };
    let attributes =
        attrs.borrow().iter().map(|at| (at.name.local.to_string(), at.value.to_string())).collect();
    Some(Element { name: name.local.to_string(), attributes, node: Rc::clone(node) })
}

fn visit(node: &Handle, f: &mut dyn FnMut(&Handle)) {
    f(node);
    for child in node.children.borrow().iter() {
        visit(child, f);
    }
}

/// Writes blocks as lines, and cells of tables with a bar between them.
fn text(node: &Handle) -> String {
    let mut out = String::new();
    write(node, &mut out);
    let lines =
        out.lines().map(|line| line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
    lines
        .map(|line| line.trim_end_matches([' ', '|']).to_owned())
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn write(node: &Handle, out: &mut String) {
    match &node.data {
        NodeData::Text { contents } => out.push_str(&contents.borrow().replace('\n', " ")),
        NodeData::Element { .. } | NodeData::Document => {
            let name = element(node).map(|element| element.name).unwrap_or_default();
            if name == "style" || name == "title" || name == "desc" {
                return;
            }
            let is_block = BLOCKS.contains(&name.as_str());
            if is_block {
                out.push('\n');
            }
            for child in node.children.borrow().iter() {
                write(child, out);
            }
            match name.as_str() {
                "td" | "th" => out.push_str(" | "),
                "span" | "time" | "code" => out.push(' '),
                _ if is_block => out.push('\n'),
                _ => {}
            }
        }
        _ => {}
    }
}
