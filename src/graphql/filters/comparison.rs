//! Comparisons of one column, by the type of what it holds.

use async_graphql::InputObject;

use super::Budget;
use crate::catalog::filter::{Filter, Test, Value};
use crate::graphql::errors::Failure;
use crate::graphql::scalars::{BigInt, DateTime};
use crate::graphql::types::{ChangeKind, DevelopmentStatus, PackageStatus, Support, Verdict};

/// What is asked of a column, to be turned into tests, all of which have to hold.
pub trait ColumnFilter {
    /// The tests that it comes to.
    fn tests(self, budget: &mut Budget) -> Result<Vec<ColumnTest>, Failure>;
}

/// A test of a column that is not named yet.
pub struct ColumnTest {
    test: Test,
    negated: bool,
    nullable: bool,
}

impl ColumnTest {
    /// The test of the column called `name`.
    pub fn on(self, name: &'static str) -> Filter {
        let filter = Filter::Column { name, nullable: self.nullable, test: self.test };
        if self.negated { filter.negated() } else { filter }
    }
}

/// A value of an argument, as columns are compared with it.
trait Comparable {
    fn value(self, budget: &mut Budget) -> Result<Value, Failure>;
}

impl Comparable for i32 {
    fn value(self, _: &mut Budget) -> Result<Value, Failure> {
        Ok(Value::Int(self.into()))
    }
}

impl Comparable for BigInt {
    fn value(self, _: &mut Budget) -> Result<Value, Failure> {
        Ok(Value::Int(self.0))
    }
}

impl Comparable for DateTime {
    fn value(self, _: &mut Budget) -> Result<Value, Failure> {
        Ok(Value::Int(self.0.0))
    }
}

impl Comparable for String {
    fn value(self, budget: &mut Budget) -> Result<Value, Failure> {
        budget.folded(&self).map(Value::Text)
    }
}

macro_rules! words {
    ($($enum:ident),*) => {$(
        impl Comparable for $enum {
            fn value(self, _: &mut Budget) -> Result<Value, Failure> {
                Ok(Value::Text(self.word().into()))
            }
        }
    )*};
}
words!(ChangeKind, DevelopmentStatus, PackageStatus, Support, Verdict);

fn listed<T: Comparable>(values: Vec<T>, budget: &mut Budget) -> Result<Test, Failure> {
    budget.values(values.len())?;
    Ok(Test::In(values.into_iter().map(|value| value.value(budget)).collect::<Result<_, _>>()?))
}

/// Filters with `eq`, `ne`, `in` and `notIn`, and after `ordered` also the four comparisons, after
/// `text` also three for parts of a text, and after `nullable` also `isNull`.
macro_rules! filters {
    ($(
        $(#[$meta:meta])*
        $name:ident($type:ty, $example:tt) $(ordered $lt:ident $lte:ident $gt:ident $gte:ident)?
            $(text $contains:ident $starts_with:ident $ends_with:ident)? $(nullable $is_null:ident)?;
    )*) => {$(
        $(#[$meta])*
        #[derive(InputObject)]
        pub struct $name {
            /// Equal to this. Example:
            #[doc = $example]
            pub eq: Option<$type>,
            /// Anything but this. Holds where nothing is known, too. Example:
            #[doc = $example]
            pub ne: Option<$type>,
            /// One of these; of none, nothing. At most 1,000 values in all of a filter. Example, one of:
            #[doc = $example]
            #[graphql(name = "in")]
            pub one_of: Option<Vec<$type>>,
            /// None of these. Holds where nothing is known, too. Example, one of:
            #[doc = $example]
            pub not_in: Option<Vec<$type>>,
            $(
                /// Less (earlier, before) than this. Example:
                #[doc = $example]
                pub $lt: Option<$type>,
                /// Less than this, or equal to it. Example:
                #[doc = $example]
                pub $lte: Option<$type>,
                /// Greater (later, after) than this. Example:
                #[doc = $example]
                pub $gt: Option<$type>,
                /// Greater than this, or equal to it. Example:
                #[doc = $example]
                pub $gte: Option<$type>,
            )?
            $(
                /// Contains this, whatever its case; `%` and `_` are taken literally. Example: `"rest"`
                pub $contains: Option<String>,
                /// Begins with this, whatever its case. Example: `"django-"`
                pub $starts_with: Option<String>,
                /// Ends with this, whatever its case. Example: `"-admin"`
                pub $ends_with: Option<String>,
            )?
            $(
                /// Whether nothing is known, which facets show as null. Example: `true`
                pub $is_null: Option<bool>,
            )?
        }

        impl ColumnFilter for $name {
            fn tests(self, budget: &mut Budget) -> Result<Vec<ColumnTest>, Failure> {
                let nullable = !concat!($(stringify!($is_null))?).is_empty();
                let mut tests = Vec::new();
                let mut push = |test: Test, negated| {
                    tests.push(ColumnTest { test, negated, nullable });
                };
                if let Some(value) = self.eq {
                    push(Test::Equal(value.value(budget)?), false);
                }
                if let Some(value) = self.ne {
                    push(Test::Equal(value.value(budget)?), true);
                }
                if let Some(values) = self.one_of {
                    push(listed(values, budget)?, false);
                }
                if let Some(values) = self.not_in {
                    push(listed(values, budget)?, true);
                }
                $(
                    if let Some(value) = self.$lt {
                        push(Test::Less(value.value(budget)?), false);
                    }
                    if let Some(value) = self.$lte {
                        push(Test::LessOrEqual(value.value(budget)?), false);
                    }
                    if let Some(value) = self.$gt {
                        push(Test::Greater(value.value(budget)?), false);
                    }
                    if let Some(value) = self.$gte {
                        push(Test::GreaterOrEqual(value.value(budget)?), false);
                    }
                )?
                $(
                    if let Some(text) = self.$contains {
                        push(Test::Contains(budget.folded(&text)?), false);
                    }
                    if let Some(text) = self.$starts_with {
                        push(Test::StartsWith(budget.folded(&text)?), false);
                    }
                    if let Some(text) = self.$ends_with {
                        push(Test::EndsWith(budget.folded(&text)?), false);
                    }
                )?
                $(
                    if let Some(null) = self.$is_null {
                        push(Test::Null, !null);
                    }
                )?
                Ok(tests)
            }
        }
    )*};
}
filters! {
    /// What holds for a text; its case, and its Unicode spelling, do not matter. All fields given
    /// have to hold; none may be null.
    TextFilter(String, "`\"wagtail\"`")
        ordered lt lte gt gte text contains starts_with ends_with;
    /// What holds for a text that may not be known; its case, and its Unicode spelling, do not
    /// matter. All fields given have to hold; none may be null.
    OptionalTextFilter(String, "`\"MIT\"`")
        ordered lt lte gt gte text contains starts_with ends_with nullable is_null;
    /// What holds for a whole number. All fields given have to hold; none may be null.
    IntFilter(i32, "`1000`") ordered lt lte gt gte;
    /// What holds for a whole number that may not be known. All fields given have to hold; none may
    /// be null.
    OptionalIntFilter(i32, "`1000`") ordered lt lte gt gte nullable is_null;
    /// What holds for a large whole number that may not be known. All fields given have to hold;
    /// none may be null.
    OptionalBigIntFilter(BigInt, "`\"100000\"`") ordered lt lte gt gte nullable is_null;
    /// What holds for a point in time. All fields given have to hold; none may be null.
    DateTimeFilter(DateTime, "`\"2026-01-01T00:00:00Z\"`") ordered lt lte gt gte;
    /// What holds for a point in time that may not be known. All fields given have to hold; none
    /// may be null.
    OptionalDateTimeFilter(DateTime, "`\"2026-01-01T00:00:00Z\"`")
        ordered lt lte gt gte nullable is_null;
    /// What holds for a large whole number. All fields given have to hold; none may be null.
    BigIntFilter(BigInt, "`\"42\"`") ordered lt lte gt gte;
    /// Which kind a change is of. All fields given have to hold; none may be null.
    ChangeKindFilter(ChangeKind, "`SET_CELLS`");
    /// Whether something is supported. All fields given have to hold; none may be null.
    SupportFilter(Support, "`YES`");
    /// Which status a package has. All fields given have to hold; none may be null.
    PackageStatusFilter(PackageStatus, "`ARCHIVED`");
    /// How far a release is. All fields given have to hold; none may be null.
    DevelopmentStatusFilter(DevelopmentStatus, "`STABLE`");
    /// What a cell says. All fields given have to hold; none may be null.
    VerdictFilter(Verdict, "`YES`");
}

/// Whether anything is known.
#[derive(InputObject)]
pub struct PresenceFilter {
    /// Whether nothing is known. Example: `false`
    pub is_null: Option<bool>,
}

impl ColumnFilter for PresenceFilter {
    fn tests(self, _: &mut Budget) -> Result<Vec<ColumnTest>, Failure> {
        let test = |null: bool| ColumnTest { test: Test::Blank, negated: !null, nullable: false };
        Ok(self.is_null.map(test).into_iter().collect())
    }
}
