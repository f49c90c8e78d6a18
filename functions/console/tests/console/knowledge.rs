//! Knowledge: articles written as drafts, tried, published, taken back, deleted; as files.

use axum::http::StatusCode;
use console::access::Role;
use serde_json::json;
use shared::domain::settings::Article;
use shared::store::Store as _;
use shared::workspace::Workspaces;
use simulator::seed;

use crate::forms::{Form, text};
use crate::site::{Site, workspace};

const BASE: &str = "/console/w/demo/knowledge";

fn path(behind: &str) -> String {
    format!("{BASE}/{behind}")
}

async fn published(site: &Site) -> Vec<Article> {
    let all = Workspaces::new(site.store.clone()).articles(&workspace()).await.unwrap();
    all.into_iter().map(|stored| stored.article).collect()
}

async fn put(site: &Site, id: &str, markdown: &str) {
    let article = json!({"id": id, "title": "Withdrawals", "markdown": markdown});
    let article: Article = serde_json::from_value(article).unwrap();
    Workspaces::new(site.store.clone()).put_article(&workspace(), &article).await.unwrap();
}

#[tokio::test]
async fn an_article_is_written_tried_and_published() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    assert!(text(&admin.get(BASE).await).contains("No article yet"));
    let page = admin.get(&path("new")).await;
    let form = Form::of(&page, &path("new"), "title").fill("title", "How long does a withdrawal take?");
    let made = form.fill("markdown", "A withdrawal takes **one** working day.").send(&mut admin, "save").await;
    let article = path("article/how-long-does-a-withdrawal-take");
    assert_eq!(made.header("location"), article, "{}", text(&made));
    assert_eq!(published(&site).await, []);

    let ask = format!("{BASE}?q=how+long+does+a+withdrawal+take&brand={}", seed::BRAND_LUMEN);
    let answer = text(&admin.get(&ask).await);
    assert!(answer.contains("Nothing in the knowledge has a word of it"), "{answer}");
    let answer = text(&admin.get(&format!("{ask}&of=draft")).await);
    assert!(answer.contains("It answers:") && answer.contains("A withdrawal takes one working day."), "{answer}");
    assert!(answer.contains("It rests on how-long-does-a-withdrawal-take"), "{answer}");

    let page = admin.get(&article).await;
    assert!(page.body.contains("<strong>one</strong>"), "{}", page.body);
    let done = Form::of(&page, &article, "markdown").send(&mut admin, "publish").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", text(&done));
    assert_eq!(published(&site).await[0].markdown, "A withdrawal takes **one** working day.");
    let list = text(&admin.get(BASE).await);
    assert!(list.contains("Published") && list.contains("by admin@demo.example") && !list.contains("Draft"), "{list}");
    let audited = site.store.documents("AUDIT#demo", "").await.unwrap();
    assert!(audited.iter().any(|one| one.body.contains("knowledge.publish")));
}

#[tokio::test]
async fn what_is_wrong_with_an_article_is_told_beside_its_field() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    put(&site, "withdrawals", "One day.").await;
    let article = path("article/withdrawals");
    let form = Form::of(&admin.get(&article).await, &article, "title").fill("title", "").fill("language", "English");
    let refused = form.fill("url", "javascript:alert(1)").send(&mut admin, "publish").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["title", "language", "url"] {
        assert!(refused.body.contains(&format!("aria-describedby=\"{field}-found\"")), "{field}: {}", refused.body);
    }
    let form = Form::of(&admin.get(&article).await, &article, "markdown").fill("markdown", &"long ".repeat(40_000));
    let refused = form.send(&mut admin, "save").await;
    assert!(
        text(&refused).contains("It has 200 KB, and 150 fit. Part it into several articles"),
        "{}",
        text(&refused).len()
    );
    assert_eq!(published(&site).await[0].markdown, "One day.");
}

#[tokio::test]
async fn who_saves_over_somebody_elses_words_is_told() {
    let site = Site::new().await;
    put(&site, "withdrawals", "One day.").await;
    let (mut admin, mut other) = (site.signed_in(Role::Admin).await, site.signed_in(Role::Admin).await);
    let article = path("article/withdrawals");
    let mine = Form::of(&admin.get(&article).await, &article, "markdown").fill("markdown", "Two days.");
    let theirs = Form::of(&other.get(&article).await, &article, "markdown").fill("markdown", "Three days.");
    theirs.send(&mut other, "save").await;
    let refused = mine.send(&mut admin, "save").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let told = text(&refused);
    assert!(
        told.contains("Somebody else changed this article meanwhile") && told.contains("What differs: markdown"),
        "{told}"
    );
    let form = Form::of(&refused, &article, "markdown");
    assert_eq!(form.value("markdown"), "Two days.");
    assert_eq!(form.send(&mut admin, "publish").await.status, StatusCode::SEE_OTHER);
    assert_eq!(published(&site).await[0].markdown, "Two days.");
}

#[tokio::test]
async fn a_draft_on_what_is_not_published_any_more_says_so() {
    let site = Site::new().await;
    put(&site, "withdrawals", "One day.").await;
    let mut admin = site.signed_in(Role::Admin).await;
    let article = path("article/withdrawals");
    let form = Form::of(&admin.get(&article).await, &article, "markdown").fill("markdown", "Two days.");
    form.send(&mut admin, "save").await;
    put(&site, "withdrawals", "Half a day.").await;
    let page = text(&admin.get(&article).await);
    assert!(page.contains("Another version than the one this was begun on is there now"), "{page}");
}

#[tokio::test]
async fn a_deleted_article_can_be_had_back() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    put(&site, "withdrawals", "One day.").await;
    let article = path("article/withdrawals");
    let gone = admin.post(&format!("{article}/delete"), &[]).await;
    assert_eq!(gone.header("location"), article);
    assert_eq!(published(&site).await, []);
    let page = admin.get(&article).await;
    assert!(text(&page).contains("This article is deleted") && text(&page).contains("One day."), "{}", text(&page));
    let marker = format!("action=\"{article}/restore/");
    let entry = page.body.split(marker.as_str()).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let restored = admin.post(&format!("{article}/restore/{entry}"), &[]).await;
    assert_eq!(restored.status, StatusCode::SEE_OTHER, "{}", text(&restored));
    Form::of(&admin.get(&article).await, &article, "markdown").send(&mut admin, "publish").await;
    assert_eq!(published(&site).await[0].markdown, "One day.");
}

#[tokio::test]
async fn a_preview_shows_words_and_runs_nothing() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let form =
        [("markdown".to_owned(), "# Hi\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) **b**".to_owned())];
    let preview = admin.post(&path("preview"), &form).await;
    assert!(preview.body.contains("<strong>b</strong>"), "{}", preview.body);
    assert!(!preview.body.contains("<script") && !preview.body.contains("javascript:"), "{}", preview.body);
}

#[tokio::test]
async fn articles_go_out_as_a_file_and_come_in_as_drafts() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    put(&site, "bonuses", "None.").await;
    put(&site, "withdrawals", "One day.").await;
    for format in ["yaml", "json"] {
        let file = admin.get(&path(&format!("export?format={format}"))).await;
        let changed = file.body.replace("One day.", "Two days.");
        let taken = admin.post(&path("import"), &[("text".to_owned(), changed)]).await;
        assert_eq!(taken.header("location"), BASE, "{}", text(&taken));
        let drafts = site.store.documents("DRAFT#demo", "K#").await.unwrap();
        assert_eq!(drafts.len(), 1, "only what differs");
        assert!(drafts[0].body.contains("Two days."));
        assert_eq!(published(&site).await[1].markdown, "One day.");
        admin.post(&path("article/withdrawals/discard"), &[]).await;
    }
    let wrong = r#"[{"id": "a", "title": "", "markdown": "x"}, {"id": "a", "title": "t", "markdown": "x"}]"#;
    let refused = admin.post(&path("import"), &[("text".to_owned(), wrong.to_owned())]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = text(&refused);
    assert!(told.contains("a (title): It has no title.") && told.contains("It stands there twice"), "{told}");
    let refused = admin.post(&path("import"), &[("text".to_owned(), "colour: red".to_owned())]).await;
    assert!(text(&refused).contains("can't be read as a list of articles"), "{}", text(&refused));
}
