//! Figures by day and brand.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use console::access::Role;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use shared::domain::counts::Counts;
use shared::domain::id::BrandId;
use shared::domain::waiting::Waited;
use shared::store::{Store as _, Tally};
use simulator::seed;

use crate::chat::key;
use crate::site::Site;

impl Site {
    /// Counts a conversation of a brand, opened so many days ago.
    async fn counted(&self, id: &str, brand: &str, days_ago: i64, counts: &Counts) {
        let opened_at = self.console.clock.now() - SignedDuration::from_hours(24 * days_ago);
        let totals = counts.totals(opened_at, &BrandId::parse(brand).unwrap());
        self.store.tally(&Tally { key: key(id), version: 1, totals, expires_at: None }).await.unwrap();
    }

    /// Three chats of the automated brand today, one of them ten days ago, and one of the other brand.
    async fn with_figures() -> Self {
        let site = Self::new().await;
        let waited = |s: u32| Waited { count: 1, ms: u64::from(s) * 1_000, upto_s: [(s, 1)].into() };
        let served = || Counts { served: 1, closed: 1, automated: 1, ..Counts::default() };
        let confirmed = Counts { contained_confirmed: 1, first_answer: waited(5), ..served() };
        site.counted("1", seed::BRAND_LUMEN, 0, &Counts { ratings: [(5, 1)].into(), ..confirmed }).await;
        let escalations = [("legal".to_owned(), 1)].into();
        let handed = Counts { escalations, handed_over: 1, to_human: waited(60), ..served() };
        site.counted("2", seed::BRAND_LUMEN, 0, &Counts { cost_micros: 1_500_000, ..handed }).await;
        site.counted("3", seed::BRAND_LUMEN, 10, &Counts { contained_assumed: 1, ..served() }).await;
        site.counted("4", seed::BRAND_HARBOUR, 0, &Counts { observed: 1, closed: 1, missed: 1, ..Counts::default() })
            .await;
        site
    }
}

fn today(site: &Site) -> String {
    site.console.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

#[tokio::test]
async fn figures_tell_shares_with_the_counts_behind_them() {
    let site = Site::with_figures().await;
    let mut browser = site.signed_in(Role::Viewer).await;
    let page = browser.get("/console/w/demo/analytics").await.body;
    assert!(page.contains("67 % (2 of 3)"), "ended without any human: {page}");
    assert!(page.contains("33 % (1 of 3)"), "the visitor said so");
    assert!(page.contains("Lawyers, authorities, courts") && page.contains("5.0 of 5"), "{page}");
    assert!(page.contains("1.50"), "cost");
    assert!(page.contains("Harbour Bets") && page.contains("not automated"), "{page}");
    assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
    let harbour = browser.get(&format!("/console/w/demo/analytics?brands={}", seed::BRAND_HARBOUR)).await.body;
    assert!(!harbour.contains("67 % (2 of 3)") && harbour.contains("Nothing was escalated"), "{harbour}");
}

#[tokio::test]
async fn a_chart_reads_the_cells_of_the_table_beside_it() {
    let site = Site::with_figures().await;
    let page = site.signed_in(Role::Viewer).await.get("/console/w/demo/analytics?range=7&brands=automated").await.body;
    assert!(page.contains(r#"data-table="days""#) && page.contains(r#"<table id="days""#), "{page}");
    let row = page.split(&format!(r#"<th scope="row">{}</th>"#, today(&site))).nth(1).unwrap();
    assert!(
        row.starts_with(
            r#"<td class="number" data-value="2">2</td><td class="number" data-value="50.0">50 % (1 of 2)</td>"#
        ),
        "{row}"
    );
    assert!(!page.contains("<script>") && !page.contains("style="), "nothing inline");
    let chart = page
        .split(r#"src=""#)
        .filter_map(|rest| rest.split('"').next())
        .find(|src| src.ends_with("chart-4.6.1.min.js"));
    assert_eq!(site.browser().get(chart.unwrap()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_file_and_json_have_a_row_for_each_day_and_brand_in_the_range() {
    let site = Site::with_figures().await;
    let mut browser = site.signed_in(Role::Viewer).await;
    let file = browser.get("/console/w/demo/analytics/days.csv?range=7").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let rows: Vec<&str> = file.body.lines().collect();
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].starts_with("day_utc,brand_id,brand,automated,chats,"), "{}", rows[0]);
    let lumen = rows.iter().find(|row| row.contains("Lumen Casino")).unwrap();
    assert!(lumen.starts_with(&today(&site)) && lumen.contains(",yes,2,2,2,1,0,1,legal:1,1,"), "{lumen}");
    assert_eq!(browser.get("/console/w/demo/analytics/days.csv").await.body.lines().count(), 4, "thirty days");
    let json = Request::builder().uri("/console/w/demo/analytics?range=7").header(header::ACCEPT, "application/json");
    let answer: Value = serde_json::from_str(&browser.send(json, Body::empty()).await.body).unwrap();
    assert_eq!((answer["days"].as_array().unwrap().len(), &answer["total"]["chats"]), (2, &3.into()));
}

#[tokio::test]
async fn days_that_can_not_be_used_are_refused_with_what_to_do_and_nothing_counted_is_said() {
    let site = Site::new().await;
    let mut browser = site.signed_in(Role::Viewer).await;
    let empty = browser.get("/console/w/demo/analytics").await;
    assert!(empty.status == StatusCode::OK && empty.body.contains("No chats in this time"), "{}", empty.body);
    let wrong = browser.get("/console/w/demo/analytics?range=dates&from=2026-02-30&to=2026-03-01").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains(r#"id="wrong-dates""#) && wrong.body.contains(r#"value="2026-02-30""#),
        "{}",
        wrong.body
    );
    let file = browser.get("/console/w/demo/analytics/days.csv?range=dates&from=x&to=y").await;
    assert_eq!(file.status, StatusCode::UNPROCESSABLE_ENTITY);
    let epoch = Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC).date();
    let old = browser.get(&format!("/console/w/demo/analytics?range=dates&from={epoch}&to={epoch}")).await;
    assert!(old.body.contains("No chats in this time"));
}
