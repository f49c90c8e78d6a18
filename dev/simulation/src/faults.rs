//! What is broken on purpose, and the dice that decide when. Each conversation has a stream of its own for each kind of
//! fault: leaving a kind or a conversation out changes nothing for the others.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// SalesIQ delivers an event twice.
    Duplicate,
    /// An event is overtaken by the next ones.
    Reorder,
    /// An event comes a minute or two late.
    Delay,
    /// An event is never delivered, though SalesIQ thinks it was.
    Drop,
    /// The webhook answers with an error, or not at all.
    Reject,
    /// SalesIQ's API does not answer anybody for two minutes.
    Down,
    /// SalesIQ answers a call with an error of its own; what was asked may have been done.
    Error,
    /// A call is not answered in time: it was done, is done within half a minute, or never.
    Timeout,
    /// SalesIQ throttles a call.
    Throttle,
    /// A commit meets another writer.
    Conflict,
    /// The table does what it was asked, but its answer is lost.
    LostCommitAnswer,
    /// The table does not answer for half a minute.
    StoreDown,
    /// The process dies.
    Crash,
    /// A wake-up is lost.
    LostWakeUp,
    /// A wake-up comes twice.
    DuplicateWakeUp,
    /// An alarm is lost.
    LostAlarm,
    /// SES refuses a mail.
    MailRefused,
    /// Whether SES took a mail can't be told.
    MailUnknown,
    /// The agent fails.
    AgentError,
    /// The agent takes long, perhaps longer than its function may live.
    SlowAgent,
}

/// All kinds with their names and how many of a thousand chances they take.
const KINDS: [(Fault, &str, u32); 20] = [
    (Fault::Duplicate, "duplicate", 60),
    (Fault::Reorder, "reorder", 100),
    (Fault::Delay, "delay", 25),
    (Fault::Drop, "drop", 12),
    (Fault::Reject, "reject", 40),
    (Fault::Down, "down", 350),
    (Fault::Error, "error", 20),
    (Fault::Timeout, "timeout", 20),
    (Fault::Throttle, "throttle", 5),
    (Fault::Conflict, "conflict", 20),
    (Fault::LostCommitAnswer, "lost-commit-answer", 10),
    (Fault::StoreDown, "store-down", 250),
    (Fault::Crash, "crash", 4),
    (Fault::LostWakeUp, "lost-wake-up", 40),
    (Fault::DuplicateWakeUp, "duplicate-wake-up", 60),
    (Fault::LostAlarm, "lost-alarm", 150),
    (Fault::MailRefused, "mail-refused", 150),
    (Fault::MailUnknown, "mail-unknown", 80),
    (Fault::AgentError, "agent-error", 15),
    (Fault::SlowAgent, "slow-agent", 40),
];

impl Fault {
    /// All kinds.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(|(fault, ..)| *fault)
    }

    /// The name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        KINDS[self as usize].1
    }

    fn permille(self) -> u32 {
        KINDS[self as usize].2
    }
}

/// A set of kinds: `all`, `none`, or a list such as `crash,drop`; `all,-drop` is all but one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultSet(u32);

/// There is no such kind of fault.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("there is no fault called {0:?}; there are {known}", known = Fault::all().map(Fault::name).collect::<Vec<_>>().join(", "))]
pub struct UnknownFault(String);

impl FaultSet {
    /// Nothing is broken.
    pub const NONE: Self = Self(0);

    /// Everything is.
    #[must_use]
    pub fn all() -> Self {
        Fault::all().fold(Self::NONE, Self::with)
    }

    /// Whether a kind is in it.
    #[must_use]
    pub fn has(self, fault: Fault) -> bool {
        self.0 & (1 << fault as u32) != 0
    }

    /// With one more.
    #[must_use]
    pub fn with(self, fault: Fault) -> Self {
        Self(self.0 | 1 << fault as u32)
    }

    /// Without one.
    #[must_use]
    pub fn without(self, fault: Fault) -> Self {
        Self(self.0 & !(1 << fault as u32))
    }

    /// The kinds in it.
    pub fn kinds(self) -> impl Iterator<Item = Fault> {
        Fault::all().filter(move |fault| self.has(*fault))
    }
}

impl FromStr for FaultSet {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        text.split(',').map(str::trim).try_fold(Self::NONE, |set, name| match name {
            "all" => Ok(Self::all()),
            "none" | "" => Ok(set),
            name => {
                let plain = name.strip_prefix('-').unwrap_or(name);
                let fault = Fault::all().find(|fault| fault.name() == plain);
                let fault = fault.ok_or_else(|| UnknownFault(plain.to_owned()))?;
                Ok(if plain == name { set.with(fault) } else { set.without(fault) })
            }
        })
    }
}

impl fmt::Display for FaultSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing: Vec<Fault> = Fault::all().filter(|fault| !self.has(*fault)).collect();
        let text = match missing.len() {
            0 => "all".to_owned(),
            20 => "none".to_owned(),
            1..=3 => format!("all,{}", missing.iter().map(|f| format!("-{}", f.name())).collect::<Vec<_>>().join(",")),
            _ => self.kinds().map(Fault::name).collect::<Vec<_>>().join(","),
        };
        f.write_str(&text)
    }
}

/// What chance decides besides faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chance {
    /// How a world is furnished.
    World,
    /// What a visitor does.
    Visitor,
    /// What humans do with a chat.
    Human,
    /// What the agent says.
    Agent,
    /// How long things take.
    Latency,
}

/// The dice of a world.
#[derive(Debug)]
pub struct Dice {
    seed: u64,
    faults: FaultSet,
    chances: BTreeMap<(Chance, usize), fastrand::Rng>,
    streams: BTreeMap<(Fault, usize), fastrand::Rng>,
    /// How often each kind struck.
    pub struck: BTreeMap<&'static str, u64>,
}

impl Dice {
    /// Dice of a seed; only these kinds of fault ever strike.
    #[must_use]
    pub fn new(seed: u64, faults: FaultSet) -> Self {
        Self { seed, faults, chances: BTreeMap::new(), streams: BTreeMap::new(), struck: BTreeMap::new() }
    }

    /// No fault strikes from now on.
    pub fn calm(&mut self) {
        self.faults = FaultSet::NONE;
    }

    /// Whether faults may still strike.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.faults == FaultSet::NONE
    }

    /// Whether a fault strikes a conversation now; 0 is the world itself.
    pub fn strikes(&mut self, fault: Fault, conversation: usize) -> bool {
        if !self.faults.has(fault) {
            return false;
        }
        let strikes = self.stream(fault, conversation).u32(0..1000) < fault.permille();
        if strikes {
            self.count(fault);
        }
        strikes
    }

    /// A fault struck.
    pub fn count(&mut self, fault: Fault) {
        *self.struck.entry(fault.name()).or_default() += 1;
    }

    /// The stream of a fault of a conversation, to decide how it strikes.
    pub fn stream(&mut self, fault: Fault, conversation: usize) -> &mut fastrand::Rng {
        let seed = self.seed;
        let new = || fastrand::Rng::with_seed(mix(seed, fault as u64, conversation as u64));
        self.streams.entry((fault, conversation)).or_insert_with(new)
    }

    /// The stream of a conversation for one purpose.
    pub fn chance(&mut self, chance: Chance, conversation: usize) -> &mut fastrand::Rng {
        let seed = self.seed;
        let new = || fastrand::Rng::with_seed(mix(seed, 1_000 + chance as u64, conversation as u64));
        self.chances.entry((chance, conversation)).or_insert_with(new)
    }
}

/// One number of three, such that neighbours have nothing in common (`SplitMix64`).
#[must_use]
pub fn mix(a: u64, b: u64, c: u64) -> u64 {
    [b, c].iter().fold(a, |sum, next| {
        let mut x = sum.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(*next).wrapping_add(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_their_order() {
        for (index, fault) in Fault::all().enumerate() {
            assert_eq!(fault as usize, index, "{}", fault.name());
        }
    }

    #[test]
    fn a_set_is_read_as_it_is_written() {
        for text in ["all", "none", "crash,drop", "all,-drop"] {
            let set: FaultSet = text.parse().unwrap();
            assert_eq!(set.to_string().parse::<FaultSet>().unwrap(), set);
        }
        assert!("all".parse::<FaultSet>().unwrap().has(Fault::SlowAgent));
        assert!(!"all,-drop".parse::<FaultSet>().unwrap().has(Fault::Drop));
        assert!("flood".parse::<FaultSet>().is_err());
    }

    #[test]
    fn a_stream_does_not_know_the_others() {
        let draw = |faults: &str, first: Option<Fault>| {
            let mut dice = Dice::new(7, faults.parse().unwrap());
            if let Some(first) = first {
                for conversation in 0..9 {
                    dice.strikes(first, conversation);
                }
            }
            (0..200).map(|_| dice.strikes(Fault::Reorder, 3)).collect::<Vec<_>>()
        };
        assert_eq!(draw("all", Some(Fault::Crash)), draw("reorder", None));
    }
}
