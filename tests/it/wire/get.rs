//! Queries by GET.

use axum::http::{Request, StatusCode};
use serde_json::json;

use super::{address, code, get, send};
use crate::support::{App, Backend, on_both};

on_both! {
    async fn parameters_of_the_address(backend: Backend) {
        let app = App::sample(backend).await;
        let query = "query A($slug: String!) { package(slug: $slug) { number } } query B { __typename }";
        let slug = json!({"slug": "django-queued-storage"}).to_string();
        let data = |parameters: Vec<(&'static str, String)>| {
            let app = &app;
            async move {
                let parameters: Vec<_> = parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
                let answer = get(app, &address(&parameters), &[]).await;
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
                answer.json()["data"].clone()
            }
        };
        let query_of = |operation: &str| vec![("query", query.to_owned()), ("operationName", operation.to_owned())];
        assert_eq!(data(query_of("B")).await, json!({"__typename": "Query"}));
        let mut a = query_of("A");
        a.push(("variables", slug));
        assert_eq!(data(a).await["package"]["number"], 683);
        // What is empty is as good as absent, and what is not known is left alone.
        let empty = ["operationName", "variables", "extensions", "x"].map(|name| (name, String::new()));
        let mut all = vec![("query", "{ __typename }".to_owned())];
        all.extend(empty);
        assert_eq!(data(all).await, json!({"__typename": "Query"}));
        // `null` is the name of an operation, not none.
        let answer = get(&app, &address(&[("query", "query null { __typename }"), ("operationName", "null")]), &[]).await;
        assert_eq!(answer.json(), json!({"data": {"__typename": "Query"}}));
        let answer = get(&app, "/graphql?query=%7B+__typename%20%7D&&variables=null", &[]).await;
        assert_eq!(answer.json(), json!({"data": {"__typename": "Query"}}));
    }

    async fn what_is_no_request(backend: Backend) {
        let app = App::sample(backend).await;
        for path in [
            "/graphql", "/graphql?", "/graphql?query=", "/graphql?variables={}",
            "/graphql?query={__typename}&query={__typename}", "/graphql?query=%ff",
            "/graphql?query={__typename}&variables=[]", "/graphql?query={__typename}&variables=x",
            "/graphql?query={__typename}&variables=%22{}%22", "/graphql?query={__typename}&extensions=1",
            "/graphql?query={__typename}&variables={}&variables={}",
        ] {
            let answer = get(&app, path, &[]).await;
            assert_eq!((answer.status, code(&answer).as_str()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"), "{path}");
            assert!(answer.json().get("data").is_none());
        }
    }

    /// The operation that is named decides, whatever else the document has.
    async fn only_queries(backend: Backend) {
        let app = App::sample(backend).await;
        let document = "query A { __typename } mutation B { __typename } subscription C { directoryChanged { revision } }";
        for accept in ["application/json", "application/graphql-response+json", "text/event-stream"] {
            let ask = |operation: &'static str| {
                let app = &app;
                let path = address(&[("query", document), ("operationName", operation)]);
                async move { get(app, &path, &[("accept", accept)]).await }
            };
            assert_ne!(ask("A").await.status, StatusCode::METHOD_NOT_ALLOWED);
            let answer = ask("B").await;
            assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"), "{accept}");
        }
        let path = address(&[("query", "mutation { __typename }")]);
        assert_eq!(get(&app, &path, &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);
        let path = address(&[("query", "subscription { directoryChanged { revision } }")]);
        let answer = get(&app, &path, &[]).await;
        assert_eq!(code(&answer), "SUBSCRIPTION_TRANSPORT_REQUIRED");
    }

    /// HEAD has the headers of GET. (That no body is sent the HTTP library sees to.)
    async fn head(backend: Backend) {
        let app = App::sample(backend).await;
        let path = address(&[("query", "{ grids { totalCount } }")]);
        let of_get = get(&app, &path, &[]).await;
        let of_head = send(&app, Request::head(&path), "", &[]).await;
        let [of_get, of_head] = [of_get, of_head].map(|mut answer| {
            // The first was kept for the second.
            answer.headers.remove("cache-status");
            answer
        });
        assert_eq!((of_get.status, &of_get.headers), (of_head.status, &of_head.headers));
        let path = address(&[("query", "mutation { a }")]);
        assert_eq!(send(&app, Request::head(&path), "", &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}
