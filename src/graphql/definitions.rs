//! What the schema defines, for whoever looks at a document before async-graphql does, which keeps
//! its own registry to itself.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, OperationType, Type, TypeKind,
    TypeSystemDefinition,
};
use async_graphql::{Positioned, Value};

use super::{Schema, limits};

// What things cost, in the unit of `Measures::cost`: a text or a number of the answer, which takes
// 2.5 µs of CPU and up to 1.2 kB while it is made, all in all (`cargo bench --bench hostile`, with
// 5,000 packages).

/// What an object of the answer costs, besides what is asked of it: it has a row.
pub const OBJECT: u64 = 2;

/// What a page costs for each object that it is of: what waits for its batch takes 8 kB.
pub const CONNECTION: u64 = 10;

/// What a statement costs that asks the database for pages, however many it is for.
const PAGE: u64 = 20;

/// What counting a list costs.
const COUNTED: u64 = 50;

/// What a filter costs, which may have to look at every row.
pub const FILTERED: u64 = 300;

/// What each of a filter's conditions costs: a text in 5,000 descriptions takes 0.17 ms.
pub const TESTED: u64 = 100;

/// How many times as much a condition costs of what is related in a list: packages stand in 2 grids,
/// grids have 25 packages, and `none` and `every` have to look at most of them.
pub const RELATED: u64 = 5;

/// What a search costs.
const SEARCHED: u64 = 2_000;

/// What completing what somebody types costs.
const SUGGESTED: u64 = 500;

/// What an edit costs: it takes its turn among all writers, and some milliseconds.
const EDITED: u64 = 1_000;

/// What it costs to tell what became of a change's rows, of which it can have thousands.
const TOLD: u64 = 300;

/// What a facet costs, for which every row of a list is read.
const FACET: u64 = 1_000;

/// What a type costs in introspection, besides what types of its kind have in the mean.
const LARGE_TYPE: u64 = 300;

/// Entries of a list whose length is not asked for, unless [`ENTRIES`] has another number.
const FEW: u64 = 10;

/// Entries that lists have whose length is not asked for: more than most have, fewer than some.
const ENTRIES: [(&str, u64); 3] = [("cells", 20), ("commitsOver52", 52), ("participants", 20)];

/// The types of a schema, by name.
#[derive(Default)]
pub struct Definitions {
    outputs: HashMap<String, Output>,
    inputs: HashMap<String, Input>,
    query: String,
    mutation: Option<String>,
    subscription: Option<String>,
    introspection_ceiling: u64,
}

/// A type whose fields can be selected.
#[derive(Default)]
pub struct Output {
    fields: HashMap<String, Field>,
    /// Whether it is an object's type, not one of several.
    pub is_object: bool,
    /// Whether it is a page of a list: `nodes` and `edges` have as many entries as were asked for.
    pub is_connection: bool,
    /// Whether it is `__Type`, from which introspection leads to others of its kind.
    pub is_type_of_types: bool,
}

/// A field that can be selected.
pub struct Field {
    /// The name of its type, without lists and non-nulls.
    pub of: String,
    pub is_list: bool,
    /// Whether it takes `first`.
    pub is_paged: bool,
    /// How many entries it has, if it is a list and nobody says.
    pub entries: u64,
    /// What the statement behind it costs, however many parents it is for.
    pub statements: u64,
    pub arguments: Vec<InputField>,
}

impl Field {
    /// The name of the type of its argument `filter`; `None` if it takes none.
    pub fn filter(&self) -> Option<String> {
        let filter = self.arguments.iter().find(|argument| argument.name == "filter")?;
        Some(base(&filter.of.base).0)
    }
}

/// A type that arguments and variables can have.
pub enum Input {
    /// One of GraphQL's own or of ours.
    Scalar,
    Enum(HashSet<String>),
    Object {
        fields: Vec<InputField>,
        /// Whether exactly one field has to be given.
        one_of: bool,
    },
}

/// A field of an input object.
pub struct InputField {
    pub name: String,
    pub of: Type,
    pub default: Option<Value>,
}

impl Definitions {
    /// Reads them from the schema's text.
    pub fn new(schema: &Schema) -> Self {
        // What async-graphql has written it can read; a test holds it to that.
        let document = parse_schema(schema.sdl()).map(|document| document.definitions);
        let mut definitions = Self { query: "Query".to_owned(), ..Self::default() };
        for definition in document.unwrap_or_default() {
            match definition {
                TypeSystemDefinition::Schema(roots) => {
                    let name = |root: Option<Positioned<_>>| {
                        root.map(|name: Positioned<async_graphql::Name>| name.node.to_string())
                    };
                    definitions.query = name(roots.node.query).unwrap_or_default();
                    definitions.mutation = name(roots.node.mutation);
                    definitions.subscription = name(roots.node.subscription);
                }
                TypeSystemDefinition::Type(definition) => {
                    let definition = definition.node;
                    let one_of =
                        definition.directives.iter().any(|it| it.node.name.node == "oneOf");
                    definitions.add(definition.name.node.to_string(), definition.kind, one_of);
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        for scalar in ["Boolean", "Float", "ID", "Int", "String"] {
            definitions.inputs.insert(scalar.to_owned(), Input::Scalar);
        }
        definitions.add_introspection();
        definitions.introspection_ceiling = limits::introspection_ceiling(&definitions);
        definitions
    }

    /// Adds the types of introspection, which a schema's text does not have. Their lists are as
    /// long as those of this schema, in the mean.
    fn add_introspection(&mut self) {
        let types = (self.outputs.len() + self.inputs.len()) as u64;
        let fields: usize = self.outputs.values().map(|output| output.fields.len()).sum();
        let inputs = self.inputs.values().map(|input| match input {
            Input::Scalar => (0, 0),
            Input::Enum(values) => (0, values.len()),
            Input::Object { fields, .. } => (fields.len(), 0),
        });
        let (input_fields, values) =
            inputs.fold((0, 0), |(fields, values), (f, v)| (fields + f, values + v));
        let mean = |number: usize| (number as u64).div_ceil(types.max(1));
        let arguments = 2;
        // No more types than that have an interface in common.
        let possible = 6;
        for (name, fields) in [
            (
                "__Schema",
                &[("types", "__Type", types), ("directives", "__Directive", 5)]
                    .into_iter()
                    .chain(["queryType", "mutationType", "subscriptionType"].map(one("__Type")))
                    .collect::<Vec<_>>(),
            ),
            (
                "__Type",
                &vec![
                    ("fields", "__Field", mean(fields)),
                    ("inputFields", "__InputValue", mean(input_fields)),
                    ("enumValues", "__EnumValue", mean(values)),
                    ("interfaces", "__Type", 1),
                    ("possibleTypes", "__Type", possible),
                    ("ofType", "__Type", 0),
                ],
            ),
            ("__Field", &vec![("args", "__InputValue", arguments), ("type", "__Type", 0)]),
            ("__InputValue", &vec![("type", "__Type", 0)]),
            ("__Directive", &vec![("args", "__InputValue", arguments)]),
        ] {
            let field = |&(name, of, entries): &(&str, &str, u64)| {
                let of = of.to_owned();
                let is_list = entries > 0;
                let (is_paged, statements, arguments) = (false, 0, Vec::new());
                let field = Field { of, is_list, is_paged, entries, statements, arguments };
                (name.to_owned(), field)
            };
            let fields = fields.iter().map(field).collect();
            let is_type_of_types = name == "__Type";
            let output = Output { fields, is_object: true, is_type_of_types, ..Output::default() };
            self.outputs.insert(name.to_owned(), output);
        }
        if let Some(query) = self.outputs.get_mut(&self.query) {
            for (name, of) in [("__schema", "__Schema"), ("__type", "__Type")] {
                let of = of.to_owned();
                // One type may be far larger than the mean.
                let statements = if name == "__type" { LARGE_TYPE } else { 0 };
                let (is_list, is_paged, entries, arguments) = (false, false, 0, Vec::new());
                let field = Field { of, is_list, is_paged, entries, statements, arguments };
                query.fields.insert(name.to_owned(), field);
            }
        }
    }

    fn add(&mut self, name: String, kind: TypeKind, one_of: bool) {
        let is_object = matches!(kind, TypeKind::Object(_));
        let fields = match kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            TypeKind::Union(_) => vec![],
            TypeKind::Scalar => {
                self.inputs.insert(name, Input::Scalar);
                return;
            }
            TypeKind::Enum(values) => {
                let values = values.values.into_iter().map(|value| value.node.value.node);
                let values = values.map(|value| value.to_string()).collect();
                self.inputs.insert(name, Input::Enum(values));
                return;
            }
            TypeKind::InputObject(object) => {
                let fields = object.fields.into_iter().map(|field| input_field(field.node));
                self.inputs.insert(name, Input::Object { fields: fields.collect(), one_of });
                return;
            }
        };
        let is_connection = name.ends_with("Connection");
        let fields = fields.into_iter().map(|field| output_field(&name, field.node)).collect();
        let is_type_of_types = false;
        self.outputs.insert(name, Output { fields, is_object, is_connection, is_type_of_types });
    }

    /// Values that introspection can have for its constant price.
    pub fn introspection_ceiling(&self) -> u64 {
        self.introspection_ceiling
    }

    /// The type with this name, if its fields can be selected.
    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.get(name)
    }

    /// The type with this name, if arguments can have it.
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.get(name)
    }

    /// Says what belongs where a value of the input object `name` is none.
    pub fn expected_object(&self, name: &str) -> String {
        let has = |field: &str| match self.input(name) {
            Some(Input::Object { fields, .. }) => fields.iter().any(|it| it.name == field),
            _ => false,
        };
        let example = if has("eq") {
            ", such as { eq: … }"
        } else if has("some") {
            ", such as { some: { … } }"
        } else if has("direction") {
            ", such as { field: …, direction: DESC }"
        } else {
            ""
        };
        format!("\"{name}\" is an object{example}")
    }

    /// Where operations of this kind begin; null when the schema has none.
    pub fn root(&self, kind: OperationType) -> Option<&Output> {
        self.root_name(kind).and_then(|name| self.output(name))
    }

    /// The name of the type where operations of this kind begin; null when the schema has none.
    pub fn root_name(&self, kind: OperationType) -> Option<&str> {
        match kind {
            OperationType::Query => Some(&self.query),
            OperationType::Mutation => self.mutation.as_deref(),
            OperationType::Subscription => self.subscription.as_deref(),
        }
    }
}

impl Output {
    /// The field with this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(name)
    }
}

fn output_field(parent: &str, field: FieldDefinition) -> (String, Field) {
    let is_paged = field.arguments.iter().any(|argument| argument.node.name.node == "first");
    let (of, is_list) = base(&field.ty.node.base);
    let name = field.name.node.to_string();
    let entries = ENTRIES.iter().find(|(list, _)| *list == name).map_or(FEW, |(_, many)| *many);
    let statements = match (parent, name.as_str()) {
        ("Mutation", _) => EDITED,
        ("PackageFacets", _) => FACET,
        ("DirectoryChange", "rows") => TOLD,
        (_, "search") => SEARCHED,
        (_, "suggest") => SUGGESTED,
        (_, "totalCount") => COUNTED,
        _ if is_paged => PAGE,
        _ => 0,
    };
    let arguments = field.arguments.into_iter().map(|it| input_field(it.node)).collect();
    (name, Field { of, is_list, is_paged, entries, statements, arguments })
}

/// A field of introspection that is no list.
fn one<'a>(of: &'a str) -> impl Fn(&'a str) -> (&'a str, &'a str, u64) {
    move |name| (name, of, 0)
}

fn input_field(field: InputValueDefinition) -> InputField {
    InputField {
        name: field.name.node.to_string(),
        of: field.ty.node,
        default: field.default_value.map(|value| value.node),
    }
}

/// What a type is a list of in the end, and whether it is one.
fn base(mut of: &BaseType) -> (String, bool) {
    let mut is_list = false;
    loop {
        match of {
            BaseType::Named(name) => return (name.to_string(), is_list),
            BaseType::List(inner) => {
                is_list = true;
                of = &inner.base;
            }
        }
    }
}
