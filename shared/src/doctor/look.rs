//! The calls. They change nothing unless `--write` is given; then they set what is set, and ask for what does not exist.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::id::{ConversationId, DepartmentId, WorkspaceId};
use crate::domain::settings::WorkspaceSettings;
use crate::salesiq::client::{Availability, Client, ConversationFilter, Endpoints, Operator, RawList};
use crate::salesiq::error::SalesiqError;
use crate::salesiq::oauth::secret::Secrets;
use crate::salesiq::oauth::{Principal, Tokens};
use crate::telemetry::Chain;
use aws_sdk_ses::error::ProvideErrorMetadata;
use serde_json::Value;
use url::Url;

use super::seen::{Failed, Raw, Read, Reads, Seen, SeenHost, SeenMail, SeenPrincipal, SeenSecret, Writes};
use super::verdict;

/// An id that SalesIQ gives to no conversation: its ids have 12 to 19 digits (api.md §1.6).
const NO_CONVERSATION: &str = "1";

/// How long a host may take to answer at all.
const HOST_TIMEOUT: Duration = Duration::from_secs(5);

/// The rows of the largest page (api.md §2.1).
const PAGE: u32 = 99;

/// What the doctor looks with.
#[derive(Debug)]
pub struct Place<T> {
    /// The workspace.
    pub id: WorkspaceId,
    /// Its settings as they lie in the table, also what is not complete: that is one of the checks.
    pub settings: WorkspaceSettings,
    /// Where its tokens lie.
    pub secrets: Secrets,
    /// The data centre's servers, or a local stack's.
    pub endpoints: Endpoints,
    /// SalesIQ.
    pub client: Client<T>,
    /// For asking servers whether they answer at all.
    pub http: reqwest::Client,
    /// SES.
    pub ses: aws_sdk_ses::Client,
    /// The portal is a simulated one: addresses for examples are no matter.
    pub simulated: bool,
    /// Where deliveries should go.
    pub webhook_url: Option<String>,
}

/// What is being looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Whether servers answer, and tokens are had.
    Servers,
    /// What each account may read.
    Reads,
    /// Rows as SalesIQ writes them.
    Rows,
    /// The webhook and SES.
    WebhookAndMail,
    /// Calls that set what is set, or ask for what does not exist.
    Writes,
}

impl Stage {
    /// As it is shown.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Servers => "Servers and tokens",
            Self::Reads => "What each account may read",
            Self::Rows => "Departments, conversations, messages",
            Self::WebhookAndMail => "Webhook and mail",
            Self::Writes => "Calls that set what is set, or ask for what does not exist",
        }
    }
}

/// Looks at everything, and tells each stage as it begins.
pub(super) async fn look<T: Tokens>(place: &Place<T>, write: bool, told: &mut impl FnMut(Stage)) -> Seen {
    told(Stage::Servers);
    let mut hosts = Vec::new();
    for url in BTreeSet::from([&place.endpoints.api, &place.endpoints.accounts]) {
        hosts.push(SeenHost { host: host(url), answered: head(place, url.as_str()).await });
    }
    let mut principals = Vec::new();
    for principal in Principal::ALL {
        principals.push(SeenPrincipal {
            principal,
            secret: secret(place, principal).await,
            token: Read::NotAsked,
            reads: Reads::default(),
        });
    }
    for seen in &mut principals {
        if matches!(seen.secret, SeenSecret::There { .. }) {
            seen.token = match place.client.tokens().token(seen.principal).await {
                Ok(_) => Read::Got(()),
                Err(error) => Read::Failed(Failed::from(&error)),
            };
        }
    }
    let mut seen = Seen {
        simulated: place.simulated,
        hosts,
        principals,
        chats: BTreeMap::new(),
        webhook_url: place.webhook_url.clone(),
        webhook_head: None,
        failed_executions: Read::NotAsked,
        mail: SeenMail::default(),
        raw: Raw::default(),
        writes: None,
    };
    portal(place, &mut seen, told).await;
    told(Stage::WebhookAndMail);
    webhook(place, &mut seen).await;
    seen.mail = mail(place).await;
    if write && has_token(&seen, Principal::Bot) {
        told(Stage::Writes);
        seen.writes = Some(writes(place).await);
    }
    seen
}

fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}

async fn head<T: Tokens>(place: &Place<T>, url: &str) -> Result<u16, String> {
    let request = match by_loopback(url) {
        Some((url, host)) => place.http.head(url).header(reqwest::header::HOST, host),
        None => place.http.head(url),
    };
    let answer = request.timeout(HOST_TIMEOUT).send().await;
    answer.map(|answer| answer.status().as_u16()).map_err(|error| Chain(&error.without_url()).to_string())
}

/// A name below `localhost` is this machine (RFC 6761), which not every system's resolver knows.
fn by_loopback(url: &str) -> Option<(Url, String)> {
    let mut url = Url::parse(url).ok()?;
    let name = host(&url);
    url.host_str()?.ends_with(".localhost").then_some(())?;
    url.set_host(Some("127.0.0.1")).ok()?;
    Some((url, name))
}

async fn secret<T: Tokens>(place: &Place<T>, principal: Principal) -> SeenSecret {
    use secrecy::ExposeSecret as _;
    match place.secrets.read(&place.id, principal).await {
        Ok(None) => SeenSecret::Missing,
        Err(error) => SeenSecret::Unusable(Chain(&error).to_string()),
        Ok(Some(secret)) => {
            let parts = [
                ("client_id", secret.client_id.as_str()),
                ("client_secret", secret.client_secret.expose_secret()),
                ("refresh_token", secret.refresh_token.expose_secret()),
            ];
            let blank = |text: &str| text.is_empty() || text.chars().any(char::is_whitespace);
            let blank = parts.into_iter().filter(|(_, text)| blank(text)).map(|(name, _)| name).collect();
            let accounts_host = secret.accounts_url.as_ref().and_then(|url| url.host_str().map(str::to_owned));
            SeenSecret::There { blank, accounts_host }
        }
    }
}

fn has_token(seen: &Seen, principal: Principal) -> bool {
    seen.principal(principal).is_some_and(|seen| matches!(seen.token, Read::Got(())))
}

async fn portal<T: Tokens>(place: &Place<T>, seen: &mut Seen, told: &mut impl FnMut(Stage)) {
    told(Stage::Reads);
    let reader = seen.reader().map(|reader| reader.principal);
    for principal in Principal::ALL {
        if has_token(seen, principal) {
            let reads = reads(place, principal, reader == Some(principal)).await;
            if let Some(found) = seen.principals.iter_mut().find(|found| found.principal == principal) {
                found.reads = reads;
            }
        }
    }
    told(Stage::Rows);
    for department in departments(place, seen) {
        let filter = ConversationFilter { limit: 1, department: Some(department.clone()), ..Default::default() };
        let mut listed = [Read::NotAsked, Read::NotAsked];
        for (place_of, principal) in listed.iter_mut().zip([Principal::Bot, Principal::Facilitator]) {
            if has_token(seen, principal) {
                *place_of = Read::from(place.client.conversations(principal, &filter).await.map(drop));
            }
        }
        let [bot, facilitator] = listed;
        seen.chats.insert(department, (bot, facilitator));
    }
    if let Some(reader) = reader.filter(|reader| has_token(seen, *reader)) {
        seen.raw = raw(place, reader).await;
    }
}

/// What an account must be able to read; the one that reads for the portal, more.
async fn reads<T: Tokens>(place: &Place<T>, principal: Principal, reads_all: bool) -> Reads {
    let client = &place.client;
    let mut reads = Reads::default();
    if principal != Principal::Organisation {
        let one = ConversationFilter { limit: 1, ..ConversationFilter::default() };
        reads.conversations = Read::from(client.conversations(principal, &one).await.map(drop));
        reads.operators = Read::from(operators(place, principal).await);
        reads.departments = Read::from(client.departments(principal).await);
    }
    if reads_all || principal == Principal::Organisation {
        reads.brands = Read::from(client.brands(principal).await);
    }
    if reads_all {
        reads.portals = Read::from(client.portals(principal).await);
        reads.webhooks = Read::from(client.webhooks(principal).await);
    }
    reads
}

/// The operators; the AI's own is read singly where the list tells no departments.
async fn operators<T: Tokens>(place: &Place<T>, principal: Principal) -> Result<Vec<Operator>, SalesiqError> {
    let mut operators = place.client.operators(principal).await?;
    if operators.iter().all(|operator| operator.departments.is_empty()) {
        for operator in operators.iter_mut().filter(|operator| operator.id == place.settings.bot_operator) {
            operator.departments = place.client.operator(principal, &operator.id).await?.departments;
        }
    }
    Ok(operators)
}

/// The default department, and another that the bot does not serve if there is one.
fn departments<T>(place: &Place<T>, seen: &Seen) -> Vec<DepartmentId> {
    let home = place.settings.default_department.clone();
    let all = seen.reader().and_then(|reader| reader.reads.departments.got());
    let served = |id: &DepartmentId| {
        let operators = seen.reader().and_then(|reader| reader.reads.operators.got());
        let bot = operators.and_then(|all| all.iter().find(|operator| operator.id == place.settings.bot_operator));
        bot.is_some_and(|bot| bot.departments.contains(id))
    };
    let mut others: Vec<DepartmentId> = all.into_iter().flatten().map(|department| department.id.clone()).collect();
    others.retain(|id| Some(id) != home.as_ref());
    others.sort_by_key(served);
    home.into_iter().chain(others.into_iter().next()).collect()
}

async fn raw<T: Tokens>(place: &Place<T>, reader: Principal) -> Raw {
    let list = async |list: RawList| Read::from(place.client.raw_rows(reader, &list).await);
    let department = place.settings.default_department.clone();
    let page = |page, limit| RawList::Conversations { department: department.clone(), page, limit };
    let conversations = list(page(1, PAGE)).await;
    let single_pages = match (list(page(1, 1)).await, list(page(2, 1)).await) {
        (Read::Got(first), Read::Got(second)) => Read::Got((first, second)),
        (Read::Failed(failed), _) | (_, Read::Failed(failed)) => Read::Failed(failed),
        _ => Read::NotAsked,
    };
    let messages = match over(&conversations) {
        Some(conversation) => list(RawList::Messages(conversation)).await,
        None => Read::Got(Vec::new()),
    };
    let operators = list(RawList::Operators).await;
    let (departments, tags) = (list(RawList::Departments).await, list(RawList::Tags).await);
    Raw { operators, departments, tags, conversations, single_pages, messages }
}

/// The newest conversation that is over and was attended: it has lines of both sides.
fn over(conversations: &Read<Vec<Value>>) -> Option<ConversationId> {
    let rows = conversations.got()?;
    let ended = |row: &&Value| !row["end_time"].is_null() && !row["attended_time"].is_null();
    let row = rows.iter().find(ended)?;
    ConversationId::parse(row["id"].as_str()?).ok()
}

async fn webhook<T: Tokens>(place: &Place<T>, seen: &mut Seen) {
    if let Some(url) = &place.webhook_url {
        seen.webhook_head = Some(head(place, url).await);
    }
    let reader = seen.reader().map(|reader| reader.principal);
    if let (Some(reader), Some(webhook)) = (reader, seen.webhook()) {
        let failed = place.client.failed_executions(reader, &webhook.id).await;
        seen.failed_executions = Read::from(failed.map(|failed| failed.len()));
    }
}

async fn mail<T: Tokens>(place: &Place<T>) -> SeenMail {
    let names: BTreeSet<String> = verdict::sender_identities(&place.settings);
    let identities = if names.is_empty() {
        None
    } else {
        let asked = place.ses.get_identity_verification_attributes().set_identities(Some(names.into_iter().collect()));
        let answer = asked.send().await.map_err(|error| refused(&error.into_service_error()));
        Some(answer.map(|answer| {
            let all = answer.verification_attributes().iter();
            all.map(|(name, told)| (name.clone(), told.verification_status().as_str().to_owned())).collect()
        }))
    };
    let quota = place.ses.get_send_quota().send().await;
    let quota = quota.map(|quota| (quota.max24_hour_send(), quota.sent_last24_hours()));
    let enabled = place.ses.get_account_sending_enabled().send().await;
    SeenMail {
        identities,
        quota: Some(quota.map_err(|error| refused(&error.into_service_error()))),
        sending_enabled: Some(
            enabled.map(|answer| answer.enabled()).map_err(|error| refused(&error.into_service_error())),
        ),
    }
}

/// What SES said, and not the whole of its answer.
fn refused(error: &(impl ProvideErrorMetadata + std::error::Error + 'static)) -> String {
    match (error.code(), error.message()) {
        (Some(code), message) => format!("{code}: {}", message.unwrap_or("no reason was given")),
        (None, _) => Chain(error).to_string(),
    }
}

async fn writes<T: Tokens>(place: &Place<T>) -> Writes {
    let mut writes = Writes { status: status(place).await, on_nothing: Vec::new() };
    let Ok(nothing) = ConversationId::parse(NO_CONVERSATION) else { return writes };
    let (client, bot) = (&place.client, Principal::Bot);
    let mut put = |name, result: Result<(), SalesiqError>| {
        writes.on_nothing.push((name, result.map_err(|error| Failed::from(&error))));
    };
    put("methods::PICKUP", client.pickup(bot, &nothing).await.map(drop));
    put("methods::CLOSE", client.close(bot, &nothing).await.map(drop));
    put("methods::REJECT", client.reject_transfer(bot, &nothing, &place.settings.bot_operator).await);
    put("methods::TAG", client.add_tags(bot, &nothing, &[]).await);
    put("add_note", client.add_note(bot, &nothing, "cargo dev doctor").await.map(drop));
    writes
}

/// Sets the availability that is there; none if it can't be set at all.
async fn status<T: Tokens>(place: &Place<T>) -> Read<(Availability, Option<Availability>)> {
    let (client, bot, id) = (&place.client, Principal::Bot, &place.settings.bot_operator);
    let before = match client.operator(bot, id).await {
        Ok(operator) => operator.availability,
        Err(error) => return Read::Failed(Failed::from(&error)),
    };
    let Some(before) = before.filter(|is| matches!(is, Availability::Available | Availability::Busy)) else {
        return Read::NotAsked;
    };
    if let Err(error) = client.set_own_status(bot, id, &before).await {
        return Read::Failed(Failed::from(&error));
    }
    let after = client.operator(bot, id).await;
    match after {
        Ok(operator) => Read::Got((before, operator.availability)),
        Err(error) => Read::Failed(Failed::from(&error)),
    }
}
