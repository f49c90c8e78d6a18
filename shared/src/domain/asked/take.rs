//! Takes a request in: whether it can be done is decided on the state that is committed with it.

use jiff::Timestamp;

use super::{AskKind, Outcome, Refused};
use crate::domain::action::{ActionId, ActionKind, ActionState};
use crate::domain::ask::{Ask, FileRef, Person};
use crate::domain::conversation::{Conversation, Phase};
use crate::domain::drain::{DrainContext, Drained};
use crate::domain::email::EmailAddress;
use crate::domain::escalation::{Attempt, AttemptEnd, Chosen, Escalation, Stage};
use crate::domain::event::InboxEvent;
use crate::domain::finding::Finding;
use crate::domain::log_entry::{Deed, LogEntry};
use crate::domain::message::{Content, clip};
use crate::domain::router::Target;
use crate::domain::settings::WorkspaceSettings;
use crate::domain::turn::TAGS_REMEMBERED;
use crate::domain::verdict::EscalationReason;

/// The longest note with the person's name, in characters (`salesiq::assumptions::NOTE_LIMIT`; a test compares).
pub const NOTE_CHARS: usize = 1_000;
/// The longest note that goes with a reassignment, in characters: it is read while the desk rings.
const REASSIGN_NOTE_CHARS: usize = 250;
/// The longest name of a tag, in characters.
const TAG_CHARS: usize = 100;
/// To how many addresses a transcript is mailed at once.
const ADDRESSES: usize = 10;
/// How many bytes of what people asked for wait in the state, unless it is a single one.
const ROOM_BYTES: usize = 6_000;

/// What a request led to.
#[derive(Debug, Default)]
struct Taken {
    deed: Option<Deed>,
    action: Option<ActionId>,
}

impl Taken {
    fn done(deed: Deed) -> Self {
        Self { deed: Some(deed), action: None }
    }
}

impl Conversation {
    /// Takes a request in.
    pub(in crate::domain) fn take_ask(
        &mut self,
        by: &Person,
        ask: &Ask,
        inbox: &InboxEvent,
        context: &DrainContext<'_>,
    ) -> Drained {
        let Some(kind) = AskKind::of(ask) else { return Drained::default() };
        let by = by.clipped();
        let taken = self.allows(kind).and_then(|()| self.begin(&by, ask, context));
        let (outcome, action) = match &taken {
            Ok(Taken { action: Some(action), .. }) => (Outcome::Underway, Some(*action)),
            Ok(Taken { action: None, .. }) => (Outcome::Done, None),
            Err(why) => (Outcome::Refused { why: *why }, None),
        };
        self.remember_ask(inbox.dedup.clone(), &by, ask, outcome, action, context.now);
        let Ok(taken) = taken else {
            let finding = if kind == AskKind::End { Finding::EndNotOurs } else { Finding::AskRefused };
            return Drained { finding: Some(finding), ..Drained::default() };
        };
        Drained { log: taken.deed.map(|deed| LogEntry::Asked { by, deed }), ..Drained::default() }
    }

    fn begin(&mut self, by: &Person, ask: &Ask, context: &DrainContext<'_>) -> Result<Taken, Refused> {
        let (settings, now) = (context.settings, context.now);
        match ask {
            Ask::PickUp => {
                self.take_for(by, now);
                Ok(Taken::done(Deed::PickedUp))
            }
            Ask::Say { text } => self.say_for(by, text, None, settings, now),
            Ask::SendFile { file, comment } => {
                self.say_for(by, comment.as_deref().unwrap_or_default(), Some(file), settings, now)
            }
            Ask::Reassign { target, note } => self.reassign(by, target, note, settings, now),
            Ask::End { countdown } => {
                self.end(*countdown, settings, now);
                Ok(Taken::done(Deed::Ended { countdown: *countdown }))
            }
            Ask::Tag { tags } => self.tag_for(tags, now),
            Ask::Note { text } => self.note_for(by, text, now),
            Ask::HandBack => {
                self.hand_back(now);
                Ok(Taken::done(Deed::HandedBack))
            }
            Ask::MailTranscript { to } => self.mail_to(to, now),
            Ask::Decide { .. } => Ok(Taken::default()),
        }
    }

    /// Whoever writes has the chat.
    fn say_for(
        &mut self,
        by: &Person,
        text: &str,
        file: Option<&FileRef>,
        settings: &WorkspaceSettings,
        now: Timestamp,
    ) -> Result<Taken, Refused> {
        let text = text.trim();
        let limit = usize::try_from(settings.agent.message_chars).unwrap_or(usize::MAX);
        if text.is_empty() && file.is_none() {
            return Err(Refused::Empty);
        }
        if text.chars().count() > limit {
            return Err(Refused::TooLong);
        }
        let line = ActionKind::Line {
            text: text.to_owned(),
            file: file.cloned(),
            print: content(text, file).print(),
            by: by.clone(),
            answers_up_to: self.facts.visitor_wrote_at.unwrap_or(Timestamp::UNIX_EPOCH),
        };
        self.is_room_for(&line)?;
        let takes = !self.is_held_in_console();
        if takes {
            self.take_for(by, now);
        } else {
            self.call_off_ending(now);
            self.held_by = Some(by.clone());
        }
        let action = self.add_action(line, ActionState::Waiting { not_before: now });
        Ok(Taken { deed: takes.then_some(Deed::PickedUp), action: Some(action) })
    }

    /// Begins a search whose first ring is chosen, or goes on with the one that runs.
    fn reassign(
        &mut self,
        by: &Person,
        target: &Target,
        note: &str,
        settings: &WorkspaceSettings,
        now: Timestamp,
    ) -> Result<Taken, Refused> {
        if target.operator.as_ref() == Some(&settings.bot_operator) {
            return Err(Refused::OurOwnOperator);
        }
        let note: String = note.split_whitespace().collect::<Vec<_>>().join(" ");
        if note.chars().count() > REASSIGN_NOTE_CHARS {
            return Err(Refused::TooLong);
        }
        let chosen = Chosen { target: target.clone(), note, by: by.clone(), rung: false };
        if self.escalation().is_some() {
            self.attempt_over(AttemptEnd::TakenBack, now);
        } else {
            self.search_anew(now);
        }
        if let Phase::Escalating(escalation) = &mut self.phase {
            escalation.chosen = Some(chosen);
        }
        self.epoch += 1;
        Ok(Taken::done(Deed::Reassigned { target: target.clone() }))
    }

    fn search_anew(&mut self, now: Timestamp) {
        let rings = self.may_ring();
        if let Some((reply, until)) = self.reply_that_may_land() {
            let look = ActionKind::LookBack { after: Some(reply) };
            self.add_action(look, ActionState::Waiting { not_before: until });
        }
        self.call_off_ending(now);
        self.stand_back(now);
        if matches!(self.phase, Phase::Unattended { .. }) {
            // A human is looked for after all.
            self.forget_mail();
        }
        let reason = EscalationReason::Reassigned;
        self.counts.escalated(&reason);
        // Its ring is stopped before the next one begins.
        let end = AttemptEnd::TakenBack;
        let before = rings.map(|target| Attempt { target, at: now, ended_at: now, end, chosen: false });
        self.phase = Phase::Escalating(Box::new(Escalation {
            reason,
            summary: String::new(),
            since: now,
            stage: Stage::Routing,
            attempts: before.into_iter().collect(),
            noted: false,
            heard: self.unanswered.clone(),
            reassured: 0,
            chosen: None,
            untold: true,
        }));
    }

    fn tag_for(&mut self, tags: &[String], now: Timestamp) -> Result<Taken, Refused> {
        let tags: Vec<String> =
            tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
        if tags.is_empty() {
            return Err(Refused::Empty);
        }
        if tags.len() > TAGS_REMEMBERED || tags.iter().any(|tag| tag.chars().count() > TAG_CHARS) {
            return Err(Refused::TooLong);
        }
        self.is_room_for(&ActionKind::Tag { tags: tags.clone() })?;
        let deed = Some(Deed::Tagged { tags: tags.clone() });
        let new = tags.iter().filter(|tag| !self.tags.contains(tag)).count();
        if self.tags.len() + new > TAGS_REMEMBERED {
            return Err(Refused::TooMuch);
        }
        let new = self.new_tags(tags);
        let waiting = ActionState::Waiting { not_before: now };
        let action = (!new.is_empty()).then(|| self.add_action(ActionKind::Tag { tags: new }, waiting));
        Ok(Taken { deed, action })
    }

    fn note_for(&mut self, by: &Person, text: &str, now: Timestamp) -> Result<Taken, Refused> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Refused::Empty);
        }
        let signed = format!("{text}\n— {}", by.name);
        if signed.chars().count() > NOTE_CHARS {
            return Err(Refused::TooLong);
        }
        let note = ActionKind::TeamNote { text: signed };
        self.is_room_for(&note)?;
        let action = self.add_action(note, ActionState::Waiting { not_before: now });
        Ok(Taken { deed: Some(Deed::Noted { text: text.to_owned() }), action: Some(action) })
    }

    /// The AI goes on: what nobody answered is answered.
    fn hand_back(&mut self, now: Timestamp) {
        self.call_off_ending(now);
        self.epoch += 1;
        self.wait_reported = false;
        self.phase = Phase::Assisting;
        self.let_go(now);
    }

    fn mail_to(&mut self, to: &[EmailAddress], now: Timestamp) -> Result<Taken, Refused> {
        let mut to = to.to_vec();
        to.sort();
        to.dedup();
        if to.is_empty() {
            return Err(Refused::Empty);
        }
        if to.len() > ADDRESSES {
            return Err(Refused::TooLong);
        }
        let addresses = to.len();
        let mail = ActionKind::MailCopy { to };
        self.is_room_for(&mail)?;
        let action = self.add_action(mail, ActionState::Waiting { not_before: now });
        Ok(Taken { deed: Some(Deed::Mailed { addresses }), action: Some(action) })
    }

    /// The state stays small: what people ask for waits in it until it is done.
    fn is_room_for(&self, kind: &ActionKind) -> Result<(), Refused> {
        let asked_for = |kind: &ActionKind| {
            matches!(
                kind,
                ActionKind::Line { .. }
                    | ActionKind::TeamNote { .. }
                    | ActionKind::MailCopy { .. }
                    | ActionKind::Tag { .. }
            )
        };
        let bytes = |kind: &ActionKind| serde_json::to_string(kind).map_or(0, |json| json.len());
        let open = self.actions.iter().filter(|action| action.is_open() && asked_for(&action.kind));
        let held: usize = open.map(|action| bytes(&action.kind)).sum();
        if held == 0 || held + bytes(kind) <= ROOM_BYTES { Ok(()) } else { Err(Refused::TooMuch) }
    }
}

/// What a person sends, as it stands in the chat.
#[must_use]
pub fn content(text: &str, file: Option<&FileRef>) -> Content {
    match file {
        None => Content::text(text),
        Some(file) => Content::File {
            name: clip(&file.name, FILE_NAME_BYTES).to_owned(),
            mime: Some(file.mime.clone()),
            url: None,
            attachment_id: None,
            comment: (!text.is_empty()).then(|| crate::domain::message::kept(text)),
        },
    }
}

/// How much of a file's name is kept, in bytes.
const FILE_NAME_BYTES: usize = 255;
