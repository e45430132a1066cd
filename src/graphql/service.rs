//! From a request to its answer: it is looked at, and executed at one moment of the database.

use std::sync::Arc;
use std::time::Instant;

use async_graphql::parser::types::{OperationType, Selection};
use async_graphql::{Positioned, Request, Response, ServerError, Variables};
use futures_util::stream::{self, BoxStream, StreamExt};

use super::batching::Batching;
use super::context::RequestContext;
use super::definitions::Definitions;
use super::document::{Document, Documents};
use super::errors::{self, ErrorCode, Failure, request_error};
use super::feed::Feed;
use super::limits;
use super::mutation::Editor;
use super::operation::Operation;
use super::outcome::Outcome;
use super::subscription::Wishes;
use super::telling::Telling;
use super::{Schema, literals, nulls, once, overlaps, variables};
use crate::auth::Viewer;
use crate::config::{Editing, Graphql, Limits};
use crate::database::{Database, Snapshot};

/// Takes requests. Clones share it.
#[derive(Clone)]
pub struct Service(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) schema: Schema,
    /// The same schema, for documents that were validated.
    pub(super) trusting: Schema,
    sdl: String,
    definitions: Definitions,
    pub(super) limits: Limits,
    introspection: bool,
    editing: Editing,
    documents: Documents,
}

/// What became of a request.
pub enum Answer<T> {
    /// Nothing was executed, or it was given up: the answer has errors and no `data`.
    Refused(Vec<ServerError>),
    /// It was executed; fields may have failed.
    Executed {
        answer: T,
        /// The directory's revision that it was read at; null if nothing was read.
        revision: Option<i64>,
    },
}

/// What was executed: as it is wanted, or to be kept before that.
enum Executed<T, F> {
    Finished(T),
    Unfinished(Box<Response>, F),
}

/// What became of a subscription.
pub enum Subscribed {
    /// Nothing was executed.
    Refused(Vec<ServerError>),
    Events(BoxStream<'static, Event>),
}

/// An event of a subscription.
pub struct Event {
    pub outcome: Outcome,
    /// The revision that it tells of, after which the client can go on later.
    pub revision: Option<i64>,
}

impl Service {
    /// Takes requests within `limits`.
    pub fn new(settings: &Graphql, editing: Editing, limits: Limits) -> Self {
        let schema = super::schema();
        Self(Arc::new(Inner {
            sdl: super::sdl(&schema),
            definitions: Definitions::new(&schema),
            schema,
            trusting: super::trusting_schema(),
            limits,
            introspection: settings.introspection,
            editing,
            documents: Documents::default(),
        }))
    }

    /// The schema's text; null if clients may not ask for it.
    pub fn sdl(&self) -> Option<&str> {
        self.0.introspection.then_some(self.0.sdl.as_str())
    }

    /// Looks at a request, before anything runs.
    ///
    /// # Errors
    /// What is wrong with it.
    pub async fn prepare(&self, request: Request) -> Result<Operation, Vec<ServerError>> {
        let prepared = self.look_at(request).await;
        prepared.map_err(|errors| errors::cap(errors, &self.0.limits))
    }

    async fn look_at(&self, request: Request) -> Result<Operation, Vec<ServerError>> {
        let Inner { schema, definitions, limits, introspection, documents, .. } = &*self.0;
        let refused = |refused: limits::Refused| vec![ServerError::from(refused)];
        let known = documents.get(&request.query);
        if known.is_none() {
            limits::check_text(&request.query, limits).map_err(refused)?;
        }
        limits::check_variables(&request.variables, limits).map_err(refused)?;
        let (parsed, is_new) = match known {
            Some(parsed) => (parsed, false),
            None => (Arc::new(Document::new(&request.query).map_err(|error| vec![error])?), true),
        };
        let document = &parsed.sent;
        let operation = parsed.operation(request.operation_name.as_deref()).map_err(|message| {
            vec![request_error(ErrorCode::OperationResolutionFailure, message)]
        })?;
        let measures =
            limits::measure(definitions, document, operation, &request.variables, limits)
                .map_err(refused)?;
        if measures.introspects() && !introspection {
            let message = "Introspection is switched off on this server";
            return Err(vec![request_error(ErrorCode::GraphqlValidationFailed, message)]);
        }
        let kind = operation.ty;
        let is_meta = |item: &Positioned<Selection>| match &item.node {
            Selection::Field(field) => field.node.name.node.starts_with("__"),
            _ => false,
        };
        if kind == OperationType::Subscription
            && (measures.fields() > 1 || operation.selection_set.node.items.iter().any(is_meta))
        {
            let message = "A subscription has one field at its root, and none of introspection";
            return Err(vec![request_error(ErrorCode::GraphqlValidationFailed, message)]);
        }
        if is_new {
            let wrong = literals::check(definitions, document);
            if !wrong.is_empty() {
                return Err(wrong);
            }
            let merges = overlaps::check(definitions, document, measures.selections())
                .map_err(|error| vec![error])?;
            parsed.set_merges(merges);
            documents.keep(&request.query, &parsed);
        }
        let mut wrong = variables::check(definitions, operation, &request.variables);
        if wrong.is_empty() && parsed.may_have_null(&request.variables) {
            wrong = nulls::check(definitions, document, operation, &request.variables);
        }
        if wrong.is_empty() {
            let is_valid = parsed.is_valid(operation, &request.variables);
            return Ok(Operation { request, document: parsed, kind, measures, is_valid });
        }
        // A document that does not fit the schema declares its variables in vain; whoever wrote it
        // is told that first. Nothing is executed so, and where it is used no variable looked at.
        let mut only_document = Request::new(request.query).only_introspection();
        only_document.operation_name = request.operation_name;
        only_document.set_parsed_query(parsed.executed());
        let response = schema.execute(only_document.variables(Variables::default())).await;
        let unfit = errors::finish(response, limits).errors;
        let unfit: Vec<_> = unfit.into_iter().filter(|error| error.path.is_empty()).collect();
        Err(if unfit.is_empty() { wrong } else { unfit })
    }

    /// Executes `operation` for `viewer` at one moment of `database`, until `deadline` at the latest.
    /// A mutation with a `key` that was executed before is answered as it was then.
    ///
    /// `finish` makes of the outcome what is wanted of it, on the thread that has made it: that has
    /// it in its caches, and the memory that it gives back is taken there again.
    pub async fn execute<T, F>(
        &self,
        database: &Database,
        operation: Operation,
        viewer: Viewer,
        key: Option<String>,
        deadline: Instant,
        finish: F,
    ) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(Outcome) -> T + Send + 'static,
    {
        let service = self.clone();
        let Operation { mut request, document, kind, measures, is_valid } = operation;
        request.set_parsed_query(document.executed());
        let retry = key.filter(|_| kind == OperationType::Mutation).and_then(|key| {
            once::retry(&request, &viewer, key, self.0.editing.idempotency_seconds)
        });
        if let Some(retry) = &retry {
            match once::answered(database, retry, deadline).await {
                Ok(None) => {}
                Ok(Some(response)) => {
                    return Answer::Executed {
                        answer: finish(Outcome::new(response)),
                        revision: None,
                    };
                }
                Err(failure) => return Answer::Refused(self.failed(failure)),
            }
        }
        let mut request = request.data(viewer.clone());
        if kind == OperationType::Mutation {
            let (database, retry) = (database.clone(), retry.clone());
            request = request.data(Editor { database, viewer, retry, deadline });
        }
        let is_kept = retry.is_some();
        let body = move |snapshot: Snapshot| async move {
            if measures.has_filter() {
                snapshot.expect_plans_by_value();
            }
            let batching = Batching::default();
            let context = RequestContext::new(snapshot.clone(), &batching, service.0.limits)
                .writing(kind == OperationType::Query && !document.merges());
            let Inner { schema, trusting, .. } = &*service.0;
            let schema = if is_valid { trusting } else { schema };
            let run = batching.run(schema.execute(request.data(context)));
            let mut response = tokio::time::timeout_at(deadline.into(), run).await.ok();
            if measures.introspects()
                && let Some(response) = &mut response
            {
                super::describe_schema(&mut response.data);
            }
            let executed = service.judge(response).map(|response| {
                document.set_valid();
                if is_kept {
                    Executed::Unfinished(Box::new(response), finish)
                } else {
                    Executed::Finished(finish(Outcome::new(response)))
                }
            });
            (executed, snapshot.revision())
        };
        let executed = if kind == OperationType::Mutation {
            database.edit(deadline, body).await
        } else {
            database.read(deadline, body).await
        };
        let (executed, revision) = match executed {
            Ok((Ok(executed), revision)) => (executed, revision),
            Ok((Err(errors), _)) => return Answer::Refused(errors),
            Err(error) => return Answer::Refused(self.failed(error)),
        };
        let answer = match (executed, &retry) {
            (Executed::Finished(answer), _) => answer,
            (Executed::Unfinished(response, finish), retry) => {
                if let Some(retry) = retry {
                    once::keep(database, retry, &response, deadline).await;
                }
                finish(Outcome::new(*response))
            }
        };
        Answer::Executed { answer, revision }
    }

    /// The answer, if one was executed that can be given: null is one that was not there in time.
    fn judge(&self, response: Option<Response>) -> Result<Response, Vec<ServerError>> {
        let Some(response) = response else {
            let error = request_error(ErrorCode::Timeout, "The request took too long");
            return Err(self.refused(error));
        };
        // Out of time, out of connections, or too long: half an answer would be taken for a whole one.
        if let Some(error) = response.errors.iter().find(|error| gives_up(error)) {
            let mut error = error.clone();
            error.source = None;
            return Err(self.refused(error));
        }
        let executed = has_data(&response);
        let response = errors::finish(response, &self.0.limits);
        if executed { Ok(response) } else { Err(response.errors) }
    }

    /// Begins a subscription of `viewer`, whose client was told of everything up to a revision if its
    /// connection broke before.
    pub async fn subscribe(
        &self,
        feed: &Feed,
        operation: Operation,
        viewer: Viewer,
        resume_after: Option<i64>,
    ) -> Subscribed {
        let (wishes, limits) = (Wishes::default(), self.0.limits);
        let first = operation.again().data(viewer.clone()).data(wishes.clone());
        // What async-graphql refuses it refuses in place of an event.
        if let Some(refused) = Box::pin(self.0.schema.execute_stream(first)).next().await {
            return Subscribed::Refused(errors::finish(refused, &limits).errors);
        }
        let wish = wishes.take().unwrap_or_default();
        let about = match feed.find(wish.about.as_ref()).await {
            Ok(about) => about,
            Err(failure) => return Subscribed::Refused(self.failed(failure)),
        };
        let resumed = resume_after.map(|revision| ("Last-Event-ID", revision));
        let since = resumed.or(wish.since.map(|revision| ("since", revision)));
        // Whoever is answered that the subscription has begun misses nothing from here on.
        let changes = match feed.changes(since).await {
            Ok(changes) => Box::pin(changes),
            Err(error) => return Subscribed::Refused(self.failed(error)),
        };
        let telling =
            Telling { service: self.clone(), feed: feed.clone(), operation, viewer, about };
        let telling = Some((telling, changes));
        Subscribed::Events(Box::pin(stream::unfold(telling, |telling| async move {
            let (telling, mut changes) = telling?;
            loop {
                let told = match changes.next().await? {
                    Ok(change) => telling.tell(change).await,
                    Err(error) => Err(telling.service.failed(error)),
                };
                match told {
                    Ok(Some(event)) => return Some((event, Some((telling, changes)))),
                    Ok(None) => {}
                    // Nothing is left out: the client goes on after the last event that it has.
                    Err(errors) => {
                        let outcome = Outcome::new(Response::from_errors(errors));
                        return Some((Event { outcome, revision: None }, None));
                    }
                }
            }
        })))
    }

    /// The errors of a request that failed by what the database says.
    pub fn failed(&self, error: impl Into<Failure>) -> Vec<ServerError> {
        let error = async_graphql::Error::from(error.into());
        self.refused(error.into_server_error(Default::default()))
    }

    /// The whole request has failed by `error`, which is of no field and no place in the document.
    pub(super) fn refused(&self, mut error: ServerError) -> Vec<ServerError> {
        error.path.clear();
        error.locations.clear();
        let response = Response::from_errors(vec![error]);
        errors::finish(response, &self.0.limits).errors
    }
}

/// Whether something ran, of which there is `data`, null as it may be: an error of execution has a
/// path.
fn has_data(response: &Response) -> bool {
    response.data != async_graphql::Value::Null
        || response.errors.iter().any(|error| !error.path.is_empty())
}

/// Whether the whole request has failed by this error of one field.
pub(super) fn gives_up(error: &ServerError) -> bool {
    [ErrorCode::Timeout, ErrorCode::ServiceUnavailable, ErrorCode::AnswerTooLarge]
        .iter()
        .any(|code| errors::has_code(error, *code))
}
