//! Faults on demand: rules that say which call or delivery goes wrong, how, and how often.

use crate::settings::ThrottleForm;
use crate::state::ids::Ids;
use serde::{Deserialize, Serialize};

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    Rest,
    Visitor,
    OAuth,
    Webhook,
    Ses,
}

impl What {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Visitor => "visitor",
            Self::OAuth => "oauth",
            Self::Webhook => "webhook",
            Self::Ses => "ses",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Match {
    pub(crate) what: What,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<String>,
    /// A part of the path, or of the webhook's url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) path_contains: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) conversation: Option<String>,
    /// Webhooks only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<String>,
    /// SES only: an address that the mail goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
}

/// How an API names an error: SalesIQ by a number, SES by a word such as `Throttling`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum ErrorCode {
    Number(u16),
    Word(String),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Throttle {
    #[serde(default = "documented")]
    pub(crate) form: ThrottleForm,
    /// How long every further call is throttled as well.
    #[serde(default)]
    pub(crate) lock_seconds: i64,
}

fn documented() -> ThrottleForm {
    ThrottleForm::Documented
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_off(flag: &bool) -> bool {
    !flag
}

/// What goes wrong. Several may be combined where that makes sense (`slow_ms` goes with all of them).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Action {
    /// Wait this long first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) slow_ms: Option<u64>,
    /// Answer with this status and don't perform. Webhooks: not sent, as if the receiver had answered so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// Answer with this error code and don't perform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error_code: Option<ErrorCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) throttle: Option<Throttle>,
    /// Close the connection and don't perform. Webhooks: never sent, and nobody notices.
    #[serde(skip_serializing_if = "is_off")]
    pub(crate) drop: bool,
    /// Perform, then close the connection. Webhooks: sent, but the answer counts as a time-out.
    #[serde(skip_serializing_if = "is_off")]
    pub(crate) lose_answer: bool,
    /// Perform only after this long; the caller gets no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) late_ms: Option<u64>,
    /// With `late_ms` or `lose_answer`: how long the caller hangs before the connection is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hang_ms: Option<u64>,
    /// Webhooks: this many copies more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duplicate: Option<u32>,
    /// Webhooks: the next of the same conversation overtakes it (or `delay_ms` pass; 5 s if not given).
    #[serde(skip_serializing_if = "is_off")]
    pub(crate) reorder: bool,
    /// Webhooks: sent this much later, while others go ahead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delay_ms: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    #[serde(rename = "match")]
    pub(crate) matching: Match,
    #[serde(rename = "do")]
    pub(crate) action: Action,
    /// No end when absent.
    #[serde(default)]
    pub(crate) times: Option<u32>,
    /// Certain when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) probability: Option<f64>,
    /// How often it hit.
    #[serde(default)]
    pub(crate) hits: u32,
}

/// What a rule is held against.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) what: What,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) conversation: Option<&'a str>,
    pub(crate) event: Option<&'a str>,
    pub(crate) to: &'a [String],
}

impl Match {
    fn covers(&self, subject: &Subject<'_>) -> bool {
        let same =
            |wanted: &Option<String>, is: Option<&str>| wanted.as_deref().is_none_or(|w| w == "*" || Some(w) == is);
        self.what == subject.what
            && self.method.as_deref().is_none_or(|m| m.eq_ignore_ascii_case(subject.method))
            && self.path_contains.as_deref().is_none_or(|p| subject.path.contains(p))
            && same(&self.conversation, subject.conversation)
            && same(&self.event, subject.event)
            && self.to.as_deref().is_none_or(|to| subject.to.iter().any(|t| t.eq_ignore_ascii_case(to)))
    }
}

impl Rule {
    /// What SalesIQ and SES can't be told alike: the field, and what is wrong with it.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let ses = self.matching.what == What::Ses;
        match &self.action.error_code {
            Some(ErrorCode::Word(_)) if !ses => Some("do.error_code is a word, and only SES has such codes"),
            Some(ErrorCode::Number(_)) if ses => {
                Some("do.error_code is a number, and SES has words such as Throttling")
            }
            _ if self.matching.to.is_some() && !ses => Some("match.to is for SES only"),
            _ => None,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) rules: Vec<Rule>,
}

impl Faults {
    /// The fault that hits: of the first rule that covers the subject, isn't used up, and whose dice fall so.
    pub(crate) fn strike(&mut self, ids: &mut Ids, subject: &Subject<'_>) -> Option<Action> {
        for rule in &mut self.rules {
            let used_up = rule.times.is_some_and(|times| rule.hits >= times);
            if used_up || !rule.matching.covers(subject) {
                continue;
            }
            if rule.probability.is_some_and(|p| ids.chance() >= p) {
                continue;
            }
            rule.hits += 1;
            return Some(rule.action.clone());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(rules: serde_json::Value) -> Faults {
        Faults { rules: serde_json::from_value(rules).unwrap() }
    }

    const SUBJECT: Subject<'static> = Subject {
        what: What::Rest,
        method: "PUT",
        path: "/api/v2/demo/conversations/7/close",
        conversation: Some("7"),
        event: None,
        to: &[],
    };

    #[test]
    fn a_rule_hits_as_often_as_it_says() {
        let mut faults =
            faults(json!([{"match": {"what": "rest", "path_contains": "/close"}, "do": {"drop": true}, "times": 1}]));
        let mut ids = Ids::new(1);
        assert!(faults.strike(&mut ids, &SUBJECT).is_some_and(|a| a.drop));
        assert!(faults.strike(&mut ids, &SUBJECT).is_none());
    }

    #[test]
    fn a_rule_for_another_conversation_or_api_does_not_hit() {
        let mut faults = faults(json!([
            {"match": {"what": "rest", "conversation": "8"}, "do": {"drop": true}},
            {"match": {"what": "webhook"}, "do": {"drop": true}},
            {"match": {"what": "rest", "method": "post"}, "do": {"drop": true}},
        ]));
        assert!(faults.strike(&mut Ids::new(1), &SUBJECT).is_none());
    }

    #[test]
    fn a_rule_for_an_address_hits_the_mails_that_go_there() {
        let mut faults = faults(json!([{"match": {"what": "ses", "to": "a@x.example"}, "do": {"drop": true}}]));
        let mut strike = |to: &[&str]| {
            let to: Vec<String> = to.iter().map(|&t| t.to_owned()).collect();
            let subject = Subject { what: What::Ses, path: "/_ses", conversation: None, to: &to, ..SUBJECT };
            faults.strike(&mut Ids::new(1), &subject).is_some()
        };
        assert!(strike(&["b@x.example", "A@x.example"]));
        assert!(!strike(&["b@x.example"]) && !strike(&[]));
    }

    #[test]
    fn a_code_that_the_api_does_not_have_is_a_problem() {
        let problem = |rule: serde_json::Value| serde_json::from_value::<Rule>(rule).unwrap().problem();
        assert!(problem(json!({"match": {"what": "rest"}, "do": {"error_code": "Throttling"}})).is_some());
        assert!(problem(json!({"match": {"what": "ses"}, "do": {"error_code": 1001}})).is_some());
        assert!(problem(json!({"match": {"what": "ses"}, "do": {"error_code": "Throttling"}})).is_none());
    }

    #[test]
    fn the_same_seed_throws_the_same_dice() {
        let throw = || {
            let mut faults = faults(json!([{"match": {"what": "rest"}, "do": {"drop": true}, "probability": 0.5}]));
            let mut ids = Ids::new(7);
            (0..32).map(|_| faults.strike(&mut ids, &SUBJECT).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(throw(), throw());
        assert!(throw().contains(&true) && throw().contains(&false));
    }
}
