//! The pages of the settings: which settings stand on which.

use serde_json::Value;

use super::form::pointer::{html_id, step, steps};
use super::form::schema::workspace;

/// What is on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// These settings.
    Fields(&'static [&'static str]),
    /// A list whose elements have pages of their own.
    List {
        /// Where it is.
        pointer: &'static str,
        /// What an element is called.
        noun: &'static str,
    },
    /// What stands on no other page.
    Rest,
}

/// A page of the settings.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// The last part of its path.
    pub slug: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// What is on it.
    pub shape: Shape,
}

/// The pages, the first for who says nothing else.
pub const PARTS: [Part; 11] = [
    Part {
        slug: "general",
        title: "General",
        about: "The portal, when the AI answers, and how long conversations are kept.",
        shape: Shape::Fields(&[
            "/bot_operator",
            "/pickup",
            "/burst_window_ms",
            "/human_silence_s",
            "/team_language",
            "/time_zone",
            "/retention_days",
            "/screen_name",
            "/org_id",
            "/data_centre",
            "/webhook_keys",
        ]),
    },
    Part {
        slug: "escalation",
        title: "Escalation",
        about: "How a human is found, and who is written to when there is none.",
        shape: Shape::Fields(&["/default_department", "/escalation", "/business_hours"]),
    },
    Part {
        slug: "brands",
        title: "Brands",
        about: "Which brands the AI serves, and what is different for each of them.",
        shape: Shape::List { pointer: "/brands", noun: "brand" },
    },
    Part {
        slug: "ai",
        title: "AI",
        about: "The models that the AI thinks with, what they may cost, and how the embedded playbook answers.",
        shape: Shape::Fields(&["/agent", "/playbook"]),
    },
    Part {
        slug: "tools",
        title: "Tools",
        about: "What the AI may call of the company's systems.",
        shape: Shape::List { pointer: "/tools", noun: "tool" },
    },
    Part {
        slug: "procedures",
        title: "Procedures",
        about: "What is to be done in certain cases, in this order.",
        shape: Shape::List { pointer: "/procedures", noun: "procedure" },
    },
    Part {
        slug: "identity",
        title: "Identity",
        about: "Player Authentication: how the AI learns who writes. Account data is for verified players.",
        shape: Shape::Fields(&["/identity"]),
    },
    Part {
        slug: "masking",
        title: "Masking",
        about: "What is masked of what people write. Card numbers always are, everywhere.",
        shape: Shape::Fields(&["/redaction"]),
    },
    Part {
        slug: "idle",
        title: "Silence",
        about: "What happens in a chat in which the visitor says nothing more.",
        shape: Shape::Fields(&["/idle"]),
    },
    Part {
        slug: "sentinel",
        title: "Sentinel",
        about: "What is watched and mended each minute.",
        shape: Shape::Fields(&["/sentinel"]),
    },
    Part { slug: "other", title: "Other", about: "Settings that are new here.", shape: Shape::Rest },
];

/// Not edited: a workspace is never another one.
const FIXED: &str = "/workspace";

/// A page: of settings, or of one element of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub part: &'static Part,
    /// Which element.
    pub index: Option<usize>,
}

impl Part {
    /// The page of that name.
    #[must_use]
    pub fn of(slug: &str) -> Option<&'static Self> {
        PARTS.iter().find(|part| part.slug == slug && part.is_used())
    }

    /// Whether there is anything on it.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.shape != Shape::Rest || !rest().is_empty()
    }

    /// The pointers of what is edited on it.
    #[must_use]
    pub fn pointers(&self) -> Vec<String> {
        match self.shape {
            Shape::Fields(pointers) => pointers.iter().map(|pointer| (*pointer).to_owned()).collect(),
            Shape::List { pointer, .. } => vec![pointer.to_owned()],
            Shape::Rest => rest(),
        }
    }
}

impl Place {
    /// The page on which a setting stands. What stands on none is with the first.
    #[must_use]
    pub fn of(pointer: &str) -> Self {
        let mut all = steps(pointer);
        let top = all.next().map(|first| step("", &first)).unwrap_or_default();
        let part = PARTS.iter().find(|part| part.pointers().contains(&top)).unwrap_or(&PARTS[0]);
        let index = match part.shape {
            Shape::List { .. } => all.next().and_then(|index| index.parse().ok()),
            _ => None,
        };
        Self { part, index }
    }

    /// The pointers of what is edited on it.
    #[must_use]
    pub fn pointers(&self) -> Vec<String> {
        let own = self.part.pointers();
        match self.index {
            Some(index) => own.iter().map(|pointer| step(pointer, &index.to_string())).collect(),
            None => own,
        }
    }

    /// Whether the value has it: elements may be gone.
    #[must_use]
    pub fn is_in(&self, value: &Value) -> bool {
        self.index.is_none() || self.pointers().iter().all(|pointer| value.pointer(pointer).is_some())
    }

    /// Its path behind that of the settings.
    #[must_use]
    pub fn path(&self) -> String {
        self.index.map_or_else(|| self.part.slug.to_owned(), |index| format!("{}/{index}", self.part.slug))
    }
}

/// Where a setting is edited, behind the path of the settings.
#[must_use]
pub fn path_of(pointer: &str) -> String {
    format!("{}#{}", Place::of(pointer).path(), html_id(pointer))
}

/// What the other pages don't have.
fn rest() -> Vec<String> {
    let known: Vec<&str> = PARTS
        .iter()
        .flat_map(|part| match part.shape {
            Shape::Fields(pointers) => pointers.to_vec(),
            Shape::List { pointer, .. } => vec![pointer],
            Shape::Rest => Vec::new(),
        })
        .chain([FIXED])
        .collect();
    let all = workspace().properties().iter().map(|property| step("", &property.name));
    all.filter(|pointer| !known.contains(&pointer.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_stands_on_exactly_one_page() {
        for property in workspace().properties() {
            let pointer = step("", &property.name);
            let pages = PARTS.iter().filter(|part| part.pointers().contains(&pointer)).count();
            assert_eq!(pages, usize::from(pointer != FIXED), "{pointer}");
        }
        let known = PARTS
            .iter()
            .flat_map(Part::pointers)
            .all(|pointer| workspace().properties().iter().any(|property| step("", &property.name) == pointer));
        assert!(known, "a page has a setting that there is not");
    }

    #[test]
    fn a_setting_leads_to_its_page() {
        assert_eq!(path_of("/escalation/mode"), "escalation#f-escalation-mode");
        assert_eq!(path_of("/brands/1/texts/de"), "brands/1#f-brands-1-texts-de");
        assert_eq!(path_of("/brands"), "brands#f-brands");
        assert_eq!(path_of(""), "general#f");
    }
}
