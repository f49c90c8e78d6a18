//! SalesIQ's REST API v2, as far as anything here calls it (api.md §2, §4, §5.1).

use serde_json::{Value, json};
use shared::salesiq::client::Asked;
use shared::salesiq::oauth::Principal;

use super::chat::{Chat, Status};
use super::{
    FACILITATOR, NOT_PERMITTED, Refusal, Salesiq, UNKNOWN, US, WEBHOOK, brand_id, conversation_of, department_id,
    number_of, shapes,
};

/// An answer: the status and the body.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// "Invalid Department IDs".
const INVALID_DEPARTMENT: Refusal = Refusal(400, 1025, "Invalid Department IDs");
/// "Invalid URL".
const INVALID_URL: Refusal = Refusal(404, 1004, "Invalid URL");

impl Reply {
    fn refused(refusal: Refusal) -> Self {
        let Refusal(status, code, message) = refusal;
        Self { status, body: json!({"error": {"code": code, "message": message}}) }
    }
}

fn operator_of(principal: Principal) -> &'static str {
    match principal {
        Principal::Bot => US,
        Principal::Facilitator | Principal::Organisation => FACILITATOR,
    }
}

impl Salesiq {
    /// Does what a call asks for, at once.
    pub(crate) fn answer(&mut self, now: i64, asked: &Asked<'_>) -> Reply {
        match self.route(now, asked) {
            Ok(data) => Reply { status: 200, body: json!({"url": asked.url.path(), "data": data}) },
            Err(refusal) => Reply::refused(refusal),
        }
    }

    fn route(&mut self, now: i64, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let path: Vec<&str> = asked.url.path().split('/').filter(|part| !part.is_empty()).skip(3).collect();
        let by = operator_of(asked.principal);
        match (asked.method.as_str(), path.as_slice()) {
            ("GET", ["conversations"]) => self.list(asked, by),
            (method, ["conversations", id, rest @ ..]) => {
                let conversation = conversation_of(id).filter(|n| self.chat(*n).is_some()).ok_or(UNKNOWN)?;
                self.one(now, method, conversation, rest, asked, by)
            }
            ("GET", ["operators"]) => {
                let mut rows: Vec<Value> = self.operators.iter().map(shapes::operator).collect();
                rows.push(self.bot());
                Ok(Value::Array(rows))
            }
            ("GET", ["operators", US]) => Ok(self.bot()),
            ("GET", ["operators", id]) => self.operator(id).map(shapes::operator).ok_or(UNKNOWN),
            ("PUT", ["operators", id, "status"]) => {
                if *id != US || by != US {
                    return Err(NOT_PERMITTED);
                }
                self.bot_available = asked.body.is_some_and(|body| body["status"] == "Available");
                Ok(self.bot())
            }
            ("GET", ["departments"]) => {
                let row = |number| json!({"id": department_id(number), "name": "Department", "is_enabled": true});
                Ok((0..self.departments).map(row).collect())
            }
            ("GET", ["apps"]) => {
                let row = |number| json!({"id": brand_id(number), "name": format!("Brand {number}")});
                Ok((0..self.brands).map(row).collect())
            }
            (method, ["webhooks", rest @ ..]) => self.webhooks(method, rest, asked),
            _ => Err(INVALID_URL),
        }
    }

    fn bot(&self) -> Value {
        let departments = (0..self.departments).collect();
        let (id, name) = (US.to_owned(), "Nova".to_owned());
        shapes::operator(&super::Operator { id, name, available: self.bot_available, limit: 1_000, departments })
    }

    fn one(
        &mut self,
        now: i64,
        method: &str,
        conversation: usize,
        rest: &[&str],
        asked: &Asked<'_>,
        by: &str,
    ) -> Result<Value, Refusal> {
        let text = |key: &str| asked.body.and_then(|body| body[key].as_str()).map(str::to_owned);
        match (method, rest) {
            ("GET", []) => {}
            ("GET", ["messages"]) => return self.messages(conversation, asked),
            ("POST", ["messages"]) => {
                let line = self.operator_says(now, by, conversation, text("text").unwrap_or_default())?;
                let told = json!({"message": {"msgid": line.id.to_string()}, "time": line.id.to_string()});
                return Ok(if self.habits.sent_tells_id { told } else { json!({}) });
            }
            ("POST", ["notes"]) => {
                let note = text("notes").unwrap_or_default();
                let chat = self.chat_mut(conversation)?;
                chat.notes.push(note);
                return Ok(json!({"created_time": now.to_string()}));
            }
            ("PUT", ["pickup"]) => self.pick_up(now, by, conversation)?,
            ("PUT", ["close"]) => self.close(now, by, conversation)?,
            ("PUT", ["reject"]) => {
                let who = text("operator_id").unwrap_or_default();
                self.reject(now, &who, conversation)?;
            }
            ("PUT", ["transfer"]) => {
                let department = text("department_id").unwrap_or_default();
                let department = number_of(&department, 500, self.departments).ok_or(INVALID_DEPARTMENT)?;
                self.transfer(now, by, conversation, department, text("operator_id").as_deref())?;
                if let (Some(note), Ok(chat)) = (text("note"), self.chat_mut(conversation)) {
                    chat.notes.push(note);
                }
            }
            _ => return Err(INVALID_URL),
        }
        self.chat(conversation).map(shapes::conversation).ok_or(UNKNOWN)
    }

    fn messages(&self, conversation: usize, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let chat = self.chat(conversation).ok_or(UNKNOWN)?;
        let from = number(asked, "from_time").unwrap_or(i64::MIN);
        let ids = self.habits.rows_have_ids;
        let lines = chat.lines.iter().enumerate().filter(|(_, line)| line.id >= from && !line.deleted);
        Ok(lines.rev().map(|(number, line)| shapes::row(chat, number, line, ids)).collect())
    }

    fn list(&self, asked: &Asked<'_>, by: &str) -> Result<Value, Refusal> {
        let is = |chat: &Chat, status: &str| match status {
            "open" => chat.status.is_open(),
            "waiting" => chat.status == Status::Waiting,
            "connected" => chat.status == Status::Connected,
            "missed" => chat.status == Status::Missed,
            "closed" => !chat.status.is_open(),
            _ => chat.status == Status::Closed,
        };
        let department = match parameter(asked, "department_id") {
            Some(id) => Some(number_of(&id, 500, self.departments).ok_or(INVALID_DEPARTMENT)?),
            // The operator's current one.
            None => self.operator(by).map_or(Some(0), |one| one.departments.first().copied()),
        };
        let (status, attender, brand) =
            (parameter(asked, "status"), parameter(asked, "attender_id"), parameter(asked, "app_id"));
        let (from, updated) = (number(asked, "from_time"), number(asked, "updated_from_time"));
        let by_update = parameter(asked, "sort_by").as_deref() == Some("updated_time");
        let mut found: Vec<&Chat> = self.chats.iter().flatten().collect();
        found.retain(|chat| {
            department.is_none_or(|department| chat.department == department)
                && status.as_deref().is_none_or(|status| is(chat, status))
                && attender.as_ref().is_none_or(|attender| chat.attender.as_ref() == Some(attender))
                && brand.as_ref().is_none_or(|brand| brand_id(chat.brand) == *brand)
                && from.is_none_or(|from| chat.started >= from)
                && updated.is_none_or(|updated| chat.modified >= updated)
        });
        found.sort_by_key(|chat| std::cmp::Reverse(if by_update { chat.modified } else { chat.started }));
        let limit = usize::try_from(number(asked, "limit").unwrap_or(20)).unwrap_or(20);
        let page = usize::try_from(number(asked, "page").unwrap_or(1)).unwrap_or(1).max(1);
        Ok(found.into_iter().skip((page - 1) * limit).take(limit).map(shapes::conversation).collect())
    }

    fn webhooks(&mut self, method: &str, rest: &[&str], asked: &Asked<'_>) -> Result<Value, Refusal> {
        match (method, rest) {
            ("GET", []) => Ok(json!([shapes::webhook(self)])),
            ("GET" | "PUT", [WEBHOOK]) => Ok(shapes::webhook(self)),
            ("GET", [WEBHOOK, "executions"]) => {
                let limit = usize::try_from(number(asked, "limit").unwrap_or(20)).unwrap_or(20);
                let page = usize::try_from(number(asked, "page").unwrap_or(1)).unwrap_or(1).max(1);
                let row = |failed: &super::Failed| {
                    let mut row = failed.emitted.body.clone();
                    row["id"] = json!(failed.id.to_string());
                    row
                };
                Ok(self.failed.iter().skip((page - 1) * limit).take(limit).map(row).collect())
            }
            ("POST", [WEBHOOK, "executions"]) => {
                let ids = asked.body.and_then(|body| body["ids"].as_array()).cloned().unwrap_or_default();
                ids.iter().filter_map(Value::as_str).for_each(|id| self.run_again(id));
                Ok(json!({"skipped": []}))
            }
            ("POST", [WEBHOOK, "executions", id]) => {
                self.run_again(id);
                Ok(json!({}))
            }
            _ => Err(UNKNOWN),
        }
    }

    fn run_again(&mut self, id: &str) {
        if let Some(place) = self.failed.iter().position(|failed| failed.id.to_string() == id) {
            let failed = self.failed.remove(place);
            self.rerun.push(failed.emitted);
        }
    }
}

fn parameter(asked: &Asked<'_>, key: &str) -> Option<String> {
    asked.url.query_pairs().find(|(name, _)| name == key).map(|(_, value)| value.into_owned())
}

fn number(asked: &Asked<'_>, key: &str) -> Option<i64> {
    parameter(asked, key)?.parse().ok()
}
