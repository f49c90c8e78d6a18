//! `cargo dev mails`: the mails that SES refused for good. They are shown, sent by hand, or tried again; none is lost.

use std::collections::BTreeMap;
use std::fs;
use std::process::ExitCode;

use aws_sdk_sqs::types::Message;
use serde::Serialize;
use shared::bus::Bus;
use shared::dead_letter::DeadLetter;
use shared::store::ConversationKey;
use shared::telemetry::Chain;

use crate::cli::{MailsCommand, MailsQueueArgs};
use crate::error::Error;
use crate::stack::Stack;
use crate::workspace::Workspace;
use crate::{output, seed};

/// How long a message that was read is hidden from other readers, in seconds: enough to read the whole queue, and short
/// enough that a command which was killed hides nothing for long.
const HIDDEN_S: i32 = 30;

/// A queue is asked on all its servers only when the caller waits, in seconds.
const WAIT_S: i32 = 1;

/// The queue of dead letters, and the bus on which they are redriven.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    bus: Bus,
    queues: aws_sdk_sqs::Client,
    url: String,
}

/// A message of the queue.
#[derive(Debug)]
pub struct Waiting {
    /// The message's id.
    pub id: String,
    /// What it holds, if that can be read.
    pub letter: Result<DeadLetter, serde_json::Error>,
    /// With which SQS knows this reading of it.
    receipt: String,
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
            let letter = letter.map_err(|source| Error::UnreadableLetter { id: id.clone(), source })?;
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

/// What a redrive did, by the letters' ids.
#[derive(Debug, Default)]
pub struct Redriven {
    /// On the bus, and out of the queue.
    pub done: Vec<String>,
    /// Still in the queue, and why.
    pub failed: Vec<(String, String)>,
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
        Some(Self { bus, queues, url: deployed.transcript_dead_letters_url.clone() })
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
        Self { bus, queues, url: url.to_owned() }
    }

    /// All that wait, oldest first; they stay, for others to see at once.
    ///
    /// # Errors
    /// The queue can't be read.
    pub async fn list(&self) -> Result<Vec<Waiting>, Error> {
        let waiting = self.receive().await?;
        self.release(&waiting).await;
        Ok(waiting)
    }

    /// Has letters tried again, those named or all: one request a conversation on the bus, and once the bus took it the
    /// letters leave the queue. A repetition is harmless; a mail that waits no longer is not sent again.
    ///
    /// # Errors
    /// The queue can't be read, or a named letter is not there: then none is tried again.
    pub async fn redrive(&self, ids: Option<&[String]>) -> Result<Redriven, Error> {
        let waiting = self.receive().await?;
        if let Some(missing) = missing(&waiting, ids) {
            self.release(&waiting).await;
            return Err(Error::NoLetter(missing.to_owned()));
        }
        let (chosen, others) = chosen(waiting, ids);
        self.release(&others).await;
        let mut redriven = Redriven::default();
        let mut left = Vec::new();
        let (conversations, unreadable) = by_conversation(chosen);
        for (waiting, error) in unreadable {
            redriven.failed.push((waiting.id.clone(), format!("it is not readable: {error}")));
            left.push(waiting);
        }
        for (key, letters) in conversations {
            if let Err(error) = self.bus.transcript_requested(&key, true).await {
                let why = Chain(&error).to_string();
                redriven.failed.extend(letters.iter().map(|letter| (letter.id.clone(), why.clone())));
                left.extend(letters);
                continue;
            }
            for letter in letters {
                let delete = self.queues.delete_message().queue_url(&self.url).receipt_handle(&letter.receipt);
                match delete.send().await {
                    Ok(_) => redriven.done.push(letter.id),
                    Err(error) => {
                        let why = format!("it is, but could not be taken from the queue ({})", Chain(&error));
                        redriven.failed.push((letter.id, why));
                    }
                }
            }
        }
        self.release(&left).await;
        Ok(redriven)
    }

    /// Reads until nothing new comes. What was read is hidden from then on, until released or [`HIDDEN_S`] are over.
    async fn receive(&self) -> Result<Vec<Waiting>, Error> {
        let mut all: Vec<Waiting> = Vec::new();
        loop {
            let receive = self
                .queues
                .receive_message()
                .queue_url(&self.url)
                .max_number_of_messages(10)
                .visibility_timeout(HIDDEN_S)
                .wait_time_seconds(WAIT_S);
            let answer = receive.send().await.map_err(|error| Error::DeadLetters {
                what: "reading the dead letters",
                detail: Chain(&error).to_string(),
            })?;
            let before = all.len();
            for message in answer.messages.unwrap_or_default() {
                let waiting = Waiting::from(message);
                // Again, since it was hidden too briefly: SQS knows the newest reading of it.
                if let Some(known) = all.iter_mut().find(|known| known.id == waiting.id) {
                    known.receipt = waiting.receipt;
                } else {
                    all.push(waiting);
                }
            }
            if all.len() == before {
                break;
            }
        }
        all.sort_by_key(|waiting| (waiting.letter.as_ref().ok().map(|letter| letter.at), waiting.id.clone()));
        Ok(all)
    }

    /// Shows messages again; one that can't be is shown anyway when [`HIDDEN_S`] are over.
    async fn release(&self, waiting: &[Waiting]) {
        for waiting in waiting {
            let show = self.queues.change_message_visibility().queue_url(&self.url).receipt_handle(&waiting.receipt);
            let _ = show.visibility_timeout(0).send().await;
        }
    }
}

impl From<Message> for Waiting {
    fn from(message: Message) -> Self {
        Self {
            letter: serde_json::from_str(message.body().unwrap_or_default()),
            id: message.message_id.unwrap_or_default(),
            receipt: message.receipt_handle.unwrap_or_default(),
        }
    }
}

/// The first id that is no letter's.
fn missing<'a>(waiting: &[Waiting], ids: Option<&'a [String]>) -> Option<&'a str> {
    let mut ids = ids.unwrap_or_default().iter().map(String::as_str);
    ids.find(|id| waiting.iter().all(|waiting| waiting.id != *id))
}

/// The letters named, or all; and the others.
fn chosen(waiting: Vec<Waiting>, ids: Option<&[String]>) -> (Vec<Waiting>, Vec<Waiting>) {
    waiting.into_iter().partition(|waiting| ids.is_none_or(|ids| ids.contains(&waiting.id)))
}

type Unreadable = (Waiting, String);

fn by_conversation(letters: Vec<Waiting>) -> (BTreeMap<ConversationKey, Vec<Waiting>>, Vec<Unreadable>) {
    let mut conversations: BTreeMap<ConversationKey, Vec<Waiting>> = BTreeMap::new();
    let mut unreadable = Vec::new();
    for waiting in letters {
        match &waiting.letter {
            Ok(letter) => conversations.entry(letter.key()).or_default().push(waiting),
            Err(error) => {
                let error = error.to_string();
                unreadable.push((waiting, error));
            }
        }
    }
    (conversations, unreadable)
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
        Err(error) => Content::Unreadable { unreadable: error.to_string() },
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
