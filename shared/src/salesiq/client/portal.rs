//! Calls about the portal itself: portals, departments, brands (api.md §1.1, §4.2).

use super::request::Request;
use super::{Client, rows};
use crate::domain::id::{BrandId, DepartmentId, ScreenName};
use crate::salesiq::error::SalesiqError;
use crate::salesiq::lenient::{self, Object};
use crate::salesiq::oauth::{Principal, Tokens};

/// A portal that the token's account can see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portal {
    /// The screen name.
    pub screen_name: ScreenName,
    /// The name.
    pub name: Option<String>,
    /// The number that webhooks call `org_id`, if it is told.
    pub org_id: Option<String>,
}

/// A department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Department {
    /// The id.
    pub id: DepartmentId,
    /// The name.
    pub name: Option<String>,
    /// It is switched on, if that is told.
    pub enabled: Option<bool>,
}

/// A brand, which SalesIQ's API calls an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// The id.
    pub id: BrandId,
    /// The name.
    pub name: Option<String>,
}

impl<T: Tokens> Client<T> {
    /// Lists the portals of the token's account; the only call without a screen name (api.md §1.1).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn portals(&self, principal: Principal) -> Result<Vec<Portal>, SalesiqError> {
        Ok(rows(&self.send(Request::get("list_portals", principal, "/api/v2/portals")).await?, Portal::read))
    }

    /// Lists departments (api.md §4.2).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn departments(&self, principal: Principal) -> Result<Vec<Department>, SalesiqError> {
        let request = Request::get("list_departments", principal, "/api/v2/{screen}/departments");
        Ok(rows(&self.send(request).await?, Department::read))
    }

    /// Lists brands (api.md §4.2).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn brands(&self, principal: Principal) -> Result<Vec<Brand>, SalesiqError> {
        let request = Request::get("list_apps", principal, "/api/v2/{screen}/apps");
        Ok(rows(&self.send(request).await?, Brand::read))
    }
}

impl Portal {
    fn read(from: &Object) -> Option<Self> {
        let screen = lenient::first_id(from, &["screenname", "screen_name"])?;
        Some(Self {
            screen_name: ScreenName::parse(&screen).ok()?,
            name: lenient::label(from, "name"),
            org_id: lenient::first_id(from, &["org_id"]),
        })
    }
}

impl Department {
    fn read(from: &Object) -> Option<Self> {
        Some(Self {
            id: lenient::id(from, "id", |text| DepartmentId::parse(text).ok())?,
            name: lenient::label(from, "name"),
            enabled: lenient::boolean(from, "is_enabled").or_else(|| lenient::boolean(from, "enabled")),
        })
    }
}

impl Brand {
    fn read(from: &Object) -> Option<Self> {
        Some(Self {
            id: lenient::id(from, "id", |text| BrandId::parse(text).ok())?,
            name: lenient::label(from, "name"),
        })
    }
}
