use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::*;
use crate::bus::Sent;
use crate::dead_letter::queue::Kept;

const URL: &str = "https://sqs.example/1/dead";

fn news(conversation: &str) -> Value {
    json!({
        "version": "0", "id": "e1", "source": "salesiq-operator", "detail-type": "ConversationNews",
        "detail": {"workspace": "demo", "conversation": conversation},
    })
}

/// As a function puts aside what it could not do.
fn failed(payload: &Value) -> String {
    json!({
        "version": "1.0", "requestContext": {"condition": "RetriesExhausted"}, "requestPayload": payload,
        "responsePayload": {"errorMessage": "no"},
    })
    .to_string()
}

fn returned() -> Value {
    serde_json::from_str(include_str!("../../../../events/transcript.bounced.json")).unwrap()
}

fn letter(conversation: &str) -> String {
    json!({
        "workspace": "demo", "conversation": conversation, "at": "2026-01-01T00:00:00Z", "occasion": "nobody_available",
        "reason": "MessageRejected", "failures": 5, "from": "a@lumen.example", "to": ["b@lumen.example"],
        "subject": "Chat with Mia", "text": "Hello",
    })
    .to_string()
}

struct Scene {
    letters: DeadLetters,
    sent: Arc<Mutex<Vec<Sent>>>,
    kept: Arc<Mutex<BTreeMap<String, Vec<Kept>>>>,
}

impl Scene {
    fn new(kind: Kind, bodies: &[String]) -> Self {
        let kept =
            bodies.iter().enumerate().map(|(n, body)| Kept { id: format!("m{n}"), body: body.clone(), hidden: false });
        let kept = Arc::new(Mutex::new(BTreeMap::from([(URL.to_owned(), kept.collect())])));
        let sent = Arc::new(Mutex::new(Vec::new()));
        let (queues, bus) = (Queues::Memory(Arc::clone(&kept)), Bus::Memory(Arc::clone(&sent)));
        Self { letters: DeadLetters { queues, bus, kind, url: URL.to_owned() }, sent, kept }
    }

    fn left(&self) -> Vec<String> {
        let kept = self.kept.lock().unwrap();
        assert!(kept[URL].iter().all(|kept| !kept.hidden), "nothing stays hidden");
        kept[URL].iter().map(|kept| kept.id.clone()).collect()
    }

    /// What was put on the bus: the kind of event and the conversation.
    fn sent(&self) -> Vec<(String, String)> {
        let sent = self.sent.lock().unwrap();
        let told = sent.iter().map(|sent| match sent {
            Sent::Event { detail_type, wake_up } => ((*detail_type).to_owned(), wake_up.conversation.to_string()),
            Sent::MailReturned { detail } => ("MailReturned".to_owned(), detail["mail"]["messageId"].to_string()),
            other => panic!("{other:?}"),
        });
        told.collect()
    }
}

#[tokio::test]
async fn looking_takes_nothing_away() {
    let bodies: Vec<String> = (0..13).map(|n| news(&n.to_string()).to_string()).collect();
    let scene = Scene::new(Kind::WakeUps, &bodies);
    assert_eq!(scene.letters.look().await.unwrap().len(), 10);
    assert_eq!(scene.letters.list().await.unwrap().len(), 13);
    assert_eq!(scene.left().len(), 13);
    assert_eq!(scene.letters.queues.depth(URL).await.unwrap().waiting, 13);
}

#[tokio::test]
async fn a_wake_up_is_put_on_the_bus_again_whoever_put_it_aside_and_once_a_conversation() {
    let mut escalation = news("7");
    escalation["detail-type"] = "EscalationRequested".into();
    let bodies = [news("5").to_string(), failed(&news("5")), escalation.to_string(), "[]".to_owned()];
    let scene = Scene::new(Kind::WakeUps, &bodies);
    let redriven = scene.letters.settle(Fate::SendAgain, |_| true).await.unwrap();
    let sent = [("ConversationNews", "5"), ("EscalationRequested", "7")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!((scene.sent(), redriven.done), (sent.to_vec(), ["m0", "m1", "m2"].map(str::to_owned).to_vec()));
    assert_eq!((redriven.failed.len(), scene.left()), (1, vec!["m3".to_owned()]));
}

#[tokio::test]
async fn what_ses_told_of_a_mail_goes_on_our_own_bus_without_any_address() {
    let scene = Scene::new(Kind::WakeUps, &[returned().to_string()]);
    let redriven = scene.letters.settle(Fate::SendAgain, |_| true).await.unwrap();
    assert_eq!((redriven.done.len(), scene.left().len()), (1, 0));
    let sent = scene.sent.lock().unwrap();
    let Sent::MailReturned { detail } = &sent[0] else { panic!("{sent:?}") };
    assert_eq!(
        (detail["eventType"].as_str(), detail["mail"]["tags"]["workspace"][0].as_str()),
        (Some("Bounce"), Some("demo"))
    );
    assert!(!detail.to_string().contains('@'), "{detail}");
}

#[tokio::test]
async fn an_alarm_wakes_its_conversation_and_mails_are_tried_again_once_a_conversation() {
    let alarm = json!({"workspace": "demo", "conversation": "5", "due_at": "2026-01-01T00:00:00Z"}).to_string();
    let alarms = Scene::new(Kind::Alarms, &[alarm]);
    alarms.letters.settle(Fate::SendAgain, |_| true).await.unwrap();
    assert_eq!(alarms.sent(), [("ConversationNews".to_owned(), "5".to_owned())]);
    let mails = Scene::new(Kind::Transcripts, &[letter("5"), letter("6"), letter("5")]);
    mails.letters.settle(Fate::SendAgain, |waiting| waiting.message.id != "m1").await.unwrap();
    assert_eq!(mails.sent(), [("TranscriptRequested".to_owned(), "5".to_owned())]);
    assert_eq!(mails.left(), ["m1"]);
    let Sent::Event { wake_up, .. } = &mails.sent.lock().unwrap()[0] else { panic!("no event") };
    assert!(wake_up.redrive);
}

#[tokio::test]
async fn a_batch_for_the_counters_can_only_be_deleted() {
    let batch =
        json!({"DDBStreamBatchInfo": {"batchSize": 3, "approximateArrivalOfFirstRecord": "2026-01-01T00:00:00Z"}});
    let scene = Scene::new(Kind::Counters, &[batch.to_string()]);
    let held = scene.letters.look().await.unwrap();
    assert_eq!(held[0].holds, Holds::Batch { size: Some(3), first: Some("2026-01-01T00:00:00Z".to_owned()) });
    assert_eq!(scene.letters.settle(Fate::SendAgain, |_| true).await.unwrap().failed.len(), 1);
    assert_eq!(scene.left().len(), 1);
    assert_eq!(scene.letters.settle(Fate::Delete, |_| true).await.unwrap().done.len(), 1);
    assert!(scene.left().is_empty() && scene.sent().is_empty());
}
