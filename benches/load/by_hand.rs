//! Floor B: the same requests, answered by hand.

use std::collections::HashMap;

use serde::Serialize;

use super::floor::{Brief, Keys, Source};
use super::statements as sql;

/// A server's answers, as somebody writes them who wants nothing else.
pub struct Floor {
    pub source: Source,
    pub brief: Brief,
}

type PackageRow = (i64, i64, String, String, String, String, Option<i32>);

/// Something with a parent, an id, a title and a slug.
type Child = (i64, i64, String, String);

#[derive(Clone, Copy, Serialize)]
struct Named<'a> {
    title: &'a str,
    slug: &'a str,
}

impl<'a> Named<'a> {
    fn of(child: &'a Child) -> Self {
        Self { title: &child.2, slug: &child.3 }
    }
}

#[derive(Serialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Package<'a> {
    title: &'a str,
    slug: &'a str,
    repo_url: Option<&'a str>,
    repo_description: &'a str,
    repo_watchers: Option<i32>,
    category: Named<'a>,
    grids: Nodes<Named<'a>>,
}

fn write(data: &impl Serialize) -> Vec<u8> {
    #[derive(Serialize)]
    struct Answer<'a, T> {
        data: &'a T,
    }
    serde_json::to_vec(&Answer { data }).unwrap()
}

/// Ids, each once.
fn distinct(ids: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Children by their parents.
fn by_parent(rows: &[Child]) -> HashMap<i64, Vec<&Child>> {
    let mut parents: HashMap<i64, Vec<&Child>> = HashMap::new();
    for row in rows {
        parents.entry(row.0).or_default().push(row);
    }
    parents
}

fn unless_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

impl Floor {
    pub async fn package(&self) -> Vec<u8> {
        let slug = [&*self.brief.package];
        let rows: Vec<PackageRow> =
            self.source.rows(sql::PACKAGE_BY_SLUG, Keys::Texts(&slug), None).await;
        self.with_relations(&rows, |packages| {
            #[derive(Serialize)]
            struct Data<'a> {
                package: Option<Package<'a>>,
            }
            write(&Data { package: packages.into_iter().next() })
        })
        .await
    }

    pub async fn packages(&self) -> Vec<u8> {
        let rows: Vec<PackageRow> = self.source.rows(sql::PACKAGES, Keys::None, Some(100)).await;
        self.with_relations(&rows, |nodes| {
            #[derive(Serialize)]
            struct Data<'a> {
                packages: Nodes<Package<'a>>,
            }
            write(&Data { packages: Nodes { nodes } })
        })
        .await
    }

    async fn with_relations(
        &self,
        rows: &[PackageRow],
        write: impl FnOnce(Vec<Package<'_>>) -> Vec<u8>,
    ) -> Vec<u8> {
        let ids = distinct(rows.iter().map(|row| row.1));
        let categories: Vec<(i64, String, String)> =
            self.source.rows(sql::CATEGORIES_BY_ID, Keys::Ids(&ids), None).await;
        let categories: HashMap<i64, Named<'_>> =
            categories.iter().map(|(id, title, slug)| (*id, Named { title, slug })).collect();
        let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let grids: Vec<Child> =
            self.source.rows(sql::GRIDS_OF_PACKAGES, Keys::Ids(&ids), Some(20)).await;
        let grids = by_parent(&grids);
        let packages = rows.iter().map(|row| {
            let (id, category, title, slug, description, url, watchers) = row;
            let grids = children(&grids, *id, 20);
            Package {
                title,
                slug,
                repo_url: unless_empty(url),
                repo_description: description,
                repo_watchers: *watchers,
                category: categories[category],
                grids: Nodes { nodes: grids.map(Named::of).collect() },
            }
        });
        write(packages.collect())
    }

    pub async fn table(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Data<'a> {
            grid: Grid<'a>,
        }
        #[derive(Serialize)]
        struct Grid<'a> {
            title: &'a str,
            description: &'a str,
            features: Nodes<Feature<'a>>,
            packages: Edges<'a>,
        }
        #[derive(Serialize)]
        struct Feature<'a> {
            title: &'a str,
            description: &'a str,
        }
        #[derive(Serialize)]
        struct Edges<'a> {
            edges: Vec<Edge<'a>>,
        }
        #[derive(Serialize)]
        struct Edge<'a> {
            node: Named<'a>,
            cells: Vec<Cell<'a>>,
        }
        #[derive(Serialize)]
        struct Cell<'a> {
            text: &'a str,
            verdict: String,
        }

        let slug = [&*self.brief.grid];
        let grids: Vec<(i64, String, String)> =
            self.source.rows(sql::GRID_BY_SLUG, Keys::Texts(&slug), None).await;
        let (id, title, description) = &grids[0];
        let ids = [*id];
        let keys = || Keys::Ids(&ids);
        let features: Vec<(i64, i64, String, String)> =
            self.source.rows(sql::FEATURES_OF_GRIDS, keys(), Some(100)).await;
        let places: Vec<(i64, i64, String, String, i64, i64)> =
            self.source.rows(sql::PLACES_OF_GRIDS, keys(), Some(100)).await;
        let columns: Vec<(i64, i64)> =
            self.source.rows(sql::FEATURE_IDS_OF_GRIDS, keys(), Some(1_000)).await;
        let ids: Vec<i64> = places.iter().map(|place| place.4).take(100).collect();
        let cells: Vec<(i64, i64, i64, String, String)> =
            self.source.rows(sql::CELLS_OF_PLACES, Keys::Ids(&ids), Some(1_000)).await;
        let cells: HashMap<(i64, i64), (&str, &str)> = cells
            .iter()
            .map(|(place, _, feature, text, verdict)| ((*place, *feature), (&**text, &**verdict)))
            .collect();
        let edges = places.iter().take(100).map(|(_, _, title, slug, place, _)| {
            let cells = columns.iter().map(|(_, feature)| {
                let cell = cells.get(&(*place, *feature)).copied();
                let (text, verdict) = cell.unwrap_or(("", "empty"));
                Cell { text, verdict: verdict.to_ascii_uppercase() }
            });
            Edge { node: Named { title, slug }, cells: cells.collect() }
        });
        let features =
            features.iter().map(|(_, _, title, description)| Feature { title, description });
        let features = Nodes { nodes: features.collect() };
        let packages = Edges { edges: edges.collect() };
        write(&Data { grid: Grid { title, description, features, packages } })
    }

    pub async fn categories(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Data<'a> {
            categories: Nodes<Category<'a>>,
        }
        #[derive(Serialize)]
        struct Category<'a> {
            title: &'a str,
            packages: Nodes<Listed<'a>>,
        }
        #[derive(Serialize)]
        struct Listed<'a> {
            title: &'a str,
            slug: &'a str,
            grids: Nodes<Grid<'a>>,
        }
        #[derive(Serialize)]
        struct Grid<'a> {
            title: &'a str,
            slug: &'a str,
            packages: Nodes<Named<'a>>,
        }

        let categories: Vec<(i64, String)> =
            self.source.rows(sql::CATEGORIES, Keys::None, Some(4)).await;
        let ids: Vec<i64> = categories.iter().map(|row| row.0).collect();
        let packages: Vec<Child> =
            self.source.rows(sql::PACKAGES_OF_CATEGORIES, Keys::Ids(&ids), Some(20)).await;
        let packages = by_parent(&packages);
        let some = |of: &HashMap<i64, Vec<&Child>>, most: usize| {
            distinct(of.values().flat_map(|rows| rows.iter().take(most).map(|row| row.1)))
        };
        let ids = some(&packages, 20);
        let grids: Vec<Child> =
            self.source.rows(sql::GRIDS_OF_PACKAGES, Keys::Ids(&ids), Some(5)).await;
        let grids = by_parent(&grids);
        let ids = some(&grids, 5);
        let standing: Vec<Child> =
            self.source.rows(sql::PACKAGES_OF_GRIDS, Keys::Ids(&ids), Some(5)).await;
        let standing = by_parent(&standing);

        let nodes = categories.iter().map(|(id, title)| {
            let packages = children(&packages, *id, 20).map(|row| {
                let grids = children(&grids, row.1, 5).map(|row| {
                    let nodes = children(&standing, row.1, 5).map(Named::of).collect();
                    Grid { title: &row.2, slug: &row.3, packages: Nodes { nodes } }
                });
                Listed { title: &row.2, slug: &row.3, grids: Nodes { nodes: grids.collect() } }
            });
            Category { title, packages: Nodes { nodes: packages.collect() } }
        });
        write(&Data { categories: Nodes { nodes: nodes.collect() } })
    }

    pub async fn search(&self) -> Vec<u8> {
        let [ways @ .., packages, grids] = &self.brief.search[..] else {
            unreachable!("a search finds packages and grids");
        };
        for way in ways {
            let _: Vec<(i64, String)> = self.source.spelled_out(way).await;
        }
        let packages: Vec<(i64, String, String, String)> = self.source.spelled_out(packages).await;
        let grids: Vec<(i64, String, String, String)> = self.source.spelled_out(grids).await;
        let rows: HashMap<(bool, i64), &(i64, String, String, String)> = packages
            .iter()
            .map(|row| ((true, row.0), row))
            .chain(grids.iter().map(|row| ((false, row.0), row)))
            .collect();
        #[derive(Serialize)]
        struct Data<'a> {
            search: Search<'a>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Search<'a> {
            total_count: u64,
            nodes: Vec<Found<'a>>,
        }
        #[derive(Serialize)]
        #[serde(tag = "__typename")]
        enum Found<'a> {
            #[serde(rename_all = "camelCase")]
            Package {
                title: &'a str,
                slug: &'a str,
                repo_description: &'a str,
            },
            Grid {
                title: &'a str,
                slug: &'a str,
                description: &'a str,
            },
        }
        let nodes = self.brief.found.iter().map(|(kind, id)| {
            let (_, title, slug, text) = rows[&(kind == "Package", *id)];
            match &**kind {
                "Package" => Found::Package { title, slug, repo_description: text },
                _ => Found::Grid { title, slug, description: text },
            }
        });
        write(&Data { search: Search { total_count: self.brief.total, nodes: nodes.collect() } })
    }
}

/// The first so many children of a parent.
fn children<'a>(
    of: &HashMap<i64, Vec<&'a Child>>,
    parent: i64,
    most: usize,
) -> impl Iterator<Item = &'a Child> {
    of.get(&parent).into_iter().flatten().take(most).copied()
}
