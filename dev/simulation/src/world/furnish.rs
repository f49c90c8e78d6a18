//! How a world is furnished: settings, team, portal, all from the seed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use shared::domain::conversation::Terms;
use shared::domain::id::WorkspaceId;
use shared::domain::settings::{Article, Texts, WorkspaceSettings};
use shared::salesiq::oauth::Principal;
use shared::salesiq::oauth::secret::{PrincipalSecret, Secrets};
use shared::store::Memory;
use shared::workspace::Workspaces;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::{BEGINNING_MS, Inner, Job, Jobs, Plan, World};
use crate::Error;
use crate::faults::{Chance, Dice, Fault};
use crate::judge::Judge;
use crate::portal::{FACILITATOR, Habits, Operator, Salesiq, US, human};
use crate::sabotage::Sabotage;

/// Until when visitors come and faults strike.
pub(super) const TROUBLED_MS: i64 = 25 * 60_000;
const WEBHOOK_URL: &str = "https://operator.example/webhooks/salesiq/world";

/// A world of a plan.
pub(super) async fn furnish(
    plan: Plan,
    http: reqwest::Client,
    jobs: UnboundedSender<Job>,
) -> Result<Arc<World>, Error> {
    let mut dice = Dice::new(plan.seed, plan.faults);
    let rng = dice.chance(Chance::World, 0);
    let team = team(rng);
    let habits = Habits {
        wait_ms: rng.i64(120_000..300_000),
        ring_ms: rng.i64(60_000..150_000),
        tells_reopened: rng.bool(),
        rows_have_ids: rng.bool(),
        sent_tells_id: rng.bool(),
        question_echo: rng.u8(0..10) == 0,
        late_accept: rng.bool(),
    };
    let settings = settings(rng, plan.sabotage)?;
    let playbook = rng.u8(0..8) == 0;
    let down = windows(&mut dice, Fault::Down, 120_000);
    let store_down = windows(&mut dice, Fault::StoreDown, 30_000);
    let lease = if plan.sabotage == Some(Sabotage::NoClaims) { 1 } else { 75 };
    let landing = if plan.sabotage == Some(Sabotage::NoClaims) { 0 } else { 30 };
    let terms = Terms { lease: SignedDuration::from_secs(lease), landing: SignedDuration::from_secs(landing) };
    let salesiq = Salesiq::new(habits, plan.conversations, team, WEBHOOK_URL.to_owned());
    let inner = Inner {
        salesiq,
        judge: Judge::new(plan.conversations, plan.traced, settings.human_silence_s, playbook),
        dice,
        sandboxes: Vec::new(),
        down,
        store_down,
        processes: 0,
        thoughts: 0,
        jobs: Jobs(jobs),
    };
    let world = World {
        memory: Memory::new(),
        secrets: secrets(&settings.workspace).await?,
        http,
        workspace: settings.workspace.clone(),
        knowledge: knowledge()?,
        settings,
        terms,
        playbook,
        started: Instant::now(),
        inner: Mutex::new(inner),
        plan,
    };
    let workspaces = Workspaces::new(world.memory.clone());
    let failed = |error: shared::workspace::WorkspaceError| Error::Furnish(error.to_string());
    workspaces.put_settings(&world.settings).await.map_err(failed)?;
    for article in &world.knowledge {
        workspaces.put_article(&world.workspace, article).await.map_err(failed)?;
    }
    Ok(Arc::new(world))
}

/// One to four humans; in some worlds nobody is there.
fn team(rng: &mut fastrand::Rng) -> Vec<Operator> {
    let nobody = rng.u8(0..10) < 2;
    (0..rng.usize(1..5))
        .map(|number| Operator {
            id: human(number),
            name: format!("Human {number}"),
            available: !nobody && rng.u8(0..10) < 8,
            limit: rng.u32(1..6),
            departments: if number == 0 { vec![0, 1] } else { vec![rng.usize(0..2)] },
        })
        .collect()
}

fn settings(rng: &mut fastrand::Rng, sabotage: Option<Sabotage>) -> Result<WorkspaceSettings, Error> {
    let mode = |rng: &mut fastrand::Rng| if rng.bool() { "direct" } else { "department" };
    let when = |rng: &mut fastrand::Rng| if rng.u8(0..4) == 0 { "ring" } else { "mail" };
    let texts: BTreeMap<&str, Texts> = match sabotage {
        Some(Sabotage::EarlyClaim) => {
            let early = Some("You are now connected to a colleague.".to_owned());
            [("en", Texts { looking_for_colleague: early, ..Texts::default() })].into()
        }
        _ => BTreeMap::new(),
    };
    let brand = |number: usize, automated: bool, rng: &mut fastrand::Rng| {
        json!({
            "id": crate::portal::brand_id(number), "name": format!("Brand {number}"), "automated": automated,
            "escalation": {"mode": mode(rng), "email": format!("brand{number}@example.com")}, "texts": texts,
        })
    };
    let brands = [brand(0, true, rng), brand(1, true, rng), brand(2, false, rng)];
    let facilitator = rng.bool().then_some(FACILITATOR);
    let value = json!({
        "workspace": "world", "screen_name": "world", "org_id": "60000", "data_centre": "eu", "bot_operator": US,
        "default_department": "500", "burst_window_ms": rng.u32(0..2_000), "human_silence_s": rng.u32(60..240),
        "escalation": {
            "mode": mode(rng), "last_resort_email": "last@example.com", "sender": "nova@example.com",
            "facilitator": facilitator, "direct_deadline_s": rng.u32(20..90),
            "department_deadline_s": rng.u32(30..150), "direct_attempts": rng.u8(0..4),
            "when_nobody": when(rng), "waiting_replies": rng.u8(0..4),
        },
        "idle": {"check_in_s": 300, "close_s": 600},
        "sentinel": {"webhook_url": WEBHOOK_URL},
        "brands": brands,
    });
    serde_json::from_value(value).map_err(|error| Error::Furnish(error.to_string()))
}

fn knowledge() -> Result<Vec<Article>, Error> {
    let articles = json!([
        {"id": "withdrawals", "title": "How long withdrawals take",
         "markdown": "# Withdrawals\nA withdrawal takes one working day. Bank transfers take three working days."},
        {"id": "passwords", "title": "Forgotten password",
         "markdown": "# Password\nPress *Forgotten password* on the login page to get a new password by e-mail."},
    ]);
    serde_json::from_value(articles).map_err(|error| Error::Furnish(error.to_string()))
}

/// Tokens that outlive the world: they are never renewed.
async fn secrets(workspace: &WorkspaceId) -> Result<Secrets, Error> {
    let secrets = Secrets::memory(Arc::default(), "simulation/");
    for principal in Principal::ALL {
        let secret = PrincipalSecret {
            client_id: "simulation".to_owned(),
            client_secret: "simulation".to_owned().into(),
            refresh_token: "simulation".to_owned().into(),
            accounts_url: None,
            access_token: Some(format!("simulation-{principal}").into()),
            expires_at: Timestamp::from_millisecond(BEGINNING_MS + 1_000 * 86_400_000).ok(),
        };
        secrets.write(workspace, principal, &secret).await.map_err(|error| Error::Furnish(error.to_string()))?;
    }
    Ok(secrets)
}

/// Times at which something is down, each so long.
fn windows(dice: &mut Dice, fault: Fault, long: i64) -> Vec<(i64, i64)> {
    let mut windows = Vec::new();
    for _ in 0..2 {
        if dice.strikes(fault, 0) {
            let from = BEGINNING_MS + dice.stream(fault, 0).i64(0..TROUBLED_MS - long);
            windows.push((from, from + long));
        }
    }
    windows
}
