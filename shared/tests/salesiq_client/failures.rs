//! When a call goes wrong: which is made again, and which never twice.

use super::*;

#[tokio::test]
async fn a_token_that_is_not_accepted_is_replaced_and_the_call_made_again_once() {
    for refusal in [refused(1008), ResponseTemplate::new(401)] {
        let server = MockServer::start().await;
        let stale = Mock::given(method("POST")).and(header("authorization", "Zoho-oauthtoken stale"));
        stale.respond_with(refusal).expect(1).mount(&server).await;
        let good = Mock::given(method("POST")).and(header("authorization", "Zoho-oauthtoken good"));
        good.respond_with(ok(&json!({}))).expect(1).mount(&server).await;
        let client = client_at(&server.uri(), &["stale", "good"]);
        client.send_text(Bot, &id(), "hello").await.unwrap();
        assert_eq!(*client.tokens().failed.lock().unwrap(), ["stale"]);
    }
}

#[tokio::test]
async fn a_second_token_that_is_not_accepted_ends_it() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(refused(1008)).expect(2).mount(&server).await;
    let client = client_at(&server.uri(), &["one", "two", "three"]);
    let error = client.operators(Bot).await.unwrap_err();
    assert!(matches!(error, SalesiqError::Auth { .. }));
    assert!(!error.to_string().contains("two"));
}

#[tokio::test]
async fn without_a_connected_account_nothing_is_called() {
    let server = MockServer::start().await;
    let client = client_at(&server.uri(), &[]);
    assert!(matches!(client.operators(Bot).await.unwrap_err(), SalesiqError::Auth { source: Some(_), .. }));
    assert_eq!(client.calls_made(), 0);
}

#[tokio::test]
async fn a_read_that_fails_is_repeated_a_bounded_number_of_times() {
    let (server, client) = portal().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(503)).up_to_n_times(2).mount(&server).await;
    Mock::given(method("GET")).respond_with(ok(&json!({"data": []}))).mount(&server).await;
    assert!(client.operators(Bot).await.unwrap().is_empty());
    assert_eq!(client.calls_made(), 3);

    let (server, client) = portal().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(503)).mount(&server).await;
    assert!(matches!(client.operators(Bot).await.unwrap_err(), SalesiqError::Server { .. }));
    assert_eq!(client.calls_made(), 3);
}

#[tokio::test]
async fn a_message_is_never_sent_twice() {
    for response in [
        ResponseTemplate::new(503),
        ResponseTemplate::new(429).insert_header("retry-after", "0"),
        ResponseTemplate::new(200).set_body_string("<html>"),
    ] {
        let (server, client) = portal().await;
        Mock::given(method("POST")).respond_with(response).mount(&server).await;
        client.send_text(Bot, &id(), "hello").await.unwrap_err();
        assert_eq!(client.calls_made(), 1);
    }
}

#[tokio::test]
async fn a_message_that_timed_out_may_have_been_said() {
    let (server, client) = portal().await;
    let slow = ok(&json!({})).set_delay(Duration::from_secs(5));
    Mock::given(method("POST")).respond_with(slow).mount(&server).await;
    let error = client.send_text(Bot, &id(), "hello").await.unwrap_err();
    assert!(matches!(error, SalesiqError::Transport { may_have_landed: true, .. }));
    assert_eq!(error.call().conversation.as_ref(), Some(&id()));
    assert_eq!(client.calls_made(), 1);
}

#[tokio::test]
async fn a_message_to_nobody_was_surely_not_said() {
    // Nothing listens on port 1.
    let client = client_at("http://127.0.0.1:1", &["good"]);
    let error = client.send_text(Bot, &id(), "hello").await.unwrap_err();
    assert!(matches!(error, SalesiqError::Transport { may_have_landed: false, .. }));
    assert!(!error.may_have_landed());
}

#[tokio::test]
async fn a_change_is_repeated_only_when_it_surely_did_nothing() {
    let (server, client) = portal().await;
    let throttled = ResponseTemplate::new(429).insert_header("retry-after", "0");
    Mock::given(method("PUT")).respond_with(throttled).up_to_n_times(1).mount(&server).await;
    Mock::given(method("PUT")).respond_with(ok(&json!({}))).mount(&server).await;
    client.close(Bot, &id()).await.unwrap();
    assert_eq!(client.calls_made(), 2);

    let (server, client) = portal().await;
    Mock::given(method("PUT")).respond_with(ResponseTemplate::new(502)).mount(&server).await;
    client.close(Bot, &id()).await.unwrap_err();
    assert_eq!(client.calls_made(), 1);
}

#[tokio::test]
async fn a_throttle_is_obeyed_and_told_to_the_others() {
    let (server, client) = portal().await;
    Mock::given(method("GET")).respond_with(refused(1023)).mount(&server).await;
    let error = client.operators(Bot).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_mins(1)));
    assert_eq!(*client.tokens().throttled_for.lock().unwrap(), Some(Duration::from_mins(1)));
    assert_eq!(client.calls_made(), 1);
}

#[tokio::test]
async fn an_error_in_an_answer_of_http_200_is_an_error() {
    let (server, client) = portal().await;
    Mock::given(method("PUT")).respond_with(refused(INVALID_DEPARTMENT)).mount(&server).await;
    let error = client.transfer(Bot, &id(), &DepartmentId::parse("5").unwrap(), None, None).await.unwrap_err();
    assert!(matches!(error, SalesiqError::Invalid { .. }));
    assert_eq!(error.code(), Some(INVALID_DEPARTMENT));
    assert_eq!(error.call().operation, "transfer");
}

#[tokio::test]
async fn an_unknown_conversation_and_a_closed_one_are_told_apart() {
    for (code, is_wrong_state) in [(1019, false), (1010, true)] {
        let (server, client) = portal().await;
        Mock::given(method("PUT")).respond_with(refused(code)).mount(&server).await;
        let error = client.pickup(Bot, &id()).await.unwrap_err();
        assert_eq!(matches!(error, SalesiqError::WrongState { .. }), is_wrong_state);
        assert_eq!(matches!(error, SalesiqError::NotFound { .. }), !is_wrong_state);
    }
}
