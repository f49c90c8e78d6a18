//! A visitor wants a human: a department rings, or one desk after the other.

use serde_json::json;

use super::Script;
use super::look::{PATIENCE, Seen, answered, attender, opening, ringing, stays_at};
use super::team::{self, Team};
use crate::error::Error;
use crate::portal::{Portal, until};
use crate::seed::{ADA, LUMEN, MERIDIAN};

pub(super) async fn wanted(script: &mut Script, portal: &Portal) {
    const SCENARIO: &str = "a visitor who wants a human";
    const TOLD: &str = "is told that a colleague is looked for";
    let asked = opening(LUMEN, "I want to talk to a real person", "Eva", "eva@example.com");
    let conversation = match portal.open(&asked).await {
        Ok(conversation) => conversation,
        Err(error) => {
            script.saw(SCENARIO, TOLD, Err(error));
            return;
        }
    };
    script.saw(SCENARIO, TOLD, answered(portal, &conversation, 1, "colleague").await);
    let rung = async {
        let rings = ringing(portal, &conversation, |rings| rings.iter().any(|id| id == ADA)).await?;
        Ok(match rings {
            Some(rings) => (true, format!("{} desks ring", rings.len())),
            None => (false, "Ada's desk does not ring".to_owned()),
        })
    };
    script.saw(SCENARIO, "is offered to the whole department", rung.await);
    script.saw(SCENARIO, "comes with a note for the team", noted(portal, &conversation).await);
    let taken = async {
        portal.operator(ADA, "accept", json!({}), &conversation).await?;
        taken_by(portal, &conversation, ADA, "Ada").await
    };
    script.saw(SCENARIO, "is taken by a human who accepts", taken.await);
    script.saw(SCENARIO, "hears no more of the AI", silent(portal, &conversation, ADA).await);
    team::close(portal, [(ADA, &*conversation)]).await;
}

/// The note stands on the chat before anybody's desk rings.
async fn noted(portal: &Portal, conversation: &str) -> Seen {
    let conversation = portal.conversation(conversation).await?;
    let note = conversation["notes"][0]["note"].as_str().unwrap_or_default();
    let reason = note.lines().next().unwrap_or("there is none");
    Ok((note.contains("[visitor_asked]"), reason.to_owned()))
}

async fn taken_by(portal: &Portal, conversation: &str, operator: &str, name: &str) -> Seen {
    let taken = until(PATIENCE, || async {
        let conversation = portal.conversation(conversation).await?;
        Ok((attender(&conversation) == operator).then_some(()))
    });
    Ok(match taken.await? {
        Some(()) => (true, format!("attender {name}")),
        None => (false, format!("{name} is not the attender")),
    })
}

/// The human and the visitor talk; the AI says nothing to it.
async fn silent(portal: &Portal, conversation: &str, human: &str) -> Seen {
    portal.operator(human, "messages", json!({"text": "Hello, how can I help?"}), conversation).await?;
    portal.visitor_says(conversation, "How long does a withdrawal take?").await?;
    let silent = stays_at(portal, conversation, 1).await?;
    Ok((silent, if silent { "silent" } else { "the AI spoke" }.to_owned()))
}

pub(super) async fn accepts(script: &mut Script, portal: &Portal, team: &Team) {
    const SCENARIO: &str = "a single desk";
    const RUNG: &str = "rings, and no other";
    let (conversation, human) = match first_ring(portal, team, "Ole").await {
        Ok(Some(rung)) => rung,
        Ok(None) => {
            script.saw(SCENARIO, RUNG, Ok((false, format!("no single desk rings within {} s", PATIENCE.as_secs()))));
            return;
        }
        Err(error) => {
            script.saw(SCENARIO, RUNG, Err(error));
            return;
        }
    };
    let name = team.name(&human);
    script.saw(SCENARIO, RUNG, Ok((true, format!("{name} is rung"))));
    let taken = async {
        portal.operator(&human, "accept", json!({}), &conversation).await?;
        taken_by(portal, &conversation, &human, name).await
    };
    script.saw(SCENARIO, "accepts, and has the chat", taken.await);
    script.saw(SCENARIO, "hears no more of the AI", silent(portal, &conversation, &human).await);
    team::close(portal, [(&*human, &*conversation)]).await;
}

/// A visitor of the brand with single desks asks for a human. Gives the chat, and whose desk rings.
async fn first_ring(portal: &Portal, team: &Team, visitor: &str) -> Result<Option<(String, String)>, Error> {
    let email = format!("{}@example.com", visitor.to_lowercase());
    let asked = opening(MERIDIAN, "I want to talk to a real person", visitor, &email);
    let conversation = portal.open(&asked).await?;
    let rings = ringing(portal, &conversation, |rings| rings.len() == 1 && team.has(&rings[0])).await?;
    Ok(rings.and_then(|mut rings| rings.pop()).map(|human| (conversation, human)))
}

pub(super) async fn rejects(script: &mut Script, portal: &Portal, team: &Team) {
    const SCENARIO: &str = "a desk that rejects";
    const NEXT: &str = "makes way for the next one";
    let rung = async {
        let Some((conversation, first)) = first_ring(portal, team, "Pia").await? else { return Ok(None) };
        portal.operator(&first, "reject", json!({}), &conversation).await?;
        let rings = ringing(portal, &conversation, |rings| rings.len() == 1 && rings[0] != first).await?;
        Ok(rings.and_then(|mut rings| rings.pop()).map(|second| (conversation, first, second)))
    };
    let (conversation, first, second) = match rung.await {
        Ok(Some(rung)) => rung,
        Ok(None) => {
            script.saw(SCENARIO, NEXT, Ok((false, format!("no other desk rings within {} s", PATIENCE.as_secs()))));
            return;
        }
        Err(error) => {
            script.saw(SCENARIO, NEXT, Err(error));
            return;
        }
    };
    script.saw(SCENARIO, NEXT, Ok((true, format!("{} rejected, {} is rung", team.name(&first), team.name(&second)))));
    let taken = async {
        portal.operator(&second, "accept", json!({}), &conversation).await?;
        taken_by(portal, &conversation, &second, team.name(&second)).await
    };
    script.saw(SCENARIO, "leaves the chat to who accepts", taken.await);
    team::close(portal, [(&*second, &*conversation)]).await;
}
