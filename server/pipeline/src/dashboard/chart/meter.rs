//! A share as a bar, in a line of text that says the same.

use askama::Template;

use super::place;

/// A bar of 0 to 100 percent, with a mark where it has to reach.
#[derive(Debug, Template)]
#[template(path = "dashboard/meter.html")]
pub(in crate::dashboard) struct Meter {
    width: String,
    mark: Option<String>,
    /// ` low` where the mark is not reached.
    class: &'static str,
}

impl Meter {
    pub(in crate::dashboard) fn new(percent: f64, wanted: Option<f64>) -> Meter {
        let within = |value: f64| if value.is_finite() { value.clamp(0.0, 100.0) } else { 0.0 };
        Meter {
            width: place(within(percent)),
            mark: wanted.map(|wanted| place(within(wanted).min(99.0))),
            class: if wanted.is_some_and(|wanted| percent < wanted) { " low" } else { "" },
        }
    }
}
