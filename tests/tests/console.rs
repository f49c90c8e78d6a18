//! The console in a real browser, on the deployed stack: the ways that people go. Pictures of what they see are kept in
//! `.local/screenshots`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::time::Duration;

use console::access::Role;
use serde_json::{Value, json};
use shared::domain::conversation::Phase;
use tests::browser::{Browser, Scheme};
use tests::{Deployed, QUESTION, SOON, World, until};

/// Settings are kept by each function for a minute.
const TAKEN_UP: Duration = Duration::from_secs(150);

/// A world in which [`QUESTION`] is answered, with a countdown of a minute.
async fn world(deployed: &Deployed, change: impl FnOnce(&mut Value)) -> World<'_> {
    let world = World::new(deployed, |settings| {
        World::patient(settings);
        settings["idle"] = json!({"check_in_s": 0, "close_s": 0, "countdown_s": [90, 60, 45, 30]});
        change(settings);
    })
    .await;
    world.article("withdrawals", "How long a withdrawal takes", "A withdrawal takes nine fortnights.").await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_and_out() {
    let deployed = Deployed::find();
    let browser = Browser::start(&deployed, Scheme::Light).await;
    browser.open("/w/demo/chats").await;
    browser.see("Sign in").await;
    browser.fill("E-mail address", "admin@demo.example").await;
    browser.fill("Password", "a wrong password").await;
    browser.press("Sign in").await;
    browser.see("The address or the password is not right").await;
    browser.sign_in(Role::Admin).await;
    browser.open("/w/demo/chats").await;
    browser.see("Live chats").await;
    browser.press("Sign out").await;
    browser.see("Password").await;
    browser.open("/w/demo/chats").await;
    browser.see("Sign in").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_chat_arrives_and_is_given_to_a_human() {
    let deployed = Deployed::find();
    let world = world(&deployed, |_| {}).await;
    let browser = Browser::start(&deployed, Scheme::Light).await;
    browser.sign_in(Role::Supervisor).await;
    browser.open(&format!("/w/{}/chats", world.workspace)).await;
    browser.see("Live chats").await;
    // Nobody loads the page again.
    let chat = world.open(QUESTION).await;
    browser.find(&format!("#row-{chat}")).await;
    browser.press("Mia").await;
    browser.see("nine fortnights").await;
    let human = world.human("Ben", |_| {}).await;
    browser.open(&format!("/w/{}/chats/{chat}", world.workspace)).await;
    browser.press("Reassign…").await;
    let said = format!(
        "//label[contains(normalize-space(.), 'Ben') and .//input[@name = 'target' and contains(@value, '{human}')]]"
    );
    browser.find_xpath(&said).await.click().await.unwrap();
    browser.press("Ring them").await;
    world.rings(&chat, &human).await;
    browser.see("Rings now").await;
    world.accepts(&human, &chat).await;
    world.with_human(&chat).await;
    browser.see("Ben").await;
    // What a person decided is told as that.
    let decisions = world.decisions(&chat).await;
    assert!(decisions.iter().any(|decision| decision.chosen_by.is_some()), "{decisions:?}");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_with_a_countdown_is_cancelled_by_the_visitor() {
    let deployed = Deployed::find();
    let world = world(&deployed, |_| {}).await;
    let chat = world.open(QUESTION).await;
    world.answered(&chat, 1).await;
    world.settled(&chat, SOON).await;
    let browser = Browser::start(&deployed, Scheme::Light).await;
    browser.sign_in(Role::Agent).await;
    browser.open(&format!("/w/{}/chats/{chat}", world.workspace)).await;
    browser.see("nine fortnights").await;
    browser.find("button[value=countdown]").await.click().await.unwrap();
    until("the countdown is told", SOON, async || {
        world.said(&chat).await.iter().any(|line| line.contains("90 seconds")).then_some(())
    })
    .await;
    browser.see("The chat is being ended").await;
    world.says(&chat, "Wait, one more question: how long does a withdrawal take?").await;
    until("the countdown is called off", SOON, async || {
        world.kept(&chat).await?.conversation.countdown.is_none().then_some(())
    })
    .await;
    browser.see_gone("The chat is being ended").await;
    assert_eq!(world.status(&chat).await, "connected");
    // Writing takes the chat, and the AI keeps out.
    browser.fill("Answer the visitor", "Robin here, I am having a look.").await;
    browser.press("Send").await;
    until("the visitor reads it", SOON, async || {
        world.said(&chat).await.iter().any(|line| line.contains("Robin here")).then_some(())
    })
    .await;
    until("the person has it", SOON, async || {
        matches!(world.phase(&chat).await, Some(Phase::WithHuman { .. })).then_some(())
    })
    .await;
    browser.press("Hand back to the AI").await;
    until("the AI has it", SOON, async || (world.phase(&chat).await == Some(Phase::Assisting)).then_some(())).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transcript_is_downloaded_in_each_form() {
    let deployed = Deployed::find();
    let world = world(&deployed, |_| {}).await;
    let chat = world.open(QUESTION).await;
    world.answered(&chat, 1).await;
    let browser = Browser::start(&deployed, Scheme::Light).await;
    browser.sign_in(Role::Viewer).await;
    browser.open(&format!("/w/{}/chats/{chat}", world.workspace)).await;
    for (form, begins) in [("HTML", "<!"), ("PDF", "%PDF"), ("JSON", "{"), ("CSV", "")] {
        let link = browser.find_xpath(&format!("//a[normalize-space(.) = '{form}']")).await;
        let href = link.attr("href").await.unwrap().unwrap();
        let script = format!(
            "const done = arguments[arguments.length - 1]; fetch('{href}').then(async (r) => done([r.status, await r.text(), r.headers.get('content-disposition')]))"
        );
        let got = browser.client().execute_async(&script, Vec::new()).await.unwrap();
        assert_eq!(got[0], 200, "{form}");
        assert!(got[2].as_str().unwrap_or_default().starts_with("attachment"), "{form}: {}", got[2]);
        let text = got[1].as_str().unwrap();
        assert!(text.trim_start().starts_with(begins), "{form}: {text:.200}");
        assert!(form == "PDF" || text.contains("nine fortnights"), "{form}");
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_may_only_look_finds_nothing_to_change() {
    let deployed = Deployed::find();
    let world = world(&deployed, |_| {}).await;
    let chat = world.open(QUESTION).await;
    world.answered(&chat, 1).await;
    let browser = Browser::start(&deployed, Scheme::Light).await;
    browser.sign_in(Role::Viewer).await;
    browser.open(&format!("/w/{}/chats/{chat}", world.workspace)).await;
    browser.see("nine fortnights").await;
    let forms =
        browser.run("return [...document.querySelectorAll('main form[method=post], main [hx-post]')].length").await;
    assert_eq!(forms, 0);
    browser.open(&format!("/w/{}/settings", world.workspace)).await;
    browser.see("You may not do that").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mode_of_escalation_is_changed_in_a_draft_and_published() {
    let deployed = Deployed::find();
    let world = world(&deployed, |_| {}).await;
    let human = world.human("Cleo", |_| {}).await;
    let browser = Browser::start(&deployed, Scheme::Light).await;
    browser.sign_in(Role::Admin).await;
    browser.open(&format!("/w/{}/settings/escalation", world.workspace)).await;
    browser.choose("Escalation Mode", "Direct: the least busy operator").await;
    browser.press("Save to the draft").await;
    browser.see("Draft:").await;
    browser.press("Review").await;
    browser.see("Review the draft").await;
    browser.press("Publish").await;
    browser.see("Published").await;
    // The functions ring single desks from now on.
    until("the new mode is taken up", TAKEN_UP, async || {
        let chat = world.open("I want to talk to a real person").await;
        world.escalating(&chat).await;
        let decisions = until("a decision", SOON, async || {
            Some(world.decisions(&chat).await).filter(|decisions| !decisions.is_empty())
        })
        .await;
        let direct = format!("{:?}", decisions[0].outcome).contains(&human);
        direct.then_some(())
    })
    .await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_counted_and_their_chart_is_read() {
    let deployed = Deployed::find();
    let world = world(&deployed, |_| {}).await;
    for _ in 0..2 {
        let chat = world.open(QUESTION).await;
        world.answered(&chat, 1).await;
    }
    let browser = Browser::start(&deployed, Scheme::Light).await;
    browser.sign_in(Role::Viewer).await;
    let drawn = until("two conversations are counted and drawn", TAKEN_UP, async || {
        browser.open(&format!("/w/{}/analytics", world.workspace)).await;
        let charts = browser
            .run(
                "return typeof Chart === 'undefined' ? [] : [...document.querySelectorAll('canvas')].map((canvas) => { \
                   const chart = Chart.getChart(canvas); \
                   return chart ? chart.data.datasets.flatMap((set) => set.data).map(Number) : []; })",
            )
            .await;
        let drawn = charts.as_array().is_some_and(|charts| {
            charts.iter().any(|chart| {
                chart.as_array().is_some_and(|values| values.iter().any(|value| value.as_f64() == Some(2.0)))
            })
        });
        drawn.then_some(charts)
    })
    .await;
    assert!(!drawn.as_array().unwrap().is_empty());
    browser.close().await;
}
