//! What a finding means and what to do about it, in words: the one place for all who show findings.

use super::Finding;

/// A finding in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// What happened.
    pub what: &'static str,
    /// What to do.
    pub fix: &'static str,
}

impl Finding {
    /// The finding in words.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a table")]
    pub fn words(self) -> Words {
        let (what, fix) = match self {
            Self::UnknownEvent => (
                "SalesIQ sent an event of a name that is not known here.",
                "Nothing is lost: the event is kept. Look whether a newer version knows it.",
            ),
            Self::UnresolvedPayload => (
                "A delivery came whose event can't be told.",
                "Register the workflow's URL with ?event= and the event's name.",
            ),
            Self::UnexplainedOwnLine => (
                "Somebody wrote under the AI's operator account, and it was not the AI.",
                "Nobody but the AI should use that account. If nobody does, tell us: SalesIQ may rewrite texts.",
            ),
            Self::UnknownBrand => (
                "A brand sends webhooks that the settings don't list.",
                "Add the brand to the settings, automated or not, or take it out of the webhook.",
            ),
            Self::VisitorWaitsForHuman => (
                "A human has a chat and does not answer.",
                "Look who has the chat. Under Live chats it can be given to somebody else.",
            ),
            Self::UncertainReply => (
                "Nobody knows whether a reply of the AI arrived; a human was asked for.",
                "Nothing, unless it happens often: then SalesIQ or the way there is slow.",
            ),
            Self::EscalationUnsettled => (
                "Somebody needed a human, and there is no department to ring, or no address to write to.",
                "Set the default department, the brand's escalation address and the last resort.",
            ),
            Self::MailFailed => (
                "SES did not take a mail several times; it is tried again.",
                "Look at the sender's verification and the sending quota of SES.",
            ),
            Self::MailUndeliverable => (
                "SES refuses a mail. The chat is open, and the mail set aside with all that is needed to send it by hand.",
                "Mend what SES refuses, then send it on again below, under Mails.",
            ),
            Self::MailReturned => (
                "A mail came back, or was complained of; the last resort was told.",
                "Correct the brand's escalation address.",
            ),
            Self::ChatLeftOpen => (
                "A chat could not be closed after its transcript was mailed.",
                "Close it in SalesIQ, and look at the role of the AI's operator.",
            ),
            Self::EndNotOurs => (
                "Somebody asked for the end of a chat that the AI does not serve, or in which a line waits.",
                "Whoever has the chat ends it; or wait for the answer, and ask again.",
            ),
            Self::AskRefused => (
                "What a person asked for in the console could not be done, or not any more.",
                "Nothing: the conversation's page tells them why.",
            ),
            Self::ApprovalAwaited => (
                "A call of a tool waits for a person's approval.",
                "A supervisor decides on the conversation's page. Without a decision a human is asked for.",
            ),
            Self::FacilitatorRefused => (
                "The facilitator's token is missing, was revoked, or lacks a scope: departments are rung, no single desks.",
                "Connect the facilitator's account again.",
            ),
            Self::OperatorFull => (
                "SalesIQ gives the AI's operator no further chat: its limit of concurrent chats is reached.",
                "Raise the operator's limit in SalesIQ, or the plan.",
            ),
            Self::AccessRefused => (
                "SalesIQ refuses the AI's token: it is missing, was revoked, or lacks a scope.",
                "Connect the AI's account again.",
            ),
            Self::ReconciliationRefused => (
                "SalesIQ refuses what is needed to find lost webhooks.",
                "Connect an administrator of SalesIQ as facilitator.",
            ),
            Self::AgentFailed => (
                "The AI came to no verdict, and a human was asked for.",
                "Look at the models under Settings; the log of the conversation function tells why.",
            ),
            Self::ModelFailed => (
                "A model failed, was too slow or over budget, and another way was taken.",
                "Look at the model's key, address and budget. The log of the conversation function says which and why.",
            ),
            Self::WriteUncertain => (
                "Nobody knows whether a tool that writes did its work.",
                "Look into your own system, by the idempotency key in the chat's note.",
            ),
            Self::TagUnknown => (
                "The settings name a tag that SalesIQ does not have.",
                "Make the tag in SalesIQ, or correct its name in the settings.",
            ),
            Self::OperatorUnavailable => {
                ("The AI's operator takes no chats.", "The cause and its remedy stand above, under Presence.")
            }
            Self::OperatorNotConfirmed => (
                "The AI's operator never accepted its invitation.",
                "Open the invitation in that account's mailbox and accept it.",
            ),
            Self::BrandNotInSettings => {
                ("SalesIQ has a brand that the settings don't list.", "Add it to the settings, automated or not.")
            }
            Self::BrandGone => {
                ("The settings list a brand that SalesIQ does not have.", "Take it out of the settings.")
            }
            Self::WebhookMissing => (
                "SalesIQ has no webhook that delivers here.",
                "Create it under Connect: without it nothing is heard of chats.",
            ),
            Self::WebhookOff => (
                "The webhook is switched off.",
                "Switch it on in SalesIQ, or let it be mended (settings, sentinel.mend_webhook).",
            ),
            Self::WebhookIncomplete => (
                "The webhook lacks brands or events, signs nothing, or delivers elsewhere.",
                "The differences stand above, under Webhook. Correct them in SalesIQ, or let them be mended.",
            ),
            Self::WebhookKeysChanged => (
                "The webhook's public keys are not those of the settings.",
                "Fetch the keys under Connect; with a wrong one all deliveries are refused.",
            ),
            Self::WebhookUnseen => (
                "Nobody whose token we have may see the webhooks or the brands.",
                "Connect an administrator of SalesIQ as facilitator.",
            ),
        };
        Words { what, fix }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_says_what_happened_and_what_to_do_in_whole_sentences() {
        // What serde calls for an unknown name lists all variants.
        let unknown = serde_json::from_str::<Finding>(r#""?""#).unwrap_err().to_string();
        let names: Vec<&str> = unknown.split('`').skip(3).step_by(2).collect();
        assert!(names.len() >= 29, "{names:?}");
        for name in names {
            let finding: Finding = serde_json::from_value(name.into()).unwrap();
            let Words { what, fix } = finding.words();
            assert!(what.ends_with('.') && fix.ends_with('.'), "{name}: {what} {fix}");
        }
    }
}
