//! The JSON Schema of the settings (docs/settings.schema.json), read into what a form needs: by it alone every setting has a
//! field.

use std::sync::OnceLock;

use serde_json::{Map, Value};

/// The schema as it is in the repository.
const TEXT: &str = include_str!("../../../../../../docs/settings.schema.json");

/// What a value may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its shape.
    pub kind: Kind,
    /// What it is for.
    pub description: String,
    /// It may be missing on purpose.
    pub nullable: bool,
}

/// The shape of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A text.
    Text {
        /// The most characters.
        most: Option<u64>,
        /// What it must look like: only some characters are allowed.
        bound: bool,
        /// A day.
        date: bool,
        /// One way to write it.
        example: Option<String>,
    },
    /// Yes or no.
    Boolean,
    /// A whole number.
    Integer {
        /// The least.
        least: Option<u64>,
        /// The most.
        most: Option<u64>,
    },
    /// One of a few words.
    Choice(Vec<Choice>),
    /// Fields with names.
    Object(Vec<Property>),
    /// As many as are wanted.
    List {
        /// What each is.
        element: Box<Node>,
        /// The most.
        most: Option<u64>,
    },
    /// Values by names that are free, or of a list.
    Map {
        /// The names that are allowed; none: any.
        keys: Option<Vec<String>>,
        /// What each is.
        value: Box<Node>,
    },
    /// One of several objects, told apart by a field.
    Variants {
        /// The field.
        tag: String,
        /// The objects.
        variants: Vec<Variant>,
    },
    /// Any JSON.
    Json,
}

/// One of a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// As it stands in the settings.
    pub value: String,
    /// What it means.
    pub description: String,
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// What it may be.
    pub node: Node,
    /// It has to be there.
    pub required: bool,
    /// What holds where it is missing.
    pub default: Option<Value>,
}

/// One of several objects.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// What its tag says.
    pub value: String,
    /// What it is.
    pub description: String,
    /// Its fields besides the tag.
    pub properties: Vec<Property>,
}

/// The settings of a workspace.
pub fn workspace() -> &'static Node {
    static NODE: OnceLock<Node> = OnceLock::new();
    NODE.get_or_init(|| {
        let schema: Value = serde_json::from_str(TEXT).unwrap_or_default();
        read(&schema, &schema)
    })
}

impl Node {
    /// The fields of an object; of anything else none.
    #[must_use]
    pub fn properties(&self) -> &[Property] {
        match &self.kind {
            Kind::Object(properties) => properties,
            _ => &[],
        }
    }

    /// What a field or an element may be: one step down. `value` tells which of several objects it is.
    #[must_use]
    pub fn child(&self, step: &str, value: Option<&Value>) -> Option<&Self> {
        match &self.kind {
            Kind::Object(properties) => named(properties, step),
            Kind::List { element, .. } => Some(element),
            Kind::Map { value, .. } => Some(value),
            Kind::Variants { tag, variants } => {
                let told = value.and_then(|value| value.get(tag)).and_then(Value::as_str);
                let own = variants.iter().filter(|variant| told.is_none_or(|told| told == variant.value));
                own.into_iter().find_map(|variant| named(&variant.properties, step))
            }
            _ => None,
        }
    }
}

fn named<'a>(properties: &'a [Property], name: &str) -> Option<&'a Node> {
    properties.iter().find(|property| property.name == name).map(|property| &property.node)
}

fn read(schema: &Value, root: &Value) -> Node {
    let description = text(schema, "description").unwrap_or_default();
    if let Some(target) = text(schema, "$ref") {
        let pointer = target.trim_start_matches('#');
        let node = root.pointer(pointer).map_or_else(Node::any, |target| read(target, root));
        let description = if description.is_empty() { node.description } else { description };
        return Node { description, ..node };
    }
    if let Some(any) = schema.get("anyOf").and_then(Value::as_array) {
        // Nothing but "this or null" is derived.
        let some = any.iter().find(|one| text(one, "type").as_deref() != Some("null"));
        let node = some.map_or_else(Node::any, |some| read(some, root));
        let description = if description.is_empty() { node.description } else { description };
        return Node { description, nullable: true, ..node };
    }
    let (types, nullable) = types(schema);
    Node { kind: kind(schema, types.as_deref(), root), description, nullable }
}

impl Node {
    fn any() -> Self {
        Self { kind: Kind::Json, description: String::new(), nullable: false }
    }
}

fn kind(schema: &Value, named: Option<&str>, root: &Value) -> Kind {
    let number = |name: &str| schema.get(name).and_then(Value::as_u64);
    if let Some(one_of) = schema.get("oneOf").and_then(Value::as_array) {
        return choices(one_of).map(Kind::Choice).or_else(|| variants(one_of, root)).unwrap_or(Kind::Json);
    }
    match named {
        Some("string") => Kind::Text {
            most: number("maxLength"),
            bound: schema.get("pattern").is_some(),
            date: text(schema, "format").as_deref() == Some("date"),
            example: schema.pointer("/examples/0").and_then(Value::as_str).map(str::to_owned),
        },
        Some("boolean") => Kind::Boolean,
        Some("integer") => Kind::Integer { least: number("minimum"), most: number("maximum") },
        Some("array") => {
            let element = Box::new(schema.get("items").map_or_else(Node::any, |items| read(items, root)));
            Kind::List { element, most: number("maxItems") }
        }
        Some("object") => {
            match (schema.get("properties").and_then(Value::as_object), schema.get("additionalProperties")) {
                (Some(properties), _) => Kind::Object(fields(schema, properties, root)),
                (None, Some(each @ Value::Object(_))) => {
                    let keys = schema.pointer("/propertyNames/enum").and_then(Value::as_array);
                    let keys = keys.map(|keys| keys.iter().filter_map(Value::as_str).map(str::to_owned).collect());
                    Kind::Map { keys, value: Box::new(read(each, root)) }
                }
                _ => Kind::Json,
            }
        }
        _ => Kind::Json,
    }
}

fn fields(schema: &Value, properties: &Map<String, Value>, root: &Value) -> Vec<Property> {
    let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let field = |(name, schema): (&String, &Value)| Property {
        name: name.clone(),
        node: read(schema, root),
        required: required.iter().any(|one| one.as_str() == Some(name)),
        default: schema.get("default").cloned(),
    };
    properties.iter().map(field).collect()
}

fn choices(one_of: &[Value]) -> Option<Vec<Choice>> {
    let choice = |one: &Value| {
        Some(Choice { value: text(one, "const")?, description: text(one, "description").unwrap_or_default() })
    };
    one_of.iter().map(choice).collect()
}

fn variants(one_of: &[Value], root: &Value) -> Option<Kind> {
    let mut tag = None;
    let mut variants = Vec::new();
    for one in one_of {
        let properties = one.get("properties")?.as_object()?;
        let (name, value) = properties.iter().find_map(|(name, field)| Some((name, text(field, "const")?)))?;
        let mut properties = fields(one, properties, root);
        properties.retain(|property| property.name != *name);
        variants.push(Variant { value, description: text(one, "description").unwrap_or_default(), properties });
        tag = Some(name.clone());
    }
    Some(Kind::Variants { tag: tag?, variants })
}

fn types(schema: &Value) -> (Option<String>, bool) {
    match schema.get("type") {
        Some(Value::String(one)) => (Some(one.clone()), false),
        Some(Value::Array(several)) => {
            let names = || several.iter().filter_map(Value::as_str);
            (names().find(|name| *name != "null").map(str::to_owned), names().any(|name| name == "null"))
        }
        _ => (None, false),
    }
}

fn text(schema: &Value, name: &str) -> Option<String> {
    // Lines of the schema are wrapped as in the source.
    Some(schema.get(name)?.as_str()?.replace('\n', " "))
}
