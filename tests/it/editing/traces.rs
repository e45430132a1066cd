//! What imports leave in the history, and what it takes edits by.

use entity::{change, grid_package};
use packgrid::auth::Role;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::{Editors, id};
use crate::support::files::{Files, category, grid, package as record};
use crate::support::{App, Backend, on_both};

on_both! {
    /// Also where the row itself is what it was, and a cell or a release of it is not.
    async fn imports_of_what_belongs_to_it(backend: Backend) {
        let editors = Editors::of(App::empty(backend).await).await;
        let packages = json!([record(1, json!({"grids": [84]})), record(2, json!({"grids": [84]})), record(3, json!({}))]);
        let files = Files::new(json!([category(4, json!({}))]), json!([grid(84, json!({"packages": [1, 2]}))]), packages);
        let import = async |text: &str| {
            files.write("features.json", &json!([{"id": 1, "grid": 84, "title": "F"}, {"id": 2, "grid": 84, "title": "G"}]).to_string());
            files.write("elements.json", &json!([{"id": 1, "feature": 1, "package": 1, "text": text}]).to_string());
            files.write("versions.json", &json!([{"id": 1, "package": 3, "number": text}]).to_string());
            files.import(&editors.app.database).await.unwrap().revision
        };
        assert_eq!((import("yes").await, import("no").await), (1, 2));
        for (kind, number, told) in [
            ("Package", 1, 1), ("Package", 3, 1), ("Grid", 84, 1), ("Feature", 1, 1), ("Release", 1, 1),
            ("Package", 2, 0), ("Feature", 2, 0), ("Category", 4, 0),
        ] {
            let query = format!("{{ node(id: \"{}\") {{ ... on {kind} {{ history {{ totalCount }} }} }} }}", id(kind, number));
            let data = editors.app.data(&query).await;
            assert_eq!(data["node"]["history"]["totalCount"], told, "{kind} {number}");
        }
    }

    /// Nothing that comes in takes the id of a pairing that an editor may bring back.
    async fn pairings_that_have_gone(backend: Backend) {
        let editors = Editors::of(App::empty(backend).await).await;
        let files = |standing: &[i64]| {
            let packages = (1..=3).map(|id| {
                let grids = if standing.contains(&id) { json!([84]) } else { json!([]) };
                record(id, json!({ "grids": grids }))
            });
            Files::new(json!([category(4, json!({}))]), json!([grid(84, json!({"packages": standing}))]), packages.collect())
        };
        files(&[1, 2]).import(&editors.app.database).await.unwrap();
        let input = json!({ "gridId": id("Grid", 84), "packageIds": [id("Package", 2)] });
        editors.edit(Role::Editor, "removePackagesFromGrid", input, "").await;
        let change = editors.last_change().await;
        files(&[1, 2, 3]).import(&editors.app.database).await.unwrap();
        editors.edit(Role::Editor, "revert", json!({ "changeId": change }), "").await;
        let connection = editors.app.test_database.connect().await;
        let pairs = grid_package::Entity::find().order_by_asc(grid_package::Column::Id);
        let pairs = pairs.all(&connection).await.unwrap();
        let pairs: Vec<_> = pairs.iter().map(|pair| (pair.id, pair.package_id)).collect();
        assert_eq!(pairs, [(1, 1), (2, 2), (3, 3)]);
        connection.close().await.unwrap();
    }

    /// Names of tokens can be alike.
    async fn which_credential(backend: Backend) {
        let editors = Editors::sample(backend).await;
        editors.edit(Role::Editor, "createGrid", json!({ "title": "By a token" }), "").await;
        let connection = editors.app.test_database.connect().await;
        let last = change::Entity::find().filter(change::Column::Kind.eq("create_grid"));
        let change = last.one(&connection).await.unwrap().unwrap();
        let token = entity::token::Entity::find().filter(entity::token::Column::Name.eq("the editor"));
        let token = token.one(&connection).await.unwrap().unwrap();
        assert_eq!(change.credential, Some(format!("token:{}", token.id)));
        connection.close().await.unwrap();
    }
}
