use super::*;

const NOW: i64 = 1_700_000_000_000;
const REDIRECT: &str = "http://127.0.0.1/callback";

fn portal() -> State {
    State::seeded(NOW, 1, Settings::default())
}

fn call(state: &mut State, now: i64, fields: &[(&str, &str)]) -> Result<Given, OAuthError> {
    let client = [("client_id", seed::CLIENT_ID), ("client_secret", seed::CLIENT_SECRET)];
    let all: BTreeMap<_, _> = client.iter().chain(fields).copied().collect();
    state.token(now, |name| all.get(name).copied().unwrap_or_default().to_owned())
}

fn refresh(state: &mut State, now: i64) -> Result<Given, OAuthError> {
    call(state, now, &[("grant_type", "refresh_token"), ("refresh_token", seed::REFRESH_TOKEN_NOVA)])
}

fn code(state: &mut State) -> String {
    let grant = Grant::new(Principal::Operator(seed::OPERATOR_NOVA.into()), seed::OPERATOR_SCOPES);
    state.grant_code(NOW, grant, REDIRECT, true)
}

fn redeem(state: &mut State, now: i64, code: &str) -> Result<Given, OAuthError> {
    call(state, now, &[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)])
}

#[test]
fn the_eleventh_token_within_ten_minutes_is_denied() {
    let mut state = portal();
    for second in 0..10 {
        refresh(&mut state, NOW + second * 1_000).unwrap();
    }
    assert_eq!(refresh(&mut state, NOW + 20_000).unwrap_err(), OAuthError::AccessDenied);
    refresh(&mut state, NOW + TEN_MINUTES_MS).unwrap();
}

#[test]
fn the_sixteenth_token_kills_the_oldest() {
    let mut state = portal();
    state.settings.access_tokens_per_ten_minutes = 100;
    let tokens: Vec<_> = (0..16).map(|_| refresh(&mut state, NOW).unwrap().access_token).collect();
    assert!(state.oauth.grant(NOW, &tokens[0]).is_none());
    assert!(state.oauth.grant(NOW, &tokens[1]).is_some());
}

#[test]
fn a_token_expires_after_its_hour() {
    let mut state = portal();
    let token = refresh(&mut state, NOW).unwrap().access_token;
    assert!(state.oauth.grant(NOW + 3_599_999, &token).is_some());
    assert!(state.oauth.grant(NOW + 3_600_000, &token).is_none());
}

#[test]
fn a_code_is_good_once() {
    let mut state = portal();
    let code = code(&mut state);
    assert!(redeem(&mut state, NOW, &code).unwrap().refresh_token.is_some());
    assert_eq!(redeem(&mut state, NOW, &code).unwrap_err(), OAuthError::InvalidCode);
}

#[test]
fn a_code_dies_after_three_minutes() {
    let mut state = portal();
    let code = code(&mut state);
    assert_eq!(redeem(&mut state, NOW + 180_000, &code).unwrap_err(), OAuthError::InvalidCode);
}

#[test]
fn revoking_a_refresh_token_kills_its_access_tokens() {
    let mut state = portal();
    let token = refresh(&mut state, NOW).unwrap().access_token;
    assert!(state.oauth.revoke(seed::REFRESH_TOKEN_NOVA));
    assert!(state.oauth.grant(NOW, &token).is_none());
    assert_eq!(refresh(&mut state, NOW).unwrap_err(), OAuthError::InvalidCode);
}

#[test]
fn all_covers_every_operation_and_case_does_not_matter() {
    let grant = Grant::new(Principal::Org, "SalesIQ.Conversations.ALL,SalesIQ.apps.read");
    assert!(grant.covers("conversations", "UPDATE"));
    assert!(grant.covers("apps", "READ"));
    assert!(!grant.covers("apps", "UPDATE"));
    assert!(!grant.covers("operators", "READ"));
}
