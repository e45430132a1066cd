//! The server: GraphQL over HTTP, GraphiQL, and what operators look at.

mod accept;
mod answering;
mod cache;
mod caller;
mod client;
mod events;
mod graphiql;
mod graphql;
mod health;
mod metrics;
mod operations;
mod origin;
mod persisted;
mod rate;
mod refusal;
mod rest;
mod room;
mod server;
mod websocket;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::util::{MapRequestLayer, MapResponseLayer};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};

use crate::auth::Gatekeeper;
use crate::config::Config;
use crate::database::Database;
use crate::exchange::Progress;
use crate::graphql::{ErrorCode, Feed, Service};

use accept::MediaType;
use cache::Answers;
use metrics::Metrics;
use origin::RefusedOrigins;
use persisted::Documents;
use rate::Buckets;
use refusal::Refusal;

pub use persisted::ManifestError;
pub use server::serve;

/// Bytes of an answer that are not worth compressing: with its headers it is one packet.
const SMALL: u16 = 1024;

/// What a panic says.
type Panic = Box<dyn std::any::Any + Send>;

/// When a client may try again that found no place.
const RETRY_SECONDS: u64 = 5;

/// What the handlers share.
#[derive(Clone)]
struct App(Arc<Shared>);

struct Shared {
    service: Service,
    database: Database,
    config: Config,
    gatekeeper: Gatekeeper,
    documents: Documents,
    /// Answers to queries; null when none are kept.
    answers: Option<Answers>,
    metrics: Metrics,
    buckets: Option<Buckets>,
    refused_origins: RefusedOrigins,
    feed: Feed,
    /// How the directory keeps in step with its source; null when this server does not see to it.
    sync: Option<Progress>,
    rest: rest::Shared,
    /// Places for WebSocket connections and event streams.
    streams: Arc<Semaphore>,
    /// True once the server is to stop.
    stopping: watch::Receiver<bool>,
}

/// The server's routes, and the switch that ends what would go on for ever.
pub struct Site {
    pub router: Router,
    /// Send `true`, and WebSocket connections and event streams end.
    pub stopping: watch::Sender<bool>,
    streams: Arc<Semaphore>,
    /// How many there may be of those.
    places_of_streams: usize,
}

impl Site {
    /// Serves `database`.
    ///
    /// # Errors
    /// When the trusted documents cannot be used.
    pub fn new(database: Database, config: Config) -> Result<Self, ManifestError> {
        Self::syncing(database, config, None)
    }

    /// As [`Self::new`], and tells how `sync` stands, which somebody else sees to.
    ///
    /// # Errors
    /// When the trusted documents cannot be used.
    pub fn syncing(
        database: Database,
        config: Config,
        sync: Option<Progress>,
    ) -> Result<Self, ManifestError> {
        let (stopping, stopped) = watch::channel(false);
        let poll = Duration::from_millis(config.subscriptions.poll_millis);
        let places_of_streams = config.subscriptions.connections;
        let streams = Arc::new(Semaphore::new(places_of_streams));
        let app = App(Arc::new(Shared {
            service: Service::new(&config.graphql, config.editing, config.limits),
            gatekeeper: Gatekeeper::new(&config.auth, database.clone()),
            documents: Documents::load(&config.graphql)?,
            answers: Answers::new(config.cache.response_bytes),
            metrics: Metrics::new(config.cache.response_bytes),
            buckets: Buckets::new(&config.rate),
            refused_origins: RefusedOrigins::default(),
            feed: Feed::new(database.clone(), poll),
            sync,
            streams: Arc::clone(&streams),
            rest: rest::Shared::new(config.rest.zone()),
            stopping: stopped,
            database,
            config,
        }));
        Ok(Self { router: router(app), stopping, streams, places_of_streams })
    }
}

fn router(app: App) -> Router {
    let graphiql = if app.0.config.graphql.graphiql {
        Router::new()
            // Relative, since a proxy may serve this below a path of its own.
            .route("/", get(|| async { Redirect::temporary("graphiql") }))
            .route("/graphiql", get(graphiql::page))
            .route("/graphiql/", get(graphiql::redirect))
            .route("/graphiql/{*file}", get(graphiql::asset))
    } else {
        Router::new()
    };
    let rest = if app.0.config.rest.enabled {
        let places = ["/api/v4", "/api/v4/", "/api/v4/{*rest}"];
        let more = ["/api/packgrid/v1", "/api/packgrid/v1/", "/api/packgrid/v1/{*rest}"];
        let paths = places.into_iter().chain(more);
        paths.fold(Router::new(), |router, path| router.route(path, any(rest::handle)))
    } else {
        Router::new()
    };
    let cors = origin::cors(&app);
    let router = Router::new()
        .route("/graphql", any(graphql::handle))
        .route("/graphql/", any(graphql::handle))
        .route("/graphql/{*rest}", any(graphql::not_found))
        .route("/schema.graphql", get(schema_text))
        .route("/schema.graphql/", get(schema_text))
        .merge(graphiql)
        .fallback(not_found)
        // From the client inwards, and together: the router has a box and a copy for each layer that
        // it is given by itself.
        .layer((
            catch_panic(),
            MapResponseLayer::new(graphql::mark_coding),
            MapRequestLayer::new(accept::choose_coding),
            compression(),
        ));
    // Clients of the REST API never got anything compressed.
    let plain = rest
        .route("/healthz", get(health::healthz))
        .route("/healthz/", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/readyz/", get(health::readyz))
        .route("/metrics", get(metrics::metrics))
        .route("/metrics/", get(metrics::metrics))
        .layer(catch_panic());
    let router = router.merge(plain);
    let router = match cors {
        Some(cors) => router.layer(cors),
        None => router,
    };
    router.with_state(app)
}

/// Answers for a handler that came down.
fn catch_panic() -> CatchPanicLayer<fn(Panic) -> Response> {
    CatchPanicLayer::custom(panicked as fn(_) -> _)
}

/// Whether answers of so many bytes are worth it.
fn is_compressed(bytes: usize) -> bool {
    bytes >= usize::from(SMALL)
}

/// Compresses what is worth it. Brotli's best levels take longer than what they save.
fn compression() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        // What has a coding already is left alone.
        .compress_when(SizeAbove::new(SMALL).and(DefaultPredicate::new()))
}

impl App {
    /// A place for a connection that lasts.
    ///
    /// # Errors
    /// When all are taken.
    fn place(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        Arc::clone(&self.0.streams).try_acquire_owned().map_err(|_| {
            let message = "Too many connections wait for events; try again later";
            let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::ServiceUnavailable);
            Refusal::http(status, code, message).retry_after(RETRY_SECONDS)
        })
    }

    /// When a request that begins now is given up.
    fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_secs(self.0.config.limits.request_seconds)
    }
}

async fn schema_text(State(App(app)): State<App>) -> Response {
    match app.service.sdl() {
        Some(sdl) => {
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], sdl.to_owned()).into_response()
        }
        None => not_found(State(App(app))).await.into_response(),
    }
}

/// Waits until the server is to stop.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that whoever could say so is gone.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Answers for a path at which there is nothing: names those at which there is something.
async fn not_found(State(App(app)): State<App>) -> impl IntoResponse {
    let Config { graphql, rest, .. } = &app.config;
    let mut paths = vec!["/graphql"];
    if graphql.graphiql {
        paths.push("/graphiql");
    }
    if graphql.introspection {
        paths.push("/schema.graphql");
    }
    if rest.enabled {
        paths.extend(["/api/v4/", "/api/packgrid/v1/"]);
    }
    paths.extend(["/healthz", "/readyz", "/metrics"]);
    let message = format!("Nothing is served at this path. There are {}.\n", paths.join(", "));
    (StatusCode::NOT_FOUND, message)
}

fn panicked(_: Panic) -> Response {
    // The panic itself has been logged where it happened.
    let refusal = Refusal::from(vec![crate::graphql::broken(&"a handler came down")]);
    graphql::refuse(&refusal, MediaType::Json)
}
