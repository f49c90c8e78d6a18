//! The few calls of AWS that `cargo dev` itself makes, to the emulator: it checks no signature, so none is made.

use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::Error;
use crate::http;
use crate::stack::Stack;

/// How long a function may run at most, and a little more (template.yaml).
const INVOCATION: Duration = Duration::from_mins(3);

/// A line of a log group.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LogLine {
    #[serde(rename = "timestamp")]
    pub(crate) time_ms: i64,
    pub(crate) message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogPage {
    events: Vec<LogLine>,
    next_token: Option<String>,
}

/// The lines of a log group from a moment on, oldest first.
pub(crate) async fn log_lines(
    client: &Client,
    stack: &Stack,
    group: &str,
    from_ms: i64,
) -> Result<Vec<LogLine>, Error> {
    const WHAT: &str = "reading the logs";
    let mut lines = Vec::new();
    let mut next = None::<String>;
    loop {
        let mut query = json!({ "logGroupName": group, "startTime": from_ms });
        if let Some(token) = &next {
            query["nextToken"] = json!(token);
        }
        let request = call(client, stack, "logs")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "Logs_20140328.FilterLogEvents")
            .body(query.to_string());
        let body = http::body(WHAT, request).await?;
        let page: LogPage =
            serde_json::from_str(&body).map_err(|error| Error::Call { what: WHAT, detail: error.to_string() })?;
        lines.extend(page.events);
        match page.next_token {
            Some(token) if next.as_ref() != Some(&token) => next = Some(token),
            _ => break,
        }
    }
    // They come stream by stream, and a stream is one process of the function.
    lines.sort_by_key(|line| line.time_ms);
    Ok(lines)
}

/// The outputs of a deployed template, as names and values.
pub(crate) async fn outputs(client: &Client, stack: &Stack, name: &str) -> Result<Vec<(String, String)>, Error> {
    let query = [("Action", "DescribeStacks"), ("Version", "2010-05-15"), ("StackName", name)];
    let request = call(client, stack, "cloudformation").form(&query);
    Ok(outputs_in(&http::body("asking for the template's outputs", request).await?))
}

/// Makes SES take mails from a domain: the emulator believes it at once.
pub(crate) async fn verify_domain(client: &Client, stack: &Stack, domain: &str) -> Result<(), Error> {
    let form = [("Action", "VerifyDomainIdentity"), ("Version", "2010-12-01"), ("Domain", domain)];
    http::body("verifying the domain that mails come from", call(client, stack, "ses").form(&form)).await.map(drop)
}

/// Runs a function to its end and gives what it answers.
pub(crate) async fn invoke(client: &Client, stack: &Stack, function: &str, event: &Value) -> Result<Value, Error> {
    const WHAT: &str = "running a function";
    let failed = |detail: String| Error::Call { what: WHAT, detail: format!("{function}: {detail}") };
    let request = client
        .post(format!("{}/2015-03-31/functions/{function}/invocations", stack.aws_url))
        .header("authorization", authorization(stack, "lambda"))
        .timeout(INVOCATION)
        .body(event.to_string());
    let response = request.send().await.map_err(|error| failed(error.without_url().to_string()))?;
    let (status, fell) = (response.status(), response.headers().contains_key("x-amz-function-error"));
    let body = response.text().await.map_err(|error| failed(error.without_url().to_string()))?;
    if fell || !status.is_success() {
        return Err(failed(format!("{status} {body}")));
    }
    serde_json::from_str(&body).map_err(|error| failed(error.to_string()))
}

/// A request that is not signed but names the service and region, by which the emulator routes it.
fn call(client: &Client, stack: &Stack, service: &str) -> RequestBuilder {
    client.post(&stack.aws_url).header("authorization", authorization(stack, service))
}

fn authorization(stack: &Stack, service: &str) -> String {
    let scope = format!("Credential=local/20200101/{}/{service}/aws4_request", stack.region);
    format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none")
}

/// Outputs are flat names and values: two tags a piece, no need for an XML parser.
fn outputs_in(xml: &str) -> Vec<(String, String)> {
    let text = |from: &str, tag: &str| {
        let (_, rest) = from.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once(&format!("</{tag}>"))?.0.replace("&amp;", "&"))
    };
    xml.split("<OutputKey>")
        .skip(1)
        .filter_map(|piece| Some((piece.split_once("</OutputKey>")?.0.to_owned(), text(piece, "OutputValue")?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::outputs_in;

    #[test]
    fn outputs_are_read_from_the_answer() {
        let xml = "<Outputs><member><OutputKey>ApiId</OutputKey><OutputValue>a1</OutputValue></member>\
                   <member><OutputKey>Url</OutputKey><OutputValue>http://x/?a&amp;b</OutputValue></member></Outputs>";
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(outputs_in(xml), [pair("ApiId", "a1"), pair("Url", "http://x/?a&b")]);
    }
}
