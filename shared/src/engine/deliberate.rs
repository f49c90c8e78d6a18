//! Thinks until there is a verdict: the agent asks for calls, they are made, and it is asked again.
//!
//! Bounded in rounds and in time, whatever the agent asks for. What the calls that only read told is lost with the turn;
//! what was written stands in the state, and a turn that is thought again sees it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::agent::{Agent, AgentError, Line, Next, Picture, Round, Thought, ToolCall, ToolOutcome, Turn, Waiting};
use crate::domain::drain::Finding;
use crate::domain::lines::standing_lines;
use crate::domain::message::{Author, Content};
use crate::domain::settings::{BrandSettings, WorkspaceSettings};
use crate::domain::tool::WriteState;
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

/// The kinds of pictures that models look at.
const PICTURE_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Comes to a thought that asks for no more calls; none when there is nothing to think about, or the turn was lost on
    /// the way.
    pub(super) async fn deliberate(&mut self) -> Result<Option<Thought>, EngineError> {
        let Work::Converse(mind) = &self.engine.work else { return Ok(None) };
        let workspace = Arc::clone(&self.workspace);
        let settings = &workspace.settings;
        let Some(brand) = self.conversation.brand(settings) else { return Ok(None) };
        let began = Instant::now();
        let budget = Duration::from_millis(u64::from(settings.agent.budget.turn_ms));
        let now = self.now();
        self.conversation.player.lapse(now);
        self.look_up_player(settings, brand, budget).await;
        let lines = self.lines_for_the_agent();
        let pictures = self.pictures(settings, brand, &lines).await;
        let mut rounds = self.earlier_writes();
        let mut spent = Usage::default();
        let most = usize::try_from(settings.agent.budget.turn_calls).unwrap_or(usize::MAX);
        for _ in 0..=most {
            let time_left = budget.saturating_sub(began.elapsed());
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
                under_way: conversation.under_way.as_ref(),
                pictures: &pictures,
                spent,
                time_left,
                now: self.now(),
            };
            let thought = match Box::pin(mind.agent.think(&turn)).await {
                Ok(thought) => thought,
                Err(error) => self.agent_failed(&error),
            };
            spent = spent.plus(thought.usage);
            self.took(&thought);
            let Next::Call(calls) = &thought.next else { return Ok(Some(thought)) };
            if began.elapsed() >= budget || calls.is_empty() {
                break;
            }
            let Some(round) = self.make_all(calls, began + budget).await? else { return Ok(None) };
            rounds.push(round);
        }
        tracing::warn!(workspace = %self.key.workspace, conversation = %self.key.conversation, rounds = rounds.len(), "the agent came to no verdict; a human is asked for");
        self.found(Finding::AgentFailed);
        Ok(Some(Thought::of(Verdict::Escalate { reason: EscalationReason::AiError, summary: String::new() })))
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

    async fn make_all(&mut self, calls: &[ToolCall], until: Instant) -> Result<Option<Round>, EngineError> {
        let mut made = Vec::new();
        for (index, call) in calls.iter().enumerate() {
            let outcome = if index < CALLS_AT_ONCE {
                let Some(outcome) = self.make(call, until).await? else { return Ok(None) };
                outcome
            } else {
                ToolOutcome::Refused { why: format!("at most {CALLS_AT_ONCE} calls at once; ask for this one again") }
            };
            made.push((call.clone(), outcome));
        }
        self.reached(fault_point::Step::Called).await;
        Ok(Some(Round { calls: made }))
    }

    fn lines_for_the_agent(&self) -> Vec<Line> {
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

    /// What was written since the visitor waits: by this turn before it was thought again, or by one whose process died.
    fn earlier_writes(&self) -> Vec<Round> {
        let waiting_since = self.conversation.waiting_since;
        let writes =
            self.conversation.writes.iter().filter(|write| waiting_since.is_some_and(|since| write.at >= since));
        let calls: Vec<_> = writes
            .enumerate()
            .map(|(index, write)| {
                let arguments = serde_json::from_str(&write.arguments)
                    .unwrap_or_else(|_| serde_json::Value::String(write.arguments.clone()));
                let call = ToolCall { id: format!("earlier_{index}"), name: write.tool.to_string(), arguments };
                (call, outcome_of(&write.state))
            })
            .collect();
        if calls.is_empty() { Vec::new() } else { vec![Round { calls }] }
    }

    /// The pictures among the unanswered lines, if there is a model that can look at them.
    async fn pictures(&self, settings: &WorkspaceSettings, brand: &BrandSettings, lines: &[Line]) -> Vec<Picture> {
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
            match self.portal.attachment(&self.key.conversation, attachment).await {
                Ok(bytes) => pictures.push(Picture { name: name.clone(), mime, bytes }),
                Err(error) => {
                    tracing::warn!(workspace = %self.key.workspace, conversation = %self.key.conversation, error = %Chain(&error), "a picture could not be read");
                }
            }
        }
        pictures
    }

    fn agent_failed(&mut self, error: &AgentError) -> Thought {
        tracing::error!(workspace = %self.key.workspace, conversation = %self.key.conversation, %error, "the agent failed; a human is asked for");
        self.found(Finding::AgentFailed);
        Thought::of(Verdict::Escalate { reason: EscalationReason::AiError, summary: String::new() })
    }
}

fn outcome_of(state: &WriteState) -> ToolOutcome {
    match state {
        WriteState::Begun => {
            let why = "whether it took place is not known: ask for it again with the same arguments".to_owned();
            ToolOutcome::Failed { why }
        }
        WriteState::Done { answer, .. } => ToolOutcome::Answered {
            answer: serde_json::from_str(answer).unwrap_or_else(|_| serde_json::Value::String(answer.clone())),
        },
        WriteState::Refused { why } => ToolOutcome::Refused { why: why.clone() },
    }
}
