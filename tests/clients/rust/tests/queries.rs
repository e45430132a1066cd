//! Against the running server that `PACKGRID_URL` names.

use std::collections::HashSet;
use std::env;

use graphql_client::{GraphQLQuery, Response};
use packgrid_client_tests::*;

fn post<Q: GraphQLQuery>(variables: Q::Variables) -> Response<Q::ResponseData> {
    let url = env::var("PACKGRID_URL").expect("PACKGRID_URL says which server to test");
    packgrid_client_tests::post::<Q>(&url, variables)
}

fn ask<Q: GraphQLQuery>(variables: Q::Variables) -> Q::ResponseData {
    let response = post::<Q>(variables);
    assert_eq!(response.errors, None);
    response.data.expect("data")
}

fn code<Q: GraphQLQuery>(variables: Q::Variables) -> String {
    let response = post::<Q>(variables);
    assert!(response.data.is_none());
    let error = response.errors.expect("errors").remove(0);
    let extensions = error.extensions.expect("extensions");
    extensions["code"].as_str().expect("a text").to_owned()
}

#[test]
fn a_package_with_its_category_its_grids_and_the_packages_beside_it() {
    let variables = package_page::Variables { slug: "django-queued-storage".into() };
    let package = ask::<PackagePage>(variables).package.expect("a package");
    let url = "https://github.com/jazzband/django-queued-storage";
    assert_eq!(package.repo_url.as_deref(), Some(url));
    assert_eq!(package.status, package_page::PackageStatus::Active);
    assert_eq!(package.commits_over52.len(), 52);
    assert_eq!(package.category.slug, "other");
    let [grid] = &package.grids.nodes[..] else { panic!("{:?}", package.grids) };
    assert_eq!(grid.title, "Files/Images");
    assert_eq!(grid.packages.nodes.len(), 3);

    let variables = package_page::Variables { slug: "no-such-package".into() };
    assert_eq!(ask::<PackagePage>(variables).package, None);
}

#[test]
fn a_key_is_exactly_one_of_several() {
    let url = "git@github.com:jazzband/django-queued-storage.git";
    let key = package_by_key::PackageKey::RepoUrl(url.into());
    let package = ask::<PackageByKey>(package_by_key::Variables { key }).package_by;
    assert_eq!(package.expect("a package").slug, "django-queued-storage");
}

#[test]
fn the_comparison_table_of_a_grid() {
    use grid_table::Verdict;
    let variables = grid_table::Variables { slug: "task-queues".into() };
    let grid = ask::<GridTable>(variables).grid.expect("a grid");
    assert_eq!(grid.packages.edges.len(), 9);
    let mut verdicts = HashSet::new();
    for edge in &grid.packages.edges {
        let of_cells = edge.cells.iter().map(|cell| &cell.feature.title);
        assert!(of_cells.eq(grid.features.nodes.iter().map(|feature| &feature.title)));
        for cell in &edge.cells {
            match cell.verdict {
                Verdict::Yes | Verdict::No => assert!((1..=3).contains(&cell.strength)),
                Verdict::Text => assert_eq!(cell.remark.as_ref(), Some(&cell.text)),
                Verdict::Empty => assert_eq!(cell.element, None),
                Verdict::Other(ref unknown) => panic!("{unknown}"),
            }
            verdicts.insert(&cell.verdict);
        }
    }
    assert!(verdicts.contains(&Verdict::Yes) && verdicts.contains(&Verdict::Text));
}

#[test]
fn a_filter_and_pages() {
    use package_list::{OptionalIntFilter, OptionalTextFilter, PackageFilter, TextFilter};
    let begins =
        |with: &str| OptionalTextFilter { starts_with: Some(with.into()), ..Default::default() };
    let title = |with: &str| PackageFilter {
        title: Some(TextFilter { contains: Some(with.into()), ..Default::default() }),
        ..Default::default()
    };
    let wanted = || PackageFilter {
        last_release_year: Some(OptionalIntFilter { gte: Some(2025), ..Default::default() }),
        or: Box::new(Some(vec![title("django-"), title("wagtail")])),
        not: Box::new(Some(PackageFilter { license: Some(begins("bsd")), ..Default::default() })),
        ..Default::default()
    };
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let variables = package_list::Variables { first: Some(7), after, filter: Some(wanted()) };
        let page = ask::<PackageList>(variables).packages;
        found.extend(page.nodes);
        assert!(found.len() as i64 <= page.total_count);
        if !page.page_info.has_next_page {
            assert_eq!(found.len() as i64, page.total_count);
            let watchers: i64 = page.facets.totals.watchers.parse().expect("a number");
            assert_eq!(watchers, found.iter().filter_map(|package| package.repo_watchers).sum::<i64>());
            break;
        }
        after = page.page_info.end_cursor;
    }
    assert!(found.len() > 14);
    assert_eq!(found.iter().map(|package| &package.id).collect::<HashSet<_>>().len(), found.len());
    assert!(found.is_sorted_by(|a, b| a.repo_watchers >= b.repo_watchers));
    for package in found {
        assert!(package.last_release_year.expect("a year") >= 2025);
        let license = package.pypi_license.unwrap_or_default().to_lowercase();
        assert!(!license.starts_with("bsd"), "{license}");
    }
}

#[test]
fn an_order() {
    use package_orders::{NullsOrder, OrderDirection, PackageOrder, PackageOrderField};
    let order = PackageOrder {
        field: PackageOrderField::LastRelease,
        direction: OrderDirection::Desc,
        nulls: Some(NullsOrder::Last),
    };
    let variables = package_orders::Variables { first: Some(10), order_by: Some(vec![order]) };
    let packages = ask::<PackageOrders>(variables).packages.nodes;
    assert_eq!(packages.len(), 10);
    assert!(packages.is_sorted_by(|a, b| a.last_released >= b.last_released));
}

#[test]
fn what_a_search_finds_is_told_apart_by_its_type() {
    use search::SearchSearchEdgesNodeOn::{Category, Grid, Package};
    let variables = search::Variables { query: "frameworks".into(), kinds: None };
    let mut seen = [false; 3];
    for edge in ask::<Search>(variables).search.edges {
        assert!(!edge.node.title.is_empty());
        match edge.node.on {
            Package(package) => seen[0] |= package.repo_watchers.is_none_or(|stars| stars >= 0),
            Grid(grid) => seen[1] |= grid.features_count >= 0,
            Category(category) => seen[2] |= !category.title_plural.is_empty(),
        }
    }
    assert_eq!(seen, [true; 3]);
    let kinds = Some(vec![search::SearchKind::Grid]);
    let found = ask::<Search>(search::Variables { query: "frameworks".into(), kinds });
    assert!(found.search.edges.iter().all(|edge| matches!(edge.node.on, Grid(_))));
}

#[test]
fn a_mistake_has_a_code() {
    let variables = package_list::Variables { first: Some(101), ..Default::default() };
    assert_eq!(code::<PackageList>(variables), "BAD_USER_INPUT");
    let direction = package_orders::OrderDirection::Other("SIDEWAYS".into());
    let order = package_orders::PackageOrder {
        field: package_orders::PackageOrderField::Title,
        direction,
        nulls: None,
    };
    let variables = package_orders::Variables { first: None, order_by: Some(vec![order]) };
    assert_eq!(code::<PackageOrders>(variables), "BAD_USER_INPUT");
}
