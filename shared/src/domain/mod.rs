//! The rules of the product, pure: no I/O, no clock, no randomness, no async.
//!
//! Everything else in the project imports this module; it imports nothing of the project.
//!
//! A conversation is **facts** (what SalesIQ told: a join, whatever the order) and **progress** (what we did about it).
//! [`drain`] takes events in, [`plan`] says what to do next, [`turn`] begins and concludes a turn of the AI.

pub mod action;
pub mod approval;
pub mod ask;
pub mod asked;
pub mod birth_date;
pub mod blanks;
pub mod card;
pub mod changes;
pub mod conversation;
pub mod countdown;
pub mod country;
pub mod counts;
pub mod covers;
pub mod custom_info;
pub mod drain;
pub mod drift;
pub mod email;
pub mod escalation;
pub mod event;
pub mod facts;
pub mod finding;
pub mod fingerprint;
mod found;
pub mod hours;
pub mod id;
pub mod idle;
pub mod join;
pub mod lines;
pub mod log_entry;
mod look_back;
pub mod mailing;
pub mod message;
pub mod phase;
pub mod plan;
pub mod player;
pub mod presence;
pub mod procedure;
pub mod promise;
pub mod reconcile;
pub mod redact;
pub mod router;
pub mod same_line;
pub mod seek;
pub mod sentences;
pub mod settings;
mod to_do;
pub mod tool;
pub mod turn;
pub mod usage;
pub mod verdict;
mod visitor_facts;
pub mod waiting;
