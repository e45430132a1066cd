use serde::Deserialize;

/// `[limits]`: what one request may ask for. What is over a limit is refused before any SQL.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a request's body. A query that people or generated clients send has a few
    /// kilobytes; this leaves room for large variables.
    pub body_bytes: usize,
    /// Bytes of a document. Generated clients send the largest ones, of ten kilobytes or two.
    pub document_bytes: usize,
    /// Names, values and signs of a document. What it takes to parse it follows from them.
    pub tokens: usize,
    /// Brackets within brackets of a document. The parser, and whatever walks the document after
    /// it, goes a call deeper for each, and a thread's stack ends: no setting lets it be over 64, from
    /// where on the parser refuses it in other words.
    pub brackets: usize,
    /// Fields within fields, with fragments spelled out. GraphiQL's introspection has 13; a page
    /// that goes through connections needs two for each relation.
    pub depth: usize,
    /// Selections, with fragments spelled out; arguments weigh as much as their bytes. This is what
    /// it takes to validate a document. A page needs some hundreds.
    pub selections: usize,
    /// Fields at the root of an operation: each may be a statement of its own.
    pub root_fields: usize,
    /// Aliases of a document, with fragments spelled out: each asks for the same field once more.
    pub aliases: usize,
    /// Directives of a document, with fragments spelled out.
    pub directives: usize,
    /// Bytes of all variables together, as JSON. Whole tables are edited by variables.
    pub variables_bytes: usize,
    /// Brackets within brackets of an argument's value, and of a variable inside it. A filter as
    /// deep as filters may be has 25; whatever reads one goes a call deeper for each, in frames of
    /// tens of kilobytes where nothing is optimised, so no setting lets it be over 32.
    pub value_depth: usize,
    /// Filters within filters. Nobody writes more by hand; no setting lets it be over 12, which is
    /// what the values' depth allows.
    pub filter_depth: usize,
    /// Conditions of a filter. One on every field of every type is some dozens.
    pub filter_conditions: usize,
    /// Values in all lists of a filter together: pages of ids to look up are up to 100.
    pub filter_values: usize,
    /// Bytes of all texts of a filter together: a batch keeps them, and the database is sent them.
    pub filter_bytes: usize,
    /// What the fields of an operation may cost: one for each text or number that the answer can
    /// have, more for objects, lists and what takes the database long, and a page multiplies what is
    /// under it by its `first`. This is what holds a request below a second of CPU and 100 MiB with
    /// 5,000 packages; 100 packages of a grid with all their fields and cells cost 18,500.
    pub cost: u64,
    /// Errors in an answer; how many more there are is said in the last one.
    pub errors: usize,
    /// Bytes of an error's message, which may quote what was sent.
    pub error_message_bytes: usize,
    /// Bytes of an answer, before it is compressed.
    pub answer_bytes: usize,
    /// Requests in a batch (a body that is an array); 0 takes no batches, since whatever is true of
    /// one request would be true of so many.
    pub batch: usize,
    /// Seconds from the last byte of a request until its answer; then it is given up, and the
    /// statement it is waiting for is stopped.
    pub request_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            document_bytes: 64 * 1024,
            tokens: 15_000,
            brackets: Self::DEEPEST,
            depth: 32,
            selections: 10_000,
            root_fields: 50,
            aliases: 200,
            directives: 200,
            variables_bytes: 512 * 1024,
            value_depth: 32,
            filter_depth: 12,
            filter_conditions: 200,
            filter_values: 1_000,
            filter_bytes: 64 * 1024,
            cost: 100_000,
            errors: 20,
            error_message_bytes: 500,
            answer_bytes: 8 * 1024 * 1024,
            batch: 0,
            request_seconds: 10,
        }
    }
}

impl Limits {
    /// Selection sets within each other that a setting may let through.
    pub const DEEPEST: usize = 64;

    /// Whether the limits make sense.
    pub(super) fn check(&self) -> Result<(), String> {
        for (name, number, least, most) in [
            ("body_bytes", self.body_bytes, 1, 1 << 30),
            ("document_bytes", self.document_bytes, 1, 1 << 24),
            ("tokens", self.tokens, 1, 1 << 24),
            ("brackets", self.brackets, 1, Self::DEEPEST),
            ("depth", self.depth, 1, Self::DEEPEST),
            ("selections", self.selections, 1, 10_000_000),
            ("root_fields", self.root_fields, 1, 1_000_000),
            ("aliases", self.aliases, 0, 1_000_000),
            ("directives", self.directives, 0, 1_000_000),
            ("variables_bytes", self.variables_bytes, 2, 1 << 30),
            ("value_depth", self.value_depth, 1, 32),
            ("filter_depth", self.filter_depth, 1, 12),
            ("filter_conditions", self.filter_conditions, 1, 100_000),
            ("filter_values", self.filter_values, 1, 100_000),
            ("filter_bytes", self.filter_bytes, 1, 1 << 24),
            ("cost", usize::try_from(self.cost).unwrap_or(usize::MAX), 1, 1 << 40),
            ("errors", self.errors, 1, 10_000),
            ("error_message_bytes", self.error_message_bytes, 50, 1 << 20),
            ("answer_bytes", self.answer_bytes, 1024, 1 << 30),
            ("batch", self.batch, 0, 1_000),
        ] {
            super::within("limits", name, number, least, most)?;
        }
        super::within("limits", "request_seconds", self.request_seconds as usize, 1, 86_400)
    }
}
