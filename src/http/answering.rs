//! A request that has one answer: it is one that is kept, or it is executed, for all who ask the same
//! at this moment, and kept for those who will.

use std::sync::Arc;
use std::time::Instant;

use axum::http::HeaderMap;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::accept::Coding;
use super::cache::{Answers, Content, Kept, Lead, Question, Status, Turn};
use super::caller::Caller;
use super::operations::{Admitted, Executed, Wanted};
use super::refusal::Refusal;
use super::{App, is_compressed};
use crate::database::DatabaseError;

/// What a request that was served from what is kept pays, in the unit of an operation's cost; it has
/// cost no more than any other that looks at something.
pub const GLANCE: u64 = 1;

/// What was executed, as it is sent.
pub struct Reply {
    /// JSON.
    pub body: Bytes,
    /// The directory's revision that it was read at; null if nothing was read.
    pub revision: Option<i64>,
    pub has_errors: bool,
    /// The digest of the body as JSON, if it may be another one at the same revision.
    pub content: Option<Content>,
    pub status: Status,
    /// What the body is compressed with already; null when it is not.
    pub coding: Option<Coding>,
}

/// What was found of a request before it was looked at.
pub struct Looked {
    /// The answer that is kept; null when there is none.
    pub kept: Option<Arc<Kept>>,
    /// Where the answer may be kept; null when it may not, or nobody knows what is right now.
    place: Option<Place>,
}

struct Place {
    answers: Answers,
    question: Arc<Question>,
    /// The revision that was known.
    revision: i64,
}

impl Looked {
    /// `reply`, which was kept, in the form that the client likes best.
    pub fn as_liked(&self, reply: Reply, headers: &HeaderMap) -> Reply {
        match (&self.kept, &self.place) {
            (Some(kept), Some(place)) => place.as_liked(kept, reply, headers),
            _ => reply,
        }
    }
}

impl Place {
    /// `reply`, which is what is `kept` here, in the form that the client likes best.
    fn as_liked(&self, kept: &Arc<Kept>, reply: Reply, headers: &HeaderMap) -> Reply {
        let coding = Coding::negotiate(headers).filter(|_| is_compressed(reply.body.len()));
        let body = coding.and_then(|coding| self.answers.coded(&self.question, kept, coding));
        match body {
            Some(body) => Reply { body, coding, ..reply },
            None => reply,
        }
    }
}

impl App {
    /// Looks for an answer that is kept.
    pub async fn look(&self, wanted: &Wanted, deadline: Instant) -> Looked {
        let nothing = Looked { kept: None, place: None };
        let Some(answers) = self.0.answers.as_ref().filter(|_| !wanted.depends_on_client()) else {
            return nothing;
        };
        match self.0.database.known_revision(deadline).await {
            Ok(revision) => {
                let (answers, question) = (answers.clone(), Arc::new(wanted.question()));
                let kept = answers.get(&question, revision);
                Looked { kept, place: Some(Place { answers, question, revision }) }
            }
            Err(error) => {
                tracing::debug!(%error, "what is kept is passed by: nobody knows whether it is right");
                nothing
            }
        }
    }

    /// Takes an answer that was found for `wanted`.
    ///
    /// # Errors
    /// When the client has used up what it may.
    pub fn take(&self, kept: &Kept, wanted: &Wanted, caller: &Caller) -> Result<Reply, Refusal> {
        self.pay(caller.address, GLANCE)?;
        // It was found right when it was executed.
        self.0.documents.keep(&wanted.document);
        Ok(Reply::kept(kept, Status::hit(kept)))
    }

    /// Executes a query or a mutation that was not found, for a client that sent these `headers`.
    ///
    /// # Errors
    /// When it has no answer.
    pub async fn find_out(
        &self,
        admitted: Admitted,
        looked: Looked,
        caller: &Caller,
        headers: &HeaderMap,
        deadline: Instant,
    ) -> Result<Reply, Refusal> {
        let Some(place) = looked.place.filter(|_| admitted.is_the_same_for_all()) else {
            return Ok(reply(self.execute(admitted, caller, deadline).await?, |_| Status::Bypass));
        };
        let turn = place.answers.join(Arc::clone(&place.question), place.revision, deadline);
        match turn.await {
            Some(Turn::Lead(lead)) => {
                let (reply, kept) = self.lead(lead, admitted, caller, deadline).await?;
                Ok(match kept {
                    Some(kept) => place.as_liked(&kept, reply, headers),
                    None => reply,
                })
            }
            Some(Turn::Take(kept)) => {
                self.pay(caller.address, GLANCE)?;
                let reply = Reply::kept(&kept, Status::Collapsed { revision: kept.revision });
                Ok(place.as_liked(&kept, reply, headers))
            }
            Some(Turn::Alone) => Ok(reply(self.execute(admitted, caller, deadline).await?, missed)),
            None => Err(self.0.service.failed(DatabaseError::TimedOut).into()),
        }
    }

    /// Executes for all that wait. With the answer comes what is kept of it; null when nothing is.
    async fn lead(
        &self,
        lead: Lead,
        admitted: Admitted,
        caller: &Caller,
        deadline: Instant,
    ) -> Result<(Reply, Option<Arc<Kept>>), Refusal> {
        let executed = self.execute(admitted, caller, deadline).await;
        match executed.map(|executed| reply(executed, missed)) {
            Ok(mut reply) if !reply.has_errors => {
                let (body, revision) = (reply.body.clone(), reply.revision);
                let known = self.0.database.highest_revision();
                let kept = lead.land(body, revision, reply.content, known);
                reply.status = Status::Miss { revision, stored: kept.is_some() };
                Ok((reply, kept))
            }
            // Those who wait may have more left than this client.
            Err(refusal) if refusal.is_of_rate() => Err(refusal),
            other => {
                lead.give_up();
                other.map(|reply| (reply, None))
            }
        }
    }
}

fn reply(executed: Executed, status: impl FnOnce(Option<i64>) -> Status) -> Reply {
    let Executed { mut body, has_errors, revision, is_drifting } = executed;
    // What is kept is counted by its length.
    body.shrink_to_fit();
    let status = status(revision);
    let content = is_drifting.then(|| Sha256::digest(&body).into());
    Reply { body: body.into(), revision, has_errors, content, status, coding: None }
}

impl Reply {
    fn kept(kept: &Kept, status: Status) -> Self {
        let Kept { body, revision, content, .. } = kept;
        let (body, revision, content) = (body.clone(), *revision, *content);
        Self { body, revision, has_errors: false, content, status, coding: None }
    }
}

fn missed(revision: Option<i64>) -> Status {
    Status::Miss { revision, stored: false }
}
