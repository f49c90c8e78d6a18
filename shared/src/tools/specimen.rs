//! Settings for tests: a brand with a tool of each kind, and checks of who writes.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::agent::ToolCall;
use crate::domain::id::{ConversationId, PlayerId};
use crate::domain::player::{How, Level, Player};
use crate::domain::settings::{BrandSettings, WorkspaceSettings};

pub(super) fn settings() -> WorkspaceSettings {
    let hosts = json!(["api.lumen.example"]);
    let order = json!({
        "type": "object",
        "properties": {"order": {"type": "string", "maxLength": 20}, "full": {"type": "boolean"}},
        "required": ["order"],
    });
    let amount = json!({
        "type": "object",
        "properties": {"amount": {"type": "number", "minimum": 1}, "why": {"type": "string"}},
        "required": ["amount"],
    });
    let checked =
        json!({"type": "object", "properties": {"email": {"type": "string"}, "date_of_birth": {"type": "string"}}});
    let read = |name: &str, url: &str| {
        json!({
            "name": name, "description": format!("{name} it."), "access": "read", "method": "GET", "url": url, "allowed_hosts": hosts,
        })
    };
    let write = |name: &str| {
        json!({
            "name": name, "description": format!("{name} it."), "access": "write", "method": "POST", "allowed_hosts": hosts,
            "url": format!("https://api.lumen.example/players/{{player.id}}/{name}"), "arguments": amount, "proves": ["refunded"],
        })
    };
    let with = |mut tool: Value, more: Value| {
        tool.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        tool
    };
    serde_json::from_value(json!({
        "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "1",
        "brands": [
            {"id": "10", "name": "Lumen", "automated": true},
            {"id": "11", "name": "Harbour", "automated": true},
        ],
        "procedures": [
            {"name": "late", "when": "late", "brands": ["10"], "tags": ["payment", "late"]},
            {"name": "other", "when": "other", "brands": ["11"], "tags": ["harbour"]},
        ],
        "tools": [
            with(read("order_status", "https://api.lumen.example/orders/{order}"), json!({"arguments": order, "brands": ["10"]})),
            with(read("offers", "https://api.lumen.example/offers"), json!({"level": "anonymous"})),
            with(read("points", "https://api.lumen.example/points?player={player.id}"), json!({"level": "claimed"})),
            write("refund"),
            with(write("close_account"), json!({"approval": true})),
            with(read("check_player", "https://api.lumen.example/check"), json!({"arguments": checked})),
            with(read("find_player", "https://api.lumen.example/find"), json!({
                "arguments": {"type": "object", "properties": {"email": {"type": "string"}, "login": {"type": "string"}},
                              "required": ["email"]},
            })),
        ],
        "identity": {
            "conversational": {"tool": "check_player", "ask": ["email", "date_of_birth"], "tries": 2},
            "passive": {"tool": "find_player", "fields": ["email", "login"]},
        },
    }))
    .unwrap()
}

pub(super) fn brand(settings: &WorkspaceSettings) -> &BrandSettings {
    &settings.brands[0]
}

pub(super) fn player(level: Level) -> Player {
    let mut player = Player::default();
    let id = (level > Level::Anonymous).then(|| PlayerId::parse("p7").unwrap());
    player.known(level, id, How::Signed, now());
    player
}

pub(super) fn call(name: &str, arguments: Value) -> ToolCall {
    ToolCall { id: "1".to_owned(), name: name.to_owned(), arguments }
}

pub(super) fn conversation() -> ConversationId {
    ConversationId::parse("19000000033103").unwrap()
}

pub(super) fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}
