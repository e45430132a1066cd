//! What was called otherwise before: packages that were merged, and whatever was renamed.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures_util::StreamExt;
use packgrid::auth::Role;
use serde_json::{Value, json};
use tokio::time::timeout;
use tower::ServiceExt;

use super::table::make;
use super::{Editors, id};
use crate::support::files::{Files, category, grid, package};
use crate::support::{App, Backend, TestDatabase, on_both};

/// What the tests rename: type, field of the schema, slug in the sample, list of the REST API.
const RENAMED: [(&str, &str, &str, Option<&str>); 3] = [
    ("Package", "package", "django-queued-storage", Some("packages")),
    ("Grid", "grid", "admin", Some("grids")),
    ("Category", "category", "apps", None),
];

impl Editors {
    /// The slug of what answers to a slug.
    async fn answers(&self, field: &str, slug: &str) -> Value {
        let query = format!("{{ {field}(slug: \"{slug}\") {{ slug }} }}");
        self.app.data(&query).await[field]["slug"].take()
    }

    /// The id of what has a slug.
    async fn id_of(&self, field: &str, slug: &str) -> Value {
        let query = format!("{{ {field}(slug: \"{slug}\") {{ id }} }}");
        self.app.data(&query).await[field]["id"].take()
    }

    /// Gives a slug to a package, grid or category, and tells the id of the change.
    async fn rename(&self, of: &str, id: &Value, slug: &str) -> String {
        self.change(&format!("update{of}"), json!({ "id": id, "slug": slug })).await
    }
}

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

        // Who comes after leads on, too.
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

    async fn what_was_renamed_answers_to_its_old_slug(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (of, field, slug, list) in RENAMED {
            let thing = editors.id_of(field, slug).await;
            let before = editors.app.data(&format!("{{ {field}(slug: \"{slug}\") {{ title }} }}")).await;
            editors.rename(of, &thing, "second").await;
            editors.rename(of, &thing, "third").await;
            for known in [slug, "second", "third"] {
                assert_eq!(editors.answers(field, known).await, "third", "{known}");
            }
            assert_eq!(editors.answers(field, "fourth").await, Value::Null);
            let query = format!("{{ {field}(slug: \"{slug}\") {{ title }} }}");
            assert_eq!(editors.app.data(&query).await, before);
            let Some(list) = list else {
                continue;
            };
            for (path, location) in [
                (format!("{slug}/"), "third/"),
                ("second/".to_owned(), "third/"),
                (format!("{slug}.json"), "third.json"),
                (format!("{slug}.api/"), "third.api/"),
                (format!("{slug}/?format=json&x=1"), "third/?format=json&x=1"),
            ] {
                let answer = editors.app.get(&format!("/api/v4/{list}/{path}")).await;
                assert_eq!(answer.status, StatusCode::MOVED_PERMANENTLY, "{path}");
                assert_eq!(answer.header("location"), format!("/api/v4/{list}/{location}"), "{path}");
            }
            assert_eq!(editors.app.get(&format!("/api/v4/{list}/third/")).await.status, StatusCode::OK);
            assert_eq!(editors.app.get(&format!("/api/v4/{list}/fourth/")).await.status, StatusCode::NOT_FOUND);
        }
        let data = editors.app.data("{ packageBy(key: { slug: \"django-queued-storage\" }) { slug } }").await;
        assert_eq!(data["packageBy"]["slug"], "third");
        // A slug of one kind is none of another.
        assert_eq!(editors.answers("grid", "django-queued-storage").await, Value::Null);
        assert_eq!(editors.answers("package", "apps").await, Value::Null);
    }

    async fn a_slug_in_use_goes_before_an_old_one(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (of, field, slug, _) in RENAMED {
            let thing = editors.id_of(field, slug).await;
            editors.rename(of, &thing, "moved").await;
            let mut input = json!({ "title": "Taker", "slug": slug });
            if of == "Package" {
                input["categoryId"] = json!(id("Category", 1));
            }
            let taker = json!(make(&editors, &format!("create{of}"), input).await);
            assert_eq!(editors.id_of(field, slug).await, taker);
            // Of those who had it, it leads to the one who had it last.
            editors.rename(of, &taker, "taker").await;
            assert_eq!(editors.answers(field, slug).await, "taker");
            assert_eq!(editors.answers(field, "moved").await, "moved");
            editors.edit(Role::Admin, &format!("delete{of}"), json!({ "id": taker }), "").await;
            assert_eq!(editors.answers(field, slug).await, "moved");
            assert_eq!(editors.answers(field, "taker").await, Value::Null);
        }
    }

    async fn renaming_back_and_undoing_a_rename_keep_every_slug(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (of, field, slug, list) in RENAMED {
            let thing = editors.id_of(field, slug).await;
            let renamed = editors.rename(of, &thing, "another").await;
            let undone = editors.undo(&renamed).await;
            assert_eq!((editors.answers(field, slug).await, editors.answers(field, "another").await), (json!(slug), json!(slug)));
            let again = editors.undo(&undone).await;
            assert_eq!((editors.answers(field, slug).await, editors.answers(field, "another").await), (json!("another"), json!("another")));
            editors.undo(&again).await;
            editors.rename(of, &thing, "another").await;
            editors.rename(of, &thing, slug).await;
            assert_eq!((editors.answers(field, slug).await, editors.answers(field, "another").await), (json!(slug), json!(slug)));
            if let Some(list) = list {
                // No circle: the slug that it has is no old one.
                assert_eq!(editors.app.get(&format!("/api/v4/{list}/{slug}/")).await.status, StatusCode::OK);
                let answer = editors.app.get(&format!("/api/v4/{list}/another/")).await;
                assert_eq!(answer.header("location"), format!("/api/v4/{list}/{slug}/"));
            }
        }
    }

    /// Who renames something may take that back, too.
    async fn an_editor_undoes_a_rename(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let input = json!({ "id": id("Package", 683), "slug": "other" });
        editors.edit(Role::Editor, "updatePackage", input, "").await;
        let change = editors.last_change().await;
        editors.edit(Role::Editor, "revert", json!({ "changeId": change }), "").await;
        assert_eq!(editors.answers("package", "other").await, "django-queued-storage");
    }

    async fn deleting_forgets_old_slugs_and_undoing_that_brings_them_back(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (of, field, ..) in RENAMED {
            let mut input = json!({ "title": "Gone", "slug": "first" });
            if of == "Package" {
                input["categoryId"] = json!(id("Category", 1));
            }
            let thing = json!(make(&editors, &format!("create{of}"), input).await);
            editors.rename(of, &thing, "second").await;
            let gone = editors.change(&format!("delete{of}"), json!({ "id": thing })).await;
            assert_eq!(editors.answers(field, "first").await, Value::Null);
            editors.undo(&gone).await;
            assert_eq!(editors.answers(field, "first").await, "second");
        }
    }

    async fn old_slugs_lead_on_through_renames_and_merges(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let mut made = Vec::new();
        for slug in ["a", "b", "c"] {
            let input = json!({ "title": slug, "slug": slug, "categoryId": id("Category", 1) });
            made.push(json!(make(&editors, "createPackage", input).await));
        }
        editors.rename("Package", &made[0], "a2").await;
        let merged = editors.change("mergePackages", json!({ "packageId": made[0], "intoId": made[1] })).await;
        editors.rename("Package", &made[1], "b2").await;
        editors.change("mergePackages", json!({ "packageId": made[1], "intoId": made[2] })).await;
        let second = editors.last_change().await;
        editors.rename("Package", &made[2], "c2").await;
        for slug in ["a", "a2", "b", "b2", "c", "c2"] {
            assert_eq!(editors.answers("package", slug).await, "c2", "{slug}");
            let answer = editors.app.get(&format!("/api/v4/packages/{slug}/")).await;
            assert_eq!(answer.header("location"), if slug == "c2" { "" } else { "/api/v4/packages/c2/" }, "{slug}");
        }
        // A slug that led to a merged package may be taken, and the package is still found by its number.
        let number = editors.app.data("{ package(slug: \"a\") { number } }").await["package"]["number"].clone();
        let taken = editors.rename("Package", &json!(id("Package", 683)), "a2").await;
        assert_eq!(editors.answers("package", "a2").await, "a2");
        let former: i64 = 1_000_000;
        let found = editors.app.data(&format!("{{ packageBy(key: {{ number: {former} }}) {{ number }} }}")).await;
        assert_eq!(found["packageBy"]["number"], number);
        editors.conflicts(&merged, "").await;
        editors.undo(&taken).await;
        // Whoever had it last before.
        assert_eq!(editors.answers("package", "a2").await, "django-queued-storage");
        editors.undo(&second).await;
        for (slug, expected) in [("a", "b2"), ("b", "b2"), ("b2", "b2"), ("c", "c2")] {
            assert_eq!(editors.answers("package", slug).await, expected, "{slug}");
        }
        editors.undo(&merged).await;
        for (slug, expected) in [("a", "a2"), ("a2", "a2"), ("b", "b2"), ("c", "c2")] {
            assert_eq!(editors.answers("package", slug).await, expected, "{slug}");
        }
    }

    async fn a_subscription_finds_what_was_renamed_by_its_old_slug(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (of, field, slug, _) in &RENAMED[..2] {
            let thing = editors.id_of(field, slug).await;
            editors.rename(of, &thing, "moved").await;
            let query = format!("subscription {{ {field}Changed(slug: \"{slug}\", since: \"1\") {{ {field} {{ slug }} }} }}");
            let request = Request::post("/graphql")
                .header("content-type", "application/json")
                .header("accept", "text/event-stream")
                .body(Body::from(json!({ "query": query }).to_string()));
            let response = editors.app.site.router.clone().oneshot(request.unwrap()).await.unwrap();
            let mut events = response.into_body().into_data_stream();
            let event = timeout(Duration::from_secs(30), events.next()).await.unwrap().unwrap().unwrap();
            let event = std::str::from_utf8(&event).unwrap();
            assert!(event.contains("{\"slug\":\"moved\"}"), "{event}");
        }
    }

    async fn a_dry_run_and_an_edit_that_is_refused_make_no_alias(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (of, field, slug, _) in RENAMED {
            let thing = editors.id_of(field, slug).await;
            let input = json!({ "id": thing, "slug": "dry", "dryRun": true });
            editors.edit(Role::Admin, &format!("update{of}"), input, "").await;
            let input = json!({ "id": thing, "slug": "dry", "title": "" });
            editors.errors(Role::Admin, &format!("update{of}"), input).await;
            assert_eq!(editors.answers(field, slug).await, slug);
            assert_eq!(editors.answers(field, "dry").await, Value::Null);
        }
    }

    async fn what_an_import_renames_answers_to_its_old_slug(backend: Backend) {
        let app = App::on(TestDatabase::empty(backend).await).await;
        let editors = Editors::of(app).await;
        let import = async |package_slugs: [&str; 2], grid_slug: &str, category_slug: &str| {
            let slugs = package_slugs.into_iter().zip([1, 2]);
            let packages: Vec<Value> = slugs.map(|(slug, number)| package(number, json!({ "slug": slug, "grids": [] }))).collect();
            let grids = json!([grid(84, json!({ "slug": grid_slug }))]);
            let categories = json!([category(4, json!({ "slug": category_slug }))]);
            Files::new(categories, grids, json!(packages)).import(&editors.app.database).await.unwrap();
        };
        import(["one", "two"], "grid", "category").await;
        import(["uno", "two"], "grid-2", "category-2").await;
        for (field, old, new) in [("package", "one", "uno"), ("grid", "grid", "grid-2"), ("category", "category", "category-2")] {
            assert_eq!(editors.answers(field, old).await, new);
        }
        let answer = editors.app.get("/api/v4/packages/one/").await;
        assert_eq!(answer.header("location"), "/api/v4/packages/uno/");
        // Two that change places each have their own; back again, everybody has what they had.
        import(["two", "uno"], "grid", "category").await;
        for (slug, expected) in [("two", "two"), ("uno", "uno"), ("one", "two")] {
            assert_eq!(editors.answers("package", slug).await, expected);
        }
        assert_eq!((editors.answers("grid", "grid").await, editors.answers("grid", "grid-2").await), (json!("grid"), json!("grid")));
        import(["one", "two"], "grid", "category").await;
        for (slug, expected) in [("one", "one"), ("two", "two"), ("uno", "two")] {
            assert_eq!(editors.answers("package", slug).await, expected);
        }
        // And it is no row of a merged package that imports would leave out.
        let input = json!({ "id": id("Package", 1), "title": "Edited" });
        editors.edit(Role::Editor, "updatePackage", input, "").await;
        import(["once", "two"], "grid", "category").await;
        assert_eq!(editors.answers("package", "one").await, "once");
    }
}
