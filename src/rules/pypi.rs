//! Names on the Python package index.

/// What stands before the name in the addresses of real records, without scheme and `www.`.
const PREFIXES: [&str; 4] =
    ["pypi.python.org/pypi/", "pypi.org/project/", "pypi.org/pypi/", "pypi.org/p/"];

/// The normal form of the project's name in `text`, an address on the package index or the name
/// alone; blank when there is none.
///
/// Normal as the index's own rule has it (PEP 503): lower case, and each run of `-`, `_` and `.`
/// one `-`.
pub fn name(text: &str) -> String {
    let name = typed_name(text);
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            _ => normal.extend(c.to_lowercase()),
        }
    }
    normal
}

/// The project's name in `text` as it is spelled there; see [`name`].
pub fn typed_name(text: &str) -> &str {
    let text = text.trim();
    let (has_scheme, rest) = match text.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, text),
    };
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    let path = match PREFIXES.iter().find_map(|prefix| strip_prefix_ignoring_case(rest, prefix)) {
        Some(path) => path,
        // An address somewhere else names nothing on the index.
        None if has_scheme => return "",
        None => rest,
    };
    path.split(['/', '?', '#']).find(|part| !part.is_empty()).unwrap_or("").trim()
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn every_shape_of_real_records() {
        for text in [
            "http://pypi.python.org/pypi/django-queued-storage",
            "https://pypi.python.org/pypi/Django_Queued.Storage/",
            "https://pypi.org/project/django-queued-storage",
            "https://pypi.org/project/django-queued-storage/",
            "https://pypi.org/project/django-queued-storage/0.8.0/",
            "HTTPS://PyPI.org/project/django--queued-storage?x=1",
            "django-queued-storage",
            "  Django.Queued_-Storage/ ",
        ] {
            assert_eq!(name(text), "django-queued-storage", "{text}");
        }
    }

    #[test]
    fn none() {
        for text in ["", "   ", "/", "https://example.org/project/x/", "https://pypi.org/project/"]
        {
            assert_eq!(name(text), "", "{text:?}");
        }
    }
}
