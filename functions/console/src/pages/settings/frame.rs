//! What all pages of the settings have: the pages to choose from, and the draft with what is wrong with it.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize as _;
use serde_json::Value;
use shared::domain::presence::Cause;
use shared::domain::settings::WorkspaceSettings;
use shared::engine::portal::Directory;

use super::draft::Held;
use super::form::problems::Verdict;
use super::parts::{PARTS, Part, Place};
use crate::console::Console;

/// What all pages of the settings have.
pub struct Frame {
    /// The path of the settings.
    pub base: String,
    /// The pages to choose from.
    pub tabs: Vec<Tab>,
    /// The draft.
    pub bar: Option<Bar>,
    /// SalesIQ does not tell all names: why.
    pub nameless: Option<String>,
}

/// A page to choose.
pub struct Tab {
    /// Its title.
    pub title: &'static str,
    /// Where it is.
    pub href: String,
    /// It is this one.
    pub current: bool,
    /// How much is wrong on it.
    pub wrong: usize,
}

/// The draft, in a line.
pub struct Bar {
    /// How many settings differ from what is published.
    pub changes: usize,
    /// Who changed it last.
    pub by: String,
    /// When, for machines.
    pub at: Timestamp,
    /// Where it comes from.
    pub note: Option<String>,
    /// How much is wrong.
    pub wrong: usize,
    /// Which version it is.
    pub version: u64,
    /// How much of it contradicts what was published meanwhile.
    pub conflicts: usize,
}

impl Frame {
    /// The frame of a page.
    #[must_use]
    pub fn new(held: &Held, verdict: &Verdict, current: Option<&'static Part>, directory: Option<&Directory>) -> Self {
        let base = format!("/console/w/{}/settings", held.id);
        let wrong = |part: &Part| verdict.wrong().filter(|one| Place::of(&one.pointer).part == part).count();
        let tabs = PARTS.iter().filter(|part| part.is_used()).map(|part| Tab {
            title: part.title,
            href: format!("{base}/{}", part.slug),
            current: current == Some(part),
            wrong: wrong(part),
        });
        let bar = held.draft.as_ref().map(|(draft, version)| Bar {
            changes: held.changes().len(),
            by: draft.by.clone(),
            at: draft.at,
            note: draft.note.clone(),
            wrong: verdict.wrong().count(),
            version: *version,
            conflicts: held.conflicts.len(),
        });
        let nameless = directory.and_then(Directory::failure).map(|cause| format!("{cause}; {}", cause.advice()));
        Self { tabs: tabs.collect(), base, bar, nameless }
    }
}

/// What SalesIQ calls things. Where settings can't be read, nobody can be asked.
pub async fn directory(console: &Arc<Console>, held: &Held) -> Directory {
    let unknown = Directory::unknown(&Cause::Other { code: None });
    let readable = |value: &Value| WorkspaceSettings::deserialize(value).ok();
    let Some(settings) = readable(&held.published).or_else(|| readable(held.value())) else { return unknown };
    match console.portals.of(&settings) {
        Ok(portal) => Box::pin(portal.directory(console.clock.now())).await,
        Err(_) => unknown,
    }
}
