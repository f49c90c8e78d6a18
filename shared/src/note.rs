//! x
#![allow(missing_docs, dead_code)]
pub struct Tried {
    pub answers: u32,
    pub clarifications: u32,
}
pub struct NoteFacts<'a> {
    pub reason: &'a crate::domain::verdict::EscalationReason,
    pub summary: &'a str,
    pub tried: Tried,
    pub verified: &'a [(String, String)],
    pub sources: &'a [(String, Option<String>)],
    pub visitor: Option<&'a str>,
    pub page_url: Option<&'a str>,
    pub language: Option<&'a str>,
}
pub fn render(_: &NoteFacts<'_>, _: &str, _: usize) -> String {
    String::new()
}
pub fn short(_: &NoteFacts<'_>, _: &str, _: usize) -> String {
    String::new()
}
pub fn withdrawn(_: &str) -> String {
    String::new()
}
pub fn nobody_available(
    _: &crate::domain::settings::BrandSettings,
    _: &str,
    _: bool,
    _: Option<jiff::Timestamp>,
    _: &str,
    _: bool,
) -> String {
    String::new()
}
