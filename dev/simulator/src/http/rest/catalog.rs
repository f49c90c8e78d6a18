//! Portals, departments, apps (brands) and tags: lists that only change in the console (api.md 4.2).

use super::{Reply, Request, Result, wrong_method};
use crate::seed;
use crate::state::State;
use crate::state::error::{ApiError, INVALID_URL, UNKNOWN_RESOURCE};
use axum::http::Method;
use serde_json::{Value, json};

pub(super) fn portals(state: &State, request: &Request<'_>) -> Result<Reply> {
    if !request.is(&Method::GET) {
        return wrong_method();
    }
    request.need("portals", "READ")?;
    let own = json!({"name": seed::PORTAL_NAME, "screenname": seed::SCREEN_NAME, "org_id": seed::ORG_ID});
    let others = state.other_portals.iter().map(|(name, screen)| json!({"name": name, "screenname": screen}));
    Ok(Reply::list(std::iter::once(own).chain(others).collect()))
}

pub(super) fn route(state: &State, request: &Request<'_>, path: &[&str]) -> Result<Reply> {
    if !request.is(&Method::GET) {
        return wrong_method();
    }
    let rows: Vec<Value> = match path[0] {
        "departments" => {
            request.need("departments", "READ")?;
            state.departments.iter().map(|d| json!({"id": d.id, "name": d.name, "is_enabled": d.is_enabled})).collect()
        }
        "apps" => {
            request.need("apps", "READ")?;
            state.brands.iter().map(|b| json!({"id": b.id, "name": b.name})).collect()
        }
        _ => {
            request.need("tags", "READ").or_else(|_| request.need("conversations", "READ"))?;
            state.tags.iter().map(|t| json!({"id": t.id, "name": t.name})).collect()
        }
    };
    let object = if path[0] == "departments" { "department" } else { "app" };
    match path {
        [_] => Ok(Reply::list(rows)),
        [_, id] => {
            let row = rows.into_iter().find(|r| r["id"] == *id).ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))?;
            Ok(Reply::one(object, row))
        }
        _ => Err(ApiError::new(INVALID_URL)),
    }
}
