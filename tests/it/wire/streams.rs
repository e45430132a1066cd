//! Subscriptions over server-sent events.

use axum::body::Body;
use axum::http::Request;
use futures_util::StreamExt;
use packgrid::config::{Config, Subscriptions};
use packgrid::exchange::{Options, import, sample};
use serde_json::json;
use tower::ServiceExt;

use super::{address, code, configured, post};
use crate::support::{App, Backend, NOW, on_both};

const SUBSCRIBE: &str =
    r#"{"query":"subscription { directoryChanged { revision kind counts { of added } } }"}"#;
const STREAM: (&str, &str) = ("accept", "text/event-stream");

/// What comes of a stream, event by event.
struct Events {
    body: axum::body::BodyDataStream,
    text: String,
}

impl Events {
    async fn open(app: &App, body: &str, last: Option<i64>) -> Self {
        let mut request = Request::post("/graphql")
            .header("content-type", "application/json")
            .header(STREAM.0, STREAM.1);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        Self::of(app, request.body(Body::from(body.to_owned())).unwrap()).await
    }

    async fn of(app: &App, request: Request<Body>) -> Self {
        let response = app.site.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next event, or comment, without the empty line that ends it; null at the end.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(event);
            }
            let chunk = tokio::time::timeout(std::time::Duration::from_secs(30), self.body.next());
            let chunk = chunk.await.expect("something within half a minute")?.unwrap();
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

async fn change(app: &App) {
    import(&app.database, &sample(), Options::default(), NOW, &mut |_| {}).await.unwrap();
}

on_both! {
    async fn an_answer_is_one_event(backend: Backend) {
        let app = App::sample(backend).await;
        let answer = post(&app, r#"{"query":"{ __typename }"}"#, &[STREAM]).await;
        assert_eq!(answer.header("content-type"), "text/event-stream; charset=utf-8");
        assert_eq!(answer.text(), "event: next\ndata: {\"data\":{\"__typename\":\"Query\"}}\n\nevent: complete\ndata: \n\n");
        for query in ["{ nothing }", "{", "subscription { nothing }", "subscription { a: directoryChanged { at } b: directoryChanged { at } }"] {
            let answer = post(&app, &json!({ "query": query }).to_string(), &[STREAM]).await;
            assert_eq!(answer.status, 200, "{query}");
            assert!(answer.text().starts_with("event: next\ndata: {\"errors\":[{\"message\":"), "{}", answer.text());
            assert!(answer.text().ends_with("event: complete\ndata: \n\n"), "{}", answer.text());
        }
        assert_eq!(post(&app, "nonsense", &[STREAM]).await.status, 400);
    }

    /// A subscription has no other form of a response over HTTP, so it takes the stream of events
    /// wherever `Accept` has it, at whatever weight. What else is asked goes by the weights.
    async fn a_subscription_takes_the_event_stream_that_accept_also_has(backend: Backend) {
        const EVENTS: &str = "text/event-stream; charset=utf-8";
        const JSON: &str = "application/json; charset=utf-8";
        let app = App::sample(backend).await;
        let query = json!({ "query": "{ __typename }" }).to_string();
        let wrong = json!({ "query": "subscription { nothing }" }).to_string();
        let path = address(&[("query", "subscription { directoryChanged(since: 0) { revision } }")]);
        for (accept, of_query) in [
            ("application/json, text/event-stream", JSON),
            ("application/json, text/event-stream;q=0.1", JSON),
            ("text/event-stream;q=0.5, application/json;q=0.9", JSON),
            ("*/*, text/event-stream;q=0.1", JSON),
            ("application/json;q=0.9, text/*;q=0.5", JSON),
            ("application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
             "application/graphql-response+json; charset=utf-8"),
            ("text/event-stream, application/json", EVENTS),
            ("application/json;q=0.5, text/event-stream", EVENTS),
        ] {
            let since = SUBSCRIBE.replace("directoryChanged", "directoryChanged(since: 0)");
            for request in [
                Request::post("/graphql").body(Body::from(since.clone())),
                Request::post("/graphql/").body(Body::from(since)),
                Request::get(&path).body(Body::empty()),
            ] {
                let mut request = request.unwrap();
                request.headers_mut().insert("accept", accept.parse().unwrap());
                request.headers_mut().insert("content-type", "application/json".parse().unwrap());
                let mut events = Events::of(&app, request).await;
                assert!(events.next().await.unwrap().starts_with("id: 1\nevent: next\n"), "{accept}");
            }
            let answer = post(&app, &query, &[("accept", accept)]).await;
            assert_eq!(answer.header("content-type"), of_query, "{accept}");
            let answer = post(&app, &wrong, &[("accept", accept)]).await;
            assert_eq!(answer.header("content-type"), EVENTS, "{accept}");
            assert!(answer.text().starts_with("event: next\ndata: {\"errors\":["), "{}", answer.text());
        }
        for accept in ["application/json", "*/*", "application/json, text/event-stream;q=0"] {
            let answer = post(&app, SUBSCRIBE, &[("accept", accept)]).await;
            assert_eq!(code(&answer), "SUBSCRIPTION_TRANSPORT_REQUIRED", "{accept}");
        }
    }

    /// Every change, once and in order, also to whoever comes back.
    async fn changes_as_they_happen(backend: Backend) {
        let app = App::empty(backend).await;
        let mut events = Events::open(&app, SUBSCRIBE, None).await;
        change(&app).await;
        let event = events.next().await.unwrap();
        assert!(event.starts_with("id: 1\nevent: next\ndata: {\"data\":{\"directoryChanged\":{\"revision\":\"1\",\"kind\":\"IMPORT\""), "{event}");
        assert!(event.contains("{\"of\":\"PACKAGE\",\"added\":191}"), "{event}");
        // Nothing differs, so nothing is told; then something does.
        change(&app).await;
        use sea_orm::ConnectionTrait;
        let connection = app.test_database.connect().await;
        connection.execute_unprepared("UPDATE package SET title = 'x' WHERE id = 683").await.unwrap();
        change(&app).await;
        let event = events.next().await.unwrap();
        assert!(event.starts_with("id: 2\n"), "{event}");
        drop(events);
        let mut again = Events::open(&app, SUBSCRIBE, Some(1)).await;
        assert!(again.next().await.unwrap().starts_with("id: 2\n"));
        let since = SUBSCRIBE.replace("directoryChanged", "directoryChanged(since: 0)");
        let mut all = Events::open(&app, &since, None).await;
        assert!(all.next().await.unwrap().starts_with("id: 1\n"));
        assert!(all.next().await.unwrap().starts_with("id: 2\n"));
    }

    /// A revision that there is not yet is of a database before it was restored.
    async fn a_revision_of_the_future_is_refused(backend: Backend) {
        let app = App::sample(backend).await;
        for subscription in ["directoryChanged", "packageChanged", "gridChanged"] {
            let slug = match subscription {
                "packageChanged" => "slug: \"celery\", ",
                "gridChanged" => "slug: \"admin\", ",
                _ => "",
            };
            for (since, last, name) in [("since: 7", None, "since"), ("since: 0", Some(7), "Last-Event-ID")] {
                let query = json!({ "query": format!("subscription {{ {subscription}({slug}{since}) {{ __typename }} }}") });
                let mut events = Events::open(&app, &query.to_string(), last).await;
                let event = events.next().await.unwrap();
                assert!(event.contains("BAD_USER_INPUT"), "{event}");
                let said = format!("`{name}` must be at most 1, the directory's revision; got 7. The database may have been restored");
                assert!(event.contains(&said), "{event}");
            }
        }
        // The revision that the directory is at is none of the future.
        let since = SUBSCRIBE.replace("directoryChanged", "directoryChanged(since: 1)");
        let mut events = Events::open(&app, &since, None).await;
        use sea_orm::ConnectionTrait;
        let connection = app.test_database.connect().await;
        connection.execute_unprepared("UPDATE package SET title = 'x' WHERE id = 683").await.unwrap();
        change(&app).await;
        assert!(events.next().await.unwrap().starts_with("id: 2\n"));
    }

    async fn streams_are_kept_alive_counted_and_ended(backend: Backend) {
        let subscriptions = Subscriptions { connections: 2, keep_alive_seconds: 1, ..Default::default() };
        let app = configured(backend, Config { subscriptions, ..Config::default() }).await;
        let mut first = Events::open(&app, SUBSCRIBE, None).await;
        let second = Events::open(&app, SUBSCRIBE, None).await;
        let answer = post(&app, SUBSCRIBE, &[STREAM]).await;
        assert_eq!(answer.status, 503);
        assert_ne!(answer.header("retry-after"), "");
        assert_eq!(first.next().await.unwrap(), ":", "a comment");
        drop(second);
        let mut third = Events::open(&app, SUBSCRIBE, None).await;
        app.site.stopping.send(true).unwrap();
        while let Some(event) = first.next().await {
            assert_eq!(event, ":");
        }
        while let Some(event) = third.next().await {
            assert_eq!(event, ":");
        }
    }
}
