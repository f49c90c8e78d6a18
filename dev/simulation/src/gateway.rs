//! The way of a process's calls to SalesIQ, and all that goes wrong on it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use shared::salesiq::client::{Answer, Asked, Lost, Model};
use tokio::time::sleep;

use crate::faults::{Chance, Fault};
use crate::portal::{Reply, conversation_of};
use crate::process::Process;
use crate::world::{World, millis};

/// A call that was not answered in time lands within this time after that, or never (`salesiq::assumptions`).
const LANDING_MS: i64 = 29_000;

/// A process's way to SalesIQ.
#[derive(Debug)]
pub(crate) struct Gateway {
    process: Arc<Process>,
}

/// How a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Well,
    Down,
    Throttled {
        told: bool,
    },
    /// SalesIQ fails; it did or did not do it.
    Fails {
        done: bool,
    },
    /// No answer in time; it lands so long after the call was made, or never.
    Silent {
        lands_ms: Option<i64>,
    },
}

/// A request as it goes on its way: it may outlive the process that sent it.
#[derive(Clone)]
struct Sent {
    asked: Asked<'static>,
    body: Option<serde_json::Value>,
    conversation: usize,
}

impl Gateway {
    pub(crate) fn new(process: &Arc<Process>) -> Self {
        Self { process: Arc::clone(process) }
    }

    async fn go(&self, asked: Asked<'_>) -> Result<Answer, Lost> {
        let Some(world) = self.process.world.upgrade() else { return Err(lost(false)) };
        let subject = asked.conversation.and_then(|id| conversation_of(id.as_str())).unwrap_or(0);
        self.process.step("before a call").await;
        let (way, latency) = Self::way(&world, subject, &asked.method);
        let timeout = asked.timeout;
        let what = asked.operation;
        let sent = Sent {
            body: asked.body.cloned(),
            conversation: subject,
            asked: Asked {
                operation: what,
                principal: asked.principal,
                method: asked.method,
                url: asked.url,
                conversation: None,
                body: None,
                timeout,
            },
        };
        if what == "send_text" {
            let looked_at = self.process.looked_at.load(Ordering::Relaxed);
            let text = sent.body.as_ref().and_then(|body| body["text"].as_str()).unwrap_or_default().to_owned();
            world.note(subject, || format!("we say ({way:?}): {text}"));
            let now = world.now_ms();
            let inner = &mut *world.lock();
            inner.judge.speaks(&inner.salesiq, subject, now, looked_at, &text);
        } else if sent.asked.method != Method::GET {
            world.note(subject, || format!("we {what} ({way:?})"));
        }
        let unheard = matches!(way, Way::Silent { lands_ms: Some(_) } | Way::Fails { done: true });
        if what == "transfer" && unheard {
            world.lock().judge.ring_unsure(subject);
        }
        match way {
            Way::Down => {
                sleep(millis(latency)).await;
                Err(lost(false))
            }
            Way::Throttled { told } => {
                sleep(millis(latency)).await;
                let body =
                    json!({"error": {"code": 1023, "message": "You've crossed the limit, try again after sometime"}});
                Ok(answer(&Reply { status: 429, body }, told.then_some(Duration::from_secs(1))))
            }
            Way::Well => {
                sleep(millis(latency / 2)).await;
                let reply = self.land(&world, &sent);
                self.process.step("after a call").await;
                sleep(millis(latency / 2)).await;
                Ok(answer(&reply, None))
            }
            Way::Fails { done } => {
                sleep(millis(latency)).await;
                if done {
                    self.land(&world, &sent);
                }
                let body = json!({"error": {"code": 1001, "message": "Internal server error"}});
                Ok(answer(&Reply { status: 500, body }, None))
            }
            Way::Silent { lands_ms } => {
                if let Some(lands_ms) = lands_ms {
                    let (world, looked_at) = (Arc::clone(&world), self.process.looked_at.load(Ordering::Relaxed));
                    tokio::spawn(async move {
                        sleep(millis(lands_ms)).await;
                        world.note(sent.conversation, || format!("what was not answered lands: {what}"));
                        land(&world, &sent, looked_at);
                    });
                }
                sleep(timeout).await;
                Err(lost(true))
            }
        }
    }

    fn land(&self, world: &Arc<World>, sent: &Sent) -> Reply {
        land(world, sent, self.process.looked_at.load(Ordering::Relaxed))
    }

    fn way(world: &Arc<World>, subject: usize, method: &Method) -> (Way, i64) {
        let now = world.now_ms();
        let inner = &mut *world.lock();
        let dice = &mut inner.dice;
        let latency = dice.chance(Chance::Latency, subject).i64(20..180);
        if !dice.is_calm() && inner.down.iter().any(|(from, to)| (*from..*to).contains(&now)) {
            return (Way::Down, latency);
        }
        if dice.strikes(Fault::Throttle, subject) {
            return (Way::Throttled { told: dice.stream(Fault::Throttle, subject).bool() }, latency);
        }
        if dice.strikes(Fault::Error, subject) {
            let done = method != Method::GET && dice.stream(Fault::Error, subject).bool();
            return (Way::Fails { done }, latency);
        }
        if dice.strikes(Fault::Timeout, subject) {
            let rng = dice.stream(Fault::Timeout, subject);
            let lands_ms = match rng.u8(0..3) {
                0 => None,
                1 => Some(rng.i64(20..3_900)),
                _ => Some(rng.i64(4_000..4_000 + LANDING_MS)),
            };
            return (Way::Silent { lands_ms: lands_ms.filter(|_| method != Method::GET) }, latency);
        }
        (Way::Well, latency)
    }
}

fn land(world: &Arc<World>, sent: &Sent, looked_at: i64) -> Reply {
    let mut asked: Asked<'_> = sent.asked.clone();
    asked.body = sent.body.as_ref();
    let conversation = sent.conversation;
    let closes = sent.asked.operation == "close";
    let reply = world.act(conversation, |salesiq, now| salesiq.answer(now, &asked));
    if closes && reply.status == 200 {
        let inner = &mut *world.lock();
        inner.judge.we_closed(&inner.salesiq, conversation, looked_at);
    }
    if sent.asked.operation == "list_messages" && reply.status == 200 {
        let now = world.now_ms();
        world.lock().judge.listed(now, conversation);
    }
    if reply.status != 200 {
        world.note(conversation, || format!("SalesIQ refuses {}: {}", asked.operation, reply.body));
    }
    reply
}

fn answer(reply: &Reply, retry_after: Option<Duration>) -> Answer {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Answer { status, retry_after, body: reply.body.to_string().into_bytes() }
}

fn lost(may_have_landed: bool) -> Lost {
    Lost { may_have_landed, source: "the simulation".into() }
}

impl Model for Gateway {
    fn answer<'a>(&'a self, asked: Asked<'a>) -> Pin<Box<dyn Future<Output = Result<Answer, Lost>> + Send + 'a>> {
        Box::pin(self.go(asked))
    }
}
