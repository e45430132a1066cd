//! Times: of a zone, with six digits of fraction or none.

use packgrid::config::{Config, Rest};
use serde_json::json;

use super::json;
use crate::support::files::{Files, category, grid, package};
use crate::support::{App, Backend, TestDatabase, on_both};

/// The same moments in New York, in UTC, and in a zone with half an hour.
const TIMES: [[&str; 4]; 9] = [
    [
        "2021-10-27T09:12:05Z",
        "2021-10-27T05:12:05-04:00",
        "2021-10-27T09:12:05Z",
        "2021-10-27T14:42:05+05:30",
    ],
    // Six digits, also where they are zeros; none when all of them are.
    [
        "2026-02-16T05:04:39.7Z",
        "2026-02-16T00:04:39.700000-05:00",
        "2026-02-16T05:04:39.700000Z",
        "2026-02-16T10:34:39.700000+05:30",
    ],
    [
        "2026-02-16T05:04:39.000001Z",
        "2026-02-16T00:04:39.000001-05:00",
        "2026-02-16T05:04:39.000001Z",
        "2026-02-16T10:34:39.000001+05:30",
    ],
    [
        "2026-02-16T05:04:39.000Z",
        "2026-02-16T00:04:39-05:00",
        "2026-02-16T05:04:39Z",
        "2026-02-16T10:34:39+05:30",
    ],
    // Until 2006 summer began in April, since then in March.
    [
        "2006-03-20T12:00:00Z",
        "2006-03-20T07:00:00-05:00",
        "2006-03-20T12:00:00Z",
        "2006-03-20T17:30:00+05:30",
    ],
    [
        "2007-03-20T12:00:00Z",
        "2007-03-20T08:00:00-04:00",
        "2007-03-20T12:00:00Z",
        "2007-03-20T17:30:00+05:30",
    ],
    // The hour that there is twice.
    [
        "2025-11-02T05:30:00Z",
        "2025-11-02T01:30:00-04:00",
        "2025-11-02T05:30:00Z",
        "2025-11-02T11:00:00+05:30",
    ],
    [
        "2025-11-02T06:30:00Z",
        "2025-11-02T01:30:00-05:00",
        "2025-11-02T06:30:00Z",
        "2025-11-02T12:00:00+05:30",
    ],
    // Another day, another year; whatever offset it came with.
    [
        "2025-01-01T04:59:59+04:00",
        "2024-12-31T19:59:59-05:00",
        "2025-01-01T00:59:59Z",
        "2025-01-01T06:29:59+05:30",
    ],
];

on_both! {
    async fn of_the_zone_that_is_set(backend: Backend) {
        let packages: Vec<_> = (1..).zip(TIMES).map(|(id, [time, ..])| {
            package(id, json!({"created": time, "modified": time, "last_updated": time, "last_fetched": time}))
        }).collect();
        let dates = |time: &str| json!({"created": time, "modified": time});
        let (grids, categories) = (json!([grid(84, dates(TIMES[1][0]))]), json!([category(4, dates(TIMES[1][0]))]));
        let files = Files::new(categories, grids, json!(packages));
        for (zone, place) in [(None, 1), (Some("America/New_York"), 1), (Some("UTC"), 2), (Some("Asia/Kolkata"), 3)] {
            let mut config = Config::default();
            if let Some(zone) = zone {
                config.rest = Rest { time_zone: zone.to_owned(), ..Rest::default() };
            }
            let app = App::configured(TestDatabase::empty(backend).await, config).await;
            files.import(&app.database).await.unwrap();
            for (id, times) in (1..).zip(TIMES) {
                let record = json(&app, &format!("/api/v4/packages/{id}/")).await;
                for field in ["created", "modified", "last_updated", "last_fetched"] {
                    assert_eq!(record[field], times[place], "{zone:?} {field}");
                }
            }
            for path in ["/api/v4/grids/84/", "/api/v4/categories/4/"] {
                let record = json(&app, path).await;
                assert_eq!((&record["created"], &record["modified"]), (&json!(TIMES[1][place]), &json!(TIMES[1][place])));
            }
        }
    }
}
