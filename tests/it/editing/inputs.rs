//! Texts, numbers and addresses that edits do not take.

use packgrid::auth::Role;
use serde_json::{Value, json};

use super::table::{World, input_fields};
use super::{Editors, id};
use crate::support::{Backend, on_both};

/// A field, its most characters, and whether it may have several lines.
type Text = (&'static str, usize, bool);

/// The texts of mutations.
const TEXTS: [(&str, &[Text]); 11] = [
    ("createPackage", PACKAGE),
    ("updatePackage", PACKAGE),
    ("createGrid", GRID),
    ("updateGrid", GRID),
    ("createFeature", &[("title", 100, false), ("description", 1_000, true)]),
    ("updateFeature", &[("title", 100, false), ("description", 1_000, true)]),
    ("createRelease", RELEASE),
    ("updateRelease", RELEASE),
    ("createCategory", CATEGORY),
    ("updateCategory", CATEGORY),
    ("setCells", &[("cells.0.text", 1_000, true)]),
];
const PACKAGE: &[Text] = &[
    ("title", 100, false),
    ("repoDescription", 500, true),
    ("pypiVersion", 100, false),
    ("pypiLicense", 200, true),
    ("pypiRequiresPython", 200, false),
];
const GRID: &[Text] = &[("title", 100, false), ("description", 1_000, true)];
const RELEASE: &[Text] =
    &[("version", 100, false), ("license", 200, true), ("requiresPython", 200, false)];
const CATEGORY: &[Text] =
    &[("title", 50, false), ("titlePlural", 50, false), ("description", 10_000, true)];

/// Puts a value into an input; dots go into lists and objects.
pub fn put(input: &mut Value, path: &str, value: Value) {
    let mut place = input;
    for part in path.split('.') {
        place = match part.parse::<usize>() {
            Ok(number) => &mut place[number],
            Err(_) => &mut place[part],
        };
    }
    *place = value;
}

impl Editors {
    /// That an edit has one problem, of this kind and in this place.
    pub async fn refused(&self, mutation: &str, input: Value, expected: &str) -> String {
        let errors = self.errors(Role::Admin, mutation, input.clone()).await;
        let [error] = errors.as_slice() else {
            panic!("{mutation} {input}: {errors:?}");
        };
        assert!(error.starts_with(&format!("{expected}: ")), "{mutation} {input}: {error}");
        error.clone()
    }
}

on_both! {
    /// By characters, not by bytes.
    async fn lengths(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, fields) in TEXTS {
            for (field, most, _) in fields {
                let world = World::new(&editors).await;
                let mut input = world.input(&editors, mutation).await;
                if matches!(mutation, "createGrid" | "createCategory") {
                    input["slug"] = json!(format!("slug-{}", world.number));
                }
                put(&mut input, field, json!("𝔘".repeat(most + 1)));
                let error = editors.refused(mutation, input.clone(), &format!("TOO_LONG input.{field}")).await;
                assert!(error.contains(&(most + 1).to_string()) && error.contains(&most.to_string()), "{error}");
                put(&mut input, field, json!(format!(" {} ", "𝔘".repeat(*most))));
                editors.edit(Role::Admin, mutation, input, "").await;
            }
        }
    }

    async fn lengths_of_what_has_a_form(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, field, most, before, after) in [
            ("createPackage", "slug", 50, "", ""), ("updatePackage", "slug", 50, "", ""), ("createGrid", "slug", 50, "", ""),
            ("updateGrid", "slug", 50, "", ""), ("createCategory", "slug", 50, "", ""), ("updateCategory", "slug", 50, "", ""),
            ("createPackage", "repoUrl", 200, "https://github.com/a/", ""), ("updatePackage", "repoUrl", 200, "https://github.com/b/", ""),
            ("createPackage", "pypiUrl", 255, "https://pypi.org/project/", "/"), ("updatePackage", "pypiUrl", 255, "https://pypi.org/project/b", "/"),
            ("updatePackage", "documentationUrl", 2_000, "https://a.example/", ""),
        ] {
            let world = World::new(&editors).await;
            let mut input = world.input(&editors, mutation).await;
            // The slug that is suggested is cut; that is not what this is about.
            if mutation == "createPackage" {
                input["slug"] = json!(format!("slug-{}", world.number));
            }
            // Of what there is one only, no two worlds may have the same.
            let letter = char::from(b'a' + u8::try_from(world.number % 26).unwrap()).to_string();
            let text = |more: usize| format!("{before}{}{after}", letter.repeat(most - before.len() - after.len() + more));
            put(&mut input, field, json!(text(1)));
            editors.refused(mutation, input.clone(), &format!("TOO_LONG input.{field}")).await;
            put(&mut input, field, json!(text(0)));
            editors.edit(Role::Admin, mutation, input, "").await;
        }
        // What is cut off does not count.
        let world = World::new(&editors).await;
        let url = format!("https://github.com/c/d/tree/{}", "x".repeat(300));
        let input = json!({ "id": world.package, "repoUrl": url });
        editors.edit(Role::Admin, "updatePackage", input, "").await;
    }

    async fn control_characters(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, fields) in TEXTS {
            let world = World::new(&editors).await;
            let mut input = world.input(&editors, mutation).await;
            if matches!(mutation, "createGrid" | "createCategory" | "createPackage") {
                input["slug"] = json!(format!("slug-{}", world.number));
            }
            for (field, _, is_long) in fields {
                let mut input = input.clone();
                for (wrong, name) in [('\0', "0000"), ('\u{7}', "0007"), ('\u{1b}', "001B"), ('\u{7f}', "007F"), ('\u{85}', "0085"), ('\n', "000A"), ('\r', "000D"), ('\t', "0009")] {
                    if *is_long && "\n\r\t".contains(wrong) {
                        continue;
                    }
                    put(&mut input, field, json!(format!("a{wrong}b")));
                    let error = editors.refused(mutation, input.clone(), &format!("INVALID input.{field}")).await;
                    assert!(error.contains(&format!("U+{name}")), "{error}");
                }
                if *is_long {
                    put(&mut input, field, json!("a\r\n\tb"));
                    input["dryRun"] = json!(true);
                    editors.edit(Role::Admin, mutation, input, "").await;
                }
            }
        }
        let world = World::new(&editors).await;
        for field in ["slug", "repoUrl", "pypiUrl", "documentationUrl", "pypiLicense"] {
            let mut input = json!({ "id": world.package });
            for wrong in ["https://github.com/a/b\0c", "https://github.com/a/b\u{7}c", "https://github.com/a/b\nc"] {
                if field == "pypiLicense" && wrong.contains('\n') {
                    continue;
                }
                input[field] = json!(wrong);
                let errors = editors.errors(Role::Editor, "updatePackage", input.clone()).await;
                assert!(errors.iter().any(|error| error.starts_with(&format!("INVALID input.{field}: "))), "{field}: {errors:?}");
                assert!(errors.iter().all(|error| error.contains(&format!(" input.{field}: "))), "{field}: {errors:?}");
            }
        }
    }

    async fn blank_and_null(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, fields) in [
            ("createPackage", &["title", "slug"][..]), ("createGrid", &["title", "slug"]), ("createFeature", &["title"]),
            ("createRelease", &["version"]), ("createCategory", &["title", "titlePlural", "slug"]),
            ("updatePackage", &["title", "slug", "categoryId", "supportsPython3"]),
            ("updateGrid", &["title", "slug", "header"]), ("updateFeature", &["title"]),
            ("updateRelease", &["version", "developmentStatus", "supportsPython3", "isHidden"]),
            ("updateCategory", &["title", "titlePlural", "slug", "showPypi"]),
        ] {
            let world = World::new(&editors).await;
            let mut usual = world.input(&editors, mutation).await;
            if input_fields(mutation).iter().any(|field| field == "slug") {
                usual["slug"] = json!(format!("slug-{}", world.number));
            }
            if mutation == "updatePackage" {
                // Null says of no stars that they are unknown.
                let input = json!({ "id": world.package, "repoWatchers": 1 });
                editors.edit(Role::Editor, "updatePackage", input, "").await;
            }
            for field in fields {
                let mut input = usual.clone();
                let is_text = matches!(*field, "title" | "slug" | "version" | "titlePlural");
                for blank in ["", " ", "\u{a0}\n"].into_iter().filter(|_| is_text) {
                    input[field] = json!(blank);
                    editors.refused(mutation, input.clone(), &format!("REQUIRED input.{field}")).await;
                }
                input[field] = Value::Null;
                if mutation.starts_with("update") {
                    editors.refused(mutation, input, &format!("REQUIRED input.{field}")).await;
                } else if matches!(*field, "title" | "version") {
                    // Of a type that is never null.
                    let answer = editors.answer(Some(Role::Admin), mutation, input, "").await;
                    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
                }
            }
        }
    }

    async fn numbers(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let world = World::new(&editors).await;
        for field in ["repoWatchers", "repoForks"] {
            for wrong in [-1, i32::MIN] {
                let mut input = json!({ "id": world.package });
                input[field] = json!(wrong);
                editors.refused("updatePackage", input, &format!("INVALID input.{field}")).await;
            }
            for right in [0, i32::MAX] {
                let mut input = json!({ "id": world.package });
                input[field] = json!(right);
                editors.edit(Role::Editor, "updatePackage", input, "").await;
            }
        }
    }

    async fn addresses(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for mutation in ["createPackage", "updatePackage"] {
            let world = World::new(&editors).await;
            let mut usual = world.input(&editors, mutation).await;
            usual["slug"] = json!(format!("slug-{}", world.number));
            for field in ["repoUrl", "pypiUrl", "documentationUrl"] {
                let mut input = usual.clone();
                for wrong in [
                    "javascript:alert(1)", "JavaScript://x.example/%0aalert(1)", "data:text/html,x", "mailto:a@b.example", "ftp://x.example/a/b",
                    "file:///etc/passwd", "https://", "http:///", "https://a b/c/d", "vbscript:x", "blob:https://x.example/y", "two words",
                    "https://[::1/a/b", "http://%00/a/b", "<script>",
                ] {
                    input[field] = json!(wrong);
                    editors.refused(mutation, input.clone(), &format!("INVALID input.{field}")).await;
                }
            }
            for (field, wrong) in [
                ("repoUrl", "https://github.com/"), ("repoUrl", "x"), ("repoUrl", "https://nohost/a/b"), ("repoUrl", "git@github.com:"),
                ("pypiUrl", "https://github.com/a/b"), ("pypiUrl", "https://pypi.org/project/"), ("pypiUrl", "-x"), ("pypiUrl", "x-"), ("pypiUrl", "ä"),
                ("documentationUrl", "docs.example.org"), ("documentationUrl", "/docs"),
            ] {
                let mut input = usual.clone();
                input[field] = json!(wrong);
                editors.refused(mutation, input, &format!("INVALID input.{field}")).await;
            }
        }
    }

    async fn slugs(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for mutation in ["createPackage", "updatePackage", "createGrid", "updateGrid", "createCategory", "updateCategory"] {
            let world = World::new(&editors).await;
            let mut input = world.input(&editors, mutation).await;
            for wrong in ["a b", "ä", "a.b", "a/b", "ſ", "a\u{200b}b", "#", "١"] {
                input["slug"] = json!(wrong);
                editors.refused(mutation, input.clone(), "INVALID input.slug").await;
            }
        }
        // A title that is blank is one thing that is wrong, not two; one that makes no slug needs one.
        editors.refused("createPackage", json!({ "title": " ", "categoryId": id("Category", 1) }), "REQUIRED input.title").await;
        for mutation in ["createGrid", "createCategory"] {
            editors.refused(mutation, json!({ "title": " " }), "REQUIRED input.title").await;
        }
        for mutation in ["createGrid", "createCategory"] {
            editors.refused(mutation, json!({ "title": "日本語" }), "REQUIRED input.slug").await;
        }
    }

    /// All that is wrong is told at once, in the order of the fields.
    async fn all_at_once(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, grid, feature, .. } = World::new(&editors).await;
        let input = json!({
            "id": package, "expectedRevision": "1", "title": " ", "slug": "ä", "repoUrl": "javascript:x", "pypiUrl": "ä",
            "repoDescription": "x".repeat(501), "documentationUrl": "x", "pypiVersion": "a\nb", "pypiRequiresPython": "x".repeat(201),
            "supportsPython3": null, "repoWatchers": -1, "repoForks": -2,
        });
        let errors = editors.errors(Role::Editor, "updatePackage", input).await;
        let heads: Vec<_> = errors.iter().map(|error| error.split(':').next().unwrap()).collect();
        assert_eq!(heads, [
            "CONFLICT input.expectedRevision", "REQUIRED input.title", "INVALID input.slug", "INVALID input.repoUrl", "INVALID input.pypiUrl",
            "TOO_LONG input.repoDescription", "INVALID input.documentationUrl", "INVALID input.pypiVersion", "TOO_LONG input.pypiRequiresPython",
            "REQUIRED input.supportsPython3", "INVALID input.repoWatchers", "INVALID input.repoForks",
        ]);
        let cell = |feature: &str, text: &str| json!({ "featureId": feature, "packageId": package, "text": text });
        let cells = json!([cell(&feature, "a\0"), cell(&feature, ""), cell(&id("Feature", 9), &"x".repeat(1_001)), cell(&feature, "fine")]);
        let errors = editors.errors(Role::Editor, "setCells", json!({ "gridId": grid, "cells": cells })).await;
        let heads: Vec<_> = errors.iter().map(|error| error.split(':').next().unwrap()).collect();
        assert_eq!(heads, [
            "INVALID input.cells.0.text", "INVALID input.cells.1", "TOO_LONG input.cells.2.text", "NOT_FOUND input.cells.2.featureId", "INVALID input.cells.3",
        ]);
        let cells = json!([{ "featureId": "x", "packageId": package }, { "featureId": feature, "packageId": grid }]);
        let errors = editors.errors(Role::Editor, "setCells", json!({ "gridId": "", "cells": cells })).await;
        let heads: Vec<_> = errors.iter().map(|error| error.split(':').next().unwrap()).collect();
        assert_eq!(heads, ["NOT_FOUND input.gridId", "NOT_FOUND input.cells.0.featureId", "NOT_FOUND input.cells.1.packageId"]);
    }
}
