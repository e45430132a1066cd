//! Versions in the order of PEP 440.
//!
//! A parser of our own, in place of a crate: what is stored is a text that compares bytewise on both
//! databases, which no crate makes, and versions of real directories have numbers of any length.

/// What the order of a version follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Compares bytewise as versions do: what is no version by PEP 440 first, by its folded text; then
    /// versions in their order, equal ones alike.
    pub key: String,
    /// Whether it is a pre-release or a development release; `false` for what is no version.
    pub is_prerelease: bool,
}

/// The order of a version.
pub fn order(text: &str) -> Order {
    match parse(&text.trim().to_ascii_lowercase()) {
        Some(version) => version.order(),
        None => Order { key: format!("0{}", super::text::fold(text)), is_prerelease: false },
    }
}

/// The parts of a version; numbers are digits.
#[derive(Debug, Default)]
struct Version<'a> {
    epoch: &'a str,
    release: Vec<&'a str>,
    /// `a`, `b` or `c` (a release candidate), and which one.
    pre: Option<(char, &'a str)>,
    post: Option<&'a str>,
    dev: Option<&'a str>,
    local: Vec<&'a str>,
}

/// The parts of a version in lower case; `None` if it is none by PEP 440.
fn parse(text: &str) -> Option<Version<'_>> {
    let mut version = Version { epoch: "0", ..Version::default() };
    let (public, local) = match text.split_once('+') {
        Some((public, local)) => (public, Some(local)),
        None => (text, None),
    };
    if let Some(local) = local {
        version.local = local.split(['-', '_', '.']).collect();
        let fits =
            |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !version.local.iter().all(fits) {
            return None;
        }
    }
    let mut rest = public.strip_prefix('v').unwrap_or(public);
    let mut number = digits(&mut rest)?;
    if let Some(after) = rest.strip_prefix('!') {
        version.epoch = number;
        rest = after;
        number = digits(&mut rest)?;
    }
    version.release.push(number);
    while let Some(mut after) = rest.strip_prefix('.') {
        let Some(number) = digits(&mut after) else {
            break;
        };
        version.release.push(number);
        rest = after;
    }
    const PRE: [(&str, char); 8] = [
        ("alpha", 'a'),
        ("a", 'a'),
        ("beta", 'b'),
        ("b", 'b'),
        ("preview", 'c'),
        ("pre", 'c'),
        ("rc", 'c'),
        ("c", 'c'),
    ];
    version.pre = PRE.iter().find_map(|(word, kind)| Some((*kind, marked(&mut rest, word)?)));
    let mut after = rest;
    version.post =
        match after.strip_prefix('-').map(|it| after = it).and_then(|()| digits(&mut after)) {
            Some(number) => {
                rest = after;
                Some(number)
            }
            None => ["post", "rev", "r"].iter().find_map(|word| marked(&mut rest, word)),
        };
    version.dev = marked(&mut rest, "dev");
    rest.is_empty().then_some(version)
}

/// Takes the digits that `rest` begins with.
fn digits<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    *rest = after;
    (!digits.is_empty()).then_some(digits)
}

/// Takes `word`, perhaps after a separator, and the number behind it, which is 0 if there is none.
fn marked<'a>(rest: &mut &'a str, word: &str) -> Option<&'a str> {
    const SEPARATORS: [char; 3] = ['-', '_', '.'];
    let mut after = rest.strip_prefix(SEPARATORS).unwrap_or(rest).strip_prefix(word)?;
    let mut numbered = after.strip_prefix(SEPARATORS).unwrap_or(after);
    let number = match digits(&mut numbered) {
        Some(number) => {
            after = numbered;
            number
        }
        None => "0",
    };
    *rest = after;
    Some(number)
}

impl Version<'_> {
    /// Each part is followed by what sorts it: a longer release after a shorter one, a development
    /// release before all pre-releases, a local version after the one without it.
    fn order(&self) -> Order {
        let mut key = "1".to_owned();
        number(self.epoch, &mut key);
        let is_zero = |part: &&str| part.bytes().all(|byte| byte == b'0');
        let zeros = self.release.iter().rev().take_while(|part| is_zero(part)).count();
        for part in &self.release[..self.release.len() - zeros] {
            key.push('2');
            number(part, &mut key);
        }
        key.push('1');
        match self.pre {
            Some((kind, which)) => {
                key.push(kind);
                number(which, &mut key);
            }
            None if self.post.is_none() && self.dev.is_some() => key.push('0'),
            None => key.push('d'),
        }
        match self.post {
            Some(which) => {
                key.push('1');
                number(which, &mut key);
            }
            None => key.push('0'),
        }
        match self.dev {
            Some(which) => {
                key.push('0');
                number(which, &mut key);
            }
            None => key.push('1'),
        }
        for part in &self.local {
            if part.bytes().all(|byte| byte.is_ascii_digit()) {
                key.push('2');
                number(part, &mut key);
            } else {
                key.push('1');
                key.push_str(part);
                key.push('!');
            }
        }
        key.push('0');
        Order { key, is_prerelease: self.pre.is_some() || self.dev.is_some() }
    }
}

/// A number so that longer ones come later; it has at most 100 digits, as a version has characters.
fn number(digits: &str, key: &mut String) {
    let digits = digits.trim_start_matches('0');
    key.push_str(&format!("{:03}{digits}", digits.len()));
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn sorts_by_pep_440() {
        // What is no version, then versions, each line of equals before the next.
        let lines = [
            "",
            "1.0 final",
            "2004b-x",
            "latest",
            "0.0.0.dev1",
            "0 0.0 v0",
            "0.1 0.1.0",
            "0.1-2 0.1.post2 0.1-r2",
            "0.1.1-pre1 0.1.1rc1 0.1.1.c1 0.1.1-preview_1",
            "0.1.1",
            "1.0.dev0 1.0dev",
            "1.0.dev456",
            "1.0a1.dev3",
            "1.0a1 1.0.alpha-1 v1.0A1",
            "1.0a2.dev456",
            "1.0a12.dev456",
            "1.0a12",
            "1.0b1.dev456",
            "1.0b2",
            "1.0b2.post345.dev456",
            "1.0b2.post345",
            "1.0rc1.dev456",
            "1.0rc1",
            "1.0rc1.post1",
            "1.0 v1.0 1 1.0.0 01.00",
            "1.0+abc.5 1.0+ABC-5",
            "1.0+abc.7",
            "1.0+abcd",
            "1.0+5",
            "1.0+5.a",
            "1.0+5.0",
            "1.0+10",
            "1.0.post1.dev2",
            "1.0.post1 1.0-1",
            "1.0.post2",
            "1.0.15",
            "1.1.dev1",
            "1.1",
            "1.4-16",
            "1.9",
            "1.10",
            "1.11",
            "2.0.dev1",
            "2.0a1",
            "2.0b1",
            "2.0",
            "2024.1.15",
            "20991231235959000000000001",
            "1!0.1",
            "1!1.0",
            "2!0",
        ];
        let keys: Vec<Vec<String>> = lines
            .iter()
            .map(|line| match *line {
                "" | "1.0 final" => vec![order(line).key],
                line => line.split(' ').map(|text| order(text).key).collect(),
            })
            .collect();
        for (line, keys) in lines.iter().zip(&keys) {
            assert!(keys.iter().all(|key| *key == keys[0]), "{line}: {keys:?}");
        }
        for (place, pair) in keys.windows(2).enumerate() {
            assert!(pair[0][0] < pair[1][0], "{} {} {pair:?}", lines[place], lines[place + 1]);
        }
    }

    #[test]
    fn tells_prereleases() {
        for text in
            ["1.0a1", "1.0b3", "2.0.dev1", "0.1.1-pre1", "v3RC", "1.0.post1.dev2", "1.0a1+x"]
        {
            assert!(order(text).is_prerelease, "{text}");
        }
        for text in ["1.0", "1.4-16", "1.0.post1", "1.0+dev", "1.0-SNAPSHOT", "devel", "", "1.0.x1"]
        {
            assert!(!order(text).is_prerelease, "{text}");
        }
    }

    #[test]
    fn takes_any_text() {
        for text in [
            "9".repeat(100),
            "1.".repeat(50),
            "1".to_owned() + &".0".repeat(49),
            "!+-".to_owned(),
            "１.0".to_owned(),
        ] {
            assert!(order(&text).key.len() <= 512, "{text}");
        }
    }
}
