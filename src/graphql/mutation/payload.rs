//! What edits answer.

use async_graphql::{Enum, SimpleObject};

use crate::editing::{Outcome, Problem, ProblemCode};

/// What came of an edit.
pub struct Done {
    pub outcome: Outcome,
    pub client_mutation_id: Option<String>,
}

/// What is wrong with an edit.
#[derive(SimpleObject)]
pub struct UserError {
    /// What kind of thing is wrong.
    code: UserErrorCode,
    /// What is wrong, in words that say how to mend it.
    message: String,
    /// Where in the arguments it is: names of fields, and places in lists from 0. Example: `["input",
    /// "cells", "3", "text"]`
    path: Vec<String>,
}

impl From<&Problem> for UserError {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.code.into(),
            message: problem.message.clone(),
            path: problem.path.clone(),
        }
    }
}

macro_rules! codes {
    ($($(#[$meta:meta])* $code:ident,)*) => {
        /// Kinds of things that are wrong with edits.
        #[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
        pub enum UserErrorCode {
            $($(#[$meta])* $code,)*
        }

        impl From<ProblemCode> for UserErrorCode {
            fn from(code: ProblemCode) -> Self {
                match code {
                    $(ProblemCode::$code => Self::$code,)*
                }
            }
        }
    };
}
codes! {
    /// A value is none that this field takes.
    Invalid,
    /// A value is needed, and is null or blank.
    Required,
    /// A text has more characters, or a list more entries, than it may.
    TooLong,
    /// What has to be unique is another's already; the message names it.
    Taken,
    /// There is nothing by this id.
    NotFound,
    /// Somebody was faster. The payload has what is there now.
    Conflict,
    /// The revision that was expected is above the directory's: the database may have been restored
    /// from a backup. The payload has what is there now.
    FutureRevision,
    /// The grid is locked, and only a moderator may change it.
    Locked,
    /// Something else still needs what is to go.
    InUse,
    /// A package would be replaced by itself in the end.
    Cycle,
    /// This takes a higher role than yours.
    Forbidden,
}

/// Defines payloads. Each tells of the row of one entity; those that `deletes` also that it is gone.
macro_rules! payloads {
    ($($name:ident $(deletes $deleted:ident)?: $field:ident, $type:ident, $entity:path;)*) => {$(
        /// What came of the edit.
        pub struct $name($crate::graphql::mutation::payload::Done);

        impl From<$crate::graphql::mutation::payload::Done> for $name {
            fn from(done: $crate::graphql::mutation::payload::Done) -> Self {
                Self(done)
            }
        }

        /// What came of the edit.
        #[async_graphql::Object]
        impl $name {
            /// What the edit was about, as it is after it, or as it is without it if something is
            /// wrong; null if there is no such thing.
            async fn $field(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<Result<$crate::graphql::types::$type, $crate::graphql::errors::Failure>> {
                let id = self.0.outcome.about?;
                let columns = $crate::graphql::selection::columns::<$entity>(&ctx.field());
                let key = $crate::catalog::ById { id, columns };
                let row = Box::pin($crate::graphql::context::load(ctx, key)).await;
                row.map(|row| row.map(Into::into)).transpose()
            }

            $(
                /// The global id of what is gone; null if nothing is.
                async fn $deleted(&self) -> Option<async_graphql::ID> {
                    let outcome = &self.0.outcome;
                    outcome.revision?;
                    outcome.about.map($crate::graphql::ids::encode::<$entity>)
                }
            )?

            /// What is wrong; empty if nothing is. Nothing was written otherwise.
            async fn errors(&self) -> Vec<$crate::graphql::mutation::payload::UserError> {
                self.0.outcome.problems.iter().map(Into::into).collect()
            }

            /// The revision of the directory that the edit made; null if it changed nothing.
            async fn revision(&self) -> Option<$crate::graphql::scalars::BigInt> {
                self.0.outcome.revision.map($crate::graphql::scalars::BigInt)
            }

            /// How many rows the edit changed, or would change if it is a dry run: the object itself,
            /// places in grids, cells and so on.
            async fn changed_rows(&self) -> i32 {
                i32::try_from(self.0.outcome.rows).unwrap_or(i32::MAX)
            }

            /// The text that was sent along.
            async fn client_mutation_id(&self) -> Option<&str> {
                self.0.client_mutation_id.as_deref()
            }
        }
    )*};
}
pub(super) use payloads;
