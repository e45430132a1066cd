use std::sync::Arc;

use async_graphql::Object;

use crate::catalog::Standing;
use crate::graphql::scalars::{BigInt, DateTime, Url};

/// The directory itself.
pub struct Directory(pub Arc<Standing>);

/// The directory itself: at which revision it is, and how it keeps in step with its source.
#[Object]
impl Directory {
    /// Tells states of the directory apart: every committed change raises it by one.
    async fn revision(&self) -> BigInt {
        BigInt(self.0.revision)
    }

    /// The address of the API that the directory was last fetched from; null when it never was.
    async fn source(&self) -> Option<Url> {
        self.0.source.as_deref().map(|source| Url(source.into()))
    }

    /// When the directory was last found in step with its source; null when it never was. It moves
    /// on with every look at the source, also when nothing has changed and `revision` stays.
    async fn synced_at(&self) -> Option<DateTime> {
        self.0.synced_at.map(DateTime)
    }
}
