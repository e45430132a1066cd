//! What is kept, and what is not.

use std::io::Read;
use std::time::Instant;

use axum::body::Body;
use axum::http::Request;
use packgrid::auth::Role;
use packgrid::config::{Cors, Rate};
use sha2::{Digest, Sha256};

use super::*;
use crate::editing::{Editors, id};
use crate::support::on_both;

fn by_get(query: &str) -> axum::http::request::Builder {
    let mut address = url::Url::parse("http://x/graphql").unwrap();
    address.query_pairs_mut().append_pair("query", query);
    Request::get(format!("/graphql?{}", address.query().unwrap()))
}

fn decoded(coding: &str, body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        "gzip" => flate2::read::GzDecoder::new(body).read_to_end(&mut plain).unwrap(),
        "br" => brotli::Decompressor::new(body, 4096).read_to_end(&mut plain).unwrap(),
        _ => zstd::stream::read::Decoder::new(body).unwrap().read_to_end(&mut plain).unwrap(),
    };
    plain
}

on_both! {
    async fn the_same_bytes_without_a_statement(backend: Backend) {
        let app = keeping(backend, 1 << 20).await;
        let first = ask(&app, QUERY).await;
        assert_eq!(status(&first), STORED);
        let revision = first.json()["data"]["directory"]["revision"].as_str().unwrap().to_owned();
        let detail = format!("; detail=\"revision={revision}\"");
        assert_eq!(first.header("cache-status"), format!("{STORED}{detail}"));
        assert!(!app.statements.take().is_empty());
        let second = ask(&app, QUERY).await;
        let detail = format!("{HIT}; detail=\"revision={revision}; age=");
        assert!(second.header("cache-status").starts_with(&detail), "{:?}", second.headers);
        assert_eq!(second.body, first.body);
        assert_eq!(second.header("age"), "", "caches on the way would take it for old");
        for (accept, content_type) in [
            ("application/json", "application/json; charset=utf-8"),
            ("application/graphql-response+json", "application/graphql-response+json; charset=utf-8"),
        ] {
            let mut request = by_post(QUERY);
            request.headers_mut().insert("accept", accept.parse().unwrap());
            request.headers_mut().insert("idempotency-key", "of no use".parse().unwrap());
            let answer = app.send(request).await;
            assert_eq!((status(&answer), answer.header("content-type")), (HIT, content_type));
            assert_eq!((&answer.body, answer.header("cache-control")), (&first.body, "no-store"));
        }
        // What is asked by GET is the same question.
        let answer = app.send(by_get(QUERY).body(Body::empty()).unwrap()).await;
        assert_eq!((status(&answer), &answer.body), (HIT, &first.body));
        assert_eq!(answer.header("cache-control"), "no-cache");
        let tag = answer.header("etag").to_owned();
        let again = by_get(QUERY).header("if-none-match", &tag).body(Body::empty()).unwrap();
        let again = app.send(again).await;
        assert_eq!((again.status.as_u16(), again.header("etag"), status(&again)), (304, tag.as_str(), HIT));
        assert_eq!(app.statements.take(), Vec::<String>::new());
        let batch = app.send(by_post_with(json!([{ "query": QUERY }]))).await;
        assert_eq!((status(&batch), batch.json()[0].to_string()), (BYPASS, first.json().to_string()));
        for (result, count) in [("hit", 5), ("miss", 1), ("collapsed", 0), ("bypass", 1)] {
            let name = format!("packgrid_response_cache_requests_total{{result=\"{result}\"}}");
            assert_eq!(metric(&app, &name).await, count, "{result}");
        }
        assert_eq!(metric(&app, "packgrid_response_cache_entries").await, 1);
        assert_eq!(metric(&app, "packgrid_response_cache_max_bytes").await, 1 << 20);
        assert_eq!(metric(&app, "packgrid_response_cache_hit_age_seconds_count").await, 5);
        assert_eq!(metric(&app, "packgrid_directory_revision").await.to_string(), revision);
        assert_eq!(metric(&app, "packgrid_graphql_responses_total{status=\"304\"}").await, 1);
        assert!(app.get("/metrics").await.text().ends_with("# EOF\n"));
    }

    async fn what_is_asked_tells_answers_apart(backend: Backend) {
        let app = keeping(backend, 1 << 20).await;
        let named = "query A($n: Int) { packages(first: $n) { nodes { title } } } query B { grids { totalCount } }";
        let requests = [
            json!({ "query": "{ grids { totalCount } }" }),
            json!({ "query": "{ grids  { totalCount } }" }),
            json!({ "query": named, "operationName": "A" }),
            json!({ "query": named, "operationName": "B" }),
            json!({ "query": named, "operationName": "A", "variables": { "n": 1 } }),
            json!({ "query": named, "operationName": "A", "variables": { "n": 2 } }),
            json!({ "query": named, "operationName": "A", "variables": { "n": null } }),
        ];
        let mut answers = vec![];
        for request in &requests {
            let answer = app.send(by_post_with(request.clone())).await;
            assert_eq!(status(&answer), STORED, "{request}");
            answers.push(answer);
        }
        for (request, answer) in requests.iter().zip(&answers) {
            let again = app.send(by_post_with(request.clone())).await;
            assert_eq!((status(&again), &again.body), (HIT, &answer.body), "{request}");
        }
        assert_ne!(answers[4].body, answers[5].body);
        // Variables that are no JSON are none, however much the rest is known.
        let body = r#"{"query":"{ grids { totalCount } }","variables":{"a":"\ud800"}}"#;
        assert_eq!(app.post(body).await.status, 400);
    }

    /// What moves on while the revision stays is kept for some seconds, and by GET it has a tag that is
    /// made of the answer.
    async fn what_drifts_is_kept_for_a_while(backend: Backend) {
        use sea_orm::ConnectionTrait;
        let app = keeping(backend, 1 << 20).await;
        app.database.confirm_after(AGES);
        let connection = app.test_database.connect().await;
        let set = async |column: &str, value: &str| {
            let sql = format!("UPDATE directory SET {column} = {value}");
            connection.execute_unprepared(&sql).await.unwrap();
        };
        let get = async |query: &str, known: &str| {
            let query = percent_encoding::utf8_percent_encode(query, percent_encoding::NON_ALPHANUMERIC);
            let request = Request::get(format!("/graphql?query={query}"));
            app.send(request.header("if-none-match", known).body(Body::empty()).unwrap()).await
        };
        let first = "{ grids(first: 1) { totalCount } directory { syncedAt source } history(first: 1) { totalCount } }";
        set("synced_at", "1790000000000000").await;
        let answer = get(first, "").await;
        assert_eq!((answer.status.as_u16(), status(&answer)), (200, STORED), "{}", answer.text());
        assert_eq!(answer.header("cache-control"), "no-cache");
        let tag = answer.header("etag").to_owned();
        assert_ne!(tag, "");
        app.statements.take();
        let again = get(first, &tag).await;
        assert_eq!((again.status.as_u16(), status(&again), again.header("etag")), (304, HIT, tag.as_str()));
        assert_eq!(app.statements.take(), Vec::<String>::new());
        // The same revision, and another answer: its tag is another one, whoever has the one before.
        set("synced_at", "1790000001000000").await;
        let begun = Instant::now();
        let later = loop {
            let answer = get(first, &tag).await;
            if answer.status != 304 {
                break answer;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "it is kept for ever");
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        assert_eq!((later.status.as_u16(), status(&later)), (200, STORED));
        assert_ne!(later.header("etag"), tag);
        assert!(later.text().contains("14:13:21"), "{}", later.text());
        // What says the same has the same tag, also when nothing is kept of it.
        let bare = keeping(backend, 0).await;
        for time in 0..2 {
            let request = Request::get("/graphql?query=%7Bdirectory%7BsyncedAt%7D%7D");
            let answer = bare.send(request.body(Body::empty()).unwrap()).await;
            let request = Request::get("/graphql?query=%7Bdirectory%7BsyncedAt%7D%7D");
            let request = request.header("if-none-match", answer.header("etag"));
            let again = bare.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!((answer.status.as_u16(), again.status.as_u16()), (200, 304), "{time}");
        }
    }

    async fn what_is_not_kept(backend: Backend) {
        let editors = Editors::of(keeping(backend, 1 << 20).await).await;
        let app = &editors.app;
        for (query, expected) in [
            ("{ viewer { role } }", BYPASS),
            ("{ packages(first: -1) { totalCount } grids { totalCount } }", MISS),
            ("{ nothing }", ""),
            ("{", ""),
        ] {
            for time in ["first", "second"] {
                assert_eq!(status(&ask(app, query).await), expected, "{query}, {time}");
            }
        }
        let changes = app.data("{ history(first: 1) { nodes { id } } }").await;
        let change = &changes["history"]["nodes"][0]["id"];
        let query = format!("{{ node(id: {change}) {{ ... on DirectoryChange {{ at }} }} }}");
        let answer = ask(app, &query).await;
        assert!(answer.json()["data"]["node"]["at"].is_string());
        assert_eq!(status(&answer), STORED);
        let cost = json!({ "query": QUERY, "extensions": { "cost": true } });
        assert_eq!(status(&ask(app, QUERY).await), STORED);
        let answer = app.send(by_post_with(cost)).await;
        assert_eq!(status(&answer), BYPASS);
        assert!(answer.json()["extensions"]["cost"]["asked"].is_u64());
        for title in ["a", "b"] {
            let input = json!({ "id": id("Package", 683), "title": title });
            let query = "mutation($i: UpdatePackageInput!) { updatePackage(input: $i) { package { title } } }";
            let body = json!({ "query": query, "variables": { "i": input } });
            for changed in [true, false] {
                let answer = editors.send(Some(Role::Editor), &[], &body).await;
                assert_eq!(status(&answer), BYPASS);
                assert_eq!(answer.json()["data"]["updatePackage"]["package"]["title"], title);
                let answer = ask(app, QUERY).await;
                assert_eq!(answer.json()["data"]["package"]["title"], title);
                assert_eq!(status(&answer), if changed { STORED } else { HIT });
            }
        }
        // Beside the two that are of the history.
        assert_eq!(metric(app, "packgrid_response_cache_entries").await, 3, "it took its own place");
    }

    /// What has read nothing is right at every revision.
    async fn what_reads_nothing_stays(backend: Backend) {
        let editors = Editors::of(keeping(backend, 1 << 20).await).await;
        let queries = ["{ __typename }", "{ __schema { types { name } } }"];
        for query in queries {
            assert_eq!(status(&ask(&editors.app, query).await), STORED);
        }
        let input = json!({ "id": id("Package", 683), "title": "another" });
        editors.edit(Role::Editor, "updatePackage", input, "").await;
        for query in queries {
            assert_eq!(status(&ask(&editors.app, query).await), HIT, "{query}");
        }
    }

    async fn a_wrong_credential_is_refused_all_the_same(backend: Backend) {
        let editors = Editors::of(keeping(backend, 1 << 20).await).await;
        let body = json!({ "query": QUERY });
        assert_eq!(status(&ask(&editors.app, QUERY).await), STORED);
        let right = editors.send(Some(Role::Editor), &[], &body).await;
        assert_eq!((right.status.as_u16(), status(&right)), (200, HIT));
        let wrong = editors.send(None, &[("authorization", "Bearer pgt_1_wrong")], &body).await;
        assert_eq!((wrong.status.as_u16(), status(&wrong)), (401, ""));
    }

    /// What is kept costs next to nothing, and not the operation's cost.
    async fn a_hit_pays_one(backend: Backend) {
        let rate = Rate { per_second: 1, burst: 10_000 };
        let cors = Cors { origins: vec!["*".to_owned()] };
        let config = Config { rate, cors, ..Config::default() };
        let app = App::configured(TestDatabase::sample(backend).await, config).await;
        let query = "{ packages(first: 100, filter: { title: { contains: \"a\" } }) { nodes { title } } }";
        let left = async || {
            let body = json!({ "query": "{ __typename }", "extensions": { "cost": true } });
            let answer = app.send(by_post_with(body)).await.json();
            answer["extensions"]["cost"]["left"].as_u64().unwrap()
        };
        let begun = Instant::now();
        let before = left().await;
        let mut request = by_post(query);
        request.headers_mut().insert("origin", "https://example.org".parse().unwrap());
        let answer = app.send(request).await;
        assert_eq!(status(&answer), STORED);
        let exposed = answer.header("access-control-expose-headers").to_ascii_lowercase();
        assert!(exposed.contains("cache-status"), "{exposed}");
        let after_a_miss = left().await;
        assert!(before - after_a_miss > 300, "{before} {after_a_miss}");
        for _ in 0..200 {
            assert_eq!(status(&ask(&app, query).await), HIT);
        }
        // With what it costs to ask, and what has leaked out meanwhile.
        let paid = after_a_miss - left().await;
        let leaked = begun.elapsed().as_secs() + 1;
        assert!(paid <= 202 && paid + leaked >= 200, "{paid}, {leaked}");
    }

    /// A client that has used up what it may is refused alone.
    async fn a_refusal_is_nobody_elses(backend: Backend) {
        let mut config = Config { rate: Rate { per_second: 1, burst: 1_000 }, ..Config::default() };
        config.server.trusted_proxies = vec!["0.0.0.0".parse().unwrap()];
        let app = App::configured(TestDatabase::sample(backend).await, config).await;
        let ask = async |address: &str, query: &str| {
            let mut request = by_post(query);
            request.headers_mut().insert("x-forwarded-for", address.parse().unwrap());
            app.send(request).await
        };
        let many = "{ packages(first: 100) { nodes { title slug } } }";
        let mut number = 0;
        // Each is another question, so none is found.
        while ask("192.0.2.1", &format!("{many} #{number}")).await.status == 200 {
            number += 1;
        }
        let mine = "{ packages(first: 100) { nodes { title slug repoUrl repoForks repoWatchers } } }";
        assert_eq!(ask("192.0.2.1", mine).await.status, 429);
        assert_eq!(status(&ask("192.0.2.2", mine).await), STORED);
    }

    /// Compressed forms are made once, whoever takes one first, and take room.
    async fn compressed_forms(backend: Backend) {
        let app = keeping(backend, 1 << 20).await;
        let query = "{ packages(first: 60) { nodes { title slug repoDescription } } }";
        let taking = async |coding: &'static str, by: axum::http::request::Builder| {
            let request = by.header("accept-encoding", coding).header("content-type", "application/json");
            app.send(request.body(json!({ "query": query }).to_string().into()).unwrap()).await
        };
        let post = || Request::post("/graphql");
        let first = taking("br;q=0.5, gzip", post()).await;
        assert_eq!((status(&first), first.header("content-encoding")), (STORED, "gzip"));
        let mut bytes = metric(&app, "packgrid_response_cache_bytes").await;
        let plain = ask(&app, query).await;
        assert_eq!((status(&plain), plain.header("content-encoding")), (HIT, ""));
        for (takes, coding) in [("gzip", "gzip"), ("zstd, gzip", "zstd"), ("gzip, deflate, br, zstd", "br")] {
            let answer = taking(takes, post()).await;
            assert_eq!((status(&answer), answer.header("content-encoding")), (HIT, coding));
            assert_eq!(decoded(coding, &answer.body), plain.body);
            assert_eq!(answer.header("content-length"), answer.body.len().to_string());
            let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
            assert_eq!(vary, ["accept", "accept-encoding"]);
            if coding == "gzip" {
                assert_eq!(answer.body, first.body, "it was made by the first request");
            } else {
                let more = metric(&app, "packgrid_response_cache_bytes").await;
                assert_eq!(more - bytes, answer.body.len() as u64);
                bytes = more;
            }
            let tagged = taking(takes, by_get(query)).await;
            assert_eq!((status(&tagged), &tagged.body), (HIT, &answer.body));
            assert!(tagged.header("etag").ends_with(&format!("-{coding}\"")), "{:?}", tagged.headers);
            assert_eq!(tagged.header("vary"), "accept, authorization, accept-encoding");
            let known = by_get(query).header("if-none-match", tagged.header("etag"));
            assert_eq!(taking(takes, known).await.status, 304);
        }
        assert_eq!(metric(&app, "packgrid_response_cache_entries").await, 1);
        let small = app.send(post().header("accept-encoding", "gzip").header("content-type", "application/json")
            .body(json!({ "query": QUERY }).to_string().into()).unwrap()).await;
        assert_eq!((status(&small), small.header("content-encoding")), (STORED, ""));
    }

    async fn within_so_many_bytes(backend: Backend) {
        let app = keeping(backend, 40_000).await;
        let query = |number: usize| format!("{{ packages(first: 30) {{ nodes {{ title slug }} }} }} # {number}");
        for number in 0..60 {
            let mut request = by_post(&query(number));
            if number % 2 == 0 {
                request.headers_mut().insert("accept-encoding", "br".parse().unwrap());
            }
            assert_eq!(status(&app.send(request).await), STORED, "{number}");
            let bytes = metric(&app, "packgrid_response_cache_bytes").await;
            assert!(bytes > 0 && bytes <= 40_000, "{bytes}");
        }
        let entries = metric(&app, "packgrid_response_cache_entries").await;
        assert!((2..60).contains(&entries), "{entries}");
        assert_eq!(status(&ask(&app, &query(59)).await), HIT, "the newest one");
        assert_eq!(status(&ask(&app, &query(0)).await), STORED, "the oldest one");
        let large = "{ packages(first: 100) { nodes { title slug repoDescription repoUrl } } }";
        for _ in 0..2 {
            let answer = ask(&app, large).await;
            assert!(answer.body.len() > 10_000);
            assert_eq!(status(&answer), MISS, "over a quarter of the cache");
        }
    }

    async fn switched_off(backend: Backend) {
        let app = keeping(backend, 0).await;
        for _ in 0..2 {
            let answer = ask(&app, QUERY).await;
            assert_eq!((answer.status.as_u16(), status(&answer)), (200, BYPASS));
            assert!(!app.statements.take().is_empty());
        }
        assert_eq!(metric(&app, "packgrid_response_cache_entries").await, 0);
    }

    /// A client that sends a document to be persisted has that done, also when its answer is known.
    async fn persisted_documents(backend: Backend) {
        let app = keeping(backend, 1 << 20).await;
        let hash: String = Sha256::digest(QUERY).iter().map(|byte| format!("{byte:02x}")).collect();
        let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
        let by_hash = json!({ "extensions": extensions });
        let with_text = json!({ "query": QUERY, "extensions": extensions });
        let first = ask(&app, QUERY).await;
        let answer = app.send(by_post_with(by_hash.clone())).await;
        assert_eq!(answer.json()["errors"][0]["message"], "PersistedQueryNotFound");
        for body in [with_text, by_hash] {
            let answer = app.send(by_post_with(body)).await;
            assert_eq!((status(&answer), &answer.body), (HIT, &first.body));
        }
    }
}
