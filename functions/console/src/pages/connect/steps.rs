//! How far a connection is: decided from what is known, without asking anybody.

use shared::domain::settings::WorkspaceSettings;
use shared::salesiq::oauth::Principal;

use super::known::{Known, KnownAccount};

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing is to be done.
    Done,
    /// It is to be done now.
    ToDo,
    /// It needs an earlier one.
    Later,
    /// It may be left out.
    Optional,
    /// Something is wrong.
    Problem,
}

impl State {
    /// As it is shown.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Done => "Done",
            Self::ToDo => "To do",
            Self::Later => "Later",
            Self::Optional => "Optional",
            Self::Problem => "Problem",
        }
    }

    /// The badge's class.
    pub(super) fn badge(self) -> &'static str {
        match self {
            Self::Done => "good",
            Self::ToDo => "accent",
            Self::Problem => "bad",
            Self::Later | Self::Optional => "",
        }
    }
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// How it stands.
    pub(super) state: State,
    /// What is seen of it, or what it waits for.
    pub(super) says: String,
}

/// All steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Steps {
    pub(super) client: Step,
    pub(super) bot: Step,
    pub(super) facilitator: Step,
    pub(super) settings: Step,
    pub(super) webhook: Step,
    pub(super) organisation: Step,
    pub(super) check: Step,
}

fn step(state: State, says: impl Into<String>) -> Step {
    Step { state, says: says.into() }
}

impl Steps {
    /// The steps of a connection.
    pub(super) fn of(known: &Known) -> Self {
        let settings = known.settings.as_ref().map(|(settings, _)| settings);
        Self {
            client: client(known),
            bot: account(known, Principal::Bot),
            facilitator: account(known, Principal::Facilitator),
            settings: of_settings(known, settings),
            webhook: webhook(settings),
            organisation: organisation(known),
            check: check(known),
        }
    }

    /// The needed ones, in their order.
    pub(super) fn needed(&self) -> [&Step; 6] {
        [&self.client, &self.bot, &self.facilitator, &self.settings, &self.webhook, &self.check]
    }

    /// How many of the needed ones are done.
    pub(super) fn done(&self) -> usize {
        self.needed().iter().filter(|step| matches!(step.state, State::Done | State::Optional)).count()
    }
}

fn client(known: &Known) -> Step {
    match &known.client {
        Some(client) => step(State::Done, format!("{}, made in {}", client.id, client.data_centre.label())),
        None if known.bot.connected => {
            step(State::Optional, "The accounts were connected by hand. Enter a client to connect one again.")
        }
        None => step(State::ToDo, "Make a client in Zoho's API console, and enter its id and secret."),
    }
}

fn account(known: &Known, principal: Principal) -> Step {
    let KnownAccount { connected, pending, account } = known.account(principal);
    if *pending {
        return step(State::Problem, "Zoho granted access. Say whose account it is.");
    }
    let operator = known.operator(principal);
    let both = [known.operator(Principal::Bot), known.operator(Principal::Facilitator)];
    if principal == Principal::Facilitator && both[0].is_some() && both[0] == both[1] {
        return step(State::Problem, "It is the AI's own account. Connect an administrator's.");
    }
    let Some(operator) = operator.filter(|_| *connected) else {
        return match known.client {
            Some(_) => step(State::ToDo, "Not connected."),
            None => step(State::Later, "Enter the client first."),
        };
    };
    let Some(account) = account else { return step(State::Done, format!("Operator {operator}, connected by hand.")) };
    if account.data_centre != known.data_centre() {
        let (granted, set) = (account.data_centre.label(), known.data_centre().label());
        let says = format!("Access was granted in {granted}, and the workspace is set to {set}. Connect it again.");
        return step(State::Problem, says);
    }
    if account.operator.as_ref() != Some(operator) {
        let says =
            format!("The settings name operator {operator}, and another one's account is connected. Connect theirs.");
        return step(State::Problem, says);
    }
    let name = account.name.as_deref().unwrap_or(operator.as_str());
    let proof = if account.proven { "" } else { ". SalesIQ could not tell whether the account is theirs" };
    step(State::Done, format!("{name} ({operator}){proof}"))
}

fn of_settings(known: &Known, settings: Option<&WorkspaceSettings>) -> Step {
    let Some(settings) = settings else {
        return match (known.operator(Principal::Bot), known.screen_name()) {
            (Some(_), Some(_)) => step(State::ToDo, "Choose the department, the addresses and the brands."),
            _ => step(State::Later, "Connect the AI's operator first."),
        };
    };
    let problems = settings.check();
    match problems.first() {
        None => {
            let automated = settings.brands.iter().filter(|brand| brand.automated).count();
            step(State::Done, format!("{} of {} brands are automated.", automated, settings.brands.len()))
        }
        Some(problem) => step(State::Problem, problem.to_string()),
    }
}

fn webhook(settings: Option<&WorkspaceSettings>) -> Step {
    let Some(settings) = settings else { return step(State::Later, "Save the settings first.") };
    match (&settings.sentinel.webhook_url, settings.webhook_keys.len()) {
        (_, 0) => step(State::ToDo, "SalesIQ tells us nothing yet."),
        (Some(url), _) => step(State::Done, format!("Delivers to {url}")),
        (None, _) => step(State::Done, "It was registered by hand. Register it here to have it completed."),
    }
}

fn organisation(known: &Known) -> Step {
    if known.organisation.connected {
        return step(State::Done, "Connected.");
    }
    step(State::Optional, "Needed only for bot platforms, by the bridge. Leave it out otherwise.")
}

fn check(known: &Known) -> Step {
    if known.settings.is_none() {
        return step(State::Later, "Save the settings first.");
    }
    match &known.report {
        None => step(State::ToDo, "Not looked at yet."),
        Some(report) if report.failed() > 0 => {
            step(State::Problem, "Something does not work; what is to be done stands below.")
        }
        Some(_) => step(State::Done, "Nothing failed. Look again after each change."),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use jiff::Timestamp;
    use shared::domain::id::{OperatorId, ScreenName, WorkspaceId};
    use shared::domain::settings::DataCentre;

    use super::super::draft::{Account, Draft};
    use super::super::known::ShownClient;
    use super::*;

    fn begun() -> Known {
        let draft = Draft::new(DataCentre::Eu, Timestamp::UNIX_EPOCH);
        Known {
            id: WorkspaceId::parse("acme").unwrap(),
            draft: Some((draft, 1)),
            settings: None,
            client: None,
            organisation_client: None,
            bot: KnownAccount::default(),
            facilitator: KnownAccount::default(),
            organisation: KnownAccount::default(),
            report: None,
        }
    }

    fn with_client() -> Known {
        let client = ShownClient { id: "1000.A".to_owned(), data_centre: DataCentre::Eu };
        Known { client: Some(client), ..begun() }
    }

    fn with_bot(data_centre: DataCentre) -> Known {
        let mut known = with_client();
        let operator = OperatorId::parse("415000000000004001").unwrap();
        if let Some((draft, _)) = &mut known.draft {
            draft.bot = Some(operator.clone());
            draft.screen_name = ScreenName::parse("acme").ok();
        }
        let account = Account {
            at: Timestamp::UNIX_EPOCH,
            operator: Some(operator),
            name: Some("Nova".to_owned()),
            proven: true,
            data_centre,
        };
        known.bot = KnownAccount { connected: true, pending: false, account: Some(account) };
        known
    }

    fn states(known: &Known) -> Vec<State> {
        Steps::of(known).needed().iter().map(|step| step.state).collect()
    }

    #[test]
    fn a_step_waits_for_those_before_it() {
        use State::{Done, Later, ToDo};
        assert_eq!(states(&begun()), [ToDo, Later, Later, Later, Later, Later]);
        assert_eq!(states(&with_client()), [Done, ToDo, ToDo, Later, Later, Later]);
        assert_eq!(states(&with_bot(DataCentre::Eu)), [Done, Done, ToDo, ToDo, Later, Later]);
        assert_eq!(Steps::of(&with_bot(DataCentre::Eu)).done(), 2);
    }

    #[test]
    fn access_of_which_nobody_said_whose_it_is_is_a_problem() {
        let mut known = with_client();
        known.bot.pending = true;
        assert_eq!(Steps::of(&known).bot.state, State::Problem);
    }

    #[test]
    fn an_account_of_another_data_centre_is_a_problem_that_names_both() {
        let bot = Steps::of(&with_bot(DataCentre::Ca)).bot;
        assert_eq!(bot.state, State::Problem);
        assert!(bot.says.contains("Canada") && bot.says.contains("Europe"), "{}", bot.says);
    }

    #[test]
    fn one_account_for_both_is_a_problem() {
        let mut known = with_bot(DataCentre::Eu);
        if let Some((draft, _)) = &mut known.draft {
            draft.facilitator.clone_from(&draft.bot);
        }
        assert_eq!(Steps::of(&known).facilitator.state, State::Problem);
    }
}
