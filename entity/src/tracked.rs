//! What rows of the directory know of themselves.

use crate::{category, element, feature, grid, grid_package, package, version};

/// A row that knows where it came from and when it last changed.
pub trait Tracked {
    /// Its id.
    fn id(&self) -> i64;

    /// The revision that last changed it.
    fn revision(&self) -> i64;

    /// Sets the revision that last changed it.
    fn set_revision(&mut self, revision: i64);

    /// Where it came from first; see `source_id` of its table.
    fn source_id(&self) -> Option<i64>;

    /// Sets where it came from.
    fn set_source_id(&mut self, source: Option<i64>);

    /// The columns that editors have changed; none of a pairing.
    fn edited(&self) -> &[String];

    /// Notes that an editor has changed this column, unless it is noted already.
    fn note_edit(&mut self, column: &str);

    /// Sets the columns that editors have changed.
    fn set_edited(&mut self, columns: Vec<String>);

    /// Takes over what the row `there` knows of itself.
    fn keep_track(&mut self, there: &Self);
}

macro_rules! tracked {
    ($($entity:ident $(, $edited:ident)?;)*) => {$(
        impl Tracked for $entity::Model {
            fn id(&self) -> i64 {
                self.id
            }

            fn revision(&self) -> i64 {
                self.revision
            }

            fn set_revision(&mut self, revision: i64) {
                self.revision = revision;
            }

            fn source_id(&self) -> Option<i64> {
                self.source_id
            }

            fn set_source_id(&mut self, source: Option<i64>) {
                self.source_id = source;
            }

            fn edited(&self) -> &[String] {
                tracked!(@edited self $(, $edited)?)
            }

            fn note_edit(&mut self, _column: &str) {
                $(
                    if !self.$edited.0.iter().any(|known| known == _column) {
                        self.$edited.0.push(_column.to_owned());
                        self.$edited.0.sort_unstable();
                    }
                )?
            }

            fn set_edited(&mut self, _columns: Vec<String>) {
                $(self.$edited.0 = _columns;)?
            }

            fn keep_track(&mut self, there: &Self) {
                self.revision = there.revision;
                self.source_id = there.source_id;
                $(self.$edited = there.$edited.clone();)?
            }
        }
    )*};
    (@edited $self:ident, $edited:ident) => { &$self.$edited.0 };
    (@edited $self:ident) => { &[] };
}
tracked! {
    category, edited;
    element, edited;
    feature, edited;
    grid, edited;
    grid_package;
    package, edited;
    version, edited;
}
