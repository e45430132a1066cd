//! Fields that share a place in the answer and are not the same: GraphQL's "Field Selection
//! Merging" (<https://spec.graphql.org/draft/#sec-Field-Selection-Merging>), but for the types of
//! fields of objects that cannot be the same: whatever those are, each answer is one of them. async-graphql 8.0.0-rc.5
//! compares what stands in one selection set, and not what is merged below it; one of two pages
//! would stand for both.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Positioned, ServerError};
use async_graphql_value::Value;

use super::definitions::Definitions;
use super::errors::{ErrorCode, request_error};

/// Fields within fields that are looked at. No document may have as many, except one whose fragments
/// are in each other, which the validation refuses.
const DEEPEST: usize = 100;

/// Looks for the first such pair in `document`, which has so many `selections` once its fragments
/// are spelled out (more only if they are in each other, which the validation refuses).
///
/// Tells whether what is selected of any object may stand in two places of the document, to be
/// merged.
///
/// # Errors
/// Says which fields they are.
pub fn check(
    definitions: &Definitions,
    document: &ExecutableDocument,
    selections: u64,
) -> Result<bool, ServerError> {
    let mut overlaps = Overlaps { definitions, document, left: selections, merges: false };
    for (_, operation) in document.operations.iter() {
        let root = definitions.root_name(operation.node.ty);
        overlaps.look_at(&[(&operation.node.selection_set.node, root)], 0)?;
    }
    Ok(overlaps.merges)
}

/// What is selected of a type; null when that is not known.
type Set<'a> = (&'a SelectionSet, Option<&'a str>);

/// Fields under one name, each with the type that it is of.
type Group<'a> = Vec<(&'a Positioned<Field>, Option<&'a str>)>;

/// Groups of fields, and where in them each name is: in the order of the document.
#[derive(Default)]
struct Fields<'a> {
    groups: Vec<Group<'a>>,
    names: HashMap<&'a str, usize>,
}

struct Overlaps<'a> {
    definitions: &'a Definitions,
    document: &'a ExecutableDocument,
    /// Selections that are still looked at.
    left: u64,
    /// Whether anything is merged, as far as that can be told.
    merges: bool,
}

impl<'a> Overlaps<'a> {
    /// Looks at what is merged of these, within so many fields.
    fn look_at(&mut self, sets: &[Set<'a>], depth: usize) -> Result<(), ServerError> {
        if depth > DEEPEST {
            self.merges = true;
            return Ok(());
        }
        let (mut fields, mut spread) = (Fields::default(), HashSet::new());
        for (set, of) in sets {
            self.collect(set, *of, &mut fields, &mut spread);
        }
        for group in fields.groups {
            // One field of each object's type stands for those that are the same, and one for all
            // others, which an object of any type can be as well.
            let mut seen = Group::new();
            for (field, of) in &group {
                for (other, other_of) in &seen {
                    if self.can_be_both(*of, *other_of) {
                        self.merges |= has_fields(field);
                        is_same(other, field)?;
                    }
                }
                let is_object = self.is_object(*of);
                let stands = |(_, other): &(_, _)| {
                    if is_object { other == of } else { !self.is_object(*other) }
                };
                if !seen.iter().any(stands) {
                    seen.push((field, *of));
                }
            }
            // What is of an interface goes with each of its types; by itself if there are none.
            let is_of_one = seen.iter().any(|(_, of)| self.is_object(*of));
            for (_, of) in if is_of_one { &seen[..] } else { &seen[..1] } {
                if is_of_one && !self.is_object(*of) {
                    continue;
                }
                let together = group.iter().filter(|(_, other)| self.can_be_both(*of, *other));
                let sets: Vec<Set<'_>> = together
                    .filter(|(field, _)| has_fields(field))
                    .map(|(field, of)| (&field.node.selection_set.node, self.type_of(field, *of)))
                    .collect();
                if !sets.is_empty() {
                    self.look_at(&sets, depth + 1)?;
                }
            }
        }
        Ok(())
    }

    fn collect(
        &mut self,
        set: &'a SelectionSet,
        of: Option<&'a str>,
        fields: &mut Fields<'a>,
        spread: &mut HashSet<&'a str>,
    ) {
        for item in &set.items {
            let Some(left) = self.left.checked_sub(1) else {
                self.merges = true;
                return;
            };
            self.left = left;
            match &item.node {
                Selection::Field(field) => {
                    let next = fields.groups.len();
                    let index =
                        *fields.names.entry(&field.node.response_key().node).or_insert(next);
                    if index == next {
                        fields.groups.push(Group::new());
                    }
                    fields.groups[index].push((field, of));
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let of = condition.map_or(of, |condition| Some(&condition.node.on.node));
                    self.collect(&fragment.node.selection_set.node, of, fields, spread);
                }
                Selection::FragmentSpread(name) => {
                    let name = name.node.fragment_name.node.as_str();
                    let fragment = self.document.fragments.get(name);
                    if !spread.insert(name) {
                        // Its fields are these again; those of fragments in it are looked at no
                        // further, and may lead to objects.
                        let leads = |it: &Positioned<Selection>| match &it.node {
                            Selection::Field(field) => has_fields(field),
                            _ => true,
                        };
                        self.merges |= fragment
                            .is_some_and(|it| it.node.selection_set.node.items.iter().any(leads));
                    } else if let Some(fragment) = fragment {
                        let of = Some(fragment.node.type_condition.node.on.node.as_str());
                        self.collect(&fragment.node.selection_set.node, of, fields, spread);
                    }
                }
            }
        }
    }

    fn type_of(&self, field: &Positioned<Field>, of: Option<&str>) -> Option<&'a str> {
        let field = self.definitions.output(of?)?.field(&field.node.name.node)?;
        Some(&field.of)
    }

    fn is_object(&self, of: Option<&str>) -> bool {
        of.and_then(|of| self.definitions.output(of)).is_some_and(|of| of.is_object)
    }

    /// Whether an object can be of both types: not of two objects' types.
    fn can_be_both(&self, one: Option<&str>, other: Option<&str>) -> bool {
        one == other || !self.is_object(one) || !self.is_object(other)
    }
}

fn is_same(one: &Positioned<Field>, other: &Positioned<Field>) -> Result<(), ServerError> {
    let why = if one.node.name.node != other.node.name.node {
        format!("\"{}\" and \"{}\" are different fields", one.node.name, other.node.name)
    } else if arguments(&one.node) != arguments(&other.node) {
        "they have different arguments".to_owned()
    } else {
        return Ok(());
    };
    let name = one.node.response_key();
    let message = format!(
        "Fields \"{name}\" conflict because {why}; use different aliases on them to have both"
    );
    let mut error = request_error(ErrorCode::GraphqlValidationFailed, message);
    error.locations = vec![one.pos, other.pos];
    Err(error)
}

/// Whether it leads to objects.
fn has_fields(field: &Positioned<Field>) -> bool {
    !field.node.selection_set.node.items.is_empty()
}

fn arguments(field: &Field) -> HashMap<&Name, &Value> {
    field.arguments.iter().map(|(name, value)| (&name.node, &value.node)).collect()
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn what_is_merged() {
        let definitions = Definitions::new(&crate::graphql::schema());
        let merges = |document: &str, selections| {
            check(&definitions, &parse_query(document).unwrap(), selections).unwrap()
        };
        for (document, expected) in [
            ("{ packages { nodes { title title category { slug } } totalCount } }", false),
            (
                "{ packages { nodes { ...A ...B } } } fragment A on Package { __typename id ...C } \
              fragment B on Package { __typename id ...C } fragment C on Package { title }",
                false,
            ),
            (
                "{ search(query: \"a\") { nodes { ... on Package { category { id } } \
              ... on Grid { packages { totalCount } } id ... on Grid { id } } } }",
                false,
            ),
            ("{ a: grids { totalCount } b: grids { totalCount } }", false),
            ("{ grids { totalCount } grids { nodes { id } } }", true),
            ("{ packages { nodes { category { id } ... { category { slug } } } } }", true),
            (
                "{ packages { nodes { ...A ...B } } } fragment A on Package { category { id } } \
              fragment B on Package { category { slug } }",
                true,
            ),
            (
                "{ packages { nodes { ...A ...A } } } fragment A on Package { category { id } }",
                true,
            ),
            (
                "{ packages { nodes { ...A ...A } } } fragment A on Package { ...B } \
              fragment B on Package { category { id } }",
                true,
            ),
            (
                "{ node(id: \"a\") { ... on Package { category { id } } \
              ... on Node { ... on Package { category { slug } } } } }",
                true,
            ),
            (
                "query A { directory { revision } } query B { grids { totalCount } \
              grids { totalCount } }",
                true,
            ),
        ] {
            assert_eq!(merges(document, 100), expected, "{document}");
        }
        // What is not looked at may be.
        assert!(merges("{ packages { nodes { title } } }", 2));
    }
}
