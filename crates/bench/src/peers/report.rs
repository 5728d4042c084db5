//! Medians of all rounds, side by side.

use super::server::{PEERS, Peer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// A spread of more than this part of the median: the rounds do not agree.
const NOISY: f64 = 0.3;

/// All that was measured.
#[derive(Debug, Default)]
pub struct Report {
    rows: Vec<(&'static str, BTreeMap<Peer, Cell>)>,
}

/// What one server came to in one kind of work.
#[derive(Debug, Default)]
struct Cell {
    values: Vec<f64>,
    failed: Vec<String>,
}

impl Cell {
    fn median(&self) -> Option<f64> {
        let mut values = self.values.clone();
        values.sort_by(f64::total_cmp);
        let upper = *values.get(values.len() / 2)?;
        Some(if values.len() % 2 == 1 { upper } else { f64::midpoint(upper, values[values.len() / 2 - 1]) })
    }

    fn is_noisy(&self) -> bool {
        let spread =
            self.values.iter().copied().fold(f64::MIN, f64::max) - self.values.iter().copied().fold(f64::MAX, f64::min);
        self.median().is_some_and(|median| spread > NOISY * median)
    }
}

impl Report {
    /// A figure of one round.
    pub fn put(&mut self, what: &'static str, peer: Peer, value: f64) {
        eprintln!("{}: {what}: {}", peer.name(), figure(value));
        self.cell(what, peer).values.push(value);
    }

    /// A round that came to nothing.
    pub fn failed(&mut self, what: &'static str, peer: Peer, why: String) {
        eprintln!("{}: {what}: FAILED: {why}", peer.name());
        self.cell(what, peer).failed.push(why);
    }

    fn cell(&mut self, what: &'static str, peer: Peer) -> &mut Cell {
        let at = self.rows.iter().position(|(row, _)| *row == what).unwrap_or_else(|| {
            self.rows.push((what, BTreeMap::new()));
            self.rows.len() - 1
        });
        self.rows[at].1.entry(peer).or_default()
    }

    /// As a Markdown table: medians, and how many times ours the others' are. `~`: the rounds do not agree.
    pub fn table(&self) -> String {
        let mut out = format!("| what | {} |\n|---|{}", PEERS.map(Peer::name).join(" | "), "---|".repeat(PEERS.len()));
        for (what, cells) in &self.rows {
            let ours = cells.get(&Peer::Folkmoot).and_then(Cell::median);
            let _ = write!(out, "\n| {what} |");
            for peer in PEERS {
                let told = cells.get(&peer).map_or_else(|| "–".into(), |cell| told(cell, ours, peer));
                let _ = write!(out, " {told} |");
            }
        }
        out
    }

    /// All of it, for programs.
    pub fn json(&self, about: Value) -> Value {
        let cell = |(peer, cell): (&Peer, &Cell)| {
            json!({
                "server": peer.name(), "median": cell.median(), "noisy": cell.is_noisy(), "rounds": cell.values,
                "failed": cell.failed,
            })
        };
        let row = |(what, cells): &(&str, BTreeMap<Peer, Cell>)| json!({ "what": what, "servers": cells.iter().map(cell).collect::<Vec<_>>() });
        json!({ "about": about, "figures": self.rows.iter().map(row).collect::<Vec<_>>() })
    }
}

fn told(cell: &Cell, ours: Option<f64>, peer: Peer) -> String {
    let mut told = cell.median().map_or_else(|| "–".into(), figure);
    if let (Some(ours), Some(median), true) = (ours, cell.median(), peer != Peer::Folkmoot) {
        let _ = write!(told, " (×{})", figure(median / ours));
    }
    if cell.is_noisy() {
        told.push_str(" ~");
    }
    if !cell.failed.is_empty() {
        let _ = write!(told, " {} of {} failed", cell.failed.len(), cell.failed.len() + cell.values.len());
    }
    told
}

/// Three digits.
fn figure(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 0.1 => format!("{value:.2}"),
        value => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_stand_beside_ours_and_noise_and_failures_are_told() {
        let mut report = Report::default();
        for value in [2.0, 1.9, 2.1] {
            report.put("CPU", Peer::Folkmoot, value);
        }
        for value in [1.0, 4.0, 9.0] {
            report.put("CPU", Peer::Hocuspocus, value);
        }
        report.failed("CPU", Peer::YWebsocket, "lost".into());
        let table = report.table();
        assert!(table.ends_with("| CPU | 2.00 | – | – 1 of 1 failed | 4.00 (×2.00) ~ |"), "{table}");
        let json = report.json(json!({}));
        assert_eq!(json["figures"][0]["servers"][2]["noisy"], true);
        assert_eq!(json["figures"][0]["servers"][0]["median"], 2.0);
    }
}
