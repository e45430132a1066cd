//! Whole numbers as Python reads them, however large: a page may begin at 10^30, and its links say
//! so.

/// A whole number that is not negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal(String);

/// Digits that Python reads; more are no number to it.
const MOST_DIGITS: usize = 4300;

impl Decimal {
    /// 0.
    pub fn zero() -> Self {
        Self("0".to_owned())
    }

    /// Reads what `int()` reads: space around it, a sign, zeros in front, and single underscores
    /// between digits are fine. Null for what is none, and for what is negative.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let mut plain = String::with_capacity(digits.len());
        for group in digits.split('_') {
            if group.is_empty() || !group.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            plain.push_str(group);
        }
        if plain.len() > MOST_DIGITS {
            return None;
        }
        let plain = plain.trim_start_matches('0');
        if negative && !plain.is_empty() {
            return None;
        }
        Some(Self(if plain.is_empty() { "0" } else { plain }.to_owned()))
    }

    /// The number, or the largest that fits.
    pub fn saturating(&self) -> i64 {
        self.0.parse().unwrap_or(i64::MAX)
    }

    /// The number less `other`; null when that is zero or less.
    pub fn minus(&self, other: i64) -> Option<Self> {
        // Beyond 64 bits digit by digit, from the last; the other one is shorter then.
        if let Ok(small) = self.0.parse::<i64>() {
            let left = small.saturating_sub(other);
            return (left > 0).then(|| Self(left.to_string()));
        }
        let mut digits = self.0.clone().into_bytes();
        let mut others = other.to_string().into_bytes();
        let mut borrow = 0;
        for digit in digits.iter_mut().rev() {
            let taken = others.pop().map_or(0, |digit| digit - b'0') + borrow;
            let value = *digit - b'0';
            borrow = u8::from(value < taken);
            *digit = value + 10 * borrow - taken + b'0';
        }
        let text = String::from_utf8(digits).ok()?;
        Some(Self(text.trim_start_matches('0').to_owned()))
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn reads_what_python_reads() {
        for (text, number) in [
            ("5", "5"),
            (" 5\t", "5"),
            ("+5", "5"),
            ("05", "5"),
            ("1_0", "10"),
            ("000", "0"),
            ("-0", "0"),
            ("9223372036854775808", "9223372036854775808"),
        ] {
            assert_eq!(Decimal::parse(text).expect(text).to_string(), number, "{text}");
        }
        for text in ["", " ", "-1", "5.0", "0x5", "1__0", "_1", "1_", "++1", "+ 1", "a", "²", "1e3"]
        {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert!(Decimal::parse(&"9".repeat(4301)).is_none());
    }

    #[test]
    fn subtracts_beyond_64_bits() {
        let minus = |text: &str, other| {
            Decimal::parse(text).expect(text).minus(other).map(|left| left.to_string())
        };
        assert_eq!(minus("20", 20), None);
        assert_eq!(minus("21", 20).as_deref(), Some("1"));
        assert_eq!(minus("9223372036854775808", 1).as_deref(), Some("9223372036854775807"));
        let million = format!("1{}", "0".repeat(30));
        assert_eq!(minus(&million, 20), Some(format!("{}80", "9".repeat(28))));
        assert_eq!(minus(&million, i64::MAX).map(|it| it.len()), Some(30));
        assert_eq!(Decimal::parse(&million).expect("a number").saturating(), i64::MAX);
    }
}
