//! How a name is written: `price_list`, `price-list`, `Price List`.

use crate::name;

/// Returns `new` in the style of `written`; as it is where the style does not carry over. A capital alone makes a name
/// of several words only where `blanks` may stand.
pub(super) fn styled(written: &str, new: &str, blanks: bool) -> String {
    let separator = written.chars().find(|c| matches!(c, ' ' | '-' | '_'));
    let words: Vec<&str> = new.split(['_', '-']).collect();
    let old: Vec<&str> = written.split([' ', '-', '_']).filter(|word| !word.is_empty()).collect();
    let title =
        |word: &str| word.starts_with(char::is_uppercase) && !word.chars().skip(1).any(char::is_uppercase);
    let upper = |word: &str| {
        word.len() > 1 && !word.contains(char::is_lowercase) && word.contains(char::is_uppercase)
    };
    let lower = |word: &str| !word.contains(char::is_uppercase);
    let all = |is: &dyn Fn(&str) -> bool| !old.is_empty() && old.iter().all(|word| is(word));
    let words: Vec<String> = if all(&upper) {
        words.iter().map(|word| word.to_uppercase()).collect()
    } else if all(&|word| title(word) || !word.starts_with(char::is_alphabetic)) {
        words.iter().map(|word| capital(word)).collect()
    } else if old.len() > 1 && title(old[0]) && old[1..].iter().all(|word| lower(word)) {
        let first = words.first().map(|word| capital(word));
        first.into_iter().chain(words.iter().skip(1).map(|word| (*word).to_owned())).collect()
    } else {
        words.iter().map(|word| (*word).to_owned()).collect()
    };
    let separator = match separator {
        Some(separator) => separator,
        None if blanks && all(&title) => ' ',
        // One word says nothing about how several are joined.
        None if words.concat() == new.replace(['_', '-'], "") => return new.to_owned(),
        None => new.chars().find(|c| matches!(c, '-' | '_')).unwrap_or('_'),
    };
    let joined = words.join(&separator.to_string());
    if name::same(&joined, new) { joined } else { new.to_owned() }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_style_of_the_old_name_is_kept() {
        for (written, new, expected) in [
            ("price_list", "sale_list", "sale_list"),
            ("price-list", "sale_list", "sale-list"),
            ("Price List", "sale_list", "Sale List"),
            ("Price list", "sale-list", "Sale list"),
            ("Player Experience", "orders", "Orders"),
            ("Pricing", "orders", "Orders"),
            ("Pricing", "sale_list", "Sale List"),
            ("pricing", "sale-list", "sale-list"),
            ("pricing", "SaleList", "SaleList"),
            ("PRICE_LIST", "sale_list", "SALE_LIST"),
            ("PRICING", "sale_list", "SALE_LIST"),
            ("priceList", "sale_list", "sale_list"),
            ("price_list", "_odd", "_odd"),
        ] {
            assert_eq!(styled(written, new, true), expected, "{written} -> {new}");
        }
        assert_eq!(styled("Pricing", "sale_list", false), "Sale_List");
    }

    proptest! {
        #[test]
        fn a_style_never_changes_the_name(written in "[A-Za-z _-]{0,12}", new in "[A-Za-z0-9_-]{1,12}", blanks: bool) {
            prop_assert!(name::same(&styled(&written, &new, blanks), &new));
        }
    }
}
