//! Rehearsals of a rollback.

use expect_test::expect;
use stagegate_core::config::{deployment_definition, drill_refusal};
use stagegate_core::plan::{RunKind, StepName};
use stagegate_core::stage::Stage;
use stagegate_pipeline::runs::steps::deploy::Deploy;
use stagegate_pipeline::runs::steps::rehearse::Rehearse;
use stagegate_pipeline::runs::steps::restore::Restore;

use super::bench::{Bench, is_apart, output, shown};
use super::locally::is_apart_with_pytest;

#[test]
fn a_rollback_is_rehearsed_beside_the_environment() {
    if !is_apart_with_pytest("drills::a_rollback_is_rehearsed_beside_the_environment") {
        return;
    }
    let mut bench = Bench::new("");
    bench.lay(
        "tests/smoke/test_calc.py",
        "from src.calc import VALUE\n\n\ndef test_value():\n    assert VALUE == 1\n",
    );
    bench.trust();
    bench.git(&["init", "--quiet"]);
    bench.git(&["add", "--all"]);
    bench.git(&["commit", "--quiet", "-m", "first"]);
    let mut story = String::new();
    let mut drill = |bench: &mut Bench, id: &str| {
        bench.begin(id, RunKind::Drill);
        story += &shown(&[bench.effects(StepName::Rehearse), bench.effects(StepName::Restore)].concat());
        let done = bench.perform(StepName::Rehearse, &Rehearse).unwrap();
        // Taken up again after a kill.
        assert_eq!(bench.perform(StepName::Rehearse, &Rehearse).unwrap(), done);
        story += &format!("  {}\n", done.summary);
        bench.next_step();
        let done = bench
            .perform(StepName::Restore, &Restore)
            .unwrap_or_else(|failure| panic!("{}\n{}", bench.said(&failure), bench.journal.lines.join("\n")));
        assert_eq!(bench.perform(StepName::Restore, &Restore).unwrap(), done);
        story += &format!("  {} ({})\n", done.summary, output(&done, "smoke_tests"));
        assert!(!bench.root().join(format!(".stagegate/runs/{id}")).join("scratch").exists());
        done
    };
    // Nothing was deployed and there is one commit: it is what a rollback would bring back.
    bench.lay("src/calc/__init__.py", "VALUE = 2\n");
    let done = drill(&mut bench, "20261121-034500-aaaaaa");
    let definition = deployment_definition(&bench.workspace().root.config, Stage::Staging);
    assert_eq!(output(&done, "definition"), definition);
    assert_eq!(bench.current(), "nothing");
    // Two commits: the one before.
    bench.git(&["commit", "--quiet", "-am", "second"]);
    bench.lay("src/calc/__init__.py", "VALUE = 3\n");
    drill(&mut bench, "20261122-034500-bbbbbb");
    // A release: that is what is served.
    bench.lay("src/calc/__init__.py", "VALUE = 1\n");
    bench.begin("20261123-034500-cccccc", RunKind::Promotion);
    bench.perform(StepName::Deploy, &Deploy).unwrap();
    bench.lay("src/calc/__init__.py", "VALUE = 4\n");
    drill(&mut bench, "20261124-034500-dddddd");
    assert_eq!(bench.current(), "releases/20261123-034500-cccccc");
    expect![[r#"
        drill: .stagegate/runs/<run>/scratch/calc/releases/before of specs/calc.md, src/calc
        drill: None to Some("before")
        drill: .stagegate/runs/<run>/scratch/calc/releases/<run> of specs/calc.md, src/calc
        drill: Some("before") to Some("<run>")
        drill: Some("<run>") to Some("before")
        check the release before is there again as it was written
        smoke tests of the release before: python -m pytest -q -o cache_dir=<report folder>/cache -o junit_family=xunit1 --maxfail=0 --junitxml=<report folder>/junit.xml -p stagegate_release -o pythonpath=<release> --import-mode=append tests/smoke/test_calc.py
          before (the files of HEAD), then 20261121-034500-aaaaaa, deployed to the scratch environment
          20261121-034500-aaaaaa was undone, and before is there again (passed)
        drill: .stagegate/runs/<run>/scratch/calc/releases/before of specs/calc.md, src/calc
        drill: None to Some("before")
        drill: .stagegate/runs/<run>/scratch/calc/releases/<run> of specs/calc.md, src/calc
        drill: Some("before") to Some("<run>")
        drill: Some("<run>") to Some("before")
        check the release before is there again as it was written
        smoke tests of the release before: python -m pytest -q -o cache_dir=<report folder>/cache -o junit_family=xunit1 --maxfail=0 --junitxml=<report folder>/junit.xml -p stagegate_release -o pythonpath=<release> --import-mode=append tests/smoke/test_calc.py
          before (the files of HEAD~1), then 20261122-034500-bbbbbb, deployed to the scratch environment
          20261122-034500-bbbbbb was undone, and before is there again (passed)
        drill: .stagegate/runs/<run>/scratch/calc/releases/20261123-034500-cccccc of .stagegate/environments/staging/calc/releases/20261123-034500-cccccc
        drill: None to Some("20261123-034500-cccccc")
        drill: .stagegate/runs/<run>/scratch/calc/releases/<run> of specs/calc.md, src/calc
        drill: Some("20261123-034500-cccccc") to Some("<run>")
        drill: Some("<run>") to Some("20261123-034500-cccccc")
        check the release 20261123-034500-cccccc is there again as it was written
        smoke tests of the release before: python -m pytest -q -o cache_dir=<report folder>/cache -o junit_family=xunit1 --maxfail=0 --junitxml=<report folder>/junit.xml -p stagegate_release -o pythonpath=<release> --import-mode=append tests/smoke/test_calc.py
          20261123-034500-cccccc, then 20261124-034500-dddddd, deployed to the scratch environment
          20261124-034500-dddddd was undone, and 20261123-034500-cccccc is there again (passed)
    "#]].assert_eq(&story);
    // The index of git is as it was.
    bench.git(&["diff", "--cached", "--quiet"]);

    // One whose release before does not work proves nothing, and leaves nothing.
    bench.lay("tests/smoke/test_calc.py", "def test_value():\n    assert False\n");
    bench.begin("20261125-034500-eeeeee", RunKind::Drill);
    bench.perform(StepName::Rehearse, &Rehearse).unwrap();
    bench.next_step();
    let failure = bench.perform(StepName::Restore, &Restore).unwrap_err();
    assert!(failure.message.contains("1 of 1 smoke tests failed"), "{failure:?}");
    bench.next_step();
    bench.undo(StepName::Rehearse, &Rehearse).unwrap();
    assert!(!bench.root().join(".stagegate/runs/20261125-034500-eeeeee/scratch").exists());
}

#[test]
fn commands_rehearse_where_they_are_told() {
    if !is_apart("drills::commands_rehearse_where_they_are_told") {
        return;
    }
    let config = "environments:\n  staging:\n    deploy: [[./log.sh, deploy, '{release}']]\n    undo: [[./log.sh, undo]]\n";
    let mut bench = Bench::new(config);
    let refusal = drill_refusal(&bench.workspace().root.config, Stage::Staging).unwrap();
    let refused = format!("{}; {}", refusal.message, refusal.help);
    expect!["commands deploy to staging, and nothing says where a rollback is rehearsed; write `environments.staging.drill.deploy`, with a place of its own for rehearsals"].assert_eq(&refused);
    bench.begin("20261121-034500-aaaaaa", RunKind::Drill);
    bench.trust();
    assert_eq!(bench.perform(StepName::Rehearse, &Rehearse).unwrap_err().message, refusal.message);
    let before = deployment_definition(&bench.workspace().root.config, Stage::Staging);

    bench.lay(
        "stagegate.yaml",
        &format!(
            "{config}    drill:\n      deploy: [[./log.sh, rehearse, '{{release}}']]\n      undo: [[./log.sh, back, '{{release}}']]\n      verify: [[./log.sh, is, '{{release}}']]\n      clean: [[./log.sh, clean]]\n"
        ),
    );
    bench.script("log.sh", r#"echo "$@" >> log"#);
    bench.trust();
    assert_ne!(deployment_definition(&bench.workspace().root.config, Stage::Staging), before);
    bench.perform(StepName::Rehearse, &Rehearse).unwrap();
    bench.next_step();
    bench.perform(StepName::Restore, &Restore).unwrap();
    expect![[r#"
        rehearse before
        rehearse 20261121-034500-aaaaaa
        back before
        is before
        clean
    "#]]
    .assert_eq(&bench.text("log"));
}
