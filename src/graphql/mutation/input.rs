//! What edits take.

use async_graphql::{ID, InputType, MaybeUndefined};

use crate::catalog::Listable;
use crate::editing::{Command, Patch, Problem, ProblemCode};
use crate::graphql::ids;

/// The input of an edit.
pub trait EditInput: InputType {
    type Command: Command;

    /// A text of the client's own, for it to know the answer by.
    fn client_mutation_id(&mut self) -> Option<String>;

    /// Whether only what would change is asked for.
    fn is_dry_run(&self) -> bool;

    /// What is to be done.
    fn command(self, reading: &mut Reading) -> Self::Command;
}

/// Reads inputs, and notes what is wrong with them.
#[derive(Debug, Default)]
pub struct Reading {
    pub problems: Vec<Problem>,
}

impl Reading {
    /// The row's id in a global id; 0, with a problem, when it is another's.
    pub fn id<E: Listable>(&mut self, path: &str, id: &ID) -> i64 {
        let wrong = match ids::decode(id) {
            Ok((name, number)) if name == E::NAME => return number,
            Ok((name, _)) => {
                format!("It is the id of a {name}, where that of a {} is needed", E::NAME)
            }
            Err(_) => format!("It is not the id of a {}", E::NAME),
        };
        self.problems.push(Problem::new(ProblemCode::NotFound, path, wrong));
        0
    }

    /// Global ids of a list; of those that are too many one is enough.
    pub fn ids<E: Listable>(&mut self, path: &str, ids: &[ID], most: usize) -> Vec<i64> {
        let ids = ids.iter().take(most + 1).enumerate();
        ids.map(|(number, id)| self.id::<E>(&format!("{path}.{number}"), id)).collect()
    }
}

/// A value that may be left out, or be null, as something else.
pub fn patch<T, U>(value: MaybeUndefined<T>, into: impl FnOnce(T) -> U) -> Patch<U> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(into(value))),
    }
}

/// A value that may be left out, which null does as well.
pub fn given<T, U>(value: Option<T>, into: impl FnOnce(T) -> U) -> Patch<U> {
    value.map(|value| Some(into(value)))
}

/// Defines inputs, with the fields that all of them have; after `expects`, of what there is already.
macro_rules! inputs {
    ($($(#[$meta:meta])* $name:ident $(expects $expected:ident)? {
        $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(async_graphql::InputObject)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            $(
                /// The `revision` that it was at when it was read: if somebody has changed it since,
                /// the error `CONFLICT` says so and nothing is written (`FUTURE_REVISION` if it is
                /// above the directory's revision). Example: `"42"`
                pub $expected: Option<crate::graphql::scalars::BigInt>,
            )?
            /// Only find out what is wrong and how many rows would change. Example: `true`
            #[graphql(default)]
            pub dry_run: bool,
            /// A text of your own that the answer repeats. (What is sent twice is done twice, unless
            /// the request has an `Idempotency-Key`.) Example: `"7"`
            pub client_mutation_id: Option<String>,
        }
    )*};
}
pub(super) use inputs;

/// Says what command an input comes to.
macro_rules! commands {
    ($($name:ident => $command:ty, |$input:ident, $reading:ident| $into:expr;)*) => {$(
        impl $crate::graphql::mutation::input::EditInput for $name {
            type Command = $command;

            fn client_mutation_id(&mut self) -> Option<String> {
                self.client_mutation_id.take()
            }

            fn is_dry_run(&self) -> bool {
                self.dry_run
            }

            fn command(
                self,
                $reading: &mut $crate::graphql::mutation::input::Reading,
            ) -> Self::Command {
                let $input = self;
                $into
            }
        }
    )*};
}
pub(super) use commands;

/// The revision that something is to be at.
pub fn revision(expected: Option<crate::graphql::scalars::BigInt>) -> Option<i64> {
    expected.map(|revision| revision.0)
}
