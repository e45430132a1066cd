//! The record that was taken from the original, in all its forms.

use super::{BROWSER, JSON, PAGE, get, header_names, shown};
use crate::support::{App, Backend, on_both};

/// As the original gave it, on a page: links with `?format=api`, JSON indented by 4.
const RECORD: &str = include_str!("../../../scripts/sample/record-683.json");

const PATH: &str = "/api/v4/packages/683/";

/// The server as the original is known by.
const THERE: [(&str, &str); 2] = [("host", "djangopackages.org"), ("x-forwarded-proto", "https")];

/// The same JSON without spaces; none of its texts has a line in it, or a quote before a colon.
fn compact(text: &str) -> String {
    text.lines().map(str::trim_start).collect::<String>().replace("\": ", "\":")
}

on_both! {
    async fn as_json(backend: Backend) {
        let app = App::sample(backend).await;
        let answer = get(&app, &format!("{PATH}?format=json"), &THERE).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.text(), compact(RECORD).replace("format=api", "format=json"));
        // Nothing else than the original sends, but for the tag.
        assert_eq!(header_names(&answer), ["allow", "content-length", "content-type", "etag", "vary"]);
        assert_eq!(answer.header("content-type"), JSON);
        assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
        assert_eq!(answer.header("vary"), "Accept");
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        // By its slug it is the same.
        let by_slug = get(&app, "/api/v4/packages/django-queued-storage/?format=json", &THERE).await;
        assert_eq!(by_slug.text(), answer.text());
        // No format asked, none in the links.
        let plain = get(&app, PATH, &THERE).await;
        assert_eq!(plain.text(), compact(RECORD).replace("?format=api", ""));
    }

    async fn as_json_for_people(backend: Backend) {
        let app = App::sample(backend).await;
        let headers = [THERE[0], THERE[1], ("accept", "application/json; indent=4")];
        let answer = get(&app, PATH, &headers).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, JSON));
        assert_eq!(answer.text(), RECORD.replace("?format=api", ""));
    }

    async fn as_a_page(backend: Backend) {
        let app = App::sample(backend).await;
        let path = format!("{PATH}?format=api");
        for accept in ["text/html,*/*;q=0.8", BROWSER, "*/*"] {
            let answer = get(&app, &path, &[THERE[0], THERE[1], ("accept", accept)]).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, PAGE));
            let page = answer.text();
            let (head, data) = shown(page);
            assert_eq!(data, RECORD);
            assert_eq!(
                head.lines().collect::<Vec<_>>(),
                ["HTTP 200 OK", "Allow: GET, HEAD, OPTIONS", "Content-Type: application/json", "Vary: Accept"]
            );
            assert!(page.contains("GET /api/v4/packages/683/?format=api"), "{page}");
            assert!(page.contains("<title>Package Instance"), "{page}");
            for link in [
                "https://djangopackages.org/api/v4/categories/4/?format=api",
                "https://djangopackages.org/api/v4/grids/84/?format=api",
                "https://github.com/jazzband/django-queued-storage",
                "http://pypi.python.org/pypi/django-queued-storage",
            ] {
                assert!(page.contains(&format!("<a href=\"{link}\"")), "{link}");
            }
        }
    }
}
