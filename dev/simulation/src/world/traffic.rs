//! What goes over the wire by itself: deliveries with SalesIQ's repetitions, wake-ups, alarms.

use std::sync::Arc;
use std::time::Duration;

use shared::bus::{CONVERSATION_NEWS, ESCALATION_REQUESTED, Sent, TRANSCRIPT_REQUESTED, WakeUp};
use shared::domain::action::Duty;
use tokio::time::sleep;

use super::World;
use crate::faults::{Chance, Fault};
use crate::portal::{Emitted, Salesiq, Status, US, conversation_of};
use crate::process;
use crate::webhook;

/// How often SalesIQ delivers an event: once, and three times more a minute apart (api.md §5.2).
const ATTEMPTS: usize = 4;
const MINUTE: Duration = Duration::from_mins(1);

impl World {
    /// Something happens to a conversation in SalesIQ, with all that follows from it.
    pub(crate) fn act<R>(self: &Arc<Self>, conversation: usize, act: impl FnOnce(&mut Salesiq, i64) -> R) -> R {
        let now = self.now_ms();
        let mut inner = self.lock();
        let before = inner.salesiq.chat(conversation).map(standing);
        let answer = act(&mut inner.salesiq, now);
        let after = inner.salesiq.chat(conversation).map(standing);
        let emitted = std::mem::take(&mut inner.salesiq.emitted);
        let rerun = std::mem::take(&mut inner.salesiq.rerun);
        let inner = &mut *inner;
        for one in &emitted {
            inner.judge.happened(&inner.salesiq, one);
        }
        let habits = inner.salesiq.habits;
        for one in emitted {
            inner.judge.tell(one.conversation, now, one.event);
            inner.jobs.push(Job::Deliver(one));
        }
        inner.jobs.extend(rerun.into_iter().map(Job::Deliver));
        if let Some(after) = after.filter(|after| before.as_ref() != Some(after)) {
            let before = before.unwrap_or_default();
            let Standing { thread, waits, ring, attender } = after;
            if waits && (before.thread != thread || !before.waits) {
                inner.jobs.push(Job::WaitOver { after_ms: habits.wait_ms, conversation, thread });
            }
            if let Some(number) = ring.filter(|ring| before.ring != Some(*ring)) {
                inner.jobs.push(Job::RingOver { after_ms: habits.ring_ms, conversation, number });
                inner.desk_rings(conversation);
            }
            if let Some(who) = attender.filter(|who| who != US && before.attender.as_ref() != Some(who)) {
                inner.jobs.push(Job::Attend { conversation, thread, who });
            }
        }
        answer
    }

    async fn deliver(self: &Arc<Self>, emitted: Emitted) {
        let conversation = emitted.conversation;
        let (first, second) = {
            let dice = &mut self.lock().dice;
            if dice.strikes(Fault::Drop, conversation) {
                return;
            }
            let mut delay = dice.chance(Chance::Latency, conversation).i64(20..250);
            if dice.strikes(Fault::Reorder, conversation) {
                delay += dice.stream(Fault::Reorder, conversation).i64(500..8_000);
            }
            if dice.strikes(Fault::Delay, conversation) {
                delay += dice.stream(Fault::Delay, conversation).i64(20_000..120_000);
            }
            let again = dice.strikes(Fault::Duplicate, conversation);
            (delay, again.then(|| delay + dice.stream(Fault::Duplicate, conversation).i64(0..40_000)))
        };
        if let Some(second) = second {
            self.lock().jobs.push(Job::DeliverOnce { after_ms: second, emitted: emitted.clone() });
        }
        sleep(millis(first)).await;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                sleep(MINUTE).await;
            }
            let refused = self.lock().dice.strikes(Fault::Reject, conversation);
            if !refused && webhook::receive(self, &emitted).await {
                return;
            }
        }
        self.note(conversation, || format!("SalesIQ: gives up delivering {}", emitted.event));
        self.lock().salesiq.execution_failed(emitted);
    }

    /// What a process put on the bus.
    pub(crate) fn send(self: &Arc<Self>, sent: Vec<Sent>) {
        for one in sent {
            match one {
                Sent::Event { detail_type, wake_up } => {
                    let duty = match detail_type {
                        CONVERSATION_NEWS => Duty::Conversation,
                        ESCALATION_REQUESTED => Duty::Escalation,
                        TRANSCRIPT_REQUESTED => Duty::Transcript,
                        _ => continue,
                    };
                    self.wake(duty, &wake_up);
                }
                // A person's doing, of which there are none here.
                Sent::MailReturned { .. } => {}
                Sent::Alarm { wake_up } => self.set_alarm(wake_up),
                Sent::DeadLetter { letter, .. } => {
                    let conversation = conversation_of(letter.conversation.as_str()).unwrap_or(0);
                    self.note(conversation, || "a mail is set aside".to_owned());
                }
            }
        }
    }

    fn wake(self: &Arc<Self>, duty: Duty, wake_up: &WakeUp) {
        let Some(conversation) = conversation_of(wake_up.conversation.as_str()) else { return };
        let mut delays = Vec::new();
        {
            let dice = &mut self.lock().dice;
            if dice.strikes(Fault::LostWakeUp, conversation) {
                return;
            }
            delays.push(dice.chance(Chance::Latency, conversation).i64(5..80));
            if dice.strikes(Fault::DuplicateWakeUp, conversation) {
                delays.push(dice.stream(Fault::DuplicateWakeUp, conversation).i64(5..3_000));
            }
        }
        let jobs = delays.into_iter().map(|after_ms| Job::Run { after_ms, duty, conversation });
        self.lock().jobs.extend(jobs);
    }

    fn set_alarm(self: &Arc<Self>, wake_up: WakeUp) {
        let Some(conversation) = conversation_of(wake_up.conversation.as_str()) else { return };
        if self.lock().dice.strikes(Fault::LostAlarm, conversation) {
            return;
        }
        let due_ms = wake_up.due_at.map_or(0, |due_at| due_at.as_millisecond() + 999);
        let delay = (due_ms - self.now_ms()).clamp(0, 900_000);
        self.lock().jobs.push(Job::Ring { after_ms: delay, conversation, wake_up });
    }

    /// Does what is to be done, when it is time.
    pub(super) async fn perform(self: Arc<Self>, job: Job) {
        match job {
            Job::Deliver(emitted) => self.deliver(emitted).await,
            Job::DeliverOnce { after_ms, emitted } => {
                sleep(millis(after_ms)).await;
                webhook::receive(&self, &emitted).await;
            }
            Job::Run { after_ms, duty, conversation } => {
                sleep(millis(after_ms)).await;
                process::run(&self, duty, conversation).await;
            }
            Job::Ring { after_ms, conversation, wake_up } => {
                sleep(millis(after_ms)).await;
                if wake_up.due_at.is_some_and(|due_at| due_at > self.now()) {
                    self.set_alarm(wake_up);
                } else {
                    process::run(&self, Duty::Conversation, conversation).await;
                }
            }
            Job::WaitOver { after_ms, conversation, thread } => {
                sleep(millis(after_ms)).await;
                self.act(conversation, |salesiq, now| salesiq.wait_is_over(now, conversation, thread));
            }
            Job::RingOver { after_ms, conversation, number } => {
                sleep(millis(after_ms)).await;
                self.act(conversation, |salesiq, now| salesiq.ring_is_over(now, conversation, number));
            }
            Job::Attend { conversation, thread, who } => self.attend_as(conversation, thread, who).await,
            Job::Answer { after_ms, conversation, who, takes } => {
                sleep(millis(after_ms)).await;
                self.answer_ring(conversation, &who, takes);
            }
        }
    }
}

/// Something that is to happen by itself.
#[derive(Debug)]
pub(crate) enum Job {
    /// SalesIQ delivers an event, with its repetitions.
    Deliver(Emitted),
    /// It delivers it once more.
    DeliverOnce { after_ms: i64, emitted: Emitted },
    /// A function is woken.
    Run { after_ms: i64, duty: Duty, conversation: usize },
    /// An alarm rings.
    Ring { after_ms: i64, conversation: usize, wake_up: WakeUp },
    /// A chat has waited long enough.
    WaitOver { after_ms: i64, conversation: usize, thread: u32 },
    /// A transfer has rung long enough.
    RingOver { after_ms: i64, conversation: usize, number: u64 },
    /// A human has a chat.
    Attend { conversation: usize, thread: u32, who: String },
    /// A human answers a ring.
    Answer { after_ms: i64, conversation: usize, who: String, takes: bool },
}

/// What others react to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Standing {
    thread: u32,
    waits: bool,
    ring: Option<u64>,
    attender: Option<String>,
}

fn standing(chat: &crate::portal::Chat) -> Standing {
    Standing {
        thread: chat.thread,
        waits: chat.status == Status::Waiting,
        ring: chat.ring.as_ref().map(|ring| ring.number),
        attender: chat.attender.clone().filter(|_| chat.status == Status::Connected),
    }
}

/// So many milliseconds.
pub(crate) fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
