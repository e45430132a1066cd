//! What the tests stand on.

mod app;
pub mod crowd;
mod databases;
pub mod files;
pub mod program;
pub mod searching;
mod served;
pub mod statements;
pub mod websocket;

pub use app::{Answer, App, anew};
pub use databases::{Backend, TestDatabase, open};
pub use served::Served;

/// One test body, run on both databases: `on_both! { async fn name(backend: Backend) { … } }`.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($backend:ident: $kind:ty) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn body($backend: $kind) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                body(crate::support::Backend::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                body(crate::support::Backend::Postgres).await;
            }
        }
    )*};
}
pub(crate) use on_both;

/// A moment for everything that needs one.
pub const NOW: entity::Timestamp = entity::Timestamp(1_790_000_000_000_000);
