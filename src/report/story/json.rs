//! The story for scripts: stable keys, the same in both languages; what is said to people stands in `said`, `concluded`
//! and `words`.

use serde_json::{Value, json};

use super::{Story, events, plan};
use crate::ledger::StoryLine;
use crate::report::lines::told;
use crate::report::reasons;
use crate::store::{Field, Lang, Origin, Stamp};

impl Story<'_> {
    /// The story as one document.
    #[must_use]
    pub fn json(&self, lang: Lang) -> Value {
        let row = self.row;
        let withdrawal = self.withdrawal();
        let next = self.next();
        json!({
            "job": self.guide.job,
            "poi_id": row.poi_id(),
            "sid": row.record.sid,
            "business_name": told(row, |store| &store.business_name),
            "branch_name": told(row, |store| &store.branch_name),
            "city": told(row, |store| &store.city),
            "place": row.place,
            "state": row.state,
            "since": self.precise(row.updated_at),
            "is_settled": row.state.is_settled(),
            "needs_person": row.state.needs_person(),
            "reason": reasons::words_of(row, lang),
            "action": row.decision.action,
            "wish": row.decision.wish,
            "rule": self.rule().iter().map(|line| line.get(lang).trim()).collect::<Vec<_>>(),
            "findings": reasons::findings(row),
            "upgrade_status_before": row.status_before,
            "upgrade_status_planned": row.planned.status,
            "upgrade_status_now": row.now.as_ref().map(|now| &now.status),
            "read_at": row.now.as_ref().map(|now| self.precise(now.read_at)),
            "submission": row.decision.body(),
            "values": self.origins(lang),
            "attempts": row.attempts,
            "errcode": row.errcode,
            "audit_id": row.audit_id,
            "runs": self.runs.iter().map(|run| json!({
                "run": run.id, "arguments": run.arguments, "person": run.person, "host": run.host,
                "started_at": self.precise(run.started_at),
            })).collect::<Vec<_>>(),
            "story": self.lines.iter().map(|line| self.line(line)).collect::<Vec<_>>(),
            "told": events::told(self).iter().map(|event| json!({
                "run": event.run,
                "at": self.precise(event.at),
                "said": event.what.get(lang),
                "details": event.details.iter().map(|detail| detail.get(lang)).collect::<Vec<_>>(),
                "concluded": event.so.as_ref().map(|so| so.get(lang)),
            })).collect::<Vec<_>>(),
            "withdrawal": {"possible": withdrawal.possible, "words": withdrawal.words.get(lang)},
            "next": {"words": next.words.get(lang), "commands": next.commands},
        })
    }

    fn origins(&self, lang: Lang) -> Vec<Value> {
        let Some(submission) = self.row.decision.submitted() else { return Vec::new() };
        let body = submission.body();
        let told = |(field, origin): (&Field, &Origin)| {
            let place = match origin {
                Origin::Supplement(place) => Some(place),
                _ => None,
            };
            let by = place.and_then(|place| self.supplied.iter().find(|by| by.place == *place));
            json!({
                "field": field.key(),
                "value": body.get(field.key()),
                "origin": origin.key(),
                "place": place,
                "supplied_at": by.map(|by| self.precise(by.at)),
                "supplied_by": by.map(|by| &by.person),
                "words": plan::origin_words(self, origin).get(lang),
            })
        };
        submission.origins.iter().map(told).collect()
    }

    /// A line of the ledger as it is.
    fn line(&self, line: &StoryLine) -> Value {
        json!({
            "run": line.run,
            "phase": line.phase,
            "endpoint": line.endpoint,
            "attempt": line.attempt,
            "outcome": line.outcome,
            "at": self.precise(line.at),
            "sent_at": line.sent_at.map(|at| self.precise(at)),
            "http_status": line.http_status,
            "errcode": line.errcode,
            "errmsg": line.errmsg,
            "rid": line.rid,
            "audit_id": line.audit_id,
            "change": line.change,
            "status_seen": line.status_seen,
            "comment_seen": line.comment_seen,
            "sight": line.sight,
        })
    }

    fn precise(&self, at: Stamp) -> String {
        at.precise(self.zone)
    }
}
