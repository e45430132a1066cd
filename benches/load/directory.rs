//! What is measured: packages in a database, and servers of them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use async_graphql::{Request, Variables};
use packgrid::auth::Viewer;
use packgrid::config::{self, Editing, Graphql, Limits};
use packgrid::database::Database;
use packgrid::graphql::{Answer, Service};
use serde_json::{Value, json};

use super::drive::{Target, ask};
use super::floor::Brief;
use super::queries::{self, Query};
use super::support::{self, Program};

/// The servers, in the order in which they are asked.
pub const SERVERS: [&str; 4] = ["floor A", "floor B", "packgrid", "keeping"];

/// Another build of packgrid, which is asked after them.
pub const BASELINE: &str = "baseline";

/// Which rows a search finds.
const FOUND: &str = "query Search($words: String!) { search(query: $words, first: 20) { \
    totalCount nodes { __typename ... on Package { number } ... on Grid { number } \
    ... on Category { number } } } }";

/// Packages in a database, what is asked of them, and the servers that know.
pub struct Directory {
    pub packages: String,
    pub queries: Vec<Query>,
    /// How many each query takes.
    pub statements: Vec<usize>,
    pub servers: Vec<Program>,
}

impl Directory {
    /// Imports the packages that were made in `folder`, and starts the servers.
    pub async fn prepare(folder: &Path, database: &str, packages: &str, url: &str) -> Self {
        run(folder, &["import", packages, "--database-url", url]);
        if database == "PostgreSQL" {
            // What the server itself does within a minute or so.
            support::psql(url, "VACUUM");
        }
        let folder = folder.join(format!("{database}-{packages}"));
        let keeping = folder.join("keeping");
        std::fs::create_dir_all(&keeping).unwrap();
        let settings = config::Database { url: url.to_owned(), ..config::Database::default() };
        let asking = Asking {
            service: Service::new(&Graphql::default(), Editing::default(), Limits::default()),
            database: Database::open(&settings).await.unwrap(),
        };
        let subjects = asking.answer(queries::SUBJECTS, &json!({})).await.0;
        let slug = |list: &str| subjects[list]["nodes"][0]["slug"].as_str().unwrap().to_owned();
        let mut brief =
            Brief { package: slug("packages"), grid: slug("grids"), ..Brief::default() };
        let queries = queries::all(&brief.package, &brief.grid);
        let mut statements = Vec::new();
        for query in &queries {
            let (data, ran) = asking.answer(query.document, &query.variables).await;
            std::fs::write(folder.join(query.name), json!({ "data": data }).to_string()).unwrap();
            statements.push(ran.len());
            if query.name == "search" {
                brief.search = ran;
                let found = asking.answer(FOUND, &query.variables).await.0;
                brief.total = found["search"]["totalCount"].as_u64().unwrap();
                let row = |node: &Value| {
                    let name = node["__typename"].as_str().unwrap().to_owned();
                    (name, node["number"].as_i64().unwrap())
                };
                brief.found =
                    found["search"]["nodes"].as_array().unwrap().iter().map(row).collect();
            }
        }
        asking.database.close().await;
        let file = folder.join("brief.json");
        std::fs::write(&file, serde_json::to_string(&brief).unwrap()).unwrap();
        let myself = |arguments: &[&str]| {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(arguments);
            Program::start(command)
        };
        std::fs::write(folder.join("packgrid.toml"), "[cache]\nresponse_bytes = 0\n").unwrap();
        let servers = vec![
            myself(&["fixed", folder.to_str().unwrap()]),
            myself(&["by-hand", url, file.to_str().unwrap()]),
            Program::serve(&folder, &["--database-url", url]),
            Program::serve(&keeping, &["--database-url", url]),
        ];
        Self { packages: packages.to_owned(), queries, statements, servers }
    }

    /// Adds `program`, another build of packgrid, on a database of its own: neither build may open
    /// what the other has migrated.
    pub fn add_baseline(&mut self, folder: &Path, database: &str, program: &Path, url: &str) {
        let command = |folder: &Path| support::build_of_packgrid(program, folder);
        let mut import = command(folder);
        import.args(["import", &self.packages, "--database-url", url]).stderr(Stdio::null());
        assert!(import.output().unwrap().status.success(), "the baseline's import");
        if database == "PostgreSQL" {
            support::psql(url, "VACUUM");
        }
        let mut serve = command(&folder.join(format!("{database}-{}", self.packages)));
        serve.args(["serve", "--listen", "127.0.0.1:0", "--database-url", url]);
        self.servers.push(Program::start(serve));
    }

    /// Whom to ask for a query, when all builds of this commit have given the same data.
    pub async fn targets(&self, query: &Query) -> Vec<Target> {
        let path = format!("/{}", query.name);
        let paths = [&*path, &*path, "/graphql", "/graphql", "/graphql"];
        let target =
            |(server, path): (&Program, _)| Target::new(&server.address, path, &query.body());
        let targets: Vec<Target> = self.servers.iter().zip(paths).map(target).collect();
        let mut answers: Vec<Value> = Vec::new();
        for target in &targets[..SERVERS.len()] {
            answers.push(serde_json::from_slice(&ask(target).await).unwrap());
        }
        for answer in &answers[1..] {
            assert_eq!(answer["data"], answers[0]["data"], "{}", query.name);
        }
        targets
    }
}

/// Runs a command to its end.
pub fn run(folder: &Path, arguments: &[&str]) {
    let mut command = support::packgrid(folder);
    let output = command.args(arguments).stderr(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
}

/// Asks without HTTP.
struct Asking {
    service: Service,
    database: Database,
}

impl Asking {
    /// The data, and the statements that it took.
    async fn answer(&self, document: &str, variables: &Value) -> (Value, Vec<String>) {
        let log = self.database.record_statements();
        let request = Request::new(document).variables(Variables::from_json(variables.clone()));
        let operation =
            self.service.prepare(request).await.unwrap_or_else(|errors| panic!("{errors:?}"));
        let deadline = Instant::now() + Duration::from_secs(60);
        let executed = self.service.execute(
            &self.database,
            operation,
            Viewer::default(),
            None,
            deadline,
            |it| it,
        );
        let Answer::Executed { answer: outcome, .. } = executed.await else {
            panic!("{document} was refused");
        };
        assert!(outcome.errors().is_empty(), "{:?}", outcome.errors());
        let mut answer = Vec::new();
        outcome.write(&mut answer).unwrap();
        let mut answer: Value = serde_json::from_slice(&answer).unwrap();
        (answer["data"].take(), log.take_spelled_out())
    }
}
