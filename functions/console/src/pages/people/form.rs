//! What is typed of a person, and what is wrong with it. No table.

use jiff::Timestamp;
use shared::domain::email::EmailAddress;
use shared::domain::id::WorkspaceId;

use crate::access::{Role, User, language};

/// The longest name, in characters.
const NAME_LIMIT: usize = 100;

/// What the form holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Draft {
    /// The address; only for somebody new.
    pub(super) email: String,
    /// The name.
    pub(super) name: String,
    /// The role's name.
    pub(super) role: String,
    /// The workspaces that are ticked.
    pub(super) workspaces: Vec<String>,
    /// The language's tag.
    pub(super) language: String,
    /// May not sign in.
    pub(super) disabled: bool,
    /// Signs in with the identity provider, so no link is needed.
    pub(super) by_provider: bool,
    /// The version that was looked at; only for somebody known.
    pub(super) version: Option<u64>,
}

/// What is wrong with it, beside each field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Faults {
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
    pub(super) role: Option<String>,
    pub(super) workspaces: Option<String>,
    pub(super) language: Option<String>,
}

impl Draft {
    /// Reads the fields of a form; a workspace comes as often as one is ticked.
    pub(super) fn of(fields: &[(String, String)]) -> Self {
        let all = |name: &'static str| fields.iter().filter(move |(its, _)| its == name).map(|(_, value)| value.trim());
        let one = |name: &'static str| all(name).next().unwrap_or_default().to_owned();
        Self {
            email: one("email"),
            name: one("name"),
            role: one("role"),
            workspaces: all("workspaces").map(str::to_owned).collect(),
            language: one("language"),
            disabled: one("disabled") == "yes",
            by_provider: one("by") == "provider",
            version: one("version").parse().ok(),
        }
    }

    /// What is known of somebody.
    pub(super) fn known(user: &User, version: u64) -> Self {
        Self {
            email: user.email.to_string(),
            name: user.name.clone(),
            role: user.role.name().to_owned(),
            workspaces: user.workspaces.iter().map(ToString::to_string).collect(),
            language: user.language.clone(),
            disabled: user.disabled,
            by_provider: false,
            version: Some(version),
        }
    }

    /// What an empty form proposes.
    pub(super) fn proposed(by_provider: bool) -> Self {
        let (role, language) = (Role::Agent.name().to_owned(), "en".to_owned());
        Self { role, language, by_provider, ..Self::default() }
    }

    /// Whether a workspace is ticked.
    pub(super) fn has(&self, workspace: &str) -> bool {
        self.workspaces.iter().any(|its| its == workspace)
    }

    /// Somebody new as the form says.
    pub(super) fn person(&self, workspaces: &[WorkspaceId], now: Timestamp) -> Result<User, Faults> {
        let email = EmailAddress::parse(&self.email);
        let nobody = User {
            email: email
                .clone()
                .or_else(|_| EmailAddress::parse("nobody@example.com"))
                .map_err(|_| Faults::default())?,
            name: String::new(),
            role: Role::Viewer,
            workspaces: Vec::new(),
            password: None,
            language: String::new(),
            disabled: false,
            added_at: now,
        };
        let changed = self.changed(&nobody, workspaces);
        match email {
            Ok(_) => changed,
            Err(error) => {
                let faults = changed.err().unwrap_or_default();
                Err(Faults { email: Some(format!("This is no address: {error}.")), ..faults })
            }
        }
    }

    /// Somebody known, changed as the form says. Of the workspaces those count that there are, or that they saw before.
    pub(super) fn changed(&self, user: &User, workspaces: &[WorkspaceId]) -> Result<User, Faults> {
        let mut faults = Faults::default();
        let name = self.name.trim();
        let too_long = name.chars().count() > NAME_LIMIT;
        if name.is_empty() || too_long || name.chars().any(char::is_control) {
            faults.name =
                Some(format!("Give a name of at most {NAME_LIMIT} characters, as colleagues know the person."));
        }
        let role = Role::parse(&self.role);
        if role.is_none() {
            faults.role = Some("Choose one of the roles.".to_owned());
        }
        if !language::is_known(&self.language) {
            faults.language = Some("Choose one of the languages.".to_owned());
        }
        let there = |id: &WorkspaceId| workspaces.contains(id) || user.workspaces.contains(id);
        let chosen: Option<Vec<WorkspaceId>> =
            self.workspaces.iter().map(|text| WorkspaceId::parse(text).ok().filter(there)).collect();
        if chosen.is_none() {
            faults.workspaces = Some("One of the workspaces is not there any more. Choose again.".to_owned());
        }
        match (role, chosen) {
            (Some(role), Some(chosen)) if faults == Faults::default() => Ok(User {
                name: name.to_owned(),
                role,
                // An admin could let themselves see any.
                workspaces: if role == Role::Admin { Vec::new() } else { chosen },
                language: self.language.clone(),
                disabled: self.disabled,
                ..user.clone()
            }),
            _ => Err(faults),
        }
    }
}

/// What was changed, in short, for the audit trail.
pub(super) fn changes(before: &User, after: &User) -> String {
    let mut all = Vec::new();
    if before.role != after.role {
        all.push(format!("role {} to {}", before.role.name(), after.role.name()));
    }
    if before.disabled != after.disabled {
        all.push(if after.disabled { "disabled" } else { "enabled" }.to_owned());
    }
    if before.workspaces != after.workspaces {
        let named: Vec<String> = after.workspaces.iter().map(ToString::to_string).collect();
        all.push(format!("workspaces {}", if named.is_empty() { "all".to_owned() } else { named.join(" ") }));
    }
    if before.name != after.name {
        all.push("name".to_owned());
    }
    if before.language != after.language {
        all.push(format!("language {}", after.language));
    }
    if all.is_empty() { "nothing".to_owned() } else { all.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demo() -> Vec<WorkspaceId> {
        vec![WorkspaceId::parse("demo").unwrap()]
    }

    fn fields(pairs: &[(&str, &str)]) -> Draft {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Draft::of(&pairs)
    }

    #[test]
    fn somebody_is_added_as_the_form_says() {
        let draft = fields(&[
            ("email", " mia@demo.example "),
            ("name", "Mia"),
            ("role", "agent"),
            ("workspaces", "demo"),
            ("language", "de"),
        ]);
        let mia = draft.person(&demo(), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(
            (mia.email.as_str(), mia.role, mia.workspaces, mia.disabled),
            ("mia@demo.example", Role::Agent, demo(), false)
        );
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let draft = fields(&[("email", "mia"), ("role", "owner"), ("workspaces", "other"), ("language", "xx")]);
        let faults = draft.person(&demo(), Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(faults.email.is_some() && faults.name.is_some() && faults.role.is_some());
        assert!(faults.workspaces.is_some() && faults.language.is_some());
    }

    #[test]
    fn an_admin_sees_all_workspaces() {
        let draft = fields(&[
            ("email", "a@b.example"),
            ("name", "A"),
            ("role", "admin"),
            ("workspaces", "demo"),
            ("language", "en"),
        ]);
        assert!(draft.person(&demo(), Timestamp::UNIX_EPOCH).unwrap().workspaces.is_empty());
    }

    #[test]
    fn a_workspace_that_went_may_stay_ticked_but_not_be_given() {
        let draft = fields(&[
            ("email", "a@b.example"),
            ("name", "A"),
            ("role", "agent"),
            ("workspaces", "gone"),
            ("language", "en"),
        ]);
        assert!(draft.person(&demo(), Timestamp::UNIX_EPOCH).is_err());
        let mut user = fields(&[("email", "a@b.example"), ("name", "A"), ("role", "agent"), ("language", "en")])
            .person(&demo(), Timestamp::UNIX_EPOCH)
            .unwrap();
        user.workspaces = vec![WorkspaceId::parse("gone").unwrap()];
        assert_eq!(draft.changed(&user, &demo()).unwrap().workspaces, user.workspaces);
    }

    #[test]
    fn the_audit_trail_says_what_was_changed() {
        let draft = fields(&[("email", "a@b.example"), ("name", "A"), ("role", "agent"), ("language", "en")]);
        let before = draft.person(&demo(), Timestamp::UNIX_EPOCH).unwrap();
        let after = User { role: Role::Viewer, disabled: true, workspaces: demo(), ..before.clone() };
        assert_eq!(changes(&before, &after), "role agent to viewer; disabled; workspaces demo");
        assert_eq!(changes(&before, &before), "nothing");
    }
}
