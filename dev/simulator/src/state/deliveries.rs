//! The queue of webhook executions.
//!
//! First attempts of one webhook and one conversation go out one after the other, in the order of the events; different
//! conversations don't wait for each other. A failed attempt comes again later and holds nothing up (api.md 5.2).

use crate::faults::Action;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// One execution on its way.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// Order of creation, given by the queue.
    pub(crate) number: u64,
    pub(crate) webhook_id: String,
    pub(crate) entity_type: String,
    pub(crate) entity_id: String,
    pub(crate) event: String,
    pub(crate) event_time: i64,
    pub(crate) app_id: Option<String>,
    pub(crate) entity: Value,
    pub(crate) attempt: u32,
    /// Set once it stood in the list of failed executions.
    pub(crate) execution_id: Option<String>,
    /// How often the API ran it again.
    pub(crate) runs: u32,
    /// Waiting for the next delivery of its lane to overtake it (a fault).
    pub(crate) held: bool,
    /// What is left of the fault that struck it, for when it goes out; none: no rule was asked yet.
    pub(crate) fault: Option<Action>,
}

impl Delivery {
    fn lane(&self) -> Lane {
        (self.webhook_id.clone(), self.entity_id.clone())
    }
}

type Lane = (String, String);

/// One attempt in the log.
#[derive(Clone, Debug, Serialize)]
#[allow(clippy::struct_field_names, reason = "the names that the log has on the wire")]
pub(crate) struct Attempt {
    pub(crate) seq: u64,
    pub(crate) at_ms: i64,
    pub(crate) webhook_id: String,
    pub(crate) conversation: String,
    pub(crate) event: String,
    pub(crate) attempt: u32,
    /// `delivered`, `failed`, `dropped` (a fault), or `listed` (failed for the last time).
    pub(crate) outcome: &'static str,
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
    pub(crate) duration_ms: u64,
    /// What was sent.
    pub(crate) sent: String,
    /// What came back.
    pub(crate) body: String,
}

/// How many attempts the log keeps.
const LOG_LENGTH: usize = 100_000;

#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    lanes: HashMap<Lane, VecDeque<Delivery>>,
    busy: HashSet<Lane>,
    ready: VecDeque<Lane>,
    later: BTreeMap<(i64, u64), Delivery>,
    next_number: u64,
    next_seq: u64,
    log: VecDeque<Attempt>,
}

impl Deliveries {
    /// Numbers never repeat, also not after a reset.
    pub(crate) fn go_on_after(&mut self, other: &Self) {
        self.next_number = other.next_number;
        self.next_seq = other.next_seq;
    }

    /// Puts an execution at the end of its lane.
    pub(crate) fn push(&mut self, mut delivery: Delivery) {
        delivery.number = self.number();
        let lane = delivery.lane();
        let queue = self.lanes.entry(lane.clone()).or_default();
        queue.push_back(delivery);
        if queue.len() == 1 && !self.busy.contains(&lane) {
            self.ready.push_back(lane);
        }
    }

    /// Puts a copy where the original just was.
    pub(crate) fn push_front(&mut self, mut delivery: Delivery) {
        delivery.number = self.number();
        self.lanes.entry(delivery.lane()).or_default().push_front(delivery);
    }

    /// Sends it at `due`, in nobody's turn.
    pub(crate) fn push_later(&mut self, due: i64, mut delivery: Delivery) {
        delivery.number = self.number();
        self.later.insert((due, delivery.number), delivery);
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    /// Moves what is due into the lanes.
    pub(crate) fn wake(&mut self, now: i64) {
        while let Some(entry) = self.later.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let mut delivery = entry.remove();
            delivery.held = false;
            self.push(delivery);
        }
    }

    pub(crate) fn next_due(&self) -> Option<i64> {
        self.later.keys().next().map(|(due, _)| *due)
    }

    /// The next execution to send. Its lane is closed until [`Self::finish`].
    pub(crate) fn take(&mut self) -> Option<Delivery> {
        loop {
            let lane = self.ready.pop_front()?;
            let Some(delivery) = self.lanes.get_mut(&lane).and_then(VecDeque::pop_front) else {
                continue;
            };
            self.busy.insert(lane);
            return Some(delivery);
        }
    }

    /// Opens the lane again; whatever was held until this one had passed comes next.
    pub(crate) fn finish(&mut self, delivery: &Delivery, overtakes: bool) {
        let lane = delivery.lane();
        if overtakes {
            let held: Vec<_> =
                self.later.iter().filter(|(_, d)| d.held && d.lane() == lane).map(|(key, _)| *key).collect();
            for key in held {
                if let Some(mut delivery) = self.later.remove(&key) {
                    delivery.held = false;
                    self.lanes.entry(lane.clone()).or_default().push_front(delivery);
                }
            }
        }
        self.busy.remove(&lane);
        match self.lanes.get(&lane) {
            Some(queue) if !queue.is_empty() => self.ready.push_back(lane),
            _ => {
                self.lanes.remove(&lane);
            }
        }
    }

    /// Executions neither delivered nor given up.
    pub(crate) fn pending(&self) -> usize {
        self.lanes.values().map(VecDeque::len).sum::<usize>() + self.busy.len() + self.later.len()
    }

    pub(crate) fn record(&mut self, mut attempt: Attempt) {
        self.next_seq += 1;
        attempt.seq = self.next_seq;
        if self.log.len() == LOG_LENGTH {
            self.log.pop_front();
        }
        self.log.push_back(attempt);
    }

    pub(crate) fn log(&self) -> impl Iterator<Item = &Attempt> {
        self.log.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(conversation: &str, event: &str) -> Delivery {
        Delivery {
            number: 0,
            webhook_id: "1".into(),
            entity_type: "conversation".into(),
            entity_id: conversation.into(),
            event: event.into(),
            event_time: 0,
            app_id: None,
            entity: Value::Null,
            attempt: 1,
            execution_id: None,
            runs: 0,
            held: false,
            fault: None,
        }
    }

    #[test]
    fn one_conversation_keeps_its_order_while_another_goes_ahead() {
        let mut queue = Deliveries::default();
        for (conversation, event) in [("a", "1"), ("a", "2"), ("b", "1")] {
            queue.push(delivery(conversation, event));
        }
        let first = queue.take().unwrap();
        let other = queue.take().unwrap();
        assert_eq!((first.entity_id.as_str(), other.entity_id.as_str()), ("a", "b"));
        assert!(queue.take().is_none(), "the lane of a is closed until its first is finished");
        queue.finish(&first, true);
        assert_eq!(queue.take().unwrap().event, "2");
    }

    #[test]
    fn a_held_delivery_is_overtaken_by_the_next_of_its_lane() {
        let mut queue = Deliveries::default();
        queue.push(delivery("a", "1"));
        queue.push(delivery("a", "2"));
        let mut first = queue.take().unwrap();
        first.held = true;
        queue.push_later(1_000, first.clone());
        queue.finish(&first, false);
        let second = queue.take().unwrap();
        assert_eq!(second.event, "2");
        queue.finish(&second, true);
        assert_eq!(queue.take().unwrap().event, "1");
    }

    #[test]
    fn what_is_put_off_comes_back_when_it_is_due() {
        let mut queue = Deliveries::default();
        queue.push_later(1_000, delivery("a", "1"));
        queue.wake(999);
        assert!(queue.take().is_none());
        queue.wake(1_000);
        assert_eq!(queue.take().unwrap().event, "1");
        assert_eq!(queue.next_due(), None);
    }
}
