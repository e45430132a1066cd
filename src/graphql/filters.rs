//! Filters: what clients ask to hold for the entries of a list, and the condition it comes to.

mod change;
mod comparison;
mod entities;
mod package;

use std::sync::Arc;

use async_graphql::InputType;

use super::errors::Failure;
use crate::catalog::filter::{Filter, Test, Way};
use crate::config::Limits;
use crate::rules::text;

pub use change::ChangeFilter;
pub use comparison::ColumnFilter;
pub use entities::{CategoryFilter, ElementFilter, FeatureFilter, GridFilter, ReleaseFilter};
pub use package::PackageFilter;

/// Characters of a text to compare with, at most. No text that is filtered is longer.
const LONGEST_TEXT: usize = 1_000;

/// A filter of one type of entity.
pub trait FilterInput: InputType {
    /// The condition that it comes to.
    ///
    /// # Errors
    /// When it is too large, or has a value that cannot be compared with.
    fn compile(self, budget: &mut Budget) -> Result<Filter, Failure>;
}

/// How much a filter has used of what it may.
pub struct Budget {
    limits: Limits,
    depth: usize,
    conditions: usize,
    values: usize,
    bytes: usize,
}

/// The condition that `filter` comes to, within limits. Null when it asks for nothing, which is as
/// good as left out.
///
/// # Errors
/// See [`FilterInput::compile`].
pub fn compile<F: FilterInput>(
    filter: Option<Box<F>>,
    limits: &Limits,
) -> Result<Option<Arc<Filter>>, Failure> {
    let mut budget = Budget { limits: *limits, depth: 0, conditions: 0, values: 0, bytes: 0 };
    let filter = filter.map(|filter| filter.compile(&mut budget)).transpose()?;
    Ok(filter.filter(|filter| *filter != Filter::always()).map(Arc::new))
}

impl Budget {
    fn condition(&mut self) -> Result<(), Failure> {
        self.conditions += 1;
        let most = self.limits.filter_conditions;
        if self.conditions > most {
            let message = format!("`filter` must not have over {most} conditions");
            return Err(Failure::user(message));
        }
        Ok(())
    }

    /// Text as columns hold it that are compared ignoring case.
    fn folded(&mut self, text: &str) -> Result<Box<str>, Failure> {
        if text.chars().nth(LONGEST_TEXT).is_some() {
            let message = format!("a text in `filter` must not be over {LONGEST_TEXT} characters");
            return Err(Failure::user(message));
        }
        if text.contains('\0') {
            return Err(Failure::user("a text in `filter` must not contain U+0000"));
        }
        let folded = text::fold(text);
        self.bytes += folded.len();
        let most = self.limits.filter_bytes;
        if self.bytes > most {
            let message = format!("the texts in `filter` must not be over {most} bytes in all");
            return Err(Failure::user(message));
        }
        Ok(folded.into())
    }

    fn values(&mut self, count: usize) -> Result<(), Failure> {
        self.values += count;
        let most = self.limits.filter_values;
        if self.values > most {
            let message = format!("`filter` must not list over {most} values in all");
            return Err(Failure::user(message));
        }
        Ok(())
    }
}

/// Filters of rows related in a list.
pub struct Listed<F> {
    pub some: Option<Box<F>>,
    pub every: Option<Box<F>>,
    pub none: Option<Box<F>>,
}

/// Gathers what a filter's fields come to; all of it has to hold.
pub struct Conditions<'b> {
    budget: &'b mut Budget,
    all: Vec<Filter>,
}

impl<'b> Conditions<'b> {
    /// Begins a filter.
    fn of(budget: &'b mut Budget) -> Result<Self, Failure> {
        budget.depth += 1;
        let most = budget.limits.filter_depth;
        if budget.depth > most {
            let message = format!("`filter` must not be over {most} filters deep");
            return Err(Failure::user(message));
        }
        budget.condition()?;
        Ok(Self { budget, all: Vec::new() })
    }

    /// A comparison with a column, which may be null if the comparison can ask for that.
    fn column(
        mut self,
        name: &'static str,
        filter: Option<impl ColumnFilter>,
    ) -> Result<Self, Failure> {
        for test in filter.map_or(Ok(vec![]), |filter| filter.tests(self.budget))? {
            self.budget.condition()?;
            self.all.push(test.on(name));
        }
        Ok(self)
    }

    /// A test of a column that is never null.
    fn test(mut self, name: &'static str, test: Option<Test>) -> Result<Self, Failure> {
        if let Some(test) = test {
            self.budget.condition()?;
            self.all.push(Filter::Column { name, nullable: false, test });
        }
        Ok(self)
    }

    fn also(mut self, filter: Option<Filter>) -> Result<Self, Failure> {
        if let Some(filter) = filter {
            self.budget.condition()?;
            self.all.push(filter);
        }
        Ok(self)
    }

    /// A filter of the row that foreign keys name, one after the other.
    fn parent<F: FilterInput, const STEPS: usize>(
        mut self,
        ways: [Way; STEPS],
        filter: Option<Box<F>>,
    ) -> Result<Self, Failure> {
        if let Some(filter) = filter {
            let filter = filter.compile(self.budget)?;
            self.all.push(along(&ways, filter));
        }
        Ok(self)
    }

    /// Filters of the rows that are related by these steps, one after the other.
    fn list<F: FilterInput, const STEPS: usize>(
        mut self,
        ways: [Way; STEPS],
        list: Option<impl Into<Listed<F>>>,
    ) -> Result<Self, Failure> {
        let Some(list) = list else {
            return Ok(self);
        };
        let list: Listed<F> = list.into();
        let some = |filter| along(&ways, filter);
        if let Some(filter) = list.some {
            self.all.push(some(filter.compile(self.budget)?));
        }
        if let Some(filter) = list.every {
            // There is none for which it does not hold.
            self.all.push(some(filter.compile(self.budget)?.negated()).negated());
        }
        if let Some(filter) = list.none {
            self.all.push(some(filter.compile(self.budget)?).negated());
        }
        Ok(self)
    }

    fn logic<F: FilterInput>(
        mut self,
        and: Option<Vec<F>>,
        or: Option<Vec<F>>,
        not: Option<Box<F>>,
    ) -> Result<Filter, Failure> {
        for filter in and.into_iter().flatten() {
            self.all.push(filter.compile(self.budget)?);
        }
        if let Some(or) = or {
            let any = or.into_iter().map(|filter| filter.compile(self.budget));
            self.all.push(Filter::Any(any.collect::<Result<_, _>>()?));
        }
        if let Some(not) = not {
            self.all.push(not.compile(self.budget)?.negated());
        }
        self.budget.depth -= 1;
        Ok(Filter::All(self.all))
    }
}

/// There is a row at the end of these ways for which `filter` holds.
fn along(ways: &[Way], filter: Filter) -> Filter {
    ways.iter().rev().fold(filter, |filter, way| Filter::Some(*way, Box::new(filter)))
}
