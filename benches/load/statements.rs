//! packgrid's statements, for what is written by hand: the same tables, columns, orders and limits,
//! and keys that travel in the same way.

/// One statement, as each database takes it.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

/// Packages by their slugs.
pub const PACKAGE_BY_SLUG: Statement = Statement {
    sqlite: "SELECT c.id, c.category_id, c.title, c.slug, c.repo_description, c.repo_url, \
        c.repo_watchers FROM json_each(?1) AS k CROSS JOIN package AS c WHERE c.id = (SELECT \
        MIN(m.id) FROM package AS m WHERE m.slug = k.value)",
    postgres: "SELECT c.id, c.category_id, c.title, c.slug, c.repo_description, c.repo_url, \
        c.repo_watchers FROM unnest($1) AS k(k) CROSS JOIN package AS c WHERE c.id = (SELECT \
        MIN(m.id) FROM package AS m WHERE m.slug = k.k)",
};

/// The first packages.
pub const PACKAGES: Statement = Statement {
    sqlite: "SELECT c.id, c.category_id, c.title, c.slug, c.repo_description, c.repo_url, \
        c.repo_watchers FROM package AS c ORDER BY c.title_folded, c.id LIMIT ?1",
    postgres: "SELECT c.id, c.category_id, c.title, c.slug, c.repo_description, c.repo_url, \
        c.repo_watchers FROM package AS c ORDER BY c.title_folded, c.id LIMIT $1",
};

/// Categories by id.
pub const CATEGORIES_BY_ID: Statement = Statement {
    sqlite: "SELECT c.id, c.title, c.slug FROM json_each(?1) AS k CROSS JOIN category AS c WHERE \
        c.id = k.value",
    postgres: "SELECT c.id, c.title, c.slug FROM unnest($1) AS k(k) CROSS JOIN category AS c WHERE \
        c.id = k.k",
};

/// Grids by their slugs.
pub const GRID_BY_SLUG: Statement = Statement {
    sqlite: "SELECT c.id, c.title, c.description FROM json_each(?1) AS k CROSS JOIN grid AS c \
        WHERE c.id = (SELECT MIN(m.id) FROM grid AS m WHERE m.slug = k.value)",
    postgres: "SELECT c.id, c.title, c.description FROM unnest($1) AS k(k) CROSS JOIN grid AS c \
        WHERE c.id = (SELECT MIN(m.id) FROM grid AS m WHERE m.slug = k.k)",
};

/// The first categories.
pub const CATEGORIES: Statement = Statement {
    sqlite: "SELECT c.id, c.title FROM category AS c ORDER BY c.title_folded, c.id LIMIT ?1",
    postgres: "SELECT c.id, c.title FROM category AS c ORDER BY c.title_folded, c.id LIMIT $1",
};

/// The grids that packages stand in.
pub const GRIDS_OF_PACKAGES: Statement = Statement {
    sqlite: "SELECT k.value, c.id, c.title, c.slug FROM json_each(?1) AS k CROSS JOIN grid AS c \
        WHERE c.id IN (SELECT gp.grid_id FROM grid_package AS gp INNER JOIN grid AS c ON c.id = \
        gp.grid_id WHERE gp.package_id = k.value ORDER BY c.title_folded, c.id LIMIT ?2) ORDER BY \
        c.title_folded, c.id",
    postgres: "SELECT k.k, x.v0, x.v1, x.v2 FROM unnest($1) AS k(k) INNER JOIN LATERAL (SELECT c.id \
        AS v0, c.title AS v1, c.slug AS v2, c.title_folded AS o0, c.id AS o1 FROM \
        grid_package AS gp INNER JOIN grid AS c ON c.id = gp.grid_id WHERE gp.package_id = \
        k.k ORDER BY c.title_folded, c.id LIMIT $2) AS x ON true ORDER BY x.o0, x.o1",
};

/// The packages of grids, which the pairings tell enough of.
pub const PACKAGES_OF_GRIDS: Statement = Statement {
    sqlite: "SELECT k.value, gp.package_id, gp.title, gp.slug FROM json_each(?1) AS k CROSS JOIN \
        grid_package AS gp WHERE gp.grid_id = k.value AND gp.title_folded <= COALESCE((SELECT \
        gp.title_folded FROM grid_package AS gp WHERE gp.grid_id = k.value ORDER BY \
        gp.title_folded, gp.package_id LIMIT 1 OFFSET ?2 - 1), x'ff') ORDER BY gp.title_folded, \
        gp.package_id",
    postgres: "SELECT k.k, x.v0, x.v1, x.v2 FROM unnest($1) AS k(k) INNER JOIN LATERAL (SELECT \
        gp.package_id AS v0, gp.title AS v1, gp.slug AS v2, gp.title_folded AS o0, gp.package_id \
        AS o1 FROM grid_package AS gp WHERE gp.grid_id = k.k ORDER BY gp.title_folded, \
        gp.package_id LIMIT $2) AS x ON true ORDER BY x.o0, x.o1",
};

/// The packages of grids, with their places there.
pub const PLACES_OF_GRIDS: Statement = Statement {
    sqlite: "SELECT k.value, gp.package_id, gp.title, gp.slug, gp.id, gp.grid_id FROM \
        json_each(?1) AS k CROSS JOIN grid_package AS gp WHERE gp.grid_id = k.value AND \
        gp.title_folded <= COALESCE((SELECT gp.title_folded FROM grid_package AS gp WHERE \
        gp.grid_id = k.value ORDER BY gp.title_folded, gp.package_id LIMIT 1 OFFSET ?2 - 1), \
        x'ff') ORDER BY gp.title_folded, gp.package_id",
    postgres: "SELECT k.k, x.v0, x.v1, x.v2, x.v3, x.v4 FROM unnest($1) AS k(k) INNER JOIN \
        LATERAL (SELECT gp.package_id AS v0, gp.title AS v1, gp.slug AS v2, gp.id AS v3, \
        gp.grid_id AS v4, gp.title_folded AS o0, gp.package_id AS o1 FROM grid_package AS gp \
        WHERE gp.grid_id = k.k ORDER BY gp.title_folded, gp.package_id LIMIT $2) AS x ON true \
        ORDER BY x.o0, x.o1",
};

/// The packages of categories.
pub const PACKAGES_OF_CATEGORIES: Statement = Statement {
    sqlite: "SELECT k.value, c.id, c.title, c.slug FROM json_each(?1) AS k CROSS JOIN package AS \
        c WHERE c.id IN (SELECT c.id FROM package AS c WHERE c.category_id = k.value ORDER \
        BY c.title_folded, c.id LIMIT ?2) ORDER BY c.title_folded, c.id",
    postgres: "SELECT k.k, x.v0, x.v1, x.v2 FROM unnest($1) AS k(k) INNER JOIN LATERAL (SELECT c.id \
        AS v0, c.title AS v1, c.slug AS v2, c.title_folded AS o0, c.id AS o1 FROM package AS \
        c WHERE c.category_id = k.k ORDER BY c.title_folded, c.id LIMIT $2) AS x ON true \
        ORDER BY x.o0, x.o1",
};

/// The features of grids.
pub const FEATURES_OF_GRIDS: Statement = Statement {
    sqlite: "SELECT k.value, c.id, c.title, c.description FROM json_each(?1) AS k CROSS JOIN \
        feature AS c WHERE c.id IN (SELECT c.id FROM feature AS c WHERE c.grid_id = k.value \
        ORDER BY c.id LIMIT ?2) ORDER BY c.id",
    postgres: "SELECT k.k, x.v0, x.v1, x.v2 FROM unnest($1) AS k(k) INNER JOIN LATERAL (SELECT c.id \
        AS v0, c.title AS v1, c.description AS v2, c.id AS o0 FROM feature AS c WHERE \
        c.grid_id = k.k ORDER BY c.id LIMIT $2) AS x ON true ORDER BY x.o0",
};

/// Those that cells are told of, once more.
pub const FEATURE_IDS_OF_GRIDS: Statement = Statement {
    sqlite: "SELECT k.value, c.id FROM json_each(?1) AS k CROSS JOIN feature AS c WHERE c.id IN \
        (SELECT c.id FROM feature AS c WHERE c.grid_id = k.value ORDER BY c.id LIMIT ?2) \
        ORDER BY c.id",
    postgres: "SELECT k.k, x.v0 FROM unnest($1) AS k(k) INNER JOIN LATERAL (SELECT c.id AS v0, c.id \
        AS o0 FROM feature AS c WHERE c.grid_id = k.k ORDER BY c.id LIMIT $2) AS x ON true \
        ORDER BY x.o0",
};

/// What stands in places.
pub const CELLS_OF_PLACES: Statement = Statement {
    sqlite: "SELECT k.value, c.id, c.feature_id, c.text, c.verdict FROM json_each(?1) AS k CROSS \
        JOIN element AS c WHERE c.id IN (SELECT c.id FROM element AS c WHERE \
        c.grid_package_id = k.value ORDER BY c.id LIMIT ?2) ORDER BY c.id",
    postgres: "SELECT k.k, x.v0, x.v1, x.v2, x.v3 FROM unnest($1) AS k(k) INNER JOIN LATERAL \
        (SELECT c.id AS v0, c.feature_id AS v1, c.text AS v2, c.verdict AS v3, c.id AS o0 \
        FROM element AS c WHERE c.grid_package_id = k.k ORDER BY c.id LIMIT $2) AS x ON true \
        ORDER BY x.o0",
};
