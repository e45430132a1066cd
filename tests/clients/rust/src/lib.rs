//! Asks packgrid by what graphql_client makes of its schema and of `queries.graphql`.

use graphql_client::{GraphQLQuery, Response};

type BigInt = String;
type DateTime = String;
type Url = String;

/// The derive macro reads the schema without telling Cargo, which would not build anew for it.
const _: &str = include_str!("../../../../schema.graphql");

macro_rules! queries {
    ($($name:ident: $variables:tt,)*) => {$(
        #[derive(GraphQLQuery)]
        #[graphql(
            schema_path = "../../../schema.graphql",
            query_path = "queries.graphql",
            normalization = "rust",
            response_derives = "Debug, PartialEq, Eq, Hash",
            variables_derives = $variables,
            // A filter's fields that are left out must not be sent as null.
            skip_serializing_none
        )]
        pub struct $name;
    )*};
}

queries! {
    PackagePage: "Debug",
    PackageByKey: "Debug",
    GridTable: "Debug",
    // For the many fields of a filter that are left out. What has an order cannot have it: the
    // field to sort by has no default.
    PackageList: "Debug, Default",
    PackageOrders: "Debug",
    Search: "Debug",
}

/// Sends a query, and reads the answer as its type says.
pub fn post<Q: GraphQLQuery>(url: &str, variables: Q::Variables) -> Response<Q::ResponseData> {
    let mut response =
        ureq::post(format!("{url}/graphql")).send_json(Q::build_query(variables)).expect("a reply");
    response.body_mut().read_json().expect("an answer of this shape")
}
