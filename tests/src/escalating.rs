//! A world's visitor who wants a human: how it comes to a ring, and what became of it.

use dev::portal::Opening;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::conversation::Phase;
use shared::domain::escalation::Attempt;
use shared::domain::id::OperatorId;
use shared::domain::router::{Decision, Judgement};
use shared::engine::decisions;

use crate::{Deployed, Kept, SOON, World, until};

/// What a visitor writes who wants a human.
pub const WISH: &str = "I want to talk to a human about my bonus";
/// What the AI says to that, and all it says until the visitor writes on.
pub const LOOKING: &str = "Of course. I'm looking for a colleague who can help you.";

/// A transfer as SalesIQ has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// The department.
    pub department: String,
    /// The operator, where it is for one.
    pub operator: Option<String>,
    /// What is read while it rings.
    pub note: String,
    /// How it ended: `accepted`, `rejected`, `timed_out`, `withdrawn` and so on; none while it rings.
    pub outcome: Option<String>,
}

impl Rung {
    fn read(transfer: &Value, outcome: Option<&Value>) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            department: text(&transfer["department_id"]),
            operator: transfer["operator_id"].as_str().map(str::to_owned),
            note: text(&transfer["note"]),
            outcome: outcome.map(text),
        }
    }
}

/// Makes a department in SalesIQ, served by `operators`.
pub async fn department(deployed: &Deployed, name: &str, operators: &[&str]) -> String {
    let body = json!({"name": name, "operators": operators});
    let made = deployed.portal.control(Method::POST, "departments", Some(body)).await.expect("a department");
    made["id"].as_str().expect("an id").to_owned()
}

/// What a decision says of an operator.
///
/// # Panics
/// It does not name the operator.
#[must_use]
pub fn judgement<'d>(decision: &'d Decision, operator: &str) -> &'d Judgement {
    let of = |one: &&shared::domain::router::Considered| one.operator.as_str() == operator;
    &decision.considered.iter().find(of).expect("the operator was considered").judgement
}

impl World<'_> {
    /// Direct mode, for [`World::new`].
    pub fn direct(settings: &mut Value) {
        settings["escalation"]["mode"] = json!("direct");
    }

    /// Rings for a minute, for [`World::new`]: where deadlines are not what is tested, a busy machine shall not meet them.
    pub fn patient(settings: &mut Value) {
        for deadline in ["direct_deadline_s", "department_deadline_s"] {
            settings["escalation"][deadline] = json!(60);
        }
    }

    /// Both.
    pub fn patient_and_direct(settings: &mut Value) {
        Self::patient(settings);
        Self::direct(settings);
    }

    /// A visitor opens a chat and is attended by the AI.
    pub async fn attended(&self, question: &str) -> String {
        let conversation = self.open(question).await;
        self.answered(&conversation, 1).await;
        self.settled(&conversation, SOON).await;
        conversation
    }

    /// Gives a human chats of a brand that is not automated.
    pub async fn busy_with(&self, human: &str, chats: usize) -> Vec<String> {
        let portal = &self.deployed.portal;
        let name = json!({"name": format!("Quiet brand of {}", self.workspace)});
        let brand = portal.control(Method::POST, "brands", Some(name)).await.expect("a brand");
        let (brand, department) = (brand["id"].as_str().expect("an id"), self.department.as_str());
        let mut taken = Vec::new();
        for _ in 0..chats {
            let opening = Opening { brand, department, question: "Hello?", name: "Leo", email: "leo@example.com" };
            let chat = portal.open(&opening).await.expect("a chat");
            self.human_does(human, "pickup", json!({}), &chat).await;
            taken.push(chat);
        }
        taken
    }

    /// All transfers, the one that rings last.
    pub async fn transfers(&self, conversation: &str) -> Vec<Rung> {
        let conversation = self.deployed.portal.conversation(conversation).await.expect("a conversation");
        let past = conversation["past_transfers"].as_array().into_iter().flatten();
        let past = past.map(|past| Rung::read(&past["transfer"], Some(&past["outcome"])));
        let now = Some(&conversation["transfer"]).filter(|transfer| transfer.is_object());
        past.chain(now.map(|transfer| Rung::read(transfer, None))).collect()
    }

    /// Waits until a whole department is rung, and gives that transfer.
    pub async fn department_rings(&self, conversation: &str, department: &str) -> Rung {
        until(&format!("{conversation} to ring department {department}"), SOON, async || {
            let last = self.transfers(conversation).await.pop()?;
            (last.outcome.is_none() && last.operator.is_none() && last.department == department).then_some(last)
        })
        .await
    }

    /// Waits until one operator is rung who was not rung `before`, and gives them. A chat that waits for its first
    /// attender rings everybody, but is no transfer.
    pub async fn one_rings(&self, conversation: &str, before: &[&str]) -> String {
        until(&format!("{conversation} to ring one more operator"), SOON, async || {
            let last = self.transfers(conversation).await.pop()?;
            let operator = last.operator.filter(|operator| !before.contains(&operator.as_str()));
            operator.filter(|_| last.outcome.is_none())
        })
        .await
    }

    /// A human takes the chat that rings.
    pub async fn accepts(&self, human: &str, conversation: &str) {
        self.human_does(human, "accept", json!({}), conversation).await;
    }

    /// Waits until we know that a human has the chat and all is done.
    pub async fn with_human(&self, conversation: &str) -> Kept {
        until(&format!("{conversation} to be with a human"), SOON, async || {
            let kept = self.kept(conversation).await?;
            let open = kept.conversation.actions.iter().any(shared::domain::action::Action::is_open);
            let with_human = matches!(kept.conversation.phase, Phase::WithHuman { .. });
            (with_human && kept.unread == 0 && !open).then_some(kept)
        })
        .await
    }

    /// Waits until a human is being looked for.
    pub async fn escalating(&self, conversation: &str) {
        until(&format!("{conversation} to be escalating"), SOON, async || {
            matches!(self.phase(conversation).await?, Phase::Escalating(_)).then_some(())
        })
        .await;
    }

    /// Waits until the AI has reacted to all that the visitor wrote while a human is looked for.
    pub async fn reacted(&self, conversation: &str) {
        until(&format!("a reaction to all lines of {conversation}"), SOON, async || {
            let kept = self.kept(conversation).await?;
            let waits = kept.conversation.turn.is_some() || kept.conversation.reply_on_its_way();
            (kept.unread == 0 && kept.conversation.unheard().is_empty() && !waits).then_some(())
        })
        .await;
    }

    /// What routing decided, oldest first.
    pub async fn decisions(&self, conversation: &str) -> Vec<Decision> {
        decisions::read(&self.deployed.store, &self.key(conversation)).await.expect("readable decisions")
    }

    /// Who was tried in vain, by the record of the search that is over.
    pub async fn attempts(&self, conversation: &str) -> Vec<Attempt> {
        let kept = self.kept(conversation).await.expect("a conversation");
        kept.conversation.last_escalation.map(|escalation| escalation.attempts).unwrap_or_default()
    }

    /// The API calls about a conversation that SalesIQ carried out: method and the end of the path.
    pub async fn performed(&self, conversation: &str) -> Vec<String> {
        let calls = self.calls(conversation).await;
        let performed = calls.iter().filter(|call| call["performed"] == true && call["error_code"].is_null());
        let name = |call: &Value| {
            let path = call["path"].as_str().unwrap_or_default();
            let end = path.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            format!("{} {end}", call["method"].as_str().unwrap_or_default())
        };
        performed.map(name).collect()
    }

    /// An attempt's operator, as the simulator writes it.
    #[must_use]
    pub fn operator_of(attempt: &Attempt) -> Option<&str> {
        attempt.target.operator.as_ref().map(OperatorId::as_str)
    }
}
