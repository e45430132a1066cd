//! Objects are written while they are resolved, or resolved first and written in the end: the answer
//! is the same text.
//!
//! The second is for documents whose selections are merged, so each query is sent as it is, and with
//! everything at its root said twice.

use serde_json::{Value, json};

use crate::support::{App, Backend, on_both};

/// Queries beside the recorded ones.
const MORE: [&str; 8] = [
    "{ packages(first: 100) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { \
     __typename title ...P } } } } fragment P on Package { title slug category { __typename slug } \
     grids { totalCount edges { created cells { text verdict element { number } feature { id \
     title } } } nodes { t: title t: title } } }",
    "{ grids(first: 40) { nodes { title features(first: 3) { nodes { title elements { nodes { text \
     package { slug } } } } } packages(first: 0) { nodes { id } totalCount } } } }",
    "{ search(query: \"django\", first: 30) { totalCount nodes { __typename id ... on Package { \
     repoDescription category { title } } ... on Grid { description } ... on Category { \
     packagesCount } } edges { score match highlights { field parts { text matched } } node { title \
     } } facets { categories { category { slug } count } } } }",
    "{ packages(first: 50, filter: { number: { lt: 0 } }) { nodes { title } edges { node { id } } } }",
    "{ packages(first: 60) { nodes { scoreParts { stars inactivity } status replacedBy { title } \
     lastUpdated pypiDownloads commitsOver52 participants releases(first: 2) { nodes { version \
     package { title } } } replaces { nodes { slug } } history { nodes { counts { of added } } } } } }",
    "{ categories { nodes { __typename ... on Node { id ... on Category { title packages(first: 2) { \
     nodes { ... on Node { id } title } } } } ... on SearchResult { slug } } } }",
    "{ package(slug: \"django-hijack\") { title } nothing: package(slug: \"\") { title } \
     grid(slug: \"task-queues\") { title } category(slug: \"apps\") { slug title } }",
    "{ grids(first: 100) { nodes { packages(first: 2, after: \"nonsense\") { nodes { title } } } } }",
];

/// `query` with what its first operation selects said twice.
fn twice(query: &str) -> String {
    let (mut depth, mut in_arguments, mut start) = (0, 0, None);
    for (place, sign) in query.char_indices() {
        match sign {
            '(' if start.is_none() => in_arguments += 1,
            ')' if start.is_none() => in_arguments -= 1,
            '{' if in_arguments == 0 => {
                depth += 1;
                start = start.or(Some(place + 1));
            }
            '}' if in_arguments == 0 => {
                depth -= 1;
                if depth == 0 {
                    let inside = &query[start.unwrap()..place];
                    return format!(
                        "{}{inside}\n{inside}{}",
                        &query[..start.unwrap()],
                        &query[place..]
                    );
                }
            }
            _ => {}
        }
    }
    panic!("no operation: {query}")
}

/// The text of an answer with each of its errors once, and whether it had any.
fn once(answer: &[u8]) -> (String, bool) {
    let text = std::str::from_utf8(answer).unwrap();
    let parsed: Value = serde_json::from_slice(answer).unwrap();
    let Some(errors) = parsed.get("errors") else {
        return (text.to_owned(), false);
    };
    let mut seen: Vec<Value> = Vec::new();
    for error in errors.as_array().unwrap() {
        let mut error = error.clone();
        error.as_object_mut().unwrap().remove("locations");
        if !seen.contains(&error) {
            seen.push(error);
        }
    }
    (format!("{} {:?}", parsed["data"], seen), true)
}

on_both! {
    async fn written_as_resolved(backend: Backend) {
        let app = App::generous(backend).await;
        let mut asked: Vec<(String, Value)> =
            MORE.iter().map(|query| ((*query).to_owned(), Value::Null)).collect();
        for folder in ["tests/cases", "tests/cases/readme"] {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let path = entry.path();
                if path.extension().is_some_and(|extension| extension == "graphql") {
                    let variables = std::fs::read_to_string(path.with_extension("json"));
                    let variables = variables
                        .map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
                    asked.push((std::fs::read_to_string(&path).unwrap(), variables));
                }
            }
        }
        assert!(asked.len() > 25);
        let mut compared = 0;
        for (query, variables) in asked {
            let body = |query: &str| json!({ "query": query, "variables": variables });
            let written = app.post(body(&query).to_string()).await;
            let resolved = app.post(body(&twice(&query)).to_string()).await;
            let ((written, failed), (resolved, _)) = (once(&written.body), once(&resolved.body));
            assert_eq!(written, resolved, "{query}");
            assert!(!failed || !MORE[..7].contains(&&*query), "{query}: {written}");
            compared += usize::from(!failed);
        }
        assert!(compared > 20, "nearly all have answers without errors: {compared}");
    }

    /// What an answer has cost is counted in its text.
    async fn written_costs_what_resolved_does(backend: Backend) {
        let app = App::generous(backend).await;
        for query in &MORE[..7] {
            // What costs nothing but its values, once, and twice, to be merged.
            let used = async |times: usize| {
                let more = "directory { revision } ".repeat(times);
                let query = format!("{{ {more} {}", &query[1..]);
                let body = json!({ "query": query, "extensions": { "cost": true } });
                let answer = app.post(body.to_string()).await.json();
                let used = answer["extensions"]["cost"]["used"].as_u64();
                used.unwrap_or_else(|| panic!("{query}: {answer}"))
            };
            assert_eq!(used(1).await, used(2).await, "{query}");
        }
    }
}
