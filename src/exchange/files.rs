//! Reading a directory's files: each a list, a page object with `results`, or JSON lines.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use entity::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use thiserror::Error;

use super::field_error::explain;
use super::kind::{Format, Kind};
use super::other_api::OtherApi;
use super::place::{Identified, Places, id_of};
pub use super::place::{Origin, Place};
use super::problems::Problems;
use super::unreadable::FetchProblems;
use super::wire::Record;

/// The ids of all records of a kind, valid or not, in their order. `None` if they are not known:
/// there is no such file, or a record has no readable id.
pub(super) type Ids = Option<Vec<i64>>;

/// The files of a directory, as bytes.
pub struct Directory {
    source: Source,
}

type Contents = Cow<'static, [u8]>;

enum Source {
    Folder(PathBuf),
    /// Fetched from this address into this folder, beginning at this time.
    Fetched {
        url: String,
        folder: PathBuf,
        begun: Timestamp,
        problems: FetchProblems,
    },
    /// Built in: names and contents.
    Embedded(&'static [(&'static str, &'static [u8])]),
}

/// Why a file cannot be read at all.
#[derive(Debug, Error)]
pub enum FileError {
    #[error("{0} is not a folder")]
    NoFolder(String),
    #[error("{one} and {other} are both there; keep the one that is meant")]
    Both { one: String, other: String },
    #[error("{file} is missing")]
    Missing { file: String },
    #[error("{file} cannot be read: {source}")]
    Unreadable { file: String, source: std::io::Error },
    #[error("{file} is empty; a list without records is []")]
    Empty { file: String },
    #[error("{file} is not JSON, or was cut short: {message}")]
    Malformed { file: String, message: String },
    #[error(
        "{file} is one page of several (its `next` or `previous` is not null); a file holds all records"
    )]
    OnePage { file: String },
    #[error("{file}: {what}")]
    OtherApi { file: String, what: String },
    #[error("{file} is neither a list, nor a page with `results`, nor JSON lines")]
    OtherShape { file: String },
}

impl Directory {
    /// The files in this folder.
    ///
    /// # Errors
    /// When it is no folder.
    pub fn folder(path: &Path) -> Result<Self, FileError> {
        if !path.is_dir() {
            return Err(FileError::NoFolder(path.display().to_string()));
        }
        Ok(Self { source: Source::Folder(path.to_owned()) })
    }

    /// The files in this folder, which were fetched from the API at `url`; that began at `begun`.
    pub fn fetched(
        url: String,
        folder: PathBuf,
        begun: Timestamp,
        problems: FetchProblems,
    ) -> Self {
        Self { source: Source::Fetched { url, folder, begun, problems } }
    }

    fn fetch_problems(&self) -> Option<&FetchProblems> {
        match &self.source {
            Source::Fetched { problems, .. } => Some(problems),
            Source::Folder(_) | Source::Embedded(_) => None,
        }
    }

    /// The address that the files were fetched from, and when that began: what they tell is not
    /// older. Null when they were not fetched.
    pub fn fetched_from(&self) -> Option<(&str, Timestamp)> {
        match &self.source {
            Source::Fetched { url, begun, .. } => Some((url, *begun)),
            Source::Folder(_) | Source::Embedded(_) => None,
        }
    }

    /// Files that are built in.
    pub(super) fn embedded(files: &'static [(&'static str, &'static [u8])]) -> Self {
        Self { source: Source::Embedded(files) }
    }

    /// The name of a file for people.
    fn shown(&self, kind: Kind, format: Format) -> String {
        let file = kind.file(format);
        match &self.source {
            Source::Folder(path) | Source::Fetched { folder: path, .. } => {
                path.join(file).display().to_string()
            }
            Source::Embedded(_) => file,
        }
    }

    /// The contents of a file; null when there is none.
    fn bytes(&self, kind: Kind, format: Format) -> Result<Option<Contents>, FileError> {
        let file = kind.file(format);
        match &self.source {
            Source::Folder(path) | Source::Fetched { folder: path, .. } => {
                match std::fs::read(path.join(file)) {
                    Ok(bytes) => Ok(Some(Cow::Owned(bytes))),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                    Err(source) => {
                        Err(FileError::Unreadable { file: self.shown(kind, format), source })
                    }
                }
            }
            Source::Embedded(files) => Ok(files
                .iter()
                .find(|(name, _)| *name == file)
                .map(|(_, bytes)| Cow::Borrowed(*bytes))),
        }
    }

    /// The file with the records of this kind, in whatever format; null when there is none.
    fn find(&self, kind: Kind) -> Result<Option<(Format, Contents)>, FileError> {
        let (one, other) = (Format::Json, Format::JsonLines);
        match (self.bytes(kind, one)?, self.bytes(kind, other)?) {
            (Some(_), Some(_)) => {
                Err(FileError::Both { one: self.shown(kind, one), other: self.shown(kind, other) })
            }
            (Some(bytes), None) => Ok(Some((one, bytes))),
            (None, Some(bytes)) => Ok(Some((other, bytes))),
            (None, None) => Ok(None),
        }
    }

    /// Reads the records of a kind, whose file has to be there, and hands each to `take` with its
    /// place. What is no record is a problem. Returns the ids of all records.
    ///
    /// # Errors
    /// When there is no such file, or nothing in it can be told apart.
    pub(super) fn records<T: DeserializeOwned + Record>(
        &self,
        kind: Kind,
        problems: &mut Problems,
        take: impl FnMut(T, Place, &mut Problems),
    ) -> Result<Ids, FileError> {
        let ids = self.read_file(kind, problems, take)?;
        ids.ok_or_else(|| FileError::Missing { file: self.shown(kind, Format::Json) })
    }

    /// Reads the records of a kind, if there is a file of them.
    ///
    /// # Errors
    /// When nothing in it can be told apart.
    pub(super) fn optional_records<T: DeserializeOwned + Record>(
        &self,
        kind: Kind,
        problems: &mut Problems,
        take: impl FnMut(T, Place, &mut Problems),
    ) -> Result<Ids, FileError> {
        Ok(self.read_file(kind, problems, take)?.unwrap_or_default())
    }

    fn read_file<T: DeserializeOwned + Record>(
        &self,
        kind: Kind,
        problems: &mut Problems,
        take: impl FnMut(T, Place, &mut Problems),
    ) -> Result<Option<Ids>, FileError> {
        if let Some(fetched) = self.fetch_problems() {
            fetched.report(kind, problems);
        }
        let Some((format, bytes)) = self.find(kind)? else {
            return Ok(None);
        };
        self.read(kind, format, &bytes, problems, take).map(Some)
    }

    /// The ids of all records of a kind, valid or not.
    ///
    /// # Errors
    /// When nothing in it can be told apart.
    pub(super) fn ids(&self, kind: Kind) -> Result<Ids, FileError> {
        let Some((format, bytes)) = self.find(kind)? else {
            return Ok(None);
        };
        self.read(kind, format, &bytes, &mut Problems::default(), |_: Identified, _, _| {})
    }

    fn read<T: DeserializeOwned + Record>(
        &self,
        kind: Kind,
        format: Format,
        bytes: &[u8],
        problems: &mut Problems,
        mut take: impl FnMut(T, Place, &mut Problems),
    ) -> Result<Ids, FileError> {
        let fetched = self.fetch_problems();
        let origin = fetched.map_or(Origin::File, |_| Origin::Api { offset: None });
        let offsets = fetched.and_then(|fetched| fetched.without_id.get(&kind));
        let start = Place { kind, format, record: 0, line: 1, id: None, origin };
        let mut places = Places { bytes, offset: 0, last: start };
        let mut ids = Vec::new();
        let (mut all_have_ids, mut other_api) = (true, None);
        let mut read = |raw: &[u8]| {
            let mut place = places.next(raw);
            match serde_json::from_slice::<T>(raw) {
                Ok(record) => {
                    ids.push(record.id());
                    place.id = Some(record.id());
                    take(record, place, problems);
                }
                Err(_) => {
                    place.id = id_of(raw);
                    ids.extend(place.id);
                    all_have_ids &= place.id.is_some();
                    if let (None, Some(offsets)) = (place.id, offsets) {
                        let offset = offsets.get(place.record - 1).copied();
                        place.origin = Origin::Api { offset };
                    }
                    let value = serde_json::from_slice(raw).unwrap_or_default();
                    other_api = other_api.take().or_else(|| {
                        OtherApi::of(&value).filter(|it| matches!(it, OtherApi::Version(_)))
                    });
                    problems.reject(place, explain::<T>(kind, raw));
                }
            }
        };
        match self.shape(kind, format, bytes)? {
            Shape::Page(page) if page.has_neighbours() => {
                return Err(FileError::OnePage { file: self.shown(kind, format) });
            }
            Shape::List(records) | Shape::Page(Page { results: records, .. }) => {
                records.into_iter().for_each(|record| read(record.get().as_bytes()));
            }
            Shape::Lines => bytes
                .strip_prefix(b"\xEF\xBB\xBF")
                .unwrap_or(bytes)
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.trim_ascii().is_empty())
                .for_each(read),
        }
        if let Some(other_api) = other_api {
            return Err(self.other_api(kind, format, &other_api));
        }
        for record in fetched.into_iter().flat_map(|fetched| fetched.records(kind)) {
            ids.extend(record.id);
            all_have_ids &= record.id.is_some();
        }
        ids.sort_unstable();
        Ok(all_have_ids.then_some(ids))
    }

    fn other_api(&self, kind: Kind, format: Format, what: &OtherApi) -> FileError {
        let file = self.shown(kind, format);
        FileError::OtherApi { file, what: what.describe("…/api/v4/") }
    }

    fn shape<'a>(
        &self,
        kind: Kind,
        format: Format,
        bytes: &'a [u8],
    ) -> Result<Shape<'a>, FileError> {
        let shown = || self.shown(kind, format);
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let malformed = |error: serde_json::Error| FileError::Malformed {
            file: shown(),
            message: error.to_string(),
        };
        match bytes.trim_ascii_start().first() {
            // Of lines there may be none.
            None if format == Format::JsonLines => Ok(Shape::Lines),
            None => Err(FileError::Empty { file: shown() }),
            Some(b'[') => serde_json::from_slice(bytes).map(Shape::List).map_err(malformed),
            Some(b'{') => {
                let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
                let lines_of_records =
                    lines.by_ref().filter(|line| !line.is_empty()).all(|line| line[0] == b'{');
                match serde_json::from_slice::<&RawValue>(bytes) {
                    Ok(whole) => match serde_json::from_str::<Page<'a>>(whole.get()) {
                        Ok(page) => Ok(Shape::Page(page)),
                        Err(_) => {
                            match serde_json::from_str(whole.get()).map(|it| OtherApi::of(&it)) {
                                // A line without an id is an invalid record.
                                Ok(Some(other)) if format == Format::Json => {
                                    Err(self.other_api(kind, format, &other))
                                }
                                _ if lines_of_records => Ok(Shape::Lines),
                                _ => Err(FileError::OtherShape { file: shown() }),
                            }
                        }
                    },
                    // Several values, or one that is broken: of lines, each is looked at by itself.
                    Err(_) if lines_of_records && bytes.trim_ascii().contains(&b'\n') => {
                        Ok(Shape::Lines)
                    }
                    Err(error) => Err(malformed(error)),
                }
            }
            Some(_) => Err(FileError::OtherShape { file: shown() }),
        }
    }
}

enum Shape<'a> {
    List(Vec<&'a RawValue>),
    Page(Page<'a>),
    Lines,
}

/// A page of the REST API.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
    next: Option<&'a RawValue>,
    previous: Option<&'a RawValue>,
}

impl Page<'_> {
    fn has_neighbours(&self) -> bool {
        [self.next, self.previous].into_iter().flatten().any(|link| link.get() != "null")
    }
}
