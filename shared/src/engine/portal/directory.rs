//! What things of the portal are called: for people, who choose by name what settings keep by id.

use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};

use super::Portal;
use super::account::cause_of;
use crate::domain::presence::Cause;
use crate::salesiq::error::SalesiqError;
use crate::salesiq::oauth::Principal;
use crate::store::Store;

/// How long names are kept.
const KEPT: SignedDuration = SignedDuration::from_secs(60);
/// How long it is remembered that SalesIQ did not tell: pages must not wait for it each time.
const FAILURE_KEPT: SignedDuration = SignedDuration::from_secs(15);

/// Something of the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// What settings keep: an id, of tags their name.
    pub id: String,
    /// What it is called, if SalesIQ told.
    pub name: Option<String>,
    /// It is switched off.
    pub off: bool,
}

/// A list of the portal, or why SalesIQ did not tell it.
pub type Listed = Result<Vec<Named>, Cause>;

/// What there is in the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Departments.
    pub departments: Listed,
    /// Operators.
    pub operators: Listed,
    /// Brands.
    pub brands: Listed,
    /// Tags, each by its name.
    pub tags: Listed,
}

impl<S: Store> Portal<S> {
    /// The names of departments, operators, brands and tags, at most a minute old.
    pub async fn directory(&self, now: Timestamp) -> Directory {
        let kept = self.0.directory.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((read_at, directory)) = kept {
            let keep = if directory.is_whole() { KEPT } else { FAILURE_KEPT };
            if read_at + keep > now {
                return directory;
            }
        }
        let (client, overseer) = (&self.0.client, self.overseer());
        let (departments, operators, brands, tags) = futures_util::future::join4(
            client.departments(Principal::Bot),
            client.operators(Principal::Bot),
            client.brands(overseer),
            client.tags(Principal::Bot),
        )
        .await;
        let directory = Directory {
            departments: listed(departments, |row| Named {
                id: row.id.to_string(),
                name: row.name,
                off: row.enabled == Some(false),
            }),
            operators: listed(operators, |row| Named {
                id: row.id.to_string(),
                name: row.name,
                off: row.enabled == Some(false) || row.deleted == Some(true),
            }),
            brands: listed(brands, |row| Named { id: row.id.to_string(), name: row.name, off: false }),
            tags: listed(tags, |row| Named { id: row.name, name: None, off: false }),
        };
        *self.0.directory.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, directory.clone()));
        directory
    }
}

impl Directory {
    /// Of a portal that tells nothing.
    #[must_use]
    pub fn unknown(why: &Cause) -> Self {
        let none = || Err(why.clone());
        Self { departments: none(), operators: none(), brands: none(), tags: none() }
    }

    /// Why something is missing, if anything is.
    #[must_use]
    pub fn failure(&self) -> Option<&Cause> {
        [&self.departments, &self.operators, &self.brands, &self.tags].into_iter().find_map(|list| list.as_ref().err())
    }

    fn is_whole(&self) -> bool {
        self.failure().is_none()
    }
}

fn listed<T>(rows: Result<Vec<T>, SalesiqError>, named: impl Fn(T) -> Named) -> Listed {
    rows.map(|rows| rows.into_iter().map(named).collect()).map_err(|error| cause_of(&error))
}
