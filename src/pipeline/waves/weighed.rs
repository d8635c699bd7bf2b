//! The one thing that waves remember: which of the stores that were sent have been weighed and let pass, by the shares or by
//! a person. Kept as a line of the ledger's story, with the stores that were sent before it and not weighed: those of
//! another input, or of another part of the plan.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::{Muster, PipelineError, Work};

/// Its key among the ledger's remembered settings.
const KEY: &str = "waves_weighed";

#[derive(Debug, Default, Serialize, Deserialize)]
struct Weighed {
    /// Stores that were sent first up to this line are weighed …
    up_to: i64,
    /// … but for these.
    but: BTreeSet<i64>,
}

impl Work<'_> {
    /// The stores of the ledger that were sent and not weighed. A memory that cannot be read lets nothing pass.
    pub(super) fn unweighed(&self) -> Result<HashSet<i64>, PipelineError> {
        let known = self.ledger().meta(KEY)?.and_then(|text| serde_json::from_str(&text).ok());
        let Weighed { up_to, but } = known.unwrap_or_default();
        let mut unweighed = self.ledger().first_sent_after(up_to)?;
        unweighed.extend(but);
        Ok(unweighed)
    }

    /// This group was weighed: the next wave may begin.
    pub(super) fn let_pass(&mut self, muster: &Muster) -> Result<(), PipelineError> {
        let mut but: BTreeSet<i64> = self.unweighed()?.into_iter().collect();
        for row in &muster.group {
            but.remove(&row.id);
        }
        let weighed = Weighed { up_to: self.ledger().last_seq()?, but };
        let text = serde_json::to_string(&weighed).unwrap_or_else(|_| unreachable!("numbers are always JSON"));
        Ok(self.ledger().set_meta(KEY, &text)?)
    }
}
