//! What can go wrong, by name. A kind is counted when it has come to something: what is done all the same, when the platform
//! has done it; what lags, when it was different before.

use std::collections::{BTreeMap, BTreeSet};

use crate::dice::Dice;

macro_rules! faults {
    ($($name:ident $doc:literal,)*) => {
        /// One kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $(#[doc = $doc] $name,)* }

        impl Fault {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

faults! {
    // Before the request.
    ConnectRefused "no connection: the request never left",
    Outage "for a while no connection can be made at all",
    TokenServerDown "the token endpoint does not answer",
    // During the request.
    LostBefore "the request is lost; nothing was done",
    PageBefore "a gateway's 404 page; nothing was done",
    GatewayBefore "502; nothing was done",
    BusyBefore "-1; nothing was done",
    Throttled "45011",
    TooMany "HTTP 429",
    QuotaSpent "45009",
    UnknownCode "a code that no table knows; nothing was done",
    AccountRefused "40164: the account is refused from here",
    TokenExpired "the token ends before its time",
    // After the request.
    LostAfter "done, and the answer is lost",
    TimedOutAfter "done, and the answer does not come within the timeout",
    TimedOutBefore "not done, and no answer comes within the timeout",
    TruncatedAfter "done, and the answer ends in the middle",
    GatewayAfter "502, although it was done",
    BusyAfter "-1, although it was done",
    EmptyAfter "done, and an empty answer",
    NoErrcodeAfter "done, and an answer without errcode",
    SlowAnswer "done, and the answer takes seconds",
    LateApply "no answer, and it lands later, within the settle window",
    LandsAfterCrash "it lands after the process that sent it has died",
    DeliveredTwice "the network delivers it twice; the second answer is seen",
    DuplicateBehind "the network delivers it twice; the first answer is seen",
    // Reads.
    LaggingKey "getpoi shows the store as it was a moment ago",
    LaggingList "getpoilist shows the stores as they were a moment ago",
    OtherStore "getpoi answers another store's record",
    NoUpgradeFields "getpoi answers without the upgrade fields",
    ListShifts "a store leaves the list between two pages",
    ListCountFlaps "the count changes between two pages",
    ListEmpty "the list is suddenly empty",
    ListOmits "a store is missing from the list, and is there by key",
    ListClosed "the old interface refuses the list for a while",
    // The process.
    CrashInCall "the process dies when a request is about to leave or has just been answered",
    CrashBeforeCommit "the process dies before a commit",
    CrashAfterCommit "the process dies after a commit and before anybody hears of it",
    CrashElsewhere "the process dies anywhere else",
    Stopped "a person stops the run",
    Paused "a person pauses the run, and resumes it later",
    SecondProcess "a second process wants the same ledger",
    // The disk.
    DiskFull "a commit fails, and nothing of it is kept",
    SyncFailed "a sync fails, and the commit was kept all the same",
    LedgerBusy "another program holds the ledger",
    // The machine and the people.
    ClockForward "the machine's clock is set forward between two runs",
    ClockBack "the machine's clock is set back a little between two runs",
    Midnight "the platform's day ends",
    InputEdited "the input is edited after the plan",
    SupplementEdited "a supplement changes a value",
    UpgradedByHand "somebody submits a store on the platform's own pages",
    DeletedByHand "somebody deletes a store on the platform's own pages",
    ReviewRefused "a review refuses a store",
}

impl Fault {
    /// What befalls only calls of which a run makes few falls more often.
    fn weight(self) -> u64 {
        match self {
            Self::LaggingKey => 40,
            Self::LateApply => 2,
            Self::LaggingList
            | Self::ListShifts
            | Self::ListCountFlaps
            | Self::ListEmpty
            | Self::ListOmits
            | Self::ListClosed
            | Self::AccountRefused
            | Self::DiskFull
            | Self::SyncFailed
            | Self::TokenServerDown => 3,
            _ => 1,
        }
    }

    /// The steps of a process at which it dies by this fault, and how many of them a run has at least.
    pub fn death(self) -> Option<(&'static str, u64)> {
        match self {
            Self::CrashInCall => Some(("call", 150)),
            Self::CrashBeforeCommit => Some(("commit", 50)),
            Self::CrashAfterCommit => Some(("committed", 50)),
            Self::CrashElsewhere => Some(("", 1_500)),
            _ => None,
        }
    }
}

/// Which faults a seed has, how often each falls, and how often each has.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    chances: BTreeMap<Fault, u64>,
    pub fired: BTreeMap<Fault, u64>,
    pub active: bool,
}

/// Kinds of faults of one seed; more would leave nothing of any.
const KINDS_A_SEED: u64 = 16;

impl Faults {
    pub fn draw(dice: &mut Dice) -> Self {
        let mut kinds = BTreeSet::new();
        while (kinds.len() as u64) < KINDS_A_SEED {
            kinds.insert(dice.pick(Fault::ALL));
        }
        let chances = kinds.into_iter().map(|kind| (kind, dice.pick(&[10, 30, 80]) * kind.weight())).collect();
        Self { chances, fired: BTreeMap::new(), active: true }
    }

    /// Whether the seed has this fault at all.
    pub fn has(&self, fault: Fault) -> bool {
        self.active && self.chances.contains_key(&fault)
    }

    /// Whether it falls now. What falls has still to be counted, by [`happened`](Self::happened).
    pub fn falls(&self, fault: Fault, dice: &mut Dice) -> bool {
        self.active && self.chances.get(&fault).is_some_and(|share| dice.per_mille(*share))
    }

    pub fn happened(&mut self, fault: Fault) {
        *self.fired.entry(fault).or_default() += 1;
    }
}
