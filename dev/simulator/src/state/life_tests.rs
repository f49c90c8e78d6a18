use super::*;
use crate::settings::Settings;

const NOW: i64 = 1_700_000_000_000;

fn portal() -> State {
    State::seeded(NOW, 1, Settings::default())
}

fn opening() -> Opening {
    Opening { app_id: seed::BRAND_LUMEN.into(), question: "Where is my bonus?".into(), ..Opening::default() }
}

fn events(state: &State, id: &str) -> Vec<String> {
    let events = &state.conversation(id).unwrap().events;
    events.iter().map(|(event, _)| event.trim_start_matches("conversation.").to_owned()).collect()
}

fn text(text: &str) -> Saying {
    Saying::Text(text.into())
}

#[test]
fn a_new_chat_waits_and_rings_whoever_of_its_department_can_take_it() {
    let mut state = portal();
    state.operator_mut(seed::OPERATOR_BEN).unwrap().status = crate::state::operator::Availability::Busy;
    let id = state.open(NOW, opening()).unwrap();
    let conversation = state.conversation(&id).unwrap();
    assert_eq!(conversation.status, Status::Waiting);
    assert_eq!(state.ringing(conversation), [seed::OPERATOR_NOVA, seed::OPERATOR_ADA]);
}

#[test]
fn a_plain_chat_raises_its_events_in_order() {
    let mut state = portal();
    let id = state.open(NOW, opening()).unwrap();
    state.pick_up(NOW + 1, seed::OPERATOR_NOVA, &id).unwrap();
    state.operator_says(NOW + 2, seed::OPERATOR_NOVA, &id, text("Hello")).unwrap();
    state.visitor_says(NOW + 3, &id, text("Hi")).unwrap();
    state.close(NOW + 4, seed::OPERATOR_NOVA, &id).unwrap();
    state.rate(NOW + 5, &id, 4, "Good".into()).unwrap();
    assert_eq!(
        events(&state, &id),
        ["created", "attender.updated", "operator.replied", "visitor.replied", "completed", "rated"]
    );
}

#[test]
fn only_the_first_to_pick_up_gets_the_chat() {
    let mut state = portal();
    let id = state.open(NOW, opening()).unwrap();
    state.pick_up(NOW, seed::OPERATOR_BEN, &id).unwrap();
    let refused = state.pick_up(NOW, seed::OPERATOR_NOVA, &id).unwrap_err();
    assert_eq!(refused.code, state.settings.wrong_state_code);
    assert_eq!(state.conversation(&id).unwrap().attender.as_deref(), Some(seed::OPERATOR_BEN));
}

#[test]
fn an_operator_of_another_department_can_not_pick_up() {
    let mut state = portal();
    let id = state.open(NOW, opening()).unwrap();
    assert_eq!(state.pick_up(NOW, seed::OPERATOR_CHLOE, &id).unwrap_err().code, NOT_PERMITTED);
}

#[test]
fn an_operator_at_his_limit_can_not_pick_up_and_is_not_rung() {
    let mut state = portal();
    state.operator_mut(seed::OPERATOR_BEN).unwrap().maximum_concurrent_chat = json!(1);
    let first = state.open(NOW, opening()).unwrap();
    let second = state.open(NOW, opening()).unwrap();
    state.pick_up(NOW, seed::OPERATOR_BEN, &first).unwrap();
    assert_eq!(state.pick_up(NOW, seed::OPERATOR_BEN, &second).unwrap_err().code, LIMIT_REACHED);
    assert!(!state.ringing(state.conversation(&second).unwrap()).contains(&seed::OPERATOR_BEN.to_owned()));
    state.close(NOW, seed::OPERATOR_BEN, &first).unwrap();
    state.pick_up(NOW, seed::OPERATOR_BEN, &second).unwrap();
}

#[test]
fn a_chat_nobody_takes_is_missed_when_its_wait_time_is_over() {
    let mut state = portal();
    let id = state.open(NOW, opening()).unwrap();
    let due = state.next_due().unwrap();
    state.tick(due - 1);
    assert_eq!(state.conversation(&id).unwrap().status, Status::Waiting);
    state.tick(due);
    assert_eq!(state.conversation(&id).unwrap().status, Status::Missed);
    assert_eq!(events(&state, &id), ["created", "missed"]);
}

#[test]
fn only_the_attender_closes_and_only_once() {
    let mut state = portal();
    let id = state.open(NOW, opening()).unwrap();
    assert_eq!(state.close(NOW, seed::OPERATOR_NOVA, &id).unwrap_err().code, state.settings.wrong_state_code);
    state.pick_up(NOW, seed::OPERATOR_NOVA, &id).unwrap();
    assert_eq!(state.close(NOW, seed::OPERATOR_ADA, &id).unwrap_err().code, NOT_PERMITTED);
    state.close(NOW, seed::OPERATOR_NOVA, &id).unwrap();
    assert_eq!(state.close(NOW, seed::OPERATOR_NOVA, &id).unwrap_err().code, state.settings.wrong_state_code);
    let late = state.operator_says(NOW, seed::OPERATOR_NOVA, &id, text("late")).unwrap_err();
    assert_eq!(late.code, state.settings.wrong_state_code);
}

#[test]
fn a_visitor_who_writes_into_a_closed_chat_reopens_it_as_a_new_thread() {
    let mut state = portal();
    let id = state.open(NOW, opening()).unwrap();
    state.pick_up(NOW, seed::OPERATOR_NOVA, &id).unwrap();
    state.close(NOW, seed::OPERATOR_NOVA, &id).unwrap();
    state.visitor_says(NOW + 10, &id, text("One more thing")).unwrap();
    let conversation = state.conversation(&id).unwrap();
    assert_eq!((conversation.status, conversation.thread_number), (Status::Waiting, 2));
    assert_eq!(conversation.attender, None);
    assert_eq!(events(&state, &id)[3..], ["reopened", "visitor.replied"]);
    assert_eq!(state.load_of(seed::OPERATOR_NOVA), 0);
}

#[test]
fn a_chat_can_be_reopened_to_its_last_attender() {
    let mut state = portal();
    state.settings.reopen_to = crate::settings::ReopenTo::Attender;
    let id = state.open(NOW, opening()).unwrap();
    state.pick_up(NOW, seed::OPERATOR_NOVA, &id).unwrap();
    state.close(NOW, seed::OPERATOR_NOVA, &id).unwrap();
    state.visitor_says(NOW, &id, text("One more thing")).unwrap();
    let conversation = state.conversation(&id).unwrap();
    assert_eq!(conversation.attender.as_deref(), Some(seed::OPERATOR_NOVA));
    assert_eq!(state.load_of(seed::OPERATOR_NOVA), 1);
}

#[test]
fn the_first_question_is_echoed_only_when_asked_for() {
    let mut state = portal();
    let silent = state.open(NOW, opening()).unwrap();
    state.settings.question_echo = true;
    let echoed = state.open(NOW, opening()).unwrap();
    assert_eq!(events(&state, &silent), ["created"]);
    assert_eq!(events(&state, &echoed), ["created", "visitor.replied"]);
}

#[test]
fn a_zobot_has_the_chat_first_and_its_forward_rings() {
    let mut state = portal();
    state.brands[0].zobot = true;
    let id = state.open(NOW, opening()).unwrap();
    assert_eq!(state.conversation(&id).unwrap().attender.as_deref(), Some(seed::ZOBOT));
    assert!(state.pick_up(NOW, seed::OPERATOR_NOVA, &id).is_err());
    state.zobot_forward(NOW, &id, None, Some(seed::OPERATOR_NOVA)).unwrap();
    assert_eq!(state.ringing(state.conversation(&id).unwrap()), [seed::OPERATOR_NOVA]);
    state.pick_up(NOW, seed::OPERATOR_NOVA, &id).unwrap();
    assert_eq!(state.load_of(seed::ZOBOT), 0);
}

#[test]
fn a_visitor_who_leaves_while_waiting_leaves_a_missed_chat() {
    let mut state = portal();
    let id = state.open(NOW, opening()).unwrap();
    state.visitor_ends(NOW, &id).unwrap();
    let conversation = state.conversation(&id).unwrap();
    assert_eq!((conversation.status, conversation.ended_by), (Status::Missed, Some("visitor")));
}

#[test]
fn lines_get_growing_ids_even_within_one_millisecond() {
    let mut state = portal();
    let id = state.open(NOW, opening()).unwrap();
    state.visitor_says(NOW, &id, text("a")).unwrap();
    state.visitor_says(NOW, &id, text("b")).unwrap();
    let ids: Vec<i64> = state.conversation(&id).unwrap().messages.iter().map(|m| m.msgid.parse().unwrap()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
}
