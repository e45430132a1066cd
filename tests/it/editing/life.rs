//! A package's life, from its making to its coming back.

use packgrid::auth::Role;
use serde_json::json;

use super::{Editors, id};
use crate::support::{Backend, on_both};

on_both! {
    async fn from_the_beginning_to_the_end(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let input = json!({
            "title": " Django  Nothing ", "categoryId": id("Category", 1),
            "repoUrl": "git@github.com:Nobody/django-nothing.git", "pypiUrl": "Django-Nothing",
            "clientMutationId": "7",
        });
        let made = editors
            .edit(Role::Editor, "createPackage", input, "package { id number slug title repoUrl pypiUrl revision editedFields score }")
            .await;
        assert_eq!(made, json!({
            "package": {
                "id": id("Package", 1_000_000), "number": 1_000_000, "slug": "django-nothing",
                "title": "Django  Nothing", "repoUrl": "https://github.com/Nobody/django-nothing",
                "pypiUrl": "https://pypi.org/project/Django-Nothing/", "revision": "2",
                "editedFields": [], "score": null,
            },
            "revision": "2", "changedRows": 1, "clientMutationId": "7", "errors": [],
        }));
        let package = id("Package", 1_000_000);
        let input = json!({ "id": package, "repoDescription": "nothing at all", "expectedRevision": "2" });
        editors.edit(Role::Editor, "updatePackage", input, "").await;
        let found = editors.app.data("{ search(query: \"nothing\") { totalCount nodes { ... on Package { slug } } } \
            package(slug: \"django-nothing\") { history(first: 1) { totalCount nodes { kind by role rows { of fate values { field before after } } } } } }").await;
        assert_eq!(found["search"], json!({ "totalCount": 1, "nodes": [{ "slug": "django-nothing" }] }));
        let value = json!({ "field": "repoDescription", "before": "", "after": "nothing at all" });
        let row = json!({ "of": "PACKAGE", "fate": "CHANGED", "values": [value] });
        let change = json!({ "kind": "UPDATE_PACKAGE", "by": "the editor", "role": "EDITOR", "rows": [row] });
        assert_eq!(found["package"]["history"]["totalCount"], 2);
        assert_eq!(found["package"]["history"]["nodes"], json!([change]));
        editors.edit(Role::Moderator, "deletePackage", json!({ "id": package }), "deletedId").await;
        let gone = editors.app.data("{ package(slug: \"django-nothing\") { title } history(first: 1) { nodes { id kind } } }").await;
        assert_eq!(gone["package"], json!(null));
        let change = gone["history"]["nodes"][0]["id"].clone();
        editors.edit(Role::Moderator, "revert", json!({ "changeId": change }), "change { kind }").await;
        let back = editors.app.data("{ package(slug: \"django-nothing\") { repoDescription number } }").await;
        assert_eq!(back["package"], json!({ "repoDescription": "nothing at all", "number": 1_000_000 }));
    }
}
