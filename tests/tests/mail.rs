//! The mail with the transcript: what it holds, and what becomes of it when SES fails or it comes back.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use dev::mailbox::SentMail;
use dev::mails::{DeadLetters, Waiting};
use dev::stack::{CLOUDFORMATION_STACK, MAIL_EVENT_SOURCE};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::dead_letter::DeadLetter;
use shared::domain::conversation::{Closed, Phase};
use shared::domain::drain::Finding;
use shared::findings;
use shared::store::Store;
use tests::escalating::{LOOKING, WISH};
use tests::{Deployed, Mail, QUESTION, SOON, World, never, until};

/// A world whose only human is busy.
async fn all_busy(deployed: &Deployed, change: impl FnOnce(&mut Value)) -> World<'_> {
    let world = World::new(deployed, change).await;
    world.human("Dana", |human| human["status"] = json!("Busy")).await;
    world
}

/// How SES fails for mails to the world's brand.
async fn ses_fails(world: &World<'_>, how: Value, times: u32) {
    let to_brand = json!({"what": "ses", "to": world.address("inbox")});
    world.faults(json!([{"match": to_brand, "do": how, "times": times}])).await;
}

/// The attachment of a kind, by its file's name.
fn attachment(mail: &Mail, ending: &str) -> Vec<u8> {
    let attached = mail.attachments();
    let named = attached.into_iter().find(|(name, _)| name.ends_with(ending));
    named.unwrap_or_else(|| panic!("no attachment {ending}")).1
}

/// The records of a CSV file (RFC 4180).
fn records(csv: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = csv.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => field.extend(characters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            other => field.push(other),
        }
    }
    assert!(!quoted && field.is_empty() && record.is_empty(), "the file breaks off");
    records
}

/// A line as SalesIQ has it.
struct Spoken {
    at: Timestamp,
    visitors: bool,
    text: String,
}

async fn spoken(world: &World<'_>, conversation: &str) -> Vec<Spoken> {
    let conversation = world.deployed.portal.conversation(conversation).await.unwrap();
    let lines = conversation["messages"].as_array().unwrap().iter();
    lines
        .filter(|line| line["sender"]["kind"] != "info")
        .map(|line| Spoken {
            at: Timestamp::from_millisecond(line["time"].as_i64().unwrap()).unwrap(),
            visitors: line["sender"]["kind"] == "visitor",
            text: line["content"]["text"].as_str().unwrap().to_owned(),
        })
        .collect()
}

#[tokio::test]
async fn the_mail_tells_who_wrote_from_where_what_was_said_by_whom_and_how_it_was_decided() {
    let deployed = Deployed::find();
    let world = all_busy(&deployed, |settings| settings["brands"][0]["time_zone"] = json!("Europe/Malta")).await;
    world.article("withdrawals", "How long a withdrawal takes", "A withdrawal takes nine fortnights.").await;
    let conversation = world
        .open_as(|opening| {
            opening["question"] = json!(QUESTION);
            opening["country"] = json!("MT");
        })
        .await;
    world.answered(&conversation, 1).await;
    world.settled(&conversation, SOON).await;

    world.says(&conversation, WISH).await;

    world.ended(&conversation, Closed::Unattended).await;
    let mail = world.mails().await.remove(0);
    assert_eq!(mail.reply_to(), Some("mia@example.com"));
    assert_eq!((mail.sent.from.as_str(), &mail.sent.to), ("support@lumen.example", &vec![world.address("inbox")]));
    let brand = format!("Brand of {}", world.workspace);
    assert!(mail.subject().contains(&brand) && mail.subject().contains("Mia"), "{}", mail.subject());
    let (text, html) = (mail.text(), mail.html());
    let told = [
        brand.as_str(),
        "Mia",
        "mia@example.com",
        "https://www.lumen.example/en-gb/help",
        "United Kingdom of Great Britain and Northern Ireland (GB)",
        "visitor_asked",
        "Dana",
        "skipped: not available (Busy)",
    ];
    for told in told {
        assert!(text.contains(told) && html.contains(told), "{told} is missing in\n{text}\nor\n{html}");
    }
    let said = spoken(&world, &conversation).await;
    assert!(said.len() >= 5 && said.iter().any(|line| line.text.contains("nine fortnights")));
    for line in &said {
        let at = line.at.in_tz("Europe/Malta").unwrap().strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
        let who = if line.visitors { "Mia (Visitor)" } else { "Nova (AI)" };
        let body: Vec<String> = line.text.lines().map(|part| format!("    {part}")).collect();
        let block = format!("[{at}] {who}:\n{}", body.join("\n"));
        assert!(text.replace('\r', "").contains(&block), "{block}\nis missing in\n{text}");
    }
    all_attached(&mail, &said);
}

/// JSON and CSV can be read, and hold all lines with who said them.
fn all_attached(mail: &Mail, said: &[Spoken]) {
    let expected: Vec<(&str, &str)> =
        said.iter().map(|line| (if line.visitors { "visitor" } else { "ai" }, line.text.as_str())).collect();
    let json: Value = serde_json::from_slice(&attachment(mail, ".json")).expect("JSON");
    let lines = json["lines"].as_array().unwrap();
    let in_json: Vec<(&str, &str)> =
        lines.iter().map(|line| (line["author"].as_str().unwrap(), line["text"].as_str().unwrap())).collect();
    assert_eq!(in_json, expected);
    assert_eq!(json["decisions"].as_array().map(Vec::len), Some(1), "no decision record");

    let csv = String::from_utf8(attachment(mail, ".csv")).expect("UTF-8");
    let records = records(&csv);
    let column = |name: &str| records[0].iter().position(|column| column == name).unwrap();
    let (author, text) = (column("author"), column("text"));
    let in_csv: Vec<(String, &str)> =
        records[1..].iter().map(|record| (record[author].to_lowercase(), record[text].as_str())).collect();
    assert_eq!(in_csv.iter().map(|(author, text)| (author.as_str(), *text)).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_visitors_name_makes_no_header_and_a_visitors_line_no_html() {
    const SCRIPT: &str = "<script>alert(1)</script>";
    let deployed = Deployed::find();
    let world = all_busy(&deployed, |_| {}).await;
    let conversation = world
        .open_as(|opening| {
            opening["question"] = json!(SCRIPT);
            opening["visitor"]["name"] = json!("Mia\r\nBcc: evil@example.com <b>x</b>");
        })
        .await;
    world.answered(&conversation, 1).await;
    world.settled(&conversation, SOON).await;

    world.says(&conversation, WISH).await;

    world.ended(&conversation, Closed::Unattended).await;
    let mail = world.mails().await.remove(0);
    assert_eq!(mail.sent.to, [world.address("inbox")]);
    assert!(mail.message.bcc().is_none() && mail.message.cc().is_none());
    let raw = String::from_utf8_lossy(&mail.sent.raw).to_lowercase();
    let head = raw.split("\r\n\r\n").next().unwrap();
    assert!(!head.contains("\nbcc:"), "{head}");
    assert!(mail.subject().contains("Mia"), "the name is not in the subject: {}", mail.subject());
    let html = mail.html();
    assert!(!html.contains("<script") && !html.contains("<b>x</b>"), "{html}");
    assert!(html.contains("alert(1)") && mail.text().contains(SCRIPT), "the line is not there: {html}");
}

#[tokio::test]
async fn a_mail_has_all_lines_although_salesiq_does_not_tell_them() {
    let deployed = Deployed::find();
    let world = all_busy(&deployed, |_| {}).await;
    let conversation = world.open(WISH).await;
    let list = json!({"what": "rest", "method": "GET", "path_contains": "/messages", "conversation": conversation});
    world.faults(json!([{"match": list, "do": {"status": 503}}])).await;

    world.ended(&conversation, Closed::Unattended).await;

    let mail = world.mails().await.remove(0);
    let json: Value = serde_json::from_slice(&attachment(&mail, ".json")).expect("JSON");
    assert_eq!(json["told_by_salesiq"], false, "SalesIQ was not asked in vain");
    let said = spoken(&world, &conversation).await;
    assert!(said.len() == 3 && said[1].text == LOOKING, "{} lines", said.len());
    for line in said {
        assert!(mail.text().contains(&line.text), "{} is missing in\n{}", line.text, mail.text());
    }
}

#[tokio::test]
async fn a_mail_that_ses_refuses_twice_is_sent_once_and_then_the_chat_is_closed() {
    let deployed = Deployed::find();
    let world = all_busy(&deployed, |_| {}).await;
    ses_fails(&world, json!({"error_code": "Throttling"}), 2).await;

    let conversation = world.open(WISH).await;

    world.ended(&conversation, Closed::Unattended).await;
    assert_eq!(world.mail_calls(&world.address("inbox")).await.len(), 3);
    assert_eq!(world.mails().await.len(), 1);
    assert_eq!(world.course(&conversation).await, ["said", "said", "mailed", "closed"]);
    world.found(Finding::MailFailed).await;
    assert_eq!(world.finding(Finding::MailUndeliverable).await, None);
}

#[tokio::test]
async fn a_mail_whose_answer_is_lost_is_sent_again_before_the_chat_is_closed() {
    let deployed = Deployed::find();
    let world = all_busy(&deployed, |_| {}).await;
    ses_fails(&world, json!({"lose_answer": true}), 1).await;

    let conversation = world.open(WISH).await;

    let kept = world.ended(&conversation, Closed::Unattended).await;
    assert_eq!(world.course(&conversation).await, ["said", "said", "mailed", "mailed", "closed"]);
    assert_eq!(kept.conversation.mails.len(), 1, "only of one was heard");
}

/// The letter of a world that was set aside.
async fn set_aside(world: &World<'_>) -> (String, DeadLetter) {
    let dead_letters = DeadLetters::of(&world.deployed.stack).expect("a deployed stack");
    until("a dead letter", SOON, async || {
        let all = dead_letters.list().await.expect("the dead letters");
        let readable = all.into_iter().filter_map(|Waiting { id, letter, .. }| Some((id, letter.ok()?)));
        let mut ours = readable.filter(|(_, letter)| letter.workspace == world.workspace);
        ours.next()
    })
    .await
}

#[tokio::test]
async fn a_mail_that_ses_refuses_for_good_is_set_aside_and_the_chat_stays_open_until_it_is_redriven() {
    let deployed = Deployed::find();
    let world = all_busy(&deployed, |_| {}).await;
    ses_fails(&world, json!({"error_code": "MessageRejected"}), 1).await;

    let conversation = world.open(WISH).await;

    let (id, letter) = set_aside(&world).await;
    world.found(Finding::MailUndeliverable).await;
    assert_eq!((letter.from.as_str(), &letter.to), ("support@lumen.example", &vec![world.address("inbox")]));
    assert_eq!((letter.conversation.as_str(), letter.reply_to.as_deref()), (&*conversation, Some("mia@example.com")));
    assert!(letter.text.contains(WISH) && letter.reason.contains("MessageRejected"), "{letter:?}");
    never("it was closed although nobody was mailed", async || world.status(&conversation).await != "connected").await;
    assert!(matches!(world.phase(&conversation).await, Some(Phase::Unattended { .. })));
    assert!(world.mails().await.is_empty());

    let dead_letters = DeadLetters::of(&deployed.stack).expect("a deployed stack");
    let redriven = dead_letters.redrive(Some(std::slice::from_ref(&id))).await.expect("redriven");

    assert_eq!(redriven.done, [id]);
    world.ended(&conversation, Closed::Unattended).await;
    assert_eq!(world.course(&conversation).await, ["said", "said", "mailed", "closed"]);
    assert_eq!(world.status(&conversation).await, "closed");
}

/// A chat that nobody was looked for in: its mail holds no decisions, which grow with the portal, so it fits into the queue.
#[tokio::test]
async fn a_mail_that_is_set_aside_is_whole_and_arrives_as_it_was_when_it_is_redriven() {
    let deployed = Deployed::find();
    let world = World::new(&deployed, |settings| settings["pickup"] = json!("wait_for_transfer")).await;
    ses_fails(&world, json!({"error_code": "MessageRejected"}), 1).await;

    world.open_as(|opening| opening["wait_time_ms"] = json!(3000)).await;

    let (id, letter) = set_aside(&world).await;
    let (from, to) = (letter.from.clone(), letter.to.clone());
    let whole = Mail::parse(SentMail { message_id: id.clone(), from, to, raw: letter.mime().expect("the whole mail") });
    assert_eq!((whole.subject(), whole.reply_to()), (letter.subject.as_str(), Some("mia@example.com")));
    assert!(whole.text().contains(WISH) && whole.html().contains(WISH), "{}", whole.text());

    let dead_letters = DeadLetters::of(&deployed.stack).expect("a deployed stack");
    dead_letters.redrive(Some(&[id])).await.expect("redriven");

    let mail = world.mailed(1).await.remove(0);
    assert_eq!((mail.sent.to.as_slice(), mail.subject()), (letter.to.as_slice(), whole.subject()));
    let lines =
        |mail: &Mail| serde_json::from_slice::<Value>(&attachment(mail, ".json")).expect("JSON")["lines"].clone();
    assert_eq!(lines(&mail), lines(&whole));
    assert_eq!(attachment(&mail, ".csv"), attachment(&whole, ".csv"));
}

/// SES tells on the account's bus what became of a mail.
async fn ses_tells(world: &World<'_>, sample: &str, mail: &Mail, conversation: &str) {
    let mut event: Value = serde_json::from_str(sample).expect("a sample");
    let about = &mut event["detail"]["mail"];
    about["messageId"] = json!(mail.sent.message_id);
    about["tags"]["workspace"] = json!([world.workspace]);
    about["tags"]["conversation"] = json!([conversation]);
    about["tags"]["ses:configuration-set"] = json!([CLOUDFORMATION_STACK]);
    let entry = json!({
        "Source": MAIL_EVENT_SOURCE, "DetailType": event["detail-type"], "Detail": event["detail"].to_string(),
    });
    let stack = &world.deployed.stack;
    let scope = format!("Credential=local/20200101/{}/events/aws4_request", stack.region);
    let put = shared::http::reqwest_client()
        .expect("a client")
        .post(&stack.aws_url)
        .header("authorization", format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none"))
        .header("x-amz-target", "AWSEvents.PutEvents")
        .header("content-type", "application/x-amz-json-1.1")
        .body(json!({"Entries": [entry]}).to_string());
    let answer: Value = put.send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
}

/// How often it was found that a mail came back.
async fn returns_found(world: &World<'_>) -> u64 {
    let name = serde_json::to_value(Finding::MailReturned).unwrap();
    let partition = findings::partition(&world.workspace);
    let document = world.deployed.store.document(&partition, name.as_str().unwrap()).await.unwrap();
    document.map_or(0, |document| document.version)
}

/// A mail comes back, of which SES tells twice.
async fn comes_back(sample: &str, subject: &str) {
    let deployed = Deployed::find();
    let world = all_busy(&deployed, |_| {}).await;
    let conversation = world.open(WISH).await;
    world.ended(&conversation, Closed::Unattended).await;
    let mail = world.mails().await.remove(0);

    ses_tells(&world, sample, &mail, &conversation).await;

    let mails = world.mailed(2).await;
    assert_eq!(mails[1].sent.to, [world.address("duty")]);
    assert!(mails[1].subject().contains(subject), "{}", mails[1].subject());
    assert!(mails[1].text().contains(WISH));
    assert_eq!(world.found(Finding::MailReturned).await.conversation.unwrap().as_str(), conversation);

    ses_tells(&world, sample, &mail, &conversation).await;

    until("the second event to be taken in", SOON, async || (returns_found(&world).await == 2).then_some(())).await;
    never("the last resort was told twice", async || world.mails().await.len() > 2).await;
}

#[tokio::test]
async fn a_mail_that_bounces_reaches_the_last_resort_once() {
    comes_back(include_str!("../../events/transcript.bounced.json"), "could not be delivered").await;
}

#[tokio::test]
async fn a_mail_that_is_complained_of_reaches_the_last_resort_once() {
    comes_back(include_str!("../../events/transcript.complaint.json"), "reported as unwanted").await;
}
