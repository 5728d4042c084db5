//! Stages: named pieces of a test run, done in order. One that fails stops only those that build on it; at the end
//! stands a table, and a last line that programs read.

use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// One piece.
pub struct Stage {
    /// What `--only` calls it.
    pub name: &'static str,
    /// What it finds out, in a few words.
    pub title: &'static str,
    /// Stages without whose success it cannot be done. `--only` takes them along.
    pub needs: &'static [&'static str],
    /// Stages whose failure would only be repeated here. `--only` leaves them out.
    pub after: &'static [&'static str],
    /// Does it.
    pub run: fn() -> Result<()>,
}

enum Outcome {
    Passed,
    Failed(String),
    Skipped(&'static str),
}

struct Report {
    stage: &'static str,
    took: Duration,
    outcome: Outcome,
}

/// The stages of `all` that `only` asks for, with all they need, in the order of `all`. All of them if it asks for
/// none. Fails on a name that there is not.
pub fn choose(all: Vec<Stage>, only: &[String]) -> Result<Vec<Stage>> {
    if only.is_empty() {
        return Ok(all);
    }
    let mut wanted: Vec<&str> = Vec::new();
    let mut open: Vec<&str> = only.iter().map(String::as_str).collect();
    while let Some(name) = open.pop() {
        let Some(stage) = all.iter().find(|stage| stage.name == name) else {
            let names: Vec<&str> = all.iter().map(|stage| stage.name).collect();
            bail!("no stage {name:?}; there are: {}", names.join(", "));
        };
        if !wanted.contains(&stage.name) {
            wanted.push(stage.name);
            open.extend(stage.needs);
        }
    }
    let wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
    Ok(all.into_iter().filter(|stage| wanted.iter().any(|name| name == stage.name)).collect())
}

/// Does them, prints the table, and says whether all passed. What was skipped counts as failed.
pub fn run(stages: &[Stage]) -> bool {
    let begun = Instant::now();
    let mut reports: Vec<Report> = Vec::new();
    for (at, stage) in stages.iter().enumerate() {
        println!("\n=== {}/{} {}: {}", at + 1, stages.len(), stage.name, stage.title);
        let report = one(stage, &reports);
        println!("=== {} {}", stage.name, told(&report));
        reports.push(report);
    }
    println!("\n{}", "-".repeat(72));
    for report in &reports {
        println!("{:<14} {}", report.stage, told(report));
    }
    let passed = reports.iter().filter(|report| matches!(report.outcome, Outcome::Passed)).count();
    println!("{:<14} {}", "in all", seconds(begun.elapsed()));
    println!("{passed} passed, {} failed", reports.len() - passed);
    passed == reports.len()
}

fn one(stage: &Stage, before: &[Report]) -> Report {
    let builds_on = |name: &str| stage.needs.contains(&name) || stage.after.contains(&name);
    let broken = before.iter().find(|report| builds_on(report.stage) && !matches!(report.outcome, Outcome::Passed));
    let begun = Instant::now();
    let outcome = match broken {
        Some(report) => Outcome::Skipped(report.stage),
        None => match (stage.run)() {
            Ok(()) => Outcome::Passed,
            Err(error) => Outcome::Failed(format!("{error:#}")),
        },
    };
    Report { stage: stage.name, took: begun.elapsed(), outcome }
}

fn told(report: &Report) -> String {
    let took = seconds(report.took);
    match &report.outcome {
        Outcome::Passed => format!("passed   {took}"),
        Outcome::Failed(why) => format!("FAILED   {took}  {why}"),
        Outcome::Skipped(broken) => format!("skipped  {took}  {broken} failed"),
    }
}

fn seconds(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{:>3}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn stage(name: &'static str, needs: &'static [&'static str], run: fn() -> Result<()>) -> Stage {
        Stage { name, title: "", needs, after: &[], run }
    }

    fn names(stages: &[Stage]) -> Vec<&str> {
        stages.iter().map(|stage| stage.name).collect()
    }

    #[test]
    fn a_chosen_stage_brings_what_it_needs_and_keeps_the_order() {
        let all = || vec![stage("a", &[], || Ok(())), stage("b", &[], || Ok(())), stage("c", &["a"], || Ok(()))];
        assert_eq!(names(&choose(all(), &["c".into()]).unwrap()), ["a", "c"]);
        assert_eq!(names(&choose(all(), &[]).unwrap()), ["a", "b", "c"]);
        assert!(choose(all(), &["d".into()]).is_err());
    }

    #[test]
    fn a_failure_stops_only_what_builds_on_it() {
        let stages = [
            stage("a", &[], || bail!("no")),
            stage("b", &["a"], || panic!("it builds on what failed")),
            stage("c", &["b"], || panic!("so does it")),
            stage("d", &[], || Ok(())),
        ];
        assert!(!run(&stages));
        assert!(run(&stages[3..]));
    }
}
