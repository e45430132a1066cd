//! How many selections a document comes to.

use std::sync::LazyLock;

use async_graphql::Variables;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::ExecutableDocument;

use super::{Refused, measure};
use crate::config::Limits;
use crate::graphql::definitions::Definitions;

/// Whether a document has too many selections, whatever else it has too much of.
fn too_large(document: &ExecutableDocument, variables: &Variables) -> bool {
    static DEFINITIONS: LazyLock<Definitions> =
        LazyLock::new(|| Definitions::new(&crate::graphql::schema()));
    let limits = Limits { depth: 100_000, directives: 100_000, ..Limits::default() };
    let (_, operation) = document.operations.iter().next().unwrap();
    let measured = measure(&DEFINITIONS, document, &operation.node, variables, &limits);
    matches!(measured, Err(Refused::Over { limit: "selections", .. }))
}

/// Wherever a variable is named, its value is copied.
#[test]
fn variables_are_counted_wherever_they_are_named() {
    let variables = Variables::from_json(serde_json::json!({ "s": "x".repeat(100_000), "n": 1 }));
    let document = |names: usize, variable: &str| {
        let names = format!("${variable},").repeat(names);
        parse_query(format!("query($s: String, $n: Int) {{ a(b: {{ c: [{names}] }}) }}")).unwrap()
    };
    for (names, variable, large) in
        [(1, "s", false), (100, "s", false), (103, "s", true), (10_000, "n", false)]
    {
        assert_eq!(too_large(&document(names, variable), &variables), large, "{names} {variable}");
    }
    let default = format!(
        "query($s: String = \"{}\") {{ {} }}",
        "x".repeat(100_000),
        "a(b: $s) ".repeat(103)
    );
    assert!(too_large(&parse_query(default).unwrap(), &Variables::default()));
    let directives = |times: usize| "@x(b: $s) ".repeat(times);
    for (before, after) in [
        ("query($s: String) { a ", " }"),
        ("query($s: String) { ... ", " { a } }"),
        ("query($s: String) { ...f ", " } fragment f on A { a }"),
        ("query($s: String) { ...f } fragment f on A ", " { a }"),
        ("query($s: String) { a } fragment unused on A ", " { a }"),
        ("query($s: String) { a } fragment unused on A { a ", " }"),
        ("query($s: String) ", " { a }"),
    ] {
        for (times, large) in [(100, false), (103, true)] {
            let document = parse_query(format!("{before}{}{after}", directives(times)));
            assert_eq!(too_large(&document.unwrap(), &variables), large, "{before} {times}");
        }
    }
}

fn doubling(levels: usize, leaf: &str) -> String {
    let mut text = "{ ...f0 }".to_owned();
    for level in 0..levels {
        let next = level + 1;
        text.push_str(&format!(" fragment f{level} on Query {{ ...f{next} ...f{next} }}"));
    }
    text + &format!(" fragment f{levels} on Query {{ {leaf} }}")
}

#[test]
fn fragments_are_counted_spelled_out() {
    for (text, large) in [
        (doubling(3, "__typename"), false),
        (doubling(11, "__typename"), false),
        (doubling(12, "__typename"), true),
        (doubling(30, "__typename"), true),
        (doubling(63, "a b c"), true),
        ("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a x }".to_owned(), false),
        ("{ ...nothing }".to_owned(), false),
        (format!("{{ {} }}", "a ".repeat(10_000)), false),
        (format!("{{ {} }}", "a ".repeat(10_001)), true),
        ((0..100).map(|n| format!("query q{n} {{ {} }}", "a ".repeat(101))).collect(), true),
    ] {
        assert_eq!(
            too_large(&parse_query(&text).unwrap(), &Variables::default()),
            large,
            "{}",
            &text[..60.min(text.len())]
        );
    }
    let mut chain = "{ ...f0 }".to_owned();
    for level in 0..20_000 {
        chain.push_str(&format!(" fragment f{level} on Query {{ ...f{} }}", level + 1));
    }
    assert!(
        too_large(&parse_query(&chain).unwrap(), &Variables::default()),
        "a chain is not walked by the stack"
    );
}
