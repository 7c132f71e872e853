//! A line over time: percentages, with what they have to reach.

use askama::Template;

use super::place;

const WIDTH: f64 = 200.0;
const HEIGHT: f64 = 48.0;

/// A line, with room for 5 percent points around it.
#[derive(Debug, Template)]
#[template(path = "dashboard/line.html")]
pub(in crate::dashboard) struct Line {
    /// The points of the line, as SVG writes them.
    points: String,
    /// The last point.
    end: Option<(String, String)>,
    /// The height of what has to be reached.
    wanted: Option<String>,
    /// The figures at the top and at the bottom, in percent.
    pub(in crate::dashboard) top: String,
    pub(in crate::dashboard) bottom: String,
}

impl Line {
    /// Draws values, oldest first.
    pub(in crate::dashboard) fn new(values: impl Iterator<Item = f64>, wanted: Option<f64>) -> Line {
        let values: Vec<f64> = values.collect();
        let all = || values.iter().copied().chain(wanted);
        let low = ((all().fold(100.0, f64::min) - 5.0) / 10.0).floor() * 10.0;
        let high = ((all().fold(0.0, f64::max) + 5.0) / 10.0).ceil() * 10.0;
        let (low, high) = (low.clamp(0.0, 90.0), high.clamp(10.0, 100.0));
        let y = |value: f64| HEIGHT - (value - low) / (high - low).max(1.0) * HEIGHT;
        #[allow(clippy::cast_precision_loss, reason = "what is drawn")]
        let step = WIDTH / values.len().saturating_sub(1).max(1) as f64;
        #[allow(clippy::cast_precision_loss, reason = "what is drawn")]
        let at = |index: usize| if values.len() == 1 { WIDTH / 2.0 } else { index as f64 * step };
        let points: Vec<(String, String)> =
            values.iter().enumerate().map(|(index, value)| (place(at(index)), place(y(*value)))).collect();
        let written: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        Line {
            points: written.join(" "),
            end: points.into_iter().next_back(),
            wanted: wanted.map(|wanted| place(y(wanted.clamp(low, high)))),
            top: place(high),
            bottom: place(low),
        }
    }
}
