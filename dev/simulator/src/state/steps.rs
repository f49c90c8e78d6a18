//! Fault points of the functions under test: each asks here before a step whether to go on, and a test may stop it.

use serde::Serialize;

/// What a rule makes of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Do {
    Go,
    Die,
    Hold,
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// `*` is any.
    pub(crate) conversation: String,
    /// `*` is any.
    pub(crate) step: String,
    pub(crate) action: Do,
    pub(crate) times: u32,
}

/// One step seen.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Seen {
    pub(crate) seq: u64,
    pub(crate) conversation: String,
    pub(crate) step: String,
    pub(crate) at_ms: i64,
    /// `go`, `die`, or `null` while it is held.
    pub(crate) answer: Option<&'static str>,
    pub(crate) held: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Steps {
    pub(crate) rules: Vec<Rule>,
    pub(crate) log: Vec<Seen>,
    next_seq: u64,
}

fn covers(pattern: &str, value: &str) -> bool {
    pattern == "*" || pattern == value
}

impl Steps {
    /// Logs a step and says what becomes of it.
    pub(crate) fn arrive(&mut self, now: i64, conversation: &str, step: &str) -> (u64, Do) {
        let rule = self
            .rules
            .iter_mut()
            .find(|r| r.times > 0 && covers(&r.conversation, conversation) && covers(&r.step, step));
        let action = rule.map_or(Do::Go, |rule| {
            rule.times -= 1;
            rule.action
        });
        self.next_seq += 1;
        self.log.push(Seen {
            seq: self.next_seq,
            conversation: conversation.to_owned(),
            step: step.to_owned(),
            at_ms: now,
            answer: match action {
                Do::Go => Some("go"),
                Do::Die => Some("die"),
                Do::Hold => None,
            },
            held: action == Do::Hold,
        });
        (self.next_seq, action)
    }

    /// Lets held steps go; answers how many there were.
    pub(crate) fn release(&mut self, conversation: &str, step: &str) -> usize {
        let held = self
            .log
            .iter_mut()
            .filter(|s| s.answer.is_none() && covers(conversation, &s.conversation) && covers(step, &s.step));
        held.map(|seen| seen.answer = Some("go")).count()
    }

    /// Lets one held step go because it was held long enough.
    pub(crate) fn give_up(&mut self, seq: u64) {
        if let Some(seen) = self.log.iter_mut().find(|s| s.seq == seq && s.answer.is_none()) {
            seen.answer = Some("go");
        }
    }

    /// Whether a held step may go on: released, or forgotten with the log.
    pub(crate) fn is_free(&self, seq: u64) -> bool {
        self.log.iter().rev().find(|s| s.seq == seq).is_none_or(|s| s.answer.is_some())
    }

    /// Forgets rules and log. Numbers go on, so a step held before is free and never mistaken for a later one.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
        self.log.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(action: Do, times: u32) -> Rule {
        Rule { conversation: "*".into(), step: "commit".into(), action, times }
    }

    #[test]
    fn without_a_rule_every_step_goes() {
        assert_eq!(Steps::default().arrive(1, "c", "commit").1, Do::Go);
    }

    #[test]
    fn a_rule_is_used_up_after_its_times() {
        let mut steps = Steps { rules: vec![rule(Do::Die, 1)], ..Steps::default() };
        assert_eq!(steps.arrive(1, "c", "load").1, Do::Go);
        assert_eq!(steps.arrive(2, "c", "commit").1, Do::Die);
        assert_eq!(steps.arrive(3, "c", "commit").1, Do::Go);
    }

    #[test]
    fn a_held_step_is_free_once_released() {
        let mut steps = Steps { rules: vec![rule(Do::Hold, 1)], ..Steps::default() };
        let (seq, action) = steps.arrive(1, "c", "commit");
        assert_eq!((action, steps.is_free(seq)), (Do::Hold, false));
        assert_eq!(steps.release("c", "*"), 1);
        assert!(steps.is_free(seq));
    }
}
