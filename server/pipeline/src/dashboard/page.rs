//! The page of the dashboard.

use std::collections::BTreeSet;

use askama::Template;
use stagegate_core::gates::{GateKind, GateName, Verdict};

use super::chart::Meter;
use super::figures::{ComponentRow, Figures, GateCell, Standing};
use super::steps::KindFigures;
use super::style::Style;
use super::text::{Text, count, duration, grouped, machine, percent, share, time};
use super::{Dashboard, trend};

/// How many columns the matrix of gates has at most.
const COLUMNS: usize = 24;
/// How many components are listed, and how many gates that are not met: less, where the page would be larger than
/// [`MOST_BYTES`], as with very long names.
const LISTED: [usize; 5] = [250, 120, 60, 30, 10];
const NOT_MET: usize = 120;
/// Largest page, in bytes, as far as listing less helps.
const MOST_BYTES: usize = 480_000;

/// Writes the dashboard: one page of HTML that needs nothing else.
#[must_use]
pub fn render(dashboard: &Dashboard) -> String {
    let mut text = String::new();
    for listed in LISTED {
        text = render_listed(&dashboard.0, listed);
        if text.len() <= MOST_BYTES {
            break;
        }
    }
    text
}

fn render_listed(f: &Figures, listed: usize) -> String {
    let components = &f.components[..f.components.len().min(listed)];
    let columns = columns(components);
    let page = Page {
        components,
        not_met: NOT_MET.min(listed),
        style: Style::new(columns.iter().map(|(_, title)| title)),
        version: &f.version,
        made: time(f.now_ms),
        made_machine: machine(f.now_ms),
        columns,
        f,
    };
    page.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "dashboard/dashboard.html")]
struct Page<'a> {
    f: &'a Figures,
    /// Those that are listed.
    components: &'a [ComponentRow],
    /// How many gates that are not met are listed.
    not_met: usize,
    style: Style,
    version: &'a Text,
    made: String,
    made_machine: String,
    /// Name and title of the gates that any component is asked for.
    columns: Vec<(Text, Text)>,
}

/// One key figure.
struct Tile {
    name: &'static str,
    value: String,
    note: String,
}

#[derive(Template)]
#[template(
    source = "<span class=\"climb\" aria-hidden=\"true\">{% for class in classes %}<i class=\"{{ class }}\"></i>{% endfor %}</span>",
    ext = "html"
)]
struct Climb {
    classes: [&'static str; 3],
}

/// Returns the gates of all components, in the order in which gates are run.
fn columns(components: &[ComponentRow]) -> Vec<(Text, Text)> {
    let cells = components.iter().flat_map(|component| &component.gates);
    let all: BTreeSet<(usize, &Text, &Text)> =
        cells.map(|cell| (place(&cell.name), &cell.name, &cell.title)).collect();
    all.into_iter().take(COLUMNS).map(|(_, name, title)| (name.clone(), title.clone())).collect()
}

fn place(name: &Text) -> usize {
    let kind = GateName::new(name.as_str()).map(|name| name.kind());
    GateKind::ALL.iter().position(|of| Some(*of) == kind).unwrap_or(usize::MAX)
}

impl Page<'_> {
    fn tiles(&self) -> Vec<Tile> {
        let f = self.f;
        let running = f.under_way.iter().filter(|run| run.is_running).count();
        let (succeeded, ended) = f.thirty_days;
        let promotions = f.kinds.first().and_then(|kind| Some((kind.ended, kind.run?)));
        vec![
            Tile {
                name: "Components",
                value: grouped(f.all_components),
                note: format!("{} ready for the next stage", grouped(f.ready)),
            },
            Tile {
                name: "Blocked",
                value: grouped(f.blocked),
                note: if f.blocked == 0 { "nothing keeps one back" } else { "see “In the way”" }.to_owned(),
            },
            Tile {
                name: "Under way",
                value: grouped(f.under_way.len()),
                note: match f.under_way.len() - running {
                    0 => "no run was interrupted".to_owned(),
                    interrupted => format!("{interrupted} interrupted"),
                },
            },
            Tile {
                name: "Success rate",
                value: if ended == 0 { "–".to_owned() } else { percent(share(succeeded, ended)) },
                note: format!("{succeeded} of {ended} runs in {} days", trend::DAYS),
            },
            Tile {
                name: "Usual promotion",
                value: promotions.map_or_else(|| "–".to_owned(), |(_, (median, _))| duration(median)),
                note: match promotions {
                    Some((_, (_, p90))) => format!("nine in ten within {}", duration(p90)),
                    None => "none has succeeded yet".to_owned(),
                },
            },
        ]
    }

    /// The component that a first promotion can be tried with.
    fn first(&self) -> Option<&Text> {
        let components =
            || self.f.components.iter().filter(|component| component.standing != Standing::Arrived);
        let ready = components().find(|component| component.standing == Standing::Ready);
        ready.or_else(|| components().next()).or(self.f.components.first()).map(|component| &component.name)
    }

    fn stages_in_words(&self) -> String {
        let words: Vec<_> = self
            .f
            .stages
            .iter()
            .map(|(stage, count)| format!("{} {}", grouped(*count), stage.to_lowercase()))
            .collect();
        words.join(", ")
    }

    fn recent_in_words(&self) -> String {
        match self.f.runs {
            runs if runs > self.f.recent.len() => {
                format!("the newest {} of {}", self.f.recent.len(), count(runs, "run"))
            }
            runs => count(runs, "run"),
        }
    }

    fn climb(&self, component: &ComponentRow) -> Climb {
        let height = component.height();
        let class = |step: u8| match step {
            step if step < height => "on",
            step if step == height && component.aim.is_some() => "next",
            _ => "",
        };
        Climb { classes: [class(0), class(1), class(2)] }
    }

    fn gate_meter(&self, component: &ComponentRow) -> Meter {
        let (met, all) = component.met;
        #[allow(clippy::cast_precision_loss, reason = "a number of gates")]
        let percent = met as f64 * 100.0 / all.max(1) as f64;
        Meter::new(percent, None)
    }

    /// The gates that are not met, by what was seen of them.
    fn shut_in_words(&self, component: &ComponentRow) -> String {
        if component.standing == Standing::Arrived {
            return String::new();
        }
        let titles: Vec<_> = component.shut().map(|gate| gate.title.as_str()).collect();
        match titles.as_slice() {
            [] => String::new(),
            all if all.len() <= 4 => format!("not met: {}", all.join(", ")),
            all => format!("not met: {} and {} more", all[..3].join(", "), all.len() - 3),
        }
    }

    fn matrix_in_words(&self) -> String {
        let (met, all) =
            self.f.components.iter().fold((0, 0), |sum, row| (sum.0 + row.met.0, sum.1 + row.met.1));
        format!("{} of {} required gates are met", grouped(met), grouped(all))
    }

    /// A class and a word for each column.
    fn cells(&self, component: &ComponentRow) -> Vec<(&'static str, &'static str)> {
        let cell = |name: &Text| component.gates.iter().find(|gate| gate.name == *name);
        let of = |gate: Option<&GateCell>| {
            gate.map_or(("x", "not asked for"), |gate| (gate.mark.class(), gate.mark.word()))
        };
        self.columns.iter().map(|(name, _)| of(cell(name))).collect()
    }

    /// The gates that are not met, by component, as many as are listed.
    fn not_met(&self) -> Vec<(&Text, Vec<&GateCell>)> {
        let mut left = self.not_met;
        let climbing = self.components.iter().filter(|row| row.aim.is_some());
        let listed = climbing.map_while(|row| {
            let gates: Vec<_> = row.shut().take(left).collect();
            let is_first_left_out = left == 0;
            left -= gates.len();
            (!is_first_left_out).then_some((&row.name, gates))
        });
        listed.filter(|(_, gates)| !gates.is_empty()).collect()
    }

    fn not_met_in_words(&self) -> String {
        let all: usize =
            self.f.components.iter().filter(|row| row.aim.is_some()).map(|row| row.shut().count()).sum();
        match all {
            all if all > self.not_met => {
                format!("the first {} of {}; stagegate status lists all", self.not_met, count(all, "gate"))
            }
            all => count(all, "gate"),
        }
    }

    fn kind_in_words(&self, kind: &KindFigures) -> String {
        let mut words = format!("{} ended", count(kind.ended, "run"));
        if let Some((median, p90)) = kind.run {
            words += &format!("; median {}, nine in ten within {}", duration(median), duration(p90));
        }
        match kind.retried {
            0 => words += "; nothing was tried again",
            1 => words += "; in 1 of them something was tried again",
            retried => words += &format!("; in {} of them something was tried again", grouped(retried)),
        }
        words
    }

    const fn verdict_class(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Pass => "p",
            Verdict::Fail => "f",
            Verdict::Inconclusive => "i",
            Verdict::Error => "e",
        }
    }
}
