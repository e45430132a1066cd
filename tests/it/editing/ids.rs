//! Ids of what is made here: what comes in leaves room for them, and they end where GraphQL's do.

use packgrid::auth::Role;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::{Editors, id};
use crate::support::files::{Files, package, problem};
use crate::support::{App, Backend, on_both};

on_both! {
    async fn records_leave_room(backend: Backend) {
        let editors = Editors::of(App::empty(backend).await).await;
        let files = Files::of_packages(json!([package(2_000_000_001, json!({}))]));
        let said = problem(&files, &editors.app.database).await;
        assert!(said.ends_with("id is 2000000001; ids are from 1 to 2000000000"), "{said}");
        let files = Files::of_packages(json!([package(2_000_000_000, json!({}))]));
        files.import(&editors.app.database).await.unwrap();
        let input = json!({ "title": "Made", "slug": "made" });
        let made = editors.edit(Role::Editor, "createGrid", input, "grid { number }").await;
        assert_eq!(made["grid"]["number"], 2_000_000_001);
    }

    async fn there_is_a_last_one(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let connection = editors.app.test_database.connect().await;
        connection.execute_unprepared("UPDATE directory SET next_id = 2147483647").await.unwrap();
        let input = json!({ "title": "The last", "slug": "last" });
        let made = editors.edit(Role::Editor, "createGrid", input, "grid { number }").await;
        assert_eq!(made["grid"]["number"], i32::MAX);
        for dry_run in [true, false] {
            let input = json!({ "title": "One more", "slug": "more", "dryRun": dry_run });
            let errors = editors.errors(Role::Editor, "createGrid", input).await;
            assert_eq!(errors, ["INVALID input: No id is left for it: they end at 2147483647"]);
        }
        // What takes no id goes on.
        let input = json!({ "id": id("Grid", i64::from(i32::MAX)), "title": "The very last" });
        editors.edit(Role::Editor, "updateGrid", input, "").await;
    }
}
