//! The arguments of lists.

use std::sync::Arc;

use async_graphql::{Context, ServerResult};

use super::context::Listing;
use super::errors::Failure;
use super::filters::{self, FilterInput};
use super::orders::{self, OrderInput};
use crate::catalog::page::{ListQuery, Page, SortKey};
use crate::catalog::{Listable, Relation, cursor, with_id};
use crate::config::Limits;

/// Entries of a page when neither `first` nor `last` says otherwise.
pub const DEFAULT_SIZE: i32 = 20;

/// Entries of a page at most.
pub const MAX_SIZE: i32 = 100;

/// The arguments that every connection takes.
pub struct ListArguments<F, O> {
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
    /// In a box: it is large, and is held once for each parent while a batch waits.
    pub filter: Option<Box<F>>,
    pub order_by: Option<Vec<O>>,
}

impl<F: FilterInput, O: OrderInput> ListArguments<F, O> {
    /// What the field that `ctx` is about is given, for whoever asks in its stead.
    pub fn of(ctx: &Context<'_>) -> ServerResult<Self> {
        Ok(Self {
            first: ctx.param_value("first", None)?.1,
            after: ctx.param_value("after", None)?.1,
            last: ctx.param_value("last", None)?.1,
            before: ctx.param_value("before", None)?.1,
            filter: ctx.param_value("filter", None)?.1,
            order_by: ctx.param_value("orderBy", None)?.1,
        })
    }

    /// What is asked of a list of children.
    pub fn of_children<R: Relation>(self, limits: &Limits) -> Listing {
        self.query::<R::Child>(R::list(), R::order(), R::SORTED, R::driven, limits)
    }

    /// What is asked of the list called `name`, which is sorted by `order` unless asked otherwise,
    /// and then by columns of the table with the alias `sorted`, or by what `driven` makes of them;
    /// and the mark of its cursors.
    pub fn query<E: Listable>(
        self,
        name: &str,
        order: Vec<SortKey>,
        sorted: &'static str,
        driven: fn(SortKey) -> SortKey,
        limits: &Limits,
    ) -> Listing {
        let (size, backward) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                return Err(Failure::user("`first` and `last` cannot be used together"));
            }
            (None, Some(last)) => (size("last", last)?, true),
            (Some(first), None) => (size("first", first)?, false),
            (None, None) => (size("first", DEFAULT_SIZE)?, false),
        };
        let (order, mark) = match self.order_by.filter(|keys| !keys.is_empty()) {
            None => {
                let order = with_id::<E>(order);
                // Cursors of a list in its own order carry the list's name alone.
                (order, name.to_owned())
            }
            Some(keys) => {
                let order = with_id::<E>(orders::keys(&keys, sorted)?);
                let mark = cursor::mark(name, &order);
                (order, mark)
            }
        };
        let position = |argument: &str, cursor: &Option<String>| {
            let decode = |cursor: &String| {
                cursor::decode(cursor, &mark, &order)
                    .map_err(|error| Failure::user(format!("`{argument}` cannot be used: {error}")))
            };
            cursor.as_ref().map(decode).transpose()
        };
        let (after, before) = (position("after", &self.after)?, position("before", &self.before)?);
        let filter = filters::compile(self.filter, limits)?;
        let page = Page { size, backward, after, before };
        let order = order.into_iter().map(driven).collect();
        Ok((Arc::new(ListQuery::new(filter, order, page)), mark.into()))
    }
}

/// How many of a list that has no pages backward are wanted: `first`, from 0 to `most`.
pub fn first(first: Option<i32>, default: i32, most: i32) -> Result<usize, Failure> {
    let first = first.unwrap_or(default);
    usize::try_from(first)
        .ok()
        .filter(|_| first <= most)
        .ok_or_else(|| Failure::user(format!("`first` is from 0 to {most}, and is {first}")))
}

fn size(name: &str, value: i32) -> Result<u32, Failure> {
    match u32::try_from(value) {
        Err(_) => Err(Failure::user(format!("`{name}` must not be negative"))),
        Ok(_) if value > MAX_SIZE => {
            Err(Failure::user(format!("`{name}` must not be over {MAX_SIZE}, and is {value}")))
        }
        Ok(size) => Ok(size),
    }
}
