//! A turn of the AI is two pure functions: [`Conversation::start_turn`] and [`Conversation::conclude_turn`] (ARCHITECTURE.md, "Turns and epochs").

use jiff::Timestamp;

use super::action::{ActionId, ActionKind, ActionState, Covers, Holder};
use super::conversation::{Attendance, Conversation, Phase, Terms, TurnLease};
use super::escalation::{Escalation, Stage};
use super::fingerprint::Fingerprint;
use super::id::{ArticleId, OperatorId};
use super::procedure::UnderWay;
use super::sentences::parts;
use super::settings::WorkspaceSettings;
use super::verdict::{EscalationReason, Verdict};

/// How often a turn is thought again because the visitor goes on writing; after that the next turn takes the new lines.
pub const RETHINKS: u8 = 2;

/// How much of the knowledge is remembered that answers rest on.
const SOURCES_REMEMBERED: usize = 8;

/// In how many messages a reply is said at the most: fewer than the settled ones that are remembered for their echoes.
pub const REPLY_PARTS: usize = 6;

/// How many tags the AI puts on a chat.
pub const TAGS_REMEMBERED: usize = 20;

/// How a running turn stands after a reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing that matters happened: conclude.
    Holds,
    /// The visitor went on: think again.
    Rethink,
    /// A human, an end, a pause or another holder: say nothing.
    Lost,
}

/// Who concludes a turn, when, and with which texts.
#[derive(Debug, Clone)]
pub struct Conclusion<'a> {
    /// Who thought.
    pub holder: &'a Holder,
    /// What it came to.
    pub verdict: Verdict,
    /// Tags to put on the chat.
    pub tags: Vec<String>,
    /// The procedure that is gone on with in the next turn.
    pub under_way: Option<UnderWay>,
    /// What the visitor is told when a colleague is looked for.
    pub looking_for_colleague: String,
    /// The workspace's settings.
    pub settings: &'a WorkspaceSettings,
    /// The deployment's periods.
    pub terms: &'a Terms,
    /// Now.
    pub now: Timestamp,
}

impl Conversation {
    /// Takes the lease: what waits now is what the turn is about.
    pub fn start_turn(&mut self, holder: &Holder, terms: &Terms, now: Timestamp) {
        self.turn = Some(TurnLease {
            holder: holder.clone(),
            until: now + terms.lease,
            epoch: self.epoch,
            covers: self.unheard(),
            rethinks: 0,
            waiting: self.escalation().is_some(),
        });
    }

    /// The lines that a turn is about: those that wait, and while a human is looked for those that the AI has not
    /// reacted to.
    #[must_use]
    pub fn unheard(&self) -> Covers {
        let mut lines = self.unanswered.clone();
        if let Some(escalation) = self.escalation() {
            lines.remove(&escalation.heard);
        }
        lines
    }

    /// Whether a turn is running.
    #[must_use]
    pub fn is_thinking(&self, now: Timestamp) -> bool {
        self.turn.as_ref().is_some_and(|turn| turn.until > now)
    }

    /// How the turn of `holder` stands.
    #[must_use]
    pub fn standing(&self, holder: &Holder, us: &OperatorId, now: Timestamp) -> Standing {
        let Some(turn) = self.turn.as_ref().filter(|turn| &turn.holder == holder && turn.until > now) else {
            return Standing::Lost;
        };
        let paused = self.retry_at.is_some_and(|at| at > now);
        let may_speak = match self.phase {
            Phase::Assisting => !turn.waiting,
            Phase::Escalating(_) => turn.waiting,
            _ => false,
        };
        let may_speak = may_speak && self.attendance(us) == Attendance::Us;
        if !may_speak || paused || self.unheard().is_empty() {
            Standing::Lost
        } else if self.epoch == turn.epoch || turn.rethinks >= RETHINKS {
            Standing::Holds
        } else {
            Standing::Rethink
        }
    }

    /// Takes up what happened since the turn began.
    pub fn rethink(&mut self) {
        let (epoch, covers) = (self.epoch, self.unheard());
        if let Some(turn) = &mut self.turn {
            turn.epoch = epoch;
            turn.covers = covers;
            turn.rethinks += 1;
            self.counts.rethinks += 1;
        }
    }

    /// Gives the lease back without a verdict.
    pub fn abandon_turn(&mut self, holder: &Holder) {
        if self.turn.as_ref().is_some_and(|turn| &turn.holder == holder) {
            self.turn = None;
        }
    }

    /// Turns a verdict into actions, claimed by the holder, in the order in which they are to be carried out.
    ///
    /// Call it only where [`Conversation::standing`] says [`Standing::Holds`].
    pub fn conclude_turn(&mut self, conclusion: Conclusion<'_>) -> Vec<ActionId> {
        let Some(turn) = self.turn.take() else { return Vec::new() };
        self.counts.turns += 1;
        self.under_way.clone_from(&conclusion.under_way);
        let mut covers = turn.covers;
        // A line deleted meanwhile needs no answer.
        covers.ids.retain(|id| self.unanswered.ids.contains(id));
        if turn.waiting {
            return self.conclude_waiting(conclusion, covers);
        }
        if !matches!(conclusion.verdict, Verdict::Escalate { .. } | Verdict::Silence) {
            self.unanswered.remove(&covers);
        }
        let claimed = ActionState::Claimed {
            by: conclusion.holder.clone(),
            since: conclusion.now,
            until: conclusion.now + conclusion.terms.claim(),
        };
        let overrides_visitor = turn.rethinks >= RETHINKS;
        let tags = self.new_tags(conclusion.tags);
        let mut actions = match conclusion.verdict {
            Verdict::Reply { text, clarifies, sources } => {
                self.rest_on(sources);
                self.reply_in_parts(&text, clarifies, covers, overrides_visitor, conclusion.settings, &claimed)
            }
            // Visitors are never left without an answer by the AI alone.
            Verdict::Silence => {
                let (reason, summary) = (EscalationReason::AiError, String::new());
                self.escalate(reason, summary, conclusion.looking_for_colleague, &claimed, conclusion.now)
            }
            Verdict::Close { text, countdown } => {
                let text = text.unwrap_or_default();
                let settings = conclusion.settings;
                let said = self.reply_in_parts(&text, false, covers, overrides_visitor, settings, &claimed);
                self.close_after_goodbye(countdown, settings, conclusion.now);
                said
            }
            Verdict::Escalate { reason, summary } => {
                self.escalate(reason, summary, conclusion.looking_for_colleague, &claimed, conclusion.now)
            }
        };
        if !tags.is_empty() {
            actions.push(self.add_action(ActionKind::Tag { tags }, claimed));
        }
        actions
    }

    /// Says a reply, in as many messages as its length takes. The last answers the visitor's lines: one that is cut off has
    /// answered nothing.
    fn reply_in_parts(
        &mut self,
        text: &str,
        clarifies: bool,
        mut covers: Covers,
        overrides_visitor: bool,
        settings: &WorkspaceSettings,
        claimed: &ActionState,
    ) -> Vec<ActionId> {
        let limit = usize::try_from(settings.agent.message_chars).unwrap_or(usize::MAX);
        let mut said = Vec::new();
        let mut parts = parts(text, limit);
        parts.truncate(REPLY_PARTS);
        let last = parts.len().saturating_sub(1);
        for (index, text) in parts.into_iter().enumerate() {
            let covers = if index == last { std::mem::take(&mut covers) } else { Covers::default() };
            let (print, clarifies) = (Fingerprint::of(&text), clarifies && index == last);
            let reply = ActionKind::Reply { print, text, covers, overrides_visitor, clarifies };
            said.push(self.add_action(reply, claimed.clone()));
        }
        said
    }

    /// Those that are not on the chat and not on their way; remembers them.
    pub(super) fn new_tags(&mut self, tags: Vec<String>) -> Vec<String> {
        let mut new = Vec::new();
        for tag in tags {
            if !self.tags.contains(&tag) && self.tags.len() < TAGS_REMEMBERED {
                self.tags.push(tag.clone());
                new.push(tag);
            }
        }
        new
    }

    /// What was said while a human is looked for answers nothing: the lines still wait for the human.
    fn conclude_waiting(&mut self, conclusion: Conclusion<'_>, covers: Covers) -> Vec<ActionId> {
        let claimed = ActionState::Claimed {
            by: conclusion.holder.clone(),
            since: conclusion.now,
            until: conclusion.now + conclusion.terms.claim(),
        };
        if let Verdict::Close { text, countdown } = conclusion.verdict {
            self.search_is_void(conclusion.now);
            let covers = std::mem::take(&mut self.unanswered);
            let said = text.map(|text| {
                let print = Fingerprint::of(&text);
                let kind = ActionKind::Reply { text, print, covers, overrides_visitor: false, clarifies: false };
                self.add_action(kind, claimed)
            });
            self.close_after_goodbye(countdown, conclusion.settings, conclusion.now);
            return said.into_iter().collect();
        }
        let Phase::Escalating(escalation) = &mut self.phase else { return Vec::new() };
        for line in covers.ids {
            escalation.heard.add(line);
        }
        escalation.heard.more = escalation.heard.more.max(self.unanswered.more);
        let Verdict::Reply { text, .. } = conclusion.verdict else { return Vec::new() };
        escalation.reassured = escalation.reassured.saturating_add(1);
        let print = Fingerprint::of(&text);
        vec![self.add_action(ActionKind::Notice { text, print }, claimed)]
    }

    /// Not claimed yet: it waits for what is to be said before.
    fn close_after_goodbye(&mut self, countdown: bool, settings: &WorkspaceSettings, now: Timestamp) {
        let steps = if countdown { self.countdown_steps(settings) } else { Vec::new() };
        if steps.is_empty() {
            self.add_action(ActionKind::Close, ActionState::Waiting { not_before: now });
        } else {
            self.begin_countdown(steps, now);
        }
    }

    /// Remembers what our answers rest on, for the human who takes over.
    fn rest_on(&mut self, sources: Vec<ArticleId>) {
        for source in sources {
            if self.sources.len() < SOURCES_REMEMBERED && !self.sources.contains(&source) {
                self.sources.push(source);
            }
        }
    }

    /// Begins to look for a human: the visitor is told that one is looked for, never that one was found. The lines that
    /// led to it wait for the human.
    pub fn escalate(
        &mut self,
        reason: EscalationReason,
        summary: String,
        notice: String,
        claimed: &ActionState,
        now: Timestamp,
    ) -> Vec<ActionId> {
        self.counts.escalated(&reason);
        self.phase = Phase::Escalating(Box::new(Escalation {
            reason,
            summary,
            since: now,
            stage: Stage::Routing,
            attempts: Vec::new(),
            noted: false,
            heard: self.unanswered.clone(),
            reassured: 0,
            chosen: None,
            untold: false,
        }));
        let print = Fingerprint::of(&notice);
        vec![self.add_action(ActionKind::Notice { text: notice, print }, claimed.clone())]
    }

    /// The visitor is told of a search that a person began.
    pub fn tell_of_search(&mut self, notice: String, claimed: ActionState) -> Option<ActionId> {
        let Phase::Escalating(escalation) = &mut self.phase else { return None };
        if !std::mem::take(&mut escalation.untold) {
            return None;
        }
        let print = Fingerprint::of(&notice);
        Some(self.add_action(ActionKind::Notice { text: notice, print }, claimed))
    }
}
