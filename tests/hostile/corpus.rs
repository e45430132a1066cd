//! Requests that nobody means well with, for the tests, for the fuzz targets to begin with and for
//! `cargo bench --bench hostile`.

use serde_json::{Value, json};

#[path = "values.rs"]
mod values;

/// A request that is meant to do harm.
pub struct Hostile {
    /// What it is, and how much of it.
    pub name: String,
    /// What is posted as `application/json`.
    pub body: Vec<u8>,
}

/// How deep things nest: what overflows a stack may be refused in time where it is ten times as
/// deep, so sizes in between matter.
const DEEP: [usize; 7] = [30, 60, 1_000, 2_000, 4_000, 7_500, 100_000];

/// How many things stand side by side.
const WIDE: [usize; 3] = [40, 1_000, 10_000];

/// All of them. None is to be answered with data alone.
pub fn requests() -> Vec<Hostile> {
    let mut all = Vec::new();
    bombs(&mut all);
    for times in DEEP {
        nested(&mut all, times);
    }
    for times in WIDE {
        side_by_side(&mut all, times);
    }
    values::values(&mut all);
    values::bodies(&mut all);
    all
}

fn add(all: &mut Vec<Hostile>, name: impl Into<String>, document: &str) {
    add_with(all, name, document, &json!({}));
}

fn add_with(all: &mut Vec<Hostile>, name: impl Into<String>, document: &str, variables: &Value) {
    let body = json!({ "query": document, "variables": variables }).to_string().into_bytes();
    all.push(Hostile { name: name.into(), body });
}

/// `part` for each number below `times`, with `#` standing for the number.
fn numbered(times: usize, part: &str) -> String {
    (0..times).map(|number| part.replace('#', &number.to_string())).collect()
}

/// Few bytes that are many selections, or endless ones.
fn bombs(all: &mut Vec<Hostile>) {
    for (kind, of, root, leaf) in [
        ("of __typename", "Query", "...F0", "__typename"),
        ("of fields", "Package", "packages { nodes { ...F0 } }", "title slug repoDescription"),
        ("of aliases", "Package", "package(slug: \"x\") { ...F0 }", "a: title b: slug"),
        ("of directives", "Query", "...F0", "__typename @skip(if: false) @include(if: true)"),
        (
            "of statements",
            "Query",
            "...F0",
            "a: packages { totalCount } b: search(query: \"a\") { totalCount }",
        ),
        (
            "of relations",
            "Package",
            "packages { nodes { ...F0 } }",
            "category { packages(first: 100) { nodes { title } } }",
        ),
    ] {
        for times in [13, 20, 30] {
            let fragments: String = (0..times)
                .map(|it| format!("fragment F{it} on {of} {{ ...F{0} ...F{0} }} ", it + 1))
                .collect();
            let document =
                format!("{{ {root} }} {fragments} fragment F{times} on {of} {{ {leaf} }}");
            add(all, format!("a bomb of 2^{times} fragments {kind}"), &document);
        }
    }
    for (name, document) in [
        ("a fragment in itself", "{ ...A } fragment A on Query { ...A }"),
        (
            "fragments in each other",
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A ...A }",
        ),
        (
            "a fragment below itself",
            "{ packages { nodes { ...A } } } fragment A on Package { category { packages { nodes { ...A ...A } } } }",
        ),
        (
            "a fragment that nothing spreads, in itself",
            "{ __typename } fragment A on Query { ...A ...A }",
        ),
        (
            "an inline fragment around a fragment around it",
            "{ ... { ...A } } fragment A on Query { ... { ...A } }",
        ),
    ] {
        add(all, name, document);
    }
    let many = numbered(150, "a#: category { ...A } ");
    let document =
        format!("{{ packages {{ nodes {{ ...A }} }} }} fragment A on Package {{ {many} }}");
    add(all, "a fragment many times below itself", &document);
    let others = "slug ".repeat(4_000);
    let document = format!(
        "{{ packages {{ nodes {{ {others} ...A }} }} }} fragment A on Package {{ category {{ ...A }} }}"
    );
    add(all, "a fragment below itself beside many fields", &document);
    let fragments =
        numbered(2_000, "fragment F# on Query { ...F# ...G# } fragment G# on Query { ...F# } ");
    add(all, "a thousand cycles", &format!("{{ ...F0 }} {fragments}"));
    let chain: String =
        (0..1_500).map(|it| format!("fragment F{it} on Query {{ ...F{} }} ", it + 1)).collect();
    let chain = format!("{{ ...F0 }} {chain} fragment F1500 on Query {{ __typename }}");
    add(all, "a chain of fragments", &chain);
    let page = |inside: &str| {
        format!(
            "packages(first: 100) {{ nodes {{ grids(first: 100) {{ nodes {{ {inside} }} }} }} }}"
        )
    };
    add(all, "pages of pages of pages", &format!("{{ {} }}", page(&page(&page("title")))));
    let fields = |inside: &str| format!("fields {{ type {{ {inside} }} }}");
    let types = (0..8).fold("name".to_owned(), |inside, _| fields(&inside));
    add(all, "introspection in circles", &format!("{{ __schema {{ types {{ {types} }} }} }}"));
    let possible = (0..8).fold("name".to_owned(), |inside, _| {
        format!("possibleTypes {{ interfaces {{ {inside} }} }}")
    });
    add(all, "interfaces in circles", &format!("{{ __schema {{ types {{ {possible} }} }} }}"));
}

/// Things within things of their kind.
fn nested(all: &mut Vec<Hostile>, times: usize) {
    for (kind, before, open, inside, close, after) in [
        ("fields", "", "{a", "", "}", ""),
        ("known fields", "{package(slug:\"x\")", "{category{packages{nodes", "{id}", "}}}", "}"),
        ("inline fragments", "{", "...{", "__typename", "}", "}"),
        ("inline fragments on a type", "{", "...on Query{", "__typename", "}", "}"),
        ("lists", "{nodes(ids:", "[", "\"x\"", "]", "){id}}"),
        ("lists of nothing", "{nodes(ids:", "[", "", "]", "){id}}"),
        ("lists that end nowhere", "{nodes(ids:", "[", "", "", ""),
        ("list types", "query($a:", "[", "Int", "]", "){__typename}"),
        ("list types that are not null", "query($a:", "[", "Int", "]!", "){__typename}"),
        ("list types that end nowhere", "query($a:", "[", "", "", ""),
        ("filters", "{packages(filter:", "{not:", "{}", "}", "){totalCount}}"),
        ("filters in lists", "{packages(filter:", "{and:[", "{}", "]}", "){totalCount}}"),
        (
            "filters of relations",
            "{packages(filter:",
            "{category:{packages:{some:",
            "{}",
            "}}}",
            "){totalCount}}",
        ),
        ("objects of nothing known", "{packages(filter:", "{a:", "1", "}", "){totalCount}}"),
        (
            "defaults",
            "query($a:PackageFilter=",
            "{not:",
            "{}",
            "}",
            "){packages(filter:$a){totalCount}}",
        ),
        ("arguments of directives", "{__typename @include(if:", "[", "true", "]", ")}"),
        ("parentheses", "{a", "(", "", ")", "}"),
        ("braces", "", "{", "", "}", ""),
        ("selection sets that end nowhere", "", "{a", "", "", ""),
    ] {
        let document =
            format!("{before}{}{inside}{}{after}", open.repeat(times), close.repeat(times));
        add(all, format!("{times} {kind}"), &document);
    }
    let filter = "query($a:PackageFilter){packages(filter:$a){totalCount}}";
    for (kind, open, inside, close) in [
        ("filters", "{\"not\":", "{}", "}"),
        ("lists", "[", "", "]"),
        ("objects of nothing known", "{\"a\":", "1", "}"),
        ("lists that end nowhere", "[", "", ""),
    ] {
        let value = format!("{}{inside}{}", open.repeat(times), close.repeat(times));
        let body = format!("{{\"query\":\"{filter}\",\"variables\":{{\"a\":{value}}}}}");
        let name = format!("{times} {kind} in a variable");
        all.push(Hostile { name, body: body.into_bytes() });
        let body = format!("{{\"query\":\"{{__typename}}\",\"extensions\":{{\"a\":{value}}}");
        let name = format!("{times} {kind} in an extension");
        all.push(Hostile { name, body: body.into_bytes() });
    }
    all.push(Hostile { name: format!("{times} batches"), body: "[".repeat(times).into_bytes() });
}

/// Many things beside each other.
fn side_by_side(all: &mut Vec<Hostile>, times: usize) {
    let unknown = format!("{{ {} }}", numbered(times, "field# "));
    let packages = |inside: String| format!("{{ packages {{ nodes {{ {inside} }} }} }}");
    for (kind, document) in [
        ("unknown fields", unknown),
        ("aliases of a field that is unknown", format!("{{ {} }}", numbered(times, "a#: x "))),
        ("aliases that are not what they are", format!("{{ {} }}", numbered(times, "a: field# "))),
        ("directives", format!("{{ __typename {} }}", "@include(if: true) ".repeat(times))),
        ("unknown directives", format!("{{ __typename {} }}", numbered(times, "@d# "))),
        (
            "directives of a query",
            format!("query {} {{ __typename }}", "@skip(if: true) ".repeat(times)),
        ),
        (
            "unknown arguments",
            format!("{{ packages({}) {{ totalCount }} }}", numbered(times, "a#: 1 ")),
        ),
        (
            "the same argument",
            format!("{{ packages({}) {{ totalCount }} }}", "first: 1 ".repeat(times)),
        ),
        (
            "unknown fields of a filter",
            format!("{{ packages(filter: {{ {} }}) {{ totalCount }} }}", numbered(times, "a#: 1 ")),
        ),
        ("wrong values in a list", format!("{{ nodes(ids: [{}]) {{ id }} }}", "{} ".repeat(times))),
        (
            "overlapping fields",
            format!("{{ {} }}", numbered(times, "a: package(slug: \"#\") { title } ")),
        ),
        (
            "fields that overlap below",
            packages(numbered(times, "category { packages(first: #) { totalCount } } ")),
        ),
        ("fields of another type", packages(numbered(times, "a: title a: slug "))),
        ("variables", format!("query({}) {{ __typename }}", numbered(times, "$v#: Int "))),
        ("variables of one name", format!("query({}) {{ __typename }}", "$v: Int ".repeat(times))),
        (
            "unknown variables",
            format!("{{ {} }}", numbered(times, "a: package(slug: $v#) { id } ")),
        ),
        ("unknown types", format!("query({}) {{ __typename }}", numbered(times, "$v#: T# "))),
        (
            "fragments that nothing spreads",
            format!("{{ __typename }} {}", numbered(times, "fragment F# on Query { __typename } ")),
        ),
        (
            "fragments of one name",
            format!("{{ __typename }} {}", "fragment F on Query { __typename } ".repeat(times)),
        ),
        ("fragments that are not there", format!("{{ {} }}", numbered(times, "...F# "))),
        ("fragments on unknown types", format!("{{ {} }}", numbered(times, "... on T# { a } "))),
        ("operations", numbered(times, "query Q# { __typename } ")),
        ("operations without a name", "{ __typename } ".repeat(times)),
        (
            "subscriptions",
            format!("subscription {{ {} }}", "directoryChanged { revision } ".repeat(times)),
        ),
        (
            "facets",
            format!(
                "{{ {} }}",
                numbered(
                    times.min(50),
                    "a#: packages { facets { licenses { count } grids { count } } } "
                ) + &numbered(times, "b# ")
            ),
        ),
        ("endless strings", "\"\"\"\\\"\"\"".repeat(times)),
        ("strings in strings", format!("{{ a(b: [{}\"]) }}", "\"\"\"\\\"\"\"\"".repeat(times))),
        ("quotes", "\"".repeat(times)),
        ("signs", "!$&()...:=@[]{|}".repeat(times)),
        ("unknown signs", "?%~".repeat(times)),
        ("commas", ",".repeat(times)),
        ("lines of comments", "#\n".repeat(times)),
        ("marks of order", "\u{feff}".repeat(times)),
        ("nothing", " ".repeat(times)),
    ] {
        add(all, format!("{times} {kind}"), &document);
    }
    let long = "x".repeat(50 * times);
    add(all, format!("a name of {} bytes", long.len()), &format!("{{ {long} }}"));
    add(
        all,
        format!("a type of {} bytes", long.len()),
        &format!("query($a: {long}) {{ __typename }}"),
    );
    add(
        all,
        format!("a wrong text of {} bytes", long.len()),
        &format!("{{ packages(first: \"{long}\") {{ totalCount }} }}"),
    );
    let name =
        json!({ "query": "query A { __typename } query B { __typename }", "operationName": long });
    all.push(Hostile {
        name: format!("an operation's name of {} bytes", long.len()),
        body: name.to_string().into_bytes(),
    });
    let places = numbered(times.min(1_400), "a#: package(slug: $s) { id } ");
    add_with(
        all,
        format!("a text of {} bytes in {times} places", 40 * times),
        &format!("query($s: String!) {{ {places} }}"),
        &json!({ "s": "x".repeat(40 * times) }),
    );
    let others = numbered(
        times.min(300),
        "query B#($n: Int = 0) { packages(first: $n) { pageInfo { hasNextPage } } } ",
    );
    let query = "query A($n: Int = 100) { packages(first: $n) { nodes { grids(first: $n) { nodes { \
                 packages(first: $n) { nodes { title } } } } } } }";
    let body = json!({ "query": format!("{query} {others}"), "operationName": "A" });
    all.push(Hostile {
        name: format!("a default beside {times} others"),
        body: body.to_string().into_bytes(),
    });
    let on = numbered(times, "... on T# { a } ");
    add(
        all,
        format!("{times} fields of unknown types"),
        &format!("{{ ...F ...F x {{ ...F }} }} fragment F on Q {{ {on} }}"),
    );
    let step = |it: usize| format!("fragment f{it} on Query {{ ...f{} }} ", it + 1);
    let chain: String = (0..times.min(1_400)).map(step).collect();
    let spread: String =
        (0..times.min(1_400)).rev().map(|it| format!("a{it} {{ ...f{it} }} ")).collect();
    let last = times.min(1_400);
    add(
        all,
        format!("a chain of {times} fragments, each spread by itself before"),
        &format!("{{ {spread} }} {chain} fragment f{last} on Query {{ __typename }}"),
    );
    let declared = "query($f: [ID!]!) { nodes(ids: $f) { id } }";
    add_with(
        all,
        format!("{times} wrong items in a variable"),
        declared,
        &json!({ "f": vec![json!({}); times] }),
    );
    add_with(
        all,
        format!("{times} wrong ids in a variable"),
        declared,
        &json!({ "f": vec!["\u{0}"; times + 100] }),
    );
}
