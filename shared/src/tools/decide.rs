//! What becomes of a call that an agent asks for: refused with a reason that it can act on, or made ready.

use jiff::Timestamp;
use serde_json::{Map, Value};
use thiserror::Error;

use super::lookup::{self, LookupError};
use super::offered::{self, LOOK_UP, SEARCH, TAG};
use super::request::{RequestError, ToolRequest};
use super::{approval, canonical, compiled};
use crate::agent::{ToolCall, ToolOutcome};
use crate::domain::approval::Approval;
use crate::domain::id::{ConversationId, ToolName};
use crate::domain::player::{Level, Player};
use crate::domain::settings::{Access, Asks, BrandSettings, HttpTool, WorkspaceSettings};
use crate::domain::tool::{IdempotencyKey, WRITES_REMEMBERED, Write, WriteState};

/// The longest arguments, in bytes of JSON.
const ARGUMENTS_LIMIT_BYTES: usize = 16_384;

/// The longest question to the knowledge, in characters; what is longer is cut.
const QUERY_LIMIT: usize = 500;

/// What is known when a call is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The workspace's settings.
    pub settings: &'a WorkspaceSettings,
    /// The brand that the visitor talks to.
    pub brand: &'a BrandSettings,
    /// Who writes, and how sure we are.
    pub player: &'a Player,
    /// The calls of this thread that write.
    pub writes: &'a [Write],
    /// The calls of this thread for which a person was asked.
    pub approvals: &'a [Approval],
    /// The conversation.
    pub conversation: &'a ConversationId,
    /// Where its thread begins; none in the first.
    pub thread: Option<Timestamp>,
    /// The declared tools that may be called now, if not all of the brand's.
    pub allowed: Option<&'a [ToolName]>,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// It is not made.
    Refused(NotMade),
    /// The knowledge is searched.
    Search {
        /// For what.
        query: String,
    },
    /// Tags are put on the chat.
    Tag {
        /// Which: each is one of the brand's.
        tags: Vec<String>,
    },
    /// Who writes is checked. The answer is read with [`lookup::checked`], and only its outcome goes to the agent.
    LookUp {
        /// The call.
        request: ToolRequest,
    },
    /// A call that only tells.
    Read {
        /// The call.
        request: ToolRequest,
    },
    /// A call that changes something: its intent is committed first, under its key.
    Write {
        /// The call.
        request: ToolRequest,
        /// Which call is the same.
        key: IdempotencyKey,
    },
    /// A call that needs a person's approval: it is written down and waits.
    Wait {
        /// Which call is the same.
        key: IdempotencyKey,
    },
    /// The same call was made already, or waits; this is what it came to.
    Known(ToolOutcome),
}

/// Why a call is not made. The text is for the agent: it says what can be done, and repeats no argument.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotMade {
    /// No such tool for this brand.
    #[error("there is no tool {0}; call one of those that are offered")]
    Unknown(String),
    /// It is not one of the tools that may be called now.
    #[error(
        "{0} may not be called now: no procedure that fits and is open to this visitor names it; if one asks for it, verify the visitor first"
    )]
    NotNow(ToolName),
    /// The arguments are no object, or too long.
    #[error("the arguments must be a JSON object of at most 16 KB")]
    Arguments,
    /// The arguments don't fit.
    #[error("the arguments don't fit: {0}; correct them and call again")]
    Misfit(String),
    /// The settings are wrong.
    #[error("{0}; ask for a human")]
    SetUp(String),
    /// Nobody is sure enough of who writes.
    #[error("{tool} needs a {} player, and who writes is {}; {how}", level_name(*.needed), level_name(*.is))]
    Level {
        /// The tool.
        tool: ToolName,
        /// What it needs.
        needed: Level,
        /// What we have.
        is: Level,
        /// How to get there.
        how: String,
    },
    /// It can't be kept until somebody approves it.
    #[error(
        "{0} needs a person's approval, and its arguments are too long or hold what may not be kept until then; ask for a human"
    )]
    Unkeepable(ToolName),
    /// People are asked for no more of them.
    #[error("{0} needs a person's approval, and too many calls of this chat wait for it or did; ask for a human")]
    TooManyApprovals(ToolName),
    /// Nobody approved it in time, or what was approved could not be done.
    #[error("{0}; don't repeat it, ask for a human")]
    Unapproved(String),
    /// The visitor was checked too often.
    #[error("the visitor was checked too often in this chat; ask for a human")]
    TooManyTries,
    /// Who writes is verified already.
    #[error("who writes is verified already; go on")]
    Verified,
    /// The visitors of this brand are not checked.
    #[error("visitors can't be checked here; ask for a human")]
    NoCheck,
    /// No more calls that write.
    #[error("too many calls in this chat have changed something; ask for a human")]
    TooManyWrites,
    /// The same call was refused before.
    #[error("the same call was {0} before, nothing was done; don't repeat it")]
    RefusedBefore(String),
    /// What became of an earlier call of the same tool is not known.
    #[error(
        "it is not known what became of an earlier call of {0} with other arguments, so it is not called again; ask for a human"
    )]
    Unsure(ToolName),
}

impl NotMade {
    /// What the agent is told.
    #[must_use]
    pub fn outcome(&self) -> ToolOutcome {
        ToolOutcome::Refused { why: self.to_string() }
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Anonymous => "anonymous",
        Level::Claimed => "claimed",
        Level::Verified => "verified",
    }
}

/// Decides on a call.
#[must_use]
pub fn decide(call: &ToolCall, context: &Context<'_>) -> Decision {
    consider(call, context).unwrap_or_else(Decision::Refused)
}

fn consider(call: &ToolCall, context: &Context<'_>) -> Result<Decision, NotMade> {
    let Context { settings, brand, .. } = context;
    match call.name.as_str() {
        SEARCH => {
            let query = text(&object(&call.arguments)?, "query")?;
            Ok(Decision::Search { query: query.chars().take(QUERY_LIMIT).collect() })
        }
        TAG => tags(&object(&call.arguments)?, context),
        LOOK_UP => look_up(&object(&call.arguments)?, context),
        name => {
            let tool = offered::declared(settings, brand).find(|tool| tool.name.as_str() == name);
            declared(tool.ok_or_else(|| NotMade::Unknown(shown(name)))?, &call.arguments, context)
        }
    }
}

/// A name that a model made up, short enough to be told.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

/// The arguments as an object. Some models write nothing where there is nothing to say.
fn object(arguments: &Value) -> Result<Map<String, Value>, NotMade> {
    let arguments = match arguments {
        Value::Object(fields) => fields.clone(),
        Value::Null => Map::new(),
        Value::String(text) if text.trim().is_empty() => Map::new(),
        _ => return Err(NotMade::Arguments),
    };
    let fits = serde_json::to_string(&arguments).is_ok_and(|text| text.len() <= ARGUMENTS_LIMIT_BYTES);
    if fits { Ok(arguments) } else { Err(NotMade::Arguments) }
}

fn text(arguments: &Map<String, Value>, name: &str) -> Result<String, NotMade> {
    let text = arguments.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| NotMade::Misfit(format!("/{name}: it must be a text")))
}

fn tags(arguments: &Map<String, Value>, context: &Context<'_>) -> Result<Decision, NotMade> {
    let known = offered::tags(context.settings, context.brand);
    if known.is_empty() {
        return Err(NotMade::Unknown(TAG.to_owned()));
    }
    let listed = || {
        let known: Vec<&str> = known.iter().copied().collect();
        NotMade::Misfit(format!("/tags: it must be a list of some of {}", known.join(", ")))
    };
    let asked = arguments.get("tags").and_then(Value::as_array).filter(|tags| !tags.is_empty()).ok_or_else(listed)?;
    let mut tags = Vec::new();
    for tag in asked {
        let tag = tag.as_str().filter(|tag| known.contains(tag)).ok_or_else(listed)?;
        if !tags.iter().any(|earlier| earlier == tag) {
            tags.push(tag.to_owned());
        }
    }
    Ok(Decision::Tag { tags })
}

fn look_up(arguments: &Map<String, Value>, context: &Context<'_>) -> Result<Decision, NotMade> {
    let Context { settings, brand, player, .. } = context;
    let check = settings.identity_of(brand).conversational.as_ref().ok_or(NotMade::NoCheck)?;
    if player.level == Level::Verified {
        return Err(NotMade::Verified);
    }
    if player.failed_checks >= check.tries {
        return Err(NotMade::TooManyTries);
    }
    let request = lookup::request(settings, brand, check, arguments).map_err(|error| match error {
        LookupError::Told(why) => NotMade::Misfit(why),
        LookupError::SetUp(why) => NotMade::SetUp(why),
    })?;
    Ok(Decision::LookUp { request })
}

fn declared(tool: &HttpTool, arguments: &Value, context: &Context<'_>) -> Result<Decision, NotMade> {
    if context.allowed.is_some_and(|allowed| !allowed.contains(&tool.name)) {
        return Err(NotMade::NotNow(tool.name.clone()));
    }
    let (needed, is) = (tool.needed_level(), context.player.level);
    if is < needed {
        return Err(NotMade::Level { tool: tool.name.clone(), needed, is, how: how_to_get_there(context) });
    }
    let arguments = object(arguments)?;
    fits(tool, &arguments)?;
    let request = ToolRequest::of(tool, &arguments, context.player.id.as_ref()).map_err(|error| match error {
        RequestError::Fill(error) => NotMade::Misfit(error.to_string()),
        error => NotMade::SetUp(error.to_string()),
    })?;
    if tool.approval {
        return approval::decide(tool, request, &Value::Object(arguments), context);
    }
    match tool.access {
        Access::Read => Ok(Decision::Read { request }),
        Access::Write => write(tool, request, &Value::Object(arguments), context),
    }
}

/// Whether arguments fit what the tool declares.
pub(super) fn fits(tool: &HttpTool, arguments: &Map<String, Value>) -> Result<(), NotMade> {
    match compiled::arguments(&tool.arguments).as_ref() {
        Ok(schema) => {
            schema.check(&Value::Object(arguments.clone())).map_err(|misfit| NotMade::Misfit(misfit.to_string()))
        }
        Err(error) => Err(NotMade::SetUp(format!("the arguments of {} can't be checked: {error}", tool.name))),
    }
}

/// A call that changes something, under its key.
pub(super) fn write(
    tool: &HttpTool,
    request: ToolRequest,
    arguments: &Value,
    context: &Context<'_>,
) -> Result<Decision, NotMade> {
    let key = canonical::key(context, &tool.name, arguments);
    let again = match context.writes.iter().rev().find(|write| write.key == key).map(|write| &write.state) {
        Some(WriteState::Done { answer, .. }) => {
            let answer = serde_json::from_str(answer).unwrap_or_else(|_| Value::String(answer.clone()));
            return Ok(Decision::Known(ToolOutcome::Answered { answer }));
        }
        Some(WriteState::Refused { why }) => return Err(NotMade::RefusedBefore(why.clone())),
        Some(WriteState::Begun) => true,
        None => false,
    };
    if !again {
        // A model that is asked again rarely words it the same: with other arguments the service would do it twice.
        if context.writes.iter().any(|write| write.tool == tool.name && write.state == WriteState::Begun) {
            return Err(NotMade::Unsure(tool.name.clone()));
        }
        if context.writes.len() >= WRITES_REMEMBERED {
            return Err(NotMade::TooManyWrites);
        }
    }
    Ok(Decision::Write { request: request.keyed(key.clone(), again), key })
}

fn how_to_get_there(context: &Context<'_>) -> String {
    let identity = context.settings.identity_of(context.brand);
    match &identity.conversational {
        Some(check) if offered::checks_left(check, context.player) => {
            let asks: Vec<&str> = check.ask.iter().map(|asks| asks_for(*asks)).collect();
            format!("ask the visitor for {}, and call {LOOK_UP} first", asks.join(" and "))
        }
        Some(_) => "the visitor was checked too often; ask for a human".to_owned(),
        None if identity.signed.is_some() => {
            "the visitor must be logged in on the site when the chat begins; else ask for a human".to_owned()
        }
        None => "nobody can be verified here; ask for a human".to_owned(),
    }
}

fn asks_for(asks: Asks) -> &'static str {
    match asks {
        Asks::Email => "e-mail address",
        Asks::DateOfBirth => "date of birth",
        Asks::Username => "user name",
        Asks::Phone => "phone number",
        Asks::PostalCode => "postal code",
    }
}

#[cfg(test)]
mod tests;
