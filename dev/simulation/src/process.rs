//! Processes of the functions: each wake-up runs in one, may be killed between any two of its steps, and then all that it
//! held in memory is gone.

use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use shared::bus::{Bus, Sent};
use shared::domain::action::Duty;
use shared::engine::fault_point::FaultPoints;
use shared::engine::portal::{Endpoints, Portals};
use shared::engine::{Engine, MailRoom, Mind, Nudge, Work};
use shared::mail::Post;
use shared::mail::post::{MemoryFailure, MemoryPost};
use shared::sentinel::Sentinel;
use shared::workspace::Workspaces;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::agent::Thinker;
use crate::faults::{Chance, Fault};
use crate::gateway::Gateway;
use crate::store::Faulty;
use crate::world::World;

/// How long a function may run.
const FUNCTION: Duration = Duration::from_mins(1);
/// How long the sentinel may.
const SENTINEL: Duration = Duration::from_secs(55);
/// How long it takes itself.
const SENTINEL_RUN: SignedDuration = SignedDuration::from_secs(40);

/// What a process holds on to from one wake-up to the next.
pub(crate) struct Sandbox {
    process: Arc<Process>,
    engine: Engine<Faulty, Thinker>,
}

/// A process, and all its ways to the outside.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) world: std::sync::Weak<World>,
    /// Which conversation it is woken for; 0: none.
    pub(crate) conversation: AtomicUsize,
    /// When it read the inbox last, in milliseconds since 1970.
    pub(crate) looked_at: AtomicI64,
    /// How often it read the inbox in this wake-up.
    pub(crate) looks: AtomicUsize,
    killed: Notify,
    bus: Arc<Mutex<Vec<Sent>>>,
    post: Arc<Mutex<MemoryPost>>,
}

impl Process {
    pub(crate) fn new(world: &Arc<World>) -> Arc<Self> {
        Arc::new(Self {
            world: Arc::downgrade(world),
            conversation: AtomicUsize::new(0),
            looked_at: AtomicI64::new(0),
            looks: AtomicUsize::new(0),
            killed: Notify::new(),
            bus: Arc::default(),
            post: Arc::default(),
        })
    }

    pub(crate) fn conversation(&self) -> usize {
        self.conversation.load(Ordering::Relaxed)
    }

    /// A step begins or has ended: what was sent before it is under way, time passes, and the process may die here.
    pub(crate) async fn step(&self, what: &'static str) {
        let Some(world) = self.world.upgrade() else { return };
        self.hand_over(&world);
        let conversation = self.conversation();
        let (delay, dies) = {
            let dice = &mut world.lock().dice;
            let delay = dice.chance(Chance::Latency, conversation).u64(1..4);
            (delay, dice.strikes(Fault::Crash, conversation))
        };
        if dies {
            world.note(conversation, || format!("process dies {what}"));
            self.die().await;
        }
        sleep(Duration::from_millis(delay)).await;
    }

    /// Dies here: whoever runs it notices, and this never returns.
    async fn die(&self) {
        self.killed.notify_one();
        std::future::pending::<()>().await;
    }

    /// What was put on the bus or posted takes its way.
    fn hand_over(&self, world: &Arc<World>) {
        let sent = std::mem::take(&mut *self.bus.lock().unwrap_or_else(PoisonError::into_inner));
        if !sent.is_empty() {
            world.send(sent);
        }
        let letters = std::mem::take(&mut self.post.lock().unwrap_or_else(PoisonError::into_inner).sent);
        for letter in letters {
            let now = world.now_ms();
            world.lock().judge.mailed(now, &letter, world.plan.sabotage);
        }
    }
}

impl Sandbox {
    fn new(world: &Arc<World>, duty: Duty) -> Self {
        let process = Process::new(world);
        let store = Faulty::new(world, &process);
        let number = {
            let mut inner = world.lock();
            inner.processes += 1;
            inner.processes
        };
        let work = match duty {
            Duty::Conversation => Work::Converse(Mind::without_secrets(Thinker::new(world, &process))),
            Duty::Escalation => Work::Escalate,
            Duty::Transcript => Work::Mail(MailRoom {
                post: Post::Memory(Arc::clone(&process.post)),
                dead_letters_url: "memory".to_owned(),
            }),
        };
        let name = format!("process-{number}");
        let engine = Engine {
            work,
            bus: Bus::Memory(Arc::clone(&process.bus)),
            workspaces: Workspaces::new(store.clone()),
            portals: portals(world, &process, &store, &name),
            store,
            clock: world.clock(),
            terms: world.terms,
            process: name,
            fault_points: FaultPoints::default(),
            wake_ups: AtomicU64::new(0),
        };
        Self { process, engine }
    }
}

fn portals(world: &Arc<World>, process: &Arc<Process>, store: &Faulty, name: &str) -> Portals<Faulty> {
    let (secrets, http) = (world.secrets.clone(), world.http.clone());
    let portals = Portals::new(store.clone(), secrets, http, Endpoints::default(), world.clock(), name.to_owned());
    portals.answered_by(Arc::new(Gateway::new(process)))
}

/// Runs a wake-up of a conversation in a process of one function.
pub(crate) async fn run(world: &Arc<World>, duty: Duty, conversation: usize) {
    let Some(key) = world.key(conversation) else { return };
    let warm = {
        let mut inner = world.lock();
        let place = inner.sandboxes.iter().position(|(its, _)| *its == duty);
        place.map(|place| inner.sandboxes.swap_remove(place).1)
    };
    let sandbox = warm.unwrap_or_else(|| Sandbox::new(world, duty));
    let process = &sandbox.process;
    process.conversation.store(conversation, Ordering::Relaxed);
    process.looks.store(0, Ordering::Relaxed);
    let failure = (duty == Duty::Transcript).then(|| world.mail_fails(conversation)).flatten();
    process.post.lock().unwrap_or_else(PoisonError::into_inner).failures = failure.into_iter().collect();
    world.note(conversation, || format!("{duty:?} is woken ({})", sandbox.engine.process));
    let ended = tokio::select! {
        biased;
        () = process.killed.notified() => None,
        ended = timeout(FUNCTION, sandbox.engine.wake_for(&key, Nudge::News)) => ended.ok(),
    };
    process.hand_over(world);
    let taken = process.post.lock().unwrap_or_else(PoisonError::into_inner).failures.is_empty();
    if failure == Some(MemoryFailure::AnswerLost) && taken {
        world.lock().judge.mail_unsure(conversation);
    }
    match ended {
        Some(Ok(woken)) => {
            world.note(conversation, || format!("{duty:?} rests: {woken:?}"));
            world.lock().sandboxes.push((duty, sandbox));
        }
        Some(Err(error)) => {
            world.note(conversation, || format!("{duty:?} fails: {}", shared::telemetry::Chain(&error)));
            let mut inner = world.lock();
            inner.judge.wake_up_failed(conversation, duty, &error);
            inner.sandboxes.push((duty, sandbox));
        }
        None => {
            world.note(conversation, || format!("{duty:?} is dead"));
            match duty {
                Duty::Transcript => world.lock().judge.mail_unsure(conversation),
                Duty::Escalation => world.lock().judge.ring_unsure(conversation),
                Duty::Conversation => {}
            }
        }
    }
}

impl World {
    fn mail_fails(&self, conversation: usize) -> Option<MemoryFailure> {
        let dice = &mut self.lock().dice;
        if dice.strikes(Fault::MailRefused, conversation) {
            let permanent = dice.stream(Fault::MailRefused, conversation).u8(0..5) == 0;
            return Some(MemoryFailure::Refused { permanent });
        }
        if dice.strikes(Fault::MailUnknown, conversation) {
            let lost = dice.stream(Fault::MailUnknown, conversation).bool();
            return Some(if lost { MemoryFailure::Lost } else { MemoryFailure::AnswerLost });
        }
        None
    }
}

/// One run of the sentinel.
pub(crate) async fn tick(world: &Arc<World>) {
    let process = Process::new(world);
    let store = Faulty::new(world, &process);
    let sentinel = Sentinel {
        workspaces: Workspaces::new(store.clone()),
        portals: portals(world, &process, &store, "sentinel"),
        store,
        bus: Bus::Memory(Arc::clone(&process.bus)),
        clock: world.clock(),
        time_budget: SENTINEL_RUN,
    };
    tokio::select! {
        biased;
        () = process.killed.notified() => {}
        _ = timeout(SENTINEL, sentinel.tick()) => {}
    }
    process.hand_over(world);
}

impl Process {
    /// What something comes to, unless the process dies in it.
    pub(crate) async fn unless_killed<R>(&self, what: impl Future<Output = R>) -> Option<R> {
        tokio::select! {
            biased;
            () = self.killed.notified() => None,
            done = what => Some(done),
        }
    }
}
