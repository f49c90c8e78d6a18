//! The REST client against a server that answers as SalesIQ documents it.

#![allow(clippy::unwrap_used, missing_docs)]

mod failures;
#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use shared::domain::event::{EventKind, ReadStatus};
use shared::domain::id::{BrandId, ConversationId, DepartmentId, OperatorId, ScreenName};
use shared::domain::message::{Content, Sender};
use shared::salesiq::client::{
    Availability, ChatLimit, Client, ConversationFilter, Endpoints, Limits, NewConversation, StatusFilter, Upload,
    VisitorIdentity, WebhookDraft, WebhookKind,
};
use shared::salesiq::error::{INVALID_DEPARTMENT, SalesiqError};
use shared::salesiq::oauth::Principal::{Bot, Facilitator, Organisation};

use support::{Contains, ListedTokens, http};

const ID: &str = "19000000033103";
const ONE: &str = "/api/v2/zylker/conversations/19000000033103";

fn id() -> ConversationId {
    ConversationId::parse(ID).unwrap()
}

fn client_at(url: &str, tokens: &[&'static str]) -> Client<ListedTokens> {
    let limits =
        Limits { first_pause: Duration::from_millis(1), timeout: Duration::from_millis(400), ..Limits::default() };
    let screen = ScreenName::parse("zylker").unwrap();
    Client::new(http(), Endpoints::parse(url, url).unwrap(), screen, ListedTokens::new(tokens)).with_limits(limits)
}

async fn portal() -> (MockServer, Client<ListedTokens>) {
    let server = MockServer::start().await;
    let client = client_at(&server.uri(), &["good"]);
    (server, client)
}

fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn sample(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(text, "application/json")
}

fn refused(code: i64) -> ResponseTemplate {
    ok(&json!({"error": {"code": code, "message": "text"}}))
}

async fn answer(server: &MockServer, verb: &str, at: &str, response: ResponseTemplate) {
    Mock::given(method(verb)).and(path(at)).respond_with(response).mount(server).await;
}

#[tokio::test]
async fn a_conversation_is_read_and_becomes_an_event() {
    let (server, client) = portal().await;
    let body = include_str!("../fixtures/payloads/rest.conversations.get.response.partial.json");
    Mock::given(method("GET"))
        .and(path(ONE))
        .and(header("authorization", "Zoho-oauthtoken good"))
        .respond_with(sample(body))
        .mount(&server)
        .await;
    let conversation = client.conversation(Bot, &id()).await.unwrap();
    assert_eq!(conversation.status, ReadStatus::Connected);
    assert_eq!(conversation.supervisors.len(), 2);
    assert_eq!(conversation.last_message.as_ref().unwrap().sender, Sender::Visitor { name: Some("Tom".to_owned()) });
    let event = conversation.to_event();
    assert_eq!(event.kind, EventKind::Read { status: ReadStatus::Connected });
    assert_eq!(event.time, Some(Timestamp::from_millisecond(1_708_937_855_434).unwrap()));
    assert_eq!(event.told.attender.unwrap().name.as_deref(), Some("Sam"));
    assert_eq!(event.told.question.as_deref(), Some("My order is been damaged"));
    assert_eq!(*client.tokens().asked.lock().unwrap(), [Bot]);
}

#[tokio::test]
async fn conversations_are_listed_page_by_page() {
    let (server, client) = portal().await;
    Mock::given(method("GET"))
        .and(path("/api/v2/zylker/conversations"))
        .and(query_param("page", "1"))
        .and(query_param("limit", "2"))
        .and(query_param("status", "waiting"))
        .and(query_param("department_id", "5"))
        .respond_with(ok(&json!({"object": "list", "data": [
            {"id": 1, "chat_status": {"state": "1"}}, {"no": "id"},
        ]})))
        .mount(&server)
        .await;
    let department = DepartmentId::parse("5").unwrap();
    let filter = ConversationFilter {
        limit: 2,
        status: Some(StatusFilter::Waiting),
        department: Some(department),
        ..ConversationFilter::default()
    };
    let page = client.conversations(Facilitator, &filter).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    assert_eq!(page.rows[0].status, ReadStatus::Waiting);
    assert!(page.more, "a full page may be followed by another, though a row could not be read");
}

#[tokio::test]
async fn lines_are_read_whoever_wrote_them() {
    let (server, client) = portal().await;
    Mock::given(method("GET"))
        .and(path(format!("{ONE}/messages")))
        .and(query_param("sort_order", "desc"))
        .and(query_param("from_time", "1612943653720"))
        .respond_with(ok(&json!({"data": [
            {"type": "text", "message": {"text": "hi"}, "sender": {"id": "$1", "name": "James"}, "time": "1612943653962", "sequence_id": "1"},
            {"type": "file", "msgid": 5, "message": {"file": {"attachment_id": "7", "name": "a.png", "type": "image/png", "url": "/x"}}, "sender": {"id": 2}},
            {"type": "text", "message": {"text": "Welcome"}, "sender": {"id": "3", "is_bot": true}},
        ]})))
        .mount(&server)
        .await;
    let from = Timestamp::from_millisecond(1_612_943_653_720).unwrap();
    let lines = client.messages(Bot, &id(), Some(from)).await.unwrap();
    assert_eq!(lines[0].id.as_str(), "seq-1");
    assert_eq!(lines[0].content, Content::text("hi"));
    assert!(matches!(lines[1].content, Content::File { .. }));
    assert_eq!(lines[1].sender, Sender::Operator { id: OperatorId::parse("2").unwrap(), name: None });
    assert!(matches!(lines[2].sender, Sender::Bot { .. }));
    assert_eq!(lines[2].clone().into_message(from).time, from);
}

#[tokio::test]
async fn a_text_and_a_file_are_sent() {
    let (server, client) = portal().await;
    let at = format!("{ONE}/messages");
    let told = ok(&json!({"data": {"msgid": "1566841905333"}}));
    Mock::given(method("POST"))
        .and(path(&at))
        .and(body_json(json!({"text": "hello"})))
        .respond_with(told)
        .mount(&server)
        .await;
    let file = ResponseTemplate::new(204);
    Mock::given(method("POST"))
        .and(path(&at))
        .and(Contains("name=\"comment\""))
        .and(Contains("see\r\n"))
        .respond_with(file)
        .mount(&server)
        .await;
    let sent = client.send_text(Bot, &id(), "hello").await.unwrap();
    assert_eq!(sent.message.unwrap().as_str(), "1566841905333");
    let upload = Upload {
        name: "a.txt".to_owned(),
        mime: "text/plain".to_owned(),
        bytes: b"file".to_vec(),
        comment: Some("see".to_owned()),
    };
    assert_eq!(client.send_file(Bot, &id(), upload).await.unwrap().message, None);
}

#[tokio::test]
async fn a_chat_is_taken_transferred_rejected_noted_tagged_and_closed() {
    let (server, client) = portal().await;
    let pickup = include_str!("../fixtures/payloads/rest.conversations.pickup.response.partial.json");
    let close = include_str!("../fixtures/payloads/rest.conversations.close.response.json");
    let note = include_str!("../fixtures/payloads/rest.conversations.notes.add.response.json");
    answer(&server, "PUT", &format!("{ONE}/pickup"), sample(pickup)).await;
    answer(&server, "PUT", &format!("{ONE}/close"), sample(close)).await;
    answer(&server, "POST", &format!("{ONE}/notes"), sample(note)).await;
    answer(&server, "POST", &format!("{ONE}/tags"), ResponseTemplate::new(200)).await;
    let transfer = json!({"department_id": "19000000000017", "operator_id": "19000000026003", "note": "why"});
    Mock::given(method("PUT"))
        .and(path(format!("{ONE}/transfer")))
        .and(body_json(transfer))
        .respond_with(ok(&json!({})))
        .mount(&server)
        .await;
    let reject = json!({"operator_id": "19000000026003"});
    Mock::given(method("PUT"))
        .and(path(format!("{ONE}/reject")))
        .and(body_json(reject))
        .respond_with(ok(&json!({})))
        .mount(&server)
        .await;

    let (department, operator) =
        (DepartmentId::parse("19000000000017").unwrap(), OperatorId::parse("19000000026003").unwrap());
    let taken = client.pickup(Bot, &id()).await.unwrap().unwrap();
    assert_eq!(taken.attender.unwrap().id.as_str(), "466756000000002001");
    client.transfer(Bot, &id(), &department, Some(&operator), Some("why")).await.unwrap();
    client.reject_transfer(Bot, &id(), &operator).await.unwrap();
    assert!(client.add_note(Bot, &id(), "The previous deal was closed").await.unwrap().created_at.is_some());
    client.add_tags(Bot, &id(), &["9".to_owned()]).await.unwrap();
    let closed = client.close(Bot, &id()).await.unwrap().unwrap();
    assert_eq!(closed.status, ReadStatus::Closed);
    assert!(closed.is_over());
    assert_eq!(client.calls_made(), 6);
}

#[tokio::test]
async fn operators_are_read_with_strings_for_booleans_and_numbers() {
    let (server, client) = portal().await;
    let one: Value =
        serde_json::from_str(include_str!("../fixtures/payloads/rest.operators.associate-departments.response.json"))
            .unwrap();
    answer(&server, "GET", "/api/v2/zylker/operators", ok(&json!({"data": [one["data"], {"id": "8", "maximum_concurrent_chat": "unlimited", "status_message": "Away", "is_bot": "true"}]}))).await;
    let status = Mock::given(method("PUT")).and(path("/api/v2/zylker/operators/8/status"));
    status.and(body_json(json!({"status": "Available"}))).respond_with(ok(&json!({}))).mount(&server).await;
    let operators = client.operators(Facilitator).await.unwrap();
    assert_eq!(operators[0].chat_limit, Some(ChatLimit::AtMost(10)));
    assert_eq!(operators[0].availability, Some(Availability::Available));
    assert_eq!((operators[0].chat_enabled, operators[0].deleted), (Some(true), Some(false)));
    assert_eq!((operators[0].confirmed, operators[0].bot), (Some(false), false));
    assert_eq!(operators[0].name.as_deref(), Some("patty"));
    assert_eq!(operators[0].departments[0].as_str(), "30000000000005".replace("05", "17"));
    assert_eq!(operators[1].chat_limit, Some(ChatLimit::Unlimited));
    assert_eq!(operators[1].availability, Some(Availability::Other("Away".to_owned())));
    assert_eq!((operators[1].confirmed, operators[1].bot), (None, true));
    client.set_own_status(Bot, &operators[1].id, &Availability::Available).await.unwrap();
}

#[tokio::test]
async fn the_portal_shows_its_departments_brands_and_visitors() {
    let (server, client) = portal().await;
    let info = include_str!("../fixtures/payloads/rest.conversations.visitor.response.partial.json");
    answer(&server, "GET", "/api/v2/portals", ok(&json!({"data": [{"screenname": "zylker", "name": "Zylker"}]}))).await;
    answer(&server, "GET", "/api/v2/zylker/departments", ok(&json!({"data": [{"id": 5, "name": "Sales"}]}))).await;
    answer(&server, "GET", "/api/v2/zylker/apps", ok(&json!({"data": [{"id": "6", "name": "Shop"}]}))).await;
    answer(&server, "GET", &format!("{ONE}/visitor"), sample(info)).await;
    let threads =
        json!({"data": [{"thread_id": "t1", "thread_number": "2", "ended_by": "visitor", "status": "Closed"}]});
    answer(&server, "GET", &format!("{ONE}/threads"), ok(&threads)).await;
    assert_eq!(client.portals(Bot).await.unwrap()[0].screen_name.as_str(), "zylker");
    assert_eq!(client.departments(Bot).await.unwrap()[0].id.as_str(), "5");
    assert_eq!(client.brands(Bot).await.unwrap()[0].name.as_deref(), Some("Shop"));
    assert_eq!(client.visitor_info(Bot, &id()).await.unwrap().page_url.unwrap(), "http://www.zylker.com/pricing");
    assert_eq!(client.threads(Bot, &id(), 1).await.unwrap().rows[0].number, Some(2));
}

#[tokio::test]
async fn webhooks_are_registered_keyed_and_their_failures_run_again() {
    let (server, client) = portal().await;
    let keyed = include_str!("../fixtures/payloads/rest.webhooks.keys.create.response.json");
    let retried = include_str!("../fixtures/payloads/rest.webhooks.executions.retry.response.json");
    let draft = WebhookDraft {
        kind: WebhookKind::Data,
        url: url::Url::parse("https://zylker.com/webhooks.ext").unwrap(),
        events: vec!["conversation.created".to_owned()],
        brands: vec![BrandId::parse("19367000000002043").unwrap()],
    };
    let body = json!({
        "type": "data", "url": "https://zylker.com/webhooks.ext", "events": ["conversation.created"], "secured": true,
        "version": "1", "app_ids": ["19367000000002043"],
    });
    let hooks = "/api/v2/zylker/webhooks";
    Mock::given(method("POST")).and(path(hooks)).and(body_json(&body)).respond_with(sample(keyed)).mount(&server).await;
    Mock::given(method("PUT"))
        .and(path(format!("{hooks}/7")))
        .and(body_json(&body))
        .respond_with(sample(keyed))
        .mount(&server)
        .await;
    answer(&server, "GET", hooks, sample(keyed)).await;
    answer(&server, "POST", &format!("{hooks}/7/keys"), sample(keyed)).await;
    answer(&server, "DELETE", &format!("{hooks}/7/keys/8"), ResponseTemplate::new(204)).await;
    answer(&server, "DELETE", &format!("{hooks}/7"), ResponseTemplate::new(204)).await;
    answer(&server, "GET", &format!("{hooks}/7/executions"), ok(&json!({"data": [{"id": "e1"}]}))).await;
    answer(&server, "POST", &format!("{hooks}/7/executions/e1"), ResponseTemplate::new(200)).await;
    answer(&server, "POST", &format!("{hooks}/7/executions"), sample(retried)).await;

    client.create_webhook(Facilitator, &draft).await.unwrap();
    client.update_webhook(Facilitator, "7", &draft).await.unwrap();
    let webhook = &client.webhooks(Facilitator).await.unwrap()[0];
    assert!(webhook.enabled && webhook.secured);
    assert_eq!((webhook.events.len(), webhook.failures), (5, Some(0)));
    let webhook = client.create_webhook_key(Facilitator, "7").await.unwrap();
    assert_eq!(webhook.public_keys[0].key, "45678998765");
    client.delete_webhook_key(Facilitator, "7", "8").await.unwrap();
    assert_eq!(client.failed_executions(Facilitator, "7").await.unwrap()[0].id, "e1");
    client.retry_execution(Facilitator, "7", "e1").await.unwrap();
    assert_eq!(client.retry_executions(Facilitator, "7", &["e1".to_owned()]).await.unwrap().skipped.len(), 2);
    client.delete_webhook(Facilitator, "7").await.unwrap();
}

#[tokio::test]
async fn a_visitor_opens_writes_and_leaves_under_the_organisations_token() {
    let (server, client) = portal().await;
    let hash = "d2e4771bec859eb6cdeccd9e347dd512076189d2ceb67633";
    let opened = include_str!("../fixtures/payloads/rest.visitor-v1.open-conversation.response.from-code.json");
    let closed = include_str!("../fixtures/payloads/rest.visitor-v2.close.response.json");
    let body = json!({
        "app_id": "6338000000002238", "department_id": "6338000000002024", "question": "Hi",
        "visitor": {"user_id": "u1", "email": "a@b.c"}, "custom_wait_time": 999, "customer_info": {"Band": "Premium"},
    });
    Mock::given(method("POST"))
        .and(path("/api/visitor/v1/zylker/conversations"))
        .and(body_json(body))
        .respond_with(sample(opened))
        .mount(&server)
        .await;
    answer(&server, "POST", &format!("/api/visitor/v1/zylker/conversations/{hash}/messages"), ok(&json!({}))).await;
    answer(&server, "PUT", &format!("/visitor/v2/zylker/conversations/{hash}/close"), sample(closed)).await;
    let new = NewConversation {
        brand: BrandId::parse("6338000000002238").unwrap(),
        department: DepartmentId::parse("6338000000002024").unwrap(),
        question: "Hi".to_owned(),
        visitor: VisitorIdentity { user_id: "u1".to_owned(), name: None, email: Some("a@b.c".to_owned()), phone: None },
        wait_s: Some(2000),
        customer_info: [("Band".to_owned(), "Premium".to_owned())].into(),
    };
    let opened = client.open_conversation(&new).await.unwrap();
    assert_eq!(opened.visitor_conversation.as_deref(), Some(hash));
    assert_eq!(opened.status, Some(ReadStatus::Waiting));
    client.send_as_visitor(hash, "more").await.unwrap();
    client.close_as_visitor(hash).await.unwrap();
    assert!(client.tokens().asked.lock().unwrap().iter().all(|principal| *principal == Organisation));
}
