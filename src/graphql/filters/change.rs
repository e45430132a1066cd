use async_graphql::InputObject;

use super::comparison::{BigIntFilter, ChangeKindFilter, DateTimeFilter, OptionalTextFilter};
use super::{Budget, Conditions, FilterInput};
use crate::catalog::filter::Filter;
use crate::graphql::errors::Failure;

/// What holds for changes. All fields given have to hold; none may be null.
#[derive(InputObject)]
pub struct ChangeFilter {
    /// All of these hold. Example: `[{ by: { eq: "ci" } }, { kind: { eq: SET_CELLS } }]`
    pub and: Option<Vec<ChangeFilter>>,
    /// At least one of these holds; of none, nothing does. Example: `[{ by: { eq: "ci" } }, { kind: { eq: IMPORT } }]`
    pub or: Option<Vec<ChangeFilter>>,
    /// This does not hold. Example: `{ kind: { eq: SCORE } }`
    pub not: Option<Box<ChangeFilter>>,
    /// By the revision that it made. Example: `{ gt: "42" }`
    pub revision: Option<BigIntFilter>,
    /// By when it was made. Example: `{ gte: "2026-01-01T00:00:00Z" }`
    pub at: Option<DateTimeFilter>,
    /// By kind. Example: `{ in: [CREATE_PACKAGE, UPDATE_PACKAGE] }`
    pub kind: Option<ChangeKindFilter>,
    /// By who made it. Example: `{ eq: "ci" }`
    pub by: Option<OptionalTextFilter>,
}

impl FilterInput for ChangeFilter {
    fn compile(self, budget: &mut Budget) -> Result<Filter, Failure> {
        Conditions::of(budget)?
            .column("revision", self.revision)?
            .column("at", self.at)?
            .column("kind", self.kind)?
            .column("actor_folded", self.by)?
            .logic(self.and, self.or, self.not)
    }
}
