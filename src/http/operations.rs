//! What happens to a request whichever way it came: its document is found, it is looked at, paid
//! for, and executed.

use std::net::IpAddr;
use std::time::Instant;

use async_graphql::{Request, Response, Value};

use super::App;
use super::graphql::Parameters;
use super::persisted::Document;
use super::rate::Overflow;
use super::refusal::Refusal;
use crate::graphql::{Answer, ErrorCode, Operation};
use axum::http::StatusCode;

/// A request that can be executed.
pub struct Admitted {
    pub operation: Operation,
    pub document: Document,
    /// Whether the answer shall say what it cost.
    wants_cost: bool,
}

impl Admitted {
    /// Whether the answer is different for another client that asks the same.
    pub fn depends_on_client(&self) -> bool {
        self.wants_cost
    }
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
        Ok(Admitted { operation, document, wants_cost: parameters.extensions.cost })
    }

    /// Executes a query or a mutation for `client`.
    pub async fn execute(&self, admitted: Admitted, client: IpAddr) -> Result<Executed, Refusal> {
        let Admitted { operation, wants_cost, .. } = admitted;
        let (asked, fixed) = (operation.cost(), operation.fixed_cost());
        self.pay(client, asked)?;
        let deadline = self.deadline();
        let answer = self.0.service.execute(&self.0.database, operation, deadline).await;
        // Nobody pays for what was not there, nor for what was not executed.
        let used = match &answer {
            Answer::Executed { response, .. } if wants_cost || self.0.buckets.is_some() => {
                values(&response.data).saturating_sub(1).saturating_add(fixed)
            }
            _ => fixed,
        };
        let left = self
            .0
            .buckets
            .as_ref()
            .map(|buckets| buckets.give_back(client, asked.saturating_sub(used)));
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
            Err(Overflow::Never) => {
                let message = "The operation could cost more than anybody may use at once; ask for \
                               smaller pages, or for less in them";
                Err(Refusal::request(ErrorCode::CostTooHigh, message))
            }
        }
    }
}

/// How many values an answer has, in the unit of an operation's cost.
fn values(data: &Value) -> u64 {
    match data {
        Value::Object(fields) => fields.values().map(values).sum::<u64>() + 1,
        Value::List(items) => items.iter().map(values).sum(),
        _ => 1,
    }
}
