//! What bad documents cost: CPU time and memory of parsing and judging each forged one, and each that would take long.
//! The goal is 50 ms for 99 of a hundred, and 50 MiB for any (`cargo bench --bench forged`).

use std::fs;
use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::Context;
use chrono::TimeDelta;
use hub::cli::bench::sample::Sample;
use hub::credential::parse;
use hub::credential::verify::{Knowledge, verify};
use rustix::time::{ClockId, clock_gettime};

#[expect(clippy::unwrap_used, reason = "shared with the tests, where a document is what was built")]
#[path = "../tests/it/corpus.rs"]
mod corpus;

/// CPU time that 99 of a hundred may take.
const MOST_TIME: Duration = Duration::from_millis(50);
/// Memory that any may take, in KiB.
const MOST_MEMORY: u64 = 50 * 1024;
/// So many of the forged ones that took longest are judged again on their own.
const DEAREST: usize = 10;
/// What a child is called with: it judges one document in a process that judged no other.
const ONE: &str = "--one";

/// One bad document, as it is sent.
struct Bad {
    name: String,
    text: String,
    /// Made to take long.
    long: bool,
}

/// What it took.
struct Cost {
    time: Duration,
    /// KiB above what the process had before.
    memory: u64,
}

fn main() -> anyhow::Result<ExitCode> {
    let sample = Sample::new();
    let all = corpus(&sample)?;
    let mut arguments = std::env::args().skip_while(|argument| argument != ONE).skip(1);
    if let Some(place) = arguments.next() {
        let bad = all.get(place.parse::<usize>()?).context("there is no such document")?;
        let cost = judge(bad, &warmed_up(&sample)?)?;
        print(&format!("{} {}", cost.time.as_nanos(), cost.memory));
        return Ok(ExitCode::SUCCESS);
    }
    measure(&all, &warmed_up(&sample)?)
}

/// Every document, the long ones last.
fn corpus(sample: &Sample) -> anyhow::Result<Vec<Bad>> {
    let good = [sample.issue(&sample.facts(1))?, sample.portfolio(2)?];
    let forged = good.iter().flat_map(corpus::tampered);
    let ties =
        [5, 6, 8].map(|count| (format!("{count} that know each other"), corpus::clique(count)));
    let crowd = [("400 credentials inside".to_owned(), corpus::crowd(400))];
    let long = corpus::heavy().into_iter().map(|(name, document)| (name.to_owned(), document));
    let bad = |long| {
        move |(name, document): (String, serde_json::Value)| Bad {
            name,
            text: document.to_string(),
            long,
        }
    };
    let strangers = long.chain(ties).chain(crowd).map(bad(true));
    Ok(forged.map(bad(false)).chain(strangers).collect())
}

/// What the hub knows, once all that is learned once was learned.
fn warmed_up(sample: &Sample) -> anyhow::Result<Knowledge> {
    let good = [sample.issue(&sample.facts(1))?, sample.portfolio(2)?];
    let known = sample.knowledge(&[&good[0], &good[1]]);
    for document in &good {
        black_box(verify(document, &known, sample.issued_at() + TimeDelta::days(2)));
    }
    Ok(known)
}

fn measure(all: &[Bad], known: &Knowledge) -> anyhow::Result<ExitCode> {
    let mut costs = Vec::with_capacity(all.len());
    for (place, bad) in all.iter().enumerate() {
        costs.push((judge(bad, known)?, bad, place));
    }
    costs.sort_by_key(|(cost, ..)| cost.time);
    // Memory that was given back before hides growth: the dearest begin in a process of their own.
    let ordinary = costs.len().saturating_sub(DEAREST);
    for (number, (cost, bad, place)) in costs.iter_mut().enumerate() {
        if bad.long || number >= ordinary {
            *cost = apart(*place, cost.time)?;
        }
    }
    costs.sort_by_key(|(cost, ..)| cost.time);
    let at = |hundredth: usize| &costs[(costs.len() - 1) * hundredth / 100].0.time;
    let dearest = costs.last().context("there is no document")?;
    let largest =
        costs.iter().max_by_key(|(cost, ..)| cost.memory).context("there is no document")?;
    let (p99, memory) = (*at(99), largest.0.memory);
    print(&format!("{} bad documents, parsed and judged one by one", costs.len()));
    print(&format!(
        "  CPU time: p50 {:?}, p99 {p99:?}, max {:?} ({})",
        at(50),
        dearest.0.time,
        dearest.1.name
    ));
    print(&format!(
        "  memory: at most {:.1} MiB more ({})",
        memory as f64 / 1024.0,
        largest.1.name
    ));
    let kept = p99 <= MOST_TIME && memory <= MOST_MEMORY;
    print(if kept { "  the goal is kept" } else { "  THE GOAL IS MISSED" });
    Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The same in a process of its own; the longer of both times.
fn apart(place: usize, here: Duration) -> anyhow::Result<Cost> {
    let told = Command::new(std::env::current_exe()?).args([ONE, &place.to_string()]).output()?;
    anyhow::ensure!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told = String::from_utf8(told.stdout)?;
    let (time, memory) = told.trim().split_once(' ').context("two numbers")?;
    Ok(Cost { time: here.max(Duration::from_nanos(time.parse()?)), memory: memory.parse()? })
}

fn judge(bad: &Bad, known: &Knowledge) -> anyhow::Result<Cost> {
    let now = Sample::new().issued_at() + TimeDelta::days(2);
    // From here on the peak is counted anew (proc(5): clear_refs).
    fs::write("/proc/self/clear_refs", "5")?;
    let (before, began) = (status("VmRSS:")?, thread_time());
    if let Ok(document) = parse(bad.text.as_bytes()) {
        black_box(verify(&document, known, now));
    }
    let time = thread_time() - began;
    Ok(Cost { time, memory: status("VmHWM:")?.saturating_sub(before) })
}

/// A line of /proc/self/status, in KiB.
fn status(name: &str) -> anyhow::Result<u64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

#[expect(clippy::print_stdout, reason = "a table is what the command is for")]
fn print(line: &str) {
    println!("{line}");
}
