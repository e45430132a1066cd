use serde::Deserialize;

/// `[cache]`: answers that are kept in memory.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// Bytes of answers to queries, with what was asked, that are kept until the directory changes;
    /// those that were not asked for longest go first. 0 keeps none.
    pub response_bytes: u64,
}

impl Default for Cache {
    fn default() -> Self {
        Self { response_bytes: 32 * 1024 * 1024 }
    }
}

impl Cache {
    /// Whether the number makes sense.
    pub(super) fn check(&self) -> Result<(), String> {
        let bytes = usize::try_from(self.response_bytes).unwrap_or(usize::MAX);
        super::within("cache", "response_bytes", bytes, 0, 1 << 40)
    }
}
