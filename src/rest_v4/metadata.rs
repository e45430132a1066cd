//! What OPTIONS tells of an address, without looking at the data.

use serde::Serialize;

use super::route::{Place, Resource, Target};

#[derive(Serialize)]
struct Metadata {
    name: String,
    description: &'static str,
    renders: [&'static str; 2],
    parses: [&'static str; 3],
}

/// The name of what is there, for people.
pub fn name(target: &Target) -> String {
    match &target.place {
        Place::Root => "Api Root".to_owned(),
        Place::List(resource) => format!("{} List", resource.record()),
        Place::Instance(resource, _) => format!("{} Instance", resource.record()),
    }
}

fn description(target: &Target) -> &'static str {
    match &target.place {
        Place::Root => "The default basic root view for DefaultRouter",
        Place::List(resource) | Place::Instance(resource, _) => match resource {
            Resource::Packages => "API endpoint that allows packages to be viewed or edited.",
            Resource::Search => {
                "Accepts a 'q' GET parameter.\n\nReturns SearchV3 (PostgreSQL FTS) results."
            }
            Resource::Grids | Resource::Categories => "",
            Resource::Facts => "What the REST API, version 4, does not tell of packages.",
            Resource::Versions => "Releases of packages.",
            Resource::Features => "Rows of the grids' comparison tables.",
            Resource::Elements => "Cells of the grids' comparison tables.",
        },
    }
}

/// The answer to OPTIONS.
pub fn describe(target: &Target) -> Vec<u8> {
    let metadata = Metadata {
        name: name(target),
        description: description(target),
        renders: ["application/json", "text/html"],
        parses: ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
    };
    // Texts always have a JSON form.
    serde_json::to_vec(&metadata).unwrap_or_default()
}
