//! Broken rules, each set in at the seam where the rule is kept. A simulation that does not find them proves nothing.

/// One broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// A lost outcome is taken for a connection that was never made: resent without reading.
    ResendUnknown,
    /// An outcome is told as done before its commit.
    CountBeforeCommit,
    /// The intent is written down only after its request has left.
    IntentAfterRequest,
    /// A reading decides at once; late requests land all the same.
    NoWindow,
    /// A page of 4xx is taken for a success.
    PageIsDone,
    /// A store that a page lacks is taken for vanished, without asking for it by key.
    AbsentIsVanished,
}

impl Mutant {
    /// What the oracle has to say of it: any other complaint would be another fault.
    pub fn complaint(self) -> &'static str {
        match self {
            Self::ResendUnknown | Self::NoWindow => "without a reading after the window",
            Self::CountBeforeCommit => "are on disk",
            Self::IntentAfterRequest => "intents on disk",
            Self::PageIsDone => "stands as in_review",
            Self::AbsentIsVanished => "stands as vanished",
        }
    }

    pub const ALL: [Self; 6] = [
        Self::ResendUnknown,
        Self::CountBeforeCommit,
        Self::IntentAfterRequest,
        Self::NoWindow,
        Self::PageIsDone,
        Self::AbsentIsVanished,
    ];
}
