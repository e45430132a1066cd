//! Fields that are lists. Each takes the same six arguments, which async-graphql cannot share, so
//! they are spelled out once, here.

/// Gives an object type its lists: a type to be flattened into it, with one field for each.
///
/// `children(RELATION)` is a list of what belongs to the object, whose row the type wraps; `all` is
/// a list of everything there is.
macro_rules! lists {
    ($(#[$meta:meta])* $object:ident($($row:ty)?) {$(
        $(#[$field_meta:meta])*
        fn $field:ident -> $kind:ident {
            filter: $filter:ident, $filter_desc:tt,
            order_by: $order:ident, $order_desc:tt,
            $what:ident $(($relation:expr))?
        }
    )*}) => {
        $(#[$meta])*
        pub struct $object($(pub(super) $row)?);

        #[async_graphql::Object]
        impl $object {$(
            $(#[$field_meta])*
            #[allow(clippy::too_many_arguments, reason = "they are GraphQL's")]
            async fn $field(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(
                    desc = "At most this many entries from the beginning, 0 to 100; 20 when neither `first` nor `last` is given. Example: `10`"
                )]
                first: Option<i32>,
                #[graphql(
                    desc = "Only entries after the one with this cursor, from `pageInfo { endCursor }` of the page before. Works with the same `orderBy` only. Example: `\"WyJQYWNrYWdlIiwiZGphbmdvIiwxXQ\"`"
                )]
                after: Option<String>,
                #[graphql(
                    desc = "At most this many entries from the end, 0 to 100. Not together with `first`. Example: `10`"
                )]
                last: Option<i32>,
                #[graphql(
                    desc = "Only entries before the one with this cursor, from `pageInfo { startCursor }` of the page after. Works with the same `orderBy` only. Example: `\"WyJQYWNrYWdlIiwiZGphbmdvIiwxXQ\"`"
                )]
                before: Option<String>,
                #[graphql(desc = $filter_desc)] filter: Option<
                    Box<$crate::graphql::filters::$filter>,
                >,
                #[graphql(desc = $order_desc)] order_by: Option<
                    Vec<$crate::graphql::orders::$order>,
                >,
            ) -> Result<
                $crate::graphql::written::Written<
                    $crate::graphql::connection::Connection<$crate::graphql::connection::$kind>,
                >,
                $crate::graphql::errors::Failure,
            > {
                let arguments = $crate::graphql::arguments::ListArguments {
                    first, after, last, before, filter, order_by,
                };
                lists!(@load $what, ctx, self, arguments $(, $relation)?)
            }
        )*}

        lists!(@ahead $object($($row)?) $($field -> $kind, $filter, $order, $what $(($relation))?;)*);
    };
    (@ahead $object:ident() $($rest:tt)*) => {};
    (@ahead $object:ident($row:ty) $(
        $field:ident -> $kind:ident, $filter:ident, $order:ident, children($relation:expr);
    )*) => {
        impl $object {
            /// Loads the list that `ctx` is about of all `parents`; see `ahead`.
            pub(in $crate::graphql) fn ahead(
                ctx: async_graphql::Context<'_>,
                parents: impl FnOnce() -> Vec<i64>,
            ) -> $crate::graphql::ahead::Reading<'_> {
                match ctx.item.node.name.node.as_str() {
                    $(stringify!($field) => $crate::graphql::ahead::children::<
                        $crate::graphql::connection::$kind,
                        _,
                        $crate::graphql::filters::$filter,
                        $crate::graphql::orders::$order,
                    >(ctx, $relation, parents()),)*
                    _ => None,
                }
            }
        }
    };
    (@load children, $ctx:ident, $self:ident, $arguments:ident, $relation:expr) => {
        Box::pin($crate::graphql::connection::children(
            $ctx, $relation, $self.0.id()?, $arguments,
        )).await.map($crate::graphql::written::Written)
    };
    (@load all, $ctx:ident, $self:ident, $arguments:ident) => {
        Box::pin($crate::graphql::connection::all($ctx, $arguments))
            .await
            .map($crate::graphql::written::Written)
    };
}
pub(super) use lists;
