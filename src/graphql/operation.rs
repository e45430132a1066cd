//! A request that was prepared, and is to be executed.

use std::sync::Arc;

use async_graphql::Request;
use async_graphql::parser::types::OperationType;

use super::document::Document;
use super::limits::{Advice, Measures};

/// A request that is valid as far as that can be told without executing it: its document is GraphQL
/// and within limits, it names an operation, and its variables are what that declares.
pub struct Operation {
    pub(super) request: Request,
    pub(super) document: Arc<Document>,
    pub(super) kind: OperationType,
    pub(super) measures: Measures,
    /// Whether it was found valid before.
    pub(super) is_valid: bool,
}

impl Operation {
    /// The request, to be executed.
    pub(super) fn again(&self) -> Request {
        let mut request = Request::new(self.request.query.clone());
        request.operation_name.clone_from(&self.request.operation_name);
        request.set_parsed_query(self.document.executed());
        request.variables(self.request.variables.clone())
    }

    /// Whether it is a query, a mutation or a subscription.
    pub fn kind(&self) -> OperationType {
        self.kind
    }

    /// What it may cost, in values of the answer.
    pub fn cost(&self) -> u64 {
        self.measures.cost()
    }

    /// Whether the answer depends on who asks.
    pub fn is_of_viewer(&self) -> bool {
        self.measures.is_of_viewer()
    }

    /// Whether the answer may be another one at the same revision.
    pub fn is_drifting(&self) -> bool {
        self.measures.is_drifting()
    }

    /// How it could cost less.
    pub fn advice(&self) -> Advice {
        self.measures.advice()
    }

    /// What of its cost does not depend on how much is found.
    pub fn fixed_cost(&self) -> u64 {
        self.measures.statements()
    }
}
