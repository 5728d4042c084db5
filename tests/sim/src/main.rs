//! `folkmoot-sim`: runs the simulated world. `cargo xtask sim` builds and calls it.

use clap::Parser;
#[cfg(feature = "mutants")]
use folkmoot_model::mutant::Mutant;
use folkmoot_sim::plan::Plan;
use folkmoot_sim::run::{Until, history, seeds};
use folkmoot_sim::shrink::shrink;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Histories run while shrinking.
const TRIES: u32 = 4_000;

/// Runs histories of the simulated world; fails if one breaks what must hold.
#[derive(Parser)]
struct Cli {
    /// How many histories.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Run so many minutes instead of so many histories.
    #[arg(long)]
    minutes: Option<f64>,
    /// Replay only this seed, and print what happens.
    #[arg(long)]
    seed: Option<u64>,
    /// Replay only this plan, and print what happens.
    #[arg(long)]
    plan: Option<PathBuf>,
    /// Let each planted bug loose, and search the first of `--seeds` that notices it.
    #[cfg(feature = "mutants")]
    #[arg(long)]
    mutants: bool,
    /// Only planted bugs whose name contains this.
    #[cfg(feature = "mutants")]
    #[arg(long, default_value = "")]
    only: String,
    /// Replay the seed that is recorded for each planted bug; fails if one survives, or has none.
    #[cfg(feature = "mutants")]
    #[arg(long)]
    recorded: bool,
    /// Print the smallest plan that notices this planted bug.
    #[cfg(feature = "mutants")]
    #[arg(long)]
    smallest: Option<String>,
    /// Replay the plans that broke something once; with planted bugs, each must break while its bug is loose.
    #[arg(long)]
    regressions: bool,
    /// Where failing plans are saved.
    #[arg(long, default_value = "target/sim")]
    out: PathBuf,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Some(path) = &cli.plan {
        return match std::fs::read_to_string(path).map_err(|error| error.to_string()).and_then(|text| text.parse()) {
            Ok(plan) => replay(&plan),
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                ExitCode::FAILURE
            }
        };
    }
    if let Some(seed) = cli.seed {
        return replay(&Plan::of_seed(seed));
    }
    if cli.regressions {
        return regressions();
    }
    #[cfg(feature = "mutants")]
    if let Some(name) = &cli.smallest {
        return smallest(name);
    }
    #[cfg(feature = "mutants")]
    if cli.mutants || cli.recorded {
        return hunt(&cli);
    }
    let until = match cli.minutes {
        Some(minutes) => Until::Time(Duration::from_secs_f64(minutes * 60.0)),
        None => Until::Seeds(cli.seeds),
    };
    let tally = seeds(cli.from, until, 3);
    for (seed, violation) in &tally.broken {
        println!("seed {seed} breaks {}", violation.words);
        let (plan, violation) = shrink(&Plan::of_seed(*seed), violation, TRIES);
        save(&cli.out, *seed, &plan, &violation.words);
    }
    let per_second = tally.acts as f64 / tally.took.as_secs_f64();
    println!(
        "{} seeds from {}, {} acts in {:.1} s ({per_second:.0} a second), {} violations",
        tally.seeds,
        cli.from,
        tally.acts,
        tally.took.as_secs_f64(),
        tally.broken.len()
    );
    if tally.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints the table mutant → seed, and fails if one survives.
#[cfg(feature = "mutants")]
fn hunt(cli: &Cli) -> ExitCode {
    use folkmoot_sim::mutants::{Killed, replay, search};
    let tell = |Killed { mutant, by }: &Killed| match by {
        Some((seed, broken)) => println!("{} {seed} {broken}", mutant.name()),
        None => println!("{} SURVIVES", mutant.name()),
    };
    let killed = match cli.recorded {
        true => replay(tell),
        false => search(&cli.only, cli.from..cli.from + cli.seeds, tell),
    };
    let survivors = killed.iter().filter(|one| one.by.is_none()).count();
    println!("{} let loose, {survivors} survive", killed.len());
    if survivors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(feature = "mutants")]
fn smallest(name: &str) -> ExitCode {
    let mutant = Mutant::ALL.iter().find(|mutant| mutant.name() == name);
    match mutant.and_then(|mutant| folkmoot_sim::mutants::smallest(*mutant, TRIES)) {
        Some((plan, violation)) => {
            println!("# {}\n{plan}", violation.name);
            ExitCode::SUCCESS
        }
        None => {
            eprintln!("no planted bug {name} that a recorded seed notices");
            ExitCode::FAILURE
        }
    }
}

/// Replays what failed once.
fn regressions() -> ExitCode {
    let plans = match folkmoot_sim::regressions::all() {
        Ok(plans) => plans,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut failed = 0;
    for (name, plan) in &plans {
        if let Some(violation) = history(plan, false).violation {
            println!("{name} breaks {}", violation.words);
            failed += 1;
        }
        #[cfg(feature = "mutants")]
        {
            let bug = name.split_once('.').map_or(name.as_str(), |(bug, _)| bug);
            let mutant = Mutant::ALL.iter().find(|mutant| mutant.name() == bug);
            if mutant.is_none_or(|mutant| folkmoot_sim::mutants::breaks_plan(*mutant, plan).is_none()) {
                println!("{name} does not notice the planted bug of its name");
                failed += 1;
            }
        }
    }
    println!("{} plans that failed once, {failed} fail", plans.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn replay(plan: &Plan) -> ExitCode {
    let history = history(plan, true);
    match history.violation {
        None => {
            println!("{} acts, no violation", history.acts);
            ExitCode::SUCCESS
        }
        Some(violation) => {
            println!("breaks {}", violation.words);
            ExitCode::FAILURE
        }
    }
}

fn save(out: &Path, seed: u64, plan: &Plan, words: &str) {
    let path = out.join(format!("{seed}.plan"));
    let words: Vec<String> = words.lines().map(|line| format!("# {line}\n")).collect();
    let text = format!("# Shrunk from seed {seed}.\n{}{plan}", words.concat());
    match std::fs::create_dir_all(out).and_then(|()| std::fs::write(&path, text)) {
        Ok(()) => println!("  {} operations: {}", plan.ops.len(), path.display()),
        Err(error) => println!("  {}: {error}\n{plan}", path.display()),
    }
}
