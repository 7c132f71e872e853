//! Charts as inline SVG. A chart is stretched to the width of the page, so letters stand beside it in HTML; every figure
//! that it shows is also text.

mod bars;
mod line;
mod meter;
mod stack;

pub(super) use bars::{Bar, Bars, Unit};
pub(super) use line::Line;
pub(super) use meter::Meter;
pub(super) use stack::Stack;

/// Writes a coordinate with at most two decimals.
fn place(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    if rounded.is_finite() { rounded.to_string() } else { "0".to_owned() }
}
