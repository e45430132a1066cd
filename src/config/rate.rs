use serde::Deserialize;

/// `[rate]`: how much one client may ask for in the long run. A bucket for each client's address
/// fills by what its operations cost, and leaks at a steady rate.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rate {
    /// Cost that leaks out of a client's bucket in a second; 0 (the default) sets no rate.
    pub per_second: u64,
    /// Cost that a client's bucket holds. An operation that does not fit in is answered by 429.
    pub burst: u64,
}

impl Rate {
    /// Whether the numbers make sense.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.per_second > 0 && self.burst == 0 {
            return Err("rate.burst is 0: nothing fits into such a bucket".to_owned());
        }
        for (name, number) in [("per_second", self.per_second), ("burst", self.burst)] {
            super::within("rate", name, usize::try_from(number).unwrap_or(usize::MAX), 0, 1 << 50)?;
        }
        Ok(())
    }
}
