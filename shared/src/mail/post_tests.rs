#![allow(clippy::unwrap_used, reason = "tests")]

use aws_sdk_ses::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

fn letter() -> Letter {
    Letter {
        to: vec!["team@example.com".to_owned(), "ops@example.com".to_owned()],
        from: "escalations@example.com".to_owned(),
        reply_to: None,
        subject: "Hello".to_owned(),
        raw: b"From: escalations@example.com\r\n\r\nHello".to_vec(),
        text: "Hello".to_owned(),
    }
}

fn post_at(endpoint: &str) -> Post {
    let aws = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "test")))
        .endpoint_url(endpoint)
        // Would repeat, were it obeyed.
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .timeout_config(TimeoutConfig::builder().connect_timeout(Duration::from_secs(1)).build())
        // Not the process's shared client: its connections end with the runtime of one test.
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Post::ses(&aws, Some("transcripts".to_owned()))
}

async fn answering(status: u16, body: &str) -> (Result<Accepted, PostError>, MockServer) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(status).set_body_raw(body, "text/xml")).mount(&server).await;
    let tags = [("workspace", "demo"), ("conversation", "90 01/ü")];
    (post_at(&server.uri()).send(&letter(), &tags).await, server)
}

fn refusal(code: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>Address team@example.com is not verified</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    )
}

const TAKEN: &str = "<SendRawEmailResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><SendRawEmailResult>\
    <MessageId>0102-abc</MessageId></SendRawEmailResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>\
    </SendRawEmailResponse>";

#[tokio::test]
async fn a_letter_that_ses_takes_has_its_id() {
    let (answer, server) = answering(200, TAKEN).await;
    assert_eq!(answer.unwrap(), Accepted { message_id: "0102-abc".to_owned() });
    let request = server.received_requests().await.unwrap().pop().unwrap();
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!(field("Action"), Some("SendRawEmail"));
    assert_eq!(field("Source"), Some("escalations@example.com"));
    assert_eq!(field("Destinations.member.2"), Some("ops@example.com"));
    assert_eq!(field("ConfigurationSetName"), Some("transcripts"));
    assert_eq!((field("Tags.member.2.Name"), field("Tags.member.2.Value")), (Some("conversation"), Some("90_01__")));
    let raw = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, field("RawMessage.Data").unwrap());
    assert_eq!(raw.unwrap(), letter().raw);
}

#[tokio::test]
async fn a_refusal_is_definite_and_is_not_repeated() {
    let cases = [
        (400, "MessageRejected", true),
        (400, "MailFromDomainNotVerifiedException", true),
        (400, "ConfigurationSetDoesNotExist", true),
        (400, "Throttling", false),
        (503, "ServiceUnavailable", false),
        (500, "InternalFailure", false),
    ];
    for (status, code, permanent) in cases {
        let (answer, server) = answering(status, &refusal(code)).await;
        let error = answer.unwrap_err();
        assert!(error.is_definite(), "{code}");
        assert_eq!(error.is_permanent(), permanent, "{code}");
        assert_eq!(error.to_string(), format!("SES refused the mail: {code}"));
        assert!(!format!("{error:?}").contains("team@example.com"), "no address is in the error");
        assert_eq!(server.received_requests().await.unwrap().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn a_server_error_that_ses_did_not_write_leaves_it_open() {
    for body in ["", "<html>Bad gateway</html>"] {
        let (answer, server) = answering(500, body).await;
        let error = answer.unwrap_err();
        assert!(!error.is_definite(), "{error:?}");
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_hang_up_after_the_letter_leaves_it_open_and_is_not_repeated() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let mut connections = 0;
        while let Ok(Ok((mut stream, _))) = tokio::time::timeout(Duration::from_secs(2), listener.accept()).await {
            connections += 1;
            let mut bytes = vec![0; 65_536];
            let _ = stream.read(&mut bytes).await;
            let _ = stream.shutdown().await;
        }
        connections
    });
    let error = post_at(&endpoint).send(&letter(), &[]).await.unwrap_err();
    assert!(!error.is_definite(), "{error:?}");
    assert_eq!(server.await.unwrap(), 1);
}

#[tokio::test]
async fn without_a_connection_it_certainly_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = post_at(&endpoint).send(&letter(), &[]).await.unwrap_err();
    assert!(matches!(error, PostError::NotSent { .. }), "{error:?}");
    assert!(!error.is_permanent());
}

#[tokio::test]
async fn the_post_in_memory_fails_as_it_is_told() {
    let memory = Arc::new(Mutex::new(MemoryPost::default()));
    let post = Post::Memory(Arc::clone(&memory));
    memory.lock().unwrap().fail_next(2, MemoryFailure::Refused { permanent: false });
    memory.lock().unwrap().fail_next(1, MemoryFailure::AnswerLost);
    let mut definite = Vec::new();
    for _ in 0..3 {
        definite.push(post.send(&letter(), &[("workspace", "demo")]).await.unwrap_err().is_definite());
    }
    assert_eq!(definite, [true, true, false]);
    assert_eq!(post.send(&letter(), &[]).await.unwrap().message_id, "memory-2");
    assert_eq!(memory.lock().unwrap().sent.len(), 2);
}
