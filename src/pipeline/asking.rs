//! What an account may still call, asked of the platform and changing nothing: `poilift quota`.

use std::sync::Arc;

use super::{Connection, Machine, PipelineError, PlatformSettings, rate_of};
use crate::engine::{Calendar, Control, Rate, Standing};
use crate::store::Words;
use crate::wechat::ReadError;
use crate::wire::{Class, Endpoint};

/// How one endpoint stands.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Which.
    pub endpoint: Endpoint,
    /// Its day.
    pub standing: Standing,
    /// The rate that the platform tells.
    pub rate: Option<Rate>,
    /// What about the answer makes no sense, or why there was none.
    pub said: Vec<Words>,
}

/// Asks about these endpoints, on top of what `calendar` remembers.
///
/// # Errors
///
/// The account is refused, the platform does not answer at all, or the run is stopped. That it does not tell is no error.
pub fn ask_quotas(
    platform: &PlatformSettings,
    calendar: &mut Calendar,
    endpoints: &[Endpoint],
    machine: &dyn Machine,
    control: &Arc<Control>,
) -> Result<Vec<Asked>, PipelineError> {
    let connection = Connection::open(platform, None, machine, control)?;
    let clock = machine.clock();
    let mut all = Vec::with_capacity(endpoints.len());
    let mut unreachable = false;
    for endpoint in endpoints.iter().copied() {
        let now = clock.now();
        let (mut said, mut rate) = (Vec::new(), None);
        // One that does not answer at all is not waited for nine times.
        match (!unreachable).then(|| connection.client.quota(endpoint)) {
            Some(Ok(quota)) => {
                rate = rate_of(&quota);
                said.extend(quota.daily.map(|daily| calendar.take(endpoint, &daily, now)).unwrap_or_default());
            }
            Some(Err(ReadError::Stopped)) => return Err(ReadError::Stopped.into()),
            Some(Err(error)) if error.class(connection.client.errors()) == Class::StopAccount => {
                return Err(error.into());
            }
            // Where nothing was answered there is nothing to show.
            Some(Err(error @ (ReadError::Unreachable { .. } | ReadError::Token(_)))) if all.is_empty() => {
                return Err(error.into());
            }
            Some(Err(error)) => {
                unreachable = matches!(error, ReadError::Unreachable { .. } | ReadError::Token(_));
                said.push(Words::same(format!("{endpoint}: {error}")));
            }
            None => {}
        }
        all.push(Asked { endpoint, standing: calendar.standing(endpoint, clock.now()), rate, said });
    }
    Ok(all)
}
