//! Who may sign in: added, changed, removed, and let in by links.

use axum::http::StatusCode;
use console::access::{Role, User, UserKey};
use shared::config::ConsoleConfig;
use shared::store::Expected;

use crate::site::{Answer, PASSWORD, Site, email};

const PUBLIC: &str = "https://console.example";

async fn site() -> Site {
    let config = ConsoleConfig { public_url: Some(PUBLIC.to_owned()), ..ConsoleConfig::default() };
    let site = Site::configured(config).await;
    for role in Role::ALL {
        site.add(&email(role), role).await;
    }
    site
}

fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn place(address: &str) -> String {
    format!("/console/people/{}", UserKey::typed(address).as_str())
}

/// What the form of a person holds, with changes.
async fn edited(site: &Site, address: &str, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let (user, version) = site.console.users.get(&UserKey::typed(address)).await.unwrap().unwrap();
    let (role, version) = (user.role.name().to_owned(), version.to_string());
    let mut all = form(&[("name", &user.name), ("role", &role), ("language", &user.language), ("version", &version)]);
    for (name, value) in changes {
        all.retain(|(its, _)| its != name);
        all.push(((*name).to_owned(), (*value).to_owned()));
    }
    all
}

/// The link that a page shows, without the host.
fn link_on(page: &Answer) -> String {
    let rest = page.body.split(&format!(r#"value="{PUBLIC}"#)).nth(1).unwrap_or_else(|| panic!("{}", page.body));
    rest.split('"').next().unwrap().to_owned()
}

const MIA: [(&str, &str); 4] =
    [("email", "mia@demo.example"), ("name", "Mia"), ("role", "supervisor"), ("language", "de")];

#[tokio::test]
async fn somebody_is_added_gets_a_link_sets_a_password_and_is_in() {
    let site = site().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let page = admin.post("/console/people/new", &form(&MIA)).await;
    assert_eq!(page.status, StatusCode::OK);
    let link = link_on(&page);
    let list = admin.get("/console/people").await;
    assert!(list.body.contains("mia@demo.example") && list.body.contains("invited"), "{}", list.body);

    let mut mia = site.browser();
    let welcome = mia.get(&link).await;
    assert!(welcome.body.contains("Welcome, Mia"), "{}", welcome.body);
    assert_eq!(mia.get(&link).await.status, StatusCode::OK, "to look uses nothing up");
    let weak = mia.post(&link, &form(&[("password", "mia"), ("again", "mia")])).await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(weak.body.contains("use at least 12") && weak.body.contains(r#"aria-invalid="true""#), "{}", weak.body);
    let differs = mia.post(&link, &form(&[("password", "a sentence of mine"), ("again", "another")])).await;
    assert!(differs.status == StatusCode::UNPROCESSABLE_ENTITY && differs.body.contains("The two differ"));
    let set = form(&[("password", "a sentence of mine"), ("again", "a sentence of mine")]);
    assert_eq!(mia.post(&link, &set).await.header("location"), "/console");
    mia.learn_token().await;
    assert!(mia.get("/console/account").await.body.contains("Supervisor"));

    let again = site.browser().post(&link, &set).await;
    assert!(again.status == StatusCode::NOT_FOUND && again.body.contains("This link does not work any more"));
    let list = admin.get("/console/people").await;
    assert!(!list.body.contains("invited"), "{}", list.body);
    let recorded = site.audited().await;
    assert_eq!(recorded[0], "admin@demo.example people.add mia@demo.example: role supervisor");
    assert_eq!(recorded[1], "mia@demo.example people.password_set mia@demo.example: by a link");
}

#[tokio::test]
async fn a_link_works_for_two_days_and_only_the_newest() {
    let site = site().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let first = link_on(&admin.post("/console/people/new", &form(&MIA)).await);
    let second = link_on(&admin.post(&format!("{}/link", place("mia@demo.example")), &[]).await);
    assert_eq!(site.browser().get(&first).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.browser().get(&second).await.status, StatusCode::OK);
    site.pass(48 * 60);
    let late = site.browser().get(&second).await;
    assert!(late.status == StatusCode::NOT_FOUND && late.body.contains("Ask an admin for another"), "{}", late.body);
    for no_link in ["1", "x.y", &format!("{}.x", UserKey::typed("mia@demo.example").as_str())] {
        let answer = site.browser().get(&format!("/console/welcome/{no_link}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{no_link}");
    }
}

#[tokio::test]
async fn of_two_who_have_a_link_one_sets_a_password() {
    let site = site().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let link = link_on(&admin.post("/console/people/new", &form(&MIA)).await);
    let (mut one, mut other) = (site.browser(), site.browser());
    let password = |text: &str| form(&[("password", text), ("again", text)]);
    let (first, second) = (password("the first sentence"), password("the second sentence"));
    let (one, other) = tokio::join!(one.post(&link, &first), other.post(&link, &second));
    let mut both = [one.status, other.status];
    both.sort_unstable();
    assert_eq!(both, [StatusCode::SEE_OTHER, StatusCode::NOT_FOUND]);
}

#[tokio::test]
async fn what_is_wrong_with_somebody_new_is_told_beside_the_fields() {
    let site = site().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let wrong = form(&[("email", "mia"), ("name", "<b>"), ("role", "owner"), ("language", "de")]);
    let page = admin.post("/console/people/new", &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("This is no address") && page.body.contains("Choose one of the roles"), "{}", page.body);
    assert!(page.body.contains(r#"value="&#60;b&#62;""#), "what was typed is there still: {}", page.body);
    let known = form(&[("email", "VIEWER@demo.example"), ("name", "V"), ("role", "admin"), ("language", "en")]);
    let page = admin.post("/console/people/new", &known).await;
    assert!(
        page.status == StatusCode::UNPROCESSABLE_ENTITY
            && page.body.contains("There is somebody with this address already")
    );
    assert_eq!(site.user(&email(Role::Viewer)).await.unwrap().role, Role::Viewer);
}

#[tokio::test]
async fn who_is_demoted_disabled_or_reset_is_signed_out_at_once() {
    let site = site().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let address = email(Role::Supervisor);

    let mut theirs = site.signed_in(Role::Supervisor).await;
    let fields = edited(&site, &address, &[("name", "Another Name")]).await;
    assert_eq!(admin.post(&place(&address), &fields).await.header("location"), "/console/people");
    assert_eq!(theirs.get("/console/account").await.status, StatusCode::OK, "a name is no reason");

    let fields = edited(&site, &address, &[("role", "viewer")]).await;
    assert_eq!(admin.post(&place(&address), &fields).await.header("location"), "/console/people");
    assert!(theirs.get("/console/account").await.header("location").starts_with("/console/sign-in"));
    assert!(site.audited().await.last().unwrap().ends_with("role supervisor to viewer"));

    let mut theirs = site.signed_in(Role::Supervisor).await;
    let page = admin.post(&format!("{}/link", place(&address)), &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(theirs.get("/console/account").await.header("location").starts_with("/console/sign-in"));
    let old = form(&[("email", &address), ("password", PASSWORD)]);
    assert_eq!(site.browser().post("/console/sign-in", &old).await.status, StatusCode::UNAUTHORIZED);

    let link = link_on(&page);
    let fields = edited(&site, &address, &[("disabled", "yes")]).await;
    admin.post(&place(&address), &fields).await;
    assert_eq!(site.browser().get(&link).await.status, StatusCode::NOT_FOUND, "no link lets the disabled in");
    let refused = admin.post(&format!("{}/link", place(&address)), &[]).await;
    assert!(refused.status == StatusCode::CONFLICT && refused.body.contains("Enable them first"));
}

#[tokio::test]
async fn somebodys_sessions_are_ended_and_somebody_is_removed() {
    let site = site().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let address = email(Role::Agent);
    let mut theirs = site.signed_in(Role::Agent).await;
    assert!(admin.get(&place(&address)).await.body.contains("Another browser, last used"));
    admin.post(&format!("{}/sessions", place(&address)), &[]).await;
    assert!(theirs.get("/console/account").await.header("location").starts_with("/console/sign-in"));

    let mut theirs = site.signed_in(Role::Agent).await;
    assert_eq!(admin.post(&format!("{}/remove", place(&address)), &[]).await.header("location"), "/console/people");
    assert!(site.user(&address).await.is_none());
    assert!(theirs.get("/console/account").await.header("location").starts_with("/console/sign-in"));
    assert!(!admin.get("/console/people").await.body.contains(&address));
    assert_eq!(admin.get(&place(&address)).await.status, StatusCode::NOT_FOUND);
    let what: Vec<String> = site.audited().await;
    assert!(what[0].contains("people.end_sessions") && what[1].contains("people.remove"), "{what:?}");
}

#[tokio::test]
async fn the_last_admin_stays() {
    let site = site().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let own = email(Role::Admin);
    for change in [("role", "viewer"), ("disabled", "yes")] {
        let fields = edited(&site, &own, &[change]).await;
        let page = admin.post(&place(&own), &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains("Nobody else can sign in as Admin"), "{}", page.body);
    }
    let page = admin.post(&format!("{}/remove", place(&own)), &[]).await;
    assert!(page.status == StatusCode::CONFLICT && page.body.contains("Nobody else can sign in as Admin"));
    assert_eq!(
        admin.post(&format!("{}/link", place(&own)), &[]).await.status,
        StatusCode::CONFLICT,
        "nor loses the password"
    );

    let invited = form(&[("email", "other@demo.example"), ("name", "Other"), ("role", "admin"), ("language", "en")]);
    admin.post("/console/people/new", &invited).await;
    let page = admin.post(&format!("{}/remove", place(&own)), &[]).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "who was never in is no Admin to rely on");

    site.add("second@demo.example", Role::Admin).await;
    let fields = edited(&site, &own, &[("role", "viewer")]).await;
    assert_eq!(admin.post(&place(&own), &fields).await.header("location"), "/console/people");
    assert_eq!(site.user(&own).await.unwrap().role, Role::Viewer);
}

#[tokio::test]
async fn two_admins_who_demote_each_other_at_once_leave_one() {
    let site = site().await;
    site.add("second@demo.example", Role::Admin).await;
    let mut admin = site.signed_in(Role::Admin).await;
    let mut twin = admin.clone();
    let own = email(Role::Admin);
    let one = edited(&site, &own, &[("role", "viewer")]).await;
    let other = edited(&site, "second@demo.example", &[("role", "viewer")]).await;
    let (own, second) = (place(&own), place("second@demo.example"));
    tokio::join!(admin.post(&own, &one), twin.post(&second, &other));
    let admins = site.console.users.all().await.unwrap().into_iter().filter(|user| user.role == Role::Admin).count();
    assert_eq!(admins, 1);
}

#[tokio::test]
async fn a_form_that_is_older_than_the_person_changes_nothing() {
    let site = site().await;
    let mut admin = site.signed_in(Role::Admin).await;
    let address = email(Role::Agent);
    let fields = edited(&site, &address, &[("name", "From an old form")]).await;
    let agent = site.user(&address).await.unwrap();
    site.console.users.put(&User { name: "Newer".to_owned(), ..agent }, Expected::Anything).await.unwrap();
    assert_eq!(admin.post(&place(&address), &fields).await.status, StatusCode::CONFLICT);
    assert_eq!(site.user(&address).await.unwrap().name, "Newer");
}

#[tokio::test]
async fn with_an_identity_provider_somebody_is_added_without_a_link() {
    let site = Site::configured(ConsoleConfig {
        public_url: Some(PUBLIC.to_owned()),
        oidc_issuer: Some("https://id.example".to_owned()),
        oidc_client_id: Some("x".to_owned()),
        ..ConsoleConfig::default()
    })
    .await;
    site.add(&email(Role::Admin), Role::Admin).await;
    let mut admin = site.signed_in(Role::Admin).await;
    let mut fields = form(&MIA);
    fields.push(("by".to_owned(), "provider".to_owned()));
    assert_eq!(admin.post("/console/people/new", &fields).await.header("location"), "/console/people");
    let list = admin.get("/console/people").await;
    assert!(list.body.contains("Mia was added and may sign in with the identity provider."), "{}", list.body);
    assert_eq!(site.user("mia@demo.example").await.unwrap().password, None);
}
