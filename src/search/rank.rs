//! How well a document answers a query: one function for both databases.

use std::sync::LazyLock;

use memchr::memmem::Finder;

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

/// What is looked for in documents, ready to be found in their text.
pub struct Ranking {
    groups: Vec<Vec<Candidate>>,
    /// Of the document that is being ranked: where the best of each group stands, and the stems of
    /// the title that it covers. Here, so that hundreds of documents take no more memory than one.
    found: Vec<Found>,
    covered: Vec<usize>,
}

/// An alternative of a group.
struct Candidate {
    /// Its stems, as they stand in a document: one space between any two.
    text: Finder<'static>,
    stems: usize,
    weight: f64,
}

impl Ranking {
    pub fn of(wanted: &Wanted) -> Self {
        let candidate = |of: &Alternative| Candidate {
            text: Finder::new(&of.stems.join(" ")).into_owned(),
            stems: of.stems.len(),
            weight: of.weight,
        };
        let groups = wanted.0.iter().map(|group| group.iter().map(candidate).collect());
        Self { groups: groups.collect(), found: Vec::new(), covered: Vec::new() }
    }

    /// How well a document answers, from 0 to 1, whose column `stems` says `stems`, in UTF-8.
    ///
    /// Hundreds are ranked for a search, so the text is searched as it stands: taken apart into
    /// stems first, ranking took three times as long as the statements that find what to rank.
    pub fn quality(&mut self, id: DocumentId, stems: &[u8]) -> f64 {
        let popularity = POPULARITY * id.popularity();
        if self.groups.is_empty() {
            return popularity;
        }
        let fields = fields(stems);
        let Self { groups, found, covered } = self;
        found.clear();
        found.extend(groups.iter().map(|group| best(group, &fields)));
        let count = found.len() as f64;
        let relevance = found.iter().map(|found| found.weight).sum::<f64>() / count;
        let title = match fields[0] {
            [] => 0,
            title => spaces(title) + 1,
        };
        covered.clear();
        let in_title = found.iter().filter(|found| found.field == 0);
        covered.extend(in_title.flat_map(|found| found.place..found.place + found.length));
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
}

/// The stems of the title, the other names, and the description.
fn fields(stems: &[u8]) -> [&[u8]; 3] {
    static END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(FIELD));
    let mut fields: [&[u8]; 3] = [b""; 3];
    let mut rest = stems;
    for field in &mut fields {
        let end = END.find(rest).unwrap_or(rest.len());
        *field = rest[..end].trim_ascii();
        rest = rest.get(end + FIELD.len()..).unwrap_or_default();
    }
    fields
}

fn spaces(text: &[u8]) -> usize {
    memchr::memchr_iter(b' ', text).count()
}

/// Where the best of `group` stands.
fn best(group: &[Candidate], fields: &[&[u8]; 3]) -> Found {
    // What matched and stands in none of these stands elsewhere.
    let mut best = Found { weight: 0.0, field: 3, place: 0, length: 0 };
    for candidate in group {
        let elsewhere = candidate.weight * FIELDS[3];
        if elsewhere > best.weight {
            best = Found { weight: elsewhere, field: 3, place: 0, length: 0 };
        }
        for (field, (text, counts)) in fields.iter().zip(FIELDS).enumerate() {
            let weight = candidate.weight * counts;
            if weight > best.weight
                && let Some(place) = candidate.place(text)
            {
                best = Found { weight, field, place, length: candidate.stems };
            }
        }
    }
    best
}

impl Candidate {
    /// Before how many stems of a field it stands first.
    fn place(&self, field: &[u8]) -> Option<usize> {
        let mut from = 0;
        loop {
            let start = from + self.text.find(field.get(from..)?)?;
            let end = start + self.text.needle().len();
            // Whole stems, and not a part of another.
            if (start == 0 || field[start - 1] == b' ')
                && field.get(end).is_none_or(|next| *next == b' ')
            {
                return Some(spaces(&field[..start]));
            }
            from = start + 1;
        }
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
    use super::Ranking;
    use crate::search::document::DocumentId;
    use crate::search::wanted::Wanted;
    use crate::search::{Kind, Query};

    fn quality(query: &str, stems: &str, bucket: u8) -> f64 {
        let query = Query::parse(query).unwrap();
        let mut ranking = Ranking::of(&Wanted::as_typed(&query));
        ranking.quality(DocumentId::new(Kind::Package, 1, bucket), stems.as_bytes())
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
    fn whole_stems_alone() {
        let none = quality("cach", "x ¦ x ¦ x", 0);
        for part in ["cached", "xcach", "cache cach2", "éecach cachß"] {
            assert_eq!(quality("cach", &format!("{part} ¦ x ¦ x"), 0), none, "{part}");
        }
        for title in ["cachcach cach", "cache cach cach", "cach"] {
            assert!(quality("cach", &format!("{title} ¦ x ¦ x"), 0) > none, "{title}");
        }
        let phrase = |title: &str| quality("\"a a\"", &format!("{title} ¦ ¦ "), 0);
        assert_eq!(phrase("ba a"), phrase("b"));
        assert!(phrase("ba a a b") > phrase("b"), "what begins in what was no match");
    }

    #[test]
    fn what_was_typed_over_what_may_be_meant() {
        let query = Query::parse("cachi").unwrap();
        let id = DocumentId::new(Kind::Package, 1, 0);
        let wanted = Wanted::as_typed(&query).or_begun(["caching"].into_iter());
        let mut ranking = Ranking::of(&wanted);
        let mut quality = |stems: &str| ranking.quality(id, stems.as_bytes());
        assert!(quality("cachi ¦ ¦ ") > quality("cach ¦ ¦ "));
        assert!(quality("cach ¦ ¦ ") > quality("x ¦ ¦ "));
    }
}
