//! What is typed, and what is kept of it.

use packgrid::auth::Role;
use serde_json::{Value, json};

use super::table::{MUTATIONS, World, make};
use super::{Editors, id};
use crate::support::{Backend, on_both};

const GITHUB: &str = "https://github.com/Owner/Repo.Name";

/// Fields of a package, what is typed, and what is kept.
fn typed() -> Vec<(&'static str, String, Value)> {
    let mut typed = Vec::new();
    for spelling in [
        GITHUB,
        "http://github.com/Owner/Repo.Name",
        "https://GitHub.COM/Owner/Repo.Name",
        "https://www.github.com/Owner/Repo.Name",
        "https://github.com/Owner/Repo.Name/",
        "https://github.com/Owner/Repo.Name.git",
        "https://github.com/Owner/Repo.Name.git/",
        "https://github.com/Owner/Repo.Name?tab=readme#top",
        "https://github.com/Owner/Repo.Name/tree/main/docs",
        "https://github.com/Owner/Repo.Name/blob/main/README.md",
        "https://github.com/Owner/Repo.Name/issues/7",
        "https://github.com/Owner/Repo.Name/pulls",
        "https://github.com/Owner/Repo.Name/wiki",
        "https://github.com/Owner/Repo.Name/releases/tag/v1",
        "git@github.com:Owner/Repo.Name.git",
        "git@github.com:Owner/Repo.Name",
        "ssh://git@github.com/Owner/Repo.Name.git",
        "git://github.com/Owner/Repo.Name.git",
        "git+https://github.com/Owner/Repo.Name.git",
        "github.com/Owner/Repo.Name",
        "www.github.com/Owner/Repo.Name/",
        "  https://github.com/Owner/Repo.Name  ",
        "https://somebody:secret@github.com/Owner/Repo.Name",
        "HTTPS://GITHUB.com//Owner//Repo.Name//",
    ] {
        typed.push(("repoUrl", spelling.to_owned(), json!(GITHUB)));
    }
    for (text, kept) in [
        ("bitbucket.org/a/b/src/main", "https://bitbucket.org/a/b"),
        ("https://codeberg.org/a/b/src/branch/main", "https://codeberg.org/a/b"),
        ("https://gitlab.com/a/b/c/d", "https://gitlab.com/a/b/c/d"),
        ("https://gitlab.com/a/b/c/-/tree/main/x", "https://gitlab.com/a/b/c"),
        ("https://gitlab.com/a/b/-/issues", "https://gitlab.com/a/b"),
        ("https://gitlab.com/a/b/issues", "https://gitlab.com/a/b"),
        ("git@gitlab.com:a/b/c.git", "https://gitlab.com/a/b/c"),
        ("https://git.example.org:8443/a/b.git", "https://git.example.org:8443/a/b"),
        ("https://git.example.org/a", "https://git.example.org/a"),
    ] {
        typed.push(("repoUrl", text.to_owned(), json!(kept)));
    }
    for (text, kept) in [
        ("Some-Name", "Some-Name"),
        ("  some.name_x ", "some.name_x"),
        ("https://pypi.org/project/Some-Name", "Some-Name"),
        ("https://pypi.org/project/some-name/1.0/", "some-name"),
        ("http://pypi.python.org/pypi/some-name", "some-name"),
        ("https://www.pypi.org/p/some-name?x#y", "some-name"),
        ("pypi.org/project/some-name/", "some-name"),
        ("x", "x"),
        ("7", "7"),
    ] {
        typed.push((
            "pypiUrl",
            text.to_owned(),
            json!(format!("https://pypi.org/project/{kept}/")),
        ));
    }
    let longest = "𝔘".repeat(200);
    for (text, kept) in [
        ("MIT", "MIT"),
        (" MIT ", "MIT"),
        (&longest, &longest),
        ("GNU General Public License v3 (GPLv3)", "GNU General Public License v3 (GPLv3)"),
        ("Permission is hereby\ngranted", "Permission is hereby\ngranted"),
        ("", ""),
        ("  ", ""),
    ] {
        let kept = if kept.is_empty() { Value::Null } else { json!(kept) };
        typed.push(("pypiLicense", text.to_owned(), kept));
    }
    for (field, text, kept) in [
        ("slug", " Django-Nothing_2 ", json!("django-nothing_2")),
        ("title", "  Two  words ", json!("Two  words")),
        ("repoDescription", " a\nb\t\r\nc ", json!("a\nb\t\r\nc")),
        ("repoDescription", "  ", json!("")),
        ("documentationUrl", " http://x.example/y?z#w ", json!("http://x.example/y?z#w")),
        ("documentationUrl", "", Value::Null),
        ("pypiVersion", " 1.0 ", json!("1.0")),
        ("pypiVersion", " ", Value::Null),
        ("pypiRequiresPython", " >=3.10 ", json!(">=3.10")),
        ("pypiRequiresPython", "", Value::Null),
        ("repoUrl", "", Value::Null),
        ("repoUrl", "   ", Value::Null),
        ("pypiUrl", "", Value::Null),
    ] {
        typed.push((field, text.to_owned(), kept));
    }
    typed
}

on_both! {
    async fn of_new_packages_and_of_old_ones(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (field, text, kept) in typed() {
            let mut input = json!({ "title": "T", "categoryId": id("Category", 1), "slug": "t" });
            input[field] = json!(text);
            let fields = format!("package {{ id {field} }}");
            let made = editors.edit(Role::Editor, "createPackage", input, &fields).await;
            assert_eq!(made["package"][field], kept, "{field} {text:?}");
            editors.edit(Role::Moderator, "deletePackage", json!({ "id": made["package"]["id"] }), "").await;

            let input = json!({
                "title": "U", "categoryId": id("Category", 1), "slug": "u", "repoUrl": "https://u.example/u", "pypiUrl": "u-u",
                "pypiVersion": "0", "pypiLicense": "0BSD", "pypiRequiresPython": "0", "documentationUrl": "http://u.example", "repoDescription": "U",
            });
            let package = make(&editors, "createPackage", input).await;
            let mut input = json!({ "id": package });
            input[field] = json!(text);
            let changed = editors.edit(Role::Editor, "updatePackage", input.clone(), &fields).await;
            assert_eq!(changed["package"][field], kept, "{field} {text:?}");
            assert_ne!(changed["revision"], Value::Null, "{field} {text:?}");
            // The same once more, and what was kept of it, change nothing.
            for again in [json!(text), kept] {
                if again != Value::Null || !matches!(field, "title" | "slug") {
                    input[field] = again;
                    let same = editors.edit(Role::Editor, "updatePackage", input.clone(), &fields).await;
                    assert_eq!((&same["revision"], &same["changedRows"]), (&Value::Null, &json!(0)), "{field} {text:?}");
                }
            }
            editors.edit(Role::Moderator, "deletePackage", json!({ "id": package }), "").await;
        }
    }

    async fn suggested_slugs(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let long = "x".repeat(60);
        for (title, url, slug) in [
            ("A Title", "https://github.com/some/Repo.Name", "repo-name"), ("A Title", "git@github.com:some/Django_Thing.git", "django_thing"),
            ("A  Title: two", "", "a-title-two"), ("Über cool", "", "ber-cool"), (&long, "", &long[..50]), ("--A--", "", "a"),
        ] {
            let input = json!({ "title": title, "categoryId": id("Category", 1), "repoUrl": url });
            let made = editors.edit(Role::Editor, "createPackage", input, "package { id slug }").await;
            assert_eq!(made["package"]["slug"], slug, "{title} {url}");
            editors.edit(Role::Moderator, "deletePackage", json!({ "id": made["package"]["id"] }), "").await;
        }
        for (mutation, of) in [("createGrid", "grid"), ("createCategory", "category")] {
            for (title, slug) in [("Task Pools!", "task-pools"), (&long[..50], &long[..50])] {
                for slug_sent in [json!({ "title": title }), json!({ "title": title, "slug": null })] {
                    let made = editors.edit(Role::Admin, mutation, slug_sent, &format!("{of} {{ id slug }}")).await;
                    assert_eq!(made[of]["slug"], slug);
                    let delete = mutation.replace("create", "delete");
                    editors.edit(Role::Admin, &delete, json!({ "id": made[of]["id"] }), "").await;
                }
            }
        }
        let made = editors.edit(Role::Admin, "createCategory", json!({ "title": "App" }), "category { titlePlural showPypi description }").await;
        assert_eq!(made["category"], json!({ "titlePlural": "App", "showPypi": true, "description": "" }));
    }

    /// What is left out stays; null empties.
    async fn left_out_and_null(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, grid, feature, release, category, .. } = World::new(&editors).await;
        let time = json!("2020-01-31T12:00:00Z");
        for (mutation, of, thing, field, value, empty) in [
            ("updatePackage", "package", &package, "repoUrl", json!("https://x.example/y"), Value::Null),
            ("updatePackage", "package", &package, "repoDescription", json!("D"), json!("")),
            ("updatePackage", "package", &package, "pypiUrl", json!("https://pypi.org/project/y/"), Value::Null),
            ("updatePackage", "package", &package, "documentationUrl", json!("https://x.example/"), Value::Null),
            ("updatePackage", "package", &package, "pypiVersion", json!("1"), Value::Null),
            ("updatePackage", "package", &package, "pypiLicense", json!("MIT"), Value::Null),
            ("updatePackage", "package", &package, "pypiRequiresPython", json!(">=3"), Value::Null),
            ("updatePackage", "package", &package, "lastUpdated", time.clone(), Value::Null),
            ("updatePackage", "package", &package, "dateRepoArchived", time.clone(), Value::Null),
            ("updateGrid", "grid", &grid, "description", json!("D"), json!("")),
            ("updateFeature", "feature", &feature, "description", json!("D"), json!("")),
            ("updateRelease", "release", &release, "license", json!("MIT"), Value::Null),
            ("updateRelease", "release", &release, "requiresPython", json!(">=3"), Value::Null),
            ("updateRelease", "release", &release, "releasedAt", time.clone(), Value::Null),
            ("updateCategory", "category", &category, "description", json!("D"), json!("")),
        ] {
            let edit = async |input: Value| {
                editors.edit(Role::Admin, mutation, input, &format!("{of} {{ {field} }}")).await[of][field].clone()
            };
            let mut input = json!({ "id": thing });
            input[field] = value.clone();
            assert_eq!(edit(input.clone()).await, value, "{mutation} {field}");
            assert_eq!(edit(json!({ "id": thing })).await, value, "{mutation} {field}");
            input[field] = Value::Null;
            assert_eq!(edit(input).await, empty, "{mutation} {field}");
        }
        let input = json!({ "packageId": package, "version": "9" });
        let made = editors.edit(Role::Editor, "createRelease", input, "release { license requiresPython releasedAt isHidden developmentStatus supportsPython3 }").await;
        assert_eq!(made["release"], json!({ "license": null, "requiresPython": null, "releasedAt": null, "isHidden": false, "developmentStatus": "UNKNOWN", "supportsPython3": "UNKNOWN" }));
    }

    /// What is there already makes no revision.
    async fn nothing_new(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, _) in MUTATIONS {
            // What can be done once only is no case of this.
            if ["create", "delete", "merge", "revert"].iter().any(|verb| mutation.starts_with(verb)) {
                continue;
            }
            let world = World::new(&editors).await;
            let input = world.input(&editors, mutation).await;
            editors.edit(Role::Admin, mutation, input.clone(), "").await;
            let (tables, revision) = (editors.tables().await, editors.revision().await);
            let again = editors.edit(Role::Admin, mutation, input, "").await;
            assert_eq!((&again["revision"], &again["changedRows"]), (&Value::Null, &json!(0)), "{mutation}");
            assert_eq!((editors.tables().await, editors.revision().await), (tables, revision), "{mutation}");
        }
    }

    /// A dry run tells what an edit would do, and does not.
    async fn dry_runs(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, _) in MUTATIONS {
            let world = World::new(&editors).await;
            let mut input = world.input(&editors, mutation).await;
            input["dryRun"] = json!(true);
            let before = editors.tables().await;
            let dry = editors.edit(Role::Admin, mutation, input.clone(), "").await;
            assert_eq!(dry["revision"], Value::Null, "{mutation}");
            assert_eq!(editors.tables().await, before, "{mutation}");
            input["dryRun"] = json!(false);
            let done = editors.edit(Role::Admin, mutation, input, "").await;
            assert_eq!(dry["changedRows"], done["changedRows"], "{mutation}");
        }
    }
}
