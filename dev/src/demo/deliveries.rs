//! Deliveries of SalesIQ's webhook: taken once, and only with a signature that fits.

use serde_json::json;

use super::Script;
use super::look::{answered, opening, stays_at};
use crate::portal::Portal;
use crate::seed::LUMEN;

pub(super) async fn deliveries(script: &mut Script, portal: &Portal, url: &str) {
    const SCENARIO: &str = "a delivery";
    let asked = opening(LUMEN, "What bonuses do you have?", "Ida", "ida@example.com");
    let conversation = match portal.open(&asked).await {
        Ok(conversation) => conversation,
        Err(error) => {
            script.saw(SCENARIO, "is taken", Err(error));
            return;
        }
    };
    let answered_once = answered(portal, &conversation, 1, "").await;
    let again = json!({
        "entity_type": "conversation", "event": "conversation.visitor.replied", "entity_id": conversation,
        "app_id": LUMEN, "event_time": "1790000000000", "attempt": 1, "version": "1",
        "entity": {"id": conversation, "message": {
            "sender": {"id": "$1", "name": "Ida", "type": "visitor"}, "msgid": "1790000000001", "meta": {},
            "text": "How do I verify my account?",
        }},
    });
    let seen = async {
        answered_once?;
        let (first, _) = portal.deliver(url, &again, "valid").await?;
        let (ok, detail) = answered(portal, &conversation, 2, "").await?;
        Ok((first == 200 && ok, format!("HTTP {first}; {detail}")))
    };
    script.saw(SCENARIO, "is taken and answered", seen.await);
    let seen = async {
        let mut second = again.clone();
        second["attempt"] = json!(2);
        let (status, body) = portal.deliver(url, &second, "valid").await?;
        let settled = stays_at(portal, &conversation, 2).await?;
        let reason = body["reason"].as_str().unwrap_or_default().to_owned();
        Ok((status == 200 && settled, format!("HTTP {status}, {reason}")))
    };
    script.saw(SCENARIO, "that comes twice is ignored", seen.await);
    for (step, sign) in [("with a bad signature is refused", "garbage"), ("without a signature is refused", "none")] {
        let seen = async {
            let (status, body) = portal.deliver(url, &again, sign).await?;
            Ok((status == 401, format!("HTTP {status}, {}", body["reason"].as_str().unwrap_or_default())))
        };
        script.saw(SCENARIO, step, seen.await);
    }
}
