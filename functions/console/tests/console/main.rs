//! The console in this process: its router on a real table (DynamoDB, in memory) and before the simulated SalesIQ.
#![allow(clippy::unwrap_used, missing_docs, clippy::panic, unreachable_pub, reason = "tests")]

mod provider;
mod chat;
mod site;

mod chat_asks;
mod chat_files;
mod chat_list;
mod chat_page;
mod events;
mod connecting;
mod router_trial;
mod signing_in;
mod trail;
mod account;
mod oidc;
mod people;
mod signing_in;
mod throttling;
mod who_may;
