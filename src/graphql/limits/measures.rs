//! The sums of what a document has, and whether they are within limits.

use super::{Advice, Refused, at_most};
use crate::config::Limits;

/// Selection sets within selection sets and fragments that are walked; a chain of fragments can be
/// as long as the document.
pub(super) const DEEPEST: usize = 300;

/// What a document comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    pub(super) selections: u64,
    pub(super) aliases: u64,
    pub(super) directives: u64,
    /// Fields within fields.
    pub(super) depth: u64,
    /// Lists of types within lists of types, in introspection.
    pub(super) introspected: u64,
    /// Whether the schema is asked for.
    pub(super) introspects: bool,
    /// Values that introspection can have, at most.
    pub(super) introspection: u64,
    /// Whether the answer depends on who asks.
    pub(super) is_of_viewer: bool,
    /// Whether the answer may be another one at the same revision.
    pub(super) is_drifting: bool,
    /// What the operation has that it could have less of.
    pub(super) advice: Advice,
    /// Fields that stand side by side.
    pub(super) fields: u64,
    /// What the values cost that the answer can have, at most.
    pub(super) values: u64,
    /// What statements cost that are not of each parent but of all together.
    pub(super) statements: u64,
    /// Brackets within brackets of a value.
    pub(super) value_depth: u64,
    /// Selection sets and fragments within each other.
    pub(super) nesting: usize,
}

impl Measures {
    pub(super) const TOO_MANY: Self = Self {
        selections: u64::MAX,
        aliases: 0,
        directives: 0,
        depth: 0,
        introspected: 0,
        introspects: false,
        introspection: 0,
        is_of_viewer: false,
        is_drifting: false,
        advice: Advice { pages: false, filters: false },
        fields: 0,
        values: 0,
        statements: 0,
        value_depth: 0,
        nesting: 0,
    };

    /// What stands beside each other, together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            depth: self.depth.max(other.depth),
            introspected: self.introspected.max(other.introspected),
            introspects: self.introspects || other.introspects,
            introspection: self.introspection.saturating_add(other.introspection),
            is_of_viewer: self.is_of_viewer || other.is_of_viewer,
            is_drifting: self.is_drifting || other.is_drifting,
            advice: self.advice.or(other.advice),
            fields: self.fields.saturating_add(other.fields),
            values: self.values.saturating_add(other.values),
            statements: self.statements.saturating_add(other.statements),
            value_depth: self.value_depth.max(other.value_depth),
            nesting: self.nesting.max(other.nesting),
        }
    }

    /// What the operation may cost, in texts and numbers of the answer.
    pub fn cost(&self) -> u64 {
        self.values.saturating_add(self.statements)
    }

    /// What of it does not depend on how much is found.
    pub fn statements(&self) -> u64 {
        self.statements
    }

    /// Selections of the whole document, with fragments spelled out.
    pub fn selections(&self) -> u64 {
        self.selections
    }

    /// Whether the schema is asked for.
    pub fn introspects(&self) -> bool {
        self.introspects
    }

    /// Whether the answer depends on who asks.
    pub fn is_of_viewer(&self) -> bool {
        self.is_of_viewer
    }

    /// Whether the answer may be another one at the same revision.
    pub fn is_drifting(&self) -> bool {
        self.is_drifting
    }

    /// How the operation could cost less.
    pub fn advice(&self) -> Advice {
        self.advice
    }

    /// Whether a list is filtered, so that plans of statements depend on values.
    pub fn has_filter(&self) -> bool {
        self.advice.filters
    }

    /// Fields at the root, with fragments spelled out.
    pub fn fields(&self) -> u64 {
        self.fields
    }

    /// Whether all of it is within limits.
    pub(super) fn check(&self, limits: &Limits) -> Result<(), Refused> {
        // What walks fragments goes a call deeper for each, known as they may be from elsewhere.
        let selections = if self.nesting > DEEPEST { u64::MAX } else { self.selections };
        at_most("selections", selections, limits.selections)?;
        at_most("value_depth", self.value_depth, limits.value_depth)?;
        at_most("depth", self.depth, limits.depth)?;
        at_most("aliases", self.aliases, limits.aliases)?;
        at_most("directives", self.directives, limits.directives)
    }
}
