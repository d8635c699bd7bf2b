//! The platform: token, approval, rate.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Machine, PipelineError, Work};
use crate::engine::{Control, LaneName, Learned, Pacer, Phase, Rate};
use crate::ledger::{CallEntry, Counted, Entry};
use crate::store::{Clock, Stamp, Verb};
use crate::wechat::{CallRecord, Client, Gate, ReadError, Redactor, TokenSource, TransportSettings};
use crate::wire::answer::Quota;
use crate::wire::{Endpoint, ErrorTable};
use crate::words;

/// Calls further apart than this look like a program that hangs.
const SLOW: Duration = Duration::from_secs(10);

/// Moments in the ledger are rounded, and a little earlier than the call.
const STAMP_MARGIN: Duration = Duration::from_millis(100);

/// Everything that reaching the platform takes.
#[derive(Debug, Clone)]
pub struct PlatformSettings {
    /// Addresses, proxy, certificates.
    pub transport: TransportSettings,
    /// Where tokens come from.
    pub tokens: TokenSource,
    /// The secrets of this run, shared with whoever writes logs.
    pub redactor: Redactor,
    /// What errcodes mean for this account.
    pub errors: ErrorTable,
}

/// A connected platform.
pub struct Connection {
    /// The client.
    pub client: Client,
    /// Who paces it.
    pub pacer: Arc<Pacer>,
    /// The rate of writes.
    pub rate: Rate,
    calls: Arc<Mutex<Vec<CallRecord>>>,
    /// What the platform answered about quotas when it was asked for the rate.
    quotas: Mutex<BTreeMap<Endpoint, (Quota, Stamp)>>,
    upload_rate: Mutex<Option<Rate>>,
    clock: Clock,
}

impl Connection {
    /// The calls since the last time that concern no single store; the engine writes down the others.
    #[must_use]
    pub fn take_calls(&self) -> Vec<Entry> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.drain(..).map(|record| Entry::Call(call_entry(record))).collect()
    }
}

/// Writes are written down by the engine, and readings by key by what they decide; one that failed decides nothing.
fn is_told_by_its_store(record: &CallRecord, errors: &ErrorTable) -> bool {
    match record.endpoint {
        // The engine's writes, of whatever job.
        endpoint if Verb::from_key(endpoint.key()).is_some() => true,
        Endpoint::Getpoi => record.envelope.as_ref().is_some_and(|envelope| match envelope.errcode {
            None | Some(0) => true,
            Some(errcode) => errors.says_gone(errcode),
        }),
        _ => false,
    }
}

fn call_entry(record: CallRecord) -> CallEntry {
    let errcode = record.envelope.as_ref().and_then(|envelope| envelope.errcode);
    let counted = match (&record.envelope, errcode) {
        (None, _) => Counted::Lost,
        (Some(_), None | Some(0)) => Counted::Ok,
        (Some(_), Some(_)) => Counted::Refused,
    };
    let (errmsg, rid) = record.envelope.map_or((record.why, None), |envelope| (envelope.errmsg, envelope.rid));
    CallEntry {
        endpoint: record.endpoint.key(),
        sent_at: Some(record.sent_at),
        at: record.at,
        counted,
        http_status: record.http_status,
        errcode,
        errmsg,
        rid,
    }
}

impl Connection {
    /// A client with its pacer; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// Settings that make no client.
    pub fn open(
        platform: &PlatformSettings,
        rate: Option<Rate>,
        machine: &dyn Machine,
        control: &Arc<Control>,
    ) -> Result<Self, PipelineError> {
        let rate = rate.unwrap_or(Rate::CAREFUL);
        // A rate for writes that is slower than careful does not slow the reading down.
        let clock = machine.clock();
        let pacer = Arc::new(Pacer::new(rate, rate.or_faster(Rate::CAREFUL), &clock, Arc::clone(control)));
        let calls = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&calls);
        let errors = platform.errors.clone();
        let client = Client::new(
            machine.transport(&platform.transport, &platform.redactor)?,
            platform.tokens.clone(),
            Arc::clone(&pacer) as Arc<dyn Gate>,
            Clock::clone(&clock),
            platform.redactor.clone(),
            Box::new(move |record| {
                if !is_told_by_its_store(&record, &errors) {
                    told.lock().unwrap_or_else(PoisonError::into_inner).push(record);
                }
            }),
        );
        let client = client.judging_by(platform.errors.clone());
        Ok(Self { client, pacer, rate, calls, quotas: Mutex::default(), upload_rate: Mutex::default(), clock })
    }

    /// The rates of writes and reads that the platform answers, unless the user said one; they hold from now on.
    ///
    /// # Errors
    ///
    /// No token, or no answer at all; a platform that merely does not tell is no error.
    pub fn ask_rate(&self, said: Option<Rate>) -> Result<Option<Rate>, PipelineError> {
        if said.is_some() {
            return Ok(said);
        }
        let writes = self.answered_rate(Endpoint::AddStore)?;
        let reads = self.answered_rate(Endpoint::Getpoilist)?;
        self.pacer.set_rates(writes.unwrap_or(Rate::CAREFUL), reads.unwrap_or(Rate::CAREFUL));
        Ok(writes)
    }

    /// What `openapi/quota/get` answers in `rate_limit`.
    fn answered_rate(&self, endpoint: Endpoint) -> Result<Option<Rate>, PipelineError> {
        let asked_at = self.clock.now();
        match self.client.quota(endpoint) {
            Ok(quota) => {
                self.quotas.lock().unwrap_or_else(PoisonError::into_inner).insert(endpoint, (quota, asked_at));
                Ok(rate_of(&quota))
            }
            Err(ReadError::Refused { .. } | ReadError::Shape { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The rate of uploads, from what was answered about their quota last.
    pub(super) fn upload_rate(&self) -> Option<Rate> {
        *self.upload_rate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the rate that came with an answer about an upload's quota; of two the slower one.
    pub(super) fn keep_upload_rate(&self, quota: &Quota) {
        if let Some(rate) = rate_of(quota) {
            let mut kept = self.upload_rate.lock().unwrap_or_else(PoisonError::into_inner);
            *kept = Some(kept.filter(|kept| kept.spacing() > rate.spacing()).unwrap_or(rate));
        }
    }

    /// What was answered about a quota with its rate, and when it was asked for; once.
    pub(super) fn take_quota(&self, endpoint: Endpoint) -> Option<(Quota, Stamp)> {
        self.quotas.lock().unwrap_or_else(PoisonError::into_inner).remove(&endpoint)
    }
}

/// The rate of an answer, if it makes sense.
#[must_use]
pub fn rate_of(quota: &Quota) -> Option<Rate> {
    quota.rate.and_then(|rate| Rate::new(rate.call_count, Duration::from_secs(u64::from(rate.refresh_second))))
}

impl Work<'_> {
    /// Connects: the store mini-program must be approved, and the rate is asked for unless the user said it.
    pub(super) fn connect(&mut self, platform: &PlatformSettings) -> Result<(), PipelineError> {
        self.enter(Phase::Connecting);
        let connection = Connection::open(platform, self.orders.rate, self.machine, &self.control)?;
        self.connection = Some(connection);
        let approved =
            self.require_approval().and_then(|()| self.choose_rate()).and_then(|()| self.begin_at_what_was_learned());
        self.note_calls()?;
        approved
    }

    fn require_approval(&self) -> Result<(), PipelineError> {
        let audit = self.connection()?.client.get_merchant_audit_info()?;
        if audit.status == 1 { Ok(()) } else { Err(PipelineError::NotApproved(audit)) }
    }

    fn choose_rate(&mut self) -> Result<(), PipelineError> {
        if self.orders.rate.is_some() {
            return Ok(());
        }
        let answered = self.connection()?.ask_rate(None)?;
        match answered {
            Some(rate) if rate.spacing() > SLOW => self.warn(words!(
                "rate {rate}, as the platform answers: a call every {} seconds; --rate 10/s overrules it";
                "速率 {rate}（平台返回）：每 {} 秒一次；可用 --rate 10/s 覆盖", rate.spacing().as_secs()
            )),
            Some(rate) => self.say(words!("rate {rate}, as the platform answers"; "速率 {rate}（平台返回）")),
            None => self.warn(words!(
                "the platform tells no rate: one call a second, one at a time; --rate 10/s raises it";
                "平台未返回频率限制：按每秒 1 次逐个提交；可用 --rate 10/s 提高"
            )),
        }
        if let Some(connection) = &mut self.connection {
            connection.rate = answered.unwrap_or(Rate::CAREFUL);
        }
        Ok(())
    }

    /// What an earlier run has found out about the rate is where this one begins.
    fn begin_at_what_was_learned(&self) -> Result<(), PipelineError> {
        let connection = self.connection()?;
        for lane in LaneName::ALL {
            let kept = self.ledger().meta(lane.key())?;
            let Some(learned) = kept.as_deref().and_then(Learned::read) else { continue };
            if connection.pacer.begin_at(lane, learned) && lane == LaneName::Writes {
                let (rate, borne, at) = (connection.rate, learned.a_second, learned.at.short());
                self.say(words!(
                    "rate {rate}; the platform bore {borne:.1}/s last time ({at}), beginning there";
                    "速率 {rate}；平台上次（{at}）实际承受 {borne:.1}/s，从该速率开始"
                ));
            }
        }
        Ok(())
    }

    /// Tells what the pacer has to say, and keeps what it has learned about the rate.
    pub(super) fn mind_the_pace(&mut self) -> Result<(), PipelineError> {
        let Some(connection) = &self.connection else { return Ok(()) };
        let pacer = Arc::clone(&connection.pacer);
        pacer.words().into_iter().for_each(|words| self.warn(words));
        for lane in LaneName::ALL {
            if let Some(value) = pacer.to_be_kept(lane) {
                self.ledger().set_meta(lane.key(), &value)?;
            }
        }
        Ok(())
    }

    /// The writes of the last second before this process, or of the last slot where a slot is longer, count towards the
    /// rate of its first; those whose outcome was lost with it as if they had left just now.
    pub(super) fn remember_sends(&self) -> Result<(), PipelineError> {
        let (now, pacer) = (self.clock.now(), &self.connection()?.pacer);
        let counts_for = pacer.writes_count_for() + STAMP_MARGIN;
        let since = Stamp(now.0.saturating_sub(i64::try_from(counts_for.as_millis()).unwrap_or(i64::MAX)));
        let sends = self.ledger().sends_since(since)?;
        let ages: Vec<Duration> = sends.into_iter().map(|at| now.since(at)).collect();
        pacer.remember_writes(&ages);
        Ok(())
    }
}
