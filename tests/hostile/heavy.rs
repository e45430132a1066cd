//! Requests that are answered, and ask for as much as they may.

/// One of a kind that grows with a number.
pub struct Heavy {
    pub name: &'static str,
    /// As far as it grows.
    pub most: usize,
    pub document: fn(usize) -> String,
}

const fn heavy(name: &'static str, most: usize, document: fn(usize) -> String) -> Heavy {
    Heavy { name, most, document }
}

/// All of them.
pub const KINDS: [Heavy; 23] = [
    heavy("pages in pages", 100, |n| {
        format!(
            "{{ grids(first: {n}) {{ nodes {{ packages(first: 100) {{ nodes {{ id title slug number }} }} }} }} }}"
        )
    }),
    heavy("pages of pages of small pages", 100, |n| {
        format!(
            "{{ grids(first: {n}) {{ nodes {{ packages(first: 20) {{ nodes {{ grids(first: 2) {{ nodes {{ packages(first: 4) {{ nodes {{ id }} }} }} }} }} }} }} }} }}"
        )
    }),
    heavy("small pages at the end", 100, |n| {
        format!(
            "{{ packages(first: 100) {{ nodes {{ category {{ packages(first: {n}) {{ nodes {{ grids(first: 4) {{ nodes {{ id }} }} }} }} }} }} }} }}"
        )
    }),
    heavy("pages of nothing", 100, |n| {
        format!(
            "{{ packages(first: 100) {{ nodes {{ category {{ packages(first: {n}) {{ nodes {{ grids(first: 1) {{ pageInfo {{ endCursor }} }} }} }} }} }} }} }}"
        )
    }),
    heavy("counts of small lists", 100, |n| {
        format!(
            "{{ packages(first: 100) {{ nodes {{ category {{ packages(first: {n}) {{ nodes {{ releases(first: 0) {{ totalCount }} }} }} }} }} }} }}"
        )
    }),
    heavy("parents", 100, |n| {
        format!(
            "{{ packages(first: 100) {{ nodes {{ category {{ packages(first: {n}) {{ nodes {{ category {{ id }} }} }} }} }} }} }}"
        )
    }),
    heavy("parents of parents", 100, |n| {
        format!(
            "{{ packages(first: 100) {{ nodes {{ category {{ packages(first: {n}) {{ nodes {{ category {{ __typename }} c: category {{ __typename }} d: category {{ __typename }} }} }} }} }} }} }}"
        )
    }),
    heavy("releases", 100, |n| {
        format!(
            "{{ packages(first: 100) {{ nodes {{ releases(first: {n}) {{ nodes {{ id number }} }} }} }} }}"
        )
    }),
    heavy("cells", 100, |n| {
        format!(
            "{{ grids(first: {n}) {{ nodes {{ packages(first: 50) {{ edges {{ cells {{ text verdict }} }} }} }} }} }}"
        )
    }),
    heavy("charts", 100, |n| {
        format!(
            "{{ grids(first: {n}) {{ nodes {{ packages(first: 50) {{ nodes {{ commitsOver52 }} }} }} }} }}"
        )
    }),
    heavy("long texts", 180, |n| {
        let texts = numbered(n, "a#: repoDescription ");
        let pages = numbered(4, "p#: packages(first: 100) { nodes { ...A } } ");
        format!("{{ {pages} }} fragment A on Package {{ {texts} }}")
    }),
    heavy("pages side by side", 50, |n| {
        aliased(
            n,
            "a#: packages(first: 100, orderBy: [{ field: WATCHERS }]) { nodes { id title slug repoUrl repoDescription } } ",
        )
    }),
    heavy("cursors", 50, |n| {
        aliased(
            n,
            "a#: packages(first: 100, orderBy: [{ field: WATCHERS }, { field: FORKS }, { field: TITLE, direction: DESC }]) { edges { cursor } } ",
        )
    }),
    heavy("counts", 50, |n| {
        aliased(n, "a#: packages(first: 0, filter: { number: { gt: # } }) { totalCount } ")
    }),
    heavy("facets", 50, |n| {
        aliased(
            n,
            "a#: packages(first: 0, filter: { number: { gt: # } }) { facets { licenses { count } grids { count } categories { count } } } ",
        )
    }),
    heavy("searches", 50, |n| {
        aliased(n, "a#: search(query: \"django # s d a\") { totalCount nodes { __typename } } ")
    }),
    heavy("suggestions", 50, |n| {
        aliased(n, "a#: suggest(prefix: \"d\", first: 20) { __typename } ")
    }),
    heavy("texts in texts", 50, |n| {
        aliased(
            n,
            "a#: packages(first: 100, filter: { or: [{ title: { contains: \"q#\" } }, { repoDescription: { contains: \"zz#\" } }] }) { totalCount nodes { title } } ",
        )
    }),
    heavy("many texts in texts", 1_000, |n| {
        // As many as one filter has, in as many lists as it takes.
        (0..n.div_ceil(45)).fold("{ ".to_owned(), |all, list| {
            let texts = numbered(
                (n - list * 45).min(45),
                &format!("{{ repoDescription: {{ contains: \"#zq{list}\" }} }} "),
            );
            all + &format!("a{list}: packages(filter: {{ or: [{texts}] }}) {{ totalCount }} ")
        }) + "}"
    }),
    heavy("a variable in many places", 50, |n| {
        let texts = numbered(45, "{ repoDescription: { contains: \"#zq\" } } ");
        let lists = numbered(
            n,
            "a#: packages(filter: { and: [$f, { number: { gt: # } }] }) { totalCount } ",
        );
        format!("query($f: PackageFilter = {{ or: [{texts}] }}) {{ {lists} }}")
    }),
    heavy("relations that none fits", 50, |n| chain(n, "none")),
    heavy("relations that every one fits", 50, |n| chain(n, "every")),
    heavy("one long chain of relations", 6, |n| {
        // Two steps are from packages to packages.
        let filter = (0..n).fold("title: { contains: \"zq\" }".to_owned(), |inside, step| {
            let list = if (n - step) % 2 == 1 { "grids" } else { "packages" };
            format!("{list}: {{ none: {{ {inside} }} }}")
        });
        format!("{{ packages(filter: {{ {filter} }}) {{ totalCount }} }}")
    }),
];

/// `part` for each number below `times`, with `#` standing for the number.
fn numbered(times: usize, part: &str) -> String {
    (0..times).map(|number| part.replace('#', &number.to_string())).collect()
}

fn aliased(times: usize, part: &str) -> String {
    format!("{{ {} }}", numbered(times, part))
}

/// Lists of packages by the packages beside them.
fn chain(times: usize, quantifier: &str) -> String {
    aliased(
        times,
        &format!(
            "a#: packages(filter: {{ number: {{ gt: # }}, grids: {{ {quantifier}: {{ packages: {{ \
             {quantifier}: {{ title: {{ contains: \"zq\" }} }} }} }} }} }}) {{ totalCount }} "
        ),
    )
}
