//! The console in this process: its router on a real table (DynamoDB, in memory) and before the simulated SalesIQ.
#![allow(clippy::unwrap_used, missing_docs, clippy::panic, unreachable_pub, reason = "tests")]

mod chat;
mod provider;
mod site;

mod account;
mod analytics;
mod chat_asks;
mod chat_files;
mod chat_list;
mod chat_page;
mod connecting;
mod events;
mod forms;
mod health;
mod knowledge;
mod oidc;
mod people;
mod privacy;
mod router_trial;
mod settings;
mod signing_in;
mod throttling;
mod trail;
mod who_may;
