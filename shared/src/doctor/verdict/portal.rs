//! The portal: its data centre, its screen name, its organisation, its brands.

use crate::domain::settings::{DataCentre, WorkspaceSettings};
use crate::salesiq::client::Endpoints;

use super::access::{granted_in, move_to};
use super::{counted, unread};
use crate::doctor::report::{Checks, Section};
use crate::doctor::seen::{Because, Failed, Read, Reads, Seen};

/// The data centre whose accounts server this is.
#[must_use]
pub fn data_centre_of(accounts_host: &str) -> Option<DataCentre> {
    let is = |data_centre: &DataCentre| {
        Endpoints::of(*data_centre).is_ok_and(|servers| servers.accounts.host_str() == Some(accounts_host))
    };
    DataCentre::ALL.into_iter().find(is)
}

pub(super) fn judge(settings: &WorkspaceSettings, seen: &Seen) -> Checks {
    let mut checks = Checks::of(Section::Portal);
    data_centre(&mut checks, settings, seen);
    let Some(reader) = seen.reader() else { return checks };
    screen_name(&mut checks, settings, &reader.reads);
    brands(&mut checks, settings, &reader.reads);
    checks
}

fn data_centre(checks: &mut Checks, settings: &WorkspaceSettings, seen: &Seen) {
    let check = "data centre";
    if seen.simulated {
        return checks.skipped(check, "the portal is a simulated one");
    }
    let elsewhere = seen.principals.iter().filter_map(granted_in).find(|granted| *granted != settings.data_centre);
    let answered = seen.principals.iter().any(|principal| matches!(principal.reads.conversations, Read::Got(())));
    match (elsewhere, answered) {
        (Some(other), _) => checks.warn(check, "an account was granted access in another data centre", move_to(other)),
        (None, true) => checks.ok(check, "the portal answers there"),
        (None, false) => checks.skipped(check, "nobody's token reads anything: see the access above"),
    }
}

fn screen_name(checks: &mut Checks, settings: &WorkspaceSettings, reads: &Reads) {
    let wanted = settings.screen_name.as_str();
    let check = "screen name";
    let portals = match &reads.portals {
        Read::Got(portals) => portals,
        _ if matches!(reads.conversations, Read::Failed(Failed { because: Because::NoPortal, .. })) => {
            let fix =
                "write the first part of the console's URL as screen_name; if it is right, the data centre is not";
            return checks.fail(check, format!("SalesIQ knows no portal {wanted} (error 1005)"), fix);
        }
        read => return checks.skipped(check, unread(read)),
    };
    let Some(portal) = portals.iter().find(|portal| portal.screen_name == settings.screen_name) else {
        let names: Vec<&str> = portals.iter().map(|portal| portal.screen_name.as_str()).collect();
        let seen = format!("{wanted} is not among the portals that the account sees: {}", names.join(", "));
        return checks.fail(check, seen, "set screen_name to the portal's, or connect an account of that portal");
    };
    checks.ok(check, format!("{wanted}, {}", portal.name.as_deref().unwrap_or("without a name")));
    match (&settings.org_id, &portal.org_id) {
        (None, told) => {
            let seen = told.as_deref().map_or("not set".to_owned(), |told| format!("not set; the portal's is {told}"));
            checks.warn("org_id", seen, "set it: a delivery that was signed for another portal is then refused");
        }
        (Some(_), None) => checks.skipped("org_id", "the list of portals does not tell it; deliveries do"),
        (Some(set), Some(told)) if set == told => checks.ok("org_id", told.clone()),
        (Some(set), Some(told)) => {
            checks.fail("org_id", format!("the settings say {set}, the portal {told}"), "set org_id to the portal's");
        }
    }
}

fn brands(checks: &mut Checks, settings: &WorkspaceSettings, reads: &Reads) {
    let brands = match &reads.brands {
        Read::Got(brands) => brands,
        read => return checks.skipped("brands", unread(read)),
    };
    for set in &settings.brands {
        if brands.iter().all(|brand| brand.id != set.id) {
            let fix = "take the id from the console's URL .../settings/brands/ID";
            checks.fail(format!("brand {}", set.name), format!("the portal has no brand {}", set.id), fix);
        }
    }
    let unset = brands.iter().filter(|brand| settings.brand(&brand.id).is_none());
    let unset: Vec<&str> = unset.map(|brand| brand.name.as_deref().unwrap_or(brand.id.as_str())).collect();
    if unset.is_empty() {
        checks.ok("brands", format!("{} in the portal, each in the settings", counted(brands.len(), "brand")));
    } else {
        let fix = "add them, with automated: false if the AI shall not serve them";
        checks.warn("brands", format!("not in the settings: {}", unset.join(", ")), fix);
    }
}
