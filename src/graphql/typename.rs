//! Directives of `__typename`, which async-graphql 8.0.0-rc.5 does not validate: an unknown one is
//! taken, a variable in one is taken for unused.

use async_graphql::Positioned;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, InlineFragment, Selection, SelectionSet,
};

/// Puts what has directives and is called `__typename` into an inline fragment that has them in its
/// place, which means the same and is validated.
///
/// It goes a call deeper for each selection set within another, of which the document has to have
/// few.
pub fn wrap(document: &mut ExecutableDocument) {
    match &mut document.operations {
        DocumentOperations::Single(operation) => wrap_in(&mut operation.node.selection_set.node),
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                wrap_in(&mut operation.node.selection_set.node);
            }
        }
    }
    for fragment in document.fragments.values_mut() {
        wrap_in(&mut fragment.node.selection_set.node);
    }
}

fn wrap_in(set: &mut SelectionSet) {
    for item in &mut set.items {
        match &mut item.node {
            Selection::Field(field) if is_directed(&field.node) => {
                let directives = std::mem::take(&mut field.node.directives);
                let field = Positioned::new(Selection::Field(field.clone()), item.pos);
                let selection_set = Positioned::new(SelectionSet { items: vec![field] }, item.pos);
                let fragment = InlineFragment { type_condition: None, directives, selection_set };
                item.node = Selection::InlineFragment(Positioned::new(fragment, item.pos));
            }
            Selection::Field(field) => wrap_in(&mut field.node.selection_set.node),
            Selection::InlineFragment(fragment) => {
                wrap_in(&mut fragment.node.selection_set.node);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn is_directed(field: &Field) -> bool {
    field.name.node == "__typename" && !field.directives.is_empty()
}
