//! What names a record.

use serde_json::json;

use super::{JSON, NO_CATEGORY, NO_GRID, NO_PACKAGE, NOT_FOUND, get, tiny};
use crate::support::files::{category, grid, package};
use crate::support::{App, Backend, on_both};

/// Asks for each of these under a list: there is the record with that id, or this refusal.
async fn look_up(app: &App, list: &str, cases: &[(&str, Result<i64, &str>)]) {
    for (name, expected) in cases {
        let path = format!("/api/v4/{list}/{name}/");
        let answer = get(app, &path, &[]).await;
        assert_eq!(answer.header("content-type"), JSON, "{path}");
        assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS", "{path}");
        match expected {
            Ok(id) => assert_eq!(
                (answer.status.as_u16(), &answer.json()["id"]),
                (200, &json!(id)),
                "{path}"
            ),
            Err(refusal) => {
                assert_eq!((answer.status.as_u16(), answer.text()), (404, *refusal), "{path}")
            }
        }
    }
}

on_both! {
    async fn packages_and_grids_by_id_or_slug(backend: Backend) {
        let app = tiny(
            backend,
            json!([category(4, json!({}))]),
            json!([grid(84, json!({"slug": "Some-Grid"})), grid(85, json!({"slug": "84"}))]),
            json!([
                package(683, json!({"slug": "queued"})),
                package(7, json!({"slug": "0683"})),
                package(8, json!({"slug": "7"})),
                package(9, json!({"slug": "MixedCase"})),
                package(10, json!({"slug": "-1"})),
                package(11, json!({"slug": "+683"})),
                package(12, json!({"slug": "12345"})),
            ]),
        )
        .await;
        let nines = "9".repeat(1000);
        let cases = [
            ("683", Ok(683)),
            // Digits are an id, whatever is called by them.
            ("0683", Ok(683)),
            ("000000000000000000000000683", Ok(683)),
            ("7", Ok(7)),
            ("12345", Err(NO_PACKAGE)),
            ("queued", Ok(683)),
            ("%71ueued", Ok(683)),
            // Letter case counts.
            ("MixedCase", Ok(9)),
            ("mixedcase", Err(NO_PACKAGE)),
            ("Queued", Err(NO_PACKAGE)),
            // A sign makes it a slug.
            ("-1", Ok(10)),
            ("+683", Ok(11)),
            ("%2B683", Ok(11)),
            ("-683", Err(NO_PACKAGE)),
            ("+7", Err(NO_PACKAGE)),
            ("%20683", Err(NO_PACKAGE)),
            ("683%20", Err(NO_PACKAGE)),
            ("6_83", Err(NO_PACKAGE)),
            // A digit to Python, and yet no number.
            ("%C2%B2", Err(NOT_FOUND)),
            ("68%C2%B2", Err(NOT_FOUND)),
            ("0", Err(NO_PACKAGE)),
            ("2147483648", Err(NO_PACKAGE)),
            ("9223372036854775807", Err(NO_PACKAGE)),
            ("9223372036854775808", Err(NO_PACKAGE)),
            (&nines, Err(NO_PACKAGE)),
            ("nobody", Err(NO_PACKAGE)),
            ("queued%27%20OR%20%271%27=%271", Err(NO_PACKAGE)),
            ("que%25", Err(NO_PACKAGE)),
            // PostgreSQL would not take them.
            ("%00", Err(NO_PACKAGE)),
            ("queued%00", Err(NO_PACKAGE)),
            ("%FF%FE", Err(NO_PACKAGE)),
        ];
        look_up(&app, "packages", &cases).await;
        let cases = [
            ("84", Ok(84)),
            ("084", Ok(84)),
            ("85", Ok(85)),
            ("Some-Grid", Ok(84)),
            ("some-grid", Err(NO_GRID)),
            ("83", Err(NO_GRID)),
            ("-84", Err(NO_GRID)),
            ("+84", Err(NO_GRID)),
            ("%C2%B2", Err(NOT_FOUND)),
            (&nines, Err(NO_GRID)),
            ("%00", Err(NO_GRID)),
        ];
        look_up(&app, "grids", &cases).await;
    }

    /// Python reads the id, and more than digits is a number to it.
    async fn categories_by_id_alone(backend: Backend) {
        let categories = json!([category(1, json!({"slug": "apps"})), category(10, json!({"slug": "01"}))]);
        let app = tiny(backend, categories, json!([]), json!([])).await;
        let nines = "9".repeat(1000);
        let cases = [
            ("1", Ok(1)),
            ("01", Ok(1)),
            ("+1", Ok(1)),
            ("%2B1", Ok(1)),
            ("%201", Ok(1)),
            ("1%20", Ok(1)),
            ("10", Ok(10)),
            ("1_0", Ok(10)),
            ("apps", Err(NOT_FOUND)),
            ("Apps", Err(NOT_FOUND)),
            ("1a", Err(NOT_FOUND)),
            ("0x1", Err(NOT_FOUND)),
            ("%C2%B2", Err(NOT_FOUND)),
            ("++1", Err(NOT_FOUND)),
            ("%20", Err(NOT_FOUND)),
            ("%00", Err(NOT_FOUND)),
            // Numbers, but nobody's.
            ("-1", Err(NO_CATEGORY)),
            ("0", Err(NO_CATEGORY)),
            ("2", Err(NO_CATEGORY)),
            ("2147483648", Err(NO_CATEGORY)),
            ("9223372036854775808", Err(NO_CATEGORY)),
            ("-9223372036854775809", Err(NO_CATEGORY)),
            (&nines, Err(NO_CATEGORY)),
        ];
        look_up(&app, "categories", &cases).await;
    }
}
