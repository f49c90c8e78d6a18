//! Many visitors at once want a human: they are spread, and nobody gets more than he may have.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::Script;
use super::look::{PATIENCE, Seen, opening, ringing, rings_now};
use super::team::{self, Team};
use crate::error::Error;
use crate::portal::{Portal, until};
use crate::seed::MERIDIAN;

/// How many visitors ask at once.
const VISITORS: usize = 10;
/// How long ten searches may take.
const PATIENCE_WITH_TEN: Duration = Duration::from_mins(1);

async fn ask(portal: &Portal, number: usize) -> Result<String, Error> {
    let (name, email) = (format!("Visitor {number}"), format!("visitor{number}@example.com"));
    portal.open(&opening(MERIDIAN, "I want to talk to a real person", &name, &email)).await
}

pub(super) async fn ten(script: &mut Script, portal: &Portal, team: &Team) {
    let mut taken = BTreeMap::new();
    let seen = spread(portal, team, &mut taken).await;
    script.saw("ten visitors at once", "are spread over three humans", seen);
    team::close(portal, taken.iter().map(|(conversation, human)| (human.as_str(), conversation.as_str()))).await;
}

/// Whoever is rung accepts at once.
async fn spread(portal: &Portal, team: &Team, taken: &mut BTreeMap<String, String>) -> Seen {
    let mut open = Vec::new();
    for number in 1..=VISITORS {
        open.push(ask(portal, number).await?);
    }
    let give_up = tokio::time::Instant::now() + PATIENCE_WITH_TEN;
    while taken.len() < VISITORS && tokio::time::Instant::now() < give_up {
        for conversation in &open {
            if taken.contains_key(conversation) {
                continue;
            }
            if let [human] = rings_now(portal, conversation).await?.as_slice() {
                portal.operator(human, "accept", json!({}), conversation).await?;
                taken.insert(conversation.clone(), human.clone());
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut chats: Vec<(usize, &str)> =
        team.ids().map(|id| (taken.values().filter(|human| *human == id).count(), team.name(id))).collect();
    chats.sort_unstable_by(|one, other| other.cmp(one));
    let counts: Vec<usize> = chats.iter().map(|(count, _)| *count).collect();
    let detail: Vec<String> = chats.iter().map(|(count, name)| format!("{name} {count}")).collect();
    Ok((counts == [4, 3, 3], detail.join(", ")))
}

pub(super) async fn all_at_their_limit(script: &mut Script, portal: &Portal, team: &Team) {
    const SCENARIO: &str = "everybody at the limit";
    let mut rung = Vec::new();
    let seen = fill(portal, team, &mut rung).await;
    if script.saw(SCENARIO, "is rung for one chat each, of one", seen) {
        let seen = department(portal, team).await;
        script.saw(SCENARIO, "hears the next one ring at the department, and one accepts", seen);
    }
    // Who was rung takes it; a limit of one chat is no more.
    let lifted = team.change_all(portal, &json!({"maximum_concurrent_chat": 5})).await;
    let mut chats = Vec::new();
    for (conversation, human) in &rung {
        let accepted = portal.operator(human, "accept", json!({}), conversation).await;
        chats.extend(accepted.is_ok().then_some((human.as_str(), conversation.as_str())));
    }
    team::close(portal, chats).await;
    if let Err(error) = lifted {
        script.saw(SCENARIO, "is over", Err(error));
    }
}

/// Each may have one chat, and is being rung for one: that counts as well as an open one.
async fn fill(portal: &Portal, team: &Team, rung: &mut Vec<(String, String)>) -> Seen {
    team.change_all(portal, &json!({"maximum_concurrent_chat": 1})).await?;
    for number in 1..=team.ids().count() {
        let conversation = ask(portal, number).await?;
        let others = rung.clone();
        let other = |human: &String| others.iter().all(|(_, rung)| rung != human);
        let one = ringing(portal, &conversation, |rings| rings.len() == 1 && other(&rings[0])).await?;
        let Some(human) = one.and_then(|mut rings| rings.pop()) else {
            return Ok((false, format!("chat {number} rings no free desk within {} s", PATIENCE.as_secs())));
        };
        rung.push((conversation, human));
    }
    let names: Vec<&str> = rung.iter().map(|(_, human)| team.name(human)).collect();
    Ok((true, names.join(", ")))
}

/// Nobody may be picked: the department rings, and SalesIQ lets whoever is free take it.
async fn department(portal: &Portal, team: &Team) -> Seen {
    let conversation = ask(portal, VISITORS).await?;
    let Some(rings) = ringing(portal, &conversation, |rings| rings.len() > 1).await? else {
        return Ok((false, format!("the department does not ring within {} s", PATIENCE.as_secs())));
    };
    let Some(human) = rings.iter().find(|id| team.has(id)) else {
        return Ok((false, "none of the three is rung".to_owned()));
    };
    portal.operator(human, "accept", json!({}), &conversation).await?;
    let taken = until(PATIENCE, || async {
        let conversation = portal.conversation(&conversation).await?;
        Ok((super::look::attender(&conversation) == human).then_some(()))
    });
    let taken = taken.await?.is_some();
    portal.operator(human, "close", json!({}), &conversation).await?;
    Ok((taken, format!("{} desks rang, {} accepted", rings.len(), team.name(human))))
}
