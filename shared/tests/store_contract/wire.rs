//! The wire between the SDK and the table: it counts requests, and fails as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

/// What becomes of one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// None: it passes.
    Pass,
    /// The table does what it is asked, and the answer is lost.
    AnswerLost,
    /// The request never arrives.
    NeverArrives,
    /// The transaction is cancelled; one code for each action.
    Cancelled(&'static [&'static str]),
    /// This error, with this status.
    Answer(u16, &'static str),
}

#[derive(Debug, Clone)]
pub struct Wire {
    inner: SharedHttpClient,
    script: Arc<Mutex<Script>>,
}

#[derive(Debug, Default)]
struct Script {
    faults: VecDeque<Fault>,
    requests: usize,
}

impl Wire {
    pub fn new(inner: SharedHttpClient) -> Self {
        Self { inner, script: Arc::default() }
    }

    /// The next requests meet these; all later ones pass.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.script.lock().unwrap().faults.extend(faults);
    }

    /// How many requests were sent since the last reset.
    pub fn requests(&self) -> usize {
        self.script.lock().unwrap().requests
    }

    pub fn reset(&self) {
        *self.script.lock().unwrap() = Script::default();
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, script: Arc::clone(&self.script) })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    script: Arc<Mutex<Script>>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let fault = {
            let mut script = self.script.lock().unwrap();
            script.requests += 1;
            script.faults.pop_front().unwrap_or(Fault::Pass)
        };
        let inner = self.inner.clone();
        HttpConnectorFuture::new(async move {
            match fault {
                Fault::Pass => inner.call(request).await,
                Fault::AnswerLost => {
                    inner.call(request).await?;
                    Err(ConnectorError::timeout("the answer was lost".into()))
                }
                Fault::NeverArrives => Err(ConnectorError::io("the connection was reset".into())),
                Fault::Cancelled(codes) => {
                    let reasons: Vec<_> = codes.iter().map(|code| serde_json::json!({ "Code": code })).collect();
                    Ok(answer(400, "TransactionCanceledException", &serde_json::json!(reasons)))
                }
                Fault::Answer(status, code) => Ok(answer(status, code, &serde_json::Value::Null)),
            }
        })
    }
}

fn answer(status: u16, code: &str, reasons: &serde_json::Value) -> HttpResponse {
    let body = serde_json::json!({
        "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"),
        "message": "injected",
        "Message": "injected",
        "CancellationReasons": reasons,
    });
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string()))
}
