use super::*;
use crate::settings::{AttenderWhileRinging, Settings};
use crate::state::life::Opening;
use crate::state::operator::Availability;

const NOW: i64 = 1_700_000_000_000;

/// A chat that Nova attends.
fn attended() -> (State, String) {
    let mut state = State::seeded(NOW, 1, Settings::default());
    let opening = Opening { app_id: seed::BRAND_LUMEN.into(), question: "Help".into(), ..Opening::default() };
    let id = state.open(NOW, opening).unwrap();
    state.pick_up(NOW, seed::OPERATOR_NOVA, &id).unwrap();
    (state, id)
}

fn to_support(state: &mut State, id: &str, operator: Option<&str>) -> Result<(), ApiError> {
    state.transfer(NOW, seed::OPERATOR_NOVA, id, seed::DEPARTMENT_SUPPORT, operator, "please")
}

fn attender(state: &State, id: &str) -> String {
    state.conversation(id).unwrap().attender.clone().unwrap()
}

fn last_events(state: &State, id: &str, count: usize) -> Vec<String> {
    let events = &state.conversation(id).unwrap().events;
    events[events.len() - count..].iter().map(|(event, _)| event.clone()).collect()
}

#[test]
fn the_sender_stays_the_attender_until_one_accepts() {
    let (mut state, id) = attended();
    to_support(&mut state, &id, Some(seed::OPERATOR_BEN)).unwrap();
    assert_eq!(attender(&state, &id), seed::OPERATOR_NOVA);
    assert_eq!(state.ringing(state.conversation(&id).unwrap()), [seed::OPERATOR_BEN]);
    state.accept_transfer(NOW, seed::OPERATOR_BEN, &id).unwrap();
    assert_eq!(attender(&state, &id), seed::OPERATOR_BEN);
    assert_eq!(
        last_events(&state, &id, 3),
        ["conversation.transfer.initiated", "conversation.transfer.accepted", "conversation.attender.updated"]
    );
    assert!(!state.conversation(&id).unwrap().includes(seed::OPERATOR_NOVA));
}

#[test]
fn a_department_rings_everyone_available_but_the_sender() {
    let (mut state, id) = attended();
    to_support(&mut state, &id, None).unwrap();
    assert_eq!(state.ringing(state.conversation(&id).unwrap()), [seed::OPERATOR_ADA, seed::OPERATOR_BEN]);
}

#[test]
fn a_department_transfer_is_rejected_when_the_last_one_rejects() {
    let (mut state, id) = attended();
    to_support(&mut state, &id, None).unwrap();
    state.reject_transfer(NOW, seed::OPERATOR_ADA, &id).unwrap();
    assert!(state.conversation(&id).unwrap().transfer.is_some());
    state.reject_transfer(NOW, seed::OPERATOR_BEN, &id).unwrap();
    assert!(state.conversation(&id).unwrap().transfer.is_none());
    assert_eq!(attender(&state, &id), seed::OPERATOR_NOVA);
    assert_eq!(last_events(&state, &id, 1), ["conversation.transfer.rejected"]);
}

#[test]
fn a_transfer_nobody_answers_counts_as_rejected_after_its_time() {
    let (mut state, id) = attended();
    to_support(&mut state, &id, Some(seed::OPERATOR_BEN)).unwrap();
    state.ignore(seed::OPERATOR_BEN, &id).unwrap();
    assert!(state.conversation(&id).unwrap().transfer.is_some());
    state.tick(NOW + state.settings.transfer_timeout_ms);
    assert!(state.conversation(&id).unwrap().transfer.is_none());
    assert_eq!(last_events(&state, &id, 1), ["conversation.transfer.rejected"]);
    assert!(state.accept_transfer(NOW, seed::OPERATOR_BEN, &id).is_err(), "too late");
}

#[test]
fn a_busy_operator_is_refused_or_not_rung() {
    let (mut state, id) = attended();
    state.set_availability(NOW, seed::OPERATOR_BEN, Availability::Busy).unwrap();
    let refused = to_support(&mut state, &id, Some(seed::OPERATOR_BEN)).unwrap_err();
    assert_eq!(refused.code, INVALID_OPERATOR);
    state.settings.refuse_transfer_to_unavailable = false;
    to_support(&mut state, &id, Some(seed::OPERATOR_BEN)).unwrap();
    assert!(state.ringing(state.conversation(&id).unwrap()).is_empty());
}

#[test]
fn only_the_attender_transfers_and_one_transfer_rings_at_a_time() {
    let (mut state, id) = attended();
    let by_ben = state.transfer(NOW, seed::OPERATOR_BEN, &id, seed::DEPARTMENT_SUPPORT, None, "");
    assert_eq!(by_ben.unwrap_err().code, NOT_PERMITTED);
    to_support(&mut state, &id, None).unwrap();
    assert_eq!(to_support(&mut state, &id, None).unwrap_err().code, state.settings.wrong_state_code);
}

#[test]
fn an_operator_of_another_department_is_no_target() {
    let (mut state, id) = attended();
    let wrong = to_support(&mut state, &id, Some(seed::OPERATOR_CHLOE)).unwrap_err();
    assert_eq!(wrong, ApiError::at_key(INVALID_OPERATORS, "operator_id"));
}

#[test]
fn an_accepted_transfer_moves_the_chat_to_its_department() {
    let (mut state, id) = attended();
    state.transfer(NOW, seed::OPERATOR_NOVA, &id, seed::DEPARTMENT_PAYMENTS, None, "").unwrap();
    assert_eq!(state.conversation(&id).unwrap().department_id, seed::DEPARTMENT_SUPPORT);
    state.accept_transfer(NOW, seed::OPERATOR_CHLOE, &id).unwrap();
    assert_eq!(state.conversation(&id).unwrap().department_id, seed::DEPARTMENT_PAYMENTS);
}

#[test]
fn a_chat_that_ends_stops_its_transfer() {
    let (mut state, id) = attended();
    to_support(&mut state, &id, None).unwrap();
    state.visitor_ends(NOW, &id).unwrap();
    let conversation = state.conversation(&id).unwrap();
    assert_eq!((conversation.status, conversation.past_transfers[0].outcome), (Status::Closed, "cancelled"));
}

#[test]
fn a_human_hands_back_and_nova_attends_at_once() {
    let (mut state, id) = attended();
    to_support(&mut state, &id, Some(seed::OPERATOR_BEN)).unwrap();
    state.accept_transfer(NOW, seed::OPERATOR_BEN, &id).unwrap();
    state.hand_back(NOW, seed::OPERATOR_BEN, &id, seed::OPERATOR_NOVA).unwrap();
    assert_eq!(attender(&state, &id), seed::OPERATOR_NOVA);
}

fn outcome(state: &State, id: &str) -> &'static str {
    state.conversation(id).unwrap().past_transfers.last().unwrap().outcome
}

#[test]
fn the_sender_withdraws_the_ring_of_one_and_the_others_ring_on() {
    let (mut state, id) = attended();
    to_support(&mut state, &id, None).unwrap();
    state.withdraw_from(NOW, seed::OPERATOR_ADA, &id).unwrap();
    assert_eq!(state.ringing(state.conversation(&id).unwrap()), [seed::OPERATOR_BEN]);
    state.withdraw_from(NOW, seed::OPERATOR_BEN, &id).unwrap();
    assert_eq!((outcome(&state, &id), attender(&state, &id).as_str()), ("withdrawn", seed::OPERATOR_NOVA));
    assert_eq!(last_events(&state, &id, 1), ["conversation.transfer.rejected"]);
    assert!(state.withdraw_from(NOW, seed::OPERATOR_BEN, &id).is_err(), "it is over");
}

#[test]
fn a_transfer_that_rings_nobody_is_withdrawn_by_its_target() {
    let (mut state, id) = attended();
    state.settings.refuse_transfer_to_unavailable = false;
    state.set_availability(NOW, seed::OPERATOR_BEN, Availability::Busy).unwrap();
    to_support(&mut state, &id, Some(seed::OPERATOR_BEN)).unwrap();
    state.withdraw_from(NOW, seed::OPERATOR_BEN, &id).unwrap();
    assert_eq!(outcome(&state, &id), "withdrawn");
}

#[test]
fn the_sender_takes_the_chat_back_while_it_rings() {
    let (mut state, id) = attended();
    to_support(&mut state, &id, Some(seed::OPERATOR_BEN)).unwrap();
    state.pick_up(NOW, seed::OPERATOR_NOVA, &id).unwrap();
    assert_eq!((outcome(&state, &id), attender(&state, &id).as_str()), ("withdrawn", seed::OPERATOR_NOVA));
    assert_eq!(last_events(&state, &id, 1), ["conversation.transfer.initiated"]);
    assert!(state.accept_transfer(NOW, seed::OPERATOR_BEN, &id).is_err(), "it rings no more");
}

#[test]
fn taking_back_can_be_forbidden() {
    let (mut state, id) = attended();
    state.settings.sender_may_take_back = false;
    to_support(&mut state, &id, None).unwrap();
    let refused = state.pick_up(NOW, seed::OPERATOR_NOVA, &id).unwrap_err();
    assert_eq!(refused.code, state.settings.wrong_state_code);
}

#[test]
fn a_chat_that_its_attender_closes_stops_its_transfer() {
    let (mut state, id) = attended();
    to_support(&mut state, &id, None).unwrap();
    state.close(NOW, seed::OPERATOR_NOVA, &id).unwrap();
    assert_eq!(outcome(&state, &id), "cancelled");
}

#[test]
fn a_second_transfer_replaces_the_first_when_it_may() {
    let (mut state, id) = attended();
    state.settings.transfer_replaces = true;
    to_support(&mut state, &id, Some(seed::OPERATOR_BEN)).unwrap();
    to_support(&mut state, &id, Some(seed::OPERATOR_ADA)).unwrap();
    assert_eq!(outcome(&state, &id), "replaced");
    assert_eq!(state.ringing(state.conversation(&id).unwrap()), [seed::OPERATOR_ADA]);
}

#[test]
fn one_whose_ring_is_over_accepts_late_even_over_another_human() {
    let (mut state, id) = attended();
    state.settings.late_accept = true;
    to_support(&mut state, &id, Some(seed::OPERATOR_BEN)).unwrap();
    state.tick(NOW + state.settings.transfer_timeout_ms);
    to_support(&mut state, &id, Some(seed::OPERATOR_ADA)).unwrap();
    state.accept_transfer(NOW, seed::OPERATOR_ADA, &id).unwrap();
    state.pick_up(NOW, seed::OPERATOR_BEN, &id).unwrap();
    assert_eq!(attender(&state, &id), seed::OPERATOR_BEN);
    assert_eq!(last_events(&state, &id, 2), ["conversation.transfer.accepted", "conversation.attender.updated"]);
}

#[test]
fn a_late_accept_cancels_the_ring_of_the_next() {
    let (mut state, id) = attended();
    state.settings.late_accept = true;
    to_support(&mut state, &id, Some(seed::OPERATOR_BEN)).unwrap();
    state.pick_up(NOW, seed::OPERATOR_NOVA, &id).unwrap();
    to_support(&mut state, &id, Some(seed::OPERATOR_ADA)).unwrap();
    state.accept_transfer(NOW, seed::OPERATOR_BEN, &id).unwrap();
    assert_eq!((outcome(&state, &id), attender(&state, &id).as_str()), ("cancelled", seed::OPERATOR_BEN));
}

#[test]
fn who_rejected_or_had_the_chat_accepts_no_more() {
    let (mut state, id) = attended();
    state.settings.late_accept = true;
    to_support(&mut state, &id, None).unwrap();
    state.reject_transfer(NOW, seed::OPERATOR_ADA, &id).unwrap();
    state.accept_transfer(NOW, seed::OPERATOR_BEN, &id).unwrap();
    state.hand_back(NOW, seed::OPERATOR_BEN, &id, seed::OPERATOR_NOVA).unwrap();
    for human in [seed::OPERATOR_ADA, seed::OPERATOR_BEN] {
        assert!(state.accept_transfer(NOW, human, &id).is_err(), "{human}");
    }
}

#[test]
fn while_a_transfer_rings_nobody_may_be_shown_as_the_attender() {
    let (mut state, id) = attended();
    state.settings.attender_while_ringing = AttenderWhileRinging::Nobody;
    let shown = |state: &State| {
        let conversation = state.conversation(&id).unwrap();
        let event = crate::shapes::webhook::conversation(state, conversation);
        let resource = crate::shapes::rest::conversation(state, conversation);
        (resource.get("attender").is_some(), event.get("owner").is_some())
    };
    to_support(&mut state, &id, None).unwrap();
    assert_eq!(shown(&state), (false, false));
    state.pick_up(NOW, seed::OPERATOR_NOVA, &id).unwrap();
    assert_eq!(shown(&state), (true, true));
}

#[test]
fn a_disabled_department_is_no_target() {
    let (mut state, id) = attended();
    state.departments[0].is_enabled = false;
    let refused = to_support(&mut state, &id, None).unwrap_err();
    assert_eq!(refused.code, crate::state::error::INVALID_DEPARTMENTS);
}
