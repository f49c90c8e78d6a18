//! What ids stand for, as people know them: as SalesIQ tells, and as the settings themselves do.

use serde_json::Value;
use shared::engine::portal::{Directory, Listed};

use super::words::Refers;

/// What is built in and can be called by a procedure (`check` of the settings knows the same).
const BUILT_IN: [&str; 3] = ["search_knowledge", "lookup_player", "tag"];

/// A value to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opt {
    /// As it stands in the settings.
    pub value: String,
    /// As it is shown.
    pub label: String,
    /// It is chosen.
    pub chosen: bool,
}

/// Where names come from.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// What SalesIQ tells.
    pub directory: &'a Directory,
    /// The settings that are edited.
    pub draft: &'a Value,
}

impl Names<'_> {
    /// What there is to choose; none where SalesIQ does not tell, or where anything may be written.
    #[must_use]
    pub fn options(&self, refers: Refers) -> Option<Vec<Opt>> {
        let listed = |list: &Listed| {
            let rows = list.as_ref().ok()?.iter();
            let option = |row: &shared::engine::portal::Named| {
                let name = row.name.clone().unwrap_or_else(|| row.id.clone());
                let label = if row.off { format!("{name} (switched off)") } else { name };
                Opt { value: row.id.clone(), label, chosen: false }
            };
            Some(rows.map(option).collect())
        };
        match refers {
            Refers::Department => listed(&self.directory.departments),
            Refers::Operator => listed(&self.directory.operators),
            Refers::Brand => listed(&self.directory.brands),
            Refers::Tag => listed(&self.directory.tags),
            Refers::Tool => Some(self.named("/tools").collect()),
            Refers::Callable => {
                let built_in = BUILT_IN.iter().map(|name| Opt {
                    value: (*name).to_owned(),
                    label: format!("{name} (built in)"),
                    chosen: false,
                });
                Some(self.named("/tools").chain(built_in).collect())
            }
            Refers::Backend => Some(self.named("/agent/backends").collect()),
            Refers::Zone => None,
        }
    }

    /// How a value is shown; itself, if it stands for nothing or nobody knows for what.
    #[must_use]
    pub fn shown(&self, refers: Option<Refers>, value: &str) -> String {
        let known = refers.and_then(|refers| self.options(refers)).into_iter().flatten().find(|one| one.value == value);
        let known = known.map(|one| one.label).filter(|label| label != value);
        let brand = (refers == Some(Refers::Brand)).then(|| self.brand(value)).flatten();
        known.or(brand).map_or_else(|| value.to_owned(), |name| format!("{name} ({value})"))
    }

    /// A brand as the settings name it.
    fn brand(&self, id: &str) -> Option<String> {
        let brands = self.draft.get("brands")?.as_array()?;
        let brand = brands.iter().find(|brand| brand.get("id").and_then(Value::as_str) == Some(id))?;
        brand.get("name")?.as_str().map(str::to_owned)
    }

    /// What the settings themselves declare.
    fn named(&self, pointer: &str) -> impl Iterator<Item = Opt> {
        let list = self.draft.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let names = list.iter().filter_map(|one| one.get("name")?.as_str());
        names.map(|name| Opt { value: name.to_owned(), label: name.to_owned(), chosen: false })
    }
}
