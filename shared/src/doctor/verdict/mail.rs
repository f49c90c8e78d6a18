//! Mail: whether SES would send it, and whether it goes somewhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::email::{EmailAddress, Mailbox};
use crate::domain::settings::WorkspaceSettings;

use super::counted;
use crate::doctor::report::{Checks, Section};
use crate::doctor::seen::{Seen, SeenMail};

/// The daily quota of an account in SES's sandbox.
const SANDBOX_QUOTA: f64 = 200.0;

/// Endings of addresses that nobody has (RFC 2606 and 6761).
const RESERVED: [&str; 6] = ["example", "invalid", "test", "localhost", "example.com", "example.org"];

/// The senders, by the address.
pub(super) fn senders(settings: &WorkspaceSettings) -> BTreeSet<EmailAddress> {
    let brands = settings.brands.iter().filter_map(|brand| brand.escalation.sender.as_deref());
    let all = settings.escalation.sender.as_deref().into_iter().chain(brands);
    all.filter_map(|sender| Mailbox::parse(sender).ok()).map(|mailbox| mailbox.address).collect()
}

pub(super) fn judge(settings: &WorkspaceSettings, seen: &Seen) -> Checks {
    let mut checks = Checks::of(Section::Mail);
    let senders = senders(settings);
    match &seen.mail.identities {
        Some(Ok(identities)) => {
            for sender in &senders {
                verified(&mut checks, sender, identities);
            }
        }
        Some(Err(said)) => {
            checks.warn(
                "senders",
                said.clone(),
                "give the credentials the right ses:GetIdentityVerificationAttributes",
            );
        }
        None if senders.is_empty() => {
            checks.fail("senders", "there is none", "set escalation.sender to an address that SES may send as");
        }
        None => {}
    }
    account(&mut checks, &seen.mail);
    recipients(&mut checks, settings, seen.simulated);
    checks
}

/// SES may send as an address when it, its domain, or a domain above is verified.
fn verified(checks: &mut Checks, sender: &EmailAddress, identities: &BTreeMap<String, String>) {
    let check = format!("sender {sender}");
    let candidates = identities_of(sender);
    let good = candidates.iter().find(|name| identities.get(*name).is_some_and(|status| status == "Success"));
    if let Some(name) = good {
        return checks.ok(check, format!("{name} is verified"));
    }
    let states = candidates.iter().filter_map(|name| identities.get(name).map(|status| format!("{name}: {status}")));
    let states: Vec<String> = states.collect();
    let seen = if states.is_empty() { "SES knows neither it nor its domain".to_owned() } else { states.join(", ") };
    checks.fail(check, seen, "verify the address or its domain in SES, in the stack's region");
}

/// What may be verified for an address: itself, its domain, and the domains above with at least two labels.
pub(super) fn identities_of(sender: &EmailAddress) -> Vec<String> {
    let mut names = vec![sender.as_str().to_owned()];
    let mut domain = sender.domain().to_ascii_lowercase();
    loop {
        names.push(domain.clone());
        match domain.split_once('.') {
            Some((_, above)) if above.contains('.') => domain = above.to_owned(),
            _ => return names,
        }
    }
}

fn account(checks: &mut Checks, mail: &SeenMail) {
    match &mail.sending_enabled {
        Some(Ok(true)) => checks.ok("SES sends for the account", "yes"),
        Some(Ok(false)) => checks.fail("SES sends for the account", "no: it is paused", "see the SES console for why"),
        Some(Err(said)) => checks.skipped("SES sends for the account", said.clone()),
        None => {}
    }
    match &mail.quota {
        Some(Ok((most, sent))) if *most < 0.0 => checks.ok("SES quota", format!("unlimited, {sent} sent today")),
        Some(Ok((most, sent))) if *sent >= *most => {
            checks.fail("SES quota", format!("{sent} of {most} a day are used up"), "ask AWS for a higher quota");
        }
        Some(Ok((most, _))) if *most <= SANDBOX_QUOTA => checks.warn(
            "SES quota",
            format!("{most} a day: the account is in the sandbox, it seems"),
            "ask AWS for production access: in the sandbox only verified addresses get mail",
        ),
        Some(Ok((most, sent))) => checks.ok("SES quota", format!("{sent} of {most} a day are used")),
        Some(Err(said)) => checks.skipped("SES quota", said.clone()),
        None => {}
    }
}

/// Their form is checked with the settings.
fn recipients(checks: &mut Checks, settings: &WorkspaceSettings, simulated: bool) {
    let last = settings.escalation.last_resort_email.as_deref();
    let brands = settings.brands.iter();
    let brands = brands.filter_map(|brand| Some((brand.name.as_str(), brand.escalation.email.as_deref()?)));
    let all: Vec<_> = last.map(|email| ("the last resort", email)).into_iter().chain(brands).collect();
    let mut unlikely = Vec::new();
    for (whose, email) in &all {
        let Ok(address) = EmailAddress::parse(email) else { continue };
        let domain = address.domain().to_ascii_lowercase();
        if !simulated && RESERVED.iter().any(|end| domain == *end || domain.ends_with(&format!(".{end}"))) {
            unlikely.push(*whose);
        }
    }
    if unlikely.is_empty() {
        checks.ok("recipients", counted(all.len(), "address").replace("addresss", "addresses"));
    } else {
        let fix = "write addresses that somebody reads";
        checks.warn("recipients", format!("an address for examples is that of {}", unlikely.join(", ")), fix);
    }
    let automated = settings.brands.iter().filter(|brand| brand.automated && brand.escalation.email.is_none());
    let without: Vec<&str> = automated.map(|brand| brand.name.as_str()).collect();
    if !without.is_empty() && last.is_some() {
        let fix = "give each automated brand an address of its own, if its team has one";
        checks.warn("brands' addresses", format!("the last resort is written to for {}", without.join(", ")), fix);
    }
}
