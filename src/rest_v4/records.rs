//! Lists and records.

use entity::{Timestamp, category, element, feature, grid, package, version};
use serde::Serialize;

use super::address::{Spelled, escape_path};
use super::decimal::Decimal;
use super::query::Query;
use super::route::{Place, Resource, Root};
use super::search::{self, Search};
use super::{Answer, Form, Outcome, Refused};
use crate::catalog::{Aliased, FormerName, Heir};
use crate::database::{DatabaseError, Snapshot};
use crate::exchange::outgoing::{self, Detail, Rows};

/// Records of a page, unless it says how many.
const DEFAULT_LIMIT: i64 = 20;

/// An answer that depends on the data.
pub struct Plan {
    form: Form,
    what: What,
}

enum What {
    Page { resource: Resource, limit: i64, offset: Decimal },
    One { resource: Resource, name: Name },
    Search(Search),
}

/// What a record is named by.
enum Name {
    Id(i64),
    Slug(String),
}

/// Answers what does not depend on the data, and plans the rest.
pub fn plan(form: Form) -> Outcome {
    let what = match &form.target.place {
        Place::Root => return Outcome::Answer(root(&form)),
        Place::List(Resource::Search) => {
            match Search::parse(form.query.last("q").unwrap_or_default()) {
                Ok(Some(search)) => What::Search(search),
                Ok(None) => return Outcome::Answer(form.answer(200, b"[]".to_vec())),
                Err(refused) => return Outcome::Answer(form.refuse(&refused)),
            }
        }
        Place::List(resource) => {
            let number = |name| form.query.last(name).and_then(Decimal::parse);
            let limit = number("limit").map(|limit| limit.saturating()).filter(|limit| *limit > 0);
            let offset = number("offset").unwrap_or_else(Decimal::zero);
            What::Page { resource: *resource, limit: limit.unwrap_or(DEFAULT_LIMIT), offset }
        }
        Place::Instance(resource, text) => match name(*resource, text) {
            Ok(name) => What::One { resource: *resource, name },
            Err(refused) => return Outcome::Answer(form.refuse(&refused)),
        },
    };
    Outcome::Read(Box::new(Plan { form, what }))
}

/// Digits are an id, also when a slug is spelled so. What has no slugs takes whatever Python reads
/// as a whole number.
fn name(resource: Resource, text: &str) -> Result<Name, Refused> {
    let no_match = || Refused::NoMatch(resource.record());
    if !resource.has_slugs() {
        let text = text.trim();
        let id = Decimal::parse(text).map(|id| id.saturating());
        let negative = || text.strip_prefix('-').and_then(Decimal::parse).map(|_| -1);
        return id.or_else(negative).map(Name::Id).ok_or(Refused::NotFound);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Name::Id(Decimal::parse(text).ok_or_else(no_match)?.saturating()));
    }
    if text.chars().all(char::is_numeric) {
        return Err(Refused::NotFound);
    }
    // No slug has it, and PostgreSQL takes no such text.
    if text.contains('\0') { Err(no_match()) } else { Ok(Name::Slug(text.to_owned())) }
}

fn root(form: &Form) -> Answer {
    let spelled = Spelled::of(form);
    let root = form.target.root;
    let mut body = Vec::from(b"{");
    for resource in root.resources() {
        if body.len() > 1 {
            body.push(b',');
        }
        // Texts always have a JSON form.
        let _ = serde_json::to_writer(&mut body, resource.name());
        body.push(b':');
        let _ = serde_json::to_writer(&mut body, &spelled.list(root, resource));
    }
    body.push(b'}');
    let mut answer = form.answer(200, body);
    if root == Root::V4 {
        // So that another packgrid finds the rest, under whatever address it found this.
        answer.header("link", "<../packgrid/v1/>; rel=\"related\"; title=\"packgrid\"");
    }
    answer
}

impl Plan {
    /// Everything that the answer follows from, but for the data; null when it follows from the
    /// time, too.
    pub fn follows_from(&self) -> Option<String> {
        if matches!(self.what, What::Search(_)) {
            return None;
        }
        let request = &self.form.request;
        let zone = request.zone.iana_name();
        let (base, path, query) = (&request.base, &request.path, &request.query);
        Some(format!("{base:?} {path:?} {query:?} {:?} {zone:?}", self.form.renderer))
    }

    /// Records that the answer may have.
    pub fn records(&self) -> u64 {
        match &self.what {
            What::Page { limit, .. } => limit.unsigned_abs(),
            What::One { .. } => 1,
            What::Search(_) => search::MOST_HITS as u64,
        }
    }

    /// The answer on `snapshot`, at the time `now`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn answer(
        self,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<Answer, DatabaseError> {
        let Self { form, what } = self;
        let spelled = Spelled::of(&form);
        let body = match what {
            What::Page { resource, limit, offset } => {
                page(snapshot, &form, &spelled, resource, limit, &offset).await?
            }
            What::One { resource, name } => {
                let rows = match &name {
                    Name::Id(id) => Rows::Id(*id),
                    Name::Slug(slug) => Rows::Slug(slug),
                };
                let mut list = Records::default();
                records(snapshot, resource, rows, &spelled, &mut list).await?;
                if list.count == 0 {
                    if let Some(heir) = name.heir(snapshot, resource).await? {
                        return Ok(moved(&form, resource, &heir));
                    }
                    return Ok(form.refuse(&Refused::NoMatch(resource.record())));
                }
                list.json
            }
            What::Search(search) => search.answer(snapshot, &spelled, now).await?,
        };
        Ok(form.answer(200, body))
    }
}

impl Name {
    /// What answers to it now, where another name leads to it; of what has no slugs nothing does.
    async fn heir(
        self,
        snapshot: &Snapshot,
        resource: Resource,
    ) -> Result<Option<Heir>, DatabaseError> {
        match resource {
            Resource::Packages => self.former::<package::Entity>().heir(snapshot).await,
            Resource::Grids => self.former::<grid::Entity>().heir(snapshot).await,
            _ => Ok(None),
        }
    }

    fn former<E: Aliased>(self) -> FormerName<E> {
        match self {
            Self::Id(id) => FormerName::id(id),
            Self::Slug(slug) => FormerName::slug(&slug),
        }
    }
}

/// To what answers to the name that was asked for, in the same form.
fn moved(form: &Form, resource: Resource, heir: &Heir) -> Answer {
    let list = format!("/{}/", resource.name());
    let path = &form.target.path;
    let (Place::Instance(_, name), Some(place)) = (&form.target.place, path.find(&list)) else {
        return form.refuse(&Refused::NotFound);
    };
    let (before, rest) = path.split_at(place + list.len());
    let after = rest.strip_prefix(name.as_str()).unwrap_or_default();
    super::redirect(&form.request, &format!("{before}{}{after}", heir.slug))
}

async fn page(
    snapshot: &Snapshot,
    form: &Form,
    spelled: &Spelled,
    resource: Resource,
    limit: i64,
    offset: &Decimal,
) -> Result<Vec<u8>, DatabaseError> {
    let count = match resource {
        Resource::Packages | Resource::Facts => outgoing::count::<package::Entity>(snapshot).await,
        Resource::Grids => outgoing::count::<grid::Entity>(snapshot).await,
        Resource::Categories => outgoing::count::<category::Entity>(snapshot).await,
        Resource::Versions => outgoing::count::<version::Entity>(snapshot).await,
        Resource::Features => outgoing::count::<feature::Entity>(snapshot).await,
        Resource::Elements => outgoing::count::<element::Entity>(snapshot).await,
        Resource::Search => Ok(0),
    }?;
    let rows =
        Rows::Newest { limit: limit.unsigned_abs(), offset: offset.saturating().unsigned_abs() };
    let mut list = Records::default();
    records(snapshot, resource, rows, spelled, &mut list).await?;

    let query = form.query.clone().with("limit", limit.to_string());
    let place = format!("{}{}", form.request.base.address(), escape_path(&form.target.path));
    let link = |query: Query| format!("{place}{}", query.spelled());
    let begin = offset.saturating();
    let next = begin.saturating_add(limit);
    let next = u64::try_from(next).is_ok_and(|next| next < count).then_some(next);
    let next = next.map(|next| link(query.clone().with("offset", next.to_string())));
    let previous = (begin > 0).then(|| match offset.minus(limit) {
        Some(previous) => link(query.with("offset", previous.to_string())),
        None => link(query.without("offset")),
    });
    let mut body = Vec::with_capacity(list.json.len() + 256);
    body.extend(format!("{{\"count\":{count},\"next\":").bytes());
    // Texts always have a JSON form.
    let _ = serde_json::to_writer(&mut body, &next);
    body.extend(b",\"previous\":");
    let _ = serde_json::to_writer(&mut body, &previous);
    body.extend(b",\"results\":[");
    body.append(&mut list.json);
    body.extend(b"]}");
    Ok(body)
}

/// Records as JSON, side by side.
#[derive(Default)]
struct Records {
    json: Vec<u8>,
    count: u64,
}

impl Records {
    fn push(&mut self, record: &impl Serialize) -> Result<(), DatabaseError> {
        if self.count > 0 {
            self.json.push(b',');
        }
        self.count += 1;
        serde_json::to_writer(&mut self.json, record)
            .map_err(|error| DatabaseError::UnexpectedValue(error.to_string()))
    }
}

/// Reads records, by so many statements whatever their number.
async fn records(
    snapshot: &Snapshot,
    resource: Resource,
    rows: Rows<'_>,
    spelled: &Spelled,
    list: &mut Records,
) -> Result<(), DatabaseError> {
    match resource {
        Resource::Packages => {
            let take = |record| list.push(&record);
            outgoing::packages(snapshot, rows, Detail::Served, spelled, take).await
        }
        Resource::Grids => {
            outgoing::grids(snapshot, rows, spelled, |record| list.push(&record)).await
        }
        Resource::Categories => {
            outgoing::categories(snapshot, rows, spelled, |record| list.push(&record)).await
        }
        Resource::Facts => {
            outgoing::package_facts(snapshot, rows, |record| list.push(&record)).await
        }
        Resource::Versions => outgoing::versions(snapshot, rows, |record| list.push(&record)).await,
        Resource::Features => outgoing::features(snapshot, rows, |record| list.push(&record)).await,
        Resource::Elements => outgoing::elements(snapshot, rows, |record| list.push(&record)).await,
        Resource::Search => Ok(()),
    }
}
