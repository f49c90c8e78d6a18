//! Where calls can't get to.

use serde_json::json;
use shared::tools::Decision;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::world::{Unvisited, called, decided, failed, perform, raw, request, settings};

#[tokio::test]
async fn a_name_of_this_machine_is_not_connected_to_unless_it_is_listed() {
    let server = Unvisited::new("127.0.0.1").unwrap();
    let url = format!("https://localhost:{}/", server.port());
    let why = failed(called(&url, json!({"private_hosts": []}), json!({})).await);
    assert_eq!(why, "its host has no address that may be connected to");
    assert!(server.nobody_came());

    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(json!("here"))).mount(&server).await;
    let url = format!("http://localhost:{}/", server.address().port());
    assert_eq!(called(&url, json!({}), json!({})).await.outcome().answer(), Some(&json!("here")));
}

#[tokio::test]
async fn an_address_within_a_network_is_refused_in_every_spelling() {
    let server = Unvisited::new("127.0.0.1").unwrap();
    let port = server.port();
    let hosts = [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[::ffff:169.254.169.254]",
        "169.254.169.254",
        "10.0.0.1",
        "0.0.0.0",
        "0",
        "[::]",
        "[fe80::1]",
        "[fd00:ec2::254]",
    ];
    for host in hosts {
        for scheme in ["https", "http"] {
            let settings = settings(&format!("{scheme}://{host}:{port}/"), &json!({"private_hosts": []}));
            let decision = decided(&settings, json!({}), &[]);
            assert!(matches!(decision, Decision::Refused(_)), "{scheme}://{host}: {decision:?}");
        }
    }
    assert!(server.nobody_came());
}

#[tokio::test]
async fn where_credentials_are_handed_out_is_refused_even_if_it_is_listed() {
    for host in ["169.254.169.254", "[::ffff:169.254.169.254]", "169.254.170.2", "[fd00:ec2::254]", "0.0.0.0", "[::]"] {
        let decision = decided(&settings(&format!("http://{host}/latest/meta-data"), &json!({})), json!({}), &[]);
        assert!(matches!(decision, Decision::Refused(_)), "{host}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let metadata =
        "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/meta-data\r\ncontent-length: 0\r\n\r\n";
    let url = raw(metadata, b"").await;
    let why = failed(called(&url, json!({}), json!({})).await);
    assert_eq!(why, "the company's system answered with a redirect, which is not followed");
}

#[tokio::test]
async fn a_redirect_takes_no_secret_elsewhere() {
    let elsewhere = MockServer::start().await;
    let server = MockServer::start().await;
    for status in [301, 302, 303, 307, 308] {
        let redirect = ResponseTemplate::new(status).insert_header("location", elsewhere.uri().as_str());
        Mock::given(any()).respond_with(redirect).up_to_n_times(1).mount(&server).await;
        failed(called(&server.uri(), json!({"secret": "key"}), json!({})).await);
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 5);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_private_host_is_listed_with_its_port() {
    let server = Unvisited::new("127.0.0.1").unwrap();
    let url = format!("http://localhost:{}/", server.port());
    let decision = decided(&settings(&url, &json!({"private_hosts": ["localhost"]})), json!({}), &[]);
    assert!(matches!(decision, Decision::Refused(_)));
    assert!(server.nobody_came());
}

#[tokio::test]
async fn a_system_that_is_not_there_is_reported_and_nothing_was_done() {
    let port = Unvisited::new("127.0.0.1").unwrap().port();
    let write = json!({"access": "write", "method": "POST"});
    let settings = settings(&format!("http://127.0.0.1:{port}/"), &write);
    let why = failed(perform(&request(decided(&settings, json!({}), &[]))).await);
    assert_eq!(why, "the company's system could not be reached");
}
