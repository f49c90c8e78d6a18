use std::path::PathBuf;

use clap::Parser;
use serde_json::{Value, json};
use shared::domain::settings::WorkspaceSettings;

use super::file::{self, Format};
use super::{changes, judge_text, schema};

const SAMPLE: &str = include_str!("../../../docs/settings.sample.yaml");

fn sample() -> WorkspaceSettings {
    file::parse(SAMPLE, Format::Yaml).expect("the sample can be read")
}

/// What is said of a text that can't be read.
fn unreadable(text: &str, format: Format) -> String {
    file::parse(text, format).expect_err("it can't be read").to_string()
}

/// The sample with one of its lines in another's place.
fn sample_with(line: &str, other: &str) -> String {
    assert_eq!(SAMPLE.matches(line).count(), 1, "the sample has {line} once");
    SAMPLE.replace(line, other)
}

#[test]
fn the_sample_is_usable_and_nothing_is_to_be_warned_of() {
    let verdict = judge_text(SAMPLE, Format::Yaml);
    assert!(verdict.ok, "{:?}", verdict.problems);
    assert_eq!(verdict.warnings, []);
}

#[test]
fn the_committed_schema_is_the_one_of_the_types() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/settings.schema.json");
    let committed = std::fs::read_to_string(path).expect("docs/settings.schema.json");
    let now = schema::text().expect("schema");
    assert!(committed == now, "run `cargo dev settings schema > docs/settings.schema.json`");
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&schema::text().expect("schema")).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

#[test]
fn the_sample_fits_the_schema_as_it_is_written_and_as_it_is_read() {
    let written: Value = serde_saphyr::from_str(SAMPLE).expect("YAML");
    let read = serde_json::to_value(sample()).expect("JSON");
    for instance in [written, read] {
        let errors: Vec<String> = validator().iter_errors(&instance).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0]);
    }
}

#[test]
fn the_schema_demands_what_the_check_demands() {
    let whole = serde_json::to_value(sample()).expect("JSON");
    let wrong = [
        ("/default_department", None),
        ("/escalation/last_resort_email", None),
        ("/escalation/departments/vip", Some(json!("7 7"))),
        ("/escalation/direct_attempts", Some(json!(21))),
        ("/burst_window_ms", Some(json!(10_001))),
        ("/workspace", Some(json!("Demo"))),
        ("/business_hours/week/monday", Some(json!(["9-17"]))),
        ("/brands/0/escalation/departments", Some(json!({"angry": "1"}))),
        ("/brands/0/colour", Some(json!("red"))),
    ];
    for (pointer, value) in wrong {
        let mut settings = whole.clone();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent = settings.pointer_mut(parent).and_then(Value::as_object_mut).expect(pointer);
        match value {
            Some(value) => parent.insert(name.to_owned(), value),
            None => parent.remove(name),
        };
        assert!(!validator().is_valid(&settings), "{pointer}");
    }
}

#[test]
fn settings_read_back_as_they_were_written() {
    for format in [Format::Yaml, Format::Json] {
        let text = file::text(&sample(), format).expect("text");
        assert_eq!(file::parse(&text, format), Ok(sample()), "{text}");
        let again = file::text(&file::parse(&text, format).expect("settings"), format).expect("text");
        assert_eq!(again, text);
    }
}

#[test]
fn texts_that_look_like_other_things_read_back() {
    let mut settings = sample();
    let texts = settings.brands[0].texts.remove("en").expect("English texts");
    settings.brands[0].texts.insert("no".to_owned(), texts);
    for text in
        ["yes", "~", "12:30", "0x1F", " # no comment", "- item", "a: b", "\"quoted\"", "two\nlines\n", "{brand}"]
    {
        settings.brands[0].name = text.to_owned();
        let yaml = file::text(&settings, Format::Yaml).expect("text");
        assert_eq!(file::parse(&yaml, Format::Yaml).as_ref(), Ok(&settings), "{yaml}");
    }
}

#[test]
fn a_numeric_id_needs_no_quotes() {
    let text = sample_with("default_department: \"82000000002025\"", "default_department: 82000000002025");
    assert_eq!(file::parse(&text, Format::Yaml), Ok(sample()));
}

#[test]
fn what_cant_be_read_is_told_with_field_place_and_fix() {
    let wrong_type = sample_with("direct_deadline_s: 45", "direct_deadline_s: soon");
    let unknown = sample_with("  direct_deadline_s: 45", "  direct_deadline: 45");
    let no_span = sample_with("monday: [\"08:00-20:00\"]", "monday: [\"8 to 20\"]");
    let no_id = sample_with("workspace: lumen", "workspace: Lumen Casino");
    let syntax = sample_with("team_language: en", "team_language: \"en");
    let twice = sample_with("team_language: en", "team_language: en\nteam_language: de");
    let yaml = [wrong_type, unknown, no_span, no_id, syntax, twice].map(|text| unreadable(&text, Format::Yaml));
    insta::assert_snapshot!(yaml.join("\n"), @r#"
    escalation.direct_deadline_s: invalid u32 at line 53, column 22; write what the schema (cargo dev settings schema) has for it
    escalation.direct_deadline: unknown field `direct_deadline`, expected one of mode, departments, last_resort_email, sender, facilitator, direct_deadline_s, department_deadline_s, direct_attempts, when_nobody, when_closed, waiting_replies at line 53, column 3; write what the schema (cargo dev settings schema) has for it
    business_hours.week.monday[0]: "8 to 20" is no span of hours; write it as 09:00-17:30, with 24:00 for the end of the day at line 84, column 14; write what the schema (cargo dev settings schema) has for it
    workspace: workspace has the character 'L'; allowed are a-z, 0-9 and - at line 10, column 12; write what the schema (cargo dev settings schema) has for it
    the file: invalid indentation in multiline quoted scalar at line 35, column 1; compare with docs/settings.sample.yaml
    the file: duplicate mapping key `team_language` is not allowed here at line 35, column 1; compare with docs/settings.sample.yaml
    "#);
    let json = [
        "{\"workspace\": \"demo\", \"screen_name\": 7}",
        "{\"workspace\": \"demo\"}",
        "{\"workspace\": \"demo\",\n \"escalation\": {\"waiting_replies\": 300}}",
        "{\"workspace\"",
        "{\"workspace\": \"demo\", \"screen_name\": \"a\", \"data_centre\": \"eu\", \"bot_operator\": \"1\"} {}",
    ]
    .map(|text| unreadable(text, Format::Json));
    insta::assert_snapshot!(json.join("\n"), @r#"
    screen_name: invalid type: integer `7`, expected a string at line 1 column 38; write what the schema (cargo dev settings schema) has for it
    the file: missing field `screen_name` at line 1 column 21; write what the schema (cargo dev settings schema) has for it
    escalation.waiting_replies: invalid value: integer `300`, expected u8 at line 2 column 38; write what the schema (cargo dev settings schema) has for it
    the file: EOF while parsing an object at line 1 column 12; compare with docs/settings.sample.yaml
    the file: trailing characters at line 1 column 85; compare with docs/settings.sample.yaml
    "#);
}

#[test]
fn a_check_says_for_machines_what_it_says_for_people() {
    let text = sample_with("default_department: \"82000000002025\"", "# none");
    let verdict = judge_text(&text, Format::Yaml);
    insta::assert_snapshot!(serde_json::to_string_pretty(&verdict).expect("JSON"), @r#"
    {
      "ok": false,
      "problems": [
        {
          "field": "default_department",
          "problem": "there is none, and a chat that needs a human would go nowhere",
          "fix": "name the department that such chats go to"
        }
      ],
      "warnings": []
    }
    "#);
}

#[test]
fn changes_are_told_by_their_fields() {
    let old = sample();
    let mut new = sample();
    new.human_silence_s += 1;
    new.org_id = None;
    new.brands[1].escalation.email = Some("other@harbour.example".to_owned());
    new.brands[0].texts.entry("en".to_owned()).or_default().waiting = Some("One moment.".to_owned());
    new.webhook_keys.push("a second one".to_owned());
    let stored = serde_json::to_string(&old).expect("JSON");
    let told = |changes: Vec<changes::Change>| changes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(told(changes::between(Some(&stored), &new).expect("changes")), @r#"
    ~ brands[0].texts.en.waiting
    ~ brands[1].escalation.email
    ~ human_silence_s
    - org_id
    + webhook_keys[1]
    "#);
    assert_eq!(changes::between(Some(&stored), &old).expect("changes"), []);
    for nothing in [None, Some("damaged")] {
        let changes = changes::between(nothing, &new).expect("changes");
        assert!(told(changes).starts_with("+ "), "all is new");
    }
}

#[test]
fn a_file_is_what_its_name_says() {
    for (name, format) in
        [("a.json", Format::Json), ("a.JSON", Format::Json), ("a.yaml", Format::Yaml), ("a", Format::Yaml)]
    {
        assert_eq!(Format::of(name.as_ref()), format, "{name}");
    }
}

#[test]
fn a_table_in_aws_takes_the_place_of_a_stack() {
    #[derive(Debug, Parser)]
    struct Line {
        #[command(subcommand)]
        command: super::SettingsCommand,
    }
    assert!(Line::try_parse_from(["x", "set", "a.yaml", "--table", "t"]).is_ok());
    assert!(Line::try_parse_from(["x", "set", "a.yaml", "--table", "t", "--stack", "s"]).is_err());
    assert!(Line::try_parse_from(["x", "get", "--workspace", "No Workspace"]).is_err());
}
