//! The list of open chats.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use console::access::Role;
use serde_json::Value;
use shared::domain::ask::Person;
use shared::domain::conversation::{Closed, Phase, Via};
use simulator::seed;

use crate::chat::{Told, ago, assisted};
use crate::site::{Answer, Browser, Site, email};

const CHATS: &str = "/console/w/demo/chats";

async fn refreshed(browser: &mut Browser<'_>, path: &str) -> Answer {
    let request = Request::builder().method(Method::GET).uri(path).header("hx-request", "true");
    browser.send(request, Body::empty()).await
}

async fn data(browser: &mut Browser<'_>, path: &str) -> Value {
    let request = Request::builder().method(Method::GET).uri(path).header("accept", "application/json");
    let answer = browser.send(request, Body::empty()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

/// One chat of each kind, and one that is over.
async fn with_chats(site: &Site) {
    let now = site.console.clock.now();
    site.keep("9001", &assisted("9001", ago(site, 30), Told::by("Mia")), &[]).await;
    let mut mine = assisted("9002", ago(site, 20), Told::by("Tom"));
    mine.phase = Phase::WithHuman { via: Via::Console, since: now };
    mine.held_by =
        Some(Person { email: email(Role::Agent).parse().unwrap(), name: "An agent".to_owned(), operator: None });
    mine.waiting_since = Some(ago(site, 5));
    site.keep("9002", &mine, &[]).await;
    let mut human = assisted("9003", ago(site, 10), Told { attender: Some(seed::OPERATOR_BEN), ..Told::by("Zoe") });
    human.phase = Phase::WithHuman { via: Via::Attender, since: now };
    human.player.vip = true;
    human.waiting_since = Some(ago(site, 9));
    site.keep("9003", &human, &[]).await;
    let mut watched = assisted("9004", ago(site, 5), Told::by("Ann"));
    watched.phase = Phase::Observed;
    site.keep("9004", &watched, &[]).await;
    let mut over = assisted("9005", ago(site, 5), Told::by("Gone"));
    over.phase = Phase::Closed { how: Closed::Visitor };
    site.keep("9005", &over, &[]).await;
}

#[tokio::test]
async fn open_chats_are_listed_with_who_has_them_the_longest_waiting_first() {
    let site = Site::new().await;
    with_chats(&site).await;
    let page = site.signed_in(Role::Agent).await.get(CHATS).await;
    let at = |text: &str| page.body.find(text).unwrap_or_else(|| panic!("no {text} in {}", page.body));
    assert!(at(">Zoe</a>") < at(">Tom</a>") && at(">Tom</a>") < at(">Mia</a>") && at(">Mia</a>") < at(">Ann</a>"));
    assert!(!page.body.contains("Gone"), "what is over is not listed");
    for text in ["Lumen Casino", "Player Support", "A colleague has it in SalesIQ", "<strong>Ben", "VIP", "Mine"] {
        at(text);
    }
}

#[tokio::test]
async fn tabs_count_and_show_whose_chats_they_are() {
    let site = Site::new().await;
    with_chats(&site).await;
    let mut agent = site.signed_in(Role::Agent).await;
    let all = data(&mut agent, CHATS).await;
    assert_eq!(all["counts"], serde_json::json!({"all": 4, "mine": 1, "ai": 1, "queued": 0, "humans": 2}));
    let mine = data(&mut agent, &format!("{CHATS}?tab=mine")).await;
    assert_eq!((mine["chats"].as_array().unwrap().len(), mine["chats"][0]["id"].as_str()), (1, Some("9002")));
    let queued = agent.get(&format!("{CHATS}?tab=queued")).await;
    assert!(queued.body.contains("Nobody waits for a human."), "{}", queued.body);
}

#[tokio::test]
async fn a_chat_of_the_operator_with_my_address_is_mine() {
    let site = Site::new().await;
    with_chats(&site).await;
    let operators = site.console.portals.of(&serde_json::from_value(crate::site::settings()).unwrap()).unwrap();
    let names = operators.names(site.console.clock.now()).await;
    let ben = names.operators[&seed::OPERATOR_BEN.parse().unwrap()].email.clone().unwrap();
    site.add(&ben, Role::Agent).await;
    let mut browser = site.browser();
    let form =
        [("email", ben.as_str()), ("password", crate::site::PASSWORD)].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(browser.post("/console/sign-in", &form).await.status, StatusCode::SEE_OTHER);
    let mine = data(&mut browser, &format!("{CHATS}?tab=mine")).await;
    assert_eq!(mine["chats"][0]["id"].as_str(), Some("9003"));
}

#[tokio::test]
async fn filters_narrow_the_list_and_say_when_nothing_fits() {
    let site = Site::new().await;
    with_chats(&site).await;
    let mut viewer = site.signed_in(Role::Viewer).await;
    let found = data(&mut viewer, &format!("{CHATS}?q=zo")).await;
    assert_eq!((found["chats"].as_array().unwrap().len(), found["counts"]["all"].as_u64()), (1, Some(1)));
    let none = viewer.get(&format!("{CHATS}?q=%3Cscript%3Ealert(1)%3C/script%3E")).await;
    assert!(none.body.contains("No chat fits") && !none.body.contains("<script>alert"), "{}", none.body);
}

#[tokio::test]
async fn a_refresh_says_nothing_until_something_changed() {
    let site = Site::new().await;
    with_chats(&site).await;
    let mut viewer = site.signed_in(Role::Viewer).await;
    let page = viewer.get(CHATS).await;
    let seen = page.body.split(r#"name="v" value=""#).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let path = format!("{CHATS}?tab=all&v={seen}");
    let nothing = refreshed(&mut viewer, &path).await;
    assert_eq!((nothing.status, nothing.body.as_str()), (StatusCode::NO_CONTENT, ""));
    site.keep("9006", &assisted("9006", ago(&site, 0), Told::by("Newcomer")), &[]).await;
    let news = refreshed(&mut viewer, &path).await;
    assert_eq!(news.status, StatusCode::OK);
    assert!(news.body.trim_start().starts_with(r#"<div id="live""#) && news.body.contains("Newcomer"), "{}", news.body);
    assert!(!news.body.contains("<html"), "only the part that changes");
}

#[tokio::test]
async fn names_of_visitors_are_text_whatever_is_in_them() {
    let site = Site::new().await;
    let name = r#""><img src=x onerror=alert(1)> </th> 𝓜𝓲𝓪"#;
    site.keep("9001", &assisted("9001", ago(&site, 1), Told::by(name)), &[]).await;
    site.keep("9002", &assisted("9002", ago(&site, 1), Told::by(&"long ".repeat(5_000))), &[]).await;
    let page = site.signed_in(Role::Viewer).await.get(CHATS).await;
    assert!(!page.body.contains("<img src=x") && page.body.contains("&#60;img"), "{}", page.body);
    assert!(page.body.len() < 30_000, "{} bytes", page.body.len());
}

#[tokio::test]
async fn a_thousand_chats_are_one_query_and_a_page_of_two_hundred() {
    let site = Site::keeping_settings().await;
    let numbers: Vec<i64> = (0..1_000).collect();
    for some in numbers.chunks(50) {
        let kept = some.iter().map(async |number| {
            let id = format!("90{number:04}");
            let mut chat = assisted(&id, ago(&site, 1 + number % 600), Told::by(&format!("Visitor {number}")));
            chat.waiting_since = (number % 3 == 0).then(|| ago(&site, number % 60));
            site.keep(&id, &chat, &[]).await;
        });
        futures_util::future::join_all(kept).await;
    }
    let mut browser = site.signed_in(Role::Agent).await;
    let mut pages = Vec::new();
    for _ in 0..3 {
        let before = site.requests.so_far();
        let page = browser.get(CHATS).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        pages.push((site.requests.so_far() - before, page.body.matches("data-row=").count(), page.body.len()));
    }
    let (requests, rows, bytes) = pages[2];
    assert_eq!((requests, rows), (2, 200), "the session, and the list; {pages:?}");
    assert!(bytes < 250_000, "{bytes} bytes");
    let more = browser.get(&format!("{CHATS}?rows=1000")).await;
    assert_eq!(more.body.matches("data-row=").count(), 1_000);
    assert!(!more.body.contains("More than 1,000"), "there are no more");
    site.keep("91", &assisted("91", ago(&site, 1), Told::default()), &[]).await;
    let page = browser.get(CHATS).await;
    assert!(page.body.contains("More than 1,000 chats are open"));
}
