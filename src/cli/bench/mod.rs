//! `hub bench`: the credential core beside its limit, raw Ed25519, in one run.
//!
//! Machines are noisy and shared, so what counts are ratios of CPU time: every row is measured in turn, round after
//! round, and the medians are compared.

mod batch;
mod portfolio;
mod reference;
pub mod sample;

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use clap::{Args, Subcommand};
use ed25519_dalek::{Signer, Verifier as _, VerifyingKey};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

use crate::credential;
use crate::credential::proof::{ProofOptions, prepare, record_hash};
use crate::credential::verify::{Verdict, verify};
use sample::Sample;

/// What to measure: the credential core, where nothing else is named.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BenchOptions {
    #[command(subcommand)]
    what: Option<What>,
    /// The folder with the JavaScript reference (tests/interop, after `npm ci`); found by itself where it is there.
    #[arg(long)]
    reference: Option<PathBuf>,
    /// Rounds; a row's figure is the median of them.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
}

/// What else can be measured.
#[derive(Subcommand)]
enum What {
    /// Thousands of past approvals, from a file to signed credentials, with a Postgres of its own.
    Batch(batch::BatchOptions),
    /// The portfolio's file: laid out, signed, checked, beside the floor of it.
    Portfolio(portfolio::PortfolioOptions),
}

/// How long one row runs in one round.
const SLICE: Duration = Duration::from_millis(60);

/// Measure and print a table.
pub(super) async fn bench(options: &BenchOptions) -> anyhow::Result<()> {
    match &options.what {
        Some(What::Batch(options)) => batch::bench(options).await,
        Some(What::Portfolio(options)) => portfolio::bench(options).await,
        None => bench_core(options),
    }
}

fn bench_core(options: &BenchOptions) -> anyhow::Result<()> {
    let mut rows = rows()?;
    // What is learned once is learned before the clock runs.
    rows.iter_mut().for_each(|row| (row.run)());
    for _ in 0..options.rounds.max(1) {
        rows.iter_mut().for_each(Row::measure);
    }
    if let Some(room) = reference::room(options.reference.as_deref()) {
        let credential = Sample::new().issue(&Sample::new().facts(1))?;
        let measured = reference::measure(&room, &credential)?;
        rows.push(Row::measured(
            "issue, rdfc only: the JavaScript reference",
            Base::Issue,
            measured.issue,
        ));
        rows.push(Row::measured(
            "verify, rdfc only: the JavaScript reference",
            Base::Verify,
            measured.verify,
        ));
    }
    print(&rows);
    Ok(())
}

/// Which raw cryptography a row is compared with.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Base {
    /// Two signatures and two strict checks.
    Issue,
    /// Two strict checks.
    Verify,
}

struct Row {
    name: String,
    base: Base,
    /// How many documents one run works on.
    documents: f64,
    run: Box<dyn FnMut()>,
    /// CPU nanoseconds of one document, a figure a round.
    figures: Vec<f64>,
}

impl Row {
    fn new(name: &str, base: Base, documents: u32, run: impl FnMut() + 'static) -> Self {
        let documents = f64::from(documents);
        Self { name: name.into(), base, documents, run: Box::new(run), figures: Vec::new() }
    }

    fn measured(name: &str, base: Base, nanoseconds: f64) -> Self {
        Self { figures: vec![nanoseconds], ..Self::new(name, base, 1, || {}) }
    }

    fn measure(&mut self) {
        let start = thread_time();
        let mut runs = 0.0;
        loop {
            (self.run)();
            runs += self.documents;
            let spent = thread_time() - start;
            if spent >= SLICE {
                self.figures.push(spent.as_secs_f64() * 1e9 / runs);
                return;
            }
        }
    }

    fn median(&self) -> f64 {
        let mut sorted = self.figures.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

fn rows() -> anyhow::Result<Vec<Row>> {
    let sample = Sample::new();
    let facts = sample.facts(1);
    let credential = sample.issue(&facts)?;
    let portfolio = sample.portfolio(10)?;
    let mut draft = credential.clone();
    draft.as_object_mut().map(|members| members.remove("proof"));
    let now = sample.issued_at() + TimeDelta::days(2);
    let knowledge = sample.knowledge(&[&credential, &portfolio]);
    anyhow::ensure!(
        [&credential, &portfolio]
            .iter()
            .all(|one| verify(one, &knowledge, now).verdict == Verdict::Valid),
        "what is measured must be valid"
    );
    let mut rows = raw(&sample);
    let (signer, to_issue) = (Sample::new(), facts);
    rows.push(Row::new(
        "issue: lint, both proofs, strict check of both",
        Base::Issue,
        1,
        move || {
            let signed = signer.issue(black_box(&to_issue)).map(|signed| signed.to_string());
            black_box(signed.is_ok());
        },
    ));
    let signer = Sample::new();
    rows.push(Row::new("issue a status list of 1,000 bits", Base::Issue, 1, move || {
        black_box(signer.status_list(1000).is_ok());
    }));
    rows.push(verify_row("verify an uploaded credential, both proofs", 1, &credential, &sample));
    rows.push(verify_row("verify a portfolio of 10, each document", 11, &portfolio, &sample));
    let text = credential.to_string();
    rows.push(Row::new("  of that: parse", Base::Verify, 1, move || {
        black_box(credential::parse(black_box(text.as_bytes())).is_ok());
    }));
    let document = credential.clone();
    rows.push(Row::new("  of that: record hash", Base::Verify, 1, move || {
        black_box(record_hash(black_box(&document)));
    }));
    rows.push(Row::new("  of that: what both proofs sign", Base::Verify, 1, move || {
        let options = ProofOptions { verification_method: "did:web:a#b".into(), created: now };
        black_box(prepare(black_box(&draft), &options).is_ok());
    }));
    let mut foreign = credential;
    // An empty list says nothing, but is not how this hub writes: the general path takes it.
    foreign["credentialSubject"]["achievement"]["alignment"] = Value::Array(Vec::new());
    foreign["credentialSubject"]["achievement"]["image"] = "https://hub.example/image".into();
    foreign.as_object_mut().map(|members| members.remove("proof"));
    rows.push(Row::new("  the same on the general path", Base::Verify, 1, move || {
        let options = ProofOptions { verification_method: "did:web:a#b".into(), created: now };
        black_box(prepare(black_box(&foreign), &options).is_ok());
    }));
    Ok(rows)
}

fn raw(sample: &Sample) -> Vec<Row> {
    let messages = [[1_u8; 64], [2; 64]];
    let key = sample.key().clone();
    let public: VerifyingKey = key.verifying_key();
    let signatures = messages.map(|message| key.sign(&message));
    debug_assert!(public.verify(&messages[0], &signatures[0]).is_ok());
    let issue = Row::new("raw Ed25519: 2 signatures, 2 strict checks", Base::Issue, 1, move || {
        for message in &messages {
            let signature = key.sign(black_box(message));
            black_box(public.verify_strict(message, &signature).is_ok());
        }
    });
    let verify = Row::new("raw Ed25519: 2 strict checks", Base::Verify, 1, move || {
        for (message, signature) in messages.iter().zip(&signatures) {
            black_box(public.verify_strict(black_box(message), signature).is_ok());
        }
    });
    vec![issue, verify]
}

fn verify_row(name: &str, documents: u32, document: &Value, sample: &Sample) -> Row {
    let text = document.to_string();
    let knowledge = sample.knowledge(&[document]);
    let now = sample.issued_at() + TimeDelta::days(2);
    Row::new(name, Base::Verify, documents, move || {
        let document = credential::parse(black_box(text.as_bytes()));
        black_box(
            document
                .is_ok_and(|document| verify(&document, &knowledge, now).verdict == Verdict::Valid),
        );
    })
}

#[expect(clippy::print_stdout, reason = "a table is what the command is for")]
fn print(rows: &[Row]) {
    println!("{:<52} {:>10} {:>10} {:>12}", "CPU time, medians", "µs", "per s", "speed of raw");
    for row in rows {
        let raw = rows.iter().find(|raw| raw.base == row.base).map_or(0.0, Row::median);
        let figure = row.median();
        println!(
            "{:<52} {:>10.1} {:>10.0} {:>12.3}",
            row.name,
            figure / 1e3,
            1e9 / figure,
            raw / figure
        );
    }
}
