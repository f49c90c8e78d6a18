//! What is wrong with a draft: whether it can be read at all, what `check` finds, and what is unlikely to be meant; each with
//! the place where it is mended.

use serde_json::Value;
use serde_path_to_error::Segment;
use shared::domain::id::WorkspaceId;
use shared::domain::settings::{SettingsProblem, WorkspaceSettings};

use super::pointer::{of_field, step};
use super::schema::{Kind, Node, workspace};

/// Something that is wrong, or unlikely to be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub pointer: String,
    /// What.
    pub problem: String,
    /// What to do.
    pub fix: String,
    /// It is allowed.
    pub warns: bool,
}

/// What was found of a draft.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// All that is wrong, then what is unlikely to be meant.
    pub found: Vec<Found>,
    /// The settings, if they can be read.
    pub settings: Option<WorkspaceSettings>,
}

impl Verdict {
    /// Looks at a draft of the settings of a workspace.
    #[must_use]
    pub fn of(draft: &Value, id: &WorkspaceId) -> Self {
        let mut found = Vec::new();
        shape(workspace(), draft, "", &mut found);
        let settings = match read(draft) {
            Ok(settings) => Some(settings),
            Err((pointer, problem)) => {
                let known = problem.starts_with("unknown field") || problem.starts_with("missing field");
                let is_told = found.iter().any(|one| known || one.pointer.starts_with(&pointer));
                if !is_told {
                    found.push(told(pointer, problem, "correct it"));
                }
                None
            }
        };
        if let Some(settings) = &settings {
            let at = |one: SettingsProblem, warns| Found {
                pointer: of_field(&one.field, workspace(), draft),
                problem: one.problem,
                fix: one.fix,
                warns,
            };
            if settings.workspace != *id {
                let problem = format!("it is {}, and these are the settings of {id}", settings.workspace);
                found.push(told("/workspace".to_owned(), problem, format!("write {id}")));
            }
            found.extend(settings.check().into_iter().map(|one| at(one, false)));
            found.extend(settings.warnings().into_iter().map(|one| at(one, true)));
        }
        // Some is found on the way to several fields, and told at one.
        let mut told = Vec::new();
        found.retain(|one| {
            !told.contains(one) && {
                told.push(one.clone());
                true
            }
        });
        Self { found, settings }
    }

    /// Whether it can be published.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.settings.is_some() && self.wrong().next().is_none()
    }

    /// What is wrong.
    pub fn wrong(&self) -> impl Iterator<Item = &Found> {
        self.found.iter().filter(|one| !one.warns)
    }
}

/// Reads settings; else the place, and why not.
fn read(draft: &Value) -> Result<WorkspaceSettings, (String, String)> {
    serde_path_to_error::deserialize(draft).map_err(|error| {
        let pointer = error.path().iter().fold(String::new(), |pointer, segment| match segment {
            Segment::Seq { index } => step(&pointer, &index.to_string()),
            Segment::Map { key } => step(&pointer, key),
            Segment::Enum { .. } | Segment::Unknown => pointer,
        });
        (pointer, error.inner().to_string())
    })
}

/// What the types would refuse one after the other, all at once.
fn shape(node: &Node, value: &Value, pointer: &str, found: &mut Vec<Found>) {
    if value.is_null() && node.nullable {
        return;
    }
    match (&node.kind, value) {
        (Kind::Object(_) | Kind::Variants { .. }, Value::Object(_)) => object(node, value, pointer, found),
        (Kind::List { element, .. }, Value::Array(list)) => {
            for (index, one) in list.iter().enumerate() {
                shape(element, one, &step(pointer, &index.to_string()), found);
            }
        }
        (Kind::Map { value: each, .. }, Value::Object(map)) => {
            for (key, one) in map {
                shape(each, one, &step(pointer, key), found);
            }
        }
        (Kind::Text { bound, .. }, Value::String(text)) => {
            if *bound && text.trim().is_empty() {
                found.push(told(pointer.to_owned(), "it is blank", "choose or write it, or take it out"));
            }
        }
        (Kind::Choice(choices), Value::String(text)) => {
            if !choices.iter().any(|choice| choice.value == *text) {
                let problem =
                    if text.is_empty() { "nothing is chosen".to_owned() } else { format!("{text} is not known") };
                found.push(told(pointer.to_owned(), problem, "choose one"));
            }
        }
        (Kind::Boolean, Value::Bool(_)) | (Kind::Json, _) => {}
        (Kind::Integer { .. }, Value::Number(number)) if number.is_u64() => {}
        (Kind::Integer { .. }, Value::String(text)) if text.is_empty() => {
            found.push(told(pointer.to_owned(), "it is blank", "write a number"));
        }
        (Kind::Integer { .. }, _) => {
            found.push(told(pointer.to_owned(), "it is no whole number", "write digits, such as 60"));
        }
        (kind, _) => {
            let problem = format!("it is no {}", name(kind));
            found.push(told(pointer.to_owned(), problem, "write it again, or take it out under Edit as text"));
        }
    }
}

fn object(node: &Node, value: &Value, pointer: &str, found: &mut Vec<Found>) {
    let (tag, properties) = match &node.kind {
        Kind::Variants { tag, variants } => {
            let told = value.get(tag).and_then(Value::as_str);
            let variant = variants.iter().find(|variant| Some(variant.value.as_str()) == told);
            (Some(tag), variant.map(|variant| variant.properties.as_slice()).unwrap_or_default())
        }
        _ => (None, node.properties()),
    };
    for property in properties {
        let pointer = step(pointer, &property.name);
        match value.get(&property.name) {
            Some(value) => shape(&property.node, value, &pointer, found),
            // An object that is required and has a default is made of it.
            None if property.required && !property.node.nullable && property.default.is_none() => {
                found.push(told(pointer, "there is none", "write it"));
            }
            None => {}
        }
    }
    for name in value.as_object().into_iter().flat_map(|object| object.keys()) {
        if Some(name) != tag && !properties.iter().any(|property| property.name == *name) {
            let problem = format!("there is no setting {name}");
            found.push(told(pointer.to_owned(), problem, "correct its name or take it out, under Edit as text"));
        }
    }
}

fn name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text { .. } | Kind::Choice(_) => "text",
        Kind::Boolean => "yes or no",
        Kind::Integer { .. } => "number",
        Kind::List { .. } => "list",
        Kind::Object(_) | Kind::Map { .. } | Kind::Variants { .. } | Kind::Json => "object with fields",
    }
}

fn told(pointer: String, problem: impl Into<String>, fix: impl Into<String>) -> Found {
    Found { pointer, problem: problem.into(), fix: fix.into(), warns: false }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(draft: &Value) -> String {
        let verdict = Verdict::of(draft, &WorkspaceId::parse("demo").unwrap());
        let told = |one: &Found| format!("{}: {}; {}", one.pointer, one.problem, one.fix);
        verdict.found.iter().map(told).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn all_that_can_not_be_read_is_told_at_once() {
        let draft = json!({
            "workspace": "demo", "screen_name": " ", "data_centre": "mars", "bot_operator": "1", "default_department": null,
            "escalation": {"direct_attempts": "three", "colour": "red"},
            "brands": [{"id": "1", "name": "Lumen", "automated": "yes"}, {"id": ""}], "tools": {},
        });
        insta::assert_snapshot!(found(&draft));
    }

    #[test]
    fn what_the_types_alone_refuse_is_told_with_its_place() {
        let draft = json!({
            "workspace": "demo", "screen_name": "a b", "data_centre": "eu", "bot_operator": "1", "escalation": {},
        });
        let told = found(&draft);
        assert!(told.starts_with("/screen_name: ") && told.contains("has the character ' '"), "{told}");
    }

    #[test]
    fn settings_of_another_workspace_are_not_usable() {
        let draft = json!({
            "workspace": "other", "screen_name": "a", "data_centre": "eu", "bot_operator": "1", "default_department": "2",
            "escalation": {"last_resort_email": "duty@lumen.example"}, "webhook_keys": ["MIIB"],
        });
        assert_eq!(found(&draft), "/workspace: it is other, and these are the settings of demo; write demo");
    }
}
