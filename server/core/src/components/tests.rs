//! The graph against slow references.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::component::{Dependency, SectionKind, Stated};
use crate::fixture::Fixture;
use crate::text::range;

/// A spec that depends on components by number: whether each is required.
fn spec(name: usize, stage: Option<Stage>, dependencies: &[(usize, bool)]) -> FileFacts {
    let name: Arc<str> = format!("c{name:04}").into();
    let stated = |stage: Stage| Stated {
        text: stage.name().into(),
        range: range(1, 2),
        stage: Some(stage),
        placeholder: false,
    };
    let dependencies = dependencies.iter().map(|(to, required)| {
        let to = format!("c{to:04}");
        Dependency {
            name: to.as_str().into(),
            canonical: to.into(),
            name_range: range(3, 4),
            stage: None,
            required: *required,
        }
    });
    let facts = Facts {
        kind: FactsKind::Spec,
        component: Arc::clone(&name),
        canonical: Arc::clone(&name),
        name_range: None,
        headline: range(0, 1),
        stage: stage.map(stated),
        target: None,
        dependencies: dependencies.collect(),
        unread: Vec::new(),
        reported_coverage: None,
        coverage_targets: Vec::new(),
        criteria: Vec::new(),
        approvals: (0, 0),
        sign_offs: Vec::new(),
        missing_sections: Vec::new(),
        mistakes: Vec::new(),
        api: ApiDocs::default(),
    };
    FileFacts { path: format!("specs/{name}.md").into(), facts: facts.into() }
}

fn components(files: Vec<FileFacts>) -> Components {
    Components::build(files, Arc::default())
}

/// Everything that is needed from `from` on, itself included, where nothing leads through `without`.
fn needed(components: &Components, from: Id, without: Option<Id>) -> BTreeSet<Id> {
    let mut found: BTreeSet<Id> = without.into_iter().collect();
    let mut open: Vec<Id> = Some(from).filter(|from| found.insert(*from)).into_iter().collect();
    while let Some(node) = open.pop() {
        for edge in components.get(node).dependencies.iter().filter(|edge| edge.required) {
            if let Some(to) = edge.to.filter(|to| found.insert(*to)) {
                open.push(to);
            }
        }
    }
    if let Some(without) = without {
        found.remove(&without);
    }
    found
}

/// What DESIGN.md section 3 says, in other words than the graph's.
fn is_below(stage: Option<Stage>, target: Stage) -> bool {
    let enough: &[Stage] = match target {
        Stage::Experimental | Stage::Deprecated => return false,
        Stage::Development => &[Stage::Development, Stage::Staging, Stage::Production],
        Stage::Staging => &[Stage::Staging, Stage::Production],
        Stage::Production => &[Stage::Production],
    };
    !stage.is_some_and(|stage| enough.contains(&stage))
}

fn check_weak_links(components: &Components) -> Result<(), TestCaseError> {
    for (id, _) in components.iter() {
        let needed = needed(components, id, None);
        for target in Stage::ALL {
            let found = components.weak_link(id, target);
            check_weak_link(components, id, &needed, target, found)?;
        }
    }
    Ok(())
}

/// What is weak behind the dependencies of every component, or of some: not through the component itself.
fn check_behind(components: &Components, every: usize) -> Result<(), TestCaseError> {
    for (own, component) in components.iter().step_by(every) {
        for to in component.dependencies.iter().filter_map(|edge| edge.to) {
            let needed = needed(components, to, Some(own));
            for target in Stage::ALL {
                let behind = components.behind(own, target);
                let found = behind.as_ref().and_then(|behind| behind.weak_link(to));
                let end = found.as_ref().map(|link| *link.chain.last().unwrap());
                prop_assert_eq!(behind.and_then(|behind| behind.weakest(to)), end);
                prop_assert!(!found.iter().any(|link| link.chain.contains(&own)));
                check_weak_link(components, to, &needed, target, found)?;
            }
        }
    }
    Ok(())
}

fn check_weak_link(
    components: &Components,
    id: Id,
    needed: &BTreeSet<Id>,
    target: Stage,
    found: Option<WeakLink>,
) -> Result<(), TestCaseError> {
    let expected = needed.iter().any(|id| is_below(components.get(*id).stage, target));
    prop_assert_eq!(found.is_some(), expected, "{:?} to {:?}: {:?}", id, target, found);
    let Some(WeakLink { chain, stage }) = found else { return Ok(()) };
    prop_assert_eq!(chain[0], id);
    for pair in chain.windows(2) {
        let edges = &components.get(pair[0]).dependencies;
        prop_assert!(edges.iter().any(|edge| edge.required && edge.to == Some(pair[1])), "{:?}", chain);
    }
    let (last, before) = chain.split_last().unwrap();
    prop_assert!(is_below(components.get(*last).stage, target));
    prop_assert_eq!(components.get(*last).stage, stage);
    prop_assert!(before.iter().all(|id| !is_below(components.get(*id).stage, target)));
    Ok(())
}

/// Which components can be reached from each, in one step or more.
fn reached(components: &Components) -> Vec<Vec<bool>> {
    let from = |id: Id| {
        let mut found = vec![false; components.len()];
        let mut open = vec![id];
        while let Some(node) = open.pop() {
            for to in components.get(node).dependencies.iter().filter_map(|edge| edge.to) {
                if !std::mem::replace(&mut found[to.index()], true) {
                    open.push(to);
                }
            }
        }
        found
    };
    components.iter().map(|(id, _)| from(id)).collect()
}

fn check_cycles(components: &Components) -> Result<(), TestCaseError> {
    let reached = reached(components);
    let groups: BTreeSet<Vec<usize>> = (0..components.len())
        .filter(|node| reached[*node][*node])
        .map(|node| {
            (0..components.len()).filter(|other| reached[node][*other] && reached[*other][node]).collect()
        })
        .collect();
    prop_assert_eq!(components.cycles().len(), groups.len());
    let mut seen = BTreeSet::new();
    for cycle in components.cycles() {
        let next = cycle.iter().skip(1).chain(cycle.first());
        for (from, to) in cycle.iter().zip(next) {
            prop_assert!(
                components.get(*from).dependencies.iter().any(|edge| edge.to == Some(*to)),
                "{:?}",
                cycle
            );
        }
        let distinct: BTreeSet<_> = cycle.iter().collect();
        prop_assert_eq!(distinct.len(), cycle.len());
        let group = groups.iter().find(|group| group.contains(&cycle[0].index())).unwrap();
        prop_assert!(cycle.iter().all(|id| group.contains(&id.index())), "{:?}", cycle);
        prop_assert_eq!(group[0], cycle[0].index());
        let members = |at: &Id| components.in_one_circle(cycle[0], *at);
        let same: Vec<_> = components.iter().map(|(id, _)| id).filter(members).map(Id::index).collect();
        prop_assert_eq!(&same, group);
        prop_assert!(seen.insert(group.clone()));
    }
    Ok(())
}

fn stage() -> impl Strategy<Value = Option<Stage>> {
    // The higher ones more often, or every chain breaks at once.
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(Stage::Deprecated)),
        1 => Just(Some(Stage::Experimental)),
        4 => Just(Some(Stage::Development)),
        10 => Just(Some(Stage::Staging)),
        40 => Just(Some(Stage::Production)),
    ]
}

fn graph(size: usize, edges: usize) -> impl Strategy<Value = Components> {
    let node = (stage(), prop::collection::vec((0..size + size / 50, any::<bool>()), 0..edges));
    prop::collection::vec(node, size).prop_map(|nodes| {
        let files = nodes.iter().enumerate().map(|(at, (stage, edges))| spec(at, *stage, edges));
        components(files.collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, max_shrink_iters: 20, ..ProptestConfig::default() })]

    /// The acceptance of issue 3: a thousand components, sparse and dense.
    #[test]
    fn a_thousand_components_are_as_a_slow_search_sees_them(sparse in graph(1000, 3), dense in graph(1000, 7)) {
        for components in [sparse, dense] {
            check_weak_links(&components)?;
            check_behind(&components, 20)?;
            check_cycles(&components)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn few_components_are_as_a_slow_search_sees_them(components in graph(7, 4)) {
        check_weak_links(&components)?;
        check_behind(&components, 1)?;
        check_cycles(&components)?;
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the test looks at the clock; the crate itself does not")]
fn chains_and_circles_of_five_thousand_do_not_reach_the_end_of_the_stack() {
    const COUNT: usize = 5000;
    let start = Instant::now();
    let chain = |last: &[(usize, bool)]| {
        let stage = |at| if at == COUNT - 1 { Stage::Development } else { Stage::Production };
        let node = |at| spec(at, Some(stage(at)), if at == COUNT - 1 { last } else { &[] });
        let mut files: Vec<_> =
            (0..COUNT - 1).map(|at| spec(at, Some(stage(at)), &[(at + 1, true)])).collect();
        files.push(node(COUNT - 1));
        components(files)
    };
    let (open, closed) = (chain(&[]), chain(&[(0, true)]));
    let first = open.find("c0000").unwrap();
    assert_eq!(open.weak_link(first, Stage::Staging).unwrap().chain.len(), COUNT);
    assert_eq!(open.weak_link(first, Stage::Development), None);
    assert!(open.cycles().is_empty());
    assert_eq!(closed.cycles().len(), 1);
    assert_eq!(closed.cycles()[0].len(), COUNT);
    assert_eq!(closed.weak_link(first, Stage::Staging).unwrap().chain.len(), COUNT);
    // The last one, who depends on it, and the first, which reports the circle.
    assert_eq!(affected(&open, &closed).len(), 3);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn a_component_is_joined_from_its_files_and_its_folder() {
    let fixture = Fixture::new(
        "\
//- specs/price-list.md
**Component Name:** price-list
**Status:** Development
**Target Stage:** staging
## Dependencies
### Required Components
- `rates` (staging)
- `utils` (staging)
- `nothing` (staging)
//- src/price_list/MATURITY.md
**Current Stage**: Staging
**Dependencies**:
- Rates (Current Stage: Staging)
- Price List (Current Stage: Staging)
//- src/price_list/__init__.py
__maturity__ = \"production\"
//- src/rates/__init__.py
__maturity__ = \"staging\"
//- src/utils/a.py
",
    );
    let components = fixture.components();
    let mut out = String::new();
    for (_, component) in components.iter() {
        let edges: Vec<_> = component
            .dependencies
            .iter()
            .map(|edge| format!("{}{}", edge.name, if edge.to.is_some() { "" } else { "?" }))
            .collect();
        out += &format!("{} {:?} {edges:?}\n", component.name, component.stage);
    }
    expect![[r#"
        price_list Some(Staging) ["rates", "utils", "nothing?", "price_list"]
        rates Some(Staging) []
        utils None []
    "#]]
    .assert_eq(&out);
    let id = components.find("Price List").unwrap();
    assert_eq!(components.cycle_from(id), Some(&[id][..]));
    assert_eq!(components.weak_link(id, Stage::Staging).unwrap().chain.len(), 2, "`utils` states no stage");
    assert_eq!(components.get(id).place_of_dependency("rates").unwrap().0.as_ref(), "specs/price-list.md");
}

/// A small workspace as text.
#[derive(Clone, Debug)]
struct Small {
    /// Of each component: stage of the MATURITY file, of the code and of the spec, target, dependencies.
    nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
struct Node {
    maturity: Option<Stage>,
    code: Option<Stage>,
    spec: Option<(Option<Stage>, Option<Stage>)>,
    dependencies: Vec<(usize, bool, Option<Stage>)>,
    has_tests: bool,
    /// Lines that shift everything.
    blank: usize,
}

const NAMES: [&str; 6] = ["alpha", "beta", "delta", "gamma", "omega", "alpah"];

fn node() -> impl Strategy<Value = Node> {
    let stage = || prop::option::weighted(0.8, (0usize..5).prop_map(|at| Stage::ALL[at]));
    let dependency = (0..NAMES.len(), any::<bool>(), stage());
    (
        stage(),
        stage(),
        prop::option::weighted(0.8, (stage(), stage())),
        prop::collection::vec(dependency, 0..4),
        any::<bool>(),
        0usize..2,
    )
        .prop_map(|(maturity, code, spec, dependencies, has_tests, blank)| Node {
            maturity,
            code,
            spec,
            dependencies,
            has_tests,
            blank,
        })
}

impl Small {
    fn text(&self) -> String {
        let mut out = String::new();
        for (node, name) in self.nodes.iter().zip(NAMES) {
            let lines = "\n".repeat(node.blank);
            let list: String = node
                .dependencies
                .iter()
                .map(|(to, required, stage)| {
                    let list = if *required { "Required" } else { "Optional" };
                    let stage = stage.map_or(String::new(), |stage| format!(" ({stage})"));
                    format!("### {list} Components\n- `{}`{stage}\n", NAMES[*to])
                })
                .collect();
            if let Some((stage, target)) = node.spec {
                let status = stage.map_or(String::new(), |stage| format!("**Status:** {stage}\n"));
                let target = target.map_or(String::new(), |stage| format!("**Target Stage:** {stage}\n"));
                out += &format!(
                    "//- specs/{name}.md\n{lines}# {name}\n\n**Component Name:** {name}\n{status}{target}\n## Dependencies\n{list}"
                );
            }
            if let Some(stage) = node.maturity {
                out +=
                    &format!("//- src/{name}/MATURITY.md\n{lines}# {name}\n\n**Current Stage**: {stage}\n");
                if node.spec.is_none() {
                    out += &format!("**Target Stage**: production\n\n## Dependencies\n{list}");
                }
            }
            if let Some(stage) = node.code {
                out += &format!("//- src/{name}/__init__.py\n{lines}__maturity__ = '{stage}'\n");
            }
            if node.has_tests {
                out += &format!("//- tests/test_{name}.py\n");
            }
        }
        out + "//- stagegate.yaml\n{}\n"
    }
}

fn small() -> impl Strategy<Value = (Small, Small)> {
    let nodes = prop::collection::vec(node(), 1..NAMES.len());
    (nodes, prop::collection::vec((0..NAMES.len(), 0usize..7, node()), 1..3)).prop_map(|(nodes, changes)| {
        let old = Small { nodes };
        let mut new = old.clone();
        for (at, what, other) in changes {
            if new.nodes.len() <= at {
                new.nodes.push(other);
                continue;
            }
            let node = &mut new.nodes[at];
            match what {
                0 => node.maturity = other.maturity,
                1 => node.code = other.code,
                2 => node.spec = other.spec,
                3 => node.dependencies = other.dependencies,
                4 => node.blank = 1 - node.blank,
                5 => node.has_tests = !node.has_tests,
                _ => *node = other,
            }
        }
        (old, new)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    /// Every file whose findings differ is named, but for those whose text changed.
    #[test]
    fn no_file_is_forgotten((old, new) in small()) {
        let (old, new) = (Fixture::new(&old.text()), Fixture::new(&new.text()));
        let affected = affected(old.components(), new.components());
        for (path, text) in &new.files {
            let before = old.files.iter().find(|(known, _)| known == path);
            if before.is_none_or(|(_, before)| before != text) || affected.iter().any(|known| **known == **path) {
                continue;
            }
            prop_assert_eq!(old.render_file(path, "*"), new.render_file(path, "*"), "{}", path);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    /// Where one file says something else, the components made of those before are those that are built anew.
    #[test]
    fn what_is_shared_is_what_would_be_built((old, new) in small()) {
        let (old, new) = (Fixture::new(&old.text()), Fixture::new(&new.text()));
        let files = |of: &Fixture| -> Vec<FileFacts> {
            let files = of.components().iter().flat_map(|(_, component)| component.files().cloned());
            files.collect()
        };
        let mut known = files(&old);
        let mut shared = Components::build(known.clone(), Arc::clone(&old.components().layout));
        for file in files(&new) {
            let Some(at) = known.iter().position(|known| known.path == file.path) else { continue };
            let Some(next) = shared.with(&file) else { continue };
            known[at] = file;
            let built = Components::build(known.clone(), Arc::clone(&shared.layout));
            prop_assert_eq!(format!("{next:?}"), format!("{built:?}"));
            prop_assert_eq!(affected(&shared, &next), affected(&shared, &built));
            shared = next;
        }
    }
}

#[test]
fn a_change_of_one_stage_affects_few_files() {
    let stage = |at: usize| if at == 2500 { Stage::Development } else { Stage::Staging };
    let files = |changed: Option<Stage>| {
        let node = |at: usize| {
            let stage = changed.filter(|_| at == 2500).unwrap_or(stage(at));
            spec(at, Some(stage), &[(at * 7 % 5000, true), (at * 11 % 5000, false), (at * 13 % 5000, true)])
        };
        components((0..5000).map(node).collect())
    };
    let (old, new) = (files(None), files(Some(Stage::Staging)));
    let affected = affected(&old, &new);
    assert!(affected.len() <= 4, "{affected:?}");
    assert!(super::affected(&old, &files(None)).is_empty());
}

#[test]
fn a_circle_is_reported_anew_where_a_far_member_moves() {
    let text = |lines: &str| {
        let spec = |name: &str, to: &str, lines: &str| {
            format!(
                "//- specs/{name}.md\n{lines}**Component Name:** {name}\n## Required Components\n- `{to}`\n"
            )
        };
        spec("a", "b", "") + &spec("b", "c", "") + &spec("c", "d", lines) + &spec("d", "a", "")
    };
    let (old, new) = (Fixture::new(&text("")), Fixture::new(&text("\n")));
    let affected = affected(old.components(), new.components());
    assert_eq!(
        affected.iter().map(|path| &**path).collect::<Vec<_>>(),
        ["specs/a.md", "specs/b.md", "specs/c.md"]
    );
}

#[test]
fn a_change_behind_a_circle_reaches_who_looks_around_it() {
    let text = |stage: &str| {
        let spec = |name: &str, stage: &str, needs: &str| {
            format!(
                "//- specs/{name}.md\n**Component Name:** {name}\n**Status:** {stage}\n**Target Stage:** staging\n## Required Components\n{needs}"
            )
        };
        spec("a", "Development", "- `b`\n")
            + &spec("b", "Staging", "- `a`\n- `c`\n")
            + &spec("c", "Staging", "- `d`\n")
            + &spec("d", stage, "")
    };
    let (old, new) = (Fixture::new(&text("Development")), Fixture::new(&text("Staging")));
    assert_ne!(old.render_file("specs/a.md", "*"), new.render_file("specs/a.md", "*"));
    let affected = affected(old.components(), new.components());
    assert!(affected.iter().any(|path| &**path == "specs/a.md"), "{affected:?}");
}

/// What a finding or a page shows has to be told when it changes.
#[test]
fn facts_that_differ_in_one_field_do_not_say_the_same() {
    let facts = Facts::clone(&spec(1, Some(Stage::Staging), &[(2, true)]).facts);
    let stated = facts.stage.clone();
    type Change<'a> = (&'a str, &'a dyn Fn(&mut Facts));
    let changes: [Change<'_>; 11] = [
        ("kind", &|facts| facts.kind = FactsKind::Maturity),
        ("component", &|facts| facts.component = "C0001".into()),
        ("stage", &|facts| facts.stage = None),
        ("target", &|facts| facts.target.clone_from(&stated)),
        ("dependencies", &|facts| facts.dependencies[0].required = false),
        ("reported_coverage", &|facts| facts.reported_coverage = Some(70.0)),
        ("coverage_targets", &|facts| facts.coverage_targets.push((Stage::Staging, 75.0))),
        ("criteria", &|facts| facts.criteria.push((None, 1, 2))),
        ("approvals", &|facts| facts.approvals = (1, 2)),
        ("sign-offs", &|facts| facts.sign_offs = vec![sign_off()]),
        ("missing_sections", &|facts| facts.missing_sections.push(SectionKind::Overview)),
    ];
    for (field, change) in changes {
        let mut other = facts.clone();
        assert!(facts.says_the_same(&other));
        change(&mut other);
        assert!(!facts.says_the_same(&other), "{field}");
    }
    let moved = Facts { headline: range(7, 9), name_range: Some(range(7, 9)), ..facts.clone() };
    assert!(facts.says_the_same(&moved));
}

#[test]
fn what_is_weak_for_the_next_stage_counts_also_where_the_target_is_higher() {
    // Without any evidence rules about gates are silent.
    const EVIDENCE: &str = r#"{"evidence": [{"gate": "lint", "component": "z", "origin": "run", "started_ms": 0, "ended_ms": 0,
        "observed": {"Ok": {"kind": "issues", "count": 0}}}]}"#;
    // `a` is on its way to production, by way of staging; what `b` needs moves from development to staging.
    let text = |stage: &str| {
        format!(
            "//- specs/a.md\n# A\n**Component Name:** a\n**Status:** Development\n**Target Stage:** production\n## Dependencies\n### Required Components\n- `b` (staging)\n\
             //- specs/b.md\n# B\n**Component Name:** b\n**Status:** Staging\n## Dependencies\n### Required Components\n- `c` (staging)\n\
             //- specs/c.md\n# C\n**Component Name:** c\n**Status:** {stage}\n//- .stagegate/evidence.json\n{EVIDENCE}\n"
        )
    };
    let (before, after) = (Fixture::new(&text("Development")), Fixture::new(&text("Staging")));
    let found = |fixture: &Fixture| fixture.render_file("specs/a.md", "gate/dependencies-not-met");
    assert!(found(&before).contains("`c` is in development"), "{}", found(&before));
    assert_eq!(found(&after), "");
    let paths = affected(before.components(), after.components());
    assert!(paths.iter().any(|path| &**path == "specs/a.md"), "{paths:?}");
}

/// A line that can be signed off.
fn sign_off() -> crate::sign_off::Item {
    let line = crate::sign_off::Line::read("Security review", true);
    let (key, range) = ("security".into(), range(0, 0));
    crate::sign_off::Item { line, key, stage: None, range, ticked: false, is_approval: true, has_gate: false }
}
