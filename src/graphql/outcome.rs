//! What comes of an operation that is executed.

use std::io::{self, Write};

use async_graphql::{Response, ServerError, Value};

use super::json::{used_cost, write_value};

/// The data, in which objects may be text already (see `written`), and the errors.
pub struct Outcome(Response);

impl Outcome {
    pub(super) fn new(response: Response) -> Self {
        Self(response)
    }

    /// What is to be written.
    #[cfg(test)]
    pub(super) fn data(&self) -> &Value {
        &self.0.data
    }

    /// What has failed.
    pub fn errors(&self) -> &[ServerError] {
        &self.0.errors
    }

    /// What its values have cost.
    pub fn used_cost(&self) -> u64 {
        used_cost(&self.0.data)
    }

    /// Tells `value` beside the data.
    pub fn extend(&mut self, name: &str, value: Value) {
        self.0.extensions.insert(name.to_owned(), value);
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Response { errors, data, extensions, .. } = &self.0;
        out.write_all(b"{")?;
        if !errors.is_empty() {
            out.write_all(b"\"errors\":")?;
            serde_json::to_writer(&mut *out, errors)?;
            out.write_all(b",")?;
        }
        out.write_all(b"\"data\":")?;
        write_value(data, out)?;
        if !extensions.is_empty() {
            out.write_all(b",\"extensions\":")?;
            serde_json::to_writer(&mut *out, extensions)?;
        }
        out.write_all(b"}")
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use async_graphql::Request;

    use super::*;
    use crate::auth::Viewer;
    use crate::config;
    use crate::database::Database;
    use crate::graphql::{Answer, Service};

    #[test]
    fn written_as_the_library_writes_it() {
        let data = serde_json::json!({ "a": [1, "ä\u{1}\"", null, 2.5, true, {}, []], "b": null });
        let response = || Response::new(Value::from_json(data.clone()).unwrap());
        let mut failed = response();
        failed.errors.push(ServerError::new("wrong", None));
        failed.extensions.insert("cost".to_owned(), Value::from(3));
        for response in [response(), failed, Response::default()] {
            let theirs = serde_json::to_string(&response).unwrap();
            let mut ours = Vec::new();
            Outcome::new(response).write(&mut ours).unwrap();
            assert_eq!(String::from_utf8(ours).unwrap(), theirs);
        }
    }

    /// Or nobody would see that what is written is compared with what is resolved in vain.
    #[tokio::test]
    async fn objects_are_text_unless_they_are_merged() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("packgrid.db").display());
        let settings = config::Database { url, ..config::Database::default() };
        let database = Database::open(&settings).await.unwrap();
        let (graphql, editing, limits) = Default::default();
        let service = Service::new(&graphql, editing, limits);
        for (document, is_text) in [
            ("{ packages { nodes { title } } }", true),
            ("{ packages { nodes { title title } } }", true),
            ("{ packages { nodes { title } } packages { nodes { slug } } }", false),
        ] {
            let operation = service.prepare(Request::new(document)).await.unwrap();
            let (viewer, deadline) = (Viewer::default(), Instant::now() + Duration::from_secs(60));
            let data = |outcome: Outcome| outcome.data().clone();
            let executed =
                service.execute(&database, operation, viewer, None, deadline, data).await;
            let Answer::Executed { answer: Value::Object(data), .. } = executed else {
                panic!("{document}");
            };
            assert_eq!(matches!(data["packages"], Value::Binary(_)), is_text, "{document}");
        }
        database.close().await;
    }
}
