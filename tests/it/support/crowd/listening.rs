//! Who listens, and what they were told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;

use super::line::{Door, Line};
use super::mixed::{data, number};

/// Somebody who notes the revisions that they are told of.
pub struct Listener {
    told: Arc<Mutex<Vec<i64>>>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Listens to this field of the subscription; what it tells of is in a `change` of its, unless
    /// it is a change itself.
    pub async fn begin(door: &Door, field: &str) -> Self {
        let itself = field.starts_with("directoryChanged");
        let change = if itself { "revision kind" } else { "change { revision kind }" };
        let query = format!("subscription {{ {field} {{ {change} }} }}");
        let mut events = door.listen(&query).await.unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&told);
        let task = tokio::spawn(async move {
            while let Ok(event) = events.next().await {
                let data = event["data"].as_object().unwrap_or_else(|| panic!("{event:#}"));
                let told = data.values().next().unwrap();
                let change = if itself { told } else { &told["change"] };
                noted.lock().unwrap().push(number(&change["revision"]));
            }
        });
        Self { told, task }
    }

    /// Waits until it was told of the last of these, and of them all, once and in order.
    pub async fn assert_told(self, expected: &[i64]) {
        let last = expected.last();
        // As long as anything is heard it is not over.
        let (mut heard, mut silence) = (0, 0);
        while self.told.lock().unwrap().last() != last && silence < 6_000 {
            assert!(!self.task.is_finished(), "the events ended, or one was wrong");
            tokio::time::sleep(Duration::from_millis(10)).await;
            let now = self.told.lock().unwrap().len();
            silence = if now > heard { 0 } else { silence + 1 };
            heard = now;
        }
        self.task.abort();
        let told = self.told.lock().unwrap();
        let missing: Vec<_> = expected.iter().filter(|it| !told.contains(it)).collect();
        assert!(*told == expected, "missing: {missing:?}; told {told:?}, not {expected:?}");
    }
}

/// The revisions of a history after `start`, the oldest first; `field` is what has it, with two
/// braces around: `{}` of the directory itself.
pub async fn history(line: &mut Line, (before, after): (&str, &str), start: i64) -> Vec<i64> {
    let mut revisions = Vec::new();
    let mut cursor = String::new();
    loop {
        let query = format!(
            "{{ {before} history(first: 100{cursor}, filter: {{ revision: {{ gt: \"{start}\" }} }}) {{ \
             nodes {{ revision }} pageInfo {{ hasNextPage endCursor }} }} {after} }}"
        );
        let data = data(line, &query).await;
        let page = find(&data).unwrap_or_else(|| panic!("{query}\n{data:#}"));
        revisions
            .extend(page["nodes"].as_array().unwrap().iter().map(|it| number(&it["revision"])));
        if page["pageInfo"]["hasNextPage"] != true {
            revisions.reverse();
            return revisions;
        }
        cursor = format!(", after: {}", page["pageInfo"]["endCursor"]);
    }
}

fn find(data: &Value) -> Option<&Value> {
    let object = data.as_object()?;
    object.get("history").or_else(|| object.values().find_map(find))
}
