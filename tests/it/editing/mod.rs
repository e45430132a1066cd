//! Edits: what they write, what they refuse, and what is kept of them.

mod answers;
mod conflicts;
mod crowd;
mod former;
mod history;
mod ids;
mod import_edits;
mod imports;
mod inputs;
mod kept;
mod killed;
mod life;
mod locks;
mod merges;
mod normal_forms;
mod places_taken;
mod references;
mod repeats;
mod reverts;
mod rights;
mod statements;
mod table;
mod traces;
mod unchanged;
mod whole;

use async_graphql::ID;
use packgrid::auth::{Role, token};
use packgrid::clock;
use serde_json::{Value, json};

use crate::support::{Answer, App, Backend};

/// The server, and a token of each role that edits.
pub struct Editors {
    pub app: App,
    tokens: Vec<(Role, String)>,
}

impl Editors {
    /// Of the sample directory.
    pub async fn sample(backend: Backend) -> Self {
        Self::of(App::sample(backend).await).await
    }

    pub async fn of(app: App) -> Self {
        let mut tokens = Vec::new();
        for role in Role::ALL {
            let name = format!("the {role}");
            let made = token::create(&app.database, &name, role, None, clock::now()).await;
            tokens.push((role, made.unwrap().text));
        }
        Self { app, tokens }
    }

    pub fn token(&self, role: Role) -> &str {
        &self.tokens.iter().find(|(has, _)| *has == role).unwrap().1
    }

    /// Sends a request with headers; nobody's if there is no role.
    pub async fn send(&self, role: Option<Role>, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut request = axum::http::Request::post("/graphql")
            .header("content-type", "application/json")
            .header("accept", "application/graphql-response+json");
        if let Some(role) = role {
            request = request.header("authorization", format!("Bearer {}", self.token(role)));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.app.send(request.body(body.to_string().into()).unwrap()).await
    }

    /// The whole answer to a mutation with one input, whose payload is selected as `fields`.
    pub async fn answer(
        &self,
        role: Option<Role>,
        mutation: &str,
        input: Value,
        fields: &str,
    ) -> Value {
        let mut name = mutation.to_owned();
        name[..1].make_ascii_uppercase();
        let query = format!(
            "mutation Edit($input: {name}Input!) {{ it: {mutation}(input: $input) {{ {fields} \
             revision changedRows clientMutationId errors {{ code message path }} }} }}"
        );
        let body = json!({ "query": query, "variables": { "input": input } });
        self.send(role, &[], &body).await.json()
    }

    /// The payload of a mutation by somebody with this role.
    pub async fn payload(&self, role: Role, mutation: &str, input: Value, fields: &str) -> Value {
        let mut answer = self.answer(Some(role), mutation, input.clone(), fields).await;
        assert!(answer.get("errors").is_none(), "{mutation} {input}\n{answer:#}");
        answer["data"]["it"].take()
    }

    /// The payload of a mutation that nothing is wrong with.
    pub async fn edit(&self, role: Role, mutation: &str, input: Value, fields: &str) -> Value {
        let payload = self.payload(role, mutation, input.clone(), fields).await;
        assert_eq!(payload["errors"], json!([]), "{mutation} {input}");
        payload
    }

    /// The errors of a mutation, as `CODE path: message`, which has written nothing.
    pub async fn errors(&self, role: Role, mutation: &str, input: Value) -> Vec<String> {
        let before = self.revision().await;
        let payload = self.payload(role, mutation, input.clone(), "").await;
        assert_eq!(payload["revision"], Value::Null, "{mutation} {input}");
        assert_eq!(self.revision().await, before, "{mutation} {input}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let errors = payload["errors"].as_array().unwrap().iter().map(|error| {
            let path: Vec<String> = error["path"].as_array().unwrap().iter().map(text).collect();
            format!("{} {}: {}", text(&error["code"]), path.join("."), text(&error["message"]))
        });
        errors.collect()
    }

    /// The directory's revision.
    pub async fn revision(&self) -> i64 {
        let data = self.app.data("{ directory { revision } }").await;
        data["directory"]["revision"].as_str().unwrap().parse().unwrap()
    }
}

/// The global id of an object.
pub fn id(kind: &str, number: i64) -> String {
    use base64::Engine;

    let ID(id) = ID(base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(format!("{kind}:{number}")));
    id
}
