//! A list that the platform refuses to show. Its old interface may close once an upgrade is complete: then the store
//! mini-program's own list is the second witness, and what is still open is asked for by key. No store is taken for gone
//! because nobody lists it.

use std::collections::HashSet;

use super::{PipelineError, Work};
use crate::ledger::StoreRow;
use crate::reconcile::PassError;
use crate::store::State;
use crate::wechat::ReadError;
use crate::wire::{Class, ErrorTable};
use crate::words;

impl Work<'_> {
    /// Goes on without the list, if it was refused where an upgrade has moved stores already and the account itself is
    /// not refused; else the refusal stands.
    pub(super) fn read_without_list(&mut self, refused: PassError) -> Result<(), PipelineError> {
        let PassError::Read(ReadError::Refused { errcode, errmsg, .. }) = &refused else { return Err(refused.into()) };
        let all = self.ledger().stores(None)?;
        let has_moved =
            |row: &&StoreRow| row.planned.by_platform && matches!(row.state, State::Upgraded | State::InReview);
        let moved = all.iter().filter(has_moved).count();
        let for_good = is_for_good(&refused, self.connection()?.client.errors());
        if !for_good || moved == 0 {
            return Err(refused.into());
        }
        let witness = self.connection()?.client.store_list_total();
        self.note_calls()?;
        // Where the other list is refused as well, it is the account that is refused.
        let Ok(listed) = witness else { return Err(refused.into()) };
        // A witness that knows of fewer stores than have moved says that something else is wrong: nothing is read around it.
        let upgraded = all.iter().filter(|row| row.planned.by_platform && row.state == State::Upgraded).count();
        if listed < upgraded as u64 {
            return Err(PipelineError::ListClosed {
                errcode: *errcode,
                moved,
                listed,
                unread: open_in(&all, &self.scope).len(),
            });
        }
        self.warn_once(words!(
            "the platform refuses the old list ({errcode} {errmsg}), as it may once an upgrade is complete; the store \
             mini-program lists {listed} stores, the ledger has {moved} that have moved; nothing is taken for gone";
            "平台拒绝返回旧门店列表（{errcode} {errmsg}），升级完成后旧接口可能关闭；门店小程序现有 {listed} 家门店，账本中已迁移 \
             {moved} 家；不会据此判定任何门店消失"
        ));
        let open = open_in(&all, &self.scope);
        // Only what is read from now on may be sent.
        self.read_since = Some(self.clock.now());
        let unread = self.read_by_key(&open)?;
        self.note_calls()?;
        if unread.ids.is_empty() || self.is_stopped() {
            return Ok(());
        }
        if let Some(error) = unread.why.filter(|error| self.passes(error)) {
            return Err(error.into());
        }
        Err(PipelineError::ListClosed { errcode: *errcode, moved, listed, unread: unread.ids.len() })
    }
}

/// Rows of the scope that can still move and can be asked for by key.
fn open_in<'a>(all: &'a [StoreRow], scope: &[i64]) -> Vec<&'a StoreRow> {
    let scope: HashSet<i64> = scope.iter().copied().collect();
    let is_open = |row: &&StoreRow| {
        scope.contains(&row.id) && row.state.can_move() && row.state != State::InFlight && row.poi_id().is_some()
    };
    all.iter().filter(is_open).collect()
}

/// A refusal that asking again will not change.
fn is_for_good(refused: &PassError, errors: &ErrorTable) -> bool {
    matches!(refused, PassError::Read(error) if matches!(error.class(errors), Class::StopAccount | Class::StopEndpoint))
}
