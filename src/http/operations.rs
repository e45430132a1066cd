//! What happens to a request whichever way it came: its document is found, it is looked at, paid
//! for, and executed.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Value};
use axum::http::StatusCode;
use futures_util::stream::{self, BoxStream, StreamExt};

use super::cache::Question;
use super::caller::Caller;
use super::graphql::{Parameters, SentVariables};
use super::persisted::Document;
use super::rate::Overflow;
use super::refusal::Refusal;
use super::{App, Shared};
use crate::graphql::{
    Advice, Answer, ErrorCode, Event, Operation, Outcome, Subscribed, has_code, too_expensive,
};

/// A request whose document is known.
pub struct Wanted {
    pub document: Document,
    operation_name: Option<String>,
    variables: Option<SentVariables>,
    /// Whether the answer shall say what it cost.
    wants_cost: bool,
    /// The `Idempotency-Key`.
    key: Option<String>,
}

/// A request that can be executed.
pub struct Admitted {
    pub operation: Operation,
    /// Whether the answer shall say what it cost.
    wants_cost: bool,
    /// The `Idempotency-Key`.
    key: Option<String>,
}

impl Wanted {
    /// Whether the answer is different for another client that asks the same, whatever it is.
    pub fn depends_on_client(&self) -> bool {
        self.wants_cost
    }

    /// What is asked.
    pub fn question(&self) -> Question {
        Question {
            document: Arc::clone(&self.document.text),
            operation: self.operation_name.clone(),
            variables: self.variables.as_ref().map(SentVariables::text),
        }
    }
}

impl Admitted {
    /// Whether the answer is the same for whoever asks: it follows from what is asked and the
    /// directory's revision, and if it is drifting, from the time.
    pub fn is_the_same_for_all(&self) -> bool {
        let is_query = self.operation.kind() == OperationType::Query;
        is_query && !self.wants_cost && !self.operation.is_of_viewer()
    }

    /// Whether the answer may be another one at the same revision.
    pub fn is_drifting(&self) -> bool {
        self.operation.is_drifting()
    }
}

/// One of the answers to an operation, as JSON.
pub struct Next {
    pub body: Result<Vec<u8>, Refusal>,
    /// The revision that an event tells of; null of whatever is no event.
    pub revision: Option<i64>,
}

/// What was executed.
pub struct Executed {
    /// JSON.
    pub body: Vec<u8>,
    pub has_errors: bool,
    /// The directory's revision that it was read at; null if nothing was read.
    pub revision: Option<i64>,
    /// Whether it may be another one at the same revision.
    pub is_drifting: bool,
}

impl App {
    /// Finds the document of a request.
    pub fn find(&self, mut parameters: Parameters) -> Result<Wanted, Refusal> {
        let document = self.0.documents.find(&mut parameters)?;
        let Parameters { operation_name, variables, extensions, .. } = parameters;
        let (wants_cost, key) = (extensions.cost, extensions.idempotency_key);
        Ok(Wanted { document, operation_name, variables, wants_cost, key })
    }

    /// Looks at all of a request.
    pub async fn admit(&self, wanted: Wanted) -> Result<Admitted, Refusal> {
        let Wanted { document, operation_name, variables, wants_cost, key } = wanted;
        let mut request = Request::new(&*document.text);
        if let Some(name) = operation_name {
            request = request.operation_name(name);
        }
        if let Some(variables) = variables {
            request = request.variables(variables.read().map_err(Refusal::bad_request)?);
        }
        let operation = self.0.service.prepare(request).await?;
        self.0.documents.keep(&document);
        Ok(Admitted { operation, wants_cost, key })
    }

    /// Answers a request of a batch. What is kept is passed by: a batch is one text in the end.
    pub async fn respond(
        &self,
        parameters: Parameters,
        caller: &Caller,
    ) -> Result<Vec<u8>, Refusal> {
        let admitted = self.admit(self.find(parameters)?).await?;
        if admitted.operation.kind() == OperationType::Subscription {
            return Err(no_stream());
        }
        Ok(self.execute(admitted, caller, self.deadline()).await?.body)
    }

    /// Answers an operation of whatever kind, for a client that takes many answers. A subscription
    /// goes on after the revision `resume_after`, if there is one.
    pub async fn answers(
        &self,
        admitted: Admitted,
        caller: &Caller,
        resume_after: Option<i64>,
    ) -> Result<BoxStream<'static, Next>, Refusal> {
        if admitted.operation.kind() != OperationType::Subscription {
            let executed = self.execute(admitted, caller, self.deadline()).await?;
            let next = Next { body: Ok(executed.body), revision: None };
            return Ok(stream::once(async { next }).boxed());
        }
        self.pay_for(&admitted.operation, caller.address)?;
        let Shared { service, feed, .. } = &*self.0;
        let viewer = caller.viewer.clone();
        match service.subscribe(feed, admitted.operation, viewer, resume_after).await {
            Subscribed::Refused(errors) => Err(errors.into()),
            Subscribed::Events(events) => {
                let app = self.clone();
                let next = move |event: Event| Next {
                    body: app.body(&event.outcome),
                    revision: event.revision,
                };
                Ok(events.map(next).boxed())
            }
        }
    }

    /// Executes a query or a mutation for `caller`, until `deadline` at the latest.
    pub async fn execute(
        &self,
        admitted: Admitted,
        caller: &Caller,
        deadline: Instant,
    ) -> Result<Executed, Refusal> {
        let Admitted { operation, wants_cost, key } = admitted;
        let is_drifting = operation.is_drifting();
        let (asked, fixed, client) = (operation.cost(), operation.fixed_cost(), caller.address);
        self.pay_for(&operation, client)?;
        let app = self.clone();
        let finish = move |mut outcome: Outcome| {
            // Nobody pays for what was not there.
            let used = if wants_cost || app.0.buckets.is_some() {
                // The values of introspection are paid for by a constant.
                outcome.used_cost().saturating_add(fixed).min(asked)
            } else {
                fixed
            };
            let left = app.give_back(client, asked, used);
            if wants_cost {
                let cost = serde_json::json!({ "asked": asked, "used": used, "left": left });
                let cost = Value::from_json(cost).unwrap_or_default();
                outcome.extend("cost", cost);
            }
            (app.body(&outcome), !outcome.errors().is_empty())
        };
        let Shared { service, database, .. } = &*self.0;
        let viewer = caller.viewer.clone();
        match service.execute(database, operation, viewer, key, deadline, finish).await {
            Answer::Executed { answer: (body, has_errors), revision } => {
                Ok(Executed { body: body?, has_errors, revision, is_drifting })
            }
            Answer::Refused(errors) => {
                // Nor for what was not executed.
                let spent = [ErrorCode::Timeout, ErrorCode::AnswerTooLarge];
                let spent = errors.iter().any(|it| spent.iter().any(|code| has_code(it, *code)));
                self.give_back(client, asked, if spent { asked } else { fixed });
                Err(errors.into())
            }
        }
    }

    /// Gives `client` back what it has paid of `asked` and not `used`. Tells what it has left; null
    /// where nobody pays.
    fn give_back(&self, client: IpAddr, asked: u64, used: u64) -> Option<u64> {
        let buckets = self.0.buckets.as_ref()?;
        Some(buckets.give_back(client, asked.saturating_sub(used)))
    }

    /// Has `client` pay for `operation`.
    fn pay_for(&self, operation: &Operation, client: IpAddr) -> Result<(), Refusal> {
        self.pay_or(client, operation.cost(), operation.advice())
    }

    /// Has `client` pay for something that always costs the same.
    pub fn pay(&self, client: IpAddr, cost: u64) -> Result<(), Refusal> {
        self.pay_or(client, cost, Advice::default())
    }

    fn pay_or(&self, client: IpAddr, cost: u64, advice: Advice) -> Result<(), Refusal> {
        let Some(buckets) = &self.0.buckets else {
            return Ok(());
        };
        match buckets.take(client, cost, Instant::now()) {
            Ok(_) => Ok(()),
            Err(Overflow::Later(seconds)) => {
                let message =
                    format!("You have used up what you may for now; try again in {seconds} s");
                let (status, code) = (StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited);
                Err(Refusal::http(status, code, message).retry_after(seconds))
            }
            Err(Overflow::Never(most)) => Err(vec![too_expensive(cost, most, advice)].into()),
        }
    }
}

/// That a subscription does not fit into one answer.
pub fn no_stream() -> Refusal {
    let message = "Subscribe by WebSocket (graphql-transport-ws), or with `Accept: \
                   text/event-stream`";
    Refusal::request(ErrorCode::SubscriptionTransportRequired, message)
}

/// That a request by GET would have an effect.
pub fn no_mutation_by_get() -> Refusal {
    let (status, code) = (StatusCode::METHOD_NOT_ALLOWED, ErrorCode::MethodNotAllowed);
    Refusal::http(status, code, "Send mutations by POST")
}
