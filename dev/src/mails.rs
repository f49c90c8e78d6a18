//! `cargo dev mails`: the mails that SES refused for good. They are shown, sent by hand, or tried again; none is lost.

use std::fs;
use std::process::ExitCode;

use serde::Serialize;
use shared::bus::Bus;
use shared::dead_letter::DeadLetter;
use shared::dead_letter::queue::{QueueError, Queues};
pub use shared::dead_letter::waiting::Redriven;
use shared::dead_letter::waiting::{self, Fate, Holds, Kind};
use shared::telemetry::Chain;

use crate::cli::{MailsCommand, MailsQueueArgs};
use crate::error::Error;
use crate::stack::Stack;
use crate::workspace::Workspace;
use crate::{output, seed};

/// The queue of dead letters, and the bus on which they are redriven.
#[derive(Debug, Clone)]
pub struct DeadLetters(waiting::DeadLetters);

/// A message of the queue.
#[derive(Debug)]
pub struct Waiting {
    /// The message's id.
    pub id: String,
    /// What it holds, or why that can't be read.
    pub letter: Result<DeadLetter, String>,
}

/// What `list` shows of a letter.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    id: &'a str,
    #[serde(flatten)]
    content: Content<'a>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Letter {
        workspace: &'a str,
        conversation: &'a str,
        at: String,
        occasion: &'a str,
        reason: &'a str,
        failures: u32,
        to: &'a [String],
        subject: &'a str,
        whole_mail: bool,
    },
    Unreadable {
        unreadable: String,
    },
}

pub(crate) async fn run(workspace: &Workspace, command: &MailsCommand) -> Result<ExitCode, Error> {
    match command {
        MailsCommand::List(args) => {
            let waiting = dead_letters(workspace, &args.queue, None)?.list().await?;
            for waiting in &waiting {
                if args.json {
                    output::json(&summary(waiting));
                } else {
                    output::text(&for_people(waiting));
                }
            }
            if waiting.is_empty() && !args.json {
                output::note("No mail waits.");
            }
            Ok(ExitCode::SUCCESS)
        }
        MailsCommand::Show(args) => {
            let waiting = dead_letters(workspace, &args.queue, None)?.list().await?;
            let waiting = waiting.into_iter().find(|waiting| waiting.id == args.id);
            let Waiting { id, letter, .. } = waiting.ok_or_else(|| Error::NoLetter(args.id.clone()))?;
            let letter = letter.map_err(|reason| Error::UnreadableLetter { id: id.clone(), reason })?;
            match &args.out {
                None => output::text(&whole(&letter)),
                Some(path) => {
                    let mime = letter.mime().ok_or(Error::NoMime(id))?;
                    fs::write(path, mime).map_err(Error::file("write", path))?;
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        MailsCommand::Redrive(args) => {
            let dead_letters = dead_letters(workspace, &args.queue, args.bus.as_deref())?;
            let ids = (!args.all).then_some(args.ids.as_slice());
            let redriven = dead_letters.redrive(ids).await?;
            for id in &redriven.done {
                output::text(&format!("{id} is tried again."));
            }
            for (id, why) in &redriven.failed {
                output::note(&format!("{id} is not tried again: {why}."));
            }
            Ok(if redriven.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

fn dead_letters(workspace: &Workspace, args: &MailsQueueArgs, bus: Option<&str>) -> Result<DeadLetters, Error> {
    if let Some(url) = &args.queue_url {
        return Ok(DeadLetters::in_aws(url, bus.unwrap_or_default()));
    }
    let stack = Stack::find(&workspace.stack_folder(&args.stack))?;
    stack.as_ref().and_then(DeadLetters::of).ok_or_else(|| Error::StackDown(args.stack.to_string()))
}

impl DeadLetters {
    /// Those of a local stack, if it is deployed.
    #[must_use]
    pub fn of(stack: &Stack) -> Option<Self> {
        let deployed = stack.deployed.as_ref()?;
        let bus = seed::bus(stack);
        let Bus::Aws { queues, .. } = &bus else { return None };
        let queues = queues.clone();
        Some(Self::at(bus, queues, deployed.transcript_dead_letters_url.clone()))
    }

    /// Those of a stack in AWS, with the caller's own environment.
    fn in_aws(url: &str, bus_name: &str) -> Self {
        let aws = shared::http::aws_config();
        let queues = aws_sdk_sqs::Client::new(&aws);
        let bus = Bus::Aws {
            events: aws_sdk_eventbridge::Client::new(&aws),
            bus_name: bus_name.to_owned(),
            queues: queues.clone(),
            // No alarm is set here.
            alarm_clock_url: String::new(),
        };
        Self::at(bus, queues, url.to_owned())
    }

    fn at(bus: Bus, queues: aws_sdk_sqs::Client, url: String) -> Self {
        Self(waiting::DeadLetters { queues: Queues::Aws(queues), bus, kind: Kind::Transcripts, url })
    }

    /// All that wait, oldest first; they stay, for others to see at once.
    ///
    /// # Errors
    /// The queue can't be read.
    pub async fn list(&self) -> Result<Vec<Waiting>, Error> {
        Ok(self.0.list().await.map_err(|error| unread(&error))?.into_iter().map(Waiting::from).collect())
    }

    /// Has letters tried again, those named or all: one request a conversation on the bus, and once the bus took it the
    /// letters leave the queue. A repetition is harmless; a mail that waits no longer is not sent again.
    ///
    /// # Errors
    /// The queue can't be read, or a named letter is not there: then none is tried again.
    pub async fn redrive(&self, ids: Option<&[String]>) -> Result<Redriven, Error> {
        if ids.is_some()
            && let Some(missing) = missing(&self.list().await?, ids)
        {
            return Err(Error::NoLetter(missing.to_owned()));
        }
        let chosen = |waiting: &waiting::Waiting| ids.is_none_or(|ids| ids.contains(&waiting.message.id));
        self.0.settle(Fate::SendAgain, chosen).await.map_err(|error| unread(&error))
    }
}

fn unread(error: &QueueError) -> Error {
    Error::DeadLetters { what: "reading the dead letters", detail: Chain(error).to_string() }
}

impl From<waiting::Waiting> for Waiting {
    fn from(waiting: waiting::Waiting) -> Self {
        let letter = match waiting.holds {
            Holds::Letter(letter) => Ok(*letter),
            Holds::Unreadable(error) => Err(error),
            _ => Err("it is no mail".to_owned()),
        };
        Self { id: waiting.message.id, letter }
    }
}

/// The first id that is no letter's.
fn missing<'a>(waiting: &[Waiting], ids: Option<&'a [String]>) -> Option<&'a str> {
    let mut ids = ids.unwrap_or_default().iter().map(String::as_str);
    ids.find(|id| waiting.iter().all(|waiting| waiting.id != *id))
}

fn summary(waiting: &Waiting) -> Summary<'_> {
    let content = match &waiting.letter {
        Ok(letter) => Content::Letter {
            workspace: letter.workspace.as_str(),
            conversation: letter.conversation.as_str(),
            at: letter.at.to_string(),
            occasion: &letter.occasion,
            reason: &letter.reason,
            failures: letter.failures,
            to: &letter.to,
            subject: &letter.subject,
            whole_mail: letter.mime_base64.is_some(),
        },
        Err(error) => Content::Unreadable { unreadable: error.clone() },
    };
    Summary { id: &waiting.id, content }
}

fn for_people(waiting: &Waiting) -> String {
    let id = &waiting.id;
    match &waiting.letter {
        Ok(letter) => format!(
            "{id}\n  {} conversation {}, {}: {} after {} attempts\n  to {}: {}",
            letter.workspace,
            letter.conversation,
            letter.at,
            letter.reason,
            letter.failures,
            letter.to.join(", "),
            harmless(&letter.subject),
        ),
        Err(error) => format!("{id}\n  not readable: {error}"),
    }
}

/// The mail as a person reads and copies it.
fn whole(letter: &DeadLetter) -> String {
    let mut lines = vec![format!("From: {}", letter.from), format!("To: {}", letter.to.join(", "))];
    lines.extend(letter.reply_to.iter().map(|reply_to| format!("Reply-To: {reply_to}")));
    lines.push(format!("Subject: {}", letter.subject));
    let head: Vec<String> = lines.iter().map(|line| harmless(line)).collect();
    let text: Vec<String> = letter.text.lines().map(harmless).collect();
    format!("{}\n\n{}", head.join("\n"), text.join("\n"))
}

/// Visitors' words as a terminal may show them: no control character, so no escape sequence.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests;
