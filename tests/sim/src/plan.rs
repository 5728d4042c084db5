//! A plan: what the world is like and what happens in it, one operation a line. A seed generates one, a failure saves
//! one, shrinking leaves lines out. The same plan is the same history, byte for byte.
//!
//! ```text
//! world nodes 2 devices 0,0,1,1,2 old 3 tail 30 hot 8 checkpoint 12 carried 20 failing 12 slow 6 bus 6 token 120000 part 0 mostly pages
//! act 3 8123
//! work 0 77 !4
//! ```
//!
//! `!4`: the machine that works on this operation crashes before its fourth effect.

mod mix;

use crate::dice::Dice;
use mix::mix;
use std::fmt::{Display, Formatter};
use std::str::FromStr;

/// What people do every other time: some bugs need much of one thing at one spot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mostly {
    /// What the dice say.
    Anything,
    /// Change old messages of one room, and look at them.
    Pages,
    /// Put in and out, write, and show that they are here.
    Access,
    /// Open rooms and documents.
    Openings,
    /// Write in documents.
    Documents,
    /// Write in one document, whose checkpoints are made again and again, and open it anew.
    Checkpoints,
    /// Put one of them out of one room and in again.
    Comings,
    /// Open rooms, and leave them at once.
    Leavings,
    /// Open rooms and documents, and many of them twice.
    Twice,
    /// Nothing else than at other times; but somebody who keeps to no rule sends as much as they can.
    Floods,
}

impl Mostly {
    const ALL: [(Self, &str); 10] = [
        (Self::Anything, "anything"),
        (Self::Pages, "pages"),
        (Self::Access, "access"),
        (Self::Openings, "openings"),
        (Self::Documents, "documents"),
        (Self::Checkpoints, "checkpoints"),
        (Self::Comings, "comings"),
        (Self::Leavings, "leavings"),
        (Self::Twice, "twice"),
        (Self::Floods, "floods"),
    ];

    /// The first of them, of which any seed may throw one.
    const THROWN: usize = 5;

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(mostly, _)| *mostly == self).map_or("anything", |(_, word)| word)
    }
}

/// What does not change in a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// Server nodes over one log.
    pub nodes: usize,
    /// To whom each device belongs, as an index of people.
    pub owners: Vec<usize>,
    /// The device that runs an older version until it is upgraded, if one does.
    pub old: Option<usize>,
    /// A stream behind by more is caught up by rows.
    pub tail: u64,
    /// Messages in a snapshot.
    pub hot: usize,
    /// Updates after which a document gets a checkpoint.
    pub checkpoint: u64,
    /// Of a hundred dials, how many go by requests instead of a socket.
    pub carried: u64,
    /// One in so many transactions fails, or ends in doubt; 0 for none.
    pub failing: u64,
    /// One in so many answers of the log comes later, with others before it; 0 for none.
    pub slow: u64,
    /// One in so many messages between nodes is lost, repeated or late; 0 for none.
    pub bus: u64,
    /// Tokens live so long, in milliseconds.
    pub token_ms: u64,
    /// So many rows are read at once, and nodes hold little of what is not written; 0: as many as there are, and as much.
    pub part: usize,
    /// What people do.
    pub mostly: Mostly,
}

/// What happens: a word, whom it happens to, and the number of its dice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Op {
    /// What.
    pub what: What,
    /// To whom, where that is not chosen by the dice.
    pub whom: usize,
    /// The dice; of `Pass` and clocks the milliseconds.
    pub dice: u64,
    /// The effect before which the machine at work crashes.
    pub crash: Option<u32>,
}

macro_rules! whats {
    ($($(#[$doc:meta])* $name:ident $word:literal),* $(,)?) => {
        /// The kinds of operations.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum What { $($(#[$doc])* $name),* }

        impl What {
            fn word(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            fn read(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)* _ => None }
            }
        }
    };
}

whats! {
    /// Something crosses one connection.
    Deliver "deliver",
    /// A node's log answers: a commit, a read, or heads.
    Work "work",
    /// A message between nodes arrives, or does not.
    Bus "bus",
    /// A person does something at a device.
    Act "act",
    /// Time passes for all.
    Pass "pass",
    /// A connection is cut, or half open from now on.
    Cut "cut",
    /// A connection's reader stops reading, or reads again.
    Stall "stall",
    /// A device's process is killed.
    Kill "kill",
    /// A device loses power.
    Power "power",
    /// A device's disk is full when it is written next.
    Full "full",
    /// A node dies and starts.
    Node "node",
    /// The next commit happens, or does not, and its node is not told which.
    Doubt "doubt",
    /// A device notices that it slept, or its person presses "Try now".
    Wake "wake",
    /// A device's clock is set forward.
    Ahead "ahead",
    /// A device's clock is set back.
    Back "back",
    /// A node's clock is set forward or back.
    NodeClock "nodeclock",
    /// The older device is upgraded.
    Upgrade "upgrade",
    /// A device is signed out by an operator.
    SignOut "signout",
    /// Somebody who keeps to no rule connects and speaks.
    Hostile "hostile",
    /// A document's checkpoint is made.
    Checkpoint "checkpoint",
}

/// A setup and what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What does not change.
    pub setup: Setup,
    /// In this order.
    pub ops: Vec<Op>,
}

/// Operations in a generated plan, before the world heals.
const OPS: usize = 400;

impl Plan {
    /// The plan of a seed. Each seed has its own mix of what can go wrong: most bugs need two kinds of trouble, and
    /// hide where there is every kind at once (swarm testing: Groce et al., ISSTA 2012).
    pub fn of_seed(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let setup = Setup::throw(&mut dice).of_seed(seed);
        let mix = mix(&mut dice, &setup);
        let total: u64 = mix.iter().map(|(weight, _)| weight).sum();
        let crashes = [0, 10, 40, 150][dice.pick(4)];
        let ops = (0..OPS).flat_map(|_| {
            let mut at = dice.up_to(total - 1);
            let what = mix.iter().find_map(|(weight, what)| match at.checked_sub(*weight) {
                Some(rest) => {
                    at = rest;
                    None
                }
                None => Some(*what),
            });
            let what = what.unwrap_or(What::Deliver);
            let whom = dice.pick(setup.owners.len());
            let number = match what {
                What::Pass if dice.chance(12) => dice.up_to(70_000),
                What::Pass => dice.up_to(4_000),
                What::Ahead | What::Back | What::NodeClock if dice.chance(2) => dice.up_to(90_000_000),
                What::Ahead | What::Back | What::NodeClock => dice.up_to(20_000),
                // Short numbers read better.
                _ => dice.up_to(99_999),
            };
            let crash = dice.chance(crashes).then(|| dice.up_to(9) as u32);
            // Said twice at one moment: the same dice open the same room or document.
            let again = setup.mostly == Mostly::Twice && what == What::Act && dice.chance(4);
            let op = Op { what, whom, dice: number, crash };
            std::iter::repeat_n(op, 1 + usize::from(again))
        });
        let ops = ops.collect();
        Self { setup, ops }
    }
}

impl Setup {
    fn throw(dice: &mut Dice) -> Self {
        let nodes = 1 + dice.pick(3);
        let owners = [vec![0, 0, 1, 1, 2], vec![0, 1, 2], vec![0, 0, 1], vec![0, 1, 1, 2, 2, 2]];
        let owners = owners[dice.pick(4)].clone();
        let mostly = Mostly::ALL[dice.pick(Mostly::THROWN)].0;
        // Old messages are looked at page by page only where devices do not hold them all.
        let paged = mostly == Mostly::Pages;
        Self {
            nodes,
            old: dice.chance(4).then(|| dice.pick(owners.len())),
            owners,
            tail: if paged { 6 } else { [6, 30, 1_000][dice.pick(3)] },
            hot: if paged { 2 } else { [2, 8, 200][dice.pick(3)] },
            checkpoint: [4, 12, 1_000][dice.pick(3)],
            carried: [0, 0, 30, 100][dice.pick(4)],
            failing: [0, 12, 4][dice.pick(3)],
            slow: [0, 6, 2][dice.pick(3)],
            bus: [0, 6, 2][dice.pick(3)],
            token_ms: [120_000, 600_000][dice.pick(2)],
            part: 0,
            mostly,
        }
    }

    /// Six in twenty seeds look for what the dice alone did not show in 20,000: each of these needs one thing many times
    /// over, and little else.
    fn of_seed(self, seed: u64) -> Self {
        match seed % 20 {
            // One node that is told late, or not at all: nobody else would notice what it does not know. And many devices
            // of the person who comes and goes.
            3 => {
                let (owners, mostly) = (vec![0, 1, 2, 2, 2, 2], Mostly::Comings);
                Self { nodes: 1, owners, failing: 0, slow: 2, mostly, ..self }
            }
            7 => Self { mostly: Mostly::Twice, ..self },
            // What is sent in parts is interrupted, overtaken and begun anew.
            9 => Self { part: 1 + (seed / 20 % 4) as usize, tail: 6, ..self },
            18 => Self { part: 1, checkpoint: 2, failing: 0, mostly: Mostly::Checkpoints, ..self },
            13 => Self { failing: 4, mostly: Mostly::Leavings, ..self },
            19 => Self { mostly: Mostly::Floods, ..self },
            _ => self,
        }
    }
}

impl Display for Setup {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let owners: Vec<String> = self.owners.iter().map(usize::to_string).collect();
        let old = self.old.map_or("-".to_owned(), |old| old.to_string());
        let Self { nodes, tail, hot, checkpoint, carried, failing, slow, bus, token_ms, part, mostly, .. } = self;
        write!(f, "world nodes {nodes} devices {} old {old} tail {tail} hot {hot}", owners.join(","))?;
        write!(
            f,
            " checkpoint {checkpoint} carried {carried} failing {failing} slow {slow} bus {bus} token {token_ms} part {part} mostly {}",
            mostly.word()
        )
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.setup)?;
        for Op { what, whom, dice, crash } in &self.ops {
            write!(f, "{} {whom} {dice}", what.word())?;
            if let Some(effect) = crash {
                write!(f, " !{effect}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl FromStr for Plan {
    type Err = String;

    /// Reads what `Display` wrote; lines that begin with `#`, and empty ones, say something to people.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let setup = read_setup(lines.next().ok_or("an empty plan")?)?;
        let ops = lines.map(|line| read_op(line).ok_or(format!("no operation: {line}")));
        Ok(Self { setup, ops: ops.collect::<Result<_, _>>()? })
    }
}

fn read_setup(line: &str) -> Result<Setup, String> {
    let mut words = line.split_whitespace();
    if words.next() != Some("world") {
        return Err(format!("a plan begins with `world`, not with: {line}"));
    }
    let words: Vec<&str> = words.collect();
    let field = |name: &str| {
        let at = words.chunks(2).find(|pair| pair[0] == name).and_then(|pair| pair.get(1).copied());
        at.ok_or(format!("no `{name}` in: {line}"))
    };
    let number = |name: &str| -> Result<u64, String> {
        field(name)?.parse().map_err(|_| format!("`{name}` is no number in: {line}"))
    };
    let owners = field("devices")?.split(',').map(|owner| owner.parse().map_err(|_| format!("devices in: {line}")));
    Ok(Setup {
        nodes: number("nodes")? as usize,
        owners: owners.collect::<Result<_, _>>()?,
        old: field("old")?.parse().ok(),
        tail: number("tail")?,
        hot: number("hot")? as usize,
        checkpoint: number("checkpoint")?,
        carried: number("carried")?,
        failing: number("failing")?,
        slow: number("slow")?,
        bus: number("bus")?,
        token_ms: number("token")?,
        part: number("part").unwrap_or(0) as usize, // Older plans do not say it.
        mostly: {
            let word = field("mostly")?;
            let known = Mostly::ALL.iter().find(|(_, known)| *known == word);
            known.ok_or(format!("nobody does mostly `{word}`"))?.0
        },
    })
}

fn read_op(line: &str) -> Option<Op> {
    let mut words = line.split_whitespace();
    let what = What::read(words.next()?)?;
    let whom = words.next()?.parse().ok()?;
    let dice = words.next()?.parse().ok()?;
    let crash = match words.next() {
        Some(word) => Some(word.strip_prefix('!')?.parse().ok()?),
        None => None,
    };
    words.next().is_none().then_some(Op { what, whom, dice, crash })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_was_written_reads_as_it_was() {
        for seed in 0..50 {
            let plan = Plan::of_seed(seed);
            assert_eq!(plan.to_string().parse::<Plan>().as_ref(), Ok(&plan));
        }
    }
}
