//! "Try it" on the page of a procedure: which procedures fit what a visitor says.

use serde::Deserialize;
use serde_json::Value;
use shared::agent::{Fit, Line, Turn, procedures_that_fit};
use shared::domain::id::ConversationId;
use shared::domain::message::{Author, Content};
use shared::domain::settings::BrandSettings;

use super::form::names::Opt;
use super::form::problems::Verdict;
use super::parts::Place;

/// What is to be tried.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    /// What a visitor says.
    #[serde(default)]
    pub say: String,
    /// To which brand.
    #[serde(default)]
    pub brand: String,
}

/// A trial, and what it came to.
pub struct Trial {
    /// What was said.
    pub say: String,
    /// The brands to choose from.
    pub brands: Vec<Opt>,
    /// The draft can't be tried as it is.
    pub unreadable: bool,
    /// What fits, best first; none where nothing was said.
    pub fits: Option<Vec<Row>>,
}

/// A procedure that fits.
pub struct Row {
    /// How well.
    pub fit: Fit,
    /// It is the one of this page.
    pub own: bool,
}

/// What is tried on a page.
#[must_use]
pub fn trial(place: Place, verdict: &Verdict, value: &Value, asked: Option<Asked>) -> Option<Trial> {
    let index = place.index.filter(|_| place.part.slug == "procedures")?;
    let Asked { say, brand } = asked.unwrap_or_default();
    let Some(settings) = &verdict.settings else {
        return Some(Trial { say, brands: Vec::new(), unreadable: true, fits: None });
    };
    let chosen = settings.brands.iter().find(|one| one.id.as_str() == brand).or_else(|| settings.brands.first());
    let option = |one: &BrandSettings| Opt {
        value: one.id.to_string(),
        label: one.name.clone(),
        chosen: chosen.is_some_and(|chosen| chosen.id == one.id),
    };
    let brands = settings.brands.iter().map(option).collect();
    let own = value.pointer("/procedures").and_then(|list| list.get(index)?.get("name")?.as_str());
    let fits = chosen.filter(|_| !say.trim().is_empty()).and_then(|brand| {
        let conversation = ConversationId::parse("trial").ok()?;
        let line = Line { author: Author::Visitor, content: Content::Text { text: say.clone() }, unanswered: true };
        let lines = [line];
        // The time tells nothing of what fits.
        let turn = Turn::about(&conversation, settings, brand, &lines, jiff::Timestamp::UNIX_EPOCH);
        let row = |fit: Fit| Row { own: own == Some(fit.procedure.as_str()), fit };
        Some(procedures_that_fit(&turn).into_iter().map(row).collect())
    });
    Some(Trial { say, brands, unreadable: false, fits })
}
