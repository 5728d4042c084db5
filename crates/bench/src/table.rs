//! Figures as a Markdown table.

use std::time::Duration;

/// What was measured.
#[derive(Debug, Default)]
pub struct Table(Vec<(String, String)>);

impl Table {
    /// A figure in words.
    pub fn put(&mut self, what: &str, figure: String) {
        eprintln!("{what}: {figure}");
        self.0.push((what.to_owned(), figure));
    }

    /// The median and the 99th of a hundred.
    pub fn times(&mut self, what: &str, mut times: Vec<Duration>) {
        times.sort_unstable();
        let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len().saturating_sub(1)));
        let told = |time: Option<&Duration>| time.map_or_else(|| "–".into(), |time| format!("{:.2} ms", ms(*time)));
        let figure = format!("p50 {}, p99 {} ({} times)", told(at(50)), told(at(99)), times.len());
        self.put(what, figure);
    }

    /// Prints it.
    pub fn print(&self) {
        println!("| what | measured |\n|---|---|");
        for (what, figure) in &self.0 {
            println!("| {what} | {figure} |");
        }
    }
}

/// Milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
