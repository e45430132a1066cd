//! What a package was called that was merged into another.

use axum::http::StatusCode;
use packgrid::auth::Role;
use serde_json::{Value, json};

use super::{Editors, id};
use crate::support::{Backend, on_both};

on_both! {
    async fn former_names_lead_on(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let two = editors.app.data("{ packages(first: 2, filter: { slug: { ne: \"django-queued-storage\" } }) { nodes { id number slug } } }").await;
        let (other, third) = (&two["packages"]["nodes"][0], &two["packages"]["nodes"][1]);
        let (slug, number) = (other["slug"].as_str().unwrap(), other["number"].as_i64().unwrap());
        let input = json!({ "packageId": other["id"], "intoId": id("Package", 683) });
        let merged = editors.edit(Role::Moderator, "mergePackages", input, "package { slug }").await;
        assert_eq!(merged["package"]["slug"], "django-queued-storage");

        let query = format!("{{ a: package(slug: \"{slug}\") {{ number }} b: packageBy(key: {{ slug: \"{slug}\" }}) {{ number }} \
            c: packageBy(key: {{ number: {number} }}) {{ number }} d: package(slug: \"nobody\") {{ number }} }}");
        let found = editors.app.data(&query).await;
        for field in ["a", "b", "c"] {
            assert_eq!(found[field]["number"], 683, "{field}");
        }
        assert_eq!(found["d"], Value::Null);

        for (path, location) in [
            (format!("{slug}/"), "/api/v4/packages/django-queued-storage/"),
            (format!("{number}/"), "/api/v4/packages/django-queued-storage/"),
            (format!("{slug}.json"), "/api/v4/packages/django-queued-storage.json"),
            (format!("{slug}/?format=json&x=1"), "/api/v4/packages/django-queued-storage/?format=json&x=1"),
        ] {
            let answer = editors.app.get(&format!("/api/v4/packages/{path}")).await;
            assert_eq!(answer.status, StatusCode::MOVED_PERMANENTLY, "{path}");
            assert_eq!(answer.header("location"), location, "{path}");
            assert_eq!(answer.header("etag"), "", "{path}");
        }
        let without_slash = editors.app.get(&format!("/api/v4/packages/{slug}")).await;
        assert_eq!(without_slash.header("location"), format!("/api/v4/packages/{slug}/"));

        // Nobody else may be called so; who comes after leads on, too.
        let input = json!({ "id": third["id"], "slug": slug });
        let errors = editors.errors(Role::Editor, "updatePackage", input).await;
        assert_eq!(errors, [format!("TAKEN input.slug: The slug \"{slug}\" leads to the package \"django-queued-storage\", which another one was merged into")]);
        let input = json!({ "packageId": id("Package", 683), "intoId": third["id"] });
        editors.edit(Role::Moderator, "mergePackages", input, "").await;
        let found = editors.app.data(&query).await;
        assert_eq!(found["a"]["number"], third["number"]);
        let answer = editors.app.get(&format!("/api/v4/packages/{slug}/")).await;
        assert_eq!(answer.header("location"), format!("/api/v4/packages/{}/", third["slug"].as_str().unwrap()));
    }

    /// What would take a name along that leads to it stays.
    async fn who_has_an_heir_is_needed(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let make = async |title: &str| {
            let input = json!({ "title": title, "categoryId": id("Category", 1) });
            let made = editors.edit(Role::Editor, "createPackage", input, "package { id }").await;
            let data = editors.app.data("{ history(first: 1) { nodes { id } } }").await;
            (made["package"]["id"].clone(), data["history"]["nodes"][0]["id"].clone())
        };
        let (one, _) = make("one").await;
        let (two, creation) = make("two").await;
        editors.edit(Role::Moderator, "mergePackages", json!({ "packageId": one, "intoId": two }), "").await;
        let errors = editors.errors(Role::Moderator, "revert", json!({ "changeId": creation })).await;
        assert_eq!(errors, ["CONFLICT input.changeId: There are packages that were merged into it now that would go with it"]);
        let found = editors.app.data("{ package(slug: \"one\") { id } }").await;
        assert_eq!(found["package"]["id"], two);
    }
}
