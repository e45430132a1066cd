use std::io::Write;

use clap::Args;

use super::Failed;
use crate::graphql;

/// Print the GraphQL schema.
#[derive(Args)]
pub struct Schema {}

impl Schema {
    pub(super) fn run(self) -> Result<(), Failed> {
        std::io::stdout().write_all(graphql::sdl(&graphql::schema()).as_bytes())?;
        Ok(())
    }
}
