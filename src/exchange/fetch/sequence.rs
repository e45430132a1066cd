//! The ids of a list in its order, to tell which record is missing from it.

use std::cmp::Ordering;

/// What is known of a record that was not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Neighbours {
    /// Its id, if those beside it leave no other.
    pub id: Option<i64>,
    /// The ids of the next readable records before and after it.
    pub ids: [Option<i64>; 2],
}

/// The ids of a list that are readable, by offset.
#[derive(Default)]
pub(super) struct Sequence {
    ids: Vec<(u64, i64)>,
    /// A record without an id has any.
    has_unknown: bool,
}

impl Sequence {
    /// Adds the next record.
    pub fn push(&mut self, offset: u64, id: Option<i64>) {
        match id {
            Some(id) => self.ids.push((offset, id)),
            None => self.has_unknown = true,
        }
    }

    /// What is known of the records at these offsets, none of which was added.
    ///
    /// An id is told only in a list that is sorted by ids, where as many ids are free between two
    /// records as records are missing there.
    pub fn neighbours(&self, missing: &[u64]) -> Vec<Neighbours> {
        let direction = self.direction().filter(|_| !self.has_unknown);
        let of = |offset: &u64| {
            let next = self.ids.partition_point(|(other, _)| other < offset);
            let before = next.checked_sub(1).and_then(|last| self.ids.get(last));
            let after = self.ids.get(next);
            let id = match (direction, before, after) {
                (Some(direction), Some((first, from)), Some((last, to)))
                    if to.abs_diff(*from) == last - first =>
                {
                    let distance = (offset - first) as i64;
                    Some(if direction == Ordering::Greater {
                        from - distance
                    } else {
                        from + distance
                    })
                }
                _ => None,
            };
            Neighbours { id, ids: [before, after].map(|row| row.map(|(_, id)| *id)) }
        };
        missing.iter().map(of).collect()
    }

    /// How each id compares with the next one; `None` if that differs, or there are not two.
    fn direction(&self) -> Option<Ordering> {
        let mut pairs = self.ids.windows(2).map(|pair| pair[0].1.cmp(&pair[1].1));
        let first = pairs.next().filter(|first| *first != Ordering::Equal)?;
        pairs.all(|pair| pair == first).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::Sequence;

    /// The ids that are told of missing records, which are `None`.
    fn told(list: &[Option<i64>]) -> Vec<Option<i64>> {
        let mut sequence = Sequence::default();
        let mut missing = Vec::new();
        for (offset, id) in (0..).zip(list) {
            match id {
                Some(id) => sequence.push(offset, Some(*id)),
                None => missing.push(offset),
            }
        }
        sequence.neighbours(&missing).iter().map(|it| it.id).collect()
    }

    #[test]
    fn an_id_is_told_if_no_other_fits() {
        let list = |ids: &[i64]| -> Vec<Option<i64>> {
            ids.iter().map(|id| Some(*id).filter(|id| *id > 0)).collect()
        };
        assert_eq!(told(&list(&[9, 8, 0, 6])), [Some(7)]);
        assert_eq!(told(&list(&[3, 0, 0, 6])), [Some(4), Some(5)]);
        assert_eq!(told(&list(&[9, 0, 6])), [None], "7 or 8");
        assert_eq!(told(&list(&[0, 6, 5])), [None], "nothing before it");
        assert_eq!(told(&list(&[6, 5, 0])), [None], "nothing after it");
        assert_eq!(told(&list(&[9, 0, 7, 8])), [None], "not sorted by id");
    }
}
