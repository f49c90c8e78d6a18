//! Questions that the AI answers by itself, and a brand that it leaves alone.

use super::Script;
use super::look::{PATIENCE, Seen, answered, attender, opening, stays_at};
use crate::portal::{Portal, until};
use crate::seed::{HARBOUR, LUMEN, NOVA};

pub(super) async fn question(script: &mut Script, portal: &Portal) {
    const SCENARIO: &str = "a question";
    let asked = opening(LUMEN, "How long does a withdrawal take?", "Mia", "mia@example.com");
    let conversation = match portal.open(&asked).await {
        Ok(conversation) => conversation,
        Err(error) => {
            script.saw(SCENARIO, "is asked in the widget", Err(error));
            return;
        }
    };
    script.saw(SCENARIO, "is asked in the widget", Ok((true, format!("conversation {conversation}"))));
    script.saw(SCENARIO, "is answered from the knowledge", answered(portal, &conversation, 1, "withdrawal").await);
    let by = attended_by_us(portal, &conversation).await;
    script.saw(SCENARIO, "is answered by the operator who picked the chat up", by);
}

async fn attended_by_us(portal: &Portal, conversation: &str) -> Seen {
    let conversation = portal.conversation(conversation).await?;
    let attender = attender(&conversation);
    Ok((attender == NOVA, format!("attender {attender}")))
}

pub(super) async fn two_lines(script: &mut Script, portal: &Portal) {
    const SCENARIO: &str = "two quick messages";
    let seen = async {
        let asked = opening(LUMEN, "hello", "Noah", "noah@example.com");
        let conversation = portal.open(&asked).await?;
        portal.visitor_says(&conversation, "I forgot my password, what now?").await?;
        let (ok, detail) = answered(portal, &conversation, 1, "password").await?;
        let settled = stays_at(portal, &conversation, 1).await?;
        Ok((ok && settled, if settled { detail } else { "answered more than once".to_owned() }))
    };
    script.saw(SCENARIO, "are answered once", seen.await);
}

pub(super) async fn other_brand(script: &mut Script, portal: &Portal) {
    const SCENARIO: &str = "a brand that is not automated";
    let seen = async {
        let asked = opening(HARBOUR, "How long does a withdrawal take?", "Leo", "leo@example.com");
        let conversation = portal.open(&asked).await?;
        let taken = until(PATIENCE, || async {
            let deliveries = portal.deliveries(&conversation).await?;
            Ok(deliveries.iter().any(|delivery| delivery["status"] == 200).then_some(()))
        });
        let taken = taken.await?.is_some();
        let silent = stays_at(portal, &conversation, 0).await?;
        let calls = portal.calls(&conversation).await?.len();
        Ok((taken && silent && calls == 0, format!("webhook taken: {taken}; calls to SalesIQ: {calls}")))
    };
    script.saw(SCENARIO, "is left alone", seen.await);
}
