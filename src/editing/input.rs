//! What editors type, brought into its normal form, or found wrong.
//!
//! The forms are those of the domain: see `rules` for repositories and names on the package index.

use url::Url;

use super::edit::Edit;
use super::problem::ProblemCode;
use crate::rules::{pypi, repository};

/// A value of a partial update: nothing when it was left out, null when it is to be none.
pub type Patch<T> = Option<Option<T>>;

/// The most characters of a licence.
const LICENSE: usize = 200;

/// Drops a value that equals the stored one: it changes nothing, whatever form an import gave it.
pub fn unless_stored<T: PartialEq>(sent: Patch<T>, stored: &T) -> Patch<T> {
    sent.filter(|sent| sent.as_ref() != Some(stored))
}

/// Drops a value that equals the stored one, which may be null.
pub fn unless_stored_or_null<T: PartialEq>(sent: Patch<T>, stored: &Option<T>) -> Patch<T> {
    sent.filter(|sent| sent != stored)
}

/// Drops a text that equals the stored one, where a blank text is shown as null.
pub fn unless_shown(sent: Patch<String>, stored: Option<&str>) -> Patch<String> {
    fn shown(text: Option<&str>) -> Option<&str> {
        text.filter(|text| !text.trim().is_empty())
    }
    sent.filter(|sent| shown(sent.as_deref()) != shown(stored))
}

/// What may stand in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    One,
    Many,
}

impl Edit {
    /// A text that has to be there, if it was sent.
    pub(super) fn needed(
        &mut self,
        field: &str,
        text: Patch<String>,
        most: usize,
    ) -> Option<String> {
        let text = self.text(field, text, most, Lines::One)?;
        if text.is_empty() {
            let message = format!("`{}` must not be blank", last(field));
            self.problem(ProblemCode::Required, field, message);
            return None;
        }
        Some(text)
    }

    /// A text that may be blank, which null is as well, if it was sent. Without spaces around it.
    /// Nothing if something is wrong with it: a database need not be asked about such a text, and
    /// PostgreSQL takes none with U+0000.
    pub(super) fn text(
        &mut self,
        field: &str,
        text: Patch<String>,
        most: usize,
        lines: Lines,
    ) -> Option<String> {
        let text = text?.unwrap_or_default();
        let text = text.trim();
        let name = last(field);
        let known = self.problems.len();
        let count = text.chars().count();
        if count > most {
            let message = format!("`{name}` has {count} characters; the most are {most}");
            self.problem(ProblemCode::TooLong, field, message);
        }
        let is_fine = |c: char| match c {
            '\n' | '\r' | '\t' => lines == Lines::Many,
            c => !c.is_control(),
        };
        if let Some(wrong) = text.chars().find(|c| !is_fine(*c)) {
            let message = format!("`{name}` has the control character U+{:04X}", u32::from(wrong));
            self.problem(ProblemCode::Invalid, field, message);
        }
        (self.problems.len() == known).then(|| text.to_owned())
    }

    /// A slug, if it was sent: lower case letters, digits, `_` and `-`.
    pub(super) fn slug(&mut self, field: &str, text: Patch<String>) -> Option<String> {
        let slug = self.needed(field, text, 50)?.to_lowercase();
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
        if !slug.chars().all(fits) {
            let message =
                "A slug has letters from a to z, digits, `_` and `-`, such as `django-allauth`";
            self.problem(ProblemCode::Invalid, field, message);
            return None;
        }
        Some(slug)
    }

    /// The address of a repository, if it was sent; blank for none.
    pub(super) fn repository(&mut self, field: &str, text: Patch<String>) -> Option<String> {
        let text = self.text(field, text, 1_000, Lines::One)?;
        if text.is_empty() {
            return Some(text);
        }
        let normal = repository::normal_form(&text).filter(|_| repository::is_whole(&text));
        let Some(normal) = normal else {
            let message = "It is no address of a repository, such as https://github.com/owner/name";
            self.problem(ProblemCode::Invalid, field, message);
            return None;
        };
        // Once more: the normal form may be shorter.
        self.text(field, Some(Some(normal)), 200, Lines::One)
    }

    /// An address on the package index, if it was sent; a bare name becomes its project's page.
    pub(super) fn pypi(&mut self, field: &str, text: Patch<String>) -> Option<String> {
        let text = self.text(field, text, 1_000, Lines::One)?;
        if text.is_empty() {
            return Some(text);
        }
        let name = pypi::typed_name(&text);
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let is_name =
            name.chars().all(fits) && ends(name.chars().next()) && ends(name.chars().next_back());
        if !is_name {
            let message = "It is neither a name on the Python package index nor an address there, \
                           such as https://pypi.org/project/django-allauth/";
            self.problem(ProblemCode::Invalid, field, message);
            return None;
        }
        self.text(field, Some(Some(format!("https://pypi.org/project/{name}/"))), 255, Lines::One)
    }

    /// An address on the web, if it was sent; blank for none.
    pub(super) fn web_address(
        &mut self,
        field: &str,
        text: Patch<String>,
        most: usize,
    ) -> Option<String> {
        let text = self.text(field, text, most, Lines::One)?;
        let is_web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        if !text.is_empty() && !Url::parse(&text).is_ok_and(|url| is_web(&url)) {
            let message = "It is no address on the web: those begin with https:// or http://";
            self.problem(ProblemCode::Invalid, field, message);
            return None;
        }
        Some(text)
    }

    /// A licence as it is given, if it was sent; null for none.
    pub(super) fn license(&mut self, field: &str, text: Patch<String>) -> Option<Option<String>> {
        let text = self.text(field, text, LICENSE, Lines::Many)?;
        Some((!text.is_empty()).then_some(text))
    }

    /// A number from 0 that has to be there, if it was sent.
    pub(super) fn count(&mut self, field: &str, number: Patch<i32>) -> Option<i32> {
        let number = number?;
        match number {
            Some(number) if number >= 0 => Some(number),
            Some(number) => {
                let message = format!("`{}` is {number}; it is from 0", last(field));
                self.problem(ProblemCode::Invalid, field, message);
                None
            }
            None => {
                self.missing(field);
                None
            }
        }
    }

    /// A value that has to be there, if it was sent.
    pub(super) fn not_null<T>(&mut self, field: &str, value: Patch<T>) -> Option<T> {
        let value = value?;
        if value.is_none() {
            self.missing(field);
        }
        value
    }

    fn missing(&mut self, field: &str) {
        let message = format!("`{}` can be left out, but not be null", last(field));
        self.problem(ProblemCode::Required, field, message);
    }
}

fn last(field: &str) -> &str {
    field.rsplit('.').next().unwrap_or(field)
}

/// The slug of something new that is not given one; nothing if there is no title to make it of, which
/// is wrong by itself.
pub fn slug_for(title: Option<&str>) -> Patch<String> {
    let title = title.filter(|title| !title.trim().is_empty())?;
    Some(Some(suggested_slug(title)))
}

/// A slug made of a title or a repository's name: what cannot be in one becomes a hyphen.
fn suggested_slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.to_lowercase().chars() {
        match c {
            c if c.is_ascii_alphanumeric() || c == '_' => slug.push(c),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(50);
    slug.trim_end_matches('-').to_owned()
}
