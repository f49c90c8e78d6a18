//! What an agent is told that it may call.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::agent::Tool;
use crate::domain::player::{Level, Player};
use crate::domain::settings::{
    Access, Asks, BrandSettings, ConversationalCheck, HttpTool, IdentitySettings, WorkspaceSettings,
};

/// The tool that searches the knowledge.
pub const SEARCH: &str = "search_knowledge";
/// The tool that checks who writes.
pub const LOOK_UP: &str = "lookup_player";
/// The tool that puts tags on the chat.
pub const TAG: &str = "tag";

/// What may be asked for in a conversation. What the player's level does not allow is among it, so that an agent can tell what
/// to do about that; calling it is refused until then.
#[must_use]
pub fn offered(settings: &WorkspaceSettings, brand: &BrandSettings, player: &Player) -> Vec<Tool> {
    let mut tools = vec![search()];
    let tags = tags(settings, brand);
    if !tags.is_empty() {
        tools.push(tag(&tags));
    }
    let identity = settings.identity_of(brand);
    if let Some(check) = &identity.conversational
        && checks_left(check, player)
    {
        tools.push(look_up(check));
    }
    tools.extend(declared(settings, brand).map(http));
    tools
}

/// The tools of a brand that can be called by name. The one that checks who writes is none of them: it would tell without
/// counting how often it is tried.
pub(super) fn declared<'a>(
    settings: &'a WorkspaceSettings,
    brand: &'a BrandSettings,
) -> impl Iterator<Item = &'a HttpTool> {
    let identity = settings.identity_of(brand);
    settings.tools.iter().filter(move |tool| tool.is_for(&brand.id) && !checks_who_writes(tool, identity))
}

fn checks_who_writes(tool: &HttpTool, identity: &IdentitySettings) -> bool {
    identity.conversational.as_ref().is_some_and(|check| check.tool == tool.name)
}

/// The tags that procedures of a brand put on chats.
pub(super) fn tags<'a>(settings: &'a WorkspaceSettings, brand: &'a BrandSettings) -> BTreeSet<&'a str> {
    let procedures = settings.procedures_of(brand);
    procedures.flat_map(|procedure| procedure.tags.iter().map(String::as_str)).collect()
}

/// Whether the visitor can still be checked.
pub(super) fn checks_left(check: &ConversationalCheck, player: &Player) -> bool {
    player.level < Level::Verified && player.failed_checks < check.tries
}

fn search() -> Tool {
    Tool {
        name: SEARCH.to_owned(),
        description: "Searches the company's articles. Answer questions about the company only from what it finds."
            .to_owned(),
        arguments: json!({
            "type": "object",
            "properties": {"query": {"type": "string", "description": "What is asked, in a few words."}},
            "required": ["query"],
            "additionalProperties": false,
        }),
    }
}

fn tag(tags: &BTreeSet<&str>) -> Tool {
    Tool {
        name: TAG.to_owned(),
        description: "Puts tags on the chat, for the team. Visitors don't see them.".to_owned(),
        arguments: json!({
            "type": "object",
            "properties": {"tags": {"type": "array", "items": {"type": "string", "enum": tags}, "minItems": 1}},
            "required": ["tags"],
            "additionalProperties": false,
        }),
    }
}

fn look_up(check: &ConversationalCheck) -> Tool {
    let properties: Map<String, Value> = check
        .ask
        .iter()
        .map(|asks| (asks.name().to_owned(), json!({"type": "string", "description": described(*asks)})))
        .collect();
    let names: Vec<&str> = check.ask.iter().map(|asks| asks.name()).collect();
    Tool {
        name: LOOK_UP.to_owned(),
        description: "Checks who writes, by what only the player knows. Ask the visitor for all of it first, and pass on only what \
                      the visitor wrote in this chat. It does not tell what was wrong, and can be tried a few times only."
            .to_owned(),
        arguments: json!({
            "type": "object",
            "properties": properties,
            "required": names,
            "additionalProperties": false,
        }),
    }
}

fn described(asks: Asks) -> &'static str {
    match asks {
        Asks::Email => "E-mail address of the account.",
        Asks::DateOfBirth => "Date of birth, as YYYY-MM-DD.",
        Asks::Username => "Name in the account.",
        Asks::Phone => "Phone number of the account.",
        Asks::PostalCode => "Postal code of the account.",
    }
}

fn http(tool: &HttpTool) -> Tool {
    let access = match tool.access {
        Access::Read => "It only reads.",
        Access::Write => "It changes something: call it once, and only when the visitor asked for it.",
    };
    let level = match tool.needed_level() {
        Level::Anonymous => "",
        Level::Claimed => " It needs a visitor who says who they are.",
        Level::Verified => " It needs a verified player.",
    };
    let approval = if tool.approval {
        " A person of the team must approve it: until then the call waits, and the software makes it."
    } else {
        ""
    };
    Tool {
        name: tool.name.to_string(),
        description: format!("{} {access}{level}{approval}", tool.description.trim()),
        arguments: tool.arguments.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tool::RESERVED;
    use crate::tools::specimen::{brand, player, settings};

    fn names(tools: &[Tool]) -> Vec<&str> {
        tools.iter().map(|tool| tool.name.as_str()).collect()
    }

    #[test]
    fn a_brand_is_offered_its_own_tools_and_what_is_built_in() {
        let settings = settings();
        let offered = offered(&settings, brand(&settings), &Player::default());
        assert_eq!(
            names(&offered),
            [
                "search_knowledge",
                "tag",
                "lookup_player",
                "order_status",
                "offers",
                "points",
                "refund",
                "close_account",
                "find_player"
            ]
        );
        let described: Vec<&str> = offered[3..8].iter().map(|tool| tool.description.as_str()).collect();
        insta::assert_snapshot!(described.join("\n"), @r"
        order_status it. It only reads. It needs a verified player.
        offers it. It only reads.
        points it. It only reads. It needs a visitor who says who they are.
        refund it. It changes something: call it once, and only when the visitor asked for it. It needs a verified player.
        close_account it. It changes something: call it once, and only when the visitor asked for it. It needs a verified player. A person of the team must approve it: until then the call waits, and the software makes it.
        ");
        assert_eq!(offered[1].arguments["properties"]["tags"]["items"]["enum"], json!(["late", "payment"]));
        assert_eq!(offered[2].arguments["required"], json!(["email", "date_of_birth"]));
    }

    #[test]
    fn what_is_of_no_use_is_not_offered() {
        let mut settings = settings();
        settings.procedures.clear();
        let of = |settings: &WorkspaceSettings, player: &Player| {
            offered(settings, &settings.brands[1], player).iter().map(|tool| tool.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of(&settings, &player(Level::Verified))[..2], ["search_knowledge", "offers"]);
        assert_eq!(of(&settings, &player(Level::Claimed))[1], "lookup_player");
        let tried = Player { failed_checks: 2, ..Player::default() };
        assert_eq!(of(&settings, &tried)[1], "offers");
    }

    #[test]
    fn what_is_built_in_has_reserved_names() {
        assert!([SEARCH, LOOK_UP, TAG].iter().all(|name| RESERVED.contains(name)));
    }
}
