//! Objects that are written while they are resolved, straight into the text of the answer.
//!
//! async-graphql makes a future in a box of its own for each field, joins those of an object, puts
//! their values into a hash table, and has all that written down in the end. Here the fields of a
//! list's objects are asked one after the other, by the same resolvers: what is there at once, as
//! nearly everything is (see [`ahead`](super::ahead)), is written at once, and what is not leaves a
//! gap that is filled when it comes.
//!
//! A text cannot be merged with another. Where a document has what it selects of an object in two
//! places (`{ grids { nodes { title } } grids { nodes { slug } } }`), everything is resolved in
//! async-graphql's own way, see [`writing`].

use std::borrow::Cow;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, ObjectType, OutputType, Positioned, ServerError, ServerResult, Value,
};
use foldhash::HashSet;
use futures_util::future::{BoxFuture, poll_fn, try_join_all};

use super::context::{RequestContext, writing};
use super::errors::broken;
use super::json::write_value;
use crate::catalog::{Listable, Record};

/// Bytes that there is room for from the beginning, for each field of each object.
const ROOM: usize = 32;

/// Bytes after which a text tells the request how long it is: an answer that is too large is not
/// finished first.
const TOLD: usize = 16 * 1024;

/// An object that is written.
pub struct Written<T>(pub T);

/// A list of objects that are written.
pub struct WrittenList<T>(pub Vec<T>);

/// What can be written: an object, or an interface, which is one of several.
pub trait Write: OutputType {
    /// Writes what is selected of it. It has this place in its list; null when it is in none.
    ///
    /// # Errors
    /// When a field has failed that cannot be null.
    fn write<'a>(
        &'a self,
        text: &mut Text<'a>,
        index: Option<usize>,
        task: &mut Context<'_>,
    ) -> ServerResult<()>;
}

impl<T: ObjectType> Write for T {
    fn write<'a>(
        &'a self,
        text: &mut Text<'a>,
        index: Option<usize>,
        task: &mut Context<'_>,
    ) -> ServerResult<()> {
        text.object(self, index, task)
    }
}

/// A text in the making.
pub struct Text<'a> {
    ctx: &'a ContextSelectionSet<'a>,
    request: &'a RequestContext,
    json: Vec<u8>,
    /// Bytes of it that are other texts, and those that the request was told of.
    within: usize,
    told: usize,
    gaps: Vec<Gap<'a>>,
    /// The fields that are selected of objects, by the objects' type.
    selected: Vec<(Cow<'static, str>, Vec<&'a Positioned<Field>>)>,
}

/// What is not there yet, and where it belongs.
struct Gap<'a> {
    place: usize,
    value: BoxFuture<'a, ServerResult<Value>>,
}

impl<'a> Text<'a> {
    /// Of what `ctx` selects of `objects`.
    async fn of<T: Write>(
        ctx: &'a ContextSelectionSet<'a>,
        request: &'a RequestContext,
        objects: &'a [T],
        is_list: bool,
    ) -> ServerResult<Value> {
        let room = objects.len() * (ctx.item.node.items.len() * ROOM) + 2;
        let json = Vec::with_capacity(room);
        let (gaps, selected) = (Vec::new(), Vec::new());
        let mut text = Self { ctx, request, json, within: 0, told: 0, gaps, selected };
        poll_fn(|task| Poll::Ready(text.all(objects, is_list, task))).await?;
        Ok(Value::Binary(text.finish().await?.into()))
    }

    fn all<T: Write>(
        &mut self,
        objects: &'a [T],
        is_list: bool,
        task: &mut Context<'_>,
    ) -> ServerResult<()> {
        if is_list {
            self.json.push(b'[');
        }
        for (index, object) in objects.iter().enumerate() {
            if index > 0 {
                self.json.push(b',');
            }
            object.write(self, is_list.then_some(index), task)?;
        }
        if is_list {
            self.json.push(b']');
        }
        self.tell(0)
    }

    fn object<T: ObjectType>(
        &mut self,
        object: &'a T,
        index: Option<usize>,
        task: &mut Context<'_>,
    ) -> ServerResult<()> {
        let name = T::type_name();
        let selected = self.selected(name.clone());
        let ctx = within(self.ctx, index);
        let mut separator = b'{';
        for place in 0..self.selected[selected].1.len() {
            let field = self.selected[selected].1[place];
            self.json.push(separator);
            separator = b',';
            self.name(&field.node.response_key().node);
            self.json.push(b':');
            if field.node.name.node == "__typename" {
                self.name(&name);
                continue;
            }
            if field.node.selection_set.node.items.is_empty() {
                let of_field = ctx.with_field(field);
                if let Poll::Ready(value) = pin!(object.resolve_field(&of_field)).poll(task) {
                    let value = value.map_err(|error| failed(&ctx, index, error))?;
                    self.value(&value.unwrap_or_default())?;
                    continue;
                }
                // It is asked anew below, where it can wait.
            }
            let mut value: BoxFuture<'a, _> = Box::pin(resolve(self.ctx, index, object, field));
            match value.as_mut().poll(task) {
                Poll::Ready(value) => self.value(&value?)?,
                Poll::Pending => self.gaps.push(Gap { place: self.json.len(), value }),
            }
        }
        if separator == b'{' {
            self.json.push(b'{');
        }
        self.json.push(b'}');
        self.tell(TOLD)
    }

    /// Where in `self.selected` the fields of objects of this type are.
    fn selected(&mut self, of: Cow<'static, str>) -> usize {
        if let Some(place) = self.selected.iter().position(|(known, _)| *known == of) {
            return place;
        }
        let mut fields = Vec::with_capacity(self.ctx.item.node.items.len());
        select(self.ctx, &self.ctx.item.node, &of, &mut fields, &mut HashSet::default());
        self.selected.push((of, fields));
        self.selected.len() - 1
    }

    /// Tells the request how many bytes are new, if there are over so many.
    fn tell(&mut self, over: usize) -> ServerResult<()> {
        let new = self.json.len() - self.within - self.told;
        if new <= over {
            return Ok(());
        }
        self.told += new;
        self.request.wrote(new)
    }

    /// Writes a name of GraphQL, which has nothing to escape.
    fn name(&mut self, name: &str) {
        self.json.push(b'"');
        self.json.extend_from_slice(name.as_bytes());
        self.json.push(b'"');
    }

    fn value(&mut self, value: &Value) -> ServerResult<()> {
        if let Value::Binary(text) = value {
            self.within += text.len();
        }
        write_value(value, &mut self.json).map_err(failure)
    }

    /// Fills the gaps.
    async fn finish(self) -> ServerResult<Vec<u8>> {
        if self.gaps.is_empty() {
            return Ok(self.json);
        }
        let (places, values): (Vec<_>, Vec<_>) =
            self.gaps.into_iter().map(|gap| (gap.place, gap.value)).unzip();
        let values = try_join_all(values).await?;
        let mut whole = Vec::with_capacity(self.json.len());
        let mut start = 0;
        for (place, value) in places.into_iter().zip(&values) {
            whole.extend_from_slice(&self.json[start..place]);
            write_value(value, &mut whole).map_err(failure)?;
            start = place;
        }
        whole.extend_from_slice(&self.json[start..]);
        Ok(whole)
    }
}

/// What cannot happen: a text in memory takes whatever is written.
fn failure(error: io::Error) -> ServerError {
    broken(&error)
}

/// The value of `field` of an object, which waits for what it needs.
async fn resolve<'a, T: ObjectType>(
    ctx: &'a ContextSelectionSet<'a>,
    index: Option<usize>,
    object: &'a T,
    field: &'a Positioned<Field>,
) -> ServerResult<Value> {
    let ctx = within(ctx, index);
    let of_field = ctx.with_field(field);
    let value = object.resolve_field(&of_field).await;
    value.map(Option::unwrap_or_default).map_err(|error| failed(&ctx, index, error))
}

/// `ctx` for the object at this place of its list.
fn within<'a>(ctx: &'a ContextSelectionSet<'a>, index: Option<usize>) -> ContextSelectionSet<'a> {
    index.map_or_else(|| ctx.clone(), |index| ctx.with_index(index))
}

/// The error of a list's entry is at the entry, as async-graphql has it; our own know where they
/// were made.
fn failed(ctx: &ContextSelectionSet<'_>, index: Option<usize>, error: ServerError) -> ServerError {
    if index.is_some() { ctx.set_error_path(error) } else { error }
}

/// Adds the fields that `set` selects of an object of the type `of`. Which of them are skipped and
/// whether they exist has been seen to before.
fn select<'a>(
    ctx: &ContextSelectionSet<'a>,
    set: &'a SelectionSet,
    of: &str,
    fields: &mut Vec<&'a Positioned<Field>>,
    seen: &mut HashSet<&'a str>,
) {
    let is = |condition: &str| {
        let interfaces = || ctx.schema_env.registry.implements.get(of);
        condition == of || interfaces().is_some_and(|them| them.contains(condition))
    };
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                let name = &field.node.response_key().node;
                if seen.insert(name.as_str()) {
                    fields.push(field);
                }
            }
            Selection::InlineFragment(fragment) => {
                let condition = fragment.node.type_condition.as_ref();
                if condition.is_none_or(|condition| is(&condition.node.on.node)) {
                    select(ctx, &fragment.node.selection_set.node, of, fields, seen);
                }
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if let Some(fragment) = ctx.query_env.fragments.get(name)
                    && is(&fragment.node.type_condition.node.on.node)
                {
                    select(ctx, &fragment.node.selection_set.node, of, fields, seen);
                }
            }
        }
    }
}

/// What `ctx` selects of `objects` as text, or else what async-graphql makes of `value`, which is the
/// same.
async fn write_or_resolve<T: Write, V: OutputType>(
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    objects: &[T],
    value: &V,
    is_list: bool,
) -> ServerResult<Value> {
    match writing(ctx) {
        Some(request) => Text::of(ctx, request, objects, is_list).await,
        None => Box::pin(value.resolve(ctx, field)).await,
    }
}

impl<E: Listable, T: From<Arc<Record<E>>>> From<Arc<Record<E>>> for Written<T> {
    fn from(record: Arc<Record<E>>) -> Self {
        Self(record.into())
    }
}

impl<T: Write> OutputType for Written<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        write_or_resolve(ctx, field, std::slice::from_ref(&self.0), &self.0, false).await
    }
}

impl<T: Write> OutputType for WrittenList<T> {
    fn type_name() -> Cow<'static, str> {
        <Vec<T> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<T> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T> as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        write_or_resolve(ctx, field, &self.0, &self.0, true).await
    }
}
