//! Files that are sent to visitors, and transcripts that are taken away.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use console::access::Role;
use shared::attachments;
use shared::domain::ask::Ask;
use shared::domain::message::{Author, Visitor};
use tower::ServiceExt as _;

use crate::chat::{Told, ago, assisted, said};
use crate::site::{Answer, Browser, Site, workspace};

const CHAT: &str = "/console/w/demo/chats/9001";
const BOUNDARY: &str = "----one-part-ends-here";

async fn with_chat() -> Site {
    let site = Site::new().await;
    let log = [said("m1", ago(&site, 9), Author::Visitor, "=cmd()|' /C calc'!A0")];
    site.keep("9001", &assisted("9001", ago(&site, 10), Told::default()), &log).await;
    site
}

async fn upload(browser: &mut Browser<'_>, name: &str, mime: &str, bytes: &[u8], comment: &str) -> Answer {
    let part = |head: &str| format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name={head}\r\n\r\n");
    let mut body = part("\"request\"").into_bytes();
    body.extend(b"0123456789abcdef-file\r\n");
    body.extend(part("\"comment\"").into_bytes());
    body.extend(format!("{comment}\r\n").into_bytes());
    body.extend(part(&format!("\"file\"; filename=\"{name}\"\r\nContent-Type: {mime}")).into_bytes());
    body.extend(bytes);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{CHAT}/send-file"))
        .header("hx-request", "true")
        .header("x-csrf-token", &browser.csrf)
        .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
    browser.send(request, Body::from(body)).await
}

#[tokio::test]
async fn a_file_is_kept_and_asked_to_be_sent_once() {
    let site = with_chat().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    for _ in 0..2 {
        let answer = upload(&mut agent, "../bill.pdf", "application/pdf", &bytes, "Your bill").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert!(answer.body.contains("Send a file"), "{}", answer.body);
    }
    let asked = site.asked("9001").await;
    let [(_, Ask::SendFile { file, comment })] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((file.name.as_str(), file.mime.as_str(), file.size), ("bill.pdf", "application/pdf", 3_000_000));
    assert_eq!(comment.as_deref(), Some("Your bill"));
    assert_eq!(attachments::read(&site.store, &workspace(), file).await.unwrap(), Some(bytes));
}

#[tokio::test]
async fn a_file_that_is_too_large_or_empty_is_not_taken() {
    let site = with_chat().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let large = upload(&mut agent, "a.bin", "x", &vec![0; 4 * 1024 * 1024 + 1], "").await;
    assert_eq!(large.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(large.body.contains("larger than 4 MB") && large.header("hx-retarget") == "#actions", "{}", large.body);
    let empty = upload(&mut agent, "a.bin", "x", b"", "").await;
    assert!(empty.status == StatusCode::UNPROCESSABLE_ENTITY && empty.body.contains("Choose a file"));
    assert!(site.asked("9001").await.is_empty());
}

#[tokio::test]
async fn who_only_looks_sends_no_file() {
    let site = with_chat().await;
    let mut viewer = site.signed_in(Role::Viewer).await;
    assert_eq!(upload(&mut viewer, "a.txt", "text/plain", b"a", "").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn transcripts_of_each_form_are_files_with_safe_names() {
    let site = Site::new().await;
    let visitor = Visitor { name: Some("<script>alert(1)</script>".to_owned()), ..Visitor::default() };
    let log = [said("m1", ago(&site, 9), Author::Visitor, "=cmd()|' /C calc'!A0 <b>hi</b>")];
    site.keep("9001", &assisted("9001", ago(&site, 10), Told { visitor, ..Told::default() }), &log).await;
    let mut viewer = site.signed_in(Role::Viewer).await;
    for (form, mime) in [("html", "text/html"), ("json", "application/json"), ("csv", "text/csv")] {
        let answer = viewer.get(&format!("{CHAT}/transcript/{form}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{form}");
        assert!(answer.header("content-type").starts_with(mime), "{form}: {}", answer.header("content-type"));
        let name = format!("attachment; filename=\"transcript-9001.{form}\"");
        assert_eq!(answer.header("content-disposition"), name);
        assert!(answer.body.contains("calc"), "{form}: {}", answer.body);
    }
    let html = viewer.get(&format!("{CHAT}/transcript/html")).await;
    assert!(!html.body.contains("<script>") && !html.body.contains("<b>hi"), "{}", html.body);
    let csv = viewer.get(&format!("{CHAT}/transcript/csv")).await;
    assert!(!csv.body.contains(",=cmd"), "no formula: {}", csv.body);
    let cookies: Vec<String> = viewer.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::builder().uri(format!("{CHAT}/transcript/pdf")).header(header::COOKIE, cookies.join("; "));
    let response = site.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/pdf");
    assert!(to_bytes(response.into_body(), usize::MAX).await.unwrap().starts_with(b"%PDF-"));
    assert_eq!(viewer.get(&format!("{CHAT}/transcript/exe")).await.status, StatusCode::NOT_FOUND);
}
