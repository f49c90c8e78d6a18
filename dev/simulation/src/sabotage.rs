//! What tests break in us on purpose, one for each rule of the design: a check that can't fail proves nothing.

/// Something of ours that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// The webhook acknowledges what it did not store.
    AckWithoutStoring,
    /// Nobody sweeps what waits.
    NoSweep,
    /// A commit overwrites what another wrote.
    IgnoreVersion,
    /// Leases and claims run out at once.
    NoClaims,
    /// Events are taken for as old as their arrival.
    OrderByArrival,
    /// The last look before a line is said does not see humans.
    BlindLastLook,
    /// The visitor is told of a connection that does not exist.
    EarlyClaim,
    /// Mails are taken for sent that were not.
    MailLost,
}

impl Sabotage {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::AckWithoutStoring,
        Self::NoSweep,
        Self::IgnoreVersion,
        Self::NoClaims,
        Self::OrderByArrival,
        Self::BlindLastLook,
        Self::EarlyClaim,
        Self::MailLost,
    ];
}
