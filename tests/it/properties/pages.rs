//! Walking the pages gives exactly the list.

use std::collections::BTreeSet;

use super::directory::Shape;
use super::question::{Cursor, LISTS, List, Page, Question};
use super::{World, seeds};
use crate::support::{App, Backend, on_both};

/// Questions for each directory and test.
const QUESTIONS: usize = 90;

/// Asks for page after page of each parent's list until all lists have ended. Gives the cursors of
/// all entries that were seen.
async fn walk(world: &mut World, question: &Question, parents: &[Option<i64>]) -> Vec<Cursor> {
    let backward = world.rng.bool();
    let mut seen = Vec::new();
    let mut open: Vec<(Option<i64>, Option<Cursor>)> =
        parents.iter().map(|parent| (*parent, None)).collect();
    while !open.is_empty() {
        let mut pages = Vec::new();
        let mut wholes = Vec::new();
        for (parent, cursor) in open.drain(..) {
            let whole = question.whole(world, parent);
            // Half a dozen pages each, of other sizes each time.
            let size = Some(world.rng.usize(whole.len() / 6 + 1..=whole.len() / 3 + 2));
            let (after, before) = if backward { (None, cursor) } else { (cursor, None) };
            pages.push((parent, Page { size, backward, after, before }));
            wholes.push(whole);
        }
        let (data, at) = world.ask(&question.pages(&pages)).await;
        for (number, ((parent, page), whole)) in pages.iter().zip(&wholes).enumerate() {
            let answer = &data[format!("l{number}")];
            let answer = if parent.is_some() { &answer["list"] } else { answer };
            let cursors = question.check(whole, page, answer, &at);
            // What was checked already to be what the model says.
            let more = if backward { "hasPreviousPage" } else { "hasNextPage" };
            if answer["pageInfo"][more] == true {
                let end = if backward { cursors.first() } else { cursors.last() };
                open.push((*parent, Some(end.unwrap().clone())));
            }
            seen.extend(cursors);
        }
    }
    seen
}

/// A random part of a list, between two places or from or to one of them.
fn range(world: &mut World, cursors: &[Cursor]) -> Page {
    let rng = &mut world.rng;
    let mut end = || match rng.u8(0..4) {
        0 => None,
        _ => rng.choice(cursors).cloned(),
    };
    let (after, before) = (end(), end());
    let size = (rng.u8(0..5) > 0).then(|| rng.usize(0..=12));
    Page { size, backward: size.is_some() && rng.bool(), after, before }
}

on_both! {
    async fn walking_the_pages_gives_the_list(backend: Backend) {
        let mut used = BTreeSet::new();
        let (mut asked, mut telling, mut schema) = (0, 0, None);
        for seed in seeds(3) {
            let mut world = World::of(seed, backend, Shape::small(seed)).await;
            for number in 0..QUESTIONS {
                let list = LISTS[number % LISTS.len()];
                let question = Question::random_hit(&mut world, list, &mut used);
                let parents: Vec<Option<i64>> = match list.parent {
                    Some(_) => {
                        let count = world.rng.usize(1..=4);
                        world.parents(list, count).into_iter().map(Some).collect()
                    }
                    None => vec![None],
                };
                let cursors = walk(&mut world, &question, &parents).await;
                asked += 1;
                let all = world.model.table(list.of).len();
                telling += usize::from(!cursors.is_empty() && cursors.len() < all);
                let (parent, page) = (parents[0], range(&mut world, &cursors));
                let whole = question.whole(&world, parent);
                let (data, at) = world.ask(&question.pages(&[(parent, page.clone())])).await;
                let answer = if parent.is_some() { &data["l0"]["list"] } else { &data["l0"] };
                question.check(&whole, &page, answer, &at);
            }
            schema = Some(world.schema);
        }
        assert!(2 * telling > asked, "most lists are a part of what there is: {telling} of {asked}");
        if asked >= 3 * QUESTIONS {
            let all = schema.unwrap().everything();
            let missing: Vec<&String> = all.difference(&used).collect();
            assert!(missing.is_empty(), "never asked: {missing:#?}");
        }
    }

    /// Many lists in one request, each cut at the same places.
    async fn pages_of_many_parents(backend: Backend) {
        let nested: Vec<List> = LISTS.into_iter().filter(|list| list.parent.is_some()).collect();
        let mut used = BTreeSet::new();
        for seed in seeds(3) {
            let mut world = World::of(seed, backend, Shape::small(seed)).await;
            for number in 0..QUESTIONS / 3 {
                let list = nested[number % nested.len()];
                let question = Question::random(&mut world, list, &mut used);
                let parents = world.parents(list, 31);
                // Places of all that may come, as a list of the same order tells them.
                let all = Question { filter: serde_json::Value::Null, ..question.clone() };
                let page = Page { size: Some(25), ..Page::default() };
                let (data, at) = world.ask(&all.same_page(&parents, &page)).await;
                let mut cursors = Vec::new();
                for (index, parent) in parents.iter().enumerate() {
                    let whole = all.whole(&world, Some(*parent));
                    cursors.extend(all.check(&whole, &page, &data["nodes"][index]["list"], &at));
                }
                for _ in 0..3 {
                    let page = range(&mut world, &cursors);
                    let (data, at) = world.ask(&question.same_page(&parents, &page)).await;
                    for (index, parent) in parents.iter().enumerate() {
                        let whole = question.whole(&world, Some(*parent));
                        question.check(&whole, &page, &data["nodes"][index]["list"], &at);
                    }
                }
            }
        }
    }

    /// No list is forgotten above.
    async fn every_list_is_asked(backend: Backend) {
        let app = App::sample(backend).await;
        let query = "{ __schema { types { name fields { name args { name } } } } }";
        let schema = app.data(query).await;
        let mut lists = BTreeSet::new();
        for kind in schema["__schema"]["types"].as_array().unwrap() {
            for field in kind["fields"].as_array().into_iter().flatten() {
                if field["args"].as_array().unwrap().iter().any(|argument| argument["name"] == "orderBy") {
                    let name = |of: &serde_json::Value| of["name"].as_str().unwrap().to_owned();
                    lists.insert((name(kind), name(field)));
                }
            }
        }
        // What was changed is not of the model's world: `editing/history.rs` asks for that.
        lists.retain(|(_, field)| field != "history");
        let ours = LISTS.map(|list| {
            let parent = list.parent.map_or("Query".to_owned(), |kind| format!("{kind:?}"));
            (parent, list.field.to_owned())
        });
        assert_eq!(lists, BTreeSet::from(ours));
    }
}
