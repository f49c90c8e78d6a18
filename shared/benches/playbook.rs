//! How long the rules and the playbook take for a turn, without any I/O: `cargo bench -p shared --bench playbook`.
//!
//! Each turn reads the visitor's words in all languages, looks for danger, moods and procedures, searches eight articles, and
//! looks at what is to be said. The first one reads the phrases of all languages: it is what a cold start pays.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints what it measured")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;
use shared::agent::playbook::Playbook;
use shared::agent::{Line, Turn};
use shared::domain::id::ConversationId;
use shared::domain::message::{Author, Content};
use shared::domain::settings::{Article, WorkspaceSettings};

const ITERATIONS: usize = 500;

const QUESTIONS: [&str; 8] = [
    "hi, how long does a withdrawal take? i requested one on monday and it is still pending",
    "Guten Tag, welche Unterlagen brauchen Sie, um mein Konto zu verifizieren?",
    "cuanto tarda un retiro en llegar a mi cuenta",
    "Bonjour, je n'ai pas reçu mon bonus de bienvenue",
    "esqueci minha senha e não recebo o email",
    "quante volte devo rigiocare il bonus?",
    "para çekme ne kadar sürer, bu hesap için?",
    "nạp tiền bằng cách nào vậy bạn",
];

fn main() {
    let conversation = ConversationId::parse("9001").unwrap();
    let settings: WorkspaceSettings = serde_json::from_value(json!({
        "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "9",
        "brands": [{"id": "1", "name": "Lumen Casino", "automated": true}],
    }))
    .unwrap();
    let knowledge = knowledge();
    let playbook = Playbook::new();
    let turns: Vec<Vec<Line>> = QUESTIONS.iter().map(|question| vec![line(question)]).collect();
    let consider = |lines: &[Line]| {
        let now = Timestamp::UNIX_EPOCH;
        let turn =
            Turn { knowledge: &knowledge, ..Turn::about(&conversation, &settings, &settings.brands[0], lines, now) };
        let start = Instant::now();
        black_box(playbook.consider(black_box(&turn)));
        start.elapsed()
    };
    let first = consider(&turns[0]);
    let mut taken: Vec<Duration> = (0..ITERATIONS).map(|index| consider(&turns[index % turns.len()])).collect();
    taken.sort_unstable();
    let at = |permille: usize| taken[(taken.len() - 1) * permille / 1_000];
    println!("first turn     {first:.1?}");
    println!("per turn       {:.1?} (99 of 100 under {:.1?})", at(500), at(990));
}

fn line(text: &str) -> Line {
    Line { author: Author::Visitor, content: Content::text(text), unanswered: true }
}

fn knowledge() -> Vec<Article> {
    let texts = [
        include_str!("../../dev/demo/knowledge/withdrawal-times.md"),
        include_str!("../../dev/demo/knowledge/verification.md"),
        include_str!("../../dev/demo/knowledge/bonuses.md"),
        include_str!("../../dev/demo/knowledge/forgotten-password.md"),
        include_str!("../../dev/demo/knowledge/deposit-limits.md"),
        include_str!("../../dev/demo/knowledge/responsible-gaming.md"),
        include_str!("../../dev/demo/knowledge/payment-methods.md"),
        include_str!("../../dev/demo/knowledge/closing-account.md"),
    ];
    let article = |(index, markdown)| json!({"id": format!("a{index}"), "title": "An article", "markdown": markdown});
    texts.iter().enumerate().map(article).map(|article| serde_json::from_value(article).unwrap()).collect()
}
