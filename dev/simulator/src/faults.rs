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
    /// Webhooks: sent later by a time that the dice choose, up to this: when it strikes all, their order is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shuffle_ms: Option<i64>,
}

impl Action {
    /// Both; where both name a value, the one of `self`.
    fn and(self, other: Self) -> Self {
        Self {
            slow_ms: self.slow_ms.or(other.slow_ms),
            status: self.status.or(other.status),
            error_code: self.error_code.or(other.error_code),
            throttle: self.throttle.or(other.throttle),
            drop: self.drop || other.drop,
            lose_answer: self.lose_answer || other.lose_answer,
            late_ms: self.late_ms.or(other.late_ms),
            hang_ms: self.hang_ms.or(other.hang_ms),
            duplicate: self.duplicate.or(other.duplicate),
            reorder: self.reorder || other.reorder,
            delay_ms: self.delay_ms.or(other.delay_ms),
            shuffle_ms: self.shuffle_ms.or(other.shuffle_ms),
        }
    }

    /// It never arrives, so that nothing else about it matters.
    pub(crate) fn is_not_sent(&self) -> bool {
        self.drop || self.status.is_some()
    }
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
    /// Where it strikes, the rules after it may strike as well; otherwise they are not asked.
    #[serde(default, skip_serializing_if = "is_off")]
    pub(crate) go_on: bool,
    /// How long it holds from when it is set; for ever when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) for_ms: Option<i64>,
    /// When that is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until_ms: Option<i64>,
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
    /// The fault that hits: of the first rule that covers the subject, holds still, isn't used up, and whose dice fall so;
    /// and, where that rule goes on, of the next ones too.
    pub(crate) fn strike(&mut self, now: i64, ids: &mut Ids, subject: &Subject<'_>) -> Option<Action> {
        let mut struck: Option<Action> = None;
        for rule in &mut self.rules {
            let used_up = rule.times.is_some_and(|times| rule.hits >= times);
            let over = rule.until_ms.is_some_and(|until| now >= until);
            if used_up || over || !rule.matching.covers(subject) {
                continue;
            }
            if rule.probability.is_some_and(|p| ids.chance() >= p) {
                continue;
            }
            rule.hits += 1;
            let action = rule.action.clone();
            struck = Some(match struck {
                Some(earlier) => earlier.and(action),
                None => action,
            });
            if !rule.go_on {
                break;
            }
        }
        struck
    }

    /// SalesIQ is down for so long: REST and the accounts server answer 503, and deliveries fail, so that they are tried
    /// again later. These rules go before all others. Visitors go on writing.
    pub(crate) fn go_down(&mut self, now: i64, for_ms: i64) {
        let down = [What::Rest, What::OAuth, What::Webhook].map(|what| Rule {
            matching: Match { what, method: None, path_contains: None, conversation: None, event: None, to: None },
            action: Action { status: Some(503), ..Action::default() },
            times: None,
            probability: None,
            go_on: false,
            for_ms: Some(for_ms),
            until_ms: Some(now + for_ms),
            hits: 0,
        });
        self.rules.splice(0..0, down);
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
        assert!(faults.strike(0, &mut ids, &SUBJECT).is_some_and(|a| a.drop));
        assert!(faults.strike(0, &mut ids, &SUBJECT).is_none());
    }

    #[test]
    fn a_rule_for_another_conversation_or_api_does_not_hit() {
        let mut faults = faults(json!([
            {"match": {"what": "rest", "conversation": "8"}, "do": {"drop": true}},
            {"match": {"what": "webhook"}, "do": {"drop": true}},
            {"match": {"what": "rest", "method": "post"}, "do": {"drop": true}},
        ]));
        assert!(faults.strike(0, &mut Ids::new(1), &SUBJECT).is_none());
    }

    #[test]
    fn a_rule_for_an_address_hits_the_mails_that_go_there() {
        let mut faults = faults(json!([{"match": {"what": "ses", "to": "a@x.example"}, "do": {"drop": true}}]));
        let mut strike = |to: &[&str]| {
            let to: Vec<String> = to.iter().map(|&t| t.to_owned()).collect();
            let subject = Subject { what: What::Ses, path: "/_ses", conversation: None, to: &to, ..SUBJECT };
            faults.strike(0, &mut Ids::new(1), &subject).is_some()
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
            (0..32).map(|_| faults.strike(0, &mut ids, &SUBJECT).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(throw(), throw());
        assert!(throw().contains(&true) && throw().contains(&false));
    }

    #[test]
    fn rules_that_go_on_strike_together_and_the_first_value_counts() {
        let mut faults = faults(json!([
            {"match": {"what": "rest"}, "do": {"duplicate": 2}, "go_on": true},
            {"match": {"what": "rest"}, "do": {"duplicate": 1, "shuffle_ms": 5}, "go_on": true},
            {"match": {"what": "rest"}, "do": {"drop": true}},
            {"match": {"what": "rest"}, "do": {"lose_answer": true}},
        ]));
        let struck = faults.strike(0, &mut Ids::new(1), &SUBJECT).unwrap();
        assert_eq!(
            (struck.duplicate, struck.shuffle_ms, struck.drop, struck.lose_answer),
            (Some(2), Some(5), true, false)
        );
    }

    #[test]
    fn a_rule_that_is_over_strikes_no_more() {
        let mut faults = Faults::default();
        faults.go_down(1_000, 500);
        let mut ids = Ids::new(1);
        assert_eq!(faults.strike(1_499, &mut ids, &SUBJECT).unwrap().status, Some(503));
        assert!(faults.strike(1_500, &mut ids, &SUBJECT).is_none());
        let visitor = Subject { what: What::Visitor, ..SUBJECT };
        assert!(faults.strike(1_000, &mut ids, &visitor).is_none(), "visitors go on writing");
    }
}
