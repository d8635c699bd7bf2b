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
        self.warn(words!(
            "the platform refuses the old list ({errcode} {errmsg}), as it may once an upgrade is complete; the store \
             mini-program lists {listed} stores, the ledger has {moved} that have moved; nothing is taken for gone";
            "平台拒绝返回旧门店列表（{errcode} {errmsg}），升级完成后旧接口可能关闭；门店小程序现有 {listed} 家门店，账本中已迁移 \
             {moved} 家；不会据此判定任何门店消失"
        ));
        let scope: HashSet<i64> = self.scope.iter().copied().collect();
        let is_open = |row: &&StoreRow| scope.contains(&row.id) && row.state.can_move() && row.poi_id().is_some();
        let open: Vec<&StoreRow> = all.iter().filter(is_open).filter(|row| row.state != State::InFlight).collect();
        // Only what is read from now on may be sent.
        self.read_since = Some(self.clock.now());
        let unread = self.read_by_key(&open)?;
        self.note_calls()?;
        if unread.ids.is_empty() {
            return Ok(());
        }
        Err(PipelineError::ListClosed { errcode: *errcode, moved, listed, unread: unread.ids.len() })
    }
}

/// A refusal that asking again will not change.
fn is_for_good(refused: &PassError, errors: &ErrorTable) -> bool {
    matches!(refused, PassError::Read(error) if matches!(error.class(errors), Class::StopAccount | Class::StopEndpoint))
}
