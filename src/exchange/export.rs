//! Writing a directory into files: all of it, of one moment, in a form that has one spelling.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use entity::Timestamp;
use serde::Serialize;
use thiserror::Error;

use super::kind::{Format, Kind};
use super::outgoing::{self, Detail, Rows, Spelling, Target};
use super::wire;
use crate::database::{DatabaseError, Snapshot};

/// Records that are read at once.
const AT_ONCE: u64 = 2_000;

/// Why a directory was not written.
#[derive(Debug, Error)]
pub enum ExportError {
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("{} is there already, in another format; an import would not know which to read", .0.display())]
    OtherFormat(PathBuf),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// How many records of each kind were written.
pub type Exported = Vec<(Kind, u64)>;

/// Writes the directory into `folder`, which is made if it is not there. Rows are in the order of
/// their ids, links are ids, times are in UTC: of two exports, what differs is what has changed.
///
/// Files take their places when all of them are written.
///
/// # Errors
/// When a file cannot be written, or the database fails. Files of an earlier export are as they
/// were then.
pub async fn export(
    snapshot: Snapshot,
    folder: PathBuf,
    format: Format,
) -> Result<Exported, ExportError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ExportError::Write { path, source }
    };
    std::fs::create_dir_all(&folder).map_err(failed(&folder))?;
    for kind in Kind::ALL {
        let other = folder.join(kind.file(format.other()));
        if other.exists() {
            return Err(ExportError::OtherFormat(other));
        }
    }
    let mut exported = Exported::new();
    for kind in Kind::ALL {
        let path = unfinished(&folder.join(kind.file(format)));
        let mut list = List::create(&path, format).map_err(failed(&path))?;
        write(&snapshot, kind, &mut list).await?;
        let records = list.finish().map_err(failed(&path))?;
        exported.push((kind, records));
    }
    for kind in Kind::ALL {
        let path = folder.join(kind.file(format));
        std::fs::rename(unfinished(&path), &path).map_err(failed(&path))?;
    }
    Ok(exported)
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Writes the records of a kind. What goes wrong with the file is told at its end.
async fn write(snapshot: &Snapshot, kind: Kind, list: &mut List) -> Result<(), DatabaseError> {
    macro_rules! all {
        ($read:path $(, $argument:expr)*) => {{
            let mut last = i64::MIN;
            loop {
                let rows = Rows::After { id: last, limit: AT_ONCE };
                let mut count = 0;
                $read(snapshot, rows, $($argument,)* |record| {
                    last = record.id;
                    count += 1;
                    list.push(&record);
                    Ok(())
                })
                .await?;
                if count < AT_ONCE || list.error.is_some() {
                    return Ok(());
                }
            }
        }};
    }
    match kind {
        Kind::Categories => all!(outgoing::categories, &Plain),
        Kind::Grids => all!(outgoing::grids, &Plain),
        Kind::Packages => all!(outgoing::packages, Detail::Full, &Plain),
        Kind::Versions => all!(outgoing::versions),
        Kind::Features => all!(outgoing::features),
        Kind::Elements => all!(outgoing::elements),
    }
}

/// As in files: links are ids, times are in UTC.
struct Plain;

impl Spelling for Plain {
    type Link = wire::Link;
    type Time = wire::Time;

    fn link(&self, _: Target, id: i64) -> wire::Link {
        wire::Link { id }
    }

    fn time(&self, time: Timestamp) -> wire::Time {
        wire::Time(time)
    }
}

/// A file of records, one a line.
pub(super) struct List {
    file: BufWriter<File>,
    format: Format,
    records: u64,
    /// The first thing that went wrong; nothing is written after it.
    error: Option<std::io::Error>,
}

impl List {
    pub fn create(path: &Path, format: Format) -> std::io::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        if format == Format::Json {
            file.write_all(b"[")?;
        }
        Ok(Self { file, format, records: 0, error: None })
    }

    pub fn push(&mut self, record: &impl Serialize) {
        if self.error.is_none() {
            self.error = self.try_push(record).err();
        }
    }

    fn try_push(&mut self, record: &impl Serialize) -> std::io::Result<()> {
        if self.format == Format::Json {
            self.file.write_all(if self.records == 0 { b"\n" } else { b",\n" })?;
        }
        serde_json::to_writer(&mut self.file, record)?;
        if self.format == Format::JsonLines {
            self.file.write_all(b"\n")?;
        }
        self.records += 1;
        Ok(())
    }

    /// Ends the list, and tells how many records it has, or what went wrong.
    pub fn finish(mut self) -> std::io::Result<u64> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.format == Format::Json {
            self.file.write_all(b"\n]\n")?;
        }
        self.file.flush()?;
        Ok(self.records)
    }
}
