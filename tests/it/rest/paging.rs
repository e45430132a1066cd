//! Lists: which records are on a page, and how the links to the others are spelled.

use serde_json::Value;

use super::{BASE, get, json};
use crate::support::{App, Backend, on_both};

/// The sample's packages, newest first: 10190 down to 10001, then 683.
const COUNT: i64 = 191;

fn nth(place: i64) -> i64 {
    if place == COUNT - 1 { 683 } else { 10_190 - place }
}

/// What is asked; from which place on the page has how many records; the queries of its links to
/// the next and to the previous page.
type Case<'a> = (&'a str, i64, usize, Option<&'a str>, Option<&'a str>);

async fn pages(app: &App, cases: &[Case<'_>]) {
    for (query, place, records, next, previous) in cases {
        let page = json(app, &format!("/api/v4/packages/?{query}")).await;
        let link = |query: &Option<&str>| query.map(|query| format!("{BASE}/packages/?{query}"));
        assert_eq!(page["count"], COUNT, "{query}");
        assert_eq!(page["next"], Value::from(link(next)), "{query}");
        assert_eq!(page["previous"], Value::from(link(previous)), "{query}");
        let ids: Vec<i64> = ids(&page);
        let expected: Vec<i64> = (*place..).take(*records).map(nth).collect();
        assert_eq!(ids, expected, "{query}");
    }
}

fn ids(page: &Value) -> Vec<i64> {
    page["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["id"].as_i64().unwrap())
        .collect()
}

on_both! {
    async fn a_page_is_of_twenty_unless_it_says(backend: Backend) {
        let app = App::sample(backend).await;
        let second = Some("limit=20&offset=20");
        let cases = [
            // Also a request that says nothing gets links that say it.
            ("", 0, 20, second, None),
            ("limit=7", 0, 7, Some("limit=7&offset=7"), None),
            ("limit=190", 0, 190, Some("limit=190&offset=190"), None),
            ("limit=191", 0, 191, None, None),
            // There is no most.
            ("limit=100000", 0, 191, None, None),
            ("limit=9223372036854775807", 0, 191, None, None),
            // Beyond 64 bits the largest.
            ("limit=9223372036854775808&offset=1", 1, 190, None, Some("limit=9223372036854775807")),
            // What Python reads as a number.
            ("limit=+5", 0, 5, Some("limit=5&offset=5"), None),
            ("limit=%2B5", 0, 5, Some("limit=5&offset=5"), None),
            ("limit=%20%095%0A", 0, 5, Some("limit=5&offset=5"), None),
            ("limit=05", 0, 5, Some("limit=5&offset=5"), None),
            ("limit=1_0", 0, 10, Some("limit=10&offset=10"), None),
        ];
        pages(&app, &cases).await;
        for limit in ["0", "-0", "-1", "", "x", "5.0", "0x5", "1e1", "1__0", "_1", "1_", "%2B", "5;", "5%00", "%FF", "²"] {
            let limit = limit.replace('²', "%C2%B2");
            pages(&app, &[(&format!("limit={limit}"), 0, 20, second, None)]).await;
        }
        pages(&app, &[("limit", 0, 20, second, None)]).await;
    }

    async fn offsets(backend: Backend) {
        let app = App::sample(backend).await;
        let million = "1000000000000000000000000000000";
        let cases = [
            ("offset=171", 171, 20, None, Some("limit=20&offset=151")),
            ("offset=170", 170, 20, Some("limit=20&offset=190"), Some("limit=20&offset=150")),
            // The first page is called by no offset, also when less than a page is before this one.
            ("offset=1", 1, 20, Some("limit=20&offset=21"), Some("limit=20")),
            ("offset=20", 20, 20, Some("limit=20&offset=40"), Some("limit=20")),
            ("offset=21", 21, 20, Some("limit=20&offset=41"), Some("limit=20&offset=1")),
            ("limit=1&offset=1", 1, 1, Some("limit=1&offset=2"), Some("limit=1")),
            ("limit=1&offset=2", 2, 1, Some("limit=1&offset=3"), Some("limit=1&offset=1")),
            ("offset=+2&limit=3", 2, 3, Some("limit=3&offset=5"), Some("limit=3")),
            ("offset=1_0&limit=05", 10, 5, Some("limit=5&offset=15"), Some("limit=5&offset=5")),
            // Past the end.
            ("offset=191", 0, 0, None, Some("limit=20&offset=171")),
            ("offset=192&limit=1", 0, 0, None, Some("limit=1&offset=191")),
            ("offset=1000&limit=1000", 0, 0, None, Some("limit=1000")),
            ("offset=2147483648", 0, 0, None, Some("limit=20&offset=2147483628")),
            ("offset=9223372036854775807", 0, 0, None, Some("limit=20&offset=9223372036854775787")),
            ("offset=9223372036854775808", 0, 0, None, Some("limit=20&offset=9223372036854775788")),
            (&format!("offset={million}"), 0, 0, None, Some("limit=20&offset=999999999999999999999999999980")),
            ("offset=18446744073709551616&limit=9223372036854775807", 0, 0, None,
                Some("limit=9223372036854775807&offset=9223372036854775809")),
        ];
        pages(&app, &cases).await;
        for offset in ["0", "-0", "-1", "-99999999999999999999", "", "x", "5.0", "0x5", "1e1", "%FF"] {
            // The next page's offset takes the place of what was no number.
            let first = (&*format!("offset={offset}"), 0, 20, Some("limit=20&offset=20"), None);
            pages(&app, &[first]).await;
        }
    }

    /// Links carry every parameter on, sorted by name and written anew as forms write it.
    async fn other_parameters_are_kept(backend: Backend) {
        let app = App::sample(backend).await;
        // What was asked, what stands before `limit=20&offset=20` in the next link, what behind it.
        for (query, before, after) in [
            // By code point: capitals first.
            ("apple=1&Mid=2&zebra=3", "Mid=2&apple=1&", "&zebra=3"),
            ("_=1&Z=2", "Z=2&_=1&", ""),
            ("z=1&%C3%A9=2&%F0%9F%98%80=4&%EF%BF%BD=3", "", "&z=1&%C3%A9=2&%EF%BF%BD=3&%F0%9F%98%80=4"),
            // Names are compared with their case: this is no limit.
            ("Limit=5&OFFSET=7", "Limit=5&OFFSET=7&", ""),
            // Of those that are known the last counts and stays; the others stay in their order.
            ("limit=5&limit=20", "", ""),
            ("limit=20&limit=x", "", ""),
            ("offset=20&offset=0", "", ""),
            ("a=2&b=0&a=1&a=2", "a=2&a=1&a=2&b=0&", ""),
            ("q=x&p=y", "", "&p=y&q=x"),
            // Written anew.
            ("a=b+c", "a=b+c&", ""),
            ("a=b%20c", "a=b+c&", ""),
            ("a%20b=1", "a+b=1&", ""),
            ("a=b%2Bc", "a=b%2Bc&", ""),
            ("flag", "flag=&", ""),
            ("flag=", "flag=&", ""),
            ("a=%7E-._~", "a=~-._~&", ""),
            ("a='()*!/", "a=%27%28%29%2A%21%2F&", ""),
            ("a=@:,$?", "a=%40%3A%2C%24%3F&", ""),
            ("a=%e2%82%ac", "a=%E2%82%AC&", ""),
            ("a==b", "a=%3Db&", ""),
            // What is no UTF-8.
            ("a=%FF", "a=%EF%BF%BD&", ""),
            ("a=%E4x%F6", "a=%EF%BF%BDx%EF%BF%BD&", ""),
            ("%FF=a", "", "&%EF%BF%BD=a"),
            ("a=%00", "a=%00&", ""),
            ("a=%zz%", "a=%25zz%25&", ""),
            // Nothing between two signs is nothing.
            ("&&a=1&&b=2&", "a=1&b=2&", ""),
            // A semicolon is a letter like any other.
            ("a=1;limit=3", "a=1%3Blimit%3D3&", ""),
            ("a;b=1", "a%3Bb=1&", ""),
        ] {
            let next = format!("{before}limit=20&offset=20{after}");
            pages(&app, &[(query, 0, 20, Some(&next), None)]).await;
            let previous = format!("{before}limit=20{after}");
            let page = json(&app, &format!("/api/v4/packages/?{query}&offset=3")).await;
            assert_eq!(page["previous"], format!("{BASE}/packages/?{previous}"), "{query}");
        }
    }

    /// The path stays as it was requested, suffix and format included.
    async fn the_form_is_kept(backend: Backend) {
        let app = App::sample(backend).await;
        for (path, next, category) in [
            ("packages/?limit=1", "packages/?limit=1&offset=1", "categories/1/"),
            ("packages.json?limit=1", "packages.json?limit=1&offset=1", "categories/1.json"),
            ("packages.json/?limit=1", "packages.json/?limit=1&offset=1", "categories/1.json"),
            ("packages/?format=json&limit=1", "packages/?format=json&limit=1&offset=1", "categories/1/?format=json"),
            ("packages/?limit=1&format=", "packages/?format=&limit=1&offset=1", "categories/1/?format="),
            ("packages.json?limit=1&format=xml", "packages.json?format=xml&limit=1&offset=1", "categories/1.json?format=xml"),
            // The next link keeps both, a record's has the one that counts.
            ("packages/?format=api&format=json&limit=1", "packages/?format=api&format=json&limit=1&offset=1",
                "categories/1/?format=json"),
        ] {
            let page = json(&app, &format!("/api/v4/{path}")).await;
            assert_eq!(page["next"], format!("{BASE}/{next}"), "{path}");
            let link = page["results"][0]["category"].as_str().unwrap();
            let link = link.replace("categories/2", "categories/1").replace("categories/3", "categories/1");
            assert_eq!(link.replace("categories/4", "categories/1"), format!("{BASE}/{category}"), "{path}");
        }
    }

    async fn the_other_lists_have_pages_too(backend: Backend) {
        let app = App::sample(backend).await;
        let categories = json(&app, "/api/v4/categories/").await;
        assert_eq!((&categories["count"], ids(&categories)), (&4.into(), vec![4, 3, 2, 1]));
        assert_eq!((&categories["next"], &categories["previous"]), (&Value::Null, &Value::Null));
        let categories = json(&app, "/api/v4/categories/?limit=2&offset=1").await;
        assert_eq!(ids(&categories), [3, 2]);
        assert_eq!(categories["next"], format!("{BASE}/categories/?limit=2&offset=3"));
        assert_eq!(categories["previous"], format!("{BASE}/categories/?limit=2"));
        let grids = json(&app, "/api/v4/grids/?offset=29").await;
        assert_eq!((&grids["count"], ids(&grids)), (&31.into(), vec![10_001, 84]));
        assert_eq!(grids["previous"], format!("{BASE}/grids/?limit=20&offset=9"));
    }

    /// Whoever follows the links has every record once, there and back.
    async fn following_the_links(backend: Backend) {
        let app = App::sample(backend).await;
        for first in ["/api/v4/packages/", "/api/v4/packages/?limit=17&x=y", "/api/v4/packages.json?limit=100"] {
            let (mut path, mut all, mut last) = (first.to_owned(), Vec::new(), String::new());
            while !path.is_empty() {
                let page = json(&app, &path).await;
                all.extend(ids(&page));
                last = path;
                path = page["next"].as_str().unwrap_or_default().replace("http://example.org", "");
            }
            assert_eq!(all, (0..COUNT).map(nth).collect::<Vec<_>>(), "{first}");
            let mut back = Vec::new();
            while !last.is_empty() {
                let page = json(&app, &last).await;
                back.splice(0..0, ids(&page));
                last = page["previous"].as_str().unwrap_or_default().replace("http://example.org", "");
            }
            assert_eq!(back, all, "{first}");
        }
    }

    async fn an_empty_directory(backend: Backend) {
        let app = App::empty(backend).await;
        for list in ["packages", "grids", "categories"] {
            let answer = get(&app, &format!("/api/v4/{list}/"), &[]).await;
            let nothing = r#"{"count":0,"next":null,"previous":null,"results":[]}"#;
            assert_eq!((answer.status.as_u16(), answer.text()), (200, nothing));
            let answer = get(&app, &format!("/api/v4/{list}/?offset=30"), &[]).await;
            let before = format!(r#"{{"count":0,"next":null,"previous":"{BASE}/{list}/?limit=20&offset=10","results":[]}}"#);
            assert_eq!((answer.status.as_u16(), answer.text()), (200, &*before));
        }
    }
}
