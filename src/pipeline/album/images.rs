//! The folder of `--images`: its pictures, shared out to stores by their names.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::super::PipelineError;
use super::lock;
use crate::media::{Shared, is_picture_name, share_out};
use crate::store::{Cell, Code, Field, Finding, Place};

/// So many names of pictures that are nobody's are shown.
const SHOWN_MAX: usize = 5;

/// See the file's head.
pub(super) struct Images {
    /// Where they are.
    pub(super) folder: PathBuf,
    pictures: Vec<String>,
    shared: Mutex<Shared>,
}

impl Images {
    /// Reads the folder's names.
    pub(super) fn open(folder: &Path) -> Result<Self, PipelineError> {
        let failed = |source| PipelineError::Images { path: folder.to_owned(), source };
        let mut pictures = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            if is_picture_name(&name) {
                pictures.push(name);
            }
        }
        Ok(Self { folder: folder.to_owned(), pictures, shared: Mutex::default() })
    }

    /// As places in it name it.
    pub(super) fn told(&self) -> String {
        self.folder.display().to_string()
    }

    /// Shares the pictures out to stores that go by these names, each as often as stores do.
    pub(super) fn muster<'n>(&self, names: impl IntoIterator<Item = &'n str>) {
        let mut stores: BTreeMap<String, usize> = BTreeMap::new();
        for name in names {
            *stores.entry(name.to_owned()).or_default() += 1;
        }
        // Before any store is known, a picture that fits none says nothing.
        let shared = if stores.is_empty() { Shared::default() } else { share_out(self.pictures.clone(), &stores) };
        *lock(&self.shared) = shared;
    }

    /// The pictures of the store that goes by this name, as a cell of its; a fault where one could be another store's.
    pub(super) fn cell(&self, name: &str) -> Option<Cell> {
        let shared = lock(&self.shared);
        let place = Place::file(self.told());
        let cell =
            |value: String, fault| Cell { field: Field::PicList, value, place: place.clone(), fault, also: Vec::new() };
        if let Some(doubtful) = shared.doubtful.get(name) {
            let fault = Finding::new(Code::PictureOfTwo)
                .about(Field::PicList)
                .naming(std::slice::from_ref(doubtful))
                .at(place.clone());
            return Some(cell(doubtful.clone(), Some(fault)));
        }
        let path = |name: &String| self.folder.join(name).display().to_string();
        let own = shared.own.get(name)?.iter().map(path).collect::<Vec<_>>();
        // As JSON: a name may hold a comma.
        Some(cell(serde_json::to_string(&own).unwrap_or_default(), None))
    }

    /// The warning about pictures that are nobody's; `named` are files that sheets name.
    pub(super) fn unmatched(
        &self,
        named: impl FnOnce() -> HashSet<PathBuf>,
        uploaded: &HashSet<String>,
    ) -> Option<Finding> {
        let shared = lock(&self.shared);
        if shared.nobodys.is_empty() {
            return None;
        }
        let named = named();
        let is_nobodys = |name: &&String| !named.contains(&self.folder.join(name)) && !uploaded.contains(*name);
        let nobodys: Vec<&str> = shared.nobodys.iter().filter(is_nobodys).map(String::as_str).collect();
        let first = nobodys.iter().take(SHOWN_MAX).copied().collect::<Vec<_>>().join(", ");
        let more = if nobodys.len() > SHOWN_MAX { " …" } else { "" };
        let value = format!("{}: {first}{more}", nobodys.len());
        let finding = || Finding::new(Code::PicturesUnmatched).at(Place::file(self.told())).showing(&value);
        (!nobodys.is_empty()).then(finding)
    }
}
