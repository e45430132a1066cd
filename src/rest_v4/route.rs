//! Addresses: what there is, and how it may be spelled.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// What lists there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    Packages,
    Search,
    Grids,
    Categories,
    Facts,
    Versions,
    Features,
    Elements,
}

impl Resource {
    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Packages => "packages",
            Self::Search => "search",
            Self::Grids => "grids",
            Self::Categories => "categories",
            Self::Facts => "facts",
            Self::Versions => "versions",
            Self::Features => "features",
            Self::Elements => "elements",
        }
    }

    /// What one of its records is called.
    pub fn record(self) -> &'static str {
        match self {
            Self::Packages => "Package",
            Self::Search => "Search V3",
            Self::Grids => "Grid",
            Self::Categories => "Category",
            Self::Facts => "Facts",
            Self::Versions => "Version",
            Self::Features => "Feature",
            Self::Elements => "Element",
        }
    }

    /// Whether a record can be named by its slug.
    pub fn has_slugs(self) -> bool {
        matches!(self, Self::Packages | Self::Grids)
    }
}

/// A place under which there are lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// The REST API, version 4.
    V4,
    /// What packgrid has besides.
    Packgrid,
}

impl Root {
    const ALL: [Self; 2] = [Self::V4, Self::Packgrid];

    /// What its addresses begin with, without the slash.
    pub fn path(self) -> &'static str {
        match self {
            Self::V4 => "/api/v4",
            Self::Packgrid => "/api/packgrid/v1",
        }
    }

    /// Its lists, in the order in which it tells them.
    pub fn resources(self) -> [Resource; 4] {
        match self {
            Self::V4 => {
                [Resource::Packages, Resource::Search, Resource::Grids, Resource::Categories]
            }
            Self::Packgrid => {
                [Resource::Facts, Resource::Versions, Resource::Features, Resource::Elements]
            }
        }
    }
}

/// What an address leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Root,
    List(Resource),
    /// With what names the record: an id or a slug.
    Instance(Resource, String),
}

/// An address that leads somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub root: Root,
    pub place: Place,
    /// `json` in `packages.json`: the format, in every link of the answer, too.
    pub suffix: Option<String>,
    /// The path without percent signs.
    pub path: String,
}

/// What comes of a path.
#[derive(Debug, PartialEq, Eq)]
pub enum Routed {
    To(Target),
    /// With the slash it would lead somewhere: the path with it, without percent signs.
    MissingSlash(String),
    Nowhere,
}

/// Finds what `path`, which may have percent signs, leads to.
pub fn find(path: &str) -> Routed {
    let path: Cow<'_, str> = percent_decode_str(path).decode_utf8_lossy();
    let under = |root: Root| Some((root, path.strip_prefix(root.path())?));
    let Some((root, rest)) = Root::ALL.into_iter().find_map(under) else {
        return Routed::Nowhere;
    };
    if let Some(found) = leads_to(root, rest) {
        let (place, suffix) = found;
        return Routed::To(Target { root, place, suffix, path: path.into_owned() });
    }
    match leads_to(root, &format!("{rest}/")) {
        Some(_) => Routed::MissingSlash(format!("{path}/")),
        None => Routed::Nowhere,
    }
}

/// What the rest of a path after its root leads to, and the suffix.
fn leads_to(root: Root, rest: &str) -> Option<(Place, Option<String>)> {
    let rest = rest.strip_prefix('/')?;
    if rest.is_empty() {
        return Some((Place::Root, None));
    }
    if let Some(suffix) = rest.strip_prefix('.').and_then(suffix) {
        return Some((Place::Root, Some(suffix)));
    }
    root.resources().into_iter().find_map(|resource| {
        let rest = rest.strip_prefix(resource.name())?;
        if let Some(suffix) = rest.strip_prefix('.').and_then(suffix) {
            return Some((Place::List(resource), Some(suffix)));
        }
        let rest = rest.strip_prefix('/')?;
        if rest.is_empty() {
            return Some((Place::List(resource), None));
        }
        if resource == Resource::Search {
            return None;
        }
        let end = rest.find(['/', '.'])?;
        let (name, rest) = rest.split_at(end);
        let suffix = match rest.strip_prefix('.') {
            Some(rest) => Some(suffix(rest)?),
            None if rest == "/" => None,
            None => return None,
        };
        (!name.is_empty()).then(|| (Place::Instance(resource, name.to_owned()), suffix))
    })
}

/// A suffix is of small letters and digits, and may have a slash behind it.
fn suffix(text: &str) -> Option<String> {
    let text = text.strip_suffix('/').unwrap_or(text);
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (!text.is_empty() && text.bytes().all(fits)).then(|| text.to_owned())
}
