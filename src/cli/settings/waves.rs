//! Waves and permissions to delete, as typed and as configured.

use std::path::PathBuf;

use super::{Settings, bad};
use crate::cli::failure::Failure;
use crate::intake::read_approved;
use crate::pipeline::Deletions;
use crate::plan::{Share, Shares, Waves, Wrong};
use crate::words;

/// The key of `[waves]` that is no share.
const TARGETS: &str = "targets";

impl Settings<'_> {
    /// Which planned deletions may be carried out.
    pub(super) fn deletions(&self, flag: Option<&Option<PathBuf>>) -> Result<Deletions, Failure> {
        match flag {
            None => Ok(Deletions::Held),
            Some(None) => Ok(Deletions::Allowed),
            Some(Some(file)) => Ok(Deletions::Listed(read_approved(file, &self.columns()?)?)),
        }
    }

    /// `--waves`, else `[waves] targets`.
    pub(super) fn waves(&self, flag: Option<&String>) -> Result<Option<Waves>, Failure> {
        let Some((value, origin)) = self.chosen(flag, "POILIFT_WAVES", self.file.waves.get(TARGETS)) else {
            return Ok(None);
        };
        value.parse().map(Some).map_err(|error| {
            let hint = words!(
                "targets are cumulative numbers or shares of the stores, each more than the one before, such as --waves 1,10,1%,100% or --waves 10@review,100%";
                "各批为累计家数或占比，逐批递增，例如 --waves 1,10,1%,100% 或 --waves 10@review,100%"
            );
            Failure::usage(words!("waves = {value:?} from {origin}: {error}"; "waves = {value:?}（来自 {origin}）有误：{error}"), Some(hint))
        })
    }

    /// What may go wrong in a wave: `[waves]` over the defaults.
    pub(super) fn shares(&self) -> Result<Shares, Failure> {
        let mut shares = Shares::default();
        for (key, value) in self.file.waves.iter().filter(|(key, _)| *key != TARGETS) {
            let share: Share = value
                .parse()
                .map_err(|error: crate::plan::BadShare| bad("waves", value.clone(), origin(key), &error.to_string()))?;
            if !shares.set(key, share) {
                let keys: Vec<&str> = Wrong::ALL.map(Wrong::key).into_iter().chain([Shares::ALL, TARGETS]).collect();
                let why = format!("there is no {key}; the keys are {}", keys.join(", "));
                return Err(bad("waves", value.clone(), origin(key), &why));
            }
        }
        Ok(shares)
    }
}

fn origin(key: &str) -> String {
    format!("poilift.toml, [waves] {key}")
}
