//! Questions: a list, of some parents or of none, filtered and sorted, page by page; and whether an
//! answer is the one that the model gives.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value as Json, json};

use super::World;
use super::filters::{Maker, holds};
use super::model::Kind;
use super::orders::{self, Order, Position};

/// A field that is a list.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// The type that has the field; null for the query itself.
    pub parent: Option<Kind>,
    pub field: &'static str,
    pub of: Kind,
}

const fn list(parent: Option<Kind>, field: &'static str, of: Kind) -> List {
    List { parent, field, of }
}

/// Every list there is.
pub const LISTS: [List; 11] = [
    list(None, "packages", Kind::Package),
    list(None, "grids", Kind::Grid),
    list(None, "categories", Kind::Category),
    list(Some(Kind::Category), "packages", Kind::Package),
    list(Some(Kind::Category), "grids", Kind::Grid),
    list(Some(Kind::Grid), "packages", Kind::Package),
    list(Some(Kind::Grid), "features", Kind::Feature),
    list(Some(Kind::Package), "grids", Kind::Grid),
    list(Some(Kind::Package), "releases", Kind::Release),
    list(Some(Kind::Package), "replaces", Kind::Package),
    list(Some(Kind::Feature), "elements", Kind::Element),
];

/// A list with what is asked of it.
#[derive(Clone, Debug)]
pub struct Question {
    pub list: List,
    pub filter: Json,
    pub order: Json,
}

/// A part of a list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// How many at most; 20 if it is null.
    pub size: Option<usize>,
    pub backward: bool,
    pub after: Option<Cursor>,
    pub before: Option<Cursor>,
}

/// A cursor, and the place that it stands for.
#[derive(Clone, Debug)]
pub struct Cursor {
    pub text: String,
    pub at: Position,
}

/// The global id of an object.
pub fn global_id(kind: Kind, id: i64) -> String {
    BASE64.encode(format!("{kind:?}:{id}"))
}

/// A request, and where its answers are.
pub struct Request {
    pub query: String,
    pub variables: Json,
}

impl Question {
    /// A random one of `list`.
    pub fn random(world: &mut World, list: List, used: &mut BTreeSet<String>) -> Self {
        let World { model, schema, rng, .. } = world;
        let order = orders::random(list.of, schema, rng, used);
        let filtered = rng.u8(0..6) > 0;
        let mut maker = Maker { model, schema, rng, used };
        let filter = if filtered { maker.filter(list.of) } else { Json::Null };
        Self { list, filter, order }
    }

    /// A random one of `list` for which, most likely, something is found.
    pub fn random_hit(world: &mut World, list: List, used: &mut BTreeSet<String>) -> Self {
        for _ in 0..4 {
            let question = Self::random(world, list, used);
            let ids = world.model.table(list.of).keys();
            if ids.into_iter().any(|id| question.holds(world, *id)) {
                return question;
            }
        }
        Self::random(world, list, used)
    }

    fn holds(&self, world: &World, id: i64) -> bool {
        self.filter.is_null() || holds(&world.model, &world.schema, self.list.of, id, &self.filter)
    }

    pub fn sorted_by(&self) -> Order {
        Order::of(self.list.of, &self.order)
    }

    pub fn position(&self, world: &World, id: i64) -> Position {
        self.sorted_by().position(&world.model, self.list.of, id)
    }

    /// The whole list of a parent, as the model has it.
    pub fn whole(&self, world: &World, parent: Option<i64>) -> Vec<Position> {
        let ids: Vec<i64> = match (self.list.parent, parent) {
            (Some(kind), Some(id)) => world.model.related(kind, id, self.list.field).1,
            _ => world.model.table(self.list.of).keys().copied().collect(),
        };
        let ids = ids.into_iter().filter(|id| self.holds(world, *id));
        let mut positions: Vec<Position> = ids.map(|id| self.position(world, id)).collect();
        let order = self.sorted_by();
        positions.sort_by(|one, other| order.compare(one, other));
        positions
    }

    /// A request for a page of each of some parents (null: of no parent).
    pub fn pages(&self, pages: &[(Option<i64>, Page)]) -> Request {
        let parts = pages.iter().enumerate().map(|(number, (parent, page))| {
            let list = self.field(page, "");
            match (self.list.parent, parent) {
                (Some(kind), Some(id)) => {
                    let id = global_id(kind, *id);
                    format!(
                        "l{number}: node(id: \"{id}\") {{ ... on {kind:?} {{ list: {list} }} }}"
                    )
                }
                _ => format!("l{number}: {list}"),
            }
        });
        self.request(&parts.collect::<Vec<_>>().join(" "))
    }

    /// A request for the same page of each of some parents.
    pub fn same_page(&self, parents: &[i64], page: &Page) -> Request {
        self.request_of(self.list.parent.unwrap(), parents, &self.field(page, ""))
    }

    /// A request for a list, as `field` spells it, of each of some parents.
    pub fn request_of(&self, kind: Kind, parents: &[i64], field: &str) -> Request {
        let ids: Vec<String> = parents.iter().map(|id| global_id(kind, *id)).collect();
        self.request(&format!(
            "nodes(ids: {}) {{ ... on {kind:?} {{ list: {field} }} }}",
            json!(ids)
        ))
    }

    /// The list's field with its arguments, and what is selected of it.
    pub fn field(&self, page: &Page, beside: &str) -> String {
        let mut arguments = vec!["filter: $filter".to_owned(), "orderBy: $order".to_owned()];
        if let Some(size) = page.size {
            let count = if page.backward { "last" } else { "first" };
            arguments.push(format!("{count}: {size}"));
        }
        for (name, cursor) in [("after", &page.after), ("before", &page.before)] {
            arguments.extend(cursor.as_ref().map(|cursor| format!("{name}: \"{}\"", cursor.text)));
        }
        format!(
            "{}({}) {{ totalCount nodes {{ number }} edges {{ cursor node {{ number }} }} pageInfo \
             {{ hasNextPage hasPreviousPage startCursor endCursor }} {beside} }}",
            self.list.field,
            arguments.join(", ")
        )
    }

    /// A request of these fields.
    pub fn request(&self, fields: &str) -> Request {
        let query = format!(
            "query($filter: {}, $order: [{}!]) {{ {fields} }}",
            self.list.of.filter(),
            orders::input(self.list.of)
        );
        let variables = json!({ "filter": self.filter, "order": self.order });
        Request { query, variables }
    }

    /// Whether an answer is the page of `whole` that was asked for. Gives the entries' cursors.
    pub fn check(&self, whole: &[Position], page: &Page, answer: &Json, at: &str) -> Vec<Cursor> {
        let order = self.sorted_by();
        let after = |position: &&Position| match &page.after {
            Some(after) => order.compare(position, &after.at).is_gt(),
            None => true,
        };
        let before = |position: &&Position| match &page.before {
            Some(before) => order.compare(position, &before.at).is_lt(),
            None => true,
        };
        let range: Vec<&Position> = whole.iter().filter(after).filter(before).collect();
        let size = page.size.unwrap_or(20);
        let beyond = range.len().saturating_sub(size);
        let expected =
            if page.backward { &range[beyond..] } else { &range[..range.len() - beyond] };
        let ids: Vec<i64> = expected.iter().map(|position| position.id).collect();

        let numbers = |list: &Json, of: fn(&Json) -> &Json| -> Vec<i64> {
            list.as_array()
                .unwrap()
                .iter()
                .map(|item| of(item)["number"].as_i64().unwrap())
                .collect()
        };
        assert_eq!(numbers(&answer["nodes"], |node| node), ids, "nodes\n{at}");
        assert_eq!(numbers(&answer["edges"], |edge| &edge["node"]), ids, "edges\n{at}");
        assert_eq!(answer["totalCount"], whole.len(), "totalCount\n{at}");
        let cursors: Vec<Cursor> = answer["edges"]
            .as_array()
            .unwrap()
            .iter()
            .zip(expected)
            .map(|(edge, position)| Cursor {
                text: edge["cursor"].as_str().unwrap().to_owned(),
                at: (*position).clone(),
            })
            .collect();
        let (next, previous) = match page.backward {
            true => (page.before.is_some(), beyond > 0),
            false => (beyond > 0, page.after.is_some()),
        };
        let info = json!({
            "hasNextPage": next,
            "hasPreviousPage": previous,
            "startCursor": cursors.first().map(|cursor| &cursor.text),
            "endCursor": cursors.last().map(|cursor| &cursor.text),
        });
        assert_eq!(answer["pageInfo"], info, "{at}");
        cursors
    }
}

impl World {
    /// The data of the answer to `request`, and what tells of it when it is not the right one.
    pub async fn ask(&self, request: &Request) -> (Json, String) {
        let Request { query, variables } = request;
        let at = format!("PACKGRID_PROPERTY_SEED={}\n{query}\n{variables}", self.seed);
        let mut answer = self.app.answer(query, variables.clone()).await;
        assert!(answer.get("errors").is_none(), "{:#}\n{at}", answer["errors"]);
        (answer["data"].take(), at)
    }

    /// Up to `count` parents that a list may have.
    pub fn parents(&mut self, list: List, count: usize) -> Vec<i64> {
        let kind = list.parent.unwrap();
        let all: Vec<i64> = self.model.table(kind).keys().copied().collect();
        self.rng.choose_multiple(all, count)
    }
}
