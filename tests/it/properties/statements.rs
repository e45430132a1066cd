//! Whatever is asked of nested lists, a level is a statement.

use std::collections::BTreeSet;

use super::directory::Shape;
use super::model::Kind;
use super::question::{LISTS, List, Page, Question};
use super::{World, seeds};
use crate::support::{Backend, on_both};

/// Questions for each directory.
const QUESTIONS: usize = 60;

/// Where the parents of a list are found, with the place of how many, and the levels that takes.
fn above(list: List) -> Option<(&'static str, usize)> {
    match list.parent? {
        Kind::Package => Some(("packages(first: @) { nodes {", 1)),
        Kind::Grid => Some(("grids(first: @) { nodes {", 1)),
        Kind::Category => Some(("categories(first: @) { nodes {", 1)),
        Kind::Feature => Some((
            "grids(first: @, orderBy: { field: PACKAGES, direction: DESC }, \
             filter: { features: { some: {} } }) { nodes { features(first: 2) { nodes {",
            2,
        )),
        Kind::Element | Kind::Release => None,
    }
}

on_both! {
    /// The same statements, word for word, for 1, 10 and 31 parents.
    async fn statements_do_not_depend_on_width(backend: Backend) {
        let nested: Vec<List> = LISTS.into_iter().filter(|list| list.parent.is_some()).collect();
        let mut used = BTreeSet::new();
        for seed in seeds(2) {
            let mut world = World::of(seed, backend, Shape { packages: 60, grids: 60 }).await;
            for number in 0..QUESTIONS {
                let list = nested[number % nested.len()];
                let question = Question::random(&mut world, list, &mut used);
                let (above, levels) = above(list).unwrap();
                // What a facet's own objects take depends on whether there are any.
                let (beside, facets) = match list.of {
                    Kind::Package => ("facets { licenses { count } statuses { count } totals { forks } }", 3),
                    _ => ("", 0),
                };
                let (size, backward) = (Some(world.rng.usize(1..4)), world.rng.bool());
                let field = question.field(&Page { size, backward, ..Page::default() }, beside);
                let mut lists: Vec<Vec<String>> = Vec::new();
                for parents in ["1", "10", "31"] {
                    let close = " }".repeat(2 * levels);
                    let fields = format!("{} list: {field}{close}", above.replace('@', parents));
                    world.app.statements.take();
                    let (_, at) = world.ask(&question.request(&fields)).await;
                    // Those of one level are under way together, in no order.
                    let mut statements = world.app.statements.take();
                    statements.sort();
                    // The page, and the count of all.
                    assert_eq!(statements.len(), levels + 2 + facets, "{statements:#?}\n{at}");
                    if let Some(first) = lists.first() {
                        assert_eq!(&statements, first, "{at}");
                    }
                    lists.push(statements);
                }
            }
        }
    }
}
