//! What holds for the rows of a list, as a tree: comparisons of columns, their combinations, and
//! what holds for rows related to them.
//!
//! Every test is true or false, never unknown: a comparison with a column that is null is false,
//! and `Not` turns that into true. Values are bound, so a statement's text follows from the shape
//! of the tree alone.

use std::hash::{Hash, Hasher};

use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, Func, IntoIden, JoinType, LikeExpr, Query};

use super::keys::among;
use crate::database::PlanMode;

/// What `char::is_whitespace` takes for white space: what the schema shows as null for being blank
/// is blank for filters, too.
const BLANKS: &str = "\t\n\u{B}\u{C}\r \u{85}\u{A0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\
    \u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}";

/// What holds for a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All of these; of none, always.
    All(Vec<Filter>),
    /// At least one of these; of none, never.
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Column {
        name: &'static str,
        nullable: bool,
        test: Test,
    },
    /// There is a related row for which it holds.
    Some(Way, Box<Filter>),
}

/// What holds for the value of a column. Text is compared bytewise, with a folded column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    Null,
    /// Null, or nothing but blanks.
    Blank,
    Equal(Value),
    In(Vec<Value>),
    Less(Value),
    LessOrEqual(Value),
    Greater(Value),
    GreaterOrEqual(Value),
    Contains(Box<str>),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    Int(i64),
    Bool(bool),
    Text(Box<str>),
}

/// A way from a row to rows related to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// To the row of `table` whose id is in `column`.
    Parent { column: &'static str, nullable: bool, table: &'static str },
    /// To the rows of `table` that have this row's id in `column`.
    Children { table: &'static str, column: &'static str },
    /// To rows of `table` by the rows of `pairing`, which have this row's id in `here` and that of
    /// the other in `there`.
    Paired { pairing: &'static str, here: &'static str, there: &'static str, table: &'static str },
}

impl Hash for Filter {
    /// Of the outermost kind only: filters are parts of keys, of which there is one for each parent,
    /// and can be long. Those of one field are one in memory, and so quickly found equal.
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
    }
}

impl Filter {
    /// Holds always.
    pub fn always() -> Self {
        Self::All(vec![])
    }

    /// Holds never.
    pub fn never() -> Self {
        Self::Any(vec![])
    }

    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Not(filter) => *filter,
            filter => Self::Not(Box::new(filter)),
        }
    }

    /// Whether it is likely to hold for few rows: it names them, by id or by text.
    fn names_few(&self) -> bool {
        match self {
            Self::All(filters) => filters.iter().any(Self::names_few),
            Self::Any(filters) => filters.iter().all(Self::names_few),
            Self::Not(_) => false,
            Self::Some(_, filter) => filter.names_few(),
            Self::Column { name, test, .. } => {
                let names = *name == "id" || name.ends_with("_folded");
                let few = matches!(
                    test,
                    Test::Equal(_)
                        | Test::In(_)
                        | Test::Contains(_)
                        | Test::StartsWith(_)
                        | Test::EndsWith(_)
                );
                names && few
            }
        }
    }

    /// How a statement is planned that may have a filter. How many rows match decides where a plan
    /// begins, and only the filter's values tell that.
    pub(super) fn plan_mode(filter: Option<&Self>) -> PlanMode {
        if filter.is_some() { PlanMode::ByValue } else { PlanMode::Generic }
    }

    /// The condition on the row of the table with the alias `table`.
    pub(super) fn condition(&self, table: &str, backend: DbBackend) -> Expr {
        Compiler { backend, depth: 0, positive: true }.condition(self, table)
    }
}

#[derive(Clone, Copy)]
struct Compiler {
    backend: DbBackend,
    /// How many subqueries this is in; tables are named by it.
    depth: usize,
    /// Whether this is under an even number of `Not`s.
    positive: bool,
}

impl Compiler {
    fn condition(self, filter: &Filter, table: &str) -> Expr {
        match filter {
            Filter::All(filters) => filters
                .iter()
                .map(|filter| self.condition(filter, table))
                .reduce(Expr::and)
                .unwrap_or_else(|| truth(true)),
            Filter::Any(filters) => filters
                .iter()
                .map(|filter| self.condition(filter, table))
                .reduce(Expr::or)
                .unwrap_or_else(|| truth(false)),
            Filter::Not(filter) => {
                Self { positive: !self.positive, ..self }.condition(filter, table).not()
            }
            Filter::Column { name, nullable, test } => {
                let column = col(table, name);
                let holds = self.test(column.clone(), test);
                // Unknown would not become true by NOT.
                match test {
                    Test::Null | Test::Blank => holds,
                    _ if *nullable => column.is_not_null().and(holds),
                    _ => holds,
                }
            }
            Filter::Some(way, filter) => self.related(*way, filter, table),
        }
    }

    fn test(self, column: Expr, test: &Test) -> Expr {
        match test {
            Test::Null => column.is_null(),
            Test::Blank => {
                // Without a second argument databases trim spaces and nothing else.
                let trim = Func::cust("trim").arg(column.clone()).arg(BLANKS);
                column.is_null().or(Expr::expr(trim).eq(""))
            }
            Test::Equal(value) => column.eq(literal(value)),
            Test::In(values) => among(column, values, self.backend),
            Test::Less(value) => column.lt(literal(value)),
            Test::LessOrEqual(value) => column.lte(literal(value)),
            Test::Greater(value) => column.gt(literal(value)),
            Test::GreaterOrEqual(value) => column.gte(literal(value)),
            Test::Contains(text) => column.like(like(&format!("%{}%", escaped(text)))),
            Test::StartsWith(text) => match successor(text) {
                // A range, which an index knows.
                Some(end) => column.clone().gte(text.as_ref()).and(column.lt(end)),
                None => column.gte(text.as_ref()),
            },
            Test::EndsWith(text) => column.like(like(&format!("%{}", escaped(text)))),
        }
    }

    /// As the set of rows that have such a relation, where SQLite is to begin with it because it
    /// will be small; as a test of each row otherwise. (PostgreSQL turns the one into the other as it
    /// sees fit, but not what stands under NOT, where a set may be too large for its memory.)
    fn related(self, way: Way, filter: &Filter, table: &str) -> Expr {
        let as_set = self.backend != DbBackend::Postgres && self.positive && filter.names_few();
        let inner = Self { depth: self.depth + 1, ..self };
        let (other, pairing) = (format!("f{}", self.depth), format!("fp{}", self.depth));
        let (here, there) = match way {
            Way::Parent { column, .. } => (col(table, column), col(&other, "id")),
            Way::Children { column, .. } => (col(table, "id"), col(&other, column)),
            Way::Paired { here, .. } => (col(table, "id"), col(&pairing, here)),
        };
        let mut select = Query::select();
        match way {
            Way::Parent { table, .. } | Way::Children { table, .. } => {
                select.from_as(table, other.clone());
            }
            Way::Paired { pairing: through, there, table, .. } => {
                select.from_as(through, pairing.clone());
                if !matches!(filter, Filter::All(filters) if filters.is_empty()) {
                    let joined = col(&other, "id").eq(col(&pairing, there));
                    select.join_as(JoinType::InnerJoin, table, other.clone(), joined);
                }
            }
        }
        if !matches!(filter, Filter::All(filters) if filters.is_empty()) {
            select.and_where(inner.condition(filter, &other));
        }
        let known =
            matches!(way, Way::Parent { nullable: true, .. }).then(|| here.clone().is_not_null());
        let holds = if as_set {
            here.in_subquery(select.expr(there).to_owned())
        } else {
            select.expr(Expr::val(1)).and_where(there.eq(here));
            if self.backend != DbBackend::Postgres {
                // SQLite 3.51 turns EXISTS into a join and loses conditions of one within another;
                // not where there is a limit.
                select.limit(1);
            }
            Expr::exists(select)
        };
        match known {
            Some(known) => known.and(holds),
            None => holds,
        }
    }
}

fn col(table: &str, column: &'static str) -> Expr {
    Expr::col((table.to_owned().into_iden(), column.into_iden()))
}

/// A condition of no parameters: SQLite has no type of truth values to bind one as.
fn truth(holds: bool) -> Expr {
    Expr::cust(if holds { "1 = 1" } else { "1 = 0" })
}

pub(super) fn literal(value: &Value) -> Expr {
    match value {
        Value::Int(value) => Expr::val(*value),
        Value::Bool(value) => Expr::val(*value),
        Value::Text(text) => Expr::val(text.as_ref()),
    }
}

fn like(pattern: &str) -> LikeExpr {
    LikeExpr::new(pattern).escape('\\')
}

/// The text as LIKE takes it literally.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// The least text, bytewise, that is greater than every text that begins with `prefix`; null when
/// there is none.
fn successor(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = match last {
            '\u{D7FF}' => Some('\u{E000}'),
            last => char::from_u32(u32::from(last) + 1),
        };
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{BLANKS, escaped, successor};

    #[test]
    fn blanks_are_all_white_space() {
        let white: String = ('\0'..=char::MAX).filter(|c| c.is_whitespace()).collect();
        assert_eq!(BLANKS, white);
    }

    #[test]
    fn successors() {
        for (prefix, next) in [
            ("a", Some("b")),
            ("az", Some("a{")),
            ("\u{D7FF}", Some("\u{E000}")),
            ("a\u{10FFFF}", Some("b")),
            ("\u{10FFFF}", None),
            ("", None),
        ] {
            assert_eq!(successor(prefix).as_deref(), next, "{prefix:?}");
        }
    }

    #[test]
    fn wildcards_are_literal() {
        assert_eq!(escaped("50% off_\\"), "50\\% off\\_\\\\");
    }
}
