//! Short codes of emoji, as the old search turns them into what they mean.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Emoji by their names, which are Unicode's, with underscores: `:red_heart:`.
static EMOJI: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let name =
        |name: &str| name.trim_start_matches("flag: ").replace([':', ','], "").replace(' ', "_");
    emojis::iter().map(|emoji| (name(emoji.name()), emoji.as_str())).collect()
});

/// Turns `:gear:` into a gear. What is no emoji's name stays.
pub fn emoji(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(':') {
        let after = &rest[start + 1..];
        let end = after.find(|c: char| c == ':' || c.is_whitespace());
        let Some(end) = end.filter(|end| *end > 0 && after[*end..].starts_with(':')) else {
            out.push_str(&rest[..=start]);
            rest = after;
            continue;
        };
        match EMOJI.get(&after[..end]) {
            Some(emoji) => {
                out.push_str(&rest[..start]);
                out.push_str(emoji);
            }
            None => out.push_str(&rest[..start + end + 2]),
        }
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::emoji;

    #[test]
    fn short_codes_become_emoji() {
        for (text, expected) in [
            (":gear: tools", "⚙\u{fe0f} tools"),
            ("a :red_heart::rocket: b", "a ❤\u{fe0f}🚀 b"),
            (":Germany: :1st_place_medal:", "🇩🇪 🥇"),
            (":nonsense: :", ":nonsense: :"),
            ("at 10:30: yes", "at 10:30: yes"),
            ("::", "::"),
            ("no", "no"),
        ] {
            assert_eq!(emoji(text), expected, "{text}");
        }
    }
}
