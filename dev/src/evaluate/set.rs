//! Sets of cases as text: one JSON object a line, blank lines allowed.
//!
//! ```json
//! {"id":"en-limit","language":"en","messages":[{"from":"visitor","text":"can i set a limit"}],"expect":{"answer":"deposit-limits"}}
//! ```
//!
//! `expect` is one of `{"answer": ARTICLE}`, `{"escalate": CODE}`, `{"clarify": true}` and `{"reply": true}`; where several
//! articles or codes are right, a list. `brand` (id or name) and `why` (for the reader) may be left out. An operator's line
//! with `"clarifies": true` asked the visitor to say more.
//!
//! All that is wrong with a set is told at once.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use serde::Deserialize;
use shared::domain::id::{ArticleId, BrandId};
use shared::domain::settings::{Article, WorkspaceSettings};
use shared::domain::verdict::EscalationReason;

use super::case::{Case, Expect, Message, Writer};

/// What is wrong with a line of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    line: usize,
    field: String,
    what: String,
    fix: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}: {}", self.line, self.field, self.what, self.fix)
    }
}

/// What the cases of a set may name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) settings: &'a WorkspaceSettings,
    pub(super) knowledge: &'a [Article],
    /// A brand that the settings don't have is passed over: the set was written for other settings.
    pub(super) any_brand: bool,
}

/// A line as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    brand: Option<String>,
    language: String,
    messages: Vec<Message>,
    expect: WrittenExpect,
    #[serde(rename = "why")]
    _why: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenExpect {
    answer: Option<OneOrMore>,
    escalate: Option<OneOrMore>,
    clarify: Option<bool>,
    reply: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a text, or a list of texts")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn list(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::More(more) => more,
        }
    }
}

/// The cases of a set.
///
/// # Errors
/// All that is wrong with it, in the order of its lines.
pub(super) fn parse(text: &str, known: Known<'_>) -> Result<Vec<Case>, Vec<Problem>> {
    let mut reader = Reader { known, problems: Vec::new(), ids: HashMap::new() };
    let mut cases = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if !line.trim().is_empty() {
            cases.extend(reader.line(index + 1, line));
        }
    }
    if cases.is_empty() && reader.problems.is_empty() {
        reader.add(1, "the file", "has no case", "write one JSON object a line");
    }
    if reader.problems.is_empty() { Ok(cases) } else { Err(reader.problems) }
}

struct Reader<'a> {
    known: Known<'a>,
    problems: Vec<Problem>,
    /// The line that each id stands in.
    ids: HashMap<String, usize>,
}

impl Reader<'_> {
    fn add(&mut self, line: usize, field: &str, problem: impl Into<String>, fix: impl Into<String>) {
        self.problems.push(Problem { line, field: field.to_owned(), what: problem.into(), fix: fix.into() });
    }

    fn line(&mut self, number: usize, line: &str) -> Option<Case> {
        let mut deserializer = serde_json::Deserializer::from_str(line);
        let written: Written = match serde_path_to_error::deserialize(&mut deserializer) {
            Ok(written) => written,
            Err(error) => {
                let path = error.path().to_string();
                // What is no JSON has no path, or an unknown one.
                let field = if matches!(path.as_str(), "." | "?") { "the line" } else { &path };
                self.add(number, field, without_line(error.inner()), "write it as `cargo dev evaluate --help` shows");
                return None;
            }
        };
        if let Err(error) = deserializer.end() {
            self.add(number, "the line", without_line(&error), "write one JSON object a line");
        }
        self.id(number, &written.id);
        self.language(number, &written.language);
        self.messages(number, &written.messages);
        let brand = self.brand(number, written.brand.as_deref());
        let expect = self.expect(number, written.expect)?;
        Some(Case { id: written.id, brand, language: written.language, messages: written.messages, expect })
    }

    fn id(&mut self, number: usize, id: &str) {
        if id.trim().is_empty() {
            self.add(number, "id", "is empty", "give the case a name of its own");
        } else if let Some(first) = self.ids.get(id) {
            let problem = format!("`{id}` is the id of line {first} already");
            self.add(number, "id", problem, "give the case a name of its own");
        } else {
            self.ids.insert(id.to_owned(), number);
        }
    }

    fn language(&mut self, number: usize, language: &str) {
        let mut parts = language.split('-');
        let primary = parts.next().unwrap_or_default();
        let fits = (2..=3).contains(&primary.len())
            && primary.bytes().all(|byte| byte.is_ascii_lowercase())
            && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if !fits {
            let problem = format!("`{language}` is no language");
            self.add(number, "language", problem, "write it as BCP 47 has it, such as `en` or `pt-BR`");
        }
    }

    fn messages(&mut self, number: usize, messages: &[Message]) {
        match messages.last().map(|message| message.from) {
            Some(Writer::Visitor) => {}
            Some(Writer::Operator) => {
                self.add(number, "messages", "the last is the operator's", "end with a line of the visitor");
            }
            None => self.add(number, "messages", "there is none", "write at least one line of the visitor"),
        }
        for (index, message) in messages.iter().enumerate() {
            if message.text.trim().is_empty() {
                self.add(number, &format!("messages[{index}].text"), "is empty", "write what is said");
            }
            if message.clarifies && message.from == Writer::Visitor {
                let field = format!("messages[{index}].clarifies");
                self.add(number, &field, "only an operator asks the visitor to say more", "leave it out");
            }
        }
    }

    fn brand(&mut self, number: usize, brand: Option<&str>) -> Option<BrandId> {
        let wanted = brand?;
        let brands = &self.known.settings.brands;
        let found = brands.iter().find(|brand| brand.id.as_str() == wanted || brand.name == wanted);
        if found.is_none() && !self.known.any_brand {
            let names: Vec<&str> = brands.iter().map(|brand| brand.name.as_str()).collect();
            let fix = format!("name one of {}, or leave it out", names.join(", "));
            self.add(number, "brand", format!("the settings have no brand `{wanted}`"), fix);
        }
        found.map(|brand| brand.id.clone())
    }

    fn expect(&mut self, number: usize, expect: WrittenExpect) -> Option<Expect> {
        let WrittenExpect { answer, escalate, clarify, reply } = expect;
        for (field, value) in [("expect.clarify", clarify), ("expect.reply", reply)] {
            if value == Some(false) {
                self.add(number, field, "can't be false", "name what is right instead");
                return None;
            }
        }
        match (answer, escalate, clarify, reply) {
            (Some(articles), None, None, None) => self.articles(number, &articles.list()).map(Expect::Answer),
            (None, Some(codes), None, None) => self.codes(number, codes.list()).map(Expect::Escalate),
            (None, None, Some(_), None) => Some(Expect::Clarify),
            (None, None, None, Some(_)) => Some(Expect::Reply),
            _ => {
                let fix = "write exactly one of answer, escalate, clarify and reply";
                self.add(number, "expect", "does not say which one thing is right", fix);
                None
            }
        }
    }

    fn articles(&mut self, number: usize, names: &[String]) -> Option<Vec<ArticleId>> {
        let there: BTreeSet<&str> = self.known.knowledge.iter().map(|article| article.id.as_str()).collect();
        let mut articles = Vec::new();
        for name in names {
            match ArticleId::parse(name) {
                Ok(id) if there.contains(id.as_str()) => articles.push(id),
                _ => {
                    let names = there.iter().copied().collect::<Vec<_>>().join(", ");
                    let fix = if names.is_empty() {
                        "give the folder that has the articles (--knowledge)".to_owned()
                    } else {
                        format!("name one of {names}")
                    };
                    self.add(number, "expect.answer", format!("there is no article `{name}`"), fix);
                }
            }
        }
        self.none_missing(number, "expect.answer", names.len(), articles)
    }

    fn codes(&mut self, number: usize, names: Vec<String>) -> Option<Vec<String>> {
        let mut codes = Vec::new();
        let count = names.len();
        for name in names {
            if EscalationReason::CODES.contains(&name.as_str()) {
                codes.push(name);
            } else {
                let fix = format!("write one of {}", EscalationReason::CODES.join(", "));
                self.add(number, "expect.escalate", format!("there is no code `{name}`"), fix);
            }
        }
        self.none_missing(number, "expect.escalate", count, codes)
    }

    fn none_missing<T>(&mut self, number: usize, field: &str, wanted: usize, found: Vec<T>) -> Option<Vec<T>> {
        if wanted == 0 {
            self.add(number, field, "is empty", "name at least one");
        }
        (!found.is_empty() && found.len() == wanted).then_some(found)
    }
}

/// What serde says, without its own line, which is always the first.
fn without_line(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::demo_settings;

    fn problems(text: &str) -> Vec<String> {
        let settings = demo_settings(&[]).expect("settings");
        let article = Article {
            id: ArticleId::parse("bonuses").expect("id"),
            title: "Bonuses".to_owned(),
            brands: Vec::new(),
            language: "en".to_owned(),
            url: None,
            markdown: "# Bonuses".to_owned(),
        };
        let known = Known { settings: &settings, knowledge: &[article], any_brand: false };
        match parse(text, known) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_set_may_have_blank_lines_and_remarks() {
        let set = r#"
            {"id":"a","language":"pt-BR","messages":[{"from":"visitor","text":"bonus?"}],"expect":{"answer":["bonuses"]},"why":"short"}

            {"id":"b","brand":"Meridian Games","language":"en","messages":[{"from":"operator","text":"What?","clarifies":true},{"from":"visitor","text":"x"}],"expect":{"escalate":["fraud","legal"]}}
        "#;
        assert_eq!(problems(set), Vec::<String>::new());
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_with_its_line_and_field() {
        let set = [
            r#"{"id":"a","language":"en","messages":[{"from":"visitor","text":"hi"}],"expect":{"reply":true}}"#,
            r#"{"id":"a","language":"English","messages":[{"from":"operator","text":" "}],"expect":{"answer":"bonus"}}"#,
            "{nonsense}",
            r#"{"id":"c","language":"en","messages":[{"from":"bot","text":"hi"}],"expect":{"reply":true}}"#,
            r#"{"id":"d","brand":"Nobody","language":"en","messages":[],"expect":{"escalate":["fraud","theft"]}}"#,
            r#"{"id":"","language":"en","messages":[{"from":"visitor","text":"hi","clarifies":true}],"expect":{"reply":true,"clarify":true}}"#,
            r#"{"id":"f","language":"en","messages":[{"from":"visitor","text":"hi"}],"expect":{"reply":false}}"#,
            r#"{"id":"g","language":"en","messages":[{"from":"visitor","text":"hi"}],"expect":{"answer":[]},"note":1}"#,
            r#"{"id":"h","language":"en","messages":[{"from":"visitor","text":"hi"}],"expect":{"answer":[]}}"#,
        ];
        insta::assert_snapshot!(problems(&set.join("\n")).join("\n"));
    }

    #[test]
    fn a_set_without_a_case_is_none() {
        assert_eq!(problems("\n\n"), ["line 1: the file: has no case: write one JSON object a line"]);
    }

    #[test]
    fn a_set_for_other_settings_keeps_its_cases_without_their_brands() {
        let settings = demo_settings(&[]).expect("settings");
        let text = r#"{"id":"a","brand":"Nobody","language":"en","messages":[{"from":"visitor","text":"hi"}],"expect":{"reply":true}}"#;
        let cases = parse(text, Known { settings: &settings, knowledge: &[], any_brand: true }).expect("a set");
        assert_eq!(cases[0].brand, None);
    }
}
