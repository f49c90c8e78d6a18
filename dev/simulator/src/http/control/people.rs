//! Acting as people: the visitor at his widget, an operator at his desk, a Zobot in front of both.

use super::fields::Fields;
use super::{App, Failure, Incoming, Result, shown};
use crate::http::incoming::Input;
use crate::seed;
use crate::state::conversation::Saying;
use crate::state::life::Opening;
use crate::state::operator::Availability;
use crate::state::visitor::Details;
use serde_json::{Value, json};

pub(super) fn visitors(
    app: &App,
    incoming: &Incoming,
    method: &str,
    path: &[&str],
    fields: Fields<'_>,
) -> Result<Value> {
    let ["visitors", "conversations", rest @ ..] = path else {
        return Err(Failure::NoSuchCall);
    };
    match (method, rest) {
        ("POST", []) => {
            let opening = opening(fields)?;
            app.with(|state, now| {
                let id = state.open(now, opening)?;
                shown(state, &id)
            })
        }
        ("POST", [id, "messages"]) => {
            let saying = saying(incoming, fields)?;
            app.with(|state, now| Ok(json!(state.visitor_says(now, id, saying)?)))
        }
        ("PUT", [id, "messages", msgid]) => {
            let text = fields.needed("text", "the new text")?;
            app.with(|state, now| {
                state.edit_message(now, id, msgid, text)?;
                shown(state, id)
            })
        }
        ("DELETE", [id, "messages", msgid]) => app.with(|state, now| {
            state.delete_message(now, id, msgid)?;
            shown(state, id)
        }),
        ("POST", [id, "end"]) => app.with(|state, now| {
            state.visitor_ends(now, id)?;
            shown(state, id)
        }),
        ("POST", [id, "rate"]) => {
            let rating = fields.number("rating")?.unwrap_or(5);
            let rating = u8::try_from(rating)
                .ok()
                .filter(|r| (1..=5).contains(r))
                .ok_or_else(|| Failure::field("rating", format!("is {rating}"), "send 1 to 5"))?;
            let feedback = fields.text("feedback")?.unwrap_or_default();
            app.with(|state, now| {
                state.rate(now, id, rating, feedback)?;
                shown(state, id)
            })
        }
        ("PUT", [id, "info"]) => {
            let details = Details {
                name: fields.text("name")?,
                email: fields.text("email")?,
                phone: fields.text("phone")?,
                customer_info: fields.map("customer_info")?,
            };
            app.with(|state, now| {
                state.change_visitor(now, id, details)?;
                shown(state, id)
            })
        }
        ("POST", [id, "typing"]) => {
            app.with(|state, _| state.types(id, "visitor"))?;
            Ok(json!({}))
        }
        _ => Err(Failure::NoSuchCall),
    }
}

fn opening(fields: Fields<'_>) -> Result<Opening> {
    let visitor = fields.map("visitor")?;
    let visitor = Value::Object(visitor);
    let visitor = Fields(&visitor);
    let detail = |name: &str| Ok::<_, Failure>(visitor.text(name)?.unwrap_or_default());
    let brand = match fields.text("brand_id")? {
        Some(brand) => brand,
        None => fields.needed("app_id", "brand_id, a brand of GET /_control/state")?,
    };
    Ok(Opening {
        app_id: brand,
        department_id: fields.text("department_id")?,
        question: fields.needed("question", "the visitor's first message")?,
        user_id: detail("id")?,
        name: detail("name")?,
        email: detail("email")?,
        phone: detail("phone")?,
        country_code: fields.text("country")?.unwrap_or_else(|| "GB".to_owned()),
        page_url: fields.text("page_url")?.unwrap_or_default(),
        customer_info: fields.map("customer_info")?,
        wait_time_ms: fields.number("wait_time_ms")?,
    })
}

fn saying(incoming: &Incoming, fields: Fields<'_>) -> Result<Saying> {
    if let Input::Multipart { file: Some(file), fields } = &incoming.input {
        return Ok(Saying::File {
            name: file.name.clone(),
            mime: file.mime.clone(),
            bytes: file.bytes.clone(),
            comment: fields.get("comment").cloned().unwrap_or_default(),
        });
    }
    fields.needed("text", "the message, or a multipart file").map(Saying::Text)
}

pub(super) fn operators(app: &App, operator: &str, what: &str, fields: Fields<'_>) -> Result<Value> {
    if what == "status" {
        let status: Option<Availability> = fields.parsed("status", "send Available or Busy")?;
        let status = status.ok_or_else(|| Failure::field("status", "is absent", "send Available or Busy"))?;
        return app.with(|state, now| {
            state.set_availability(now, operator, status)?;
            Ok(json!(state.operator(operator)?))
        });
    }
    let id = fields.needed("conversation", "the conversation's id")?;
    let text = || fields.needed("text", "what is to be said");
    app.with(|state, now| {
        state.operator(operator)?;
        match what {
            "pickup" => state.pick_up(now, operator, &id)?,
            "accept" => {
                if state.conversation(&id)?.transfer.is_some() {
                    state.accept_transfer(now, operator, &id)?;
                } else {
                    state.pick_up(now, operator, &id)?;
                }
            }
            "reject" => state.decline(now, operator, &id)?,
            "ignore" => state.ignore(operator, &id)?,
            "messages" => drop(state.operator_says(now, operator, &id, Saying::Text(text()?))?),
            "notes" => drop(state.add_note(now, operator, &id, text()?)?),
            "close" => state.close(now, operator, &id)?,
            "join" => state.join(now, operator, &id)?,
            "leave" => state.leave(now, operator, &id)?,
            "supervise" => state.supervise(now, operator, &id)?,
            "typing" => state.types(&id, operator)?,
            "transfer" => {
                let department = fields.needed("department_id", "the department's id")?;
                let (target, note) = (fields.text("operator_id")?, fields.text("note")?.unwrap_or_default());
                state.transfer(now, operator, &id, &department, target.as_deref(), &note)?;
            }
            "hand-back" => {
                let to = fields.text("to")?.unwrap_or_else(|| seed::OPERATOR_NOVA.to_owned());
                state.hand_back(now, operator, &id, &to)?;
            }
            _ => return Err(Failure::NoSuchCall),
        }
        shown(state, &id)
    })
}

pub(super) fn zobot(app: &App, id: &str, what: &str, fields: Fields<'_>) -> Result<Value> {
    let (department, operator) = (fields.text("department_id")?, fields.text("operator_id")?);
    let text = fields.text("text")?.filter(|t| !t.is_empty());
    app.with(|state, now| {
        if let Some(text) = text.filter(|_| what != "fail") {
            state.operator_says(now, seed::ZOBOT, id, Saying::Text(text))?;
        }
        match what {
            "forward" => {
                state.zobot_forward(now, id, department.as_deref(), operator.as_deref())?;
            }
            "fail" => state.zobot_forward(now, id, None, None)?,
            "messages" => {}
            "end" => state.close(now, seed::ZOBOT, id)?,
            _ => return Err(Failure::NoSuchCall),
        }
        shown(state, id)
    })
}
