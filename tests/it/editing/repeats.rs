//! Requests that are sent again with their `Idempotency-Key`.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use packgrid::auth::{Role, Viewer, token};
use packgrid::clock;
use packgrid::config::{Config, Editing};
use packgrid::editing::commands::{CreateGrid, GridValues};
use packgrid::editing::idempotency::Retry;
use packgrid::editing::{Performed, Sent, perform};
use packgrid::http::Site;
use serde_json::{Value, json};

use super::table::{MUTATIONS, World, about};
use super::{Editors, id};
use crate::support::websocket::Client;
use crate::support::{Answer, App, Backend, Served, TestDatabase, on_both};

/// The body of a request with one mutation.
fn request(mutation: &str, input: &Value) -> Value {
    let name = format!("{}{}", mutation[..1].to_uppercase(), &mutation[1..]);
    let what = about(mutation);
    let query = format!(
        "mutation Edit($input: {name}Input!) {{ {mutation}(input: $input) {{ {what} {{ id revision }} \
         revision changedRows clientMutationId errors {{ code message path }} }} }}"
    );
    let query = if what == "change" { query.replace("id revision }", "id }") } else { query };
    json!({ "query": query, "variables": { "input": input } })
}

impl Editors {
    async fn keyed(&self, role: Role, key: &str, body: &Value) -> Answer {
        self.send(Some(role), &[("idempotency-key", key)], body).await
    }

    /// That nothing happens when this is sent, and that the answer is this one.
    async fn answers_again(&self, key: &str, body: &Value, first: &Answer) {
        let before = (self.revision().await, self.tables().await);
        let again = self.keyed(Role::Admin, key, body).await;
        assert_eq!(again.text(), first.text(), "{body}");
        assert_eq!(again.status, first.status, "{body}");
        assert_eq!((self.revision().await, self.tables().await), before, "{body}");
    }
}

/// The code of the only error of an answer.
fn code(answer: &Answer) -> Value {
    let mut json = answer.json();
    assert_eq!(json["errors"].as_array().map(Vec::len), Some(1), "{json}");
    json["errors"][0]["extensions"]["code"].take()
}

on_both! {
    /// Two requests with one key that have both been found new before either was made.
    async fn two_at_once_are_told_apart(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let viewer = Viewer { role: Role::Editor, key: Some("token:1".to_owned()), ..Viewer::default() };
        let make = async |request: &str, field: &str, title: &str| {
            let retry = Retry {
                owner: "token:1".to_owned(),
                key: "one".to_owned(),
                request: request.to_owned(),
                kept: 1_000_000_000,
            };
            let sent = Sent {
                viewer: &viewer,
                now: clock::now(),
                retry: Some(&retry),
                field,
                problems: &[],
                dry_run: false,
                deadline: Instant::now() + Duration::from_secs(60),
            };
            let values = GridValues { title: Some(Some(title.to_owned())), ..GridValues::default() };
            perform(&editors.app.database, sent, CreateGrid(values)).await.unwrap()
        };
        // As long as a document may have it.
        let long = "x".repeat(10_000);
        for field in ["it", &long] {
            let first = make("a", field, field.get(..9).unwrap_or(field)).await;
            assert!(matches!(&first, Performed::Done(outcome) if outcome.revision.is_some()));
            let same = make("a", field, "Something else").await;
            assert!(matches!((&first, &same), (Performed::Done(a), Performed::Done(b)) if a == b));
            for field in [field, "another"] {
                assert!(matches!(make("b", field, "Another").await, Performed::KeyReused));
            }
        }
    }

    async fn every_mutation_has_its_effect_once(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, _) in MUTATIONS {
            let world = World::new(&editors).await;
            let mut input = world.input(&editors, mutation).await;
            input["clientMutationId"] = json!("mine");
            let body = request(mutation, &input);
            let before = editors.revision().await;
            let first = editors.keyed(Role::Admin, mutation, &body).await;
            let payload = &first.json()["data"][mutation];
            assert_eq!(payload["revision"], (before + 1).to_string(), "{mutation}: {payload}");
            assert_eq!(payload["errors"], json!([]), "{mutation}");
            editors.answers_again(mutation, &body, &first).await;
            // Nor after others have changed what it was about.
            let place = json!({ "id": world.other, "repoWatchers": 5 });
            editors.edit(Role::Admin, "updatePackage", place, "").await;
            editors.edit(Role::Admin, "createGrid", json!({ "title": format!("After {mutation}") }), "").await;
            editors.answers_again(mutation, &body, &first).await;
        }
    }

    async fn after_a_restart(backend: Backend) {
        let mut editors = Editors::sample(backend).await;
        let body = request("createGrid", &json!({ "title": "Once" }));
        let first = editors.keyed(Role::Editor, "k", &body).await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.text());
        let grid = first.json()["data"]["createGrid"]["grid"]["id"].clone();
        editors.edit(Role::Moderator, "deleteGrid", json!({ "id": grid }), "").await;
        let revision = editors.revision().await;
        editors.app.database.close().await;
        let database = editors.app.test_database.open().await;
        editors.app.site = Site::new(database.clone(), Config::default()).unwrap();
        editors.app.database = database;
        let again = editors.keyed(Role::Editor, "k", &body).await;
        assert_eq!(again.text(), first.text());
        assert_eq!(editors.revision().await, revision);
    }

    async fn several_mutations_and_answers_with_errors(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let query = "mutation($title: String!) { a: createGrid(input: {title: $title}) { grid { id slug } revision errors { code } } \
            b: createGrid(input: {title: $title}) { grid { id } revision errors { code message path } } \
            c: createGrid(input: {title: \"Third\", dryRun: true}) { revision changedRows } \
            createGrid(input: {title: \"Fourth\"}) { revision grid { title revision } } }";
        let body = json!({ "query": query, "variables": { "title": "Once" } });
        let before = editors.revision().await;
        let first = editors.keyed(Role::Admin, "several", &body).await;
        let data = &first.json()["data"];
        assert_eq!(data["a"]["revision"], (before + 1).to_string());
        assert_eq!(data["b"]["errors"][0]["code"], "TAKEN");
        assert_eq!(data["createGrid"]["revision"], (before + 2).to_string());
        // Were it made now, the second would find nothing wrong.
        editors.edit(Role::Admin, "updateGrid", json!({ "id": data["a"]["grid"]["id"], "slug": "elsewhere" }), "").await;
        editors.answers_again("several", &body, &first).await;

        // What nobody may do, and what fits no type.
        let forbidden = body_of("mutation { createCategory(input: {title: \"X\"}) { revision } a: createGrid(input: {title: \"Fifth\"}) { revision } }");
        let first = editors.keyed(Role::Editor, "forbidden", &forbidden).await;
        assert_eq!(code(&first), "FORBIDDEN");
        let before = editors.revision().await;
        let again = editors.keyed(Role::Editor, "forbidden", &forbidden).await;
        assert_eq!((again.text(), again.status), (first.text(), first.status));
        assert_eq!(editors.revision().await, before);
        let wrong = body_of("mutation { createGrid(input: {title: 1}) { revision } }");
        let first = editors.keyed(Role::Editor, "unfit", &wrong).await;
        assert_eq!(editors.keyed(Role::Editor, "unfit", &wrong).await.text(), first.text());
    }

    async fn wrong_ids_are_kept_as_well(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let body = request("updateGrid", &json!({ "id": "x", "title": "T" }));
        let first = editors.keyed(Role::Admin, "wrong", &body).await;
        assert_eq!(first.json()["data"]["updateGrid"]["errors"][0]["code"], "NOT_FOUND");
        editors.answers_again("wrong", &body, &first).await;
    }

    async fn keys_of_other_requests(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let first = request("createGrid", &json!({ "title": "One" }));
        editors.keyed(Role::Editor, "k", &first).await;
        let before = editors.revision().await;
        let mut spaces = first.clone();
        spaces["query"] = json!(format!("{} ", first["query"].as_str().unwrap()));
        let named = json!({ "query": format!("{} query Other {{ viewer {{ role }} }}", first["query"].as_str().unwrap()), "operationName": "Edit", "variables": first["variables"] });
        for other in [request("createGrid", &json!({ "title": "Two" })), request("createFeature", &json!({ "gridId": "x", "title": "One" })), spaces, named] {
            let answer = editors.keyed(Role::Editor, "k", &other).await;
            assert_eq!(code(&answer), "IDEMPOTENCY_KEY_REUSED", "{other}");
            assert_eq!(editors.revision().await, before);
        }
        // Another token's key is its own, even of the same role; so is each in its own case.
        for (number, (role, key)) in [(Role::Moderator, "k"), (Role::Editor, "K"), (Role::Editor, "k ")].into_iter().enumerate() {
            let body = request("createGrid", &json!({ "title": format!("Number {number}") }));
            let answer = editors.keyed(role, key, &body).await;
            assert_eq!(answer.json()["data"]["createGrid"]["errors"], json!([]), "{role} {key:?}");
        }
        let made = token::create(&editors.app.database, "another", Role::Editor, None, clock::now()).await.unwrap();
        let sent = axum::http::Request::post("/graphql").header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", made.text)).header("idempotency-key", "k");
        let other = request("createGrid", &json!({ "title": "Another's" })).to_string();
        let answer = editors.app.send(sent.body(other.into()).unwrap()).await;
        assert_eq!(answer.json()["data"]["createGrid"]["errors"], json!([]), "{}", answer.text());
    }

    async fn keys_that_are_none(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let edit = request("createGrid", &json!({ "title": "One" }));
        let before = editors.revision().await;
        for key in ["", &"x".repeat(201), "ä"] {
            let answer = editors.keyed(Role::Editor, key, &edit).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{key:?}: {}", answer.text());
        }
        let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
        assert_eq!(editors.send(Some(Role::Editor), &twice, &edit).await.status, StatusCode::BAD_REQUEST);
        for key in [json!(""), json!(7), json!(["a"]), json!("x".repeat(201)), json!("ä"), json!("a\nb")] {
            let mut edit = edit.clone();
            edit["extensions"] = json!({ "idempotencyKey": key });
            let answer = editors.send(Some(Role::Editor), &[], &edit).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{key}: {}", answer.text());
        }
        assert_eq!(editors.revision().await, before);
        let longest = "x".repeat(200);
        let first = editors.keyed(Role::Admin, &longest, &edit).await;
        editors.answers_again(&longest, &edit, &first).await;
    }

    async fn without_a_key(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, .. } = World::new(&editors).await;
        for stars in [1, 2, 1] {
            let edit = request("updatePackage", &json!({ "id": package, "repoWatchers": stars }));
            let before = editors.revision().await;
            editors.send(Some(Role::Editor), &[], &edit).await;
            assert_eq!(editors.revision().await, before + 1);
        }
        // A key says nothing about queries.
        let query = json!({ "query": "{ directory { revision } }" });
        let first = editors.keyed(Role::Editor, "q", &query).await;
        editors.edit(Role::Editor, "createGrid", json!({ "title": "G" }), "").await;
        assert_ne!(editors.keyed(Role::Editor, "q", &query).await.text(), first.text());
        // Nobody has no keys, and no edits either.
        let edit = request("createGrid", &json!({ "title": "Nobody's" }));
        let answer = editors.send(None, &[("idempotency-key", "k")], &edit).await;
        assert_eq!(code(&answer), "FORBIDDEN");
    }

    async fn forgotten_after_a_while(backend: Backend) {
        let editing = Editing { idempotency_seconds: 1, ..Editing::default() };
        let config = Config { editing, ..Config::default() };
        let editors = Editors::of(App::configured(TestDatabase::sample(backend).await, config).await).await;
        let edit = request("createPackage", &json!({ "title": "Mine", "categoryId": id("Category", 1) }));
        let first = editors.keyed(Role::Editor, "k", &edit).await;
        assert_eq!(first.json()["data"]["createPackage"]["errors"], json!([]));
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        // It is done again, and finds what it did the first time.
        let again = editors.keyed(Role::Editor, "k", &edit).await;
        assert_eq!(again.json()["data"]["createPackage"]["errors"][0]["code"], "TAKEN");
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let other = request("createPackage", &json!({ "title": "Other", "categoryId": id("Category", 1) }));
        let other = editors.keyed(Role::Editor, "k", &other).await;
        assert_eq!(other.json()["data"]["createPackage"]["errors"], json!([]), "{}", other.text());
    }

    async fn two_at_once(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { grid, .. } = World::new(&editors).await;
        for turn in 0..5 {
            let edit = request("createFeature", &json!({ "gridId": grid, "title": format!("Once {turn}") }));
            let before = editors.revision().await;
            let key = format!("k{turn}");
            let (a, b, c) = tokio::join!(
                editors.keyed(Role::Editor, &key, &edit), editors.keyed(Role::Editor, &key, &edit), editors.keyed(Role::Editor, &key, &edit),
            );
            assert_eq!(editors.revision().await, before + 1);
            assert_eq!((a.text(), b.text()), (b.text(), c.text()));
        }
    }

    async fn over_websocket(backend: Backend) {
        let served = Served::start(backend, Config::default()).await;
        let made = token::create(&served.database, "ed", Role::Editor, None, clock::now()).await.unwrap();
        let bearer = format!("Bearer {}", made.text);
        let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("authorization", bearer.as_str())];
        let mut client = Client::open(&served, &headers).await.unwrap();
        client.send(json!({ "type": "connection_init" })).await;
        assert_eq!(client.next().await["type"], "connection_ack");
        let mut answers = Vec::new();
        for (number, key, title) in [("1", "k", "Once"), ("2", "k", "Once"), ("3", "other", "Once"), ("4", "k", "Twice")] {
            let mut payload = request("createGrid", &json!({ "title": title }));
            payload["extensions"] = json!({ "idempotencyKey": key });
            client.send(json!({ "type": "subscribe", "id": number, "payload": payload })).await;
            let answer = client.next().await;
            if answer["type"] == "next" {
                assert_eq!(client.next().await["type"], "complete");
            }
            answers.push(answer["payload"].clone());
        }
        assert_eq!(answers[0]["data"]["createGrid"]["errors"], json!([]));
        assert_eq!(answers[0].to_string(), answers[1].to_string());
        assert_eq!(answers[2]["data"]["createGrid"]["errors"][0]["code"], "TAKEN");
        assert!(answers[3].to_string().contains("IDEMPOTENCY_KEY_REUSED"), "{}", answers[3]);
        // Over HTTP it is the same key.
        let sent = axum::http::Request::post("/graphql").header("content-type", "application/json")
            .header("authorization", bearer).header("idempotency-key", "k");
        let site = Site::new(served.database.clone(), Config::default()).unwrap();
        let app = App { site, database: served.database.clone(), statements: served.database.record_statements(), test_database: TestDatabase::empty(Backend::Sqlite).await };
        let edit = request("createGrid", &json!({ "title": "Once" })).to_string();
        let answer = app.send(sent.body(edit.into()).unwrap()).await;
        assert_eq!(answer.json(), answers[0]);
    }
}

fn body_of(query: &str) -> Value {
    json!({ "query": query })
}
