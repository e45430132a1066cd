//! Addresses of PostgreSQL databases: what is wrong with one, in words that do not repeat it.

use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use sea_orm::sqlx::postgres::PgSslMode;
use url::Url;

use super::DatabaseError;
use crate::rules::address::has_stray_at_sign;

/// The parameters that an address can have after its `?`.
const PARAMETERS: [&str; 13] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// Other spellings of some of them.
const SYNONYMS: [&str; 5] = ["ssl-mode", "ssl-root-cert", "ssl-ca", "ssl-cert", "ssl-key"];

/// How a password is written that has special characters.
const ENCODE: &str = "percent-encode special characters in user and password: % as %25, @ as %40, \
                      : as %3A, / as %2F, ? as %3F, # as %23, a blank as %20";

/// Checks the address of a PostgreSQL database, before anything else reads it: libraries repeat it in
/// their messages, and ignore parameters that they do not know.
///
/// # Errors
/// What is wrong, without anything that may be of a password.
pub(super) fn check(address: &str) -> Result<(), DatabaseError> {
    let wrong = |why: &str| Err(DatabaseError::PostgresUrl(why.to_owned()));
    let url = match Url::parse(address) {
        Ok(url) => url,
        Err(error) => return wrong(&format!("{error}; {ENCODE}")),
    };
    if !address.contains("://") {
        return wrong("it is like postgres://USER:PASSWORD@HOST/NAME");
    }
    if has_stray_at_sign(&url) || url.fragment().is_some() {
        return wrong(&format!("an @ or # stands where none can be; {ENCODE}"));
    }
    let parts = [Some(url.username()), url.password(), Some(url.path()), url.host_str()];
    if parts.into_iter().flatten().any(|part| percent_decode_str(part).decode_utf8().is_err()) {
        return wrong(&format!("what is percent-encoded is not UTF-8; {ENCODE}"));
    }
    for (name, value) in url.query_pairs() {
        let known = PARAMETERS.contains(&&*name)
            || SYNONYMS.contains(&&*name)
            || (name.starts_with("options[") && name.ends_with(']'));
        if known {
            if let Some(values) = other_values(&name, &value) {
                return wrong(&format!("its parameter `{name}` must be {values}"));
            }
            continue;
        }
        let is_word = |text: &str| {
            !text.is_empty()
                && text.chars().all(|it| it.is_ascii_alphanumeric() || "_-".contains(it))
        };
        // It may be the rest of a password.
        if !is_word(&name) || !address.contains(&format!("{name}=")) {
            return wrong(&format!("a parameter after the ? has no name; {ENCODE}"));
        }
        let known = PARAMETERS.join(", ");
        let instead = match &*name {
            "search_path" if is_word(&value) => {
                format!("; write `?options=-c%20search_path%3D{value}` instead")
            }
            "search_path" => "; write `?options=-c%20search_path%3D…` instead".to_owned(),
            _ => String::new(),
        };
        return wrong(&format!("it has no parameter `{name}`{instead} (there are {known})"));
    }
    Ok(())
}

/// What the parameter `name` can be, if `value` is something else. Does not repeat the value, which may
/// be the rest of a password.
fn other_values(name: &str, value: &str) -> Option<&'static str> {
    let (is_right, values) = match name {
        "port" => (value.parse::<u16>().is_ok(), "a port, a number up to 65535"),
        "hostaddr" => (value.parse::<IpAddr>().is_ok(), "an IP address"),
        "sslmode" | "ssl-mode" => (
            value.parse::<PgSslMode>().is_ok(),
            "disable, allow, prefer, require, verify-ca or verify-full",
        ),
        "statement-cache-capacity" => {
            (value.parse::<usize>().is_ok(), "a number of statements, 0 for none")
        }
        _ => return None,
    };
    (!is_right).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::check;

    fn error(address: &str) -> String {
        let text = check(address).expect_err(address).to_string();
        assert!(!text.contains("SECRET"), "{text}");
        text
    }

    #[test]
    fn takes_what_sqlx_takes() {
        for address in [
            "postgres://h/db",
            "postgresql://u:p%40ss%2F@h:5433/db?sslmode=disable&application_name=x",
            "postgres:///db?host=/run/postgresql&user=u&password=%3F%23%40",
            "postgres://u:p@ss@h/db",
            "postgres://h/db?options=-c%20search_path%3Dapp",
            "postgres://h/db?options[search_path]=app",
            "postgres://%2Frun%2Fpostgresql/db",
            "postgres://h/db?port=5433&hostaddr=::1&ssl-mode=VERIFY-CA&statement-cache-capacity=0",
        ] {
            assert!(check(address).is_ok(), "{address}");
        }
    }

    #[test]
    fn says_what_to_encode_and_repeats_nothing() {
        for address in [
            "postgres://u:SECRET:x@h:y/db",
            "postgres://u:SECRET/x@h/db",
            "postgres://u:SECRET#x@h/db",
            "postgres://u:SECRET?x@h/db",
            "postgres://u:12/SECRET@h/db",
            "postgres://u:12?SECRET@h/db",
            "postgres://u:12#SECRET@h/db",
            "postgres://u:12?SECRET",
            "postgres://u:%ffSECRET@h/db",
        ] {
            assert!(error(address).contains("@ as %40"), "{address}: {}", error(address));
        }
    }

    #[test]
    fn names_a_parameter_whose_value_is_wrong() {
        for (parameter, said) in [
            ("port=SECRET", "`port` must be a port"),
            ("port=65536", "`port` must be a port"),
            ("port=", "`port` must be a port"),
            ("hostaddr=999.1.1.1", "`hostaddr` must be an IP address"),
            ("sslmode=bogus", "`sslmode` must be disable, allow"),
            ("ssl-mode=on", "`ssl-mode` must be disable, allow"),
            ("statement-cache-capacity=SECRET", "`statement-cache-capacity` must be a number"),
            ("statement-cache-capacity=-1", "`statement-cache-capacity` must be a number"),
        ] {
            let text = error(&format!("postgres://u:SECRET@h/db?{parameter}"));
            assert!(text.contains(said), "{text}");
        }
    }

    #[test]
    fn names_a_parameter_that_there_is_not() {
        let text = error("postgres://u:SECRET@h/db?search_path=app");
        assert!(text.contains("no parameter `search_path`"), "{text}");
        assert!(text.contains("`?options=-c%20search_path%3Dapp`"), "{text}");
        assert!(text.contains("sslmode"), "{text}");
        let text = error("postgres://h/db?pasword=SECRET");
        assert!(text.contains("no parameter `pasword`"), "{text}");
    }
}
