//! The clients that the functions use, against servers of this process.
#![allow(clippy::unwrap_used, missing_docs)]

use aws_sdk_dynamodb::config::{Credentials, Region, SharedCredentialsProvider};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers one request with this text; gives back what was asked.
async fn server(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let request = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let read = connection.read(&mut request).await.unwrap();
        connection.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&request[..read]).into_owned()
    });
    (endpoint, request)
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_request_says_who_asks() {
    let answer = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let (endpoint, request) = server(answer).await;
    let response = shared::http::reqwest_client().unwrap().get(endpoint).send().await.unwrap();
    assert_eq!(response.status(), 302);
    assert!(request.await.unwrap().contains("user-agent: salesiq-operator/"));
}

#[tokio::test]
async fn the_sdk_speaks_plain_http_with_a_local_stack() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    let credentials = Credentials::new("test", "test", None, None, "test");
    let config = shared::http::aws_config().into_builder();
    let config = config.endpoint_url(endpoint).region(Region::new("eu-central-1"));
    let config = config.credentials_provider(SharedCredentialsProvider::new(credentials)).build();
    let tables = aws_sdk_dynamodb::Client::new(&config).list_tables().send().await.unwrap();
    assert!(tables.table_names().is_empty());
}
