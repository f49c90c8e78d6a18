//! The sender of webhooks, and the simulator's clock hand: one task that ticks the state and keeps a bounded number of
//! deliveries under way, so that a burst of a thousand costs sixty-four connections and no thousand tasks.

use crate::faults::{Action, Subject, What};
use crate::http::App;
use crate::keys::KeyNumber;
use crate::shapes::webhook as shape;
use crate::state::State;
use crate::state::deliveries::Delivery;
use crate::state::webhook::Outcome;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use reqwest::Client;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::sleep;

/// How much of a receiver's answer the log keeps.
const ANSWER_LENGTH: usize = 4_096;
/// How long a reordered delivery waits to be overtaken.
const OVERTAKEN_WITHIN_MS: i64 = 5_000;

/// A delivery with all that is needed to send it.
#[derive(Debug)]
struct Job {
    delivery: Delivery,
    url: String,
    body: String,
    key: Option<KeyNumber>,
    timeout: Duration,
    fault: Action,
}

/// Runs until the simulator stops.
pub(crate) async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let mut under_way = FuturesUnordered::new();
    loop {
        let (jobs, wait_ms) = app.quietly(|state, now| {
            state.tick(now);
            let room = state.settings.max_concurrent_deliveries.saturating_sub(under_way.len());
            (take(state, now, room), state.next_due().map(|due| due - now))
        });
        for job in jobs {
            under_way.push(send(&app.client, job));
        }
        let due = async {
            match wait_ms.map(|ms| u64::try_from(ms).unwrap_or(0)) {
                Some(ms) => sleep(Duration::from_millis(ms)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some((delivery, outcome)) = under_way.next(), if !under_way.is_empty() => {
                app.quietly(|state, now| state.delivered(now, delivery, outcome));
            }
            () = app.wake.notified() => {}
            () = due => {}
            _ = stop.changed() => return,
        }
    }
}

/// Takes up to `room` deliveries off the queue, with their faults applied as far as they concern the queue.
fn take(state: &mut State, now: i64, room: usize) -> Vec<Job> {
    let mut jobs = Vec::new();
    while jobs.len() < room {
        let Some(mut delivery) = state.deliveries.take() else {
            break;
        };
        let Ok(webhook) = state.webhook(&delivery.webhook_id) else {
            // The webhook was deleted: what it still had to send goes with it.
            state.deliveries.finish(&delivery, false);
            continue;
        };
        let url = webhook.url.clone();
        let key = webhook.signing_key();
        let flat = webhook.flat.unwrap_or(state.settings.flat_payloads);
        let numeric_ids = webhook.numeric_ids.unwrap_or(state.settings.numeric_ids);
        let fault = if let Some(left) = delivery.fault.take() {
            left
        } else {
            let subject = Subject {
                what: What::Webhook,
                method: "POST",
                path: &url,
                conversation: Some(&delivery.entity_id),
                event: Some(&delivery.event),
                to: &[],
            };
            state.faults.strike(now, &mut state.ids, &subject).unwrap_or_default()
        };
        if !fault.is_not_sent() && postponed(state, now, &delivery, &fault) {
            state.deliveries.finish(&delivery, false);
            continue;
        }
        // What comes of this one, such as its copies, is not struck again.
        delivery.fault = Some(Action::default());
        for _ in 0..fault.duplicate.filter(|_| !fault.is_not_sent()).unwrap_or(0) {
            state.deliveries.push_front(delivery.clone());
        }
        let body = shape::body(&delivery, flat, numeric_ids).to_string();
        let timeout = Duration::from_millis(state.settings.webhook_timeout_ms);
        jobs.push(Job { delivery, url, body, key, timeout, fault });
    }
    jobs
}

/// Puts a delivery and its copies off, if its fault says so; the rest of the fault strikes when they come.
fn postponed(state: &mut State, now: i64, delivery: &Delivery, fault: &Action) -> bool {
    if !fault.reorder && fault.delay_ms.is_none() && fault.shuffle_ms.is_none() {
        return false;
    }
    let left = Action { reorder: false, delay_ms: None, shuffle_ms: None, duplicate: None, ..fault.clone() };
    for _ in 0..=fault.duplicate.unwrap_or(0) {
        let within = match fault.shuffle_ms {
            Some(most) => state.ids.up_to(most),
            None => fault.delay_ms.unwrap_or(OVERTAKEN_WITHIN_MS),
        };
        let later = Delivery { held: fault.reorder, fault: Some(left.clone()), ..delivery.clone() };
        state.deliveries.push_later(now + within, later);
    }
    true
}

/// One attempt.
async fn send(client: &Client, job: Job) -> (Delivery, Outcome) {
    let Job { delivery, url, body, key, timeout, fault } = job;
    if let Some(ms) = fault.slow_ms {
        sleep(Duration::from_millis(ms)).await;
    }
    let started = Instant::now();
    let mut outcome =
        Outcome { status: None, error: None, answer: String::new(), sent: body, duration_ms: 0, dropped: fault.drop };
    if let Some(status) = fault.status {
        outcome.status = Some(status);
    } else if !fault.drop {
        let signature = key.and_then(|k| k.sign(outcome.sent.as_bytes()));
        let mut request = client.post(&url).header("content-type", "application/json").timeout(timeout);
        if let Some(signature) = signature {
            request = request.header("x-siqsignature", signature);
        }
        match request.body(outcome.sent.clone()).send().await {
            Ok(response) => {
                outcome.status = Some(response.status().as_u16());
                match response.text().await {
                    Ok(text) => outcome.answer = text.chars().take(ANSWER_LENGTH).collect(),
                    Err(error) => outcome.error = Some(reason(&error)),
                }
            }
            Err(error) => outcome.error = Some(reason(&error)),
        }
        if fault.lose_answer {
            outcome.error = Some("the answer was lost (a fault)".to_owned());
        }
    }
    outcome.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    (delivery, outcome)
}

fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
