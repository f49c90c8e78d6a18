//! Settings: drafts, problems, publishing, contradictions, history, files; names live from SalesIQ.

use axum::http::{Method, StatusCode};
use console::access::Role;
use serde_json::{Value, json};
use shared::domain::settings::WorkspaceSettings;
use shared::store::Store as _;
use shared::workspace::Workspaces;
use simulator::seed;

use crate::forms::{Form, text};
use crate::site::{Answer, Browser, Site, settings, workspace};

const BASE: &str = "/console/w/demo/settings";

fn path(behind: &str) -> String {
    format!("{BASE}/{behind}")
}

async fn published(site: &Site) -> (u64, Value) {
    let stored = Workspaces::new(site.store.clone()).stored_settings(&workspace()).await.unwrap().unwrap();
    (stored.version, serde_json::from_str(&stored.body).unwrap())
}

async fn draft(site: &Site) -> Option<Value> {
    let document = site.store.document("DRAFT#demo", "SETTINGS").await.unwrap();
    document.map(|document| serde_json::from_str::<Value>(&document.body).unwrap()["settings"].clone())
}

/// Opens a page of settings, fills a field in, and saves.
async fn set(browser: &mut Browser<'_>, part: &str, field: &str, value: &str) -> Answer {
    let page = browser.get(&path(part)).await;
    Form::of(&page, &path(part), field).fill(field, value).send(browser, "save").await
}

async fn publish(browser: &mut Browser<'_>) -> Answer {
    let page = browser.get(&path("review")).await;
    Form::of(&page, &path("publish"), "version").send(browser, "").await
}

/// Publishes beside the console, as the sentinel does when keys are rotated.
async fn publish_beside(site: &Site, change: impl FnOnce(&mut WorkspaceSettings)) {
    let workspaces = Workspaces::new(site.store.clone());
    let stored = workspaces.stored_settings(&workspace()).await.unwrap().unwrap();
    let mut settings: WorkspaceSettings = serde_json::from_str(&stored.body).unwrap();
    change(&mut settings);
    workspaces.replace_settings(&settings, Some(stored.version)).await.unwrap();
}

#[tokio::test]
async fn a_change_is_kept_as_a_draft_and_holds_once_it_is_published() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let saved = set(&mut admin, "escalation", "/escalation/mode", "direct").await;
    assert_eq!((saved.status, saved.header("location")), (StatusCode::SEE_OTHER, path("escalation").as_str()));
    assert_eq!(published(&site).await.1["escalation"]["mode"], "department", "not yet");
    let page = admin.get(&path("escalation")).await;
    assert!(text(&page).contains("Draft: 1 change , last by admin@demo.example"), "{}", text(&page));
    assert!(text(&page).contains("Saved to the draft."), "{}", text(&page));
    let review = text(&admin.get(&path("review")).await);
    assert!(review.contains("Escalation Mode Department: SalesIQ chooses Direct: the least busy operator"), "{review}");

    let done = publish(&mut admin).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, BASE), "{}", text(&done));
    let (version, now) = published(&site).await;
    assert_eq!((version, &now["escalation"]["mode"]), (2, &json!("direct")));
    assert_eq!(draft(&site).await, None);
    assert!(text(&admin.get(BASE).await).contains("Chats follow the new settings within a minute"));
    let audited = site.store.documents("AUDIT#demo", "").await.unwrap();
    assert!(audited.iter().any(|one| one.body.contains("settings.publish") && one.body.contains("escalation.mode")));
    let left = site.store.documents("DRAFT#demo", "").await.unwrap();
    assert_eq!(left, [], "nothing is left of the draft");
}

#[tokio::test]
async fn what_is_chosen_by_name_is_kept_by_id() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let page = admin.get(&path("escalation")).await;
    for name in ["Support", "Ada"] {
        assert!(text(&page).contains(name), "{name} is not offered: {}", text(&page));
    }
    let option = format!("<option value=\"{}\" selected>", seed::DEPARTMENT_SUPPORT);
    assert!(page.body.contains(&option), "{}", page.body);
    let brands = admin.get(&path("brands/0")).await;
    assert!(brands.body.contains(&format!("<option value=\"{}\" selected>Lumen Casino", seed::BRAND_LUMEN)));
}

#[tokio::test]
async fn an_id_that_salesiq_does_not_have_any_more_stays_and_is_marked() {
    let site = Site::new().await;
    publish_beside(&site, |settings| settings.default_department = Some("4711".parse().unwrap())).await;
    let mut admin = site.signed_in(Role::Admin).await;
    let page = admin.get(&path("escalation")).await;
    assert!(page.body.contains("<option value=\"4711\" selected>4711 (not there any more)</option>"), "{}", page.body);
    let form = Form::of(&page, &path("escalation"), "/default_department");
    assert_eq!(form.value("/default_department"), "4711");
    form.send(&mut admin, "save").await;
    assert_eq!(draft(&site).await, None, "nothing changed");
}

#[tokio::test]
async fn while_salesiq_is_down_ids_are_shown_and_nothing_is_lost() {
    let site = Site::new().await;
    site.control(Method::POST, "down", json!({"seconds": 600})).await;
    let mut admin = site.signed_in(Role::Admin).await;
    let page = admin.get(&path("escalation")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(text(&page).contains("SalesIQ did not tell all names: SalesIQ does not answer"), "{}", text(&page));
    let form = Form::of(&page, &path("escalation"), "/default_department");
    assert_eq!(form.value("/default_department"), seed::DEPARTMENT_SUPPORT);
    form.fill("/escalation/direct_attempts", "2").send(&mut admin, "save").await;
    let changed = draft(&site).await.unwrap();
    assert_eq!(changed["default_department"], seed::DEPARTMENT_SUPPORT);
    assert_eq!(changed["escalation"]["direct_attempts"], 2);
}

#[tokio::test]
async fn what_is_wrong_is_told_beside_its_field_and_is_not_published() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    set(&mut admin, "general", "/burst_window_ms", "60000").await;
    set(&mut admin, "escalation", "/escalation/last_resort_email", "").await;
    let page = admin.get(&path("general")).await;
    assert!(page.body.contains("id=\"f-burst_window_ms\" name=\"/burst_window_ms\" value=\"60000\""));
    let field = page.body.split("name=\"/burst_window_ms\"").nth(1).unwrap().split("</div>").next().unwrap();
    assert!(field.contains("aria-invalid=\"true\"") && field.contains("set it to 0 to 10000"), "{field}");
    let refused = publish(&mut admin).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains(&format!("href=\"{}\"", path("general#f-burst_window_ms"))), "{}", refused.body);
    assert!(refused.body.contains(&path("escalation#f-escalation-last_resort_email")));
    assert_eq!(published(&site).await.0, 1);
}

#[tokio::test]
async fn elements_come_and_go_without_scripts() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let page = admin.get(&path("identity")).await;
    let answer = Form::of(&page, &path("identity"), "seen").send(&mut admin, "set:/identity/signed").await;
    assert_eq!(answer.header("location"), path("identity#f-identity-signed"));
    let page = admin.get(&path("identity")).await;
    let form = Form::of(&page, &path("identity"), "/identity/signed/field").fill("/identity/signed/longest_s", "600");
    form.send(&mut admin, "add:/identity/signed/secrets").await;
    let page = admin.get(&path("identity")).await;
    assert!(text(&page).contains("it is blank; choose or write it"), "{}", text(&page));
    Form::of(&page, &path("identity"), "/identity/signed/secrets/0")
        .fill("/identity/signed/secrets/0", "player-token")
        .send(&mut admin, "save")
        .await;
    let signed = json!({"field": "player_token", "longest_s": 600, "secrets": ["player-token"]});
    assert_eq!(draft(&site).await.unwrap()["identity"]["signed"], signed);

    let page = admin.get(&path("escalation")).await;
    let form = Form::of(&page, &path("escalation"), "/escalation/departments#new");
    form.fill("/escalation/departments#new", "vip").send(&mut admin, "add:/escalation/departments").await;
    let page = admin.get(&path("escalation")).await;
    let form = Form::of(&page, &path("escalation"), "/escalation/departments/vip");
    form.fill("/escalation/departments/vip", seed::DEPARTMENT_SUPPORT).send(&mut admin, "save").await;
    let changed = draft(&site).await.unwrap();
    assert_eq!(changed["escalation"]["departments"], json!({"vip": seed::DEPARTMENT_SUPPORT}));
    let page = admin.get(&path("escalation")).await;
    let form = Form::of(&page, &path("escalation"), "/escalation/departments/vip");
    form.send(&mut admin, "remove:/escalation/departments/vip").await;
    assert_eq!(draft(&site).await.unwrap()["escalation"].get("departments"), None);
}

#[tokio::test]
async fn a_button_changes_nothing_that_is_on_another_page() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let page = admin.get(&path("idle")).await;
    Form::of(&page, &path("idle"), "seen").send(&mut admin, "remove:/brands/0").await;
    assert_eq!(draft(&site).await, None);
}

#[tokio::test]
async fn a_brand_is_switched_off_added_and_taken_out() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let page = admin.get(&path("brands/0")).await;
    Form::of(&page, &path("brands/0"), "/brands/0/automated")
        .clear("/brands/0/automated")
        .send(&mut admin, "save")
        .await;
    assert_eq!(draft(&site).await.unwrap()["brands"][0]["automated"], false);
    let page = admin.get(&path("brands")).await;
    Form::of(&page, &path("brands"), "seen").send(&mut admin, "remove:/brands/1").await;
    let page = admin.get(&path("brands")).await;
    let form = Form::of(&page, &path("brands"), "name").fill("name", seed::BRAND_HARBOUR);
    let added = form.send(&mut admin, "add:/brands").await;
    assert_eq!(added.header("location"), path("brands/1"));
    let brand = draft(&site).await.unwrap()["brands"][1].clone();
    assert_eq!((&brand["id"], &brand["automated"]), (&json!(seed::BRAND_HARBOUR), &json!(false)));
    assert!(brand["name"].as_str().is_some_and(|name| name.starts_with("Harbour")), "named as SalesIQ has it: {brand}");
    let nothing =
        Form::of(&admin.get(&path("tools")).await, &path("tools"), "name").send(&mut admin, "add:/tools").await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn who_saves_what_somebody_else_changed_is_told_what_and_can_decide() {
    let site = Site::new().await;
    let (mut admin, mut other) = (site.signed_in(Role::Admin).await, site.signed_in(Role::Admin).await);
    let mine =
        Form::of(&admin.get(&path("idle")).await, &path("idle"), "/idle/check_in_s").fill("/idle/check_in_s", "100");
    set(&mut other, "idle", "/idle/close_s", "700").await;
    set(&mut other, "sentinel", "/sentinel/calls_per_run", "50").await;
    let refused = mine.send(&mut admin, "save").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let told = text(&refused);
    assert!(told.contains("Somebody else changed this page meanwhile"), "{told}");
    assert!(told.contains("Ask a silent visitor after (seconds): theirs 300, yours 100"), "{told}");
    assert!(told.contains("End the chat after that (seconds): theirs 700, yours 600"), "{told}");
    assert_eq!(draft(&site).await.unwrap()["idle"]["check_in_s"], 300, "nothing was saved");
    let again = Form::of(&refused, &path("idle"), "/idle/check_in_s").fill("/idle/close_s", "700");
    assert_eq!(again.send(&mut admin, "save").await.status, StatusCode::SEE_OTHER);
    let both = draft(&site).await.unwrap();
    assert_eq!((&both["idle"]["check_in_s"], &both["idle"]["close_s"]), (&json!(100), &json!(700)));
    assert_eq!(both["sentinel"]["calls_per_run"], 50, "another page is no contradiction");
}

#[tokio::test]
async fn what_is_published_meanwhile_and_elsewhere_is_kept() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    set(&mut admin, "idle", "/idle/check_in_s", "100").await;
    publish_beside(&site, |settings| settings.webhook_keys = vec!["MIIBnew".to_owned()]).await;
    let review = text(&admin.get(&path("review")).await);
    assert!(review.contains("Draft: 1 change ,"), "only its own change is told: {review}");
    let done = publish(&mut admin).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", text(&done));
    let (version, now) = published(&site).await;
    assert_eq!((version, &now["idle"]["check_in_s"], &now["webhook_keys"]), (3, &json!(100), &json!(["MIIBnew"])));
}

#[tokio::test]
async fn what_was_published_otherwise_is_told_and_decided_before_it_is_overwritten() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    set(&mut admin, "idle", "/idle/check_in_s", "100").await;
    publish_beside(&site, |settings| {
        settings.idle.check_in_s = 200;
        settings.retention_days = 30;
    })
    .await;
    let refused = publish(&mut admin).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let told = text(&refused);
    assert!(told.contains("Ask a silent visitor after (seconds) 200 100"), "{told}");
    assert_eq!(published(&site).await.1["idle"]["check_in_s"], 200);
    let decided = admin.post(&path("rebase"), &[]).await;
    assert_eq!(decided.status, StatusCode::SEE_OTHER);
    assert_eq!(publish(&mut admin).await.status, StatusCode::SEE_OTHER);
    let now = published(&site).await.1;
    assert_eq!((&now["idle"]["check_in_s"], &now["retention_days"]), (&json!(100), &json!(30)));
}

#[tokio::test]
async fn a_draft_that_was_changed_since_it_was_looked_at_is_not_published() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    set(&mut admin, "idle", "/idle/check_in_s", "100").await;
    let seen = Form::of(&admin.get(&path("review")).await, &path("publish"), "version");
    set(&mut admin, "idle", "/idle/check_in_s", "101").await;
    let refused = seen.send(&mut admin, "").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(text(&refused).contains("The draft was changed since you looked at it"));
    assert_eq!(published(&site).await.0, 1);
}

#[tokio::test]
async fn what_held_before_can_be_had_back() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    set(&mut admin, "idle", "/idle/check_in_s", "100").await;
    publish(&mut admin).await;
    let history = admin.get(&path("history")).await;
    let told = text(&history);
    assert!(
        told.contains("by admin@demo.example") && told.contains("Ask a silent visitor after (seconds) 300 100"),
        "{told}"
    );
    let restore = history.body.split("action=\"").find_map(|part| {
        let action = part.split('"').next()?;
        action.ends_with("/restore").then(|| action.to_owned())
    });
    let restored = admin.post(&restore.unwrap(), &[]).await;
    assert_eq!(restored.status, StatusCode::SEE_OTHER, "{}", text(&restored));
    let review = text(&admin.get(&path("review")).await);
    assert!(review.contains("was restored") && review.contains("Draft: 1 change"), "{review}");
    publish(&mut admin).await;
    assert_eq!(published(&site).await.1["idle"]["check_in_s"], 300);
    let workspaces = Workspaces::new(site.store.clone());
    let entries =
        workspaces.history(&workspace(), &shared::workspace::history::Changed::Settings, None, 10).await.unwrap();
    assert_eq!(entries.len(), 2);
    assert!(entries[0].1.note.as_ref().is_some_and(|note| note.contains("was restored")), "{:?}", entries[0].1.note);
}

#[tokio::test]
async fn a_discarded_draft_is_gone() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    set(&mut admin, "idle", "/idle/check_in_s", "100").await;
    admin.post(&path("discard"), &[]).await;
    assert_eq!(draft(&site).await, None);
    assert_eq!(site.store.documents("DRAFT#demo", "").await.unwrap(), []);
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn settings_go_out_as_a_file_and_come_in_as_a_draft() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let file = admin.get(&path("export?of=published&format=yaml")).await;
    assert!(file.header("content-disposition").contains("demo-settings.yaml"));
    assert!(file.body.contains("default_department:"), "{}", file.body);
    let json = admin.get(&path("export?of=published&format=json")).await;
    assert_eq!(serde_json::from_str::<Value>(&json.body).unwrap(), published(&site).await.1);

    let same = admin.post(&path("import"), &pairs(&[("text", &file.body)])).await;
    assert_eq!((same.status, draft(&site).await), (StatusCode::SEE_OTHER, None), "nothing differs");
    let changed = file.body.replace("retention_days: 400", "retention_days: 99999\ncolour: red");
    let taken = admin.post(&path("import"), &pairs(&[("text", &changed)])).await;
    assert_eq!(taken.header("location"), path("review"), "{}", text(&taken));
    let review = text(&admin.get(&path("review")).await);
    assert!(review.contains("One thing has to be mended") && review.contains("there is no setting colour"), "{review}");
    assert_eq!(published(&site).await.0, 1, "nothing is published by it");

    let again = admin.post(&path("import"), &pairs(&[("text", &file.body)])).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(text(&again).contains("There is a draft already") && again.body.contains("retention_days: 400"));
    let unreadable = admin.post(&path("import"), &pairs(&[("text", "a: [1"), ("replace", "1")])).await;
    assert_eq!(unreadable.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&unreadable).contains("This can't be read"), "{}", text(&unreadable));
}

#[tokio::test]
async fn a_file_of_another_workspace_never_becomes_that_workspace() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let mut other = settings();
    other["workspace"] = "prod".into();
    other["retention_days"] = 30.into();
    admin.post(&path("import"), &pairs(&[("text", &other.to_string())])).await;
    assert!(text(&admin.get(&path("review")).await).contains("The file was of the workspace prod"));
    publish(&mut admin).await;
    assert_eq!(published(&site).await.1["retention_days"], 30);
    assert_eq!(Workspaces::new(site.store.clone()).list().await.unwrap(), [workspace()]);
}

#[tokio::test]
async fn settings_that_can_not_be_read_can_be_mended_as_text() {
    let site = Site::new().await;
    let broken = settings().to_string().replacen('{', "{\"colour\": \"red\", ", 1);
    let write = shared::store::DocumentWrite {
        partition: "W#demo".to_owned(),
        name: "SETTINGS".to_owned(),
        expected: shared::store::Expected::Anything,
        body: broken,
        expires_at: None,
    };
    site.store.put_document(&write).await.unwrap();
    let mut admin = site.signed_in(Role::Admin).await;
    let page = admin.get(&path("general")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", text(&page));
    let page = admin.get(&path("text")).await;
    let form = Form::of(&page, &path("text"), "text");
    let mended = form.value("text").replace("colour: red", "").replace("\r\n\r\n", "\r\n");
    assert!(form.value("text").contains("colour: red"));
    form.fill("text", &mended).send(&mut admin, "").await;
    assert_eq!(publish(&mut admin).await.status, StatusCode::SEE_OTHER);
    assert_eq!(published(&site).await.1.get("colour"), None);
}

#[tokio::test]
async fn a_procedure_is_written_and_tried() {
    let site = Site::new().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let page = admin.get(&path("procedures")).await;
    Form::of(&page, &path("procedures"), "name").fill("name", "where-is-it").send(&mut admin, "add:/procedures").await;
    let page = admin.get(&path("procedures/0")).await;
    let form = Form::of(&page, &path("procedures/0"), "/procedures/0/when");
    form.fill("/procedures/0/when", "The parcel is late.").send(&mut admin, "add:/procedures/0/examples").await;
    let page = admin.get(&path("procedures/0")).await;
    let form = Form::of(&page, &path("procedures/0"), "/procedures/0/examples/0");
    form.fill("/procedures/0/examples/0", "where is my parcel").send(&mut admin, "save").await;
    let tried = text(&admin.get(&path("procedures/0?say=where+is+my+parcel")).await);
    assert!(tried.contains("where-is-it this one 1000 of 1000"), "{tried}");
    let tried = text(&admin.get(&path("procedures/0?say=good+morning")).await);
    assert!(tried.contains("No procedure fits that"), "{tried}");
}
