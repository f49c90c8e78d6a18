//! Operators: listed, read, enabled; each sets only his own availability (api.md 4.1).

use super::{Reply, Request, Result, needed, wrong_method};
use crate::shapes::rest as shape;
use crate::state::State;
use crate::state::error::{ApiError, INVALID_URL, NOT_PERMITTED, WRONG_BODY};
use crate::state::operator::{Availability, Role};
use axum::http::Method;

pub(super) fn route(state: &mut State, now: i64, request: &Request<'_>, path: &[&str]) -> Result<Reply> {
    let id = match path {
        [] | [_] if !request.is(&Method::GET) => return wrong_method(),
        [] => {
            request.need("operators", "READ")?;
            return Ok(Reply::list(state.operators.iter().filter(|o| !o.is_bot).map(shape::operator).collect()));
        }
        [id] => {
            request.need("operators", "READ")?;
            id
        }
        [_, "status" | "enable" | "disable"] if !request.is(&Method::PUT) => return wrong_method(),
        [id, "status"] => {
            set_status(state, now, request, id)?;
            id
        }
        [id, word @ ("enable" | "disable")] => {
            request.need("operators", "UPDATE")?;
            request.no_body()?;
            if state.operator(request.operator()?)?.role != Role::Administrator {
                return Err(ApiError::new(NOT_PERMITTED));
            }
            state.enable(now, id, *word == "enable")?;
            id
        }
        _ => return Err(ApiError::new(INVALID_URL)),
    };
    Ok(Reply::one("operator", shape::operator(state.operator(id)?)))
}

fn set_status(state: &mut State, now: i64, request: &Request<'_>, id: &str) -> Result<()> {
    request.need("operators", "UPDATE")?;
    let status = match needed(&request.body()?, "status")?.as_str() {
        "Available" => Availability::Available,
        "Busy" => Availability::Busy,
        _ => return Err(ApiError::at_key(WRONG_BODY, "status")),
    };
    state.operator(id)?;
    if request.operator()? != id {
        return Err(ApiError::new(NOT_PERMITTED));
    }
    state.set_availability(now, id, status)
}
