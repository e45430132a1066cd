//! Requests that are answered, and ask for as much as they may.

/// Documents with what they are.
pub fn documents() -> Vec<(&'static str, String)> {
    let numbered = |times: usize, part: &str| -> String {
        (0..times).map(|number| part.replace('#', &number.to_string())).collect()
    };
    let aliased = |times: usize, part: &str| format!("{{ {} }}", numbered(times, part));
    let words = |number: usize, of: &str| {
        (0..number).map(|it| of.replace('#', &format!("{it}zq"))).collect::<Vec<_>>().join(" ")
    };
    vec![
        ("a plain query", "{ packages(first: 100) { nodes { title } } }".to_owned()),
        (
            "pages in pages",
            "{ grids(first: 100) { nodes { packages(first: 100) { nodes { id title slug } } } } }".to_owned(),
        ),
        (
            "pages of pages of small pages",
            "{ grids(first: 100) { nodes { packages(first: 20) { nodes { grids(first: 5) { nodes { packages(first: 5) { nodes { id } } } } } } } } }".to_owned(),
        ),
        (
            "small pages all the way down",
            "{ packages(first: 100) { nodes { category { packages(first: 100) { nodes { grids(first: 4) { nodes { id } } } } } } } }".to_owned(),
        ),
        (
            "pages of one",
            "{ packages(first: 100) { nodes { category { packages(first: 100) { nodes { grids(first: 1) { pageInfo { endCursor } } } } } } } }".to_owned(),
        ),
        (
            "categories of categories",
            "{ packages(first: 100) { nodes { category { packages(first: 100) { nodes { category { id } } } } } } }".to_owned(),
        ),
        (
            "releases",
            "{ packages(first: 100) { nodes { releases(first: 100) { nodes { id number } } } } }".to_owned(),
        ),
        (
            "cells",
            "{ grids(first: 100) { nodes { packages(first: 20) { edges { cells { text verdict } } } } } }".to_owned(),
        ),
        (
            "charts",
            "{ grids(first: 30) { nodes { packages(first: 100) { nodes { commitsOver52 } } } } }".to_owned(),
        ),
        (
            "long texts",
            format!("{{ packages(first: 100) {{ nodes {{ {} }} }} }}", numbered(199, "a#: repoDescription ")),
        ),
        (
            "pages side by side",
            aliased(50, "a#: packages(first: 100, orderBy: [{ field: WATCHERS }]) { nodes { id title } } "),
        ),
        (
            "pages by keys",
            aliased(50, "a#: packages(first: 100, orderBy: [{ field: WATCHERS }, { field: FORKS }, { field: TITLE, direction: DESC }]) { edges { cursor } } "),
        ),
        ("counts", aliased(50, "a#: packages(first: 0, filter: { number: { gt: # } }) { totalCount } ")),
        (
            "facets",
            aliased(8, "a#: packages(first: 0, filter: { number: { gt: # } }) { facets { licenses { count } grids { count } categories { count } } } "),
        ),
        ("searches", aliased(50, "a#: search(query: \"django # s d a\") { totalCount nodes { __typename } } ")),
        ("suggestions", aliased(50, "a#: suggest(prefix: \"d\", first: 20) { __typename } ")),
        (
            "texts in texts",
            aliased(50, "a#: packages(first: 100, filter: { or: [{ title: { contains: \"q#\" } }, { repoDescription: { contains: \"zz#\" } }] }) { totalCount nodes { title } } "),
        ),
        (
            "many texts in texts",
            format!(
                "query {{ {} }}",
                (0..30)
                    .map(|it| format!(
                        "a{it}: packages(filter: {{ or: [{}] }}) {{ totalCount }} ",
                        words(33, &format!("{{ repoDescription: {{ contains: \"#{it}\" }} }}")),
                    ))
                    .collect::<String>()
            ),
        ),
        (
            "conditions on relations",
            aliased(30, "a#: packages(filter: { grids: { some: { packages: { some: { category: { packages: { some: { repoDescription: { contains: \"zz#\" } } } } } } } } }) { totalCount } "),
        ),
        (
            "lists of relations that nothing fits",
            aliased(30, "a#: grids(filter: { packages: { every: { grids: { every: { packages: { some: { repoWatchers: { gt: # } } } } } } } }) { totalCount } "),
        ),
        ("one chain of relations", chain(1, 3, "some")),
        ("one chain of relations that none fits", chain(1, 3, "none")),
        ("one long chain of relations", chain(1, 5, "every")),
        ("chains of relations", chain(20, 3, "every")),
        (
            "variables in many places",
            format!(
                "query($f: PackageFilter = {{ or: [{}] }}) {{ {} }}",
                words(190, "{ repoDescription: { contains: \"#\" } }"),
                numbered(50, "a#: packages(filter: { and: [$f, { number: { gt: # } }] }) { totalCount } "),
            ),
        ),
        (
            "pages of what none fits",
            format!(
                "query($f: PackageFilter = {{ or: [{}] }}) {{ grids(first: 100) {{ nodes {{ packages(first: 20, filter: $f) {{ nodes {{ title }} }} }} }} }}",
                words(190, "{ repoDescription: { contains: \"#\" } }"),
            ),
        ),
        (
            "the whole schema",
            "{ __schema { types { name fields { name args { name type { name ofType { name ofType { name } } } } type { name ofType { name ofType { name } } } } inputFields { name type { name ofType { name } } } enumValues { name } possibleTypes { name fields { name type { name ofType { name } } } } } } }".to_owned(),
        ),
    ]
}

/// Filters on packages of grids of packages, each so many times within another.
fn chain(aliases: usize, times: usize, quantifier: &str) -> String {
    let filter = (0..times).fold("title: { contains: \"zq\" }".to_owned(), |inside, _| {
        format!("grids: {{ {quantifier}: {{ packages: {{ {quantifier}: {{ {inside} }} }} }} }}")
    });
    let each = |it| {
        format!("a{it}: packages(filter: {{ {filter}, number: {{ gt: {it} }} }}) {{ totalCount }} ")
    };
    format!("{{ {} }}", (0..aliases).map(each).collect::<String>())
}
