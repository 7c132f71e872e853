//! What changed is named.

use expect_test::expect;

use super::*;

/// What is said after `mutate`.
fn named(definition_now: &Definition, mutate: impl FnOnce(&Repository)) -> String {
    let repository = Repository::new();
    let then = repository.inputs("calc", &definition());
    mutate(&repository);
    let now = repository.inputs("calc", definition_now);
    let group = |hash| then.groups.iter().find(|group| group.hash == hash).map(|group| Group::clone(group));
    changed(&then.manifest, &now, group).join("\n")
}

#[test]
fn what_changed_is_named() {
    let check = |mutate: fn(&Repository), expected: expect_test::Expect| {
        expected.assert_eq(&named(&definition(), mutate));
    };
    check(|_| {}, expect![""]);
    check(
        |repository| {
            repository.lay("src/components/calc/core.py", "x");
            repository.lay("tests/helpers.py", "x");
            repository.lay("src/components/util/new.py", "");
            fs::remove_file(repository.at("uv.lock")).unwrap();
        },
        expect![[r#"
            src/components/calc/core.py
            src/components/calc/link.py
            src/components/util/new.py (new)
            tests/helpers.py
            uv.lock (gone)"#]],
    );
    check(|repository| repository.lay("local/data.csv", "2"), expect!["local/data.csv"]);
    check(
        |repository| (0..30).for_each(|at| repository.lay(&format!("src/components/calc/{at:02}.py"), "")),
        expect![[r#"
            src/components/calc/00.py (new)
            src/components/calc/01.py (new)
            src/components/calc/02.py (new)
            src/components/calc/03.py (new)
            src/components/calc/04.py (new)
            src/components/calc/05.py (new)
            src/components/calc/06.py (new)
            src/components/calc/07.py (new)
            src/components/calc/08.py (new)
            src/components/calc/09.py (new)
            src/components/calc/10.py (new)
            src/components/calc/11.py (new)
            src/components/calc/12.py (new)
            src/components/calc/13.py (new)
            src/components/calc/14.py (new)
            src/components/calc/15.py (new)
            src/components/calc/16.py (new)
            src/components/calc/17.py (new)
            src/components/calc/18.py (new)
            src/components/calc/19.py (new)
            and 10 more"#]],
    );
    // Files that counted for everybody are now of a component that `calc` does not need.
    check(
        |repository| repository.lay("specs/shared.md", "# shared\n\n**Component ID:** shared\n"),
        expect!["src/shared/tools.py (gone)"],
    );
}

#[test]
fn the_gate_and_its_tools_are_named() {
    let check = |change: fn(&mut Definition), expected: expect_test::Expect| {
        let mut now = definition();
        change(&mut now);
        expected.assert_eq(&named(&now, |_| {}));
    };
    check(|now| now.text.push('x'), expect!["the definition of the gate"]);
    check(|now| now.tool = "pytest 8.4\ncoverage 7.7".to_owned(), expect!["the version of coverage"]);
    check(|now| now.tool = "pytest 8.4\ncoverage 7.6\nxdist 3".to_owned(), expect!["the version of xdist"]);
    check(
        |now| now.tool = String::new(),
        expect![[r#"
        the version of pytest
        the version of coverage"#]],
    );
    check(
        |now| now.inputs.clear(),
        expect![[r#"
        the definition of the gate
        local/data.csv (gone)"#]],
    );
}

#[test]
fn files_that_were_forgotten_are_said_to_be() {
    let repository = Repository::new();
    let then = repository.inputs("calc", &definition());
    repository.lay("tests/helpers.py", "x");
    let now = repository.inputs("calc", &definition());
    expect!["files that are not known any more"]
        .assert_eq(&changed(&then.manifest, &now, |_| None).join("\n"));
}
