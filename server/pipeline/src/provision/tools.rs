//! Which tools are installed, in which versions.

/// The tools, in the versions that were current when they were last tried. Python 3.10 has its own version of coverage.
const TOOLS: [&str; 7] = [
    "pytest==9.2.0",
    "coverage==7.17.3; python_version >= '3.11'",
    "coverage==7.16.2; python_version < '3.11'",
    "ruff==0.17.5",
    "detect-secrets==1.5.0",
    "bandit==1.9.4",
    "radon==6.0.1",
];

/// The type checker, which is a program for node.
const PYRIGHT: &str = "pyright==1.1.414";

/// The same with a node of its own: otherwise it would fetch one from elsewhere than the package index.
const PYRIGHT_AND_NODE: &str = "pyright[nodejs]==1.1.414";

/// Returns what pip is to install, as it writes requirements.
pub(super) fn requirements(has_node: bool) -> Vec<&'static str> {
    let pyright = if has_node { PYRIGHT } else { PYRIGHT_AND_NODE };
    TOOLS.into_iter().chain([pyright]).collect()
}

/// Returns the requirements in words: `pytest 9.2.0, ...`. Of several versions the first is named.
pub(super) fn names(requirements: &[&str]) -> String {
    let mut names: Vec<(&str, &str)> = Vec::new();
    for (name, version) in requirements.iter().filter_map(|requirement| requirement.split_once("==")) {
        let version = version.split(';').next().unwrap_or(version);
        if !names.iter().any(|(known, _)| *known == name) {
            names.push((name, version));
        }
    }
    names.iter().map(|(name, version)| format!("{name} {version}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_is_pinned_and_every_tool_named_once() {
        for has_node in [false, true] {
            let requirements = requirements(has_node);
            assert!(requirements.iter().all(|requirement| requirement.contains("==")));
            let names = names(&requirements);
            let names: Vec<&str> = names.split(", ").filter_map(|name| name.split(' ').next()).collect();
            let pyright = if has_node { "pyright" } else { "pyright[nodejs]" };
            let expected = ["pytest", "coverage", "ruff", "detect-secrets", "bandit", "radon", pyright];
            assert_eq!(names, expected);
        }
    }
}
