//! What is said to a visitor who writes on while a human is being looked for.
//!
//! Nothing is answered from the knowledge: two voices would only confuse. Nobody is said to be found or on the way. The
//! lines still wait for the human; all that happens here is reassurance, one question whose answer the human will need,
//! and taking note that it is solved.

use super::answer::{Voice, reply};
use super::texts::AskTexts;
use crate::agent::Waiting;
use crate::agent::understanding::intent::{self, Reading};
use crate::agent::understanding::question::has_file;
use crate::agent::understanding::solved;
use crate::domain::message::Author;
use crate::domain::verdict::{EscalationReason, Verdict};

/// Comes to a verdict on what the visitor wrote meanwhile.
pub(super) fn verdict(voice: &Voice<'_>, waiting: &Waiting<'_>, question: &str, reading: &Reading) -> Verdict {
    let scene = Scene { voice, waiting, question, reading };
    let texts = &voice.built_in().waiting;
    if scene.lets_go() {
        // Whoever was understood wrongly can still object.
        let turn = voice.turn;
        let countdown = !turn.settings.idle_of(turn.brand).countdown_s.is_empty();
        return Verdict::Close { text: Some(texts.solved.clone()), countdown };
    }
    let warning = scene.warning();
    // The limit keeps us from talking too much. It does not keep a number from someone who may need it.
    let new_danger = scene.tells(&EscalationReason::SelfHarm) && warning.is_some_and(|text| !scene.was_said(text));
    let told_enough = waiting.said >= voice.turn.settings.escalation.waiting_replies;
    if !new_danger && (told_enough || (waiting.said > 0 && scene.says_nothing())) {
        return Verdict::Silence;
    }
    let about_us = reading.about_us.then(|| texts.about_us.replace("{brand}", &voice.turn.brand.name));
    let (told, asked) = if waiting.said == 0 {
        let own = voice.own(|texts| texts.waiting.as_ref());
        (own.unwrap_or_else(|| texts.reassure.clone()), scene.question_for_the_human())
    } else {
        (scene.later(), None)
    };
    reply(Voice::compose([warning.map(str::to_owned), about_us, Some(told), asked.map(str::to_owned)]))
}

/// A turn while a human is being looked for.
struct Scene<'a> {
    voice: &'a Voice<'a>,
    waiting: &'a Waiting<'a>,
    question: &'a str,
    reading: &'a Reading,
}

impl Scene<'_> {
    /// Whether the visitor needs nobody any more. Where someone may come to harm, "forget it" is no reason to leave.
    fn lets_go(&self) -> bool {
        let reason = self.waiting.reason;
        !matches!(
            reason,
            EscalationReason::SelfHarm | EscalationReason::ChildSafety | EscalationReason::ResponsibleGaming
        ) && solved::says_so(self.question, self.reading)
    }

    fn tells(&self, reason: &EscalationReason) -> bool {
        self.reading.reason.as_ref() == Some(reason)
    }

    /// Nothing but blanks, signs or small talk.
    fn says_nothing(&self) -> bool {
        let reading = self.reading;
        reading.reason.is_none() && reading.rest.is_empty() && !reading.about_us && !has_file(self.voice.turn.lines)
    }

    /// What has to be said first of someone's danger.
    fn warning(&self) -> Option<&'static str> {
        let texts = self.voice.built_in();
        let first_for_harm = self.waiting.said == 0 && *self.waiting.reason == EscalationReason::SelfHarm;
        if first_for_harm || self.tells(&EscalationReason::SelfHarm) {
            return texts.before(&EscalationReason::SelfHarm);
        }
        let gaming = EscalationReason::ResponsibleGaming;
        let is_new = self.tells(&gaming) && *self.waiting.reason != EscalationReason::SelfHarm;
        texts.before(&gaming).filter(|text| is_new && !self.was_said(text))
    }

    /// The one thing that the human will need to know, if it was not told and not asked for before.
    fn question_for_the_human(&self) -> Option<&'static str> {
        let ask: &'static AskTexts = &self.voice.built_in().waiting.ask;
        let question = match self.gravest() {
            EscalationReason::SelfHarm | EscalationReason::ChildSafety | EscalationReason::ResponsibleGaming => {
                return None;
            }
            EscalationReason::Fraud => &ask.fraud,
            EscalationReason::ToolFailed if self.told_an_address() => return None,
            EscalationReason::ToolFailed => &ask.account,
            _ if self.told_what_it_is_about() => return None,
            _ => &ask.about,
        };
        Some(question.as_str()).filter(|question| !self.was_said(question))
    }

    /// Why a human is needed, or what the visitor says now if that is graver.
    fn gravest(&self) -> &EscalationReason {
        let grave = [
            EscalationReason::SelfHarm,
            EscalationReason::ChildSafety,
            EscalationReason::ResponsibleGaming,
            EscalationReason::Fraud,
        ];
        let known = [Some(self.waiting.reason), self.reading.reason.as_ref()];
        let rank = |reason: &EscalationReason| grave.iter().position(|grave| grave == reason).unwrap_or(grave.len());
        known.into_iter().flatten().min_by_key(|reason| rank(reason)).unwrap_or(self.waiting.reason)
    }

    fn told_what_it_is_about(&self) -> bool {
        [self.waiting.summary, self.question].iter().any(|text| !intent::is_empty_of_content(text))
            || has_file(self.voice.turn.lines)
    }

    fn told_an_address(&self) -> bool {
        let is_address =
            |word: &str| word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        [self.waiting.summary, self.question].iter().any(|text| text.split_whitespace().any(is_address))
    }

    /// Short, and not what was said last.
    fn later(&self) -> String {
        let texts = &self.voice.built_in().waiting;
        let impatient = self.tells(&EscalationReason::VisitorAsked)
            || self.tells(&EscalationReason::Frustrated)
            || self.question.contains(['?', '？'])
            || self.reading.about_us;
        let [one, other] = if impatient { &texts.still } else { &texts.noted };
        let (first, second) = if self.waiting.said % 2 == 1 { (one, other) } else { (other, one) };
        if self.said_last().is_some_and(|last| last.contains(first.as_str())) { second.clone() } else { first.clone() }
    }

    fn ours(&self) -> impl DoubleEndedIterator<Item = &str> {
        let lines = self.voice.turn.lines.iter().filter(|line| line.author == Author::Ours);
        lines.map(|line| line.content.readable())
    }

    fn said_last(&self) -> Option<&str> {
        self.ours().next_back()
    }

    fn was_said(&self, text: &str) -> bool {
        self.ours().any(|line| line.contains(text))
    }
}
