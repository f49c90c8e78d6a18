//! Going on with a procedure, or leaving it.

use super::{CALL_ID, CHECK_ID, Format, Running, SIGN_IN};
use crate::agent::Thought;
use crate::agent::knowledge::terms;
use crate::agent::understanding::intent::SmallTalk;
use crate::agent::understanding::question::question_of;
use crate::agent::understanding::{solved, words};
use crate::domain::message::Author;
use crate::domain::procedure::UnderWay;

/// How well something else must fit what is said, for the visitor to be asking for that.
const ELSE_PERMILLE: u32 = 600;

/// The same where any text may be the answer and no question mark tells it apart.
const PLAINLY_ELSE_PERMILLE: u32 = 850;

impl Running<'_> {
    /// Goes on with it, or leaves it: then nothing. `fits` tells whether something else that the company knows fits these
    /// words, with at least such a score.
    pub(in crate::agent::playbook) fn go_on(
        &self,
        under_way: &UnderWay,
        fits: impl Fn(&str, u32) -> bool,
    ) -> Option<Thought> {
        let mut state = under_way.clone();
        let answered = self.take(&mut state, false);
        let calling = self.calls_so_far().any(|call| call.id == CHECK_ID || call.id == CALL_ID);
        let wants_text = self.wants_text(&state);
        if !answered && !calling {
            let said = question_of(self.turn().lines);
            if solved::says_so(&said, self.reading) {
                return Some(Thought::of(super::super::answer::reply(self.voice.built_in().okay.clone())));
            }
            let signs_in = state.asked.as_deref() == Some(SIGN_IN) && self.turn().player.level < self.needed_level();
            match self.reading.small_talk {
                Some(SmallTalk::Thanks | SmallTalk::Bye) => return None,
                // "Ok" answers no question, but it is all there is to say to being told something.
                Some(SmallTalk::Okay | SmallTalk::Greeting) if signs_in => return None,
                _ => {}
            }
            let stated = wants_text && !said.contains(['?', '？']);
            let least = if stated { PLAINLY_ELSE_PERMILLE } else { ELSE_PERMILLE };
            let aside = self.aside();
            if !aside.is_empty() && fits(&aside, least) {
                return None;
            }
        }
        if wants_text && !self.reading.rest.is_empty() {
            self.take(&mut state, true);
        }
        Some(self.advance(state))
    }

    fn wants_text(&self, state: &UnderWay) -> bool {
        let asked = state.asked.as_deref();
        self.slots(state).iter().any(|slot| Some(slot.name) == asked && slot.format == Format::Text)
    }

    /// What the visitor says besides what we said last: "which e-mail?" is about our question.
    fn aside(&self) -> String {
        let ours = self.turn().lines.iter().rev().find(|line| line.author == Author::Ours);
        let asked = ours.map(|line| terms::of(line.content.readable())).unwrap_or_default();
        let searchable = super::without_answers(&self.reading.rest, self.turn());
        let besides = |word: &String| !terms::of(word).iter().any(|term| asked.contains(term));
        let words: Vec<String> = words::words(&searchable).into_iter().filter(besides).collect();
        let tells = words.iter().any(|word| !terms::of(word).is_empty());
        if tells { words.join(" ") } else { String::new() }
    }
}
