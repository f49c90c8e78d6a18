//! Times on a page: in the workspace's zone, and how long since.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use shared::domain::hours::zone;

use crate::page::{lasting, shown};

/// Now, and where.
#[derive(Debug, Clone)]
pub struct Times {
    zone: TimeZone,
    now: Timestamp,
}

impl Times {
    /// In a zone by its IANA name; UTC if there is none of that name.
    #[must_use]
    pub fn new(name: &str, now: Timestamp) -> Self {
        Self { zone: zone(name).unwrap_or(TimeZone::UTC), now }
    }

    /// For `datetime` attributes.
    #[must_use]
    pub fn rfc(&self, time: &Timestamp) -> String {
        time.to_string()
    }

    /// As people read it.
    #[must_use]
    pub fn shown(&self, time: &Timestamp) -> String {
        shown(*time, &self.zone)
    }

    /// How long ago it was.
    #[must_use]
    pub fn since(&self, time: &Timestamp) -> String {
        lasting(self.now.duration_since(*time).as_secs())
    }

    /// How long until then.
    #[must_use]
    pub fn until(&self, time: &Timestamp) -> String {
        lasting(time.duration_since(self.now).as_secs())
    }
}
