//! Addresses of repositories, and when two of them are one repository.

use url::Url;

/// Hosts whose repositories are `owner/name`: what follows is a page of the repository.
const TWO_SEGMENTS: [&str; 3] = ["github.com", "bitbucket.org", "codeberg.org"];

/// Hosts that take a path in any case.
const CASELESS_PATHS: [&str; 4] = ["github.com", "bitbucket.org", "codeberg.org", "gitlab.com"];

/// Where the address of a repository ends and that of a page in it begins. Only what no group of
/// repositories is called: on the hosts with two segments the rest is cut by their number.
const PAGES: [&str; 5] = ["-", "tree", "blob", "issues", "merge_requests"];

/// The normal form of a repository's address: `https`, the host in lower case and without `www.`,
/// no query, fragment, `.git` or final slash, no page inside the repository. Null when `text` is
/// no address.
///
/// Takes what people type: `git@host:owner/repo.git` and an address without a scheme, too.
pub fn normal_form(text: &str) -> Option<String> {
    let text = text.trim();
    let url = parse(text)?;
    let host = url.host_str()?.to_ascii_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    if !host.contains('.') && host != "localhost" {
        return None;
    }
    let mut segments: Vec<&str> =
        url.path_segments().into_iter().flatten().filter(|segment| !segment.is_empty()).collect();
    // Owner and name come first, so a repository may itself be called `wiki`.
    if let Some(page) = segments.iter().skip(2).position(|segment| PAGES.contains(segment)) {
        segments.truncate(page + 2);
    }
    if TWO_SEGMENTS.contains(&host) {
        segments.truncate(2);
    }
    if let Some(last) = segments.last_mut() {
        *last = last.strip_suffix(".git").unwrap_or(last);
    }
    let mut normal = format!("https://{host}");
    if let Some(port) = url.port() {
        normal.push_str(&format!(":{port}"));
    }
    for segment in segments {
        normal.push('/');
        normal.push_str(segment);
    }
    Some(normal)
}

/// What two spellings of one repository have in common; blank when `text` names none.
pub fn key(text: &str) -> String {
    let Some(normal) = normal_form(text) else {
        return String::new();
    };
    let address = normal.trim_start_matches("https://");
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    if path.is_empty() {
        return String::new();
    }
    if CASELESS_PATHS.contains(&host) { address.to_lowercase() } else { address.to_owned() }
}

/// Whether `text` names a repository whole: with its owner, on the hosts that have owners.
pub fn is_whole(text: &str) -> bool {
    let key = key(text);
    let host = key.split('/').next().unwrap_or_default();
    key.split('/').count() > if CASELESS_PATHS.contains(&host) { 2 } else { 1 }
}

/// Whether `text` can only be meant as an address: it has a scheme, is written as git does, or begins
/// with a host of repositories.
pub fn is_address(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or("").to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    let with_scheme = text
        .split_once("://")
        .is_some_and(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+'));
    with_scheme || text.starts_with("git@") || CASELESS_PATHS.contains(&host)
}

fn parse(text: &str) -> Option<Url> {
    if text.is_empty() {
        return None;
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        return match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => Url::parse(text).ok(),
            // Neither the user nor the port is that of the web address.
            "git" | "ssh" | "git+ssh" | "git+https" => {
                let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
                let mut url = Url::parse(&format!("https://{rest}")).ok()?;
                url.set_port(None).ok()?;
                Some(url)
            }
            _ => None,
        };
    }
    // git@host:owner/repo.git
    if let Some((user_and_host, path)) = text.split_once(':')
        && let Some((_, host)) = user_and_host.split_once('@')
        && !host.contains('/')
    {
        return Url::parse(&format!("https://{host}/{}", path.trim_start_matches('/'))).ok();
    }
    // A bare host. Something with another scheme (`javascript:`, `mailto:`) is not one.
    if text.split(['/', '?', '#']).next()?.contains(':') {
        return None;
    }
    Url::parse(&format!("https://{text}")).ok()
}

#[cfg(test)]
mod tests {
    use super::{is_whole, key, normal_form};

    #[test]
    fn spellings_of_one_repository() {
        for text in [
            "https://github.com/jazzband/django-queued-storage",
            "http://www.github.com/jazzband/django-queued-storage/",
            "https://GitHub.com/jazzband/django-queued-storage.git",
            "git@github.com:jazzband/django-queued-storage.git",
            "ssh://git@github.com/jazzband/django-queued-storage.git",
            "ssh://git@github.com:22/jazzband/django-queued-storage.git",
            "git+https://github.com/jazzband/django-queued-storage",
            "github.com/jazzband/django-queued-storage",
            "https://github.com/jazzband/django-queued-storage/tree/master/docs",
            "https://github.com/jazzband/django-queued-storage/issues?q=is%3Aopen#x",
            "https://github.com/jazzband/django-queued-storage/anything",
        ] {
            assert_eq!(
                normal_form(text).as_deref(),
                Some("https://github.com/jazzband/django-queued-storage"),
                "{text}"
            );
        }
        assert_eq!(
            key("https://github.com/JazzBand/Django-Queued-Storage"),
            "github.com/jazzband/django-queued-storage"
        );
    }

    #[test]
    fn nested_groups_and_other_hosts() {
        assert_eq!(
            normal_form("https://gitlab.com/a/b/c/-/tree/main").as_deref(),
            Some("https://gitlab.com/a/b/c")
        );
        assert_eq!(key("https://gitlab.com/A/b/C/"), "gitlab.com/a/b/c");
        assert_eq!(key("https://gitlab.com/a/b/wiki"), "gitlab.com/a/b/wiki");
        assert_eq!(key("https://gitlab.com/a/b/tree/main"), "gitlab.com/a/b");
        assert_eq!(key("https://git.example.org:8443/A/b.git"), "git.example.org:8443/A/b");
        assert_eq!(key("https://github.com/wiki/wiki"), "github.com/wiki/wiki");
    }

    #[test]
    fn nothing() {
        for text in ["", " ", "javascript:alert(1)", "mailto:a@b.c", "no host", "ftp://a.b/c", "x"]
        {
            assert_eq!(normal_form(text), None, "{text:?}");
            assert_eq!(key(text), "", "{text:?}");
        }
        assert_eq!(key("https://github.com/"), "", "a host alone is no repository");
        for (text, whole) in [
            ("github.com/owner", false),
            ("https://gitlab.com/group", false),
            ("github.com/owner/name", true),
            ("https://git.example.org/name", true),
            ("", false),
        ] {
            assert_eq!(is_whole(text), whole, "{text}");
        }
    }
}
