//! A real browser: Chromium, steered by chromedriver. Waits for what a test expects instead of sleeping.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use console::access::Role;
use dev::seed::{CONSOLE_PASSWORD, PEOPLE};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::{Deployed, until};

/// How long a page may take to show what a test expects: a function's cold start on a busy machine, and the engine's work.
pub const SHOWN: Duration = Duration::from_mins(1);

/// Width and height of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// A desktop's.
    Desktop,
    /// A phone's.
    Phone,
}

impl Window {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Desktop, Self::Phone];

    fn size(self) -> (u32, u32) {
        match self {
            Self::Desktop => (1280, 900),
            Self::Phone => (390, 844),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Phone => "phone",
        }
    }
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// As most have it.
    Light,
    /// As the system may ask for.
    Dark,
}

/// A browser with one window.
pub struct Browser {
    client: Client,
    // Ends with the test, whatever becomes of it.
    _driver: Child,
    console_url: String,
    scheme: Scheme,
}

impl Browser {
    /// Starts one. Needs `chromium` and `chromedriver`, which CI installs from Debian's packages.
    pub async fn start(deployed: &Deployed, scheme: Scheme) -> Self {
        let there = deployed.stack.deployed.as_ref().expect("a deployed stack");
        // A port that is free now; chromedriver says nothing of one that it chose itself.
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver is installed (Debian: chromium-driver)");
        let mut arguments = vec![
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--hide-scrollbars",
            "--lang=en",
            "--no-proxy-server",
        ];
        if scheme == Scheme::Dark {
            arguments.push("--force-dark-mode");
        }
        let capabilities = json!({"goog:chromeOptions": {"args": arguments}});
        let capabilities = capabilities.as_object().cloned().unwrap_or_default();
        let url = format!("http://127.0.0.1:{port}");
        let client = until("chromedriver answers", SHOWN, async || {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities.clone()).connect(&url).await.ok()
        })
        .await;
        let browser = Self { client, _driver: driver, console_url: there.console_url.clone(), scheme };
        browser.resize(Window::Desktop).await;
        browser
    }

    /// Ends it.
    pub async fn close(self) {
        self.client.close().await.expect("closed");
    }

    /// Gives the window another size.
    pub async fn resize(&self, window: Window) {
        let (width, height) = window.size();
        self.client.set_window_size(width, height).await.expect("resized");
    }

    /// Opens a page of the console by its path below `/console`.
    pub async fn open(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.console_url)).await.expect("a page");
    }

    /// Opens a page by its whole URL.
    pub async fn go_to(&self, url: &str) {
        self.client.goto(url).await.expect("a page");
    }

    /// Where it is.
    pub async fn url(&self) -> String {
        self.client.current_url().await.expect("a URL").to_string()
    }

    /// Signs in as the local stack's person of a role.
    pub async fn sign_in(&self, role: Role) {
        let (email, ..) = PEOPLE.iter().find(|(.., its)| *its == role).expect("a person of each role");
        self.open("/sign-in").await;
        self.fill("E-mail address", email).await;
        self.fill("Password", CONSOLE_PASSWORD).await;
        self.press("Sign in").await;
        self.see("Sign out").await;
    }

    /// Waits for an element.
    pub async fn find(&self, css: &str) -> Element {
        self.wait_for(Locator::Css(css)).await
    }

    /// Waits for an element by `XPath`.
    pub async fn find_xpath(&self, xpath: &str) -> Element {
        self.wait_for(Locator::XPath(xpath)).await
    }

    async fn wait_for(&self, locator: Locator<'_>) -> Element {
        match self.client.wait().at_most(SHOWN).for_element(locator).await {
            Ok(element) => element,
            Err(error) => {
                let path = self.shoot("failed").await;
                let text = self.text().await;
                panic!("{locator:?} is not there ({error}); {} shows {}:\n{text}", path.display(), self.url().await);
            }
        }
    }

    /// Waits until the page says something.
    pub async fn see(&self, text: &str) {
        let found = until_some(SHOWN, async || self.text().await.contains(text).then_some(())).await;
        if found.is_none() {
            let path = self.shoot("failed").await;
            panic!("{text:?} is not said; {} shows {}:\n{}", path.display(), self.url().await, self.text().await);
        }
    }

    /// Waits until the page says something no more.
    pub async fn see_gone(&self, text: &str) {
        let gone = until_some(SHOWN, async || (!self.text().await.contains(text)).then_some(())).await;
        assert!(gone.is_some(), "{text:?} is still said:\n{}", self.text().await);
    }

    /// What the page says, as it is shown.
    pub async fn text(&self) -> String {
        let said = self.client.execute("return document.body ? document.body.innerText : ''", Vec::new()).await;
        said.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Fills the field of a label.
    pub async fn fill(&self, label: &str, value: &str) {
        let field = self.field(label).await;
        field.clear().await.expect("emptied");
        field.send_keys(value).await.expect("filled");
    }

    /// Chooses an option of the drop-down of a label, by what it says.
    pub async fn choose(&self, label: &str, option: &str) {
        self.field(label).await.select_by_label(option).await.expect("chosen");
    }

    /// The field of a label: inside of it, or named by it.
    pub async fn field(&self, label: &str) -> Element {
        let said = xpath_text(label);
        self.find_xpath(&format!(
            "//label[starts-with(normalize-space(.), {said})]//*[self::input or self::select or self::textarea] | \
             //*[@id = //label[starts-with(normalize-space(.), {said})]/@for] | \
             //*[(self::input or self::select or self::textarea) and @aria-label = {said}]"
        ))
        .await
    }

    /// Presses a button or follows a link, by what it says.
    pub async fn press(&self, said: &str) {
        let text = xpath_text(said);
        // What is in a closed dialog or menu can't be pressed.
        let xpath = format!(
            "//*[(self::button or self::a or self::summary) and normalize-space(.) = {text} and not(ancestor::dialog[not(@open)])]"
        );
        let element = self.find_xpath(&xpath).await;
        // A list that is refreshed meanwhile may put another in its place.
        if element.click().await.is_err() {
            self.find_xpath(&xpath).await.click().await.expect("pressed");
        }
    }

    /// Runs a script in the page.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.expect("a script that runs")
    }

    /// The client, for what has no words here.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Keeps a picture of the whole page and says where.
    pub async fn shoot(&self, name: &str) -> PathBuf {
        let folder = root().join(".local/screenshots");
        std::fs::create_dir_all(&folder).expect("a folder");
        let dark = if self.scheme == Scheme::Dark { "-dark" } else { "" };
        let path = folder.join(format!("{name}{dark}.png"));
        let picture = self.client.screenshot().await.expect("a picture");
        std::fs::write(&path, picture).expect("written");
        path
    }

    /// Keeps pictures of the page at each width, and tells where it is wider than the window.
    pub async fn shoot_all(&self, name: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        for window in Window::ALL {
            self.resize(window).await;
            // As tall as the page, so that the picture shows all of it.
            let height = self.run("return Math.min(document.documentElement.scrollHeight, 4000)").await;
            let height = height.as_u64().and_then(|height| u32::try_from(height).ok()).unwrap_or(900);
            let (width, least) = window.size();
            self.client.set_window_size(width, height.max(least) + 140).await.expect("resized");
            self.shoot(&format!("{name}-{}", window.name())).await;
            let wider =
                self.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
            if wider.as_i64().unwrap_or_default() > 1 {
                wrong.push(format!("{name} is {wider} px wider than a {window:?}'s window"));
            }
        }
        self.resize(Window::Desktop).await;
        wrong
    }

    /// Looks for what keeps people out, and tells what is serious of it.
    pub async fn barriers(&self, name: &str) -> Vec<String> {
        let axe = axe();
        self.run(&axe).await;
        let found = self
            .client
            .execute_async(
                "const done = arguments[arguments.length - 1]; \
                 axe.run(document, {resultTypes: ['violations']}).then( \
                   (r) => done(r.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => \
                     `${v.id}: ${v.help}\\n` + v.nodes.slice(0, 5).map((n) => `    ${n.html}\\n    ${n.failureSummary}`).join('\\n'))), \
                   (e) => done([String(e)]))",
                Vec::new(),
            )
            .await
            .expect("axe runs");
        let found: Vec<String> = serde_json::from_value(found).expect("a list");
        found.into_iter().map(|found| format!("{name} ({:?}) keeps people out: {found}", self.scheme)).collect()
    }
}

/// Asks until there is something, or the time is over.
async fn until_some<T>(limit: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let ends = tokio::time::Instant::now() + limit;
    loop {
        if let Some(found) = ask().await {
            return Some(found);
        }
        if tokio::time::Instant::now() > ends {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The script that looks for what keeps people out, as `cargo dev test` had npm fetch it.
fn axe() -> String {
    let path = root().join(".local/axe/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{} can't be read ({error}); `cargo dev test` fetches it", path.display()))
}

/// A text in an `XPath`, which knows no escapes.
fn xpath_text(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let parts: Vec<String> = text.split('\'').map(|part| format!("'{part}'")).collect();
    format!("concat({})", parts.join(", \"'\", "))
}
