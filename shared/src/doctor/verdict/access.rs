//! Who we are to SalesIQ: secrets, tokens, scopes.

use crate::domain::settings::{DataCentre, WorkspaceSettings};
use crate::salesiq::oauth::Principal;

use super::portal::data_centre_of;
use crate::doctor::report::{Checks, Section};
use crate::doctor::seen::{Because, Failed, Read, Seen, SeenPrincipal, SeenSecret};

const CONNECT: &str = "connect the account again, with all scopes, and write its secret anew";

pub(super) fn judge(settings: &WorkspaceSettings, seen: &Seen) -> Checks {
    let mut checks = Checks::of(Section::Access);
    for host in &seen.hosts {
        let check = format!("{} answers", host.host);
        match &host.answered {
            Ok(status) => checks.ok(check, format!("HTTP {status}")),
            Err(said) => checks.fail(check, said.clone(), "check the network, and whether the data centre is right"),
        }
    }
    for seen_principal in &seen.principals {
        if secret(&mut checks, settings, seen_principal) {
            token(&mut checks, settings, seen_principal);
            scopes(&mut checks, settings, seen, seen_principal);
        }
    }
    checks
}

/// Whether there is a secret to go on with.
fn secret(checks: &mut Checks, settings: &WorkspaceSettings, seen: &SeenPrincipal) -> bool {
    let principal = seen.principal;
    let check = format!("{principal}: secret");
    match &seen.secret {
        SeenSecret::There { blank, .. } if blank.is_empty() => {
            checks.ok(check, "there, with client and refresh token");
            true
        }
        SeenSecret::There { blank, .. } => {
            checks.fail(check, format!("{} is empty or has spaces", blank.join(" and ")), CONNECT);
            true
        }
        SeenSecret::Unusable(said) => {
            checks.fail(check, said.clone(), "write it as a JSON object with client_id, client_secret, refresh_token");
            false
        }
        SeenSecret::Missing => {
            match principal {
                Principal::Bot => checks.fail(check, "there is none", "connect the AI's operator account"),
                Principal::Facilitator if settings.escalation.facilitator.is_some() => {
                    let fix = "connect the account that escalation.facilitator names, or take it out of the settings";
                    checks.fail(check, "there is none, and the settings name a facilitator", fix);
                }
                Principal::Facilitator => checks.skipped(check, "none, and the settings name no facilitator"),
                Principal::Organisation => checks.skipped(check, "none; it is only needed to act as a visitor"),
            }
            false
        }
    }
}

fn token(checks: &mut Checks, settings: &WorkspaceSettings, seen: &SeenPrincipal) {
    let check = format!("{}: token", seen.principal);
    match &seen.token {
        Read::NotAsked => checks.skipped(check, "not asked for"),
        Read::Got(()) => checks.ok(check, "an access token was had, of those that all functions share"),
        Read::Failed(Failed { because: Because::Denied, said }) => {
            let fix = match granted_in(seen) {
                Some(other) if other != settings.data_centre => format!("{}, or {CONNECT}", move_to(other)),
                _ if said.contains("invalid_client") => {
                    "compare client_id and client_secret with the API console of the data centre that the portal is in; a \
                     client of another data centre is refused in the same words"
                        .to_owned()
                }
                _ => CONNECT.to_owned(),
            };
            checks.fail(check, said.clone(), fix);
        }
        Read::Failed(Failed { because: Because::Throttled, said }) => {
            checks.warn(check, said.clone(), "wait ten minutes and run this again; the functions wait too");
        }
        Read::Failed(Failed { because: Because::Unreachable, said }) => {
            checks.fail(check, said.clone(), "check the network and the accounts server's URL");
        }
        Read::Failed(failed) => checks.fail(check, failed.said.clone(), "put right what is named, and run this again"),
    }
}

/// Where an account was granted access, if its secret tells.
pub(super) fn granted_in(seen: &SeenPrincipal) -> Option<DataCentre> {
    match &seen.secret {
        SeenSecret::There { accounts_host: Some(host), .. } => data_centre_of(host),
        _ => None,
    }
}

pub(super) fn move_to(other: DataCentre) -> String {
    format!("set data_centre to {}, where the account was granted access", other.code())
}

/// Each read is a scope; what only a change proves is told as not checked.
fn scopes(checks: &mut Checks, settings: &WorkspaceSettings, seen: &Seen, principal: &SeenPrincipal) {
    if !matches!(principal.token, Read::Got(())) {
        return;
    }
    let who = principal.principal;
    let reads = &principal.reads;
    scope(checks, who, "SalesIQ.conversations.READ", &reads.conversations);
    scope(checks, who, "SalesIQ.operators.READ", &reads.operators);
    scope(checks, who, "SalesIQ.departments.READ", &reads.departments);
    scope(checks, who, "SalesIQ.apps.READ", &reads.brands);
    scope(checks, who, "SalesIQ.portals.READ", &reads.portals);
    scope(checks, who, "SalesIQ.webhooks.READ", &reads.webhooks);
    if who == Principal::Bot {
        written(checks, seen);
    }
    let reads_all = seen.reader().is_some_and(|reader| reader.principal == who);
    if reads_all && settings.sentinel.mend_webhook {
        for operation in ["CREATE", "UPDATE"] {
            let check = format!("{who}: SalesIQ.webhooks.{operation}");
            checks.skipped(check, "only a change of the webhook proves it: see what the sentinel finds");
        }
    }
    if who == Principal::Organisation {
        checks.skipped(format!("{who}: SalesIQ.conversations.CREATE"), "only a visitor's chat proves it");
    }
}

fn scope<T>(checks: &mut Checks, who: Principal, scope: &str, read: &Read<T>) {
    let check = format!("{who}: {scope}");
    match read {
        Read::NotAsked => {}
        Read::Got(_) => checks.ok(check, "the token has it"),
        Read::Failed(Failed { because: Because::Scope, .. }) => {
            checks.fail(check, format!("the token lacks {scope} (error 1009)"), CONNECT);
        }
        Read::Failed(Failed { because: Because::Forbidden, said }) => {
            let fix = "give the operator a role that may do this, in SalesIQ under Settings > Operators";
            checks.fail(check, said.clone(), fix);
        }
        Read::Failed(failed) => checks.warn(check, failed.said.clone(), "put right what is named, and run this again"),
    }
}

/// The scopes of the bot that only a change proves.
fn written(checks: &mut Checks, seen: &Seen) {
    let bot = Principal::Bot;
    let Some(writes) = &seen.writes else {
        for scope in ["conversations.CREATE", "conversations.UPDATE", "operators.UPDATE"] {
            checks.skipped(format!("{bot}: SalesIQ.{scope}"), "only a change proves it: run this with --write");
        }
        return;
    };
    for (scope, asked) in
        [("SalesIQ.conversations.CREATE", "add_note"), ("SalesIQ.conversations.UPDATE", "methods::CLOSE")]
    {
        let check = format!("{bot}: {scope}");
        let answer = writes.on_nothing.iter().find(|(name, _)| *name == asked).map(|(_, answer)| answer);
        match answer {
            Some(Err(Failed { because: Because::NotFound | Because::Forbidden, .. })) => {
                checks.ok(check, "a call on a conversation that does not exist was refused for that reason alone");
            }
            Some(Err(Failed { because: Because::Scope, .. })) => {
                checks.fail(check, format!("the token lacks {scope} (error 1009)"), CONNECT);
            }
            Some(Err(failed)) => checks.skipped(check, format!("the answer does not tell: {}", failed.said)),
            Some(Ok(())) => checks.skipped(check, "the answer does not tell: it was a success"),
            None => checks.skipped(check, "not tried"),
        }
    }
    scope(checks, bot, "SalesIQ.operators.UPDATE", &writes.status);
}
