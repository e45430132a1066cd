//! Who may make which edit.

use packgrid::auth::Role;
use serde_json::{Value, json};

use super::Editors;
use super::table::{MUTATIONS, World, described};
use crate::support::{Backend, on_both};

#[test]
fn every_mutation_says_who_may_make_it_and_is_in_the_table() {
    for (name, description) in described() {
        let known = MUTATIONS.iter().find(|(known, _)| *known == name);
        let (_, role) = known.unwrap_or_else(|| panic!("{name} is in no table"));
        let states = format!("Needs the role `{}`", role.as_str().to_uppercase());
        assert!(description.contains(&states), "{name}: {description}");
    }
    assert_eq!(described().len(), MUTATIONS.len());
}

on_both! {
    async fn those_below_are_refused_and_write_nothing(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, least) in MUTATIONS {
            let world = World::new(&editors).await;
            let input = world.input(&editors, mutation).await;
            let before = editors.tables().await;
            let below = Role::ALL.into_iter().filter(|role| *role < least);
            for role in std::iter::once(None).chain(below.map(Some)) {
                let answer = editors.answer(role, mutation, input.clone(), "").await;
                let what = format!("{mutation} by {role:?}: {answer:#}");
                assert_eq!(answer["data"], json!({ "it": null }), "{what}");
                assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{what}");
                let error = &answer["errors"][0];
                assert_eq!(error["extensions"]["code"], "FORBIDDEN", "{what}");
                assert_eq!(error["path"], json!(["it"]), "{what}");
                let names = least.as_str().to_uppercase();
                assert!(error["message"].as_str().unwrap().contains(&names), "{what}");
            }
            assert_eq!(editors.tables().await, before, "{mutation}");
        }
    }

    async fn who_may_and_those_above(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, least) in MUTATIONS {
            for role in Role::ALL.into_iter().filter(|role| *role >= least) {
                let world = World::new(&editors).await;
                let input = world.input(&editors, mutation).await;
                let before = editors.revision().await;
                let payload = editors.edit(role, mutation, input, "").await;
                let next = (before + 1).to_string();
                assert_eq!(payload["revision"], next, "{mutation} by {role}: {payload}");
                assert_ne!(payload["changedRows"], 0, "{mutation} by {role}: {payload}");
            }
        }
    }

    /// Who may undo something is who may do the opposite.
    async fn undoing(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, _) in MUTATIONS {
            let least = match mutation {
                "createCategory" | "updateCategory" | "deleteCategory" => Role::Admin,
                "updatePackage" | "deprecatePackage" | "undeprecatePackage" | "updateGrid"
                | "updateFeature" | "updateRelease" | "setCells" | "addPackagesToGrid"
                | "removePackagesFromGrid" | "revert" => Role::Editor,
                _ => Role::Moderator,
            };
            let world = World::new(&editors).await;
            let input = world.input(&editors, mutation).await;
            editors.edit(Role::Admin, mutation, input, "").await;
            // Also when the undoing is undone, and that again.
            for _ in 0..3 {
                let input = json!({ "changeId": editors.last_change().await });
                for role in [Role::Editor, Role::Moderator].into_iter().filter(|role| *role < least) {
                    let errors = editors.errors(role, "revert", input.clone()).await;
                    let error = &errors[0];
                    assert!(error.starts_with("FORBIDDEN input.changeId: "), "{mutation}: {error}");
                    assert!(error.contains(least.as_str()), "{mutation}: {error}");
                }
                editors.edit(least, "revert", input, "").await;
            }
        }
    }

    /// A request of several edits makes those that its sender may make.
    async fn several_at_once(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let query = "mutation { a: createGrid(input: {title: \"A\"}) { revision } \
            b: createCategory(input: {title: \"B\"}) { revision } \
            c: createGrid(input: {title: \"C\"}) { revision } }";
        let body = json!({ "query": query });
        let answer = editors.send(Some(Role::Editor), &[], &body).await.json();
        assert_eq!(answer["data"]["b"], Value::Null, "{answer}");
        assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer}");
        let (a, c) = (&answer["data"]["a"]["revision"], &answer["data"]["c"]["revision"]);
        let number = |text: &Value| text.as_str().unwrap().parse::<i64>().unwrap();
        assert_eq!(number(a) + 1, number(c), "{answer}");
    }
}
