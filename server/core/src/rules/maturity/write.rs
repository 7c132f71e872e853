//! Writing a word as its author would have written it.

use crate::stage::{self, Stage};

/// Returns a stage in the style of `written`: with a capital letter, in capitals, or short (`dev`, `prod`).
pub(super) fn stage_like(written: &str, stage: Stage) -> String {
    let short = ["dev", "prod"].iter().any(|word| written.eq_ignore_ascii_case(word));
    let word = match stage {
        Stage::Development if short => "dev",
        Stage::Production if short => "prod",
        other => other.name(),
    };
    let mut letters = written.chars().filter(|c| c.is_alphabetic());
    match letters.next() {
        Some(first) if first.is_uppercase() && letters.all(char::is_uppercase) => word.to_ascii_uppercase(),
        Some(first) if first.is_uppercase() => capital(word),
        _ => word.to_owned(),
    }
}

/// Returns the text `written`, which states a stage, with `stage` in its place: `Staging (Promoted)` keeps what stands
/// in parentheses.
pub(super) fn replace_stage(written: &str, stage: Stage) -> String {
    let is_letter = |c: char| c.is_ascii_alphabetic();
    let mut at = 0;
    while let Some(start) = written[at..].find(is_letter).map(|start| at + start) {
        let end = written[start..].find(|c| !is_letter(c)).map_or(written.len(), |len| start + len);
        let word = &written[start..end];
        if Stage::from_word(word).is_some() {
            let new = stage_like(word, stage);
            let whole = format!("{}{new}{}", &written[..start], &written[end..]);
            // `Development → Staging` says more than one stage.
            return if stage::read(&whole) == Some(stage) && !whole.contains(['→', '>']) {
                whole
            } else {
                new
            };
        }
        at = end;
    }
    stage.name().to_owned()
}

/// Returns the name of a component in the style of `written`: `Price List`, `price-list`, `price_list`.
pub(super) fn name_like(written: &str, name: &str) -> String {
    let blank = [' ', '-'].into_iter().find(|blank| written.contains(*blank));
    let words = name.split('_').map(|word| {
        let starts = written.starts_with(char::is_uppercase) && !name.starts_with(char::is_uppercase);
        if starts && (blank == Some(' ') || !name.contains('_')) { capital(word) } else { word.to_owned() }
    });
    let between = blank.map_or("_".to_owned(), String::from);
    words.collect::<Vec<_>>().join(&between)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_keep_the_style_they_were_written_in() {
        for (written, stage, expected) in [
            ("development", Stage::Staging, "staging"),
            ("Development", Stage::Staging, "Staging"),
            ("STAGING", Stage::Production, "PRODUCTION"),
            ("dev", Stage::Staging, "staging"),
            ("Dev", Stage::Production, "Prod"),
            ("prod", Stage::Development, "dev"),
            ("Staging** 🎉", Stage::Production, "Production** 🎉"),
            ("In Development", Stage::Staging, "In Staging"),
            ("Development → Staging", Stage::Staging, "Staging"),
            ("stagign", Stage::Staging, "staging"),
        ] {
            assert_eq!(replace_stage(written, stage), expected, "{written}");
        }
    }

    #[test]
    fn names_keep_the_style_they_were_written_in() {
        for (written, name, expected) in [
            ("calcualtor", "calculator", "calculator"),
            ("Calcualtor", "calculator", "Calculator"),
            ("Price Lst", "price_list", "Price List"),
            ("price-lst", "price_list", "price-list"),
            ("Neo4j Drivr", "Neo4j_Driver", "Neo4j Driver"),
        ] {
            assert_eq!(name_like(written, name), expected, "{written}");
        }
    }
}
