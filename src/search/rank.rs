//! How well a document answers a query: one function for both databases.

use super::document::DocumentId;
use super::terms::FIELD;
use super::wanted::{Alternative, Wanted};

/// How much it counts where a word stands: in the title, in another of its names, in the
/// description, elsewhere (the category, who takes part).
const FIELDS: [f64; 4] = [1.0, 0.85, 0.5, 0.2];

/// The shares of a score.
const RELEVANCE: f64 = 0.4;
const COVERAGE: f64 = 0.2;
const ADJACENCY: f64 = 0.15;
const POPULARITY: f64 = 0.25;

/// A document as it is stored.
pub struct Stored<'a> {
    pub id: DocumentId,
    /// The stems of the title, the other names, and the description.
    stems: Vec<&'a str>,
    /// Where each of those begins, and where the last one ends.
    bounds: [usize; 4],
}

impl<'a> Stored<'a> {
    /// Reads the column `stems`. A thousand of these are read for a search.
    pub fn new(id: DocumentId, stems: &'a str) -> Self {
        let mut all = Vec::with_capacity(stems.len() / 4);
        let (mut bounds, mut field) = ([0; 4], 0);
        // One space is between any two.
        for stem in stems.split(' ').filter(|stem| !stem.is_empty()) {
            if stem == FIELD {
                field += 1;
                if field == 3 {
                    break;
                }
                bounds[field] = all.len();
            } else {
                all.push(stem);
            }
        }
        bounds[field.min(2) + 1..].fill(all.len());
        Self { id, stems: all, bounds }
    }

    /// The stems of a field, from 0 to 2.
    fn field(&self, field: usize) -> &[&'a str] {
        &self.stems[self.bounds[field]..self.bounds[field + 1]]
    }

    /// How well it answers, from 0 to 1.
    pub fn quality(&self, wanted: &Wanted) -> f64 {
        let popularity = POPULARITY * self.id.popularity();
        if wanted.0.is_empty() {
            return popularity;
        }
        let found: Vec<Found> = wanted.0.iter().map(|group| self.find(group)).collect();
        let count = found.len() as f64;
        let relevance = found.iter().map(|found| found.weight).sum::<f64>() / count;
        let title = self.field(0).len();
        let mut covered: Vec<usize> = found
            .iter()
            .filter(|found| found.field == 0)
            .flat_map(|found| found.place..found.place + found.length)
            .collect();
        covered.sort_unstable();
        covered.dedup();
        let coverage = if title == 0 { 0.0 } else { covered.len() as f64 / title as f64 };
        let adjacency = if found.len() < 2 {
            relevance
        } else {
            let side_by_side = |pair: &[Found]| {
                // What stands elsewhere has no length: where it does is not known.
                let near = pair[0].length > 0
                    && pair[0].field == pair[1].field
                    && pair[0].place + pair[0].length == pair[1].place;
                if near { (pair[0].weight + pair[1].weight) / 2.0 } else { 0.0 }
            };
            found.windows(2).map(side_by_side).sum::<f64>() / (count - 1.0)
        };
        RELEVANCE * relevance + COVERAGE * coverage + ADJACENCY * adjacency + popularity
    }

    /// Where the best of `group` stands.
    fn find(&self, group: &[Alternative]) -> Found {
        // What matched and stands in none of these stands elsewhere.
        let mut best = Found { weight: 0.0, field: 3, place: 0, length: 0 };
        for alternative in group {
            let elsewhere = alternative.weight * FIELDS[3];
            if elsewhere > best.weight {
                best = Found { weight: elsewhere, field: 3, place: 0, length: 0 };
            }
            for (field, counts) in FIELDS[..3].iter().enumerate() {
                let stems = self.field(field);
                let weight = alternative.weight * counts;
                if weight <= best.weight {
                    continue;
                }
                let length = alternative.stems.len();
                let place = (0..(stems.len() + 1).saturating_sub(length))
                    .find(|at| alternative.stems.iter().eq(&stems[*at..at + length]));
                if let Some(place) = place {
                    best = Found { weight, field, place, length };
                }
            }
        }
        best
    }
}

#[derive(Clone, Copy, Debug)]
struct Found {
    weight: f64,
    field: usize,
    place: usize,
    length: usize,
}

#[cfg(test)]
mod tests {
    use super::Stored;
    use crate::search::document::DocumentId;
    use crate::search::wanted::Wanted;
    use crate::search::{Kind, Query};

    fn quality(query: &str, stems: &str, bucket: u8) -> f64 {
        let query = Query::parse(query).unwrap();
        let stored = Stored::new(DocumentId::new(Kind::Package, 1, bucket), stems);
        stored.quality(&Wanted::as_typed(&query))
    }

    #[test]
    fn title_over_other_names_over_description_over_the_rest() {
        let order = [
            quality("caching", "cach ¦ x ¦ y", 0),
            quality("caching", "x ¦ cach ¦ y", 0),
            quality("caching", "x ¦ y ¦ a cach", 0),
            quality("caching", "x ¦ y ¦ z", 0),
        ];
        assert!(order.is_sorted_by(|a, b| a > b), "{order:?}");
    }

    #[test]
    fn more_of_the_title_and_side_by_side_and_popular() {
        let with = |stems: &str, bucket| quality("rest framework", stems, bucket);
        assert!(with("rest framework ¦ ¦ ", 0) > with("rest framework extra ¦ ¦ ", 0));
        assert!(with("rest framework a ¦ ¦ ", 0) > with("rest a framework ¦ ¦ ", 0));
        assert!(with("rest framework a ¦ ¦ ", 9) > with("rest framework a ¦ ¦ ", 0));
        let elsewhere = (with("x ¦ ¦ ", 0), quality("rest", "x ¦ ¦ ", 0));
        assert!(elsewhere.0 < elsewhere.1, "side by side is not known of what stands elsewhere");
        let all = with("rest framework ¦ ¦ ", 255);
        assert!(all <= 1.0 && all > 0.99, "{all}");
    }

    #[test]
    fn what_was_typed_over_what_may_be_meant() {
        let query = Query::parse("cachi").unwrap();
        let id = DocumentId::new(Kind::Package, 1, 0);
        let wanted = Wanted::as_typed(&query).or_begun(["caching"].into_iter());
        let typed = Stored::new(id, "cachi ¦ ¦ ").quality(&wanted);
        let begun = Stored::new(id, "cach ¦ ¦ ").quality(&wanted);
        assert!(typed > begun && begun > Stored::new(id, "x ¦ ¦ ").quality(&wanted));
    }
}
