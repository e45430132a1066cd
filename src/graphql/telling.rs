//! Telling a subscription of one change after the other.

use std::time::{Duration, Instant};

use async_graphql::ServerError;
use futures_util::stream::StreamExt;

use super::batching::Batching;
use super::context::RequestContext;
use super::errors;
use super::feed::Feed;
use super::operation::Operation;
use super::outcome::Outcome;
use super::service::{Event, Inner, Service, gives_up};
use super::subscription::Told;
use crate::auth::Viewer;
use crate::catalog::{Change, is_about};
use crate::database::{DatabaseError, Snapshot};

/// A subscription under way.
pub struct Telling {
    pub service: Service,
    pub feed: Feed,
    pub operation: Operation,
    pub viewer: Viewer,
    /// What it is about; null if it is about everything.
    pub about: Option<(&'static str, i64)>,
}

impl Telling {
    /// Executes the subscription for one change, at a moment of its own; null if it is not about
    /// that.
    pub async fn tell(&self, change: Change) -> Result<Option<Event>, Vec<ServerError>> {
        // It was validated when it began.
        let Inner { trusting, limits, .. } = &*self.service.0;
        let (schema, limits, about) = (trusting.clone(), *limits, self.about);
        let deadline = Instant::now() + Duration::from_secs(limits.request_seconds);
        let request = self.operation.again().data(self.viewer.clone());
        let told = Told { change, about: about.map(|(_, id)| id) };
        let body = move |snapshot: Snapshot| async move {
            if let Some((kind, id)) = about
                && !is_about(&snapshot, change.revision, kind, id).await?
            {
                return Ok(None);
            }
            let batching = Batching::default();
            let context = RequestContext::new(snapshot, &batching, limits);
            let mut events = Box::pin(schema.execute_stream(request.data(context).data(told)));
            let run = batching.run(events.next());
            match tokio::time::timeout_at(deadline.into(), run).await {
                Ok(response) => Ok(response),
                Err(_) => Err(DatabaseError::TimedOut),
            }
        };
        let told = self.feed.database().read(deadline, body).await;
        let response = told.and_then(|told| told).map_err(|error| self.service.failed(error))?;
        let Some(response) = response else {
            return Ok(None);
        };
        if let Some(error) = response.errors.iter().find(|error| gives_up(error)) {
            let mut error = error.clone();
            error.source = None;
            return Err(self.service.refused(error));
        }
        let outcome = Outcome::new(errors::finish(response, &limits));
        Ok(Some(Event { outcome, revision: Some(change.revision) }))
    }
}
