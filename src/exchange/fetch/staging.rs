//! What was fetched, in a folder of the source's own, until it is imported.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use entity::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::sequence::{Neighbours, Sequence};
use super::{FetchError, default_folder, staging_error};
use crate::clock;
use crate::exchange::export::List;
use crate::exchange::kind::Format;
use crate::exchange::place::id_of;
use crate::rules::digest::Digest;

/// How long pages are good for, in microseconds: an hour. Records of an older walk may have changed
/// without their number having changed.
const GOOD_FOR: i64 = 60 * 60 * 1_000_000;

/// The folder.
pub(super) struct Staging {
    folder: PathBuf,
    ready: PathBuf,
    /// Held as long as this one is.
    _lock: File,
}

/// What tells states of a list apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub count: u64,
    /// The id of the first record that can be read.
    pub newest: Option<i64>,
    /// Where that one is.
    pub readable: u64,
}

/// What a page gave: its records, and those that the source failed to deliver.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct StagedPage {
    pub records: Vec<Box<RawValue>>,
    /// Its records that the source did not deliver, in their order.
    pub unreadable: Vec<UnreadableRecord>,
}

/// A record that the source did not deliver.
#[derive(Serialize, Deserialize)]
pub(super) struct UnreadableRecord {
    pub offset: u64,
    pub reason: String,
}

/// What became of a list.
pub(super) struct Assembled {
    /// Records, with those that the source did not deliver.
    pub count: u64,
    pub unreadable: Vec<(UnreadableRecord, Neighbours)>,
    /// The offsets of the records without a readable id, which stand first in the file.
    pub without_id: Vec<u64>,
}

/// What the pages are of.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    heads: Vec<Head>,
    page: u32,
    /// When the walk began, in microseconds since 1970.
    begun: i64,
}

impl Staging {
    /// The folder for what comes from `url` into a database, in `folder` or else in the user's
    /// cache.
    pub fn open(folder: Option<&Path>, url: &str, database: i64) -> Result<Self, FetchError> {
        let mut name = Digest::new(0);
        name.add(url.as_bytes());
        name.add(&database.to_le_bytes());
        let name = format!("{:016x}", name.finish());
        let folder = folder.map_or_else(default_folder, Path::to_owned).join(name);
        let ready = folder.join("ready");
        fs::create_dir_all(&ready).map_err(staging_error(&folder))?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(staging_error(&path))?;
        match lock.try_lock() {
            Ok(()) => {
                // Of another run, whose source may have had lists that it has no more.
                fs::remove_dir_all(&ready)
                    .and_then(|()| fs::create_dir(&ready))
                    .map_err(staging_error(&ready))?;
                Ok(Self { folder, ready, _lock: lock })
            }
            Err(fs::TryLockError::WouldBlock) => Err(FetchError::Locked(folder)),
            Err(fs::TryLockError::Error(error)) => Err(staging_error(&path)(error)),
        }
    }

    /// Where lists are that are whole.
    pub fn ready(&self) -> &Path {
        &self.ready
    }

    /// Begins to walk lists that are so, in pages of so many records, or goes on with that. Tells
    /// when it began.
    pub fn begin(&self, heads: &[Head], page: u32) -> Result<Timestamp, FetchError> {
        let path = self.folder.join("state.json");
        let now = clock::now().0;
        let state = fs::read(&path).ok();
        let state = state.and_then(|state| serde_json::from_slice::<State>(&state).ok());
        let goes_on = state.filter(|state| {
            state.heads == heads
                && state.page == page
                && (0..GOOD_FOR).contains(&(now - state.begun))
        });
        if let Some(state) = goes_on {
            return Ok(Timestamp(state.begun));
        }
        self.forget_pages()?;
        let state = State { heads: heads.to_vec(), page, begun: now };
        let state = serde_json::to_vec(&state).unwrap_or_default();
        write_whole(&path, |file| file.write_all(&state))?;
        Ok(Timestamp(now))
    }

    /// Where the pages of a list begin that are there already.
    pub fn kept(&self, list: &str) -> Result<HashSet<u64>, FetchError> {
        let folder = self.folder.join("pages").join(list);
        fs::create_dir_all(&folder).map_err(staging_error(&folder))?;
        Ok(self.pages(list)?.into_iter().map(|(offset, _)| offset).collect())
    }

    /// Keeps the records from `offset` on.
    pub fn keep(&self, list: &str, offset: u64, page: &StagedPage) -> Result<(), FetchError> {
        let path = self.folder.join("pages").join(list).join(format!("{offset}.json"));
        write_whole(&path, |file| Ok(serde_json::to_writer(file, page)?))
    }

    /// Makes a file of all pages of a list: each record once, by their ids. A page that cannot be
    /// read, as after a power cut, is one that is not there.
    pub fn assemble(&self, list: &str) -> Result<Assembled, FetchError> {
        let mut records: BTreeMap<(Option<i64>, usize), Box<RawValue>> = BTreeMap::new();
        let (mut without_id, mut gaps) = (Vec::new(), Vec::new());
        let mut sequence = Sequence::default();
        for (start, path) in self.pages(list)? {
            let page = fs::read(&path).map_err(staging_error(&path))?;
            let page: StagedPage = serde_json::from_slice(&page).unwrap_or_default();
            let missing: HashSet<u64> = page.unreadable.iter().map(|gap| gap.offset).collect();
            let offsets = (start..).filter(|offset| !missing.contains(offset));
            for (offset, record) in offsets.zip(page.records) {
                let id = id_of(record.get().as_bytes());
                sequence.push(offset, id);
                // What has no id is wrong, and will be found so.
                if id.is_none() {
                    without_id.push(offset);
                }
                records.insert((id, id.map_or(without_id.len(), |_| 0)), record);
            }
            gaps.extend(page.unreadable);
        }
        self.write(list, records.values())?;
        let count = (records.len() + gaps.len()) as u64;
        let missing: Vec<u64> = gaps.iter().map(|gap| gap.offset).collect();
        let neighbours = sequence.neighbours(&missing);
        Ok(Assembled { count, unreadable: gaps.into_iter().zip(neighbours).collect(), without_id })
    }

    /// Puts what packgrid knows besides into the packages' records.
    pub fn add_facts(&self) -> Result<(), FetchError> {
        let mut facts: HashMap<i64, Map<String, Value>> = HashMap::new();
        for record in self.read("facts")? {
            if let (Some(id), Ok(fields)) =
                (id_of(record.get().as_bytes()), serde_json::from_str(record.get()))
            {
                facts.insert(id, fields);
            }
        }
        let mut packages = self.read("packages")?;
        for package in &mut packages {
            let more = id_of(package.get().as_bytes()).and_then(|id| facts.remove(&id));
            let (Some(more), Ok(mut whole)) =
                (more, serde_json::from_str::<Map<String, Value>>(package.get()))
            else {
                continue;
            };
            whole.extend(more);
            if let Ok(whole) = serde_json::value::to_raw_value(&whole) {
                *package = whole;
            }
        }
        self.write("packages", packages.iter())
    }

    /// Throws away all pages.
    pub fn forget_pages(&self) -> Result<(), FetchError> {
        let folder = self.folder.join("pages");
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(staging_error(&folder)(error)),
            _ => Ok(()),
        }
    }

    /// Throws away everything.
    pub fn remove(&self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            let folder = self.folder.display();
            tracing::warn!(%error, %folder, "what was fetched could not be removed");
        }
    }

    /// The pages that are there, with where they begin.
    fn pages(&self, list: &str) -> Result<Vec<(u64, PathBuf)>, FetchError> {
        let folder = self.folder.join("pages").join(list);
        let entries = fs::read_dir(&folder).map_err(staging_error(&folder))?;
        let page = |entry: fs::DirEntry| {
            let offset = entry.file_name().to_str()?.strip_suffix(".json")?.parse().ok()?;
            Some((offset, entry.path()))
        };
        let mut pages: Vec<_> = entries.flatten().filter_map(page).collect();
        pages.sort_unstable();
        Ok(pages)
    }

    fn read(&self, list: &str) -> Result<Vec<Box<RawValue>>, FetchError> {
        let path = self.ready.join(format!("{list}.json"));
        let text = fs::read(&path).map_err(staging_error(&path))?;
        serde_json::from_slice(&text)
            .map_err(|error| staging_error(&path)(std::io::Error::other(error)))
    }

    fn write<'a>(
        &self,
        list: &str,
        records: impl Iterator<Item = &'a Box<RawValue>>,
    ) -> Result<(), FetchError> {
        let path = self.ready.join(format!("{list}.json"));
        let write = || {
            let mut file = List::create(&path, Format::Json)?;
            records.for_each(|record| file.push(record));
            file.finish()
        };
        write().map(drop).map_err(staging_error(&path))
    }
}

/// Writes a file that is there whole or not at all.
fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> Result<(), FetchError> {
    let unfinished = path.with_extension("part");
    let written = File::create(&unfinished).and_then(|file| {
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.flush()?;
        fs::rename(&unfinished, path)
    });
    written.map_err(staging_error(path))
}
