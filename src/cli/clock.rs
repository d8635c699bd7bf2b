//! The clock of a command: the machine's own, or an accelerated one for a rehearsal, which is accepted only where the
//! platform is one on this machine.

use super::context::Context;
use super::failure::Failure;
use crate::config::Environment;
use crate::engine::{fast_clock, machine_clock, read_clocks, read_fast_clock};
use crate::ledger::Ledger;
use crate::pipeline::ThisMachine;
use crate::store::{Clock, ClockReading, FastClock};
use crate::words;

/// Where an accelerated clock is set.
pub const VARIABLE: &str = "POILIFT_CLOCK";

/// The accelerated clock of the environment, if one is set there.
pub fn from_environment(environment: &Environment<'_>) -> Result<Option<FastClock>, Failure> {
    match environment(VARIABLE).filter(|value| !value.is_empty()) {
        Some(text) => read(VARIABLE, &text).map(Some),
        None => Ok(None),
    }
}

/// An accelerated clock, as a person wrote it at `origin`.
pub fn read(origin: &str, text: &str) -> Result<FastClock, Failure> {
    text.parse().map_err(|_| {
        Failure::usage(
            words!("{origin} = {text:?} is no accelerated clock"; "{origin} = {text:?} 不是有效的加速时钟"),
            Some(words!(
                "write it as 3600x@2026-11-24T15:00:00+08:00: how many times faster, from which moment on (1x to 86400x)";
                "格式如 3600x@2026-11-24T15:00:00+08:00，即倍速（1x 至 86400x）与起始时刻"
            )),
        )
    })
}

impl Context<'_> {
    /// What the clock says; an accelerated one is refused unless the platform `is_local`.
    pub fn read_clock(&self, is_local: bool) -> Result<ClockReading, Failure> {
        match self.fast {
            None => Ok(read_clocks()),
            Some(fast) if is_local => Ok(read_fast_clock(fast)),
            Some(_) => Err(Failure::usage(
                words!(
                    "{VARIABLE} sets an accelerated clock, and the platform is a real one: nothing was sent";
                    "{VARIABLE} 设置了加速时钟，但目标是真实平台；未提交任何内容"
                ),
                Some(words!(
                    "unset {VARIABLE}, or rehearse with --sandbox or against poilift sandbox on this machine";
                    "请取消 {VARIABLE}，或使用 --sandbox、本机的 poilift sandbox 演练"
                )),
            )),
        }
    }

    /// The machine, from a reading of its clock on.
    #[must_use]
    pub fn machine(&self, reading: &ClockReading) -> ThisMachine {
        self.fast.map_or_else(|| ThisMachine::since(reading), |fast| ThisMachine::on(fast_clock(fast)))
    }

    /// The clock of a command that works on a ledger alone.
    pub fn clock_of(&self, ledger: &Ledger) -> Result<Clock, Failure> {
        self.read_clock(is_rehearsal(ledger)?)?;
        Ok(self.fast.map_or_else(machine_clock, fast_clock))
    }
}

/// Whether a ledger is of a platform on this machine, or of none yet.
fn is_rehearsal(ledger: &Ledger) -> Result<bool, Failure> {
    Ok(matches!(ledger.identity()?.platform.as_str(), "" | "loopback" | "sandbox"))
}
