//! `cargo dev console`: who may sign in to the console. So the first Admin of a stack without an identity provider comes to
//! be, and one who has locked themselves out comes back.

use std::io::{self, Read as _};
use std::process::ExitCode;

use aws_sdk_dynamodb::Client;
use clap::{Args, Subcommand};
use console::access::people::{PeopleError, Person};
use console::access::{Role, User, UserKey, Users, password, welcome};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::email::EmailAddress;
use shared::domain::id::WorkspaceId;
use shared::store::dynamodb::DynamoDb;
use shared::telemetry::Chain;

use crate::error::Error;
use crate::output;
use crate::seed;
use crate::stack::{Stack, StackName};
use crate::workspace::Workspace;

#[derive(Debug, Subcommand)]
pub(crate) enum ConsoleCommand {
    /// Add somebody, and print a link by which they set their password: once, within 48 hours.
    ///
    /// The first Admin of a stack in AWS: cargo dev console add you@example.com --role admin --table TABLE --console-url URL
    Add(AddArgs),
    /// Print a new link by which somebody sets their password. The one they have does not work any more.
    Link(LinkArgs),
    /// List who may sign in.
    List(ListArgs),
    /// Remove somebody, with their sessions.
    ///
    /// An Admin who has a password is removed only if another one has one, too.
    Remove(RemoveArgs),
}

/// Which console.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The local stack's name.
    #[arg(long, value_name = "NAME", default_value = StackName::DEFAULT)]
    stack: StackName,
    /// The table of a stack in AWS instead (output `TableName`). Region and credentials come from AWS_REGION,
    /// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
    #[arg(long, value_name = "TABLE", conflicts_with = "stack")]
    table: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// The address that they sign in with.
    email: EmailAddress,
    /// viewer, agent, supervisor or admin.
    #[arg(long, value_name = "ROLE", value_parser = role)]
    role: Role,
    /// Their name, as colleagues know them. [default: what stands before the @]
    #[arg(long)]
    name: Option<String>,
    /// A workspace that they see; may be repeated. Without one they see all, as an Admin does anyway.
    #[arg(long = "workspace", value_name = "ID")]
    workspaces: Vec<WorkspaceId>,
    /// Set the password that standard input holds, and print no link.
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    place: Place,
    /// Where the console of the stack in AWS is (output `ConsoleAddress`), for the link.
    #[arg(long, value_name = "URL", requires = "table")]
    console_url: Option<String>,
    /// Print one JSON object: email, role, link, link_until.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    /// Whose.
    email: EmailAddress,
    #[command(flatten)]
    place: Place,
    /// Where the console of the stack in AWS is (output `ConsoleAddress`).
    #[arg(long, value_name = "URL", requires = "table")]
    console_url: Option<String>,
    /// Print one JSON object: email, role, link, link_until.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Print one JSON array.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    /// Whom.
    email: EmailAddress,
    #[command(flatten)]
    place: Place,
    /// Print one JSON object: removed.
    #[arg(long)]
    json: bool,
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "a role is viewer, agent, supervisor or admin".to_owned())
}

pub(crate) async fn run(workspace: &Workspace, command: &ConsoleCommand) -> Result<ExitCode, Error> {
    let now = Clock::system().now();
    match command {
        ConsoleCommand::Add(args) => {
            let site = Site::of(workspace, &args.place, args.console_url.as_deref())?;
            // Looked at before anybody is added.
            let base = if args.password_stdin { None } else { Some(site.base()?) };
            let chosen = if args.password_stdin { Some(typed_password(&args.email)?) } else { None };
            let user = add(&site.users, args, chosen, now).await?;
            let link = match &base {
                Some(base) => Some(link(&site.users, &user, base, now).await?),
                None => None,
            };
            tell(&user, "was added", link.as_deref(), now, args.json);
        }
        ConsoleCommand::Link(args) => {
            let site = Site::of(workspace, &args.place, args.console_url.as_deref())?;
            let base = site.base()?;
            let person = known(&site.users, &args.email, now).await?;
            if person.user.disabled {
                return Err(Error::People(format!("{} is disabled; enable them under People", args.email)));
            }
            if person.user.password.is_some() {
                site.users.forget_password(&person).await.map_err(|error| failed(&error))?;
            }
            let link = link(&site.users, &person.user, &base, now).await?;
            tell(&person.user, "gets a new link", Some(&link), now, args.json);
        }
        ConsoleCommand::List(args) => {
            let people = Site::of(workspace, &args.place, None)?.users.people(now).await;
            let people = people.map_err(|error| failed(&error.into()))?;
            if args.json {
                output::json(&people.iter().map(row).collect::<Vec<Value>>());
            } else if people.is_empty() {
                output::text("Nobody may sign in yet: cargo dev console add EMAIL --role admin");
            } else {
                for person in &people {
                    output::text(&line(person));
                }
            }
        }
        ConsoleCommand::Remove(args) => {
            let users = Site::of(workspace, &args.place, None)?.users;
            let person = known(&users, &args.email, now).await?;
            users.dismiss(&person.user, false, now).await.map_err(|error| failed(&error))?;
            if args.json {
                output::json(&json!({"removed": person.user.email}));
            } else {
                output::text(&format!("{} was removed.", person.user.email));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A console: its people, and where it is.
struct Site {
    users: Users,
    base: Option<String>,
}

impl Site {
    fn of(workspace: &Workspace, place: &Place, url: Option<&str>) -> Result<Self, Error> {
        if let Some(table) = &place.table {
            let config = shared::http::aws_config();
            if config.region().is_none() {
                return Err(Error::NoRegion);
            }
            let users = Users::new(DynamoDb::new(Client::new(&config), table.clone()));
            return Ok(Self { users, base: url.map(base) });
        }
        let down = || Error::StackDown(place.stack.to_string());
        let stack = Stack::find(&workspace.stack_folder(&place.stack))?.ok_or_else(down)?;
        let deployed = stack.deployed.as_ref().ok_or_else(down)?;
        let users = Users::new(DynamoDb::new(seed::dynamodb(&stack), deployed.table_name.clone()));
        Ok(Self { users, base: Some(base(&deployed.console_url)) })
    }

    fn base(&self) -> Result<String, Error> {
        self.base.clone().ok_or(Error::NoConsoleUrl)
    }
}

/// A console's address without its path.
fn base(url: &str) -> String {
    let url = url.trim_end_matches('/');
    url.strip_suffix("/console").unwrap_or(url).to_owned()
}

fn failed(error: &PeopleError) -> Error {
    Error::People(Chain(error).to_string())
}

async fn known(users: &Users, email: &EmailAddress, now: Timestamp) -> Result<Person, Error> {
    let person = users.person(&UserKey::of(email), now).await.map_err(|error| failed(&error.into()))?;
    person.ok_or_else(|| Error::NoPerson(email.to_string()))
}

async fn add(users: &Users, args: &AddArgs, password: Option<String>, now: Timestamp) -> Result<User, Error> {
    if args.role == Role::Admin && !args.workspaces.is_empty() {
        return Err(Error::People("an Admin sees all workspaces; leave --workspace out".to_owned()));
    }
    let local = args.email.as_str().split('@').next().unwrap_or_default();
    let user = User {
        email: args.email.clone(),
        name: args.name.as_deref().unwrap_or(local).trim().to_owned(),
        role: args.role,
        workspaces: args.workspaces.clone(),
        password,
        language: "en".to_owned(),
        disabled: false,
        added_at: now,
    };
    match users.add(&user).await {
        Ok(()) => Ok(user),
        Err(PeopleError::Known) => Err(Error::PersonKnown(user.email.to_string())),
        Err(error) => Err(failed(&error)),
    }
}

async fn link(users: &Users, user: &User, base: &str, now: Timestamp) -> Result<String, Error> {
    let token = users.invite(&user.key(), now).await.map_err(|error| failed(&error))?;
    Ok(format!("{base}{}", welcome::path(&token)))
}

/// The hash of the password that standard input holds, without the end of its line.
fn typed_password(email: &EmailAddress) -> Result<String, Error> {
    let mut text = String::new();
    let read = io::stdin().take(4_096).read_to_string(&mut text);
    read.map_err(|error| Error::People(format!("the password can't be read: {error}")))?;
    let chosen = text.trim_end_matches(['\r', '\n']);
    let checked = password::check(chosen, email.as_str()).and_then(|()| password::hash(chosen));
    checked.map_err(|error| Error::People(error.to_string()))
}

fn tell(user: &User, what: &str, link: Option<&str>, now: Timestamp, as_json: bool) {
    let until = link.map(|_| now + welcome::LASTS);
    if as_json {
        output::json(&json!({"email": user.email, "role": user.role, "link": link, "link_until": until}));
        return;
    }
    output::text(&format!("{} {what}: {}.", user.email, user.role));
    if let Some(link) = link {
        output::text("Who has this link can sign in as them. It works once, for 48 hours:");
        output::text(&format!("\n  {link}"));
    }
}

fn row(person: &Person) -> Value {
    let user = &person.user;
    json!({
        "email": user.email, "name": user.name, "role": user.role, "workspaces": user.workspaces,
        "disabled": user.disabled, "has_password": user.password.is_some(), "invited_until": person.invited_until,
        "last_sign_in": person.last_sign_in, "sessions": person.sessions.len(),
    })
}

fn line(person: &Person) -> String {
    let user = &person.user;
    let state = match (user.disabled, person.last_sign_in, person.invited_until) {
        (true, _, _) => "disabled".to_owned(),
        (_, Some(at), _) => format!("last in {}", at.strftime("%Y-%m-%d %H:%M UTC")),
        (_, None, Some(until)) => format!("invited until {}", until.strftime("%Y-%m-%d %H:%M UTC")),
        (_, None, None) => "never in".to_owned(),
    };
    let workspaces: Vec<String> = user.workspaces.iter().map(ToString::to_string).collect();
    let workspaces = if workspaces.is_empty() { "all".to_owned() } else { workspaces.join(",") };
    format!("{:<32} {:<10} {:<24} {workspaces:<20} {state}", user.email.as_str(), user.role.label(), user.name)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
    use shared::store::dynamodb::create_table;
    use tokio::net::TcpListener;

    use super::*;

    async fn users() -> Users {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().expect("a database")));
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url(endpoint)
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let client = Client::from_conf(config);
        create_table(&client, "console").await.expect("a table");
        Users::new(DynamoDb::new(client, "console".to_owned()))
    }

    fn args(email: &str, role: Role) -> AddArgs {
        let place = Place { stack: StackName::DEFAULT.parse().expect("a name"), table: None };
        let (name, console_url) = (None, None);
        let email = EmailAddress::parse(email).expect("an address");
        AddArgs { email, role, name, workspaces: Vec::new(), password_stdin: false, place, console_url, json: false }
    }

    #[tokio::test]
    async fn the_first_admin_is_added_with_a_link_and_only_once() {
        let (users, now) = (users().await, Timestamp::UNIX_EPOCH);
        let ada = add(&users, &args("ada@demo.example", Role::Admin), None, now).await.expect("added");
        let link = link(&users, &ada, &base("https://console.example/console"), now).await.expect("a link");
        assert!(
            link.starts_with(&format!("https://console.example/console/welcome/{}.", ada.key().as_str())),
            "{link}"
        );
        let person = known(&users, &ada.email, now).await.expect("known");
        assert_eq!((person.user.name.as_str(), person.invited_until), ("ada", Some(now + welcome::LASTS)));
        assert!(line(&person).contains("invited until 1970-01-03 00:00 UTC"), "{}", line(&person));
        let again = add(&users, &args("ADA@demo.example", Role::Viewer), None, now).await;
        assert!(matches!(again, Err(Error::PersonKnown(_))), "{again:?}");
    }

    #[tokio::test]
    async fn the_last_admin_with_a_password_is_not_removed() {
        let (users, now) = (users().await, Timestamp::UNIX_EPOCH);
        let hash = Some("$argon2id$".to_owned());
        let ada = add(&users, &args("ada@demo.example", Role::Admin), hash.clone(), now).await.expect("added");
        let refused = users.dismiss(&ada, false, now).await;
        assert!(matches!(refused, Err(PeopleError::LastAdmin)), "{refused:?}");
        add(&users, &args("bo@demo.example", Role::Admin), hash, now).await.expect("added");
        users.dismiss(&ada, false, now).await.expect("removed");
        assert!(matches!(known(&users, &ada.email, now).await, Err(Error::NoPerson(_))));
    }

    #[tokio::test]
    async fn an_admin_is_not_kept_to_some_workspaces() {
        let args = AddArgs {
            workspaces: vec![WorkspaceId::parse("demo").expect("a name")],
            ..args("a@b.example", Role::Admin)
        };
        assert!(add(&users().await, &args, None, Timestamp::UNIX_EPOCH).await.is_err());
    }

    #[test]
    fn a_consoles_address_is_taken_with_and_without_its_path() {
        for url in
            ["https://a.example/console", "https://a.example/console/", "https://a.example/", "https://a.example"]
        {
            assert_eq!(base(url), "https://a.example");
        }
    }
}
