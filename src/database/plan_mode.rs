//! How PostgreSQL plans a statement that it has prepared.

/// Whether the plan of a statement depends on the values of its parameters.
///
/// By itself, PostgreSQL plans nearly every execution of packgrid's statements anew, because it
/// overestimates what a generic plan costs. For lookups, children, counts and keyset pages the new
/// plan is always the same one, and making it takes two to five times as long as running it. A
/// filter needs a plan by value: the right one for a rare word is the wrong one for a frequent one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanMode {
    /// One plan serves all values.
    Generic,
    /// PostgreSQL decides by the values.
    ByValue,
}

impl PlanMode {
    /// Switches a transaction that began with [`Self::Generic`].
    pub(super) const SET_BY_VALUE: &str =
        "SET LOCAL plan_cache_mode = auto; SET LOCAL random_page_cost TO DEFAULT";

    /// The value of PostgreSQL's setting `plan_cache_mode`.
    pub(super) fn setting(self) -> &'static str {
        match self {
            Self::Generic => "force_generic_plan",
            Self::ByValue => "auto",
        }
    }

    /// The value of `random_page_cost` that a plan is made with; `None` for the server's own.
    ///
    /// A generic plan expects ten keys. By PostgreSQL's default it would read a table of a few
    /// hundred rows for one: a grid by its slug took 0.24 ms among 400 grids, and takes 0.04.
    pub(super) fn random_page_cost(self) -> Option<&'static str> {
        match self {
            Self::Generic => Some("1.1"),
            Self::ByValue => None,
        }
    }
}
