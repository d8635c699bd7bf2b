//! What would make a first real run fail at the platform, found out without changing anything there: one look at each
//! step of the way, in the order in which a run takes them. What cannot be reached behind a failure is not tried.

use std::sync::Arc;

use super::{Connection, Machine, PipelineError, PlatformSettings};
use crate::engine::Control;
use crate::wechat::{Http, Knock, KnockError, ReadError, TokenError, TokenSource, addresses, is_loopback};
use crate::wire::Endpoint;
use crate::wire::answer::{MerchantAudit, Quota};

/// The endpoints whose quota decides how long a migration takes.
const ASKED: [Endpoint; 4] = [Endpoint::AddStore, Endpoint::Delpoi, Endpoint::Getpoilist, Endpoint::Getpoi];

/// What was found on the way to the platform. `None`: not tried, because of what came before it.
#[derive(Debug, Default)]
pub struct Examination {
    /// The host's addresses; not asked for behind a proxy, which knows them itself.
    pub addresses: Option<Result<Vec<std::net::SocketAddr>, String>>,
    /// The connection, its encryption, and the platform's clock.
    pub knock: Option<Result<Knock, KnockError>>,
    /// Appid, secret and the address of this machine, by having a token.
    pub token: Option<Result<(), TokenError>>,
    /// A token was not asked for: asking logs every other system of the account out, and a look must not do that.
    pub token_ends_others: bool,
    /// The permission for the old stores, and how many there are.
    pub old_stores: Option<Result<Option<u64>, ReadError>>,
    /// The application for the store mini-program.
    pub audit: Option<Result<MerchantAudit, ReadError>>,
    /// The permission for the new stores, and how many there are.
    pub new_stores: Option<Result<u64, ReadError>>,
    /// What the account may still call today.
    pub quotas: Vec<(Endpoint, Result<Quota, ReadError>)>,
}

/// Looks at the way to the platform, step by step.
///
/// # Errors
///
/// Settings that make no client.
pub fn examine(platform: &PlatformSettings, machine: &dyn Machine) -> Result<Examination, PipelineError> {
    let mut found = Examination::default();
    let transport = &platform.transport;
    let through_proxy = transport.proxy.is_some() && !is_loopback(&transport.api_base);
    let http = Http::new(transport, platform.redactor.clone())?;
    if !through_proxy {
        let known = addresses(&transport.api_base);
        let nobody = known.is_err();
        found.addresses = Some(known);
        if nobody {
            return Ok(found);
        }
    }
    let knock = http.knock();
    let closed = knock.is_err();
    found.knock = Some(knock);
    if closed {
        return Ok(found);
    }
    if matches!(platform.tokens, TokenSource::Secret { endpoint: Endpoint::Token, .. }) {
        found.token_ends_others = true;
        return Ok(found);
    }
    let connection = Connection::open(platform, None, machine, &Arc::new(Control::default()))?;
    let token = connection.client.sign_in();
    let refused = token.is_err();
    found.token = Some(token);
    if !refused {
        found.ask_the_account(&connection);
    }
    Ok(found)
}

impl Examination {
    /// With a token in hand: permissions, approval, quotas. An account that is refused as a whole is asked nothing more.
    fn ask_the_account(&mut self, connection: &Connection) {
        let client = &connection.client;
        let old = client.old_list_total();
        let is_the_end = matches!(old, Err(ReadError::Token(_) | ReadError::Unreachable { .. }));
        self.old_stores = Some(old);
        if is_the_end {
            return;
        }
        self.audit = Some(client.get_merchant_audit_info());
        self.new_stores = Some(client.store_list_total());
        self.quotas = ASKED.into_iter().map(|endpoint| (endpoint, client.quota(endpoint))).collect();
    }
}
