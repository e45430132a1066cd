//! The log.

use std::env::VarError;
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// The variable that sets what is logged.
const VARIABLE: &str = "PACKGRID_LOG";

/// What is logged unless it is set: warnings, and our own notices.
const DEFAULT: &str = "warn,packgrid=info";

/// The levels, from nothing to everything.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Starts to log to standard error. `PACKGRID_LOG` sets what, as a level or as levels by target
/// (`warn,packgrid=debug,sqlx=info`).
///
/// # Errors
/// When the variable has another shape, with what it may be.
pub fn start() -> Result<(), String> {
    let filter = match std::env::var(VARIABLE) {
        Ok(text) if !text.trim().is_empty() => filter(&text)?,
        Ok(_) | Err(VarError::NotPresent) => EnvFilter::new(DEFAULT),
        Err(VarError::NotUnicode(_)) => return Err(format!("{VARIABLE} is not UTF-8")),
    };
    // Somebody who embeds the crate may have started a log already; theirs stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
    Ok(())
}

/// Reads directives. `tracing-subscriber` takes a word that is no level for a target of which
/// everything is logged, so that a misspelt level is silently without effect.
fn filter(text: &str) -> Result<EnvFilter, String> {
    let wrong = |directive: &str| {
        format!(
            "{VARIABLE}: `{directive}` is not a level ({}), nor TARGET=LEVEL such as packgrid=debug; \
             separate several by commas, as in {DEFAULT}",
            LEVELS.join(", ")
        )
    };
    let directives: Vec<&str> =
        text.split(',').map(str::trim).filter(|directive| !directive.is_empty()).collect();
    for &directive in &directives {
        // Of a target with a span and its fields, as in `packgrid[span{field=1}]=debug`, the level.
        let level = match directive.rsplit_once('=') {
            Some((target, level)) if is_target(target) => level,
            Some(_) => return Err(wrong(directive)),
            None => directive,
        };
        if !LEVELS.iter().any(|known| known.eq_ignore_ascii_case(level)) {
            return Err(wrong(directive));
        }
    }
    if directives.is_empty() {
        return Err(wrong(text));
    }
    EnvFilter::try_new(directives.join(",")).map_err(|error| format!("{VARIABLE}: {error}"))
}

/// Whether a text begins with the path of a module, after which a span may follow in brackets.
fn is_target(text: &str) -> bool {
    let path = text.split_once('[').map_or(text, |(path, _)| path);
    let is_of_path = |letter: char| letter.is_ascii_alphanumeric() || "_-:".contains(letter);
    !text.is_empty() && path.chars().all(is_of_path)
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn takes_levels_and_refuses_other_words() {
        for text in [
            "info",
            "WARN",
            "warn,packgrid=debug",
            "off, sqlx=info,",
            "packgrid::http[a{b=1}]=trace",
        ] {
            assert!(filter(text).is_ok(), "{text}");
        }
        for text in [
            "verbose",
            "packgrid=verbose",
            "info,verbose",
            "=info",
            "packgrid",
            "info=",
            "1",
            "info;packgrid=debug",
            "info packgrid=debug",
            ",",
        ] {
            let error = filter(text).expect_err(text);
            assert!(error.contains("off, error, warn, info, debug, trace"), "{error}");
        }
    }
}
