use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::{package, version};

use super::input::{commands, inputs, patch, revision};
use super::mutations;
use super::payload::payloads;
use crate::editing::commands::{CreateRelease, DeleteRelease, ReleaseValues, UpdateRelease};
use crate::graphql::scalars::DateTime;
use crate::graphql::types::{DevelopmentStatus, Support};

mutations! {
    /// Edits of releases.
    ReleaseMutation {
        /// Adds a release to a package. Needs the role `EDITOR`.
        create_release(CreateReleaseInput) -> CreateReleasePayload;
        /// Changes what is said about a release: what is left out stays as it is, null empties it.
        /// Needs the role `EDITOR`.
        update_release(UpdateReleaseInput) -> UpdateReleasePayload;
        /// Deletes a release. Needs the role `MODERATOR`.
        delete_release(DeleteReleaseInput) -> DeleteReleasePayload;
    }
}

payloads! {
    CreateReleasePayload: release, Release, version::Entity;
    UpdateReleasePayload: release, Release, version::Entity;
    DeleteReleasePayload deletes deleted_id: release, Release, version::Entity;
}

/// What can be said about a release besides its version.
#[derive(InputObject)]
pub struct ReleaseInputFields {
    /// The licence, at most 200 characters; an SPDX identifier is best. Example: `"MIT"`
    license: MaybeUndefined<String>,
    /// Which Python it asks for, at most 200 characters. Example: `">=3.10"`
    requires_python: MaybeUndefined<String>,
    /// When it was released. Example: `"2026-01-31T12:00:00Z"`
    released_at: MaybeUndefined<DateTime>,
    /// How far it is. Example: `STABLE`
    development_status: MaybeUndefined<DevelopmentStatus>,
    /// Whether it works with Python 3. Example: `YES`
    #[graphql(name = "supportsPython3")]
    supports_python3: MaybeUndefined<Support>,
    /// Whether it was withdrawn. Example: `false`
    is_hidden: MaybeUndefined<bool>,
}

inputs! {
    /// A release to add.
    CreateReleaseInput {
        /// The package: its global id. Example: `"UGFja2FnZTo2ODM"`
        package_id: ID,
        /// The version, at most 100 characters; no other release of the package may have it. Example:
        /// `"4.2.1"`
        version: String,
        #[graphql(flatten)]
        fields: ReleaseInputFields,
    }

    /// What to change of a release: what is left out stays as it is.
    UpdateReleaseInput expects expected_revision {
        /// The release: its global id. Example: `"UmVsZWFzZTo3"`
        id: ID,
        /// The version, at most 100 characters. Example: `"4.2.1"`
        version: MaybeUndefined<String>,
        #[graphql(flatten)]
        fields: ReleaseInputFields,
    }

    /// A release to delete.
    DeleteReleaseInput expects expected_revision {
        /// The release: its global id. Example: `"UmVsZWFzZTo3"`
        id: ID,
    }
}

impl ReleaseInputFields {
    fn values(self) -> ReleaseValues {
        ReleaseValues {
            number: None,
            license: self.license.into(),
            requires_python: self.requires_python.into(),
            released_at: patch(self.released_at, |time| time.0),
            development_status: patch(self.development_status, Into::into),
            supports_python3: patch(self.supports_python3, Into::into),
            hidden: self.is_hidden.into(),
        }
    }
}

commands! {
    CreateReleaseInput => CreateRelease, |input, reading| CreateRelease {
        package: reading.id::<package::Entity>("packageId", &input.package_id),
        values: ReleaseValues { number: Some(Some(input.version)), ..input.fields.values() },
    };
    UpdateReleaseInput => UpdateRelease, |input, reading| UpdateRelease {
        id: reading.id::<version::Entity>("id", &input.id),
        expected: revision(input.expected_revision),
        values: ReleaseValues { number: input.version.into(), ..input.fields.values() },
    };
    DeleteReleaseInput => DeleteRelease, |input, reading| DeleteRelease {
        id: reading.id::<version::Entity>("id", &input.id),
        expected: revision(input.expected_revision),
    };
}
