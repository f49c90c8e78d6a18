//! The portal that every simulator starts with. Tests and the local stack name these constants instead of looking ids up.

/// The portal's screen name: the first part of every REST path.
pub const SCREEN_NAME: &str = "demo";
/// The portal's organisation id, `org_id` in webhook envelopes.
pub const ORG_ID: &str = "55778119";
/// The portal's name.
pub const PORTAL_NAME: &str = "Demo Gaming Group";

/// The brand "Lumen Casino".
pub const BRAND_LUMEN: &str = "415000000000002001";
/// The brand "Harbour Bets".
pub const BRAND_HARBOUR: &str = "415000000000002003";
/// The brand "Meridian Games".
pub const BRAND_MERIDIAN: &str = "415000000000002005";

/// The department "Player Support".
pub const DEPARTMENT_SUPPORT: &str = "415000000000003001";
/// The department "Payments".
pub const DEPARTMENT_PAYMENTS: &str = "415000000000003003";

/// The AI operator's account: an Associate of both departments, at most 25 chats.
pub const OPERATOR_NOVA: &str = "415000000000004001";
/// Ada, Administrator, of both departments, unlimited chats: the facilitator.
pub const OPERATOR_ADA: &str = "415000000000004003";
/// Ben, Supervisor, of Player Support, at most 5 chats.
pub const OPERATOR_BEN: &str = "415000000000004005";
/// Chloe, Associate, of Payments, at most 10 chats.
pub const OPERATOR_CHLOE: &str = "415000000000004007";
/// The Zobot that has a chat first in a brand with the Zobot flag. It is not an operator resource.
pub const ZOBOT: &str = "415000000000004009";

/// The tag "VIP".
pub const TAG_VIP: &str = "415000000000005001";
/// The tag "Complaint".
pub const TAG_COMPLAINT: &str = "415000000000005003";

/// The OAuth client's id.
pub const CLIENT_ID: &str = "1000.SIMULATORCLIENT0000000000000001";
/// The OAuth client's secret: of this simulator, and of nothing else.
pub const CLIENT_SECRET: &str = "simulator-only-client-secret";

/// A refresh token of Nova's account, with the scopes of [`OPERATOR_SCOPES`].
pub const REFRESH_TOKEN_NOVA: &str = "1000.simulator.refresh.nova";
/// A refresh token of Ada's account, with the scopes of [`FACILITATOR_SCOPES`].
pub const REFRESH_TOKEN_ADA: &str = "1000.simulator.refresh.ada";
/// A refresh token of the organisation, with the scopes of [`ORG_SCOPES`]: the visitor API's.
pub const REFRESH_TOKEN_ORG: &str = "1000.simulator.refresh.org";

/// What Nova's token may do.
pub const OPERATOR_SCOPES: &str = "SalesIQ.conversations.ALL,SalesIQ.operators.READ,SalesIQ.operators.UPDATE,\
SalesIQ.departments.READ,SalesIQ.apps.READ,SalesIQ.portals.READ";
/// What the facilitator's token may do.
pub const FACILITATOR_SCOPES: &str = "SalesIQ.conversations.ALL,SalesIQ.operators.ALL,SalesIQ.departments.READ,\
SalesIQ.apps.READ,SalesIQ.portals.READ,SalesIQ.webhooks.ALL,SalesIQ.feedbacks.READ";
/// What the organisation's token may do.
pub const ORG_SCOPES: &str = "SalesIQ.Conversations.ALL,SalesIQ.apps.READ,SalesIQ.departments.READ";
