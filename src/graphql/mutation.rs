//! Where edits begin, split by what they edit.
//!
//! A field takes one `input`, turns it into a command of `editing` and tells what came of it. What
//! is wrong with an edit is data in its payload; only who may not edit at all, and what is our
//! fault, is an error.

mod category;
mod feature;
mod grid;
mod input;
mod package;
mod payload;
mod release;
mod revert;

use std::time::Instant;

use async_graphql::{Context, MergedObject};

use super::context;
use super::errors::{ErrorCode, Failure};
use crate::auth::Viewer;
use crate::clock;
use crate::database::Database;
use crate::editing::idempotency::Retry;
use crate::editing::{self, Command, Performed, Sent};
use input::{EditInput, Reading};
use payload::Done;

/// What edits are made with. Goes into the request's data.
pub struct Editor {
    pub database: Database,
    pub viewer: Viewer,
    /// Null when the request has no `Idempotency-Key`.
    pub retry: Option<Retry>,
    /// When the request is given up.
    pub deadline: Instant,
}

/// Edits of the directory. Each takes one `input` and tells what came of it: `errors` has what is
/// wrong with it, and then nothing was written. Several in one request are made one after the
/// other, each by itself.
#[derive(Default, MergedObject)]
pub struct Mutation(
    package::PackageMutation,
    grid::GridMutation,
    feature::FeatureMutation,
    release::ReleaseMutation,
    category::CategoryMutation,
    revert::RevertMutation,
);

/// Makes the edit that `input` asks for, if who asks may make it.
async fn perform<I: EditInput>(ctx: &Context<'_>, mut input: I) -> Result<Done, Failure> {
    let editor = ctx.data::<Editor>().map_err(|_| Failure::broken("nothing to edit with"))?;
    let (has, right) = (editor.viewer.role, I::Command::RIGHT);
    if has < right {
        let right = right.as_str().to_uppercase();
        let message = if editor.viewer.key.is_none() {
            format!("This takes the role {right}: send a token, as `Authorization: Bearer …`")
        } else {
            format!("This takes the role {right}, and you have {}", has.as_str().to_uppercase())
        };
        return Err(Failure::of(ErrorCode::Forbidden, message).at(ctx));
    }
    // What is read from here on is of a moment after the edit. And while it waits for a connection to
    // edit by, it holds none by which the edit before was read: all could be held by such as wait.
    context::renew(ctx).await?;
    let (client_mutation_id, dry_run) = (input.client_mutation_id(), input.is_dry_run());
    let mut reading = Reading::default();
    let command = input.command(&mut reading);
    let field = ctx.field();
    let sent = Sent {
        viewer: &editor.viewer,
        now: clock::now(),
        retry: editor.retry.as_ref(),
        field: field.alias().unwrap_or(field.name()),
        problems: &reading.problems,
        dry_run,
        deadline: editor.deadline,
    };
    match editing::perform(&editor.database, sent, command).await.map_err(Failure::from)? {
        Performed::Done(outcome) => Ok(Done { outcome, client_mutation_id }),
        Performed::KeyReused => Err(key_reused().at(ctx)),
    }
}

/// That a key is another request's.
pub fn key_reused() -> Failure {
    let message = "This Idempotency-Key belongs to another request; choose a new one";
    Failure::of(ErrorCode::IdempotencyKeyReused, message)
}

/// Defines the mutations of one kind of thing: a struct with a field for each, whose argument and
/// payload are named.
macro_rules! mutations {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$field_meta:meta])* $field:ident($input:ident) -> $payload:ident;)*
    }) => {
        $(#[$meta])*
        #[derive(Default)]
        pub struct $name;

        #[async_graphql::Object]
        impl $name {$(
            $(#[$field_meta])*
            async fn $field(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "What to do, as the fields of the type say. Example: `$input`, a variable")]
                input: Box<$input>,
            ) -> Option<Result<$payload, $crate::graphql::errors::Failure>> {
                let done = Box::pin($crate::graphql::mutation::perform(ctx, *input)).await;
                Some(done.map($payload::from))
            }
        )*}
    };
}
use mutations;
