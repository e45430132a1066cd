//! What a document comes to once everything in it is spelled out.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value, Variables};
use async_graphql_value::Value as DocumentValue;

use super::measures::{DEEPEST, Measures};
use super::sizes::Sizes;
use super::{Advice, Refused, at_most, introspection};
use crate::config::Limits;
use crate::graphql::arguments::{DEFAULT_SIZE, MAX_SIZE};
use crate::graphql::definitions::{self, Definitions, Output};

/// Bytes of arguments that weigh as much as a selection: all of a document's, with its variables
/// spelled out, are some ten megabytes at most.
const BYTES_OF_A_SELECTION: u64 = 1024;

/// Entries of a page that nobody gives a size.
const DEFAULT_PAGE: u64 = DEFAULT_SIZE as u64;

/// The lists through which introspection leads from types to types.
const LISTS_OF_TYPES: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

/// The field whose value depends on who asks.
const VIEWER: &str = "viewer";

/// Fields whose values do not follow from the directory's revision alone, but from the time, or from
/// where an import came that changed nothing.
const DRIFTING: [&str; 3] = ["history", "source", "syncedAt"];

/// The type of which the same is true of all fields: one day it is forgotten, which is no change.
const FORGOTTEN: &str = "DirectoryChange";

/// Measures `operation` in its document.
///
/// 30 fragments that each spread the next one twice are 2^30 selections in a kilobyte, and a text
/// of a megabyte may be named in a thousand places. A selection weighs as much more as its
/// arguments are long. Each fragment is measured once (for each size of page that it is spread in),
/// so this takes time in proportion to the text.
///
/// # Errors
/// When something is over `limits`. All operations of the document count, since all are validated,
/// but for the fields at the root and the cost.
pub fn measure(
    definitions: &Definitions,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    limits: &Limits,
) -> Result<Measures, Refused> {
    let mut counter = Counter::new(definitions, document, operation, variables);
    let mut all = Measures { value_depth: counter.sizes.deepest(), ..Measures::default() };
    let mut measured = Measures::default();
    for (_, other) in document.operations.iter() {
        let OperationDefinition { ty, directives, selection_set, .. } = &other.node;
        let root = definitions.root(*ty);
        let inside = counter.selections(&selection_set.node, root, DEFAULT_PAGE, 0);
        all = all.and(inside).and(counter.directives(directives));
        if std::ptr::eq(&other.node, operation) {
            measured = inside;
        }
    }
    // Those that nothing spreads are validated, too.
    for name in document.fragments.keys() {
        if !counter.spread.contains(name.as_str()) {
            all = all.and(counter.fragment(name, DEFAULT_PAGE, 0));
        }
    }
    all.check(limits)?;
    at_most("root_fields", measured.fields, limits.root_fields)?;
    if measured.introspected > 2 {
        return Err(Refused::IntrospectionInCircles);
    }
    let ceiling = definitions.introspection_ceiling();
    let introspection = introspection::price(measured.introspection, ceiling);
    // The constant counts for a client's rate alone: the schema is to be read under any limit.
    let is_constant = measured.introspection <= ceiling;
    let limited = measured.cost().saturating_add(if is_constant { 0 } else { introspection });
    if limited > limits.cost {
        let advice = measured.advice;
        return Err(Refused::TooExpensive { asked: limited, most: limits.cost, advice });
    }
    let statements = measured.statements.saturating_add(introspection);
    Ok(Measures { selections: all.selections, statements, ..measured })
}

/// Returns how many values the introspection in `operation` can have, at most.
pub fn introspected(
    definitions: &Definitions,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> u64 {
    let mut counter = Counter::new(definitions, document, operation, variables);
    let root = definitions.root(operation.ty);
    counter.selections(&operation.selection_set.node, root, DEFAULT_PAGE, 0).introspection
}

struct Counter<'a> {
    definitions: &'a Definitions,
    document: &'a ExecutableDocument,
    sizes: Sizes<'a>,
    /// What is known of fragments, each within pages of a size; nothing of one that is being
    /// measured, so that a cycle has an end (the validation refuses it).
    fragments: HashMap<(&'a str, u64), Measures>,
    spread: HashSet<&'a str>,
    forgotten: Option<&'a Output>,
}

impl<'a> Counter<'a> {
    fn new(
        definitions: &'a Definitions,
        document: &'a ExecutableDocument,
        operation: &OperationDefinition,
        variables: &'a Variables,
    ) -> Self {
        let sizes = Sizes::new(document, operation, variables);
        let (fragments, spread) = (HashMap::new(), HashSet::new());
        let forgotten = definitions.output(FORGOTTEN);
        Self { definitions, document, sizes, fragments, spread, forgotten }
    }

    /// What arguments weigh.
    fn arguments<'b>(
        &self,
        arguments: impl Iterator<Item = &'b (Positioned<Name>, Positioned<DocumentValue>)>,
    ) -> Measures {
        let sizes = arguments.map(|(_, value)| self.sizes.of(&value.node));
        let (bytes, depth) = sizes.fold((0_u64, 0), |(bytes, depth), size| {
            (bytes.saturating_add(size.bytes), size.depth.max(depth))
        });
        Measures {
            selections: bytes / BYTES_OF_A_SELECTION,
            value_depth: depth,
            ..Measures::default()
        }
    }

    fn directives(&self, directives: &[Positioned<Directive>]) -> Measures {
        let arguments = directives.iter().flat_map(|directive| &directive.node.arguments);
        Measures { directives: directives.len() as u64, ..self.arguments(arguments) }
    }

    /// Measures what is selected of a type (null when it is not known), within a page of so many.
    fn selections(
        &mut self,
        set: &'a SelectionSet,
        of: Option<&'a Output>,
        page: u64,
        depth: usize,
    ) -> Measures {
        if depth > DEEPEST {
            return Measures::TOO_MANY;
        }
        let inside = set.items.iter().fold(Measures::default(), |total, item| {
            let inside = match &item.node {
                Selection::Field(field) => self.field(&field.node, of, page, depth),
                Selection::InlineFragment(fragment) => {
                    let of = match &fragment.node.type_condition {
                        Some(condition) => self.definitions.output(&condition.node.on.node),
                        None => of,
                    };
                    self.selections(&fragment.node.selection_set.node, of, page, depth + 1)
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node, page, depth + 1)
                }
            };
            let selection = Measures { selections: 1, ..Measures::default() };
            total.and(selection).and(inside).and(self.directives(item.node.directives()))
        });
        Measures { nesting: inside.nesting + 1, ..inside }
    }

    fn field(
        &mut self,
        field: &'a Field,
        of: Option<&'a Output>,
        page: u64,
        depth: usize,
    ) -> Measures {
        let definition = of.and_then(|of| of.field(&field.name.node));
        let inner = definition.and_then(|field| self.definitions.output(&field.of));
        // As many as are asked for, where they stand: below `nodes` and `edges`, or here.
        let asked = match definition {
            Some(field_definition) if field_definition.is_paged => self.page(field),
            _ => page,
        };
        let is_connection = |of: Option<&Output>| of.is_some_and(|of| of.is_connection);
        let times = match definition {
            Some(definition) if definition.is_list => {
                if definition.is_paged || is_connection(of) {
                    asked
                } else {
                    self.listed(field).unwrap_or(definition.entries)
                }
            }
            _ => 1,
        };
        // Elsewhere the page's size does not matter, and a fragment is measured once.
        let inner_page = if is_connection(inner) { asked } else { DEFAULT_PAGE };
        let inside = self.selections(&field.selection_set.node, inner, inner_page, depth + 1);
        let filter = field.get_argument("filter").map_or(0, |filter| {
            let tests = self.sizes.of(&filter.node).tests;
            tests.saturating_mul(definitions::TESTED).saturating_add(definitions::FILTERED)
        });
        let statements = definition.map_or(0, |definition| definition.statements);
        let weight = match inner {
            Some(of) if of.is_connection => definitions::CONNECTION,
            Some(_) => definitions::OBJECT,
            None => 1,
        };
        let nested = of.is_some_and(|of| of.is_type_of_types)
            && LISTS_OF_TYPES.contains(&field.name.node.as_str());
        let mut values = inside.values.saturating_add(weight).saturating_mul(times);
        // What a type wraps it has not always: every second does, of those every second, and so on.
        // GraphiQL asks nine times, for up to three that there can be.
        if of.is_some_and(|of| of.is_type_of_types) && field.name.node == "ofType" {
            values = values.div_ceil(2);
        }
        let own = self.arguments(field.arguments.iter());
        let name = field.name.node.as_str();
        let is_introspection = matches!(name, "__schema" | "__type");
        let own_statements = inside.statements.saturating_add(statements).saturating_add(filter);
        let (values, statements, introspection) = if is_introspection {
            (0, 0, values.saturating_add(own_statements))
        } else {
            (values, own_statements, inside.introspection)
        };
        let own_advice = Advice {
            pages: definition.is_some_and(|definition| definition.is_paged),
            filters: filter > 0,
        };
        Measures {
            selections: inside.selections.saturating_add(own.selections),
            aliases: inside.aliases.saturating_add(u64::from(field.alias.is_some())),
            directives: inside.directives,
            depth: inside.depth.saturating_add(1),
            introspected: inside.introspected + u64::from(nested),
            introspects: inside.introspects || is_introspection,
            introspection,
            is_of_viewer: inside.is_of_viewer || name == VIEWER,
            is_drifting: inside.is_drifting
                || DRIFTING.contains(&name)
                || of.zip(self.forgotten).is_some_and(|(of, change)| std::ptr::eq(of, change)),
            fields: 1,
            values,
            statements,
            advice: inside.advice.or(own_advice),
            value_depth: own.value_depth.max(inside.value_depth),
            nesting: inside.nesting,
        }
    }

    /// Entries that `first` or `last` ask for.
    fn page(&self, field: &Field) -> u64 {
        let given = ["first", "last"].into_iter().filter_map(|name| {
            match &field.get_argument(name)?.node {
                DocumentValue::Variable(name) => match self.sizes.value(name)? {
                    Value::Number(number) => number.as_u64(),
                    _ => None,
                },
                DocumentValue::Number(number) => number.as_u64(),
                _ => None,
            }
        });
        // A larger page is an error, of which the field has to say more.
        given.max().unwrap_or(DEFAULT_PAGE).min(MAX_SIZE as u64 + 1)
    }

    /// Entries of the list that the only argument names one by one, such as `ids`.
    fn listed(&self, field: &Field) -> Option<u64> {
        let (_, value) = field.arguments.first()?;
        let entries = match &value.node {
            DocumentValue::Variable(name) => match self.sizes.value(name)? {
                Value::List(entries) => entries.len(),
                _ => return None,
            },
            DocumentValue::List(entries) => entries.len(),
            _ => return None,
        };
        Some(entries as u64)
    }

    fn fragment(&mut self, name: &str, page: u64, depth: usize) -> Measures {
        let document = self.document;
        let Some((name, fragment)) = document.fragments.get_key_value(name) else {
            return Measures::default();
        };
        if let Some(known) = self.fragments.get(&(name.as_str(), page)) {
            return *known;
        }
        self.spread.insert(name);
        self.fragments.insert((name, page), Measures::default());
        let of = self.definitions.output(&fragment.node.type_condition.node.on.node);
        let measures = self
            .selections(&fragment.node.selection_set.node, of, page, depth)
            .and(self.directives(&fragment.node.directives));
        self.fragments.insert((name, page), measures);
        measures
    }
}
