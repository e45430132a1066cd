//! Addresses without the secrets in them, for banners, logs and error messages.

use std::borrow::Cow;

use url::Url;

/// What stands for user and password where messages show what an address looks like.
const PLACEHOLDER: &str = "USER:PASSWORD@HOST";

/// Returns the parts of an address that everybody may see: scheme, user, host, port and path (the
/// database of a PostgreSQL address). Password, query and fragment are left out, and the user of an
/// HTTP address, which may be a token.
///
/// An address that cannot be parsed, or in which a character was not percent-encoded, may have parts
/// of a password anywhere: of that only the scheme is returned.
pub fn shown(address: &str) -> String {
    if let Some(path) = address.strip_prefix("sqlite:") {
        return format!("sqlite:{}", path.split(['?', '#']).next().unwrap_or_default());
    }
    if !address.contains([':', '=', '@', '?', '#', ' ', '\t', '\n']) {
        // A file's path.
        return address.to_owned();
    }
    let Some(scheme) = scheme(address) else { return "…".to_owned() };
    if address.len() == scheme.len() + "://".len() {
        return address.to_owned();
    }
    match Url::parse(address) {
        Ok(url) if address.contains("://") && !has_stray_at_sign(&url) => shown_url(&url),
        _ => format!("{scheme}://…"),
    }
}

/// Returns the scheme before `://`, if it is one.
pub fn scheme(address: &str) -> Option<&str> {
    let (scheme, _) = address.split_once("://")?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|other| other.is_ascii_alphanumeric() || "+-.".contains(other));
    is_scheme.then_some(scheme)
}

/// Whether an `@` stands after the host: what is before it was meant to be a password, and ended
/// early at a `/`, `?` or `#`.
pub fn has_stray_at_sign(url: &Url) -> bool {
    let rest = [Some(url.path()), url.query(), url.fragment()];
    rest.into_iter().flatten().any(|part| part.contains('@'))
}

fn shown_url(url: &Url) -> String {
    let parameter = |name: &str| {
        let mut parameters = url.query_pairs();
        parameters.find(|(known, _)| known == name).map(|(_, value)| value)
    };
    let is_http = matches!(url.scheme(), "http" | "https");
    let own = |name: &str| if is_http { None } else { parameter(name) };
    let user = match own("user") {
        Some(user) => user,
        None if is_http => Cow::Borrowed(""),
        None => Cow::Borrowed(url.username()),
    };
    let host = own("host").or_else(|| own("hostaddr"));
    let host = host.unwrap_or(Cow::Borrowed(url.host_str().unwrap_or_default()));
    let port = own("port").or(url.port().map(|port| Cow::Owned(port.to_string())));
    let path = own("dbname").map_or(Cow::Borrowed(url.path()), |name| format!("/{name}").into());
    let mut text = format!("{}://", url.scheme());
    if !user.is_empty() {
        text.push_str(&format!("{user}@"));
    }
    text.push_str(&host);
    if let Some(port) = port {
        text.push_str(&format!(":{port}"));
    }
    text + &path
}

/// Returns `text` with every address in it that has a password or a user as [`shown`], and without
/// the value of every `password=`. For texts that repeat what somebody has typed, such as an error
/// about an argument.
pub fn redacted(text: &str) -> String {
    let line = |line: &str| passwords(&words(&addresses(line)));
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn addresses(line: &str) -> String {
    let Some(colon) = line.find("://") else { return line.to_owned() };
    let is_of_scheme = |it: char| it.is_ascii_alphanumeric() || "+-.".contains(it);
    let start = line[..colon].rfind(|it: char| !is_of_scheme(it));
    let start = start.map_or(0, |place| line.ceil_char_boundary(place + 1));
    let ends = |it: char| it.is_whitespace() || "'\"`<>".contains(it);
    let next = line[colon + 3..].find("://").map_or(line.len(), |next| colon + 3 + next);
    // Up to the last `@`, whatever stands before it: a password may have blanks in it.
    let from = line[colon..next].rfind('@').map_or(colon, |at| colon + at);
    let end = line[from..].find(ends).map_or(line.len(), |end| from + end);
    let address = &line[start..end];
    // What is asked of whom by HTTP is of use in an error.
    let is_http = address.starts_with("http://") || address.starts_with("https://");
    let is_secret = !is_http || address.contains('@') || address.contains("password");
    // An example of our own.
    let is_secret = is_secret && !address.contains(PLACEHOLDER);
    let address = if is_secret { shown(address) } else { address.to_owned() };
    format!("{}{address}{}", &line[..start], addresses(&line[end..]))
}

/// Redacts words that may be an address without a scheme.
fn words(line: &str) -> String {
    let ends = |it: char| it.is_whitespace() || "'\"`<>".contains(it);
    let word = |word: &str| {
        let end = word.trim_end_matches(ends);
        let is_address = end.find('@').is_some_and(|at| at > 0) && !end.contains(PLACEHOLDER);
        let is_secret = is_address || (end.starts_with("sqlite:") && end.contains('?'));
        if is_secret { shown(end) + &word[end.len()..] } else { word.to_owned() }
    };
    line.split_inclusive(ends).map(word).collect()
}

fn passwords(line: &str) -> String {
    const NAME: &str = "password=";
    let Some(found) = line.find(NAME) else { return line.to_owned() };
    let value = &line[found + NAME.len()..];
    let end = match value.chars().next() {
        // Of an unclosed quote all of it.
        Some(quote @ ('\'' | '"')) => value[1..].find(quote).map_or(value.len(), |end| end + 2),
        _ => {
            value.find(|it: char| it.is_whitespace() || "&'\"`".contains(it)).unwrap_or(value.len())
        }
    };
    format!("{}{NAME}…{}", &line[..found], passwords(&value[end..]))
}

#[cfg(test)]
mod tests {
    use super::{redacted, shown};

    #[test]
    fn shows_scheme_user_host_port_and_database_only() {
        for (address, expected) in [
            ("postgres://u:SECRET@h/db", "postgres://u@h/db"),
            ("postgres://u:SECRET@h:5433/db?sslmode=disable", "postgres://u@h:5433/db"),
            ("postgres://u@h/db?password=SECRET", "postgres://u@h/db"),
            ("postgres://h/db?user=u&password=SECRET&port=7", "postgres://u@h:7/db"),
            ("postgres:///?host=/run/pg&dbname=x&password=SECRET", "postgres:///run/pg/x"),
            ("postgres://u:%53ECRET@h/db", "postgres://u@h/db"),
            ("postgres://u:SECRET@[::1]:5/db", "postgres://u@[::1]:5/db"),
            ("postgres://u:SECRET", "postgres://…"),
            ("postgres://u:12/SECRET@h/db", "postgres://…"),
            ("postgres://u:12#SECRET@h/db", "postgres://…"),
            ("postgres://u:12?SECRET@h/db", "postgres://…"),
            ("postgres://u:SE:CRET@h:x/db", "postgres://…"),
            ("host=h user=u password=SECRET", "…"),
            ("user:SECRET@h/db", "…"),
            ("sqlite:some/where.db", "sqlite:some/where.db"),
            ("sqlite:x.db?key=SECRET", "sqlite:x.db"),
            ("x.db", "x.db"),
            ("https://", "https://"),
            ("https://SECRET@example.org/api/v4/?key=SECRET#SECRET", "https://example.org/api/v4/"),
            ("https://u:SECRET@example.org:99999/", "https://…"),
        ] {
            assert_eq!(shown(address), expected, "{address}");
        }
    }

    #[test]
    fn redacts_what_somebody_has_typed() {
        for (text, expected) in [
            (
                "unexpected argument 'postgres://u:SE CRET@h/db' found",
                "unexpected argument 'postgres://u@h/db' found",
            ),
            ("host=h password=SECRET user=u", "host=h password=… user=u"),
            ("host=h password='SE CRET' user=u", "host=h password=… user=u"),
            (
                "a https://x/y?z=1: 404 and https://u:SECRET@h/, too",
                "a https://x/y?z=1: 404 and https://h/, too",
            ),
            ("one\npostgres://h/db?password=SECRET", "one\npostgres://h/db"),
            ("x \"u:SECRET@h/db\", y", "x \"…\", y"),
            ("'sqlite:x?key=SECRET'", "'sqlite:x'"),
            ("'postgres://u:SECRET'", "'postgres://…'"),
            ("@ as %40", "@ as %40"),
            ("like postgres://USER:PASSWORD@HOST/NAME", "like postgres://USER:PASSWORD@HOST/NAME"),
            ("nothing here", "nothing here"),
        ] {
            assert_eq!(redacted(text), expected);
        }
    }
}
