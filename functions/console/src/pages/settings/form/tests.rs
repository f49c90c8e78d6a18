//! Whatever settings there are: each has a field, and what a form shows is what it sends.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::Union;
use serde_json::{Map, Value, json};
use shared::domain::changes::between;
use shared::domain::id::WorkspaceId;
use shared::domain::presence::Cause;
use shared::engine::portal::{Directory, Named};

use super::control::{Control, Widget};
use super::names::Names;
use super::pointer::step;
use super::problems::{Found, Verdict};
use super::read::{Sent, TICKED};
use super::scan;
use super::schema::{Kind, Node, Property, workspace};
use super::view::View;
use crate::pages::settings::draft::canonical;
use crate::pages::settings::edit::{controls, taken};
use crate::pages::settings::parts::{PARTS, Place, Shape};

/// The pages that settings have.
fn places(settings: &Value) -> Vec<Place> {
    let of = |part: &'static crate::pages::settings::parts::Part| match part.shape {
        Shape::List { pointer, .. } => {
            let length = settings.pointer(pointer).and_then(Value::as_array).map_or(0, Vec::len);
            (0..length).map(|index| Place { part, index: Some(index) }).collect()
        }
        _ => vec![Place { part, index: None }],
    };
    PARTS.iter().flat_map(of).collect()
}

fn directory(known: bool) -> Directory {
    let named = |ids: &[&str]| {
        let rows = ids.iter().map(|id| Named { id: (*id).to_owned(), name: Some(format!("Named {id}")), off: false });
        if known { Ok(rows.collect()) } else { Err(Cause::SalesiqUnreachable) }
    };
    Directory {
        departments: named(&["a", "b"]),
        operators: named(&["a"]),
        brands: named(&["a", "c"]),
        tags: named(&["b"]),
    }
}

fn shown(settings: &Value, directory: &Directory, found: &[Found]) -> Vec<(Place, Vec<Control>)> {
    let view = View { names: Names { directory, draft: settings }, found };
    places(settings).into_iter().map(|place| (place, controls(place, settings, view))).collect()
}

fn sent(controls: &[Control]) -> Vec<(String, String)> {
    let html: Vec<String> = controls.iter().map(ToString::to_string).collect();
    scan::fields(&html.concat())
}

/// All that can be set, with one of each list, and this one of several objects.
fn full(node: &Node, variant: usize) -> Value {
    let object = |properties: &[Property]| -> Map<String, Value> {
        properties.iter().map(|one| (one.name.clone(), full(&one.node, variant))).collect()
    };
    match &node.kind {
        Kind::Text { date: true, .. } => "2026-12-24".into(),
        Kind::Text { example: Some(example), .. } => example.as_str().into(),
        Kind::Text { .. } => "a".into(),
        Kind::Boolean => true.into(),
        Kind::Integer { least, .. } => least.unwrap_or(1).into(),
        Kind::Choice(choices) => choices[0].value.as_str().into(),
        Kind::Object(properties) => Value::Object(object(properties)),
        Kind::List { element, .. } => json!([full(element, variant)]),
        Kind::Map { keys, value } => {
            let key = keys.as_ref().map_or("en", |keys| keys[0].as_str());
            json!({ key: full(value, variant) })
        }
        Kind::Variants { tag, variants } => {
            let chosen = &variants[variant % variants.len()];
            let mut value = object(&chosen.properties);
            value.insert(tag.clone(), chosen.value.as_str().into());
            Value::Object(value)
        }
        Kind::Json => json!({"type": "object"}),
    }
}

/// The places of all that has no parts.
fn leaves(value: &Value, node: &Node, pointer: &str, found: &mut Vec<String>) {
    match (&node.kind, value) {
        (Kind::Json, _) => found.push(pointer.to_owned()),
        (_, Value::Object(object)) => {
            for (name, value) in object {
                let below = node.child(name, Some(&Value::Object(object.clone())));
                let text = Node { kind: Kind::Boolean, description: String::new(), nullable: false };
                leaves(value, below.unwrap_or(&text), &step(pointer, name), found);
            }
        }
        (_, Value::Array(list)) => {
            for (index, value) in list.iter().enumerate() {
                leaves(value, node.child("0", None).unwrap(), &step(pointer, &index.to_string()), found);
            }
        }
        _ => found.push(pointer.to_owned()),
    }
}

#[test]
fn every_setting_of_the_schema_has_a_field() {
    for (variant, known) in [(0, true), (1, false)] {
        let settings = full(workspace(), variant);
        let names: BTreeSet<String> = shown(&settings, &directory(known), &[])
            .iter()
            .flat_map(|(_, controls)| sent(controls))
            .map(|(name, _)| name)
            .collect();
        let mut all = Vec::new();
        leaves(&settings, workspace(), "", &mut all);
        assert!(all.len() > 150, "{}", all.len());
        for leaf in all.iter().filter(|leaf| *leaf != "/workspace") {
            let (parent, _) = leaf.rsplit_once('/').unwrap();
            assert!(names.contains(leaf) || names.contains(&format!("{parent}{TICKED}")), "{leaf} has no field");
        }
    }
}

fn texts() -> BoxedStrategy<String> {
    let odd = ["a", "two\nlines", "\nahead", " b ", "<b>&\"'</textarea>", "Grüße", "x/~1y", "&#60;"].map(str::to_owned);
    prop_oneof![proptest::sample::select(odd.to_vec()), "[a-z {}.]{1,12}", "[a-z ]{81,90}"].boxed()
}

/// What the types take.
fn values(node: &Node) -> BoxedStrategy<Value> {
    match &node.kind {
        Kind::Text { date: true, .. } => {
            proptest::sample::select(vec!["2026-12-24".into(), "2027-01-01".into()]).boxed()
        }
        Kind::Text { example: Some(_), .. } => {
            proptest::sample::select(vec!["09:00-17:30".into(), "22:00-06:00".into(), "18:00-24:00".into()]).boxed()
        }
        Kind::Text { bound: true, .. } => "[a-c]|[a-z0-9-]{1,9}".prop_map(Value::from).boxed(),
        Kind::Text { .. } if node.nullable => {
            prop_oneof![4 => texts(), 1 => Just(String::new())].prop_map(Value::from).boxed()
        }
        Kind::Text { .. } => texts().prop_map(Value::from).boxed(),
        Kind::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Integer { least, most } => {
            (least.unwrap_or(0)..=most.unwrap_or(u64::from(u32::MAX))).prop_map(Value::from).boxed()
        }
        Kind::Choice(choices) => {
            proptest::sample::select(choices.iter().map(|one| Value::from(one.value.as_str())).collect::<Vec<_>>())
                .boxed()
        }
        Kind::Object(properties) => object(properties),
        Kind::List { element, .. } => prop::collection::vec(values(element), 0..3).prop_map(Value::from).boxed(),
        Kind::Map { keys, value } => {
            let key = match keys {
                Some(keys) => proptest::sample::select(keys.clone()).boxed(),
                None => "[a-zA-Z./~-]{1,6}".boxed(),
            };
            let map = prop::collection::btree_map(key, values(value), 0..3);
            map.prop_map(|map| Value::Object(map.into_iter().collect())).boxed()
        }
        Kind::Variants { tag, variants } => {
            let of = |variant: &super::schema::Variant| {
                let (tag, value) = (tag.clone(), variant.value.clone());
                let tagged = move |mut object: Value| {
                    object[tag.as_str()] = value.as_str().into();
                    object
                };
                object(&variant.properties).prop_map(tagged).boxed()
            };
            Union::new(variants.iter().map(of)).boxed()
        }
        Kind::Json => prop_oneof![
            Just(json!({"type": "object", "properties": {"a": {"type": "string", "description": "x\ny"}}})),
            Just(json!({})),
        ]
        .boxed(),
    }
}

fn object(properties: &[Property]) -> BoxedStrategy<Value> {
    let fields: Vec<BoxedStrategy<Option<(String, Value)>>> = properties
        .iter()
        .map(|one| {
            let name = one.name.clone();
            let there = values(&one.node).prop_map(move |value| Some((name.clone(), value)));
            if one.required { there.boxed() } else { prop_oneof![2 => there, 1 => Just(None)].boxed() }
        })
        .collect();
    fields.prop_map(|fields| Value::Object(fields.into_iter().flatten().collect())).boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_forms_show_is_what_they_send(settings in values(workspace()), known: bool) {
        let settings = canonical(&settings);
        prop_assert!(settings["brands"].is_array(), "the settings can't be read: {}", settings);
        let directory = directory(known);
        let mut again = settings.clone();
        for (place, controls) in shown(&settings, &directory, &[]) {
            again = taken(place, &again, &Sent::new(sent(&controls)));
        }
        prop_assert_eq!(between(&settings, &canonical(&again)), vec![]);
    }
}

#[test]
fn what_can_not_be_read_stays_as_it_was_sent() {
    let draft = json!({
        "workspace": "demo", "data_centre": "mars", "burst_window_ms": "soon", "colour": "red", "webhook_keys": "one",
        "escalation": {"direct_attempts": "three", "hue": [1]}, "default_department": {"id": 1},
        "brands": [{"id": "1", "automated": "yes", "texts": {"en": {"greeting": "", "motto": "x"}}, "identity": null}],
        "tools": [{"arguments": "no schema"}],
    });
    let mut again = draft.clone();
    for (place, controls) in shown(&draft, &directory(true), &[]) {
        again = taken(place, &again, &Sent::new(sent(&controls)));
    }
    for pointer in [
        "/data_centre",
        "/burst_window_ms",
        "/colour",
        "/webhook_keys",
        "/escalation/direct_attempts",
        "/escalation/hue",
        "/default_department",
        "/brands/0/automated",
        "/brands/0/texts",
        "/tools/0/arguments",
    ] {
        assert_eq!(again.pointer(pointer), draft.pointer(pointer), "{pointer}");
    }
}

fn told<'a>(control: &'a Control, all: &mut Vec<&'a Found>) {
    all.extend(&control.found);
    match &control.widget {
        Widget::Group { fields, .. } => for_all(fields.iter(), all),
        Widget::Elements { elements, .. } => for_all(elements.iter(), all),
        Widget::Entries { entries, .. } => for_all(entries.iter().map(|one| &one.control), all),
        _ => {}
    }
}

fn for_all<'a>(controls: impl Iterator<Item = &'a Control>, all: &mut Vec<&'a Found>) {
    for control in controls {
        told(control, all);
    }
}

/// Each value as wrong as the types let it be.
fn spoilt(node: &Node, value: &mut Value) {
    match (&node.kind, value) {
        (Kind::Text { bound: false, date: false, .. }, Value::String(text)) => *text = "{wrong}\u{1} / ".to_owned(),
        (Kind::Integer { most, .. }, number @ Value::Number(_)) => {
            *number = if most.is_some_and(|most| most <= 30) { 255.into() } else { 4_000_000_000_u64.into() };
        }
        (Kind::List { element, .. }, Value::Array(list)) => {
            for one in list.iter_mut() {
                spoilt(element, one);
            }
            list.extend(list.clone());
        }
        (kind, Value::Object(object)) if !matches!(kind, Kind::Json) => {
            let whole = Value::Object(object.clone());
            for (name, value) in object.iter_mut() {
                if let Some(below) = node.child(name, Some(&whole)) {
                    spoilt(below, value);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn what_is_wrong_is_told_at_a_field_of_its_page() {
    let mut settings = full(workspace(), 0);
    settings["workspace"] = "demo".into();
    let mut spoilt_all = settings.clone();
    spoilt(workspace(), &mut spoilt_all);
    let mut unreadable = settings.clone();
    unreadable["brands"][0]["id"] = "".into();
    unreadable["brands"][0]["agent"] = json!({"day_tokens": "many"});
    unreadable["tools"][0].as_object_mut().unwrap().remove("url");
    unreadable["agent"]["backends"][0]["api"]["region"] = "x".into();
    unreadable["escalation"]["mode"] = "sideways".into();
    let mut incomplete = settings;
    incomplete["default_department"] = Value::Null;
    incomplete["escalation"] = json!({});
    incomplete["procedures"][0]["run"] = json!({"answer": {}});
    for (draft, least) in [(spoilt_all, 40), (unreadable, 5), (incomplete, 4)] {
        let verdict = Verdict::of(&draft, &WorkspaceId::parse("demo").unwrap());
        assert!(verdict.found.len() >= least, "{:#?}", verdict.found);
        let pages = shown(&draft, &directory(true), &verdict.found);
        for one in verdict.found.iter().filter(|one| !one.pointer.is_empty() && one.pointer != "/workspace") {
            let place = Place::of(&one.pointer);
            let page = pages.iter().find(|(its, _)| *its == place);
            let (_, controls) = page.unwrap_or_else(|| panic!("{one:?} is on no page"));
            let mut all = Vec::new();
            for control in controls {
                told(control, &mut all);
            }
            assert_eq!(all.iter().filter(|its| **its == one).count(), 1, "{one:?}");
            let html: String = controls.iter().map(ToString::to_string).collect();
            assert!(scan::unescape(&html).contains(&one.problem), "{one:?}");
        }
    }
}
