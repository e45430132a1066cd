use serde::Deserialize;

/// `[editing]`: what is remembered of edits.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Editing {
    /// Seconds for which an answer is kept to a request with an `Idempotency-Key`; sent again after
    /// that, it is a new request.
    pub idempotency_seconds: u64,
    /// Days for which the history is kept; 0 keeps it for ever. What is older can be neither read nor
    /// undone, and a subscription that goes on after a revision from before is told so.
    pub history_days: u64,
}

impl Default for Editing {
    fn default() -> Self {
        Self { idempotency_seconds: 24 * 60 * 60, history_days: 0 }
    }
}

impl Editing {
    /// Whether the numbers make sense.
    pub(super) fn check(&self) -> Result<(), String> {
        let seconds = self.idempotency_seconds as usize;
        super::within("editing", "idempotency_seconds", seconds, 1, 31_536_000)?;
        super::within("editing", "history_days", self.history_days as usize, 0, 36_500)
    }
}
