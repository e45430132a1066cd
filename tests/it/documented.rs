//! `docs/http.md` and `docs/rest.md` name every code and every limit, with its default.

use std::collections::BTreeMap;
use std::fmt::Debug;

use packgrid::config::{Auth, Config, Limits, Server, Subscriptions};
use packgrid::graphql::ErrorCode;

const HTTP: &str = include_str!("../../docs/http.md");
const EDITING: &str = include_str!("../../docs/editing.md");
const REST: &str = include_str!("../../docs/rest.md");

/// The rows of the table that begins with this cell, without the code's marks.
fn table(text: &'static str, first: &str) -> BTreeMap<&'static str, &'static str> {
    let rows = text.split(&format!("\n| {first} |")).nth(1).expect(first).lines().skip(2);
    rows.map_while(|row| row.strip_prefix("| "))
        .map(|row| {
            let mut cells = row.split(" | ").map(|cell| cell.trim_matches('`'));
            (cells.next().unwrap(), cells.next().unwrap())
        })
        .collect()
}

/// The numbers among a struct's fields.
fn numbers(settings: &impl Debug) -> BTreeMap<String, String> {
    let shown = format!("{settings:?}");
    let fields = shown.split_once(" { ").unwrap().1.trim_end_matches(" }").split(", ");
    let fields = fields.filter_map(|field| field.split_once(": "));
    fields
        .filter(|(_, value)| value.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn codes() {
    let documented: Vec<_> = table(HTTP, "code").into_keys().collect();
    let mut codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(documented, codes);
    // Those of edits, as the schema has them.
    let documented: Vec<_> = table(EDITING, "error").into_keys().collect();
    let schema = include_str!("../../schema.graphql");
    let codes = schema.split("enum UserErrorCode {").nth(1).unwrap().split('}').next().unwrap();
    let mut codes: Vec<_> = codes
        .lines()
        .map(str::trim)
        .filter(|line| line.chars().all(|c| c.is_ascii_uppercase() || c == '_') && !line.is_empty())
        .collect();
    codes.sort_unstable();
    assert_eq!(documented, codes);
}

#[test]
fn limits() {
    let Config { limits, server, subscriptions, sync, editing, .. } = Config::default();
    let (limits, server, subscriptions): (Limits, Server, Subscriptions) =
        (limits, server, subscriptions);
    let mut server = numbers(&server);
    server.remove("shutdown_seconds");
    for (text, name, numbers) in [
        (REST, "`[sync]`", numbers(&sync)),
        (HTTP, "`[limits]`", numbers(&limits)),
        (HTTP, "`[server]`", server),
        (HTTP, "`[subscriptions]`", numbers(&subscriptions)),
        (EDITING, "`[editing]`", numbers(&editing)),
    ] {
        let documented = table(text, name);
        let documented: BTreeMap<String, String> = documented
            .iter()
            .map(|(name, default)| ((*name).to_owned(), (*default).to_owned()))
            .collect();
        assert_eq!(documented, numbers, "{name}");
    }
}

#[test]
fn auth() {
    let shown = format!("{:?}", Auth::default());
    let fields = shown.split_once(" { ").unwrap().1.trim_end_matches(" }").split(", ");
    let settings: BTreeMap<_, _> = fields
        .map(|field| field.split_once(": ").unwrap())
        .map(|(name, value)| (name, value.trim_matches('"').replace("None", "none")))
        .collect();
    let documented = table(HTTP, "`[auth]`");
    let documented: BTreeMap<_, _> =
        documented.into_iter().map(|(name, default)| (name, default.to_owned())).collect();
    assert_eq!(documented, settings);
}
