use async_graphql::ID;
use entity::change;

use super::input::{commands, inputs};
use super::mutations;
use super::payload::payloads;
use crate::editing::commands::Revert;

mutations! {
    /// Undoing of edits.
    RevertMutation {
        /// Undoes one change, if nothing newer stands in the way: rows that it set have to have the
        /// values that it gave them, what it added must not be needed by others, and the place of
        /// what it removed must be free. Otherwise the error `CONFLICT` says what is. Needs the role
        /// `EDITOR`, or the one that the opposite of the change needs: `MODERATOR` to undo that
        /// something was added, merged, locked or deleted, `ADMIN` for categories.
        revert(RevertInput) -> RevertPayload;
    }
}

payloads! {
    RevertPayload: change, DirectoryChange, change::Entity;
}

inputs! {
    /// A change to undo.
    RevertInput {
        /// The change: its global id, as the history has it. Example: `"Q2hhbmdlOjQy"`
        change_id: ID,
    }
}

commands! {
    RevertInput => Revert, |input, reading| Revert {
        change: reading.id::<change::Entity>("changeId", &input.change_id),
    };
}
