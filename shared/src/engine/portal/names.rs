//! What operators and departments are called, for people who read lists. Kept for a minute: pages are refreshed every few
//! seconds, and a throttle locks the address (api.md §1.5).

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Portal;
use crate::domain::id::{DepartmentId, OperatorId};
use crate::salesiq::oauth::Principal;
use crate::store::Store;
use crate::telemetry::Chain;

/// How long names are kept, and how long after a failure SalesIQ is not asked again.
const KEPT: SignedDuration = SignedDuration::from_secs(60);

/// Who works in a portal, and for which departments, by name. What SalesIQ did not tell is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Operators.
    pub operators: BTreeMap<OperatorId, Member>,
    /// Departments.
    pub departments: BTreeMap<DepartmentId, String>,
}

/// An operator by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Member {
    /// The name that visitors see.
    pub name: Option<String>,
    /// The e-mail address of the account.
    pub email: Option<String>,
}

impl Names {
    /// What an operator is called; else the id.
    #[must_use]
    pub fn operator<'a>(&'a self, id: &'a OperatorId) -> &'a str {
        self.operators.get(id).and_then(|member| member.name.as_deref()).unwrap_or(id.as_str())
    }

    /// What a department is called; else the id.
    #[must_use]
    pub fn department<'a>(&'a self, id: &'a DepartmentId) -> &'a str {
        self.departments.get(id).map_or(id.as_str(), String::as_str)
    }

    /// The operators with an e-mail address, in whatever case it is written.
    #[must_use]
    pub fn with_email(&self, email: &str) -> Vec<OperatorId> {
        let same = |member: &Member| member.email.as_deref().is_some_and(|its| its.trim().eq_ignore_ascii_case(email));
        self.operators.iter().filter(|(_, member)| same(member)).map(|(id, _)| id.clone()).collect()
    }
}

impl<S: Store> Portal<S> {
    /// The names, not older than a minute; those of before, or none, while SalesIQ does not tell.
    pub async fn names(&self, now: Timestamp) -> Arc<Names> {
        let kept = self.0.names.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let before = match kept {
            Some((read_at, names)) if read_at + KEPT > now => return names,
            Some((_, names)) => names,
            None => Arc::default(),
        };
        let names = Arc::new(self.read_names(&before).await);
        *self.0.names.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&names)));
        names
    }

    async fn read_names(&self, before: &Names) -> Names {
        let workspace = &self.0.settings.workspace;
        let operators = match self.0.client.operators(Principal::Bot).await {
            Ok(rows) => rows.into_iter().map(|row| (row.id, Member { name: row.name, email: row.email })).collect(),
            Err(error) => {
                tracing::warn!(%workspace, error = %Chain(&error), "operators have no names for now");
                // Where one list is refused or late, so will the other be.
                return before.clone();
            }
        };
        let departments = match self.0.client.departments(Principal::Bot).await {
            Ok(rows) => rows.into_iter().filter_map(|row| Some((row.id, row.name?))).collect(),
            Err(error) => {
                tracing::warn!(%workspace, error = %Chain(&error), "departments have no names for now");
                before.departments.clone()
            }
        };
        Names { operators, departments }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_name_is_called_by_its_id_and_people_are_found_by_their_address() {
        let (ada, ben) = (OperatorId::parse("1").unwrap(), OperatorId::parse("2").unwrap());
        let member = Member { name: Some("Ada".to_owned()), email: Some("Ada@demo.example".to_owned()) };
        let names = Names { operators: BTreeMap::from([(ada.clone(), member)]), departments: BTreeMap::default() };
        assert_eq!((names.operator(&ada), names.operator(&ben)), ("Ada", "2"));
        assert_eq!(names.with_email("ada@DEMO.example"), [ada]);
        assert!(names.with_email("").is_empty());
    }
}
