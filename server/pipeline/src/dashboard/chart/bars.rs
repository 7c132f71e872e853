//! Upright bars over time.

use askama::Template;

use super::place;
use crate::dashboard::text::{Text, duration, grouped};

/// How high the picture is, in its own units.
const HEIGHT: f64 = 100.0;

/// What the figures of bars are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dashboard) enum Unit {
    /// Milliseconds.
    Time,
    /// Numbers of things.
    Count,
}

/// A bar of two parts: below a full one, above a hollow one.
#[derive(Clone, Debug)]
pub(in crate::dashboard) struct Bar {
    pub(in crate::dashboard) label: Text,
    pub(in crate::dashboard) full: u64,
    pub(in crate::dashboard) hollow: u64,
}

/// Bars beside each other, oldest first.
#[derive(Debug, Template)]
#[template(path = "dashboard/bars.html")]
pub(in crate::dashboard) struct Bars {
    id: &'static str,
    title: &'static str,
    unit: Unit,
    /// What a full and a hollow part mean.
    parts: [&'static str; 2],
    bars: Vec<Bar>,
    /// The figure at the top of the axis, rounded up.
    top: u64,
}

/// Where one part of a bar is drawn.
struct Rect {
    x: String,
    y: String,
    width: String,
    height: String,
    class: &'static str,
}

impl Bars {
    /// Returns the chart; `None` without bars.
    pub(in crate::dashboard) fn new(
        id: &'static str,
        title: &'static str,
        unit: Unit,
        parts: [&'static str; 2],
        bars: Vec<Bar>,
    ) -> Option<Bars> {
        let most = bars.iter().map(|bar| bar.full.saturating_add(bar.hollow)).max()?;
        Some(Bars { id, title, unit, parts, bars, top: top(unit, most) })
    }

    fn width(&self) -> usize {
        self.bars.len().max(12) * 10
    }

    fn rects(&self) -> Vec<Rect> {
        let mut rects = Vec::new();
        for (at, bar) in self.bars.iter().enumerate() {
            #[allow(clippy::cast_precision_loss, reason = "what is drawn")]
            let (x, scale) = (at as f64 * 10.0, HEIGHT / self.top.max(1) as f64);
            #[allow(clippy::cast_precision_loss, reason = "what is drawn")]
            let (full, hollow) = (bar.full as f64 * scale, bar.hollow as f64 * scale);
            for (class, from, height) in [("full", 0.0, full), ("hollow", full, hollow)] {
                if height > 0.0 {
                    // What is there is seen, however little it is.
                    let height = height.max(1.0);
                    rects.push(Rect {
                        x: place(x + 1.5),
                        y: place((HEIGHT - from - height).max(0.0)),
                        width: "7".to_owned(),
                        height: place(height),
                        class,
                    });
                }
            }
        }
        rects
    }

    fn words(&self, value: u64) -> String {
        match self.unit {
            Unit::Time => duration(value),
            Unit::Count => grouped(usize::try_from(value).unwrap_or(usize::MAX)),
        }
    }

    /// The figures on the axis, from the top.
    fn axis(&self) -> [String; 3] {
        [self.words(self.top), self.words(self.top / 2), "0".to_owned()]
    }

    fn ends(&self) -> [String; 2] {
        let first_word = |bar: Option<&Bar>| {
            bar.and_then(|bar| bar.label.as_str().split(' ').next()).unwrap_or_default().to_owned()
        };
        let ends = [first_word(self.bars.first()), first_word(self.bars.last())];
        if self.bars.len() == 1 { [ends[0].clone(), String::new()] } else { ends }
    }

    /// What the chart shows, in a sentence.
    fn description(&self) -> String {
        let most = self.bars.iter().max_by_key(|bar| bar.full.saturating_add(bar.hollow));
        let Some(most) = most else { return String::new() };
        let value = self.words(most.full.saturating_add(most.hollow));
        let [full, hollow] = self.parts;
        format!(
            "{} bars, oldest first; filled: {full}, hollow: {hollow}. The highest is {value} ({}).",
            self.bars.len(),
            most.label
        )
    }

    /// The bars as a table, newest first, those of nothing left out.
    fn rows(&self) -> Vec<(&Text, String, String)> {
        let words = |value: u64| if value == 0 { "–".to_owned() } else { self.words(value) };
        let shown = self.bars.iter().rev().filter(|bar| bar.full > 0 || bar.hollow > 0);
        shown.map(|bar| (&bar.label, words(bar.full), words(bar.hollow))).collect()
    }
}

/// Returns a round figure at or above `most` whose half is a figure, too.
fn top(unit: Unit, most: u64) -> u64 {
    const TIMES: [u64; 21] = [
        100,
        200,
        500,
        1_000,
        2_000,
        4_000,
        10_000,
        20_000,
        40_000,
        60_000,
        120_000,
        240_000,
        600_000,
        1_200_000,
        2_400_000,
        3_600_000,
        7_200_000,
        14_400_000,
        43_200_000,
        86_400_000,
        604_800_000,
    ];
    match unit {
        Unit::Time => TIMES.into_iter().find(|top| *top >= most).unwrap_or(most),
        Unit::Count => {
            let mut step = 1_u64;
            loop {
                for factor in [2, 4, 10] {
                    match step.checked_mul(factor) {
                        Some(top) if top >= most => return top,
                        Some(_) => {}
                        None => return most,
                    }
                }
                step = step.saturating_mul(10);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_at_a_round_figure() {
        for (unit, most, expected) in [
            (Unit::Count, 0, 2),
            (Unit::Count, 3, 4),
            (Unit::Count, 4, 4),
            (Unit::Count, 11, 20),
            (Unit::Count, 10_000, 10_000),
            (Unit::Count, u64::MAX, u64::MAX),
            (Unit::Time, 0, 100),
            (Unit::Time, 65_000, 120_000),
            (Unit::Time, u64::MAX, u64::MAX),
        ] {
            assert_eq!(top(unit, most), expected, "{unit:?} {most}");
        }
    }

    #[test]
    fn bars_stay_in_the_picture_whatever_they_are() {
        let bar = |full, hollow| Bar { label: Text::phrase("2026-11-21 x"), full, hollow };
        let all = vec![bar(u64::MAX, u64::MAX), bar(1, 0), bar(0, 0), bar(0, 1)];
        let bars = Bars::new("x", "X", Unit::Count, ["a", "b"], all).unwrap();
        for rect in bars.rects() {
            let [y, height]: [f64; 2] = [rect.y.parse().unwrap(), rect.height.parse().unwrap()];
            assert!(y >= 0.0 && (1.0..=HEIGHT + 1.0).contains(&height), "{y} {height}");
        }
        assert_eq!(bars.rows().len(), 3, "what is nothing is no row");
        assert!(Bars::new("x", "X", Unit::Count, ["a", "b"], Vec::new()).is_none());
    }
}
