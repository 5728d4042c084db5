//! Medians of all rounds, side by side.

use super::picture::{self, Panel};
use super::server::{PEERS, Peer};
use super::{TOPICS, Topic};
use anyhow::Result;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// A spread of more than this part of the median: the rounds do not agree.
const NOISY: f64 = 0.3;

/// All that was measured.
#[derive(Debug, Default)]
pub struct Report(Vec<Row>);

/// What all servers came to in one kind of work.
#[derive(Debug)]
struct Row {
    topic: Topic,
    what: &'static str,
    better: Better,
    cells: BTreeMap<Peer, Cell>,
}

/// Which figure is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    Less,
    More,
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
    pub fn put(&mut self, topic: Topic, what: &'static str, better: Better, peer: Peer, value: f64) {
        eprintln!("{}: {what}: {}", peer.name(), figure(value));
        let row = self.row(topic, what);
        row.better = better;
        row.cells.entry(peer).or_default().values.push(value);
    }

    /// A round that came to nothing.
    pub fn failed(&mut self, topic: Topic, what: &'static str, peer: Peer, why: String) {
        eprintln!("{}: {what}: FAILED: {why}", peer.name());
        self.row(topic, what).cells.entry(peer).or_default().failed.push(why);
    }

    fn row(&mut self, topic: Topic, what: &'static str) -> &mut Row {
        let at = self.0.iter().position(|row| (row.topic, row.what) == (topic, what)).unwrap_or_else(|| {
            self.0.push(Row { topic, what, better: Better::Less, cells: BTreeMap::new() });
            self.0.len() - 1
        });
        &mut self.0[at]
    }

    /// As Markdown tables, one for each topic: medians, and how many times ours the others' are. `~`: the rounds do not
    /// agree.
    pub fn tables(&self) -> String {
        self.topics().into_iter().map(|topic| self.table(topic)).collect::<Vec<_>>().join("\n\n")
    }

    fn topics(&self) -> Vec<Topic> {
        TOPICS.into_iter().filter(|topic| self.rows(*topic).next().is_some()).collect()
    }

    fn rows(&self, topic: Topic) -> impl Iterator<Item = &Row> {
        self.0.iter().filter(move |row| row.topic == topic)
    }

    /// Those that have a part in it.
    fn peers(&self, topic: Topic) -> Vec<Peer> {
        let has_part = |peer: &Peer| self.rows(topic).any(|row| row.cells.contains_key(peer));
        PEERS.into_iter().filter(has_part).collect()
    }

    fn table(&self, topic: Topic) -> String {
        let peers = self.peers(topic);
        let names: Vec<&str> = peers.iter().map(|peer| peer.name()).collect();
        let mut out = format!("| what | {} |\n|---|{}", names.join(" | "), "---|".repeat(peers.len()));
        for Row { what, cells, .. } in self.rows(topic) {
            let ours = cells.get(&Peer::Folkmoot).and_then(Cell::median);
            let _ = write!(out, "\n| {what} |");
            for peer in &peers {
                let told = cells.get(peer).map_or_else(|| "–".into(), |cell| told(cell, ours, *peer));
                let _ = write!(out, " {told} |");
            }
        }
        out
    }

    /// As a picture, of what has a figure of ours and of another.
    pub fn draw(&self, file: &Path) -> Result<()> {
        let panels: Vec<Panel> = self.topics().into_iter().map(|topic| self.panel(topic)).collect();
        picture::draw(file, &panels)
    }

    fn panel(&self, topic: Topic) -> Panel {
        let peers: Vec<Peer> = self.peers(topic).into_iter().filter(|peer| *peer != Peer::Folkmoot).collect();
        let row = |row: &Row| {
            let median = |peer| row.cells.get(peer).and_then(Cell::median);
            let ours = median(&Peer::Folkmoot)?;
            let times = |theirs: f64| if row.better == Better::More { ours / theirs } else { theirs / ours };
            let all: Vec<Option<f64>> = peers.iter().map(|peer| median(peer).map(times)).collect();
            all.iter().any(Option::is_some).then_some((row.what, all))
        };
        let rows = self.rows(topic).filter_map(row).collect();
        Panel { title: topic.title(), servers: peers.iter().map(|peer| peer.name()).collect(), rows }
    }

    /// All of it, for programs.
    pub fn json(&self, about: Value) -> Value {
        let cell = |(peer, cell): (&Peer, &Cell)| {
            json!({
                "server": peer.name(), "median": cell.median(), "noisy": cell.is_noisy(), "rounds": cell.values,
                "failed": cell.failed,
            })
        };
        let row = |row: &Row| json!({ "what": row.what, "servers": row.cells.iter().map(cell).collect::<Vec<_>>() });
        json!({ "about": about, "figures": self.0.iter().map(row).collect::<Vec<_>>() })
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
        let (mut report, topic) = (Report::default(), Topic::Edits);
        for value in [2.0, 1.9, 2.1] {
            report.put(topic, "CPU", Better::Less, Peer::Folkmoot, value);
        }
        for value in [1.0, 4.0, 9.0] {
            report.put(topic, "CPU", Better::Less, Peer::Hocuspocus, value);
        }
        report.failed(topic, "CPU", Peer::YWebsocket, "lost".into());
        let tables = report.tables();
        assert!(tables.starts_with("| what | Folkmoot | y-websocket | Hocuspocus |"), "who has no part: {tables}");
        assert!(tables.ends_with("| CPU | 2.00 | – 1 of 1 failed | 4.00 (×2.00) ~ |"), "{tables}");
        let json = report.json(json!({}));
        assert_eq!(json["figures"][0]["servers"][2]["noisy"], true);
        assert_eq!(json["figures"][0]["servers"][0]["median"], 2.0);
    }
}
