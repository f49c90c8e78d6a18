use serde_json::{Value, json};

use crate::domain::settings::WorkspaceSettings;
use crate::domain::settings::check::tests::{parsed, put, refused, whole};

/// Settings with tools, identity and procedures, in which nothing is wrong.
fn company() -> Value {
    let schema = |names: &[&str]| {
        let properties: Value = names.iter().map(|name| ((*name).to_owned(), json!({"type": "string"}))).collect();
        json!({"type": "object", "properties": properties, "required": names})
    };
    let hosts = json!(["api.lumen.example", "10.0.0.5:8443"]);
    let mut settings = whole();
    settings["tools"] = json!([
        {"name": "order_status", "description": "Tells an order.", "access": "read", "method": "GET",
         "url": "https://api.lumen.example/orders/{order}?player={player.id}", "arguments": schema(&["order"]), "allowed_hosts": hosts},
        {"name": "refund", "description": "Refunds.", "access": "write", "method": "POST", "proves": ["refunded"],
         "url": "http://10.0.0.5:8443/players/{player.id}/refunds", "arguments": schema(&["amount"]), "allowed_hosts": hosts,
         "private_hosts": ["10.0.0.5:8443"], "secret": "api", "secret_header": "X-Api-Key"},
        {"name": "check_player", "description": "Checks.", "access": "read", "method": "POST",
         "url": "https://api.lumen.example/check", "arguments": schema(&["email"]), "allowed_hosts": hosts},
    ]);
    settings["identity"] = json!({
        "passive": {"tool": "check_player", "fields": ["email"]},
        "conversational": {"tool": "check_player", "ask": ["email"], "tries": 3},
    });
    settings["procedures"] = json!([{
        "name": "where", "when": "asks for an order", "examples": ["where is my order"], "tools": ["order_status", "search_knowledge"],
        "run": {
            "ask": [{"name": "order", "question": {"en": "Which?"}}], "call": "order_status",
            "arguments": {"order": "{order}"}, "answer": {"en": "It is {result.state}."},
        },
    }]);
    settings
}

fn with(pointer: &str, value: Value) -> WorkspaceSettings {
    parsed(put(company(), pointer, value))
}

fn said(settings: &WorkspaceSettings) -> String {
    settings.check().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_company_with_tools_has_no_problem() {
    assert_eq!(said(&parsed(company())), "");
}

#[test]
fn a_tool_has_a_name_of_its_own() {
    insta::assert_snapshot!(said(&with("/tools/1/name", json!("order_status"))), @"tools[1].name: tools[0] has the same name; name each tool differently");
    for name in ["search_knowledge", "lookup_player", "tag", "escalate", "close", "reply"] {
        assert_eq!(refused(&with("/tools/1/name", json!(name))), ["tools[1].name"], "{name}");
    }
    assert_eq!(refused(&with("/tools/1/description", json!(" "))), ["tools[1].description"]);
}

#[test]
fn a_url_is_of_a_declared_host() {
    let url = |text: &str| said(&with("/tools/0/url", json!(text)));
    insta::assert_snapshot!(url("https://{order}.lumen.example/"), @"tools[0].url: a placeholder stands in its host; write it such as https://api.example.com/players/{player.id}/orders?state={state}");
    insta::assert_snapshot!(url("https://api.other.example/{order}"), @"tools[0].url: its host is not among allowed_hosts; write its host, and its port if it has one, into allowed_hosts");
    insta::assert_snapshot!(url("http://api.lumen.example/{order}"), @"tools[0].url: it is plain http, which is only for private_hosts; use https, or list the host in private_hosts if it is within your network");
    insta::assert_snapshot!(url("https://10.0.0.5:8443/{order}"), @"tools[0].url: its host is an address within a network, which is only for private_hosts; use a name, or list the address in private_hosts if it is within your network");
    for wrong in [
        "",
        "api.lumen.example/x",
        "ftp://api.lumen.example/",
        "https://a@api.lumen.example/",
        "https://api.lumen.example/{order",
    ] {
        assert_eq!(refused(&with("/tools/0/url", json!(wrong))), ["tools[0].url"], "{wrong}");
    }
}

#[test]
fn what_is_filled_in_is_an_argument_that_is_always_there() {
    insta::assert_snapshot!(said(&with("/tools/0/url", json!("https://api.lumen.example/{number}"))), @"tools[0].url: {number} is no argument; write it into the properties of arguments, or correct the URL");
    let optional = json!({"type": "object", "properties": {"order": {"type": "string"}}});
    insta::assert_snapshot!(said(&with("/tools/0/arguments", optional)), @"tools[0].url: {order} may be missing, and there would be no URL; write it into required of arguments");
    let twice = json!({"type": "object", "properties": {"order": {}, "Player": {}}, "required": ["order"]});
    insta::assert_snapshot!(said(&with("/tools/0/arguments", twice)), @"tools[0].url: the argument Player would be a second parameter of that name; fill it in as {name} where it stands, or rename it");
}

#[test]
fn arguments_are_a_schema_of_an_object() {
    for wrong in [json!({"type": "string"}), json!({"properties": {"amount": {}}}), json!(true)] {
        assert!(
            refused(&with("/tools/1/arguments", wrong.clone())).contains(&"tools[1].arguments".to_owned()),
            "{wrong}"
        );
    }
    let elsewhere = json!({"type": "object", "properties": {"amount": {"$ref": "https://a.example/amount"}}});
    assert_eq!(refused(&with("/tools/1/arguments", elsewhere)), ["tools[1].arguments"]);
}

#[test]
fn hosts_are_hosts_and_private_ones_are_allowed_ones() {
    assert_eq!(refused(&with("/tools/0/allowed_hosts/1", json!("*.lumen.example"))), ["tools[0].allowed_hosts[1]"]);
    insta::assert_snapshot!(said(&with("/tools/0/private_hosts", json!(["10.0.0.5"]))), @"tools[0].private_hosts[0]: it is not among allowed_hosts; write it there too, with the same port");
    assert_eq!(said(&with("/tools/0/private_hosts", json!(["API.lumen.example"]))), "");
}

#[test]
fn a_method_does_what_the_access_says() {
    assert_eq!(refused(&with("/tools/1/method", json!("GET"))), ["tools[1].method"]);
    for method in ["PUT", "PATCH", "DELETE"] {
        assert_eq!(refused(&with("/tools/0/method", json!(method))), ["tools[0].method"], "{method}");
        assert_eq!(said(&with("/tools/1/method", json!(method))), "", "{method}");
    }
}

#[test]
fn only_what_writes_proves_something_and_only_what_a_call_can() {
    insta::assert_snapshot!(said(&with("/tools/0/proves", json!(["refunded"]))), @"tools[0].proves: what only reads proves nothing; remove it, or write access: write");
    for claim in ["handed_over", "will_return"] {
        assert_eq!(refused(&with("/tools/1/proves", json!([claim]))), ["tools[1].proves"]);
    }
}

#[test]
fn a_secret_is_sent_in_a_header_of_its_own() {
    for header in ["Host", "content-length", "Transfer-Encoding", "Idempotency-Key", "", "X Key", "X-Key:", "Schlüssel"]
    {
        assert_eq!(refused(&with("/tools/1/secret_header", json!(header))), ["tools[1].secret_header"], "{header}");
    }
}

#[test]
fn numbers_of_tools_out_of_bounds_are_harmful() {
    let outside = [
        ("tools/0/timeout_ms", 99, "tools[0].timeout_ms"),
        ("tools/0/timeout_ms", 30_001, "tools[0].timeout_ms"),
        ("tools/1/answer_bytes", 255, "tools[1].answer_bytes"),
        ("tools/1/answer_bytes", 262_145, "tools[1].answer_bytes"),
        ("identity/conversational/tries", 0, "identity.conversational.tries"),
        ("identity/conversational/tries", 11, "identity.conversational.tries"),
    ];
    for (pointer, value, field) in outside {
        let settings = with(pointer, json!(value));
        assert_eq!(refused(&settings), [field], "{value}");
        assert_eq!(settings.harmful(), settings.check());
    }
    let of_brand = json!({"conversational": {"tool": "check_player", "ask": ["email"], "tries": 0}});
    assert_eq!(refused(&with("/brands/0/identity", of_brand)), ["brands[0].identity.conversational.tries"]);
}

#[test]
fn who_writes_is_looked_up_by_a_tool_that_can() {
    for part in ["passive", "conversational"] {
        let field = format!("identity.{part}.tool");
        assert_eq!(refused(&with(&format!("/identity/{part}/tool"), json!("nothing"))), [field.as_str()]);
        let writes = refused(&with(&format!("/identity/{part}/tool"), json!("refund")));
        assert!(writes.contains(&field), "{writes:?}");
    }
    assert_eq!(
        refused(&with("/tools/2/brands", json!(["11"]))),
        ["identity.passive.tool", "identity.conversational.tool"]
    );
    let of_the_player = with("/tools/2/url", json!("https://api.lumen.example/check/{player.id}"));
    assert_eq!(refused(&of_the_player), ["identity.passive.tool", "identity.conversational.tool"]);
    let of_brand = json!({"passive": {"tool": "nothing", "fields": ["email"]}});
    assert_eq!(refused(&with("/brands/1/identity", of_brand)), ["brands[1].identity.passive.tool"]);
}

#[test]
fn what_needs_approval_may_be_called_but_not_to_look_somebody_up() {
    assert_eq!(said(&with("/tools/0/approval", json!(true))), "", "a procedure calls it");
    let looking_up = with("/tools/2/approval", json!(true));
    insta::assert_snapshot!(said(&looking_up), @r"
    identity.passive.tool: it needs a person's approval, and looking somebody up can't wait; name one that does not
    identity.conversational.tool: it needs a person's approval, and looking somebody up can't wait; name one that does not
    ");
    for seconds in [29, 86_401] {
        assert_eq!(refused(&with("/agent", json!({"approval_deadline_s": seconds}))), ["agent.approval_deadline_s"]);
    }
}

#[test]
fn what_is_passed_on_is_what_the_tool_takes() {
    insta::assert_snapshot!(said(&with("/identity/conversational/ask", json!(["email", "phone", "email"]))), @r"
    identity.conversational.ask: email stands in it twice; list each once
    identity.conversational.ask: phone is no argument of check_player; write it into the properties of the tool's arguments, or leave it out
    ");
    insta::assert_snapshot!(said(&with("/identity/conversational/ask", json!([]))), @r"
    identity.conversational.ask: there is nothing, and nobody could be checked; say what is asked for
    identity.conversational.ask: check_player needs email, which is not asked for; ask for it, or let the tool do without
    ");
    assert_eq!(refused(&with("/identity/passive/fields", json!(["login"]))), ["identity.passive.fields"]);
}

#[test]
fn a_procedure_calls_what_there_is() {
    assert_eq!(refused(&with("/procedures/0/tools/0", json!("nothing"))), ["procedures[0].tools[0]"]);
    assert_eq!(refused(&with("/procedures/0/run/call", json!("nothing"))), ["procedures[0].run.call"]);
    assert_eq!(refused(&with("/tools/0/brands", json!(["10"]))), ["procedures[0].tools[0]", "procedures[0].run.call"]);
    insta::assert_snapshot!(said(&with("/procedures/0/tools/0", json!("check_player"))), @"procedures[0].tools[0]: it checks who writes, and its tries are counted only when lookup_player is called; name lookup_player");
    assert_eq!(said(&with("/procedures/0/run/call", json!("lookup_player"))), "");
}

#[test]
fn a_procedure_gives_the_arguments_that_its_tool_takes() {
    insta::assert_snapshot!(said(&with("/procedures/0/run/arguments", json!({"number": "{order}"}))), @r"
    procedures[0].run.arguments.number: it is no argument of order_status; correct its name, or remove it
    procedures[0].run.arguments: order_status needs order; give it, such as {order} for what the visitor answered
    ");
    let without_a_call = refused(&with("/procedures/0/run/call", Value::Null));
    assert_eq!(without_a_call, ["procedures[0].run.arguments", "procedures[0].run.answer.en"]);
    let question = json!({"name": "order", "question": {"en": "Which?"}});
    assert_eq!(refused(&with("/procedures/0/run/ask", json!([question, question]))), ["procedures[0].run.ask"]);
}
