//! Brands, departments and operators, made and changed as an administrator would in the console.

use super::fields::Fields;
use super::{App, Failure, Result};
use crate::state::error::{ApiError, UNKNOWN_RESOURCE};
use crate::state::operator::{Availability, Operator, Role, is_valid_limit};
use crate::state::portal::{Brand, Department};
use crate::state::{Change, State};
use serde_json::{Value, json};

pub(super) fn route(app: &App, method: &str, path: &[&str], fields: Fields<'_>) -> Result<Value> {
    match (method, path) {
        ("POST", ["brands"]) => new_brand(app, fields),
        ("PUT", ["brands", id]) => brand(app, id, fields),
        ("POST", ["portals"]) => new_portal(app, fields),
        ("POST", ["departments"]) => new_department(app, fields),
        ("PUT", ["departments", id]) => department(app, id, fields),
        ("POST", ["operators"]) => new_operator(app, fields),
        ("PUT", ["operators", id]) => operator(app, id, fields),
        _ => Err(Failure::NoSuchCall),
    }
}

fn new_brand(app: &App, fields: Fields<'_>) -> Result<Value> {
    let name = fields.needed("name", "the brand's name")?;
    let (zobot, wait_time_ms) = (fields.flag("zobot")?.unwrap_or(false), fields.number("wait_time_ms")?);
    app.quietly(|state, _| {
        let brand = Brand { id: state.ids.id(), name, zobot, wait_time_ms };
        let shown = json!(brand);
        state.brands.push(brand);
        state.changes.push(Change::Portal);
        Ok(shown)
    })
}

fn brand(app: &App, id: &str, fields: Fields<'_>) -> Result<Value> {
    let (zobot, wait) = (fields.flag("zobot")?, fields.number("wait_time_ms")?);
    let deleted = fields.flag("deleted")?.unwrap_or(false);
    app.quietly(|state, _| {
        let brand = state.brands.iter_mut().find(|b| b.id == id).ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))?;
        brand.zobot = zobot.unwrap_or(brand.zobot);
        brand.wait_time_ms = wait.or(brand.wait_time_ms);
        let shown = json!(brand);
        if deleted {
            state.brands.retain(|b| b.id != id);
            state.changes.push(Change::Portal);
        }
        Ok(shown)
    })
}

fn new_portal(app: &App, fields: Fields<'_>) -> Result<Value> {
    let (name, screen) =
        (fields.needed("name", "the portal's name")?, fields.needed("screen_name", "its screen name")?);
    app.quietly(|state, _| {
        let shown = json!({"name": name, "screen_name": screen});
        state.other_portals.push((name, screen));
        Ok(shown)
    })
}

/// A department, and at once the operators who serve it beside their others.
fn new_department(app: &App, fields: Fields<'_>) -> Result<Value> {
    let name = fields.needed("name", "the department's name")?;
    let operators = fields.texts("operators")?.unwrap_or_default();
    app.with(|state, now| {
        for id in &operators {
            state.operator(id)?;
        }
        let department = Department { id: state.ids.id(), name, is_enabled: true };
        for id in &operators {
            let operator = state.operator_mut(id)?;
            operator.departments.push(department.id.clone());
            operator.modified_time = now;
            state.operator_changed(now, id);
        }
        let shown = json!(department);
        state.departments.push(department);
        state.changes.push(Change::Portal);
        Ok(shown)
    })
}

fn department(app: &App, id: &str, fields: Fields<'_>) -> Result<Value> {
    let (enabled, deleted) = (fields.flag("is_enabled")?, fields.flag("deleted")?.unwrap_or(false));
    app.with(|state, now| {
        let unknown = || ApiError::new(UNKNOWN_RESOURCE);
        let department = state.departments.iter_mut().find(|d| d.id == id).ok_or_else(unknown)?;
        department.is_enabled = enabled.unwrap_or(department.is_enabled);
        let shown = json!(department);
        if deleted {
            delete_department(state, now, id);
        }
        state.changes.push(Change::Portal);
        Ok(shown)
    })
}

/// Nobody serves a department that is gone.
fn delete_department(state: &mut State, now: i64, id: &str) {
    state.departments.retain(|d| d.id != id);
    let served: Vec<String> = state.operators.iter().filter(|o| o.serves(id)).map(|o| o.id.clone()).collect();
    for operator_id in served {
        if let Ok(operator) = state.operator_mut(&operator_id) {
            operator.departments.retain(|d| d != id);
            operator.modified_time = now;
        }
        state.operator_changed(now, &operator_id);
    }
}

/// What a body says of an operator; what it does not name stays.
#[derive(Debug)]
struct Changes {
    departments: Option<Vec<String>>,
    role: Option<Role>,
    status: Option<Availability>,
    is_chat_enabled: Option<bool>,
    is_enabled: Option<bool>,
    is_confirmed: Option<bool>,
    is_deleted: Option<bool>,
    /// Null: the resource shows none.
    maximum_concurrent_chat: Option<Value>,
}

impl Changes {
    fn read(fields: Fields<'_>) -> Result<Self> {
        let limit = fields.0.get("maximum_concurrent_chat").cloned();
        if let Some(bad) = limit.as_ref().filter(|value| !value.is_null() && !is_valid_limit(value)) {
            let fix = "send 0, 1, 2, 3, 4, 5, 7, 10, 25 or \"unlimited\", as a number or a text, or null for none";
            return Err(Failure::field("maximum_concurrent_chat", format!("is {bad}"), fix));
        }
        Ok(Self {
            departments: fields.texts("departments")?,
            role: fields.parsed("role", "send Administrator, Supervisor or Associate")?,
            status: fields.parsed("status", "send Available or Busy")?,
            is_chat_enabled: fields.flag("is_chat_enabled")?,
            is_enabled: fields.flag("is_enabled")?,
            is_confirmed: fields.flag("is_confirmed")?,
            is_deleted: fields.flag("is_deleted")?,
            maximum_concurrent_chat: limit,
        })
    }

    fn check(&self, state: &State) -> Result<()> {
        let unknown = self.departments.iter().flatten().find(|d| state.department(d).is_none());
        unknown.map_or(Ok(()), |unknown| {
            let problem = format!("{unknown} is no department");
            Err(Failure::field("departments", problem, "GET /_control/state lists them"))
        })
    }

    fn make(self, operator: &mut Operator, now: i64) {
        operator.departments = self.departments.unwrap_or_else(|| operator.departments.clone());
        operator.role = self.role.unwrap_or(operator.role);
        operator.status = self.status.unwrap_or(operator.status);
        operator.is_chat_enabled = self.is_chat_enabled.unwrap_or(operator.is_chat_enabled);
        operator.is_enabled = self.is_enabled.unwrap_or(operator.is_enabled);
        operator.is_confirmed = self.is_confirmed.unwrap_or(operator.is_confirmed);
        operator.is_deleted = self.is_deleted.unwrap_or(operator.is_deleted);
        if let Some(limit) = self.maximum_concurrent_chat {
            operator.maximum_concurrent_chat = limit;
        }
        operator.modified_time = now;
    }
}

/// An operator as an administrator would change him, and his status as nobody else could.
fn operator(app: &App, id: &str, fields: Fields<'_>) -> Result<Value> {
    let changes = Changes::read(fields)?;
    app.with(|state, now| {
        changes.check(state)?;
        let operator = state.operator_mut(id)?;
        changes.make(operator, now);
        let shown = json!(operator);
        state.operator_changed(now, id);
        Ok(shown)
    })
}

/// An Associate who is available and takes five chats at once, unless the body says otherwise.
fn new_operator(app: &App, fields: Fields<'_>) -> Result<Value> {
    let nick_name = fields.needed("nick_name", "the name that visitors see")?;
    let changes = Changes::read(fields)?;
    app.with(|state, now| {
        changes.check(state)?;
        let id = state.ids.id();
        let mut operator = Operator {
            id: id.clone(),
            email_id: format!("operator-{id}@demo.example"),
            first_name: nick_name.clone(),
            last_name: String::new(),
            nick_name,
            role: Role::Associate,
            departments: Vec::new(),
            status: Availability::Available,
            is_chat_enabled: true,
            is_enabled: true,
            is_confirmed: true,
            is_owner: false,
            is_deleted: false,
            maximum_concurrent_chat: json!(5),
            is_bot: false,
            created_time: now,
            modified_time: now,
        };
        changes.make(&mut operator, now);
        let shown = json!(operator);
        state.operators.push(operator);
        state.changes.push(Change::Portal);
        state.operator_changed(now, &id);
        Ok(shown)
    })
}
