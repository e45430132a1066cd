//! Each way of asking over HTTP: who is asking, and what a wrong credential comes to.

use axum::body::Body;
use axum::http::Request;
use packgrid::auth::{Role, token};
use packgrid::clock;
use packgrid::config::{Config, Graphql, Limits, Rate};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::provider::{Provider, Signer, at, claims};
use super::{bearer, make};
use crate::support::{Answer, App, Backend, TestDatabase, on_both};

const VIEWER: &str = "{ viewer { name role } }";

/// The ways of asking, each with a request for `query`, which may be no GraphQL.
const WAYS: [&str; 8] =
    ["post", "post graphql-response", "get", "head", "batch", "events", "events by get", "no body"];

fn request(way: &str, query: &str) -> Request<Body> {
    let body = json!({ "query": query });
    let post = || Request::post("/graphql").header("content-type", "application/json");
    let mut address = url::Url::parse("http://x/graphql").unwrap();
    address.query_pairs_mut().append_pair("query", query);
    let path = format!("/graphql?{}", address.query().unwrap());
    let json = |body: Value| Body::from(body.to_string());
    match way {
        "post" => post().body(json(body)),
        "post graphql-response" => {
            post().header("accept", "application/graphql-response+json").body(json(body))
        }
        "get" => Request::get(path).body(Body::empty()),
        "head" => Request::head(path).body(Body::empty()),
        "batch" => post().body(json(json!([body, body]))),
        "events" => post().header("accept", "text/event-stream").body(json(body)),
        "events by get" => {
            Request::get(path).header("accept", "text/event-stream").body(Body::empty())
        }
        "no body" => post().body(Body::from("no JSON")),
        other => panic!("{other}"),
    }
    .unwrap()
}

async fn ask(app: &App, way: &str, query: &str, credentials: &[&str]) -> Answer {
    let mut request = request(way, query);
    for credential in credentials {
        request.headers_mut().append("authorization", credential.parse().unwrap());
    }
    app.send(request).await
}

async fn batching(backend: Backend) -> App {
    let limits = Limits { batch: 5, ..Limits::default() };
    App::with(TestDatabase::sample(backend).await, limits).await
}

on_both! {
    async fn the_viewer(backend: Backend) {
        let app = batching(backend).await;
        let nobody = json!({"name": null, "role": "READER"});
        assert_eq!(app.data(VIEWER).await["viewer"], nobody);
        for role in Role::ALL {
            let made = make(&app.database, role).await;
            let expected = json!({
                "name": format!("the {role}"), "role": role.to_string().to_uppercase(),
            });
            for way in ["post", "post graphql-response", "get"] {
                let answer = ask(&app, way, VIEWER, &[&bearer(&made.text)]).await;
                assert_eq!(answer.json(), json!({"data": {"viewer": expected}}), "{way}");
            }
            let batch = ask(&app, "batch", VIEWER, &[&bearer(&made.text)]).await.json();
            let one = json!({"data": {"viewer": expected}});
            assert_eq!(batch, json!([one, one]));
            for way in ["events", "events by get"] {
                let answer = ask(&app, way, VIEWER, &[&bearer(&made.text)]).await;
                assert!(answer.text().contains(&one.to_string()), "{}", answer.text());
            }
        }
    }

    /// Who shows a wrong credential is not taken for nobody; nothing is parsed, nothing executed.
    async fn a_wrong_credential(backend: Backend) {
        let app = batching(backend).await;
        let made = make(&app.database, Role::Editor).await;
        let right = bearer(&made.text);
        let gone = make(&app.database, Role::Editor).await;
        token::revoke(&app.database, gone.id, clock::now()).await.unwrap();
        let (gone, wrong) = (bearer(&gone.text), format!("{right}x"));
        for way in WAYS {
            for credentials in [
                &[gone.as_str()][..], &[&wrong], &[""], &["Bearer"], &["Basic eDp5"], &["Bearer a.b.c"],
                &[&right, &right], &[&right, &wrong], &["", &right],
            ] {
                for query in [VIEWER, "{ grids { totalCount } }", "no GraphQL {"] {
                    app.statements.take();
                    let answer = ask(&app, way, query, credentials).await;
                    assert_eq!(answer.status, 401, "{way} {credentials:?}");
                    assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"");
                    assert_eq!(answer.header("cache-control"), "no-store");
                    let expected = match way {
                        "post graphql-response" => "application/graphql-response+json; charset=utf-8",
                        _ => "application/json; charset=utf-8",
                    };
                    assert_eq!(answer.header("content-type"), expected);
                    if way != "head" {
                        let answer = answer.json();
                        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
                        assert_eq!(answer.as_object().unwrap().len(), 1, "no data");
                    }
                    let read = app.statements.take();
                    assert!(read.iter().all(|it| it.contains("token")), "{read:?}");
                }
            }
        }
        // What is no text at all.
        let mut request = request("post", VIEWER);
        let value = axum::http::HeaderValue::from_bytes(b"Bearer \xff").unwrap();
        request.headers_mut().insert("authorization", value);
        assert_eq!(app.send(request).await.status, 401);
    }

    async fn caches(backend: Backend) {
        for (setting, private) in [
            ("no-cache", "private, no-cache"),
            ("public, max-age=60, s-maxage=600", "private, max-age=60"),
            ("", "private"),
        ] {
            let graphql = Graphql { cache_control: setting.to_owned(), ..Graphql::default() };
            let config = Config { graphql, ..Config::default() };
            let app = App::configured(TestDatabase::sample(backend).await, config).await;
            let credential = bearer(&make(&app.database, Role::Editor).await.text);
            let query = "{ grids { totalCount } }";
            let nobody = ask(&app, "get", query, &[]).await;
            assert_eq!(nobody.header("cache-control"), setting);
            let known = ask(&app, "get", query, &[&credential]).await;
            assert_eq!(known.header("cache-control"), private);
            assert_eq!(known.header("etag"), nobody.header("etag"));
            for answer in [&nobody, &known] {
                let vary = answer.headers.get_all("vary").iter();
                assert!(vary.into_iter().any(|it| it.to_str().unwrap().contains("authorization")));
            }
            for (credentials, expected) in [(&[][..], setting), (&[credential.as_str()], private)] {
                let mut request = request("get", query);
                request.headers_mut().insert("if-none-match", nobody.header("etag").parse().unwrap());
                for credential in credentials {
                    request.headers_mut().insert("authorization", credential.parse().unwrap());
                }
                let answer = app.send(request).await;
                assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (304, expected));
                assert!(answer.header("vary").contains("authorization"));
            }
            // It is about who asks.
            for query in [VIEWER, "{ me: viewer { role } }", "{ ...A } fragment A on Query { viewer { role } }"] {
                for credentials in [&[][..], &[credential.as_str()]] {
                    let answer = ask(&app, "get", query, credentials).await;
                    assert_eq!((answer.header("etag"), answer.header("cache-control")), ("", "no-store"));
                }
            }
        }
    }

    /// The clients of the old REST API show whatever they like, as they always could.
    async fn the_rest_api_does_not_look(backend: Backend) {
        let app = App::sample(backend).await;
        let request = Request::get("/api/v4/grids/84/").header("authorization", "Token x");
        assert_eq!(app.send(request.body(Body::empty()).unwrap()).await.status, 200);
    }

    async fn pages_of_other_sites_may_show_one(backend: Backend) {
        let mut config = Config::default();
        config.cors.origins = vec!["https://front.example".to_owned()];
        let app = App::configured(TestDatabase::sample(backend).await, config).await;
        let preflight = Request::options("/graphql")
            .header("origin", "https://front.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        let answer = app.send(preflight.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-headers"), "authorization,content-type");
    }

    /// Looking at a credential is paid for by the address that shows it.
    async fn the_rate(backend: Backend) {
        let config = Config { rate: Rate { per_second: 1, burst: 50 }, ..Config::default() };
        let app = App::configured(TestDatabase::sample(backend).await, config).await;
        let mut seen = vec![];
        for _ in 0..3 {
            seen.push(ask(&app, "post", VIEWER, &["Bearer pgt_1_x"]).await.status.as_u16());
        }
        assert_eq!(seen, [401, 401, 429]);
    }

    async fn a_jwt(backend: Backend) {
        let signer = Signer::ec("1");
        let provider = Provider::start(&[&signer.jwk]).await;
        let config = Config { auth: provider.settings(), ..Config::default() };
        let app = App::configured(TestDatabase::sample(backend).await, config).await;
        let jwt = signer.sign(&claims(json!({"role": "moderator"})));
        let answer = ask(&app, "post", VIEWER, &[&bearer(&jwt)]).await;
        assert_eq!(answer.json()["data"]["viewer"], json!({"name": "somebody", "role": "MODERATOR"}));
        // A token of our own works beside it.
        let made = make(&app.database, Role::Admin).await;
        let answer = ask(&app, "post", VIEWER, &[&bearer(&made.text)]).await;
        assert_eq!(answer.json()["data"]["viewer"]["role"], "ADMIN");
        let late = signer.sign(&claims(json!({"exp": at(-60)})));
        let answer = ask(&app, "post", VIEWER, &[&bearer(&late)]).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json()["errors"][0]["message"], "The credential is not taken: the JWT has expired");
    }

    /// Without keys nobody can be told; nor is anybody taken for nobody.
    async fn a_provider_that_never_answered(backend: Backend) {
        let signer = Signer::ec("1");
        let provider = Provider::start(&[]).await;
        provider.fails();
        let config = Config { auth: provider.settings(), ..Config::default() };
        let app = App::configured(TestDatabase::sample(backend).await, config).await;
        let jwt = bearer(&signer.sign(&claims(json!({}))));
        for way in ["post", "post graphql-response", "get", "events"] {
            let answer = ask(&app, way, VIEWER, &[&jwt]).await;
            assert_eq!(answer.status, 503, "{way}");
            assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE");
            assert_eq!(answer.header("retry-after"), "5");
            assert_eq!(answer.header("www-authenticate"), "");
        }
        assert_eq!(ask(&app, "post", VIEWER, &[]).await.status, 200);
    }

    /// Nor can they without the database. That is no fault of who asks, and may be over soon.
    async fn a_database_that_does_not_answer(backend: Backend) {
        let app = batching(backend).await;
        let credential = bearer(&make(&app.database, Role::Editor).await.text);
        let cannot_be_told = async || {
            for way in WAYS {
                let answer = ask(&app, way, VIEWER, &[&credential]).await;
                assert_eq!(answer.status, 503, "{way}");
                assert_eq!(answer.header("retry-after"), "5");
                assert_eq!(answer.header("www-authenticate"), "");
                if way != "head" {
                    let error = &answer.json()["errors"][0];
                    assert_eq!(error["extensions"]["code"], "SERVICE_UNAVAILABLE", "{error}");
                    let message = error["message"].as_str().unwrap();
                    assert_eq!(message, "It cannot be found out now whether the token is right; try again later");
                }
            }
        };
        let connection = app.test_database.connect().await;
        connection.execute_unprepared("ALTER TABLE token RENAME TO elsewhere").await.unwrap();
        cannot_be_told().await;
        assert_eq!(ask(&app, "post", VIEWER, &[]).await.status, 200);
        connection.execute_unprepared("ALTER TABLE elsewhere RENAME TO token").await.unwrap();
        assert_eq!(ask(&app, "post", VIEWER, &[&credential]).await.status, 200);
        app.database.clone().close().await;
        cannot_be_told().await;
    }
}
