//! What is shown to people.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

use crate::exchange::{Report, Stage, counted};

/// Prints a line. That nobody reads it (a closed pipe) is no reason to fail after the work is done,
/// and `println!` would panic.
macro_rules! say {
    ($($argument:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($argument)*);
    }};
}
pub(super) use say;

/// Prints a line that is the result itself, so that it matters whether it got out.
///
/// # Errors
/// When it did not.
pub fn print(line: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

/// Problems that are shown one by one; the rest is a number.
const SHOWN_PROBLEMS: usize = 20;

/// Shows how far an import has come: a bar on a terminal, plain lines elsewhere.
pub struct ImportProgress {
    bar: Option<ProgressBar>,
}

impl ImportProgress {
    pub fn new() -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::no_length();
            if let Ok(style) =
                ProgressStyle::with_template("{msg:24} [{bar:40}] {human_pos}/{human_len}")
            {
                bar.set_style(style.progress_chars("=> "));
            }
            bar
        });
        Self { bar }
    }

    pub fn show(&mut self, stage: Stage) {
        match (&self.bar, stage) {
            (Some(bar), Stage::Reading(kind)) => {
                bar.set_length(0);
                bar.set_message(format!("Reading {}", kind.name()));
            }
            (Some(bar), Stage::Fetching(list, count)) => {
                bar.set_position(0);
                bar.set_length(count as u64);
                bar.set_message(format!("Fetching {list}"));
            }
            (Some(bar), Stage::Writing(kind, count)) => {
                bar.set_position(0);
                bar.set_length(count as u64);
                bar.set_message(format!("Writing {kind}"));
            }
            (Some(bar), Stage::Written(rows) | Stage::Fetched(rows)) => bar.inc(rows as u64),
            (None, Stage::Fetching(list, count)) => eprintln!("Fetching {count} {list}"),
            (None, Stage::Reading(kind)) => eprintln!("Reading {}", kind.name()),
            (None, Stage::Writing(kind, count)) => eprintln!("Writing {count} {kind}"),
            (None, Stage::Written(_) | Stage::Fetched(_)) => {}
        }
    }

    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// What is wrong with the records that are, to standard error.
pub fn show_problems(problems: &[impl std::fmt::Display]) {
    for problem in problems.iter().take(SHOWN_PROBLEMS) {
        eprintln!("{problem}");
    }
    if problems.len() > SHOWN_PROBLEMS {
        eprintln!("… and {} more", problems.len() - SHOWN_PROBLEMS);
    }
}

/// What an import did, or would do, as a table on standard output.
pub fn show_report(report: &Report, dry_run: bool) {
    for too_many in &report.not_pruned {
        eprintln!("The source does not have {too_many} any more: too much to be pruned unasked.");
    }
    for held in &report.held {
        eprintln!("Not pruned, though the source no longer has it: {held}.");
    }
    if !report.absent.is_empty() {
        let absent = report.absent.iter().map(|(kind, count)| counted(kind, *count));
        let absent: Vec<String> = absent.collect();
        eprintln!(
            "The source no longer has {}. They stay; --prune deletes them.",
            absent.join(", ")
        );
    }
    say!(
        "{:<12}{:>10}{:>10}{:>12}{:>10}{:>10}",
        "",
        "added",
        "changed",
        "unchanged",
        "removed",
        "skipped"
    );
    for (kind, counts) in report.kinds() {
        say!(
            "{kind:<12}{:>10}{:>10}{:>12}{:>10}{:>10}",
            counts.added,
            counts.changed,
            counts.unchanged,
            counts.removed,
            counts.skipped
        );
    }
    if report.kept > 0 {
        let values = counted("values", report.kept);
        say!("{values} that editors have changed stayed as they are.");
    }
    if report.left_out > 0 {
        let records = counted("records or links", report.left_out);
        say!("{records} stayed out: editors have taken out here what they tell of or belong to.");
    }
    if report.gave_way > 0 {
        let records = counted("releases or cells", report.gave_way);
        say!("{records} gave way: editors have made others here in their places.");
    }
    if report.kept + report.left_out + report.gave_way > 0 {
        say!("(--overwrite-edits of an import takes what comes instead.)");
    }
    if dry_run {
        say!("Nothing was changed; the directory is at revision {}.", report.revision);
    } else if report.changed() {
        say!("The directory is now at revision {}.", report.revision);
    } else {
        say!("Nothing has changed; the directory is at revision {}.", report.revision);
    }
}
