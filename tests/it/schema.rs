//! The schema's text: up to date, complete, and no surprise for clients.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{ServiceDocument, Type, TypeKind, TypeSystemDefinition};
use packgrid::graphql::{schema, sdl};

#[test]
fn schema_graphql_is_up_to_date() {
    let committed = include_str!("../../schema.graphql");
    assert!(
        committed == sdl(&schema()),
        "schema.graphql is stale; cargo run -- schema > schema.graphql writes it anew"
    );
}

#[test]
fn everything_is_described() {
    let document = parse_schema(sdl(&schema())).unwrap();
    let mut missing = Vec::new();
    for (name, kind) in types(&document) {
        if kind.1.is_none() {
            missing.push(name.clone());
        }
        let fields = match &kind.0 {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            TypeKind::Enum(values) => {
                missing.extend(
                    values
                        .values
                        .iter()
                        .filter(|value| value.node.description.is_none())
                        .map(|value| format!("{name}.{}", value.node.value.node)),
                );
                continue;
            }
            TypeKind::InputObject(input) => {
                missing.extend(
                    input
                        .fields
                        .iter()
                        .filter(|field| !has_example(&field.node))
                        .map(|field| format!("{name}.{}", field.node.name.node)),
                );
                continue;
            }
            _ => continue,
        };
        for field in fields {
            if field.node.description.is_none() {
                missing.push(format!("{name}.{}", field.node.name.node));
            }
            for argument in &field.node.arguments {
                if !has_example(&argument.node) {
                    missing.push(format!(
                        "{name}.{}({})",
                        field.node.name.node, argument.node.name.node
                    ));
                }
            }
        }
    }
    assert!(missing.is_empty(), "without a description, or an example: {missing:#?}");
}

/// Whoever fills in an argument wants to see what one looks like.
fn has_example(input: &async_graphql::parser::types::InputValueDefinition) -> bool {
    input.description.as_ref().is_some_and(|text| text.node.contains("Example"))
}

/// What clients of the last release rely on. The file is the schema of that release; a release
/// replaces it.
#[test]
fn nothing_breaks_clients_of_the_last_release() {
    let released = include_str!("../released/schema.graphql");
    let broken = breaking(released, &sdl(&schema()));
    assert!(broken.is_empty(), "this would break clients:\n{}", broken.join("\n"));
}

#[test]
fn what_breaks_clients_is_found() {
    let before = "type Query { a(x: Int, y: Int = 1): T b: String! l: [T!]! } type T { c: Int } \
                  enum E { A B } input I { a: Int } union U = T | Query interface N { c: Int } scalar S";
    for (after, found) in [
        (before.replace("c: Int } enum", "d: Int } enum"), vec!["T.c is gone"]),
        (before.replace("b: String!", "b: String"), vec!["Query.b was String! and is String"]),
        (before.replace("a(x: Int, ", "a("), vec!["Query.a(x) is gone"]),
        (before.replace("x: Int,", "x: Int!,"), vec!["Query.a(x) was Int and is Int!"]),
        (before.replace("x: Int,", "x: Int, z: Int!,"), vec!["Query.a(z) is new and required"]),
        (before.replace("l: [T!]!", "l: [T]!"), vec!["Query.l was [T!]! and is [T]!"]),
        (before.replace("A B", "A"), vec!["E.B is gone"]),
        (
            before.replace("input I { a: Int }", "input I { a: Int b: Int! }"),
            vec!["I.b is new and required"],
        ),
        (before.replace("input I { a: Int }", "input I { b: Int }"), vec!["I.a is gone"]),
        (before.replace("= T | Query", "= Query"), vec!["U can no longer be T"]),
        (before.replace("scalar S", ""), vec!["S is gone"]),
        (before.replace("type T", "interface T"), vec!["T is another kind of type"]),
    ] {
        assert_eq!(breaking(before, &after), found, "{after}");
    }
    // These are no client's trouble.
    for after in [
        before.replace("c: Int }", "c: Int! d: Int }"),
        before.replace("x: Int,", "x: Int, z: Int, w: Int! = 1,"),
        before.replace("a: Int }", "a: Int b: Int }"),
        before.replace("A B", "A B C"),
        format!("{before} type New {{ a: Int }}"),
    ] {
        assert_eq!(breaking(before, &after), Vec::<String>::new(), "{after}");
    }
}

type Described = (TypeKind, Option<String>);

fn types(document: &ServiceDocument) -> BTreeMap<String, Described> {
    document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(kind) => Some((
                kind.node.name.node.to_string(),
                (
                    kind.node.kind.clone(),
                    kind.node.description.as_ref().map(|text| text.node.clone()),
                ),
            )),
            _ => None,
        })
        .collect()
}

/// A field or argument: its type, and whether it may be left out.
type Parts = BTreeMap<String, (Type, bool)>;

fn breaking(before: &str, after: &str) -> Vec<String> {
    let (before, after) =
        (types(&parse_schema(before).unwrap()), types(&parse_schema(after).unwrap()));
    let mut found = Vec::new();
    for (name, (old, _)) in &before {
        let Some((new, _)) = after.get(name) else {
            found.push(format!("{name} is gone"));
            continue;
        };
        match (old, new) {
            (TypeKind::Object(old), TypeKind::Object(new)) => {
                outputs(name, &old.fields, &new.fields, &mut found);
                let new: BTreeSet<_> =
                    new.implements.iter().map(|name| name.node.as_str()).collect();
                for interface in &old.implements {
                    if !new.contains(interface.node.as_str()) {
                        found.push(format!("{name} is no longer a {}", interface.node));
                    }
                }
            }
            (TypeKind::Interface(old), TypeKind::Interface(new)) => {
                outputs(name, &old.fields, &new.fields, &mut found);
            }
            (TypeKind::Enum(old), TypeKind::Enum(new)) => {
                for value in &old.values {
                    let value = value.node.value.node.as_str();
                    if !new.values.iter().any(|other| other.node.value.node == value) {
                        found.push(format!("{name}.{value} is gone"));
                    }
                }
            }
            (TypeKind::Union(old), TypeKind::Union(new)) => {
                for member in &old.members {
                    if !new.members.iter().any(|other| other.node == member.node) {
                        found.push(format!("{name} can no longer be {}", member.node));
                    }
                }
            }
            (TypeKind::InputObject(old), TypeKind::InputObject(new)) => {
                inputs(
                    &|part| format!("{name}.{part}"),
                    &parts(&old.fields),
                    &parts(&new.fields),
                    &mut found,
                );
            }
            (TypeKind::Scalar, TypeKind::Scalar) => {}
            _ => found.push(format!("{name} is another kind of type")),
        }
    }
    found
}

type Fields = [async_graphql::Positioned<async_graphql::parser::types::FieldDefinition>];
type Inputs = [async_graphql::Positioned<async_graphql::parser::types::InputValueDefinition>];

fn outputs(name: &str, old: &Fields, new: &Fields, found: &mut Vec<String>) {
    for field in old {
        let field_name = field.node.name.node.as_str();
        let Some(other) = new.iter().find(|other| other.node.name.node == field_name) else {
            found.push(format!("{name}.{field_name} is gone"));
            continue;
        };
        let (was, is) = (&field.node.ty.node, &other.node.ty.node);
        if !narrows(was, is) {
            found.push(format!("{name}.{field_name} was {was} and is {is}"));
        }
        inputs(
            &|part| format!("{name}.{field_name}({part})"),
            &parts(&field.node.arguments),
            &parts(&other.node.arguments),
            found,
        );
    }
}

fn parts(inputs: &Inputs) -> Parts {
    inputs
        .iter()
        .map(|input| {
            let kind = input.node.ty.node.clone();
            let optional = kind.nullable || input.node.default_value.is_some();
            (input.node.name.node.to_string(), (kind, optional))
        })
        .collect()
}

fn inputs(shown: &dyn Fn(&str) -> String, old: &Parts, new: &Parts, found: &mut Vec<String>) {
    for (name, (was, _)) in old {
        match new.get(name) {
            None => found.push(format!("{} is gone", shown(name))),
            // What was allowed has to be allowed still.
            Some((is, _)) if !narrows(is, was) => {
                found.push(format!("{} was {was} and is {is}", shown(name)));
            }
            Some(_) => {}
        }
    }
    for (name, (_, optional)) in new {
        if !optional && !old.contains_key(name) {
            found.push(format!("{} is new and required", shown(name)));
        }
    }
}

/// Whether every value of `narrow` is one of `wide`.
fn narrows(wide: &Type, narrow: &Type) -> bool {
    use async_graphql::parser::types::BaseType::{List, Named};
    (wide.nullable || !narrow.nullable)
        && match (&wide.base, &narrow.base) {
            (Named(wide), Named(narrow)) => wide == narrow,
            (List(wide), List(narrow)) => narrows(wide, narrow),
            _ => false,
        }
}
