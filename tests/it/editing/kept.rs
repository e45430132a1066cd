//! How long the history, and what is sent again, are remembered.

use entity::Timestamp;
use packgrid::auth::Role;
use packgrid::clock;
use packgrid::editing::retention;
use serde_json::json;

use super::{Editors, id};
use crate::support::{Backend, anew, on_both};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

on_both! {
    async fn what_is_old_is_forgotten(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for title in ["a", "b", "c"] {
            let input = json!({ "id": id("Package", 683), "title": title });
            editors.edit(Role::Editor, "updatePackage", input, "").await;
        }
        let forget = async |days: i64, kept: u64| {
            let now = Timestamp(clock::now().0 + days * DAY);
            retention::forget(&editors.app.database, now, kept, 60).await.unwrap()
        };
        let count = async || {
            // A response with the history may come from the cache for some seconds.
            let query = anew("{ history { totalCount } package(slug: \"django-queued-storage\") { history { totalCount } } }");
            let data = editors.app.data(&query).await;
            (data["history"]["totalCount"].as_i64().unwrap(), data["package"]["history"]["totalCount"].as_i64().unwrap())
        };
        assert_eq!(count().await, (4, 3));
        assert_eq!(forget(400, 0).await, 0, "0 keeps it for ever");
        // The sample was brought in long ago.
        assert_eq!(forget(9, 10).await, 1);
        assert_eq!(count().await, (3, 3));
        assert_eq!(forget(11, 10).await, 2, "the newest one stays");
        assert_eq!(count().await, (1, 1));
        let now = editors.revision().await;
        let stream = async |since: i64| {
            let query = format!("subscription {{ directoryChanged(since: \"{since}\") {{ revision }} }}");
            let request = axum::http::Request::post("/graphql")
                .header("content-type", "application/json")
                .header("accept", "text/event-stream")
                .body(axum::body::Body::from(json!({ "query": query }).to_string()))
                .unwrap();
            let mut body = tower::ServiceExt::oneshot(editors.app.site.router.clone(), request).await.unwrap().into_body();
            let frame = http_body_util::BodyExt::frame(&mut body).await.unwrap().unwrap();
            String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
        };
        assert!(stream(now - 1).await.contains(&format!("\"revision\":\"{now}\"")));
        let gone = stream(now - 2).await;
        assert!(gone.contains("The history does not go back to revision"), "{gone}");
    }
}
