use super::super::*;
use super::{apply, promotion};
use crate::fixture::Fixture;

fn check_python(text: &str, expected: &str) {
    let fixture =
        Fixture::new(&format!("//- specs/a.md\n# A\n**Component Name:** a\n//- src/a/__init__.py\n{text}"));
    let (changes, _) = apply(&fixture, &promotion("a", Stage::Staging));
    let after = changes.files.first().and_then(|change| change.after.as_deref()).unwrap_or(text);
    assert_eq!(after, expected, "{:?}", changes.notes);
}

#[test]
fn maturity_is_added_where_people_look_for_it() {
    for (text, expected) in [
        ("", "__maturity__ = \"staging\"\n"),
        ("# only a comment\n", "# only a comment\n\n__maturity__ = \"staging\"\n"),
        ("\"\"\"Doc.\"\"\"\n", "\"\"\"Doc.\"\"\"\n\n__maturity__ = \"staging\"\n"),
        ("\"\"\"Doc.\"\"\"", "\"\"\"Doc.\"\"\"\n\n__maturity__ = \"staging\""),
        ("\"\"\"Doc.\"\"\"\n\nimport os\n", "\"\"\"Doc.\"\"\"\n\n__maturity__ = \"staging\"\n\nimport os\n"),
        (
            "\"\"\"Doc.\"\"\"\r\nfrom __future__ import annotations\r\nimport os\r\n",
            "\"\"\"Doc.\"\"\"\r\nfrom __future__ import annotations\r\n\r\n__maturity__ = \"staging\"\r\n\r\nimport os\r\n",
        ),
        (
            "import os\n__version__ = '1.0' # here\n__all__ = []\n",
            "import os\n__version__ = '1.0' # here\n__maturity__ = 'staging'\n__all__ = []\n",
        ),
        ("import os", "__maturity__ = \"staging\"\n\nimport os"),
        ("\u{feff}import os\n", "\u{feff}__maturity__ = \"staging\"\n\nimport os\n"),
        ("__maturity__ = f'{x}'\n", "__maturity__ = f'{x}'\n"),
        ("x = (\n", "x = (\n"),
        (
            "def f():\n    __version__ = '1'\n",
            "__maturity__ = \"staging\"\n\ndef f():\n    __version__ = '1'\n",
        ),
    ] {
        check_python(text, expected);
    }
}

#[test]
fn maturity_is_replaced_in_its_quotes() {
    for (text, expected) in [
        ("__maturity__ = 'development'", "__maturity__ = 'staging'"),
        ("__maturity__: str = r\"dev\" # x\r\n", "__maturity__: str = r\"staging\" # x\r\n"),
        ("__maturity__ = ''\n", "__maturity__ = 'staging'\n"),
        ("__maturity__ = 'Development (beta)'\n", "__maturity__ = 'Staging'\n"),
        ("__maturity__ = 'staging'\n", "__maturity__ = 'staging'\n"),
    ] {
        check_python(text, expected);
    }
}

#[test]
fn of_a_docstring_only_the_lines_that_are_there() {
    for (text, expected) in [
        (
            "'''A.\r\n\r\nMaturity Stage: Development\r\nCoverage: XX%\r\nLast Updated: never\r\n'''\r\n__maturity__ = 'dev'\r\n",
            "'''A.\r\n\r\nMaturity Stage: Staging\r\nCoverage: 81.4%\r\nLast Updated: 2026-11-21\r\n'''\r\n__maturity__ = 'staging'\r\n",
        ),
        (
            "'''Maturity Stage: {target_stage}'''\n__maturity__ = 'dev'\n",
            "'''Maturity Stage: Staging'''\n__maturity__ = 'staging'\n",
        ),
        (
            "'''A.\n\nCoverage: of what counts\n'''\n__maturity__ = 'dev'\n",
            "'''A.\n\nCoverage: of what counts\n'''\n__maturity__ = 'staging'\n",
        ),
        (
            "x = '''\nMaturity Stage: Development\n'''\n__maturity__ = 'dev'\n",
            "x = '''\nMaturity Stage: Development\n'''\n__maturity__ = 'staging'\n",
        ),
    ] {
        check_python(text, expected);
    }
}
