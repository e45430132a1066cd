use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::{category, grid, package};

use super::input::{commands, given, inputs, patch, revision};
use super::mutations;
use super::payload::payloads;
use crate::editing::commands::{
    AddPackages, CreatePackage, DeletePackage, DeprecatePackage, MOST_PACKAGES, MergePackages,
    PackageValues, RemovePackages, UndeprecatePackage, UpdatePackage,
};
use crate::graphql::scalars::DateTime;
use crate::graphql::types::Support;

mutations! {
    /// Edits of packages.
    PackageMutation {
        /// Adds a package. Needs the role `EDITOR`.
        create_package(CreatePackageInput) -> CreatePackagePayload;
        /// Changes what is said about a package: what is left out stays as it is, null empties it.
        /// Needs the role `EDITOR`.
        update_package(UpdatePackageInput) -> UpdatePackagePayload;
        /// Deletes a package, with its releases, its places in grids and its cells there. Needs the
        /// role `MODERATOR`.
        delete_package(DeletePackageInput) -> DeletePackagePayload;
        /// Declares a package deprecated, and names another one to use instead, if there is one.
        /// Needs the role `EDITOR`.
        deprecate_package(DeprecatePackageInput) -> DeprecatePackagePayload;
        /// Takes back that a package is deprecated, and what was to be used instead. Needs the role
        /// `EDITOR`.
        undeprecate_package(UndeprecatePackageInput) -> UndeprecatePackagePayload;
        /// Makes two packages one that are one: places in grids, cells, releases and the history of
        /// the first go to the second, where it has none of its own, and from then on it answers to
        /// the slug of the first, which is gone. Needs the role `MODERATOR`.
        merge_packages(MergePackagesInput) -> MergePackagesPayload;
        /// Puts packages into a grid; those that stand in it stay. Needs the role `EDITOR`, or
        /// `MODERATOR` if the grid is locked.
        add_packages_to_grid(AddPackagesToGridInput) -> AddPackagesToGridPayload;
        /// Takes packages out of a grid, with their cells there. Needs the role `EDITOR`, or
        /// `MODERATOR` if the grid is locked.
        remove_packages_from_grid(RemovePackagesFromGridInput) -> RemovePackagesFromGridPayload;
    }
}

payloads! {
    CreatePackagePayload: package, Package, package::Entity;
    UpdatePackagePayload: package, Package, package::Entity;
    DeletePackagePayload deletes deleted_id: package, Package, package::Entity;
    DeprecatePackagePayload: package, Package, package::Entity;
    UndeprecatePackagePayload: package, Package, package::Entity;
    MergePackagesPayload: package, Package, package::Entity;
    AddPackagesToGridPayload: grid, Grid, grid::Entity;
    RemovePackagesFromGridPayload: grid, Grid, grid::Entity;
}

/// What can be said about a package besides its title and category.
#[derive(InputObject)]
pub struct PackageInputFields {
    /// The name in addresses: letters from a to z, digits, `_` and `-`, at most 50. A new package
    /// that is not given one takes the name of its repository, or else its title. Example:
    /// `"django-allauth"`
    slug: MaybeUndefined<String>,
    /// The repository, in any spelling: no other package may have it. Example:
    /// `"git@github.com:pennersr/django-allauth.git"`
    repo_url: MaybeUndefined<String>,
    /// What the repository says of itself, at most 500 characters. Example: `"Sign up and sign in"`
    repo_description: MaybeUndefined<String>,
    /// The name on the Python package index, or its address there; no other package may have it.
    /// Example: `"django-allauth"`
    pypi_url: MaybeUndefined<String>,
    /// Where it is documented. Example: `"https://docs.allauth.org/"`
    documentation_url: MaybeUndefined<String>,
    /// The newest release, at most 100 characters. Example: `"65.3.0"`
    pypi_version: MaybeUndefined<String>,
    /// The licence, at most 200 characters; an SPDX identifier is best. Example: `"MIT"`
    pypi_license: MaybeUndefined<String>,
    /// Which Python the newest release asks for, at most 200 characters. Example: `">=3.10"`
    pypi_requires_python: MaybeUndefined<String>,
    /// Whether it works with Python 3. Example: `YES`
    #[graphql(name = "supportsPython3")]
    supports_python3: MaybeUndefined<Support>,
    /// Stars of the repository; 0 if it is known to have none, null only while they are unknown.
    /// Example: `9500`
    repo_watchers: MaybeUndefined<i32>,
    /// Forks of the repository; 0 if it is known to have none, null only while they are unknown.
    /// Example: `3000`
    repo_forks: MaybeUndefined<i32>,
    /// The time of the last commit. Example: `"2026-01-31T12:00:00Z"`
    last_updated: MaybeUndefined<DateTime>,
    /// When its repository was archived. Example: `"2026-01-31T12:00:00Z"`
    date_repo_archived: MaybeUndefined<DateTime>,
}

inputs! {
    /// A package to add.
    CreatePackageInput {
        /// The title, at most 100 characters. Example: `"django-allauth"`
        title: String,
        /// The category: its global id. Example: `"Q2F0ZWdvcnk6MQ"`
        category_id: ID,
        #[graphql(flatten)]
        fields: PackageInputFields,
    }

    /// What to change of a package: what is left out stays as it is.
    UpdatePackageInput expects expected_revision {
        /// The package: its global id. Example: `"UGFja2FnZTo2ODM"`
        id: ID,
        /// The title, at most 100 characters. Example: `"django-allauth"`
        title: MaybeUndefined<String>,
        /// The category: its global id. Example: `"Q2F0ZWdvcnk6MQ"`
        category_id: MaybeUndefined<ID>,
        #[graphql(flatten)]
        fields: PackageInputFields,
    }

    /// A package to delete.
    DeletePackageInput expects expected_revision {
        /// The package: its global id. Example: `"UGFja2FnZTo2ODM"`
        id: ID,
    }

    /// A package that is deprecated.
    DeprecatePackageInput expects expected_revision {
        /// The package: its global id. Example: `"UGFja2FnZTo2ODM"`
        id: ID,
        /// The package to use instead: its global id. Example: `"UGFja2FnZTo3"`
        replacement_id: Option<ID>,
    }

    /// A package that is not deprecated after all.
    UndeprecatePackageInput expects expected_revision {
        /// The package: its global id. Example: `"UGFja2FnZTo2ODM"`
        id: ID,
    }

    /// Two packages that are one.
    MergePackagesInput expects expected_revision {
        /// The package that goes: its global id. `expectedRevision` is that of this one. Example:
        /// `"UGFja2FnZTo3"`
        package_id: ID,
        /// The package that stays: its global id. Example: `"UGFja2FnZTo2ODM"`
        into_id: ID,
        /// The `revision` that the package that stays was at when it was read. Example: `"42"`
        expected_into_revision: Option<crate::graphql::scalars::BigInt>,
    }

    /// Packages to put into a grid.
    AddPackagesToGridInput {
        /// The grid: its global id. Example: `"R3JpZDo4NA"`
        grid_id: ID,
        /// The packages, at most 100: their global ids. Example: `["UGFja2FnZTo2ODM"]`
        package_ids: Vec<ID>,
    }

    /// Packages to take out of a grid.
    RemovePackagesFromGridInput {
        /// The grid: its global id. Example: `"R3JpZDo4NA"`
        grid_id: ID,
        /// The packages, at most 100: their global ids. Example: `["UGFja2FnZTo2ODM"]`
        package_ids: Vec<ID>,
    }
}

impl PackageInputFields {
    fn values(self) -> PackageValues {
        PackageValues {
            title: None,
            category: None,
            slug: self.slug.into(),
            repo_url: self.repo_url.into(),
            repo_description: self.repo_description.into(),
            pypi_url: self.pypi_url.into(),
            documentation_url: self.documentation_url.into(),
            pypi_version: self.pypi_version.into(),
            pypi_license: self.pypi_license.into(),
            pypi_requires_python: self.pypi_requires_python.into(),
            supports_python3: patch(self.supports_python3, Into::into),
            repo_watchers: self.repo_watchers.into(),
            repo_forks: self.repo_forks.into(),
            last_updated: patch(self.last_updated, |time| time.0),
            date_repo_archived: patch(self.date_repo_archived, |time| time.0),
        }
    }
}

commands! {
    CreatePackageInput => CreatePackage, |input, reading| CreatePackage(PackageValues {
        title: given(Some(input.title), Into::into),
        category: Some(Some(reading.id::<category::Entity>("categoryId", &input.category_id))),
        ..input.fields.values()
    });
    UpdatePackageInput => UpdatePackage, |input, reading| UpdatePackage {
        id: reading.id::<package::Entity>("id", &input.id),
        expected: revision(input.expected_revision),
        values: PackageValues {
            title: input.title.into(),
            category: patch(input.category_id, |id| {
                reading.id::<category::Entity>("categoryId", &id)
            }),
            ..input.fields.values()
        },
    };
    DeletePackageInput => DeletePackage, |input, reading| DeletePackage {
        id: reading.id::<package::Entity>("id", &input.id),
        expected: revision(input.expected_revision),
    };
    DeprecatePackageInput => DeprecatePackage, |input, reading| DeprecatePackage {
        id: reading.id::<package::Entity>("id", &input.id),
        expected: revision(input.expected_revision),
        replacement: input
            .replacement_id
            .map(|id| reading.id::<package::Entity>("replacementId", &id)),
    };
    UndeprecatePackageInput => UndeprecatePackage, |input, reading| UndeprecatePackage {
        id: reading.id::<package::Entity>("id", &input.id),
        expected: revision(input.expected_revision),
    };
    MergePackagesInput => MergePackages, |input, reading| MergePackages {
        from: reading.id::<package::Entity>("packageId", &input.package_id),
        into: reading.id::<package::Entity>("intoId", &input.into_id),
        expected_from: revision(input.expected_revision),
        expected_into: revision(input.expected_into_revision),
    };
    AddPackagesToGridInput => AddPackages, |input, reading| AddPackages {
        grid: reading.id::<grid::Entity>("gridId", &input.grid_id),
        packages: reading.ids::<package::Entity>("packageIds", &input.package_ids, MOST_PACKAGES),
    };
    RemovePackagesFromGridInput => RemovePackages, |input, reading| RemovePackages {
        grid: reading.id::<grid::Entity>("gridId", &input.grid_id),
        packages: reading.ids::<package::Entity>("packageIds", &input.package_ids, MOST_PACKAGES),
    };
}
