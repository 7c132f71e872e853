use expect_test::{Expect, expect};

use super::super::*;
use super::{apply, check_promotion, promotion};
use crate::fixture::Fixture;

fn check_history(history: &str, expected: &Expect) {
    let fixture = Fixture::new(&format!(
        "//- src/a/MATURITY.md\n**Current Stage**: Staging\n**Last Updated**: 2026-11-21\n\n{history}//- src/a/a.py\nx = 1\n"
    ));
    let (changes, after) = apply(&fixture, &promotion("a", Stage::Staging));
    let text = after.text("src/a/MATURITY.md");
    expected.assert_eq(text.split_once("\n\n").unwrap().1);
    assert_eq!(apply(&after, &promotion("a", Stage::Staging)).0.files, [], "{changes:?}");
}

#[test]
fn the_history_goes_on_in_its_own_style() {
    check_history(
        "## Promotion History\n\n### Promotions\n\n- 2026-01-02 - Promoted to Experimental\n- 2026-02-03 - Promoted to Development\n  - with care\n  still\n\n    more\n\nWords.\n### Demotions\n- None\n",
        &expect![[r#"
            ## Promotion History

            ### Promotions

            - 2026-01-02 - Promoted to Experimental
            - 2026-02-03 - Promoted to Development
              - with care
              still

                more
            - 2026-11-21 - Promoted to Staging

            Words.
            ### Demotions
            - None
        "#]],
    );
    check_history(
        "## Promotion History\n\n* **2026/02/03:** Promoted to Development (#3)\n* **2026/01/02:** created\n\n---\n",
        &expect![[r#"
            ## Promotion History

            * **2026/11/21:** Promoted to Staging
            * **2026/02/03:** Promoted to Development (#3)
            * **2026/01/02:** created

            ---
        "#]],
    );
    check_history(
        "## 🏆 Promotion History\n1. 2026-01-02: **Experimental → Development** (Issue #3)\n",
        &expect![[r#"
            ## 🏆 Promotion History
            1. 2026-01-02: **Experimental → Development** (Issue #3)
            2. 2026-11-21: **Development → Staging**
        "#]],
    );
    check_history(
        "## Promotion History\n\nNone\n\n---\n",
        &expect![[r#"
        ## Promotion History

        - **2026-11-21**: Promoted to Staging

        ---
    "#]],
    );
    check_history(
        "## Promotion History\n\n- None yet\n",
        &expect![[r#"
        ## Promotion History

        - **2026-11-21**: Promoted to Staging
    "#]],
    );
    check_history(
        "## Promotion History\n## Next\n",
        &expect![[r#"
        ## Promotion History

        - **2026-11-21**: Promoted to Staging

        ## Next
    "#]],
    );
    check_history(
        "Promotion History\n---\n<!-- by hand -->\n_None_\n\nWords\n",
        &expect![[r#"
        Promotion History
        ---
        <!-- by hand -->
        - **2026-11-21**: Promoted to Staging

        Words
    "#]],
    );
    check_history(
        "Promotion History\n---\n```\nNone\n```\n",
        &expect![[r#"
        Promotion History
        ---

        - **2026-11-21**: Promoted to Staging

        ```
        None
        ```
    "#]],
    );
    check_history(
        "## Promotion History\n",
        &expect![[r#"
        ## Promotion History

        - **2026-11-21**: Promoted to Staging
    "#]],
    );
    check_history(
        "### Promotion History\n\n- **YYYY-MM-DD**: Promoted to Development\n\n## Next\n",
        &expect![[r#"
            ### Promotion History

            - **YYYY-MM-DD**: Promoted to Development
            - **2026-11-21**: Promoted to Staging

            ## Next
        "#]],
    );
}

#[test]
fn a_history_in_a_table_is_left_to_people() {
    let text = "//- src/a/MATURITY.md\n**Current Stage**: Staging\n\n## Promotion History\n\n| Date | To |\n| --- | --- |\n//- src/a/a.py\nx = 1\n";
    check_promotion(
        text,
        &promotion("a", Stage::Staging),
        &expect![[r#"
            note: The promotion history of `src/a/MATURITY.md` is a table; add a line there
        "#]],
    );
}

#[test]
fn a_fall_is_noted_among_the_demotions() {
    let text = "//- src/a/MATURITY.md\n**Current Stage**: Staging\n\n## Promotion History\n\n### Promotions\n\n- **2026-01-01**: Promoted to Staging\n\n### Demotions\n\nNone\n//- src/a/a.py\nx = 1\n";
    let fall = Promotion { from: Some(Stage::Staging), ..promotion("a", Stage::Development) };
    check_promotion(
        text,
        &fall,
        &expect![[r#"
        src/a/MATURITY.md
          - "**Current Stage**: Staging\n"
          + "**Current Stage**: Development\n"
          - "None\n"
          + "- **2026-11-21**: Demoted to Development\n"
    "#]],
    );
}
