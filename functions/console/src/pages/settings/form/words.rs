//! What fields are called, and what the schema does not tell of them: what an id stands for, which texts are long, and what
//! holds for a brand that sets nothing of its own.

/// What a text stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refers {
    /// A department of SalesIQ.
    Department,
    /// An operator of SalesIQ.
    Operator,
    /// A brand of SalesIQ.
    Brand,
    /// A tag of SalesIQ.
    Tag,
    /// A tool of these settings.
    Tool,
    /// A tool of these settings, or one that is built in.
    Callable,
    /// A model of these settings.
    Backend,
    /// A time zone.
    Zone,
}

/// Names of fields, in the order in which they stand on pages; the longest end that fits holds. `*` is an element.
const LABELS: &[(&str, &str)] = &[
    ("brands.*.automated", "The AI serves this brand"),
    ("name", "Name"),
    ("description", "Description"),
    ("brands.*.id", "Brand in SalesIQ"),
    ("brands.*.name", "Name, as visitors know it"),
    ("brands.*.language", "Language until the visitor's is known"),
    ("workspace", "Workspace"),
    ("screen_name", "Portal (screen name)"),
    ("org_id", "Organisation (org_id)"),
    ("data_centre", "Data centre"),
    ("bot_operator", "Operator that the AI speaks as"),
    ("default_department", "Default Department"),
    ("webhook_keys", "Public keys of the webhook"),
    ("webhook_keys.*", "Key"),
    ("pickup", "Chat Pickup Behaviour"),
    ("burst_window_ms", "Wait for further lines (milliseconds)"),
    ("human_silence_s", "Resume when a human is silent for (seconds)"),
    ("retention_days", "Keep closed conversations for (days)"),
    ("team_language", "Language of notes to the team"),
    ("time_zone", "Time zone"),
    ("business_hours", "Business hours"),
    ("week", "Week"),
    ("holidays.*", "Holiday"),
    ("holidays", "Holidays"),
    ("holidays.*.open", "Open all the same"),
    ("holidays.*.open.*", "Hours"),
    ("week.*.*", "Hours"),
    ("escalation.mode", "Escalation Mode"),
    ("escalation.department", "Department"),
    ("escalation.departments", "Departments for single reasons"),
    ("escalation.last_resort_email", "Last-resort e-mail address"),
    ("escalation.email", "Escalation e-mail address"),
    ("escalation.sender", "Sender of mails"),
    ("escalation.subject", "Subject of mails"),
    ("escalation.facilitator", "Facilitator Operator"),
    ("escalation.direct_deadline_s", "Ring an operator for (seconds)"),
    ("escalation.direct_attempts", "Operators rung before the department"),
    ("escalation.department_deadline_s", "Ring the department for (seconds)"),
    ("escalation.when_nobody", "When nobody is available"),
    ("escalation.when_closed", "Outside of business hours"),
    ("escalation.waiting_replies", "Reassurances while a colleague is looked for"),
    ("idle", "Silent visitors"),
    ("idle.check_in_s", "Ask a silent visitor after (seconds)"),
    ("idle.close_s", "End the chat after that (seconds)"),
    ("idle.countdown_s", "Countdown (seconds left)"),
    ("idle.countdown_s.*", "Step"),
    ("sentinel.maintenance", "Maintenance: keep the AI's operator Busy"),
    ("sentinel.calls_per_run", "Most calls to SalesIQ in a minute"),
    ("sentinel.mend_webhook", "Mend the webhook by itself"),
    ("sentinel.webhook_url", "URL of the webhook"),
    ("brands.*", "Brand"),
    ("brands.*.countries", "Country Detection"),
    ("brands.*.countries.*", "Rule"),
    ("brands.*.texts", "Texts"),
    ("brands.*.agent", "AI of this brand"),
    ("brands.*.identity", "Player Authentication of this brand"),
    ("brands.*.idle", "Silent visitors"),
    ("brands.*.escalation", "Escalation"),
    ("agent", "Models"),
    ("agent.persona", "Persona"),
    ("agent.backends", "Models, the first to ask in front"),
    ("agent.backends.*", "Model"),
    ("backends.*.model", "The model's name there"),
    ("backends.*.api", "Where it is reached"),
    ("base_url", "Base URL"),
    ("playbook", "Playbook"),
    ("playbook.threshold_permille", "How well an article must fit (thousandths)"),
    ("playbook.clarifications", "Clarifying questions before a human is asked for"),
    ("identity", "Player Authentication"),
    ("identity.signed", "The site signs who is logged in"),
    ("identity.passive", "What the page tells is looked up"),
    ("identity.conversational", "The visitor is asked"),
    ("redaction", "What is masked"),
    ("redaction.iban", "Bank account numbers (IBAN)"),
    ("redaction.documents", "Numbers of identity documents"),
    ("redaction.email", "E-mail addresses"),
    ("redaction.phone", "Telephone numbers"),
    ("redaction.*.model", "Before a model sees it"),
    ("redaction.*.log", "Before it is kept"),
    ("redaction.*.mail", "In mails"),
    ("procedures.*", "Procedure"),
    ("procedures.*.when", "When it applies"),
    ("procedures.*.examples", "What visitors say then"),
    ("procedures.*.examples.*", "Phrase"),
    ("procedures.*.steps", "What to do"),
    ("procedures.*.steps.*", "Step"),
    ("procedures.*.run", "What the playbook does without a model"),
    ("run.ask", "Questions to the visitor"),
    ("run.ask.*", "Question"),
    ("run.ask.*.name", "The answer is called"),
    ("run.call", "Tool to call"),
    ("level", "How sure we must be of who writes"),
    ("tools.*", "Tool"),
    ("tools.*.access", "Access"),
    ("tools.*.method", "Method"),
    ("tools.*.url", "URL"),
    ("tools.*.arguments", "Arguments (JSON Schema)"),
    ("tools.*.answer_bytes", "Most bytes of an answer"),
    ("tools.*.approval", "A human approves each call"),
    ("tools.*.proves", "What a reply may say once it succeeded"),
];

const REFERS: &[(&str, Refers)] = &[
    ("bot_operator", Refers::Operator),
    ("facilitator", Refers::Operator),
    ("default_department", Refers::Department),
    ("escalation.department", Refers::Department),
    ("escalation.departments.*", Refers::Department),
    ("brands.*.id", Refers::Brand),
    ("procedures.*.brands.*", Refers::Brand),
    ("tools.*.brands.*", Refers::Brand),
    ("procedures.*.tags.*", Refers::Tag),
    ("procedures.*.tools.*", Refers::Callable),
    ("run.call", Refers::Callable),
    ("passive.tool", Refers::Tool),
    ("conversational.tool", Refers::Tool),
    ("brands.*.agent.backends.*", Refers::Backend),
    ("time_zone", Refers::Zone),
];

/// Texts of several lines.
const LONG: &[&str] = &[
    "persona",
    "webhook_keys.*",
    "procedures.*.when",
    "procedures.*.steps.*",
    "do_not_escalate.*",
    "run.answer.*",
    "question.*",
    "tools.*.description",
    "looking_by_reason.*",
    "texts.*.greeting",
    "texts.*.clarify",
    "texts.*.looking_for_colleague",
    "texts.*.source",
    "texts.*.closing",
    "texts.*.waiting",
    "texts.*.nobody_available",
    "texts.*.out_of_hours",
    "texts.*.check_in",
    "texts.*.countdown",
    "texts.*.last_word",
];

/// Texts for which nothing is something else than none: then nothing is said there.
const MAY_BE_BLANK: &[&str] = &["texts.*.greeting", "texts.*.source", "texts.*.closing"];

/// What holds for a brand that sets nothing of its own.
const INHERITS: &[(&str, &str)] = &[
    ("brands.*.pickup", "/pickup"),
    ("brands.*.time_zone", "/time_zone"),
    ("brands.*.business_hours", "/business_hours"),
    ("brands.*.identity", "/identity"),
    ("brands.*.escalation.mode", "/escalation/mode"),
    ("brands.*.escalation.department", "/default_department"),
    ("brands.*.escalation.email", "/escalation/last_resort_email"),
    ("brands.*.escalation.sender", "/escalation/sender"),
    ("brands.*.idle.check_in_s", "/idle/check_in_s"),
    ("brands.*.idle.close_s", "/idle/close_s"),
    ("brands.*.idle.countdown_s", "/idle/countdown_s"),
    ("brands.*.agent.backends", "/agent/backends"),
    ("brands.*.agent.persona", "/agent/persona"),
    ("brands.*.agent.day_cost_micros", "/agent/budget/day_cost_micros"),
    ("brands.*.agent.day_tokens", "/agent/budget/day_tokens"),
];

/// Units, by how a field's name ends.
const UNITS: &[(&str, &str)] = &[
    ("_ms", "milliseconds"),
    ("_s", "seconds"),
    ("_days", "days"),
    ("_permille", "thousandths"),
    ("_micros", "millionths of the currency unit"),
    ("_bytes", "bytes"),
    ("_chars", "characters"),
];

/// A place in the settings with `*` for elements, such as `brands.*.name`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pattern(String);

impl Pattern {
    /// One step further down: into a field, or into an element.
    #[must_use]
    pub fn step(&self, field: Option<&str>) -> Self {
        let step = field.unwrap_or("*");
        Self(if self.0.is_empty() { step.to_owned() } else { format!("{}.{step}", self.0) })
    }

    /// What it is called.
    #[must_use]
    pub fn label(&self) -> String {
        self.longest(LABELS, |(end, _)| end).map_or_else(|| plain(self.last()), |(_, label)| (*label).to_owned())
    }

    /// Where it stands among the other fields of an object; what has no name of its own here comes last.
    #[must_use]
    pub fn order(&self) -> usize {
        let own = self.longest(LABELS, |(end, _)| end).map(|(end, _)| *end);
        LABELS.iter().position(|(end, _)| Some(*end) == own).unwrap_or(LABELS.len())
    }

    /// What a key of it is, if it is a map with keys that are free.
    #[must_use]
    pub fn key(&self) -> &'static str {
        if self.ends_with("arguments") { "an argument" } else { "a language, such as en" }
    }

    /// What it stands for.
    #[must_use]
    pub fn refers(&self) -> Option<Refers> {
        self.longest(REFERS, |(end, _)| end).map(|(_, refers)| *refers)
    }

    /// Whether it has several lines.
    #[must_use]
    pub fn is_long(&self) -> bool {
        LONG.iter().any(|end| self.ends_with(end))
    }

    /// Whether nothing is something else than none.
    #[must_use]
    pub fn may_be_blank(&self) -> bool {
        MAY_BE_BLANK.iter().any(|end| self.ends_with(end))
    }

    /// Whether it is the hours of a week.
    #[must_use]
    pub fn is_week(&self) -> bool {
        self.ends_with("business_hours.week")
    }

    /// Where what holds instead stands, as a pointer.
    #[must_use]
    pub fn inherits(&self) -> Option<&'static str> {
        INHERITS.iter().find(|(pattern, _)| self.0 == *pattern).map(|(_, pointer)| *pointer)
    }

    fn last(&self) -> &str {
        self.0.rsplit('.').find(|step| *step != "*").unwrap_or_default()
    }

    fn ends_with(&self, end: &str) -> bool {
        let mut own = self.0.rsplit('.');
        end.rsplit('.').all(|step| own.next().is_some_and(|its| step == its || step == "*"))
    }

    fn longest<'a, T>(&self, table: &'a [T], end: impl Fn(&T) -> &str) -> Option<&'a T> {
        table.iter().filter(|row| self.ends_with(end(row))).max_by_key(|row| end(row).len())
    }
}

/// A name as people write it, with its unit behind it.
#[must_use]
pub fn plain(name: &str) -> String {
    let unit = UNITS.iter().find(|(end, _)| name.ends_with(end));
    let stem = unit.map_or(name, |(end, _)| name.strip_suffix(end).unwrap_or(name));
    let words = stem.replace(['_', '-'], " ");
    let mut letters = words.chars();
    let words: String = letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    unit.map_or_else(|| words.clone(), |(_, unit)| format!("{words} ({unit})"))
}

/// Words of settings whose plain form does not do.
#[must_use]
pub fn word(value: &str) -> String {
    let known = match value {
        "us" => "United States",
        "eu" => "Europe",
        "in" => "India",
        "au" => "Australia",
        "cn" => "China",
        "jp" => "Japan",
        "ca" => "Canada",
        "sa" => "Saudi Arabia",
        "uk" => "United Kingdom",
        "immediately" => "Pick up immediately",
        "wait_for_transfer" => "Wait for the transfer from a Zobot",
        "direct" => "Direct: the least busy operator",
        "department" => "Department: SalesIQ chooses",
        "mail" => "Mail the transcript",
        "ring" => "Ring the department all the same",
        "openai" => "Any endpoint that speaks as OpenAI's",
        "bedrock" => "Amazon Bedrock",
        "bearer" => "Authorization: Bearer",
        "api_key" => "api-key",
        "GET" | "POST" | "PUT" | "PATCH" | "DELETE" => value,
        "vip" => "VIP",
        "ai_error" => "AI error",
        _ => return plain(value),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern(text.to_owned())
    }

    #[test]
    fn the_longest_end_that_fits_names_a_field() {
        assert_eq!(pattern("brands.*.name").label(), "Name, as visitors know it");
        assert_eq!(pattern("agent.backends.*.name").label(), "Name");
        assert_eq!(pattern("agent.budget.day_cost_micros").label(), "Day cost (millionths of the currency unit)");
        assert_eq!(pattern("brands.*.business_hours.week.monday").label(), "Monday");
    }

    #[test]
    fn an_id_is_known_for_what_it_stands_for() {
        assert_eq!(pattern("brands.*.escalation.departments.*").refers(), Some(Refers::Department));
        assert_eq!(pattern("brands.*.name").refers(), None);
        assert_eq!(pattern("agent.backends.*.name").refers(), None);
        assert_eq!(pattern("brands.*.business_hours.time_zone").refers(), Some(Refers::Zone));
    }
}
