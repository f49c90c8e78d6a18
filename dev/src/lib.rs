//! `cargo dev`: the local stack and everything done with it.
//!
//! The local stack is the real one: the same template, binaries and wire protocols as in AWS, deployed by the SAM CLI
//! to an emulator. As a library, this crate tells the end-to-end tests where a running stack is ([`stack::Stack`]).

#![allow(clippy::doc_markdown, reason = "SalesIQ, MiniStack and CloudWatch are names, not code")]
#![cfg_attr(test, allow(clippy::expect_used, reason = "a test may panic"))]

pub mod cli;
pub mod error;
pub mod function_logs;
pub mod functions;
pub mod mailbox;
pub mod mails;
pub mod portal;
pub mod seed;
pub mod stack;

mod aws;
mod browser_tools;
mod build;
mod demo;
mod deploy;
mod doctor;
mod down;
mod end;
mod evaluate;
mod http;
mod logs;
mod ministack;
mod output;
mod processes;
mod python;
mod release;
mod settings;
mod simulate;
mod simulator;
mod test;
mod up;
mod workspace;
