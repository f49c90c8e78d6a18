//! What an operations person should know.

use serde::{Deserialize, Serialize};

/// Something an operations person should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// An event name that we don't know.
    UnknownEvent,
    /// A payload whose event can't be told.
    UnresolvedPayload,
    /// A line under our operator's id that no action of ours explains.
    UnexplainedOwnLine,
    /// A brand that the settings don't list.
    UnknownBrand,
    /// The visitor waits for a human longer than set.
    VisitorWaitsForHuman,
    /// We can't tell whether a reply arrived.
    UncertainReply,
    /// There is no department to ring, or no address to write to.
    EscalationUnsettled,
    /// SES did not take a mail several times.
    MailFailed,
    /// SES does not take a mail; it was set aside with all that is needed to send it by hand.
    MailUndeliverable,
    /// A mail of ours came back.
    MailReturned,
    /// A chat could not be closed after its transcript was mailed.
    ChatLeftOpen,
    /// The end of a chat was asked for that is not ours to end, or in which the visitor waits for an answer.
    EndNotOurs,
    /// What a person asked for in the console could not be done, or not any more; the console tells them why.
    AskRefused,
    /// The facilitator's token is refused: operators of other departments are not seen.
    FacilitatorRefused,
    /// SalesIQ gives our operator no further chat: its `maximum_concurrent_chat` is reached.
    OperatorFull,
    /// SalesIQ refuses our token or scope.
    AccessRefused,
    /// SalesIQ refuses a call that the comparison with lost webhooks needs: a scope or a role is missing.
    ReconciliationRefused,
    /// The agent could not think.
    AgentFailed,
    /// A model failed, was too slow or over budget, and another way was taken.
    ModelFailed,
    /// Whether a call that writes took place can't be told.
    WriteUncertain,
    /// SalesIQ has no tag of a name that the settings give.
    TagUnknown,
    /// The AI's operator takes no chats, and it can't be mended from here, or was not for three minutes.
    OperatorUnavailable,
    /// The AI's operator has never accepted its invitation.
    OperatorNotConfirmed,
    /// SalesIQ has a brand that the settings don't list.
    BrandNotInSettings,
    /// The settings list a brand that SalesIQ does not have.
    BrandGone,
    /// SalesIQ has no webhook that delivers to this workspace.
    WebhookMissing,
    /// The webhook is switched off.
    WebhookOff,
    /// The webhook lacks brands or events, signs nothing, or delivers elsewhere.
    WebhookIncomplete,
    /// The webhook's public keys are not those of the settings.
    WebhookKeysChanged,
    /// Nobody whose token we have may see the webhooks or the brands.
    WebhookUnseen,
}
