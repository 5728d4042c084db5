//! Where a document's elements stand in their lists, and what yrs has to do to put a new one there.
//!
//! An element names its neighbours at the moment when it was written. If others were put between them meanwhile, yrs (and
//! yjs) walk over these, one by one, to find its place (YATA conflict resolution). Whoever inserts many elements at one
//! spot makes them walk over all of these for each further one: 50,000 elements of some bytes each, a billion steps. So
//! the gate integrates every update here first, on short records without any content, counts the steps, and refuses
//! an update that takes too many, before yrs sees it.
//!
//! Example: `L` and `R` stand side by side, and Ana inserts `a` between them. Bo did not see that and inserts `b`, which
//! names `L` and `R` too: that is one step, over `a`. Had he seen it, `b` would name `a` and `R`, which are side by side:
//! no step.
//!
//! The walk is that of yrs 0.28.1 `Item::resolve_conflict`. It need not be exact to be safe: nothing but the count is
//! used. `order/node.rs` is the record of a run of elements and how a checkpoint carries it.

mod node;

use super::held::{Home, Place};
use super::scan::{ClockRange, Id};
use node::{NONE, Node};
use std::collections::BTreeMap;

/// Elements of a run that yrs moves or counts through in about the time of one step.
const ELEMENTS_PER_STEP: u64 = 1_024;

/// Blocks of a Yjs client that yrs moves up in about the time of one step, when it inserts one before them.
const BLOCKS_PER_STEP: u64 = 64;

/// A part of an update that has a place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) client: u32,
    pub(super) range: ClockRange,
    pub(super) origin: Option<Id>,
    pub(super) right: Option<Id>,
    pub(super) place: Place,
    /// Is it text, which yrs joins with the text before it?
    pub(super) text: bool,
}

/// What an update costs, in steps: about 100 ns of yrs' time each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// Elements that were walked over for a place.
    pub(super) walked: u64,
    /// Splitting runs, joining them, and moving what lies behind them in memory.
    pub(super) moved: u64,
}

/// The lists of a document. It is a function of the updates integrated, in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    nodes: Vec<Node>,
    /// Of each Yjs client its runs, by their first clocks.
    clients: BTreeMap<u32, BTreeMap<u32, u32>>,
    /// The first run of each list, and how many are in it.
    lists: BTreeMap<List, Head>,
    marks: Marks,
}

/// The children of a type, or the values of one key of it.
type List = (Home, u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    first: u32,
    runs: u32,
}

/// When each run was last walked over. Means nothing between two updates.
#[derive(Debug, Clone, Default)]
struct Marks {
    at: Vec<u64>,
    now: u64,
}

/// Two are equal whose lists are: what a checkpoint carries.
impl PartialEq for Order {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Order {}

/// An update that is being integrated. Dropped without [`Integration::keep`] it leaves the order as it was.
pub(super) struct Integration<'o> {
    order: &'o mut Order,
    cost: Cost,
    walked_max: u64,
    runs_before: usize,
    /// Where the last deletion ended.
    cut: Option<(u32, u32)>,
    /// The run that was last written on, and by how much.
    grown: (u32, u64),
    /// What the runs and lists that were there were before.
    nodes: Vec<(u32, Node)>,
    lists: Vec<(List, Option<Head>)>,
    kept: bool,
}

impl Order {
    /// Begins an update. Beyond `walked_max` steps no place is looked for any more: an element is put where it began.
    pub(super) fn begin(&mut self, walked_max: u64) -> Integration<'_> {
        let runs_before = self.nodes.len();
        Integration {
            order: self,
            cost: Cost::default(),
            walked_max,
            runs_before,
            cut: None,
            grown: (NONE, 0),
            nodes: Vec::new(),
            lists: Vec::new(),
            kept: false,
        }
    }

    /// How many runs it holds.
    pub(super) fn runs(&self) -> usize {
        self.nodes.len()
    }

    /// The run that holds an element, if it has a place.
    fn run_of(&self, id: Id) -> Option<u32> {
        let (_, &run) = self.clients.get(&id.client)?.range(..=id.clock).next_back()?;
        (id.clock < self.node(run).end()).then_some(run)
    }

    fn node(&self, run: u32) -> &Node {
        &self.nodes[run as usize]
    }

    fn first_of(&self, list: List) -> u32 {
        self.lists.get(&list).map_or(NONE, |head| head.first)
    }
}

impl Integration<'_> {
    /// Puts one part in its place. Parts come in the order in which yrs integrates them.
    pub(super) fn put(&mut self, part: &Placed) {
        let list = (part.place.home, part.place.key);
        let left = part.origin.map_or(NONE, |id| self.cut_after(id));
        let right = part.right.map_or(NONE, |id| self.cut_before(id));
        if left != NONE && self.extends(left, right, part) {
            return;
        }
        let side_by_side = match (left, right) {
            (NONE, NONE) => self.order.first_of(list) == NONE,
            (NONE, right) => self.order.node(right).left == NONE,
            (left, right) => self.order.node(left).right == right,
        };
        let left = if side_by_side { left } else { self.walk(left, right, list, part) };
        self.insert(left, list, part);
    }

    /// Elements of `client` are deleted, of `live` ones around them: yrs splits the run that they are part of, before and behind.
    /// Those of one client come in ascending order.
    pub(super) fn delete(&mut self, client: u32, range: ClockRange, live: ClockRange) {
        let Some(run) = self.order.run_of(Id { client, clock: range.start }) else { return };
        let cut = self.cut.filter(|(of, _)| *of == client).map_or(0, |(_, end)| end);
        self.cut = Some((client, range.end));
        let node = self.order.node(run);
        let (start, end) = (live.start.max(cut).max(node.start), live.end.min(node.end()));
        let edges = [range.start > start, range.end < end].into_iter().filter(|edge| *edge).count() as u64;
        self.cost.moved += edges * self.split_cost(client, end.saturating_sub(start));
        let node = self.change(run);
        node.pieces = (u64::from(node.pieces) + edges).min(u64::from(node.len)) as u32;
    }

    /// What it has cost so far.
    pub(super) fn cost(&self) -> Cost {
        self.cost
    }

    /// How many runs the document has with it.
    pub(super) fn runs(&self) -> usize {
        self.order.runs()
    }

    /// Keeps what was integrated.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }

    /// Is `part` what its client writes on behind its run `left`? Then it is one run with it.
    fn extends(&mut self, left: u32, right: u32, part: &Placed) -> bool {
        let node = self.order.node(left);
        let goes_on = node.client == part.client && node.end() == part.range.start;
        if !goes_on || node.right != right || node.right_origin != part.right {
            return false;
        }
        let len = part.range.end - part.range.start;
        if self.grown.0 != left {
            self.grown = (left, 0);
        }
        if part.text {
            // yrs joins from the right to the left, and copies what it has joined each time.
            self.cost.moved += self.grown.1 / ELEMENTS_PER_STEP;
        }
        self.grown.1 += u64::from(len);
        let node = self.change(left);
        node.len += len;
        if !part.text {
            node.pieces += 1;
        }
        true
    }

    /// The run to the right of which a part belongs whose neighbours were `left` and `right`.
    /// Source: yrs 0.28.1 `Item::resolve_conflict`.
    fn walk(&mut self, mut left: u32, right: u32, list: List, part: &Placed) -> u32 {
        let mut other = match left {
            NONE => {
                if list.1 != 0 {
                    // yrs goes back from the last value of a key to the first, here and once more to insert.
                    self.cost.walked += 2 * self.order.lists.get(&list).map_or(0, |head| u64::from(head.runs));
                }
                self.order.first_of(list)
            }
            left => self.order.node(left).right,
        };
        let began = self.order.marks.begin(self.order.nodes.len());
        let mut conflicting = began;
        while other != right && other != NONE && self.cost.walked <= self.walked_max {
            let node = *self.order.node(other);
            self.cost.walked += u64::from(node.pieces);
            self.order.marks.mark(other);
            if node.origin == part.origin {
                if node.client < part.client {
                    left = other;
                    conflicting = self.order.marks.now + 1;
                } else if node.right_origin == part.right {
                    break;
                }
            } else {
                let Some(origin) = node.origin.and_then(|id| self.order.run_of(id)) else { break };
                let marked = self.order.marks.at[origin as usize];
                if marked < began {
                    break;
                }
                if marked < conflicting {
                    left = other;
                    conflicting = self.order.marks.now + 1;
                }
            }
            other = node.right;
        }
        left
    }

    /// A new run to the right of `left`, or at the beginning of its list.
    fn insert(&mut self, left: u32, list: List, part: &Placed) {
        let run = self.order.nodes.len() as u32;
        let head = self.order.lists.get(&list).copied();
        let right = match left {
            NONE => head.map_or(NONE, |head| head.first),
            left => self.order.node(left).right,
        };
        self.order.nodes.push(Node {
            client: part.client,
            start: part.range.start,
            len: part.range.end - part.range.start,
            origin: part.origin,
            right_origin: part.right,
            left,
            right,
            pieces: 1,
        });
        self.order.clients.entry(part.client).or_default().insert(part.range.start, run);
        self.lists.push((list, head));
        self.grown = (run, u64::from(part.range.end - part.range.start));
        let runs = head.map_or(0, |head| head.runs) + 1;
        let first = if left == NONE { run } else { head.map_or(run, |head| head.first) };
        self.order.lists.insert(list, Head { first, runs });
        if left != NONE {
            self.change(left).right = run;
        }
        if right != NONE {
            self.change(right).left = run;
        }
    }

    /// The run that ends with this element, which is split if need be.
    fn cut_after(&mut self, id: Id) -> u32 {
        let Some(run) = self.order.run_of(id) else { return NONE };
        if id.clock + 1 < self.order.node(run).end() {
            self.split(run, id.clock + 1);
        }
        run
    }

    /// The run that begins with this element, which is split if need be.
    fn cut_before(&mut self, id: Id) -> u32 {
        match self.order.run_of(id) {
            Some(run) if self.order.node(run).start < id.clock => self.split(run, id.clock),
            run => run.unwrap_or(NONE),
        }
    }

    /// Splits a run before `clock`. Gives the second part.
    fn split(&mut self, run: u32, clock: u32) -> u32 {
        let (second, whole) = (self.order.nodes.len() as u32, *self.order.node(run));
        self.cost.moved += self.split_cost(whole.client, whole.len);
        let (before, behind) = whole.split(clock, run, second);
        *self.change(run) = before;
        self.order.nodes.push(behind);
        if behind.right != NONE {
            self.change(behind.right).left = second;
        }
        self.order.clients.entry(behind.client).or_default().insert(clock, second);
        second
    }

    /// Splitting a run of so many elements.
    fn split_cost(&self, client: u32, len: u32) -> u64 {
        let runs = self.order.clients.get(&client).map_or(0, BTreeMap::len) as u64;
        1 + u64::from(len) / ELEMENTS_PER_STEP + runs / BLOCKS_PER_STEP
    }

    /// A run to be changed; what it was is remembered.
    fn change(&mut self, run: u32) -> &mut Node {
        let node = &mut self.order.nodes[run as usize];
        if (run as usize) < self.runs_before {
            self.nodes.push((run, *node));
        }
        node
    }
}

impl Drop for Integration<'_> {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        for node in self.order.nodes.drain(self.runs_before..) {
            if let Some(runs) = self.order.clients.get_mut(&node.client) {
                runs.remove(&node.start);
                if runs.is_empty() {
                    self.order.clients.remove(&node.client);
                }
            }
        }
        for (run, node) in self.nodes.drain(..).rev() {
            self.order.nodes[run as usize] = node;
        }
        for (list, head) in self.lists.drain(..).rev() {
            match head {
                Some(head) => self.order.lists.insert(list, head),
                None => self.order.lists.remove(&list),
            };
        }
    }
}

impl Marks {
    /// Begins a walk. Gives the first mark of it.
    fn begin(&mut self, runs: usize) -> u64 {
        self.at.resize(runs, 0);
        self.now + 1
    }

    fn mark(&mut self, run: u32) {
        self.now += 1;
        self.at[run as usize] = self.now;
    }
}
