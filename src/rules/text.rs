//! Text as it is compared: whatever its case and its Unicode spelling.

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;

/// The form in which two texts are the same to a reader: NFKC with full case folding, as Unicode's
/// definition of a compatibility caseless match (D146) has it.
///
/// It is made here at every write and stored beside the text. Left to the databases, SQLite folds
/// ASCII only and PostgreSQL does what its locale says, and the two would sort differently.
pub fn fold(text: &str) -> String {
    const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
    let folded = CaseMapper::new();
    let once = folded.fold_string(&NFKC.normalize(text)).into_owned();
    // Folding can undo the normal form (İ becomes i with a dot above), and the other way round.
    NFKC.normalize(&folded.fold_string(&NFKC.normalize(&once))).into_owned()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn folds_case_and_width_and_ligatures() {
        assert_eq!(fold("Django REST"), "django rest");
        assert_eq!(fold("STRASSE"), fold("straße"));
        assert_eq!(fold("ﬁle"), "file");
        assert_eq!(fold("ＷＩＤＥ"), "wide");
        assert_eq!(fold("Ünïcode"), fold("U\u{308}nïcode"));
        assert_eq!(fold("ΣΊΣΥΦΟΣ"), fold("σίσυφος"));
    }

    #[test]
    fn is_done_after_once() {
        for text in ["İstanbul", "ǅ", "ﬃ", "ᾳ", "\u{345}a", "Ⓐ", "½", "😀 Emoji"] {
            assert_eq!(fold(&fold(text)), fold(text), "{text}");
        }
    }
}
