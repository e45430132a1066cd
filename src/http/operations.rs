//! What happens to a request whichever way it came: its document is found, it is looked at, paid
//! for, and executed.

use std::net::IpAddr;
use std::time::Instant;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, Value};
use axum::http::StatusCode;
use futures_util::stream::{self, BoxStream, StreamExt};

use super::caller::Caller;
use super::graphql::Parameters;
use super::persisted::Document;
use super::rate::Overflow;
use super::refusal::Refusal;
use super::{App, Shared};
use crate::graphql::{
    Answer, ErrorCode, Event, Operation, Subscribed, has_code, too_expensive, used_cost,
};

/// A request that can be executed.
pub struct Admitted {
    pub operation: Operation,
    pub document: Document,
    /// Whether the answer shall say what it cost.
    wants_cost: bool,
    /// The `Idempotency-Key`.
    key: Option<String>,
}

impl Admitted {
    /// Whether the answer is different for another client that asks the same.
    pub fn depends_on_client(&self) -> bool {
        self.wants_cost
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
    pub response: Response,
    /// The directory's revision that it was read at; null if nothing was read.
    pub revision: Option<i64>,
}

impl App {
    /// Finds the document of a request, and looks at all of it.
    pub async fn admit(&self, mut parameters: Parameters) -> Result<Admitted, Refusal> {
        let document = self.0.documents.find(&mut parameters)?;
        let mut request = Request::new(&*document.text);
        if let Some(name) = parameters.operation_name {
            request = request.operation_name(name);
        }
        if let Some(variables) = parameters.variables {
            request = request.variables(variables);
        }
        let operation = self.0.service.prepare(request).await?;
        self.0.documents.keep(&document);
        let (wants_cost, key) = (parameters.extensions.cost, parameters.extensions.idempotency_key);
        Ok(Admitted { operation, document, wants_cost, key })
    }

    /// Answers a request that has one answer.
    pub async fn respond(
        &self,
        parameters: Parameters,
        caller: &Caller,
    ) -> Result<Response, Refusal> {
        let admitted = self.admit(parameters).await?;
        if admitted.operation.kind() == OperationType::Subscription {
            return Err(no_stream());
        }
        Ok(self.execute(admitted, caller).await?.response)
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
            let executed = self.execute(admitted, caller).await?;
            let next = Next { body: self.body(&executed.response), revision: None };
            return Ok(stream::once(async { next }).boxed());
        }
        self.pay(caller.address, admitted.operation.cost())?;
        let Shared { service, feed, .. } = &*self.0;
        let viewer = caller.viewer.clone();
        match service.subscribe(feed, admitted.operation, viewer, resume_after).await {
            Subscribed::Refused(errors) => Err(errors.into()),
            Subscribed::Events(events) => {
                let app = self.clone();
                let next = move |event: Event| Next {
                    body: app.body(&event.response),
                    revision: event.revision,
                };
                Ok(events.map(next).boxed())
            }
        }
    }

    /// Executes a query or a mutation for `caller`.
    pub async fn execute(&self, admitted: Admitted, caller: &Caller) -> Result<Executed, Refusal> {
        let Admitted { operation, wants_cost, key, .. } = admitted;
        let (asked, fixed) = (operation.cost(), operation.fixed_cost());
        self.pay(caller.address, asked)?;
        let deadline = self.deadline();
        let Shared { service, database, .. } = &*self.0;
        let answer =
            service.execute(database, operation, caller.viewer.clone(), key, deadline).await;
        // Nobody pays for what was not there, nor for what was not executed.
        let used = match &answer {
            Answer::Executed { response, .. } if wants_cost || self.0.buckets.is_some() => {
                used_cost(&response.data).saturating_add(fixed)
            }
            Answer::Refused(errors) if errors.iter().any(|it| has_code(it, ErrorCode::Timeout)) => {
                asked
            }
            _ => fixed,
        };
        let left = self
            .0
            .buckets
            .as_ref()
            .map(|buckets| buckets.give_back(caller.address, asked.saturating_sub(used)));
        match answer {
            Answer::Refused(errors) => Err(errors.into()),
            Answer::Executed { mut response, revision } => {
                if wants_cost {
                    let cost = serde_json::json!({ "asked": asked, "used": used, "left": left });
                    let cost = Value::from_json(cost).unwrap_or_default();
                    response.extensions.insert("cost".to_owned(), cost);
                }
                Ok(Executed { response, revision })
            }
        }
    }

    /// Has `client` pay for an operation.
    pub fn pay(&self, client: IpAddr, cost: u64) -> Result<(), Refusal> {
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
            Err(Overflow::Never(most)) => Err(vec![too_expensive(cost, most)].into()),
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
