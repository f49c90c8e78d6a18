//! Thinks until there is a verdict: the agent asks for calls, they are made, and it is asked again.
//!
//! Bounded in rounds and in time, whatever the agent asks for. What the calls that only read told is lost with the turn;
//! what was written stands in the state, and a turn that is thought again sees it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::agent::{
    Agent, AgentError, Approvals, Line, Next, Picture, Round, Thought, ToolCall, ToolOutcome, Turn, Waiting,
    allowed_tools, summary_of,
};
use crate::domain::drain::Finding;
use crate::domain::id::ToolName;
use crate::domain::lines::standing_lines;
use crate::domain::message::{Author, Content};
use crate::domain::settings::{BrandSettings, WorkspaceSettings};
use crate::domain::usage::Usage;
use crate::domain::verdict::{EscalationReason, Verdict};
use crate::store::Store;
use crate::telemetry::Chain;
use crate::tools::offered;

use super::effect::Effect;
use super::session::Session;
use super::{EngineError, Work, fault_point};

/// How many of the newest lines an agent is shown.
const LINES_SHOWN: usize = 60;

/// How many calls of one round are made; the others are told to be too many.
const CALLS_AT_ONCE: usize = 8;

/// How many pictures an agent is shown.
const PICTURES: usize = 3;

/// How long looking up what the page tells may hold up the first thought.
const LOOK_UP: Duration = Duration::from_secs(3);

/// How long before its lease ends a turn has come to its verdict: the function lives 15 s less than the lease, and a call to
/// SalesIQ takes up to 9 s.
const TIME_TO_SAY_IT: Duration = Duration::from_secs(25);

/// How long an agent that was told its time may overdraw it.
const GRACE: Duration = Duration::from_secs(3);

/// The kinds of pictures that models look at.
const PICTURE_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// What thinking has taken in a turn, however often it began anew.
#[derive(Debug, Default)]
pub(super) struct Thinking {
    /// Until when.
    until: Option<Instant>,
    /// Tokens and cost.
    spent: Usage,
    /// The pictures that were read, by attachment; none for one that could not be.
    pictures: BTreeMap<String, Option<Picture>>,
}

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Comes to a thought that asks for no more calls; none when there is nothing to think about, or the turn was lost on
    /// the way. A turn that is thought again goes on with the time and the budget that are left.
    pub(super) async fn deliberate(&mut self) -> Result<Option<Thought>, EngineError> {
        let Work::Converse(mind) = &self.engine.work else { return Ok(None) };
        let workspace = Arc::clone(&self.workspace);
        let settings = &workspace.settings;
        let Some(brand) = self.conversation.brand(settings) else { return Ok(None) };
        let budget = &settings.agent.budget;
        let is_first = self.thinking.is_none();
        let mut thinking = self.thinking.take().unwrap_or_default();
        let latest = Instant::now() + Duration::from_millis(u64::from(budget.turn_ms));
        let until = *thinking.until.get_or_insert(latest.min(self.ends()));
        let now = self.now();
        self.conversation.player.lapse(now);
        if is_first {
            self.look_up_player(settings, brand, left(until).min(LOOK_UP)).await;
        }
        let Some(told) = self.carry_out_decisions(brand, until).await? else {
            self.thinking = Some(thinking);
            return Ok(None);
        };
        let lines = self.lines_for_the_agent();
        let pictures = self.pictures(settings, brand, &lines, &mut thinking.pictures, until).await;
        let mut rounds = self.earlier_calls(&told);
        // The playbook needs two calls and a verdict.
        let most = budget.turn_calls.max(3);
        let mut concluded = None;
        for number in 1..=most {
            let conversation = self.conversation.clone();
            let country = conversation.country(settings);
            let tools = offered(settings, brand, &conversation.player);
            let proven = conversation.proven();
            let turn = Turn {
                conversation: &self.key.conversation,
                settings,
                brand,
                knowledge: &workspace.knowledge,
                lines: &lines,
                language: conversation.language.as_deref(),
                clarifications: conversation.clarifications,
                spoke_before: conversation.spoke,
                waiting: conversation.escalation().map(|escalation| Waiting {
                    reason: &escalation.reason,
                    summary: &escalation.summary,
                    said: escalation.reassured,
                }),
                player: &conversation.player,
                country: country.as_ref(),
                tools: &tools,
                rounds: &rounds,
                proven: &proven,
                approvals: Approvals {
                    waiting: conversation.awaits_approval(),
                    expired: told.expired,
                    decided: &told.decided,
                },
                under_way: conversation.under_way.as_ref(),
                pictures: &pictures,
                spent: thinking.spent,
                time_left: left(until),
                now: self.now(),
            };
            let allowed = allowed_tools(&turn);
            let thinks = Box::pin(mind.agent.think(&turn));
            let thought = match tokio::time::timeout(left(until) + GRACE, thinks).await {
                Ok(Ok(thought)) => thought,
                Ok(Err(error)) => self.agent_failed(&error, &lines),
                Err(_) => self.agent_failed(&AgentError::Slow, &lines),
            };
            thinking.spent = thinking.spent.plus(thought.usage);
            self.took(&thought);
            let Next::Call(calls) = &thought.next else {
                concluded = Some(thought);
                break;
            };
            // Nothing is called whose outcome nobody would look at.
            if number == most || left(until).is_zero() || calls.is_empty() {
                break;
            }
            let Some(round) = self.make_all(calls, &allowed, until).await? else {
                self.thinking = Some(thinking);
                return Ok(None);
            };
            rounds.push(round);
        }
        self.thinking = Some(thinking);
        Ok(Some(concluded.unwrap_or_else(|| self.agent_failed(&AgentError::Endless, &lines))))
    }

    /// Until when this wake-up may take: then there is still time to commit and to say something before the lease, and with
    /// it the function, is over.
    pub(super) fn ends(&self) -> Instant {
        let lease = Duration::try_from(self.engine.terms.lease).unwrap_or_default();
        self.began + lease.saturating_sub(TIME_TO_SAY_IT).max(lease / 3)
    }

    fn took(&mut self, thought: &Thought) {
        let Thought { usage, drafts_rejected, fallbacks, .. } = *thought;
        if fallbacks > 0 {
            self.found(Finding::ModelFailed);
        }
        if usage != Usage::default() || drafts_rejected > 0 || fallbacks > 0 {
            self.happened(Effect::Thought { usage, drafts_rejected, fallbacks });
        }
    }

    async fn make_all(
        &mut self,
        calls: &[ToolCall],
        allowed: &[ToolName],
        until: Instant,
    ) -> Result<Option<Round>, EngineError> {
        let mut made = Vec::new();
        for (index, call) in calls.iter().enumerate() {
            let outcome = if index < CALLS_AT_ONCE {
                let Some(outcome) = self.make(call, allowed, until).await? else { return Ok(None) };
                outcome
            } else {
                ToolOutcome::Refused { why: format!("at most {CALLS_AT_ONCE} calls at once; ask for this one again") }
            };
            made.push((call.clone(), outcome));
        }
        self.reached(fault_point::Step::Called).await;
        Ok(Some(Round { calls: made }))
    }

    pub(super) fn lines_for_the_agent(&self) -> Vec<Line> {
        let covers = self.conversation.turn.as_ref().map(|turn| turn.covers.clone()).unwrap_or_default();
        let mut standing = standing_lines(self.log(), &covers);
        let surplus = standing.len().saturating_sub(LINES_SHOWN);
        standing.drain(..surplus);
        let line = |line: crate::domain::lines::StandingLine| Line {
            author: line.author,
            content: line.message.content,
            unanswered: line.unanswered,
        };
        standing.into_iter().map(line).collect()
    }

    /// The pictures among the unanswered lines, if there is a model that can look at them.
    async fn pictures(
        &self,
        settings: &WorkspaceSettings,
        brand: &BrandSettings,
        lines: &[Line],
        known: &mut BTreeMap<String, Option<Picture>>,
        until: Instant,
    ) -> Vec<Picture> {
        if !settings.backends_of(brand).iter().any(|backend| backend.sees_images) {
            return Vec::new();
        }
        let files = lines.iter().filter(|line| line.unanswered && line.author == Author::Visitor);
        let mut pictures = Vec::new();
        for line in files {
            let Content::File { name, mime: Some(mime), attachment_id: Some(attachment), .. } = &line.content else {
                continue;
            };
            let mime = mime.to_ascii_lowercase();
            if !PICTURE_TYPES.contains(&mime.as_str()) || pictures.len() >= PICTURES {
                continue;
            }
            if !known.contains_key(attachment) {
                let read = self.portal.attachment(&self.key.conversation, attachment);
                let bytes = match tokio::time::timeout(left(until), read).await {
                    Ok(Ok(bytes)) => Some(bytes),
                    Ok(Err(error)) => {
                        tracing::warn!(workspace = %self.key.workspace, conversation = %self.key.conversation, error = %Chain(&error), "a picture could not be read");
                        None
                    }
                    Err(_) => None,
                };
                let picture = bytes.map(|bytes| Picture { name: name.clone(), mime, bytes });
                known.insert(attachment.clone(), picture);
            }
            pictures.extend(known.get(attachment).cloned().flatten());
        }
        pictures
    }

    fn agent_failed(&mut self, error: &AgentError, lines: &[Line]) -> Thought {
        tracing::error!(workspace = %self.key.workspace, conversation = %self.key.conversation, %error, "the agent failed; a human is asked for");
        self.found(Finding::AgentFailed);
        Thought::of(Verdict::Escalate { reason: EscalationReason::AiError, summary: summary_of(lines) })
    }
}

/// How long is left.
fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}
