//! The fuzz targets on the corpus that they have found, and on more that is made of it by chance.

use std::panic::catch_unwind;
use std::path::Path;

use fastrand::Rng;

#[path = "../../../fuzz/targets.rs"]
mod targets;

/// Inputs made of each file, besides itself.
const MADE: usize = 3;

/// What the fuzzer puts in by chance.
const WORDS: &str = include_str!("../../../fuzz/graphql.dict");

#[test]
fn document() {
    run("document", targets::document);
}

#[test]
fn handler() {
    run("handler", targets::handler);
}

fn run(target: &str, try_it: fn(&[u8])) {
    let words: Vec<&str> = WORDS.lines().filter_map(|line| line.strip_prefix('"')).collect();
    let words: Vec<_> = words.iter().map(|word| word.trim_end_matches('"')).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 10, "{target} has no corpus");
    let texts: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    let mut random = Rng::with_seed(1);
    for (file, text) in files.iter().zip(&texts) {
        let made = (0..MADE).map(|_| mutated(&mut random, text, &texts, &words));
        for input in std::iter::once(text.clone()).chain(made.collect::<Vec<_>>()) {
            let tried = catch_unwind(|| try_it(&input));
            assert!(tried.is_ok(), "{}:\n{}", file.display(), String::from_utf8_lossy(&input));
        }
    }
}

/// `text` with some of it taken out, repeated, or replaced by a word or by some of another text.
fn mutated(random: &mut Rng, text: &[u8], texts: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..random.usize(1..=4) {
        let start = random.usize(..=text.len());
        let end = random.usize(start..=text.len().min(start + 30));
        let other = &texts[random.usize(..texts.len())];
        let other_start = random.usize(..=other.len());
        let with = match random.u8(..4) {
            0 => Vec::new(),
            1 => text[start..end].repeat(random.usize(2..200)),
            2 => words[random.usize(..words.len())].as_bytes().to_vec(),
            _ => other[other_start..other.len().min(other_start + 40)].to_vec(),
        };
        text.splice(start..end, with);
    }
    text
}
