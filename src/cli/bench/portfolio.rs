//! `hub bench portfolio`: the portfolio's file, laid out, signed and checked, beside what it cannot do without.
//!
//! Pages are made in a real render worker; what it took stands in /proc. Signing and checking are compared with their
//! floor in the same run: one hash of the file, and one raw ECDSA operation.

mod sample;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{SLICE, thread_time};
use crate::portfolio::check;
use crate::portfolio::render::RenderInput;
use crate::portfolio::sign::prepare;
use crate::renderer::Renderer;
use sample::College;

/// How much to measure.
#[derive(Args)]
pub struct PortfolioOptions {
    /// Documents that the worker makes; the first is not counted.
    #[arg(long, default_value_t = 20)]
    documents: usize,
    /// Rounds of signing and checking; the figure is the median of them.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// A Python with reportlab and pyHanko in it: the same document, by them.
    #[arg(long)]
    reference: Option<PathBuf>,
    /// Write the signed document here, to look at it.
    #[arg(long)]
    write: Option<PathBuf>,
}

/// Measure and print a table.
#[expect(clippy::print_stdout, reason = "a table is what the command is for")]
pub(super) async fn bench(options: &PortfolioOptions) -> anyhow::Result<()> {
    let college = College::new()?;
    let input = sample::input()?;
    let made = render(&input, options.documents.max(1)).await?;
    let signed = college.sign(made.pdf.clone())?;
    anyhow::ensure!(college.holds(&signed), "what is measured must be valid");
    if let Some(path) = &options.write {
        std::fs::write(path, &signed).with_context(|| format!("{}", path.display()))?;
    }

    let rows = signing(&college, &made.pdf, &signed, options.rounds);
    let [sign, sign_floor, check, check_floor] = rows.map(|row| row.as_secs_f64() * 1e3);
    let document = made.cpu.as_secs_f64() * 1e3 + sign;
    println!(
        "{} achievements, {} pictures, {} KB signed",
        sample::ITEMS,
        sample::PICTURES,
        signed.len() / 1000
    );
    println!("{:<44} {:>10}", "CPU time, medians", "ms");
    println!("{:<44} {:>10.1}", "lay out, in the worker", document - sign);
    println!("{:<44} {sign:>10.2}   {:.2} × its floor", "sign", sign / sign_floor);
    println!("{:<44} {sign_floor:>10.2}", "  floor: SHA-256 of the file, ECDSA");
    println!("{:<44} {check:>10.2}   {:.2} × its floor", "check", check / check_floor);
    println!("{:<44} {check_floor:>10.2}", "  floor: SHA-256 of the file, ECDSA");
    println!("{:<44} {:>10.1}", "documents per second and core", 1e3 / document);
    println!("{:<44} {:>10.1}", "peak memory of the worker, MB", made.peak_kb / 1e3);
    if let Some(python) = &options.reference {
        let reference = measure_reference(python, &input)?;
        println!(
            "{:<44} {:>10.1}   {:.1} × ours",
            "reportlab + pyHanko, the same document",
            reference,
            reference / document
        );
    }
    Ok(())
}

/// What a worker made, and what it took.
struct Made {
    pdf: Vec<u8>,
    /// Of one document, without the process's start.
    cpu: Duration,
    peak_kb: f64,
}

/// Documents one after the other in one worker.
async fn render(input: &RenderInput, documents: usize) -> anyhow::Result<Made> {
    let renderer = Renderer::start(std::env::current_exe()?, 1);
    let pdf = renderer.render(input.clone()).await?.pdf;
    let worker = child()?;
    let before = spent(worker)?;
    for _ in 0..documents {
        let again = renderer.render(input.clone()).await?.pdf;
        anyhow::ensure!(again == pdf, "the same input gives the same bytes");
    }
    let cpu = (spent(worker)? - before) / u32::try_from(documents)?;
    Ok(Made { pdf, cpu, peak_kb: peak(worker)? })
}

/// The worker that was started.
fn child() -> anyhow::Result<u32> {
    let mut found = Vec::new();
    for thread in std::fs::read_dir("/proc/self/task")? {
        let children = std::fs::read_to_string(thread?.path().join("children"))?;
        found.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
    }
    match found.as_slice() {
        [one] => Ok(*one),
        many => anyhow::bail!("one worker was expected, not {}", many.len()),
    }
}

/// User and system time of a process (proc(5), `stat`), in hundredths of a second.
fn spent(process: u32) -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = text.rsplit_once(')').context("proc(5)")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| -> anyhow::Result<u64> {
        Ok(fields.get(index).context("proc(5)")?.parse()?)
    };
    Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
}

/// The most memory that a process ever had resident, in kilobytes.
fn peak(process: u32) -> anyhow::Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("proc(5)")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Signing, its floor, checking, its floor: medians of CPU time.
fn signing(college: &College, rendered: &[u8], signed: &[u8], rounds: usize) -> [Duration; 4] {
    let key = SigningKey::from_slice(&[9; 32]).expect("a small number is a key");
    let signature: Signature = key.sign(b"floor");
    let public = *key.verifying_key();
    let mut acts: [Box<dyn FnMut()>; 4] = [
        Box::new(|| drop(black_box(college.sign(rendered.to_vec())))),
        Box::new(|| {
            let digest = Sha256::digest(black_box(signed));
            let signature: Signature = key.sign(&digest[..]);
            black_box(signature);
        }),
        Box::new(|| {
            black_box(college.holds(black_box(signed)));
        }),
        Box::new(|| {
            black_box(Sha256::digest(black_box(signed)));
            black_box(public.verify(black_box(b"floor"), &signature).is_ok());
        }),
    ];
    let mut figures: [Vec<Duration>; 4] = Default::default();
    acts.iter_mut().for_each(|act| act());
    for _ in 0..rounds.max(1) {
        for (act, figures) in acts.iter_mut().zip(&mut figures) {
            let (start, mut runs) = (thread_time(), 0);
            while thread_time() - start < SLICE {
                act();
                runs += 1;
            }
            figures.push((thread_time() - start) / runs);
        }
    }
    figures.map(|mut figures| {
        figures.sort_unstable();
        figures[figures.len() / 2]
    })
}

#[derive(Deserialize)]
struct Reference {
    /// CPU milliseconds of one document.
    document: f64,
}

/// Let reportlab draw the same document and pyHanko sign it.
fn measure_reference(python: &Path, input: &RenderInput) -> anyhow::Result<f64> {
    let room = std::env::temp_dir().join(format!("hub-bench-{}", std::process::id()));
    std::fs::create_dir(&room)?;
    let measured = reference_in(&room, python, input);
    std::fs::remove_dir_all(&room)?;
    measured
}

fn reference_in(room: &Path, python: &Path, input: &RenderInput) -> anyhow::Result<f64> {
    for (path, image) in &input.images {
        let name = path.trim_start_matches('/').replace('/', "-");
        std::fs::write(room.join(name), image.as_ref() as &[u8])?;
    }
    std::fs::write(room.join("portfolio.vc.json"), &input.attachment)?;
    std::fs::write(room.join("qr.txt"), &input.qr_text)?;
    std::fs::write(room.join("data.json"), serde_json::to_vec(&input.data)?)?;
    let output = Command::new(python)
        .arg("tests/pdf/bench.py")
        .arg(room)
        .output()
        .with_context(|| format!("{} cannot be started", python.display()))?;
    anyhow::ensure!(
        output.status.success(),
        "the reference has failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(serde_json::from_slice::<Reference>(&output.stdout)?.document)
}

impl College {
    /// Signs a rendered file as the hub does.
    fn sign(&self, pdf: Vec<u8>) -> anyhow::Result<Vec<u8>> {
        let prepared = prepare(pdf, &self.facts)?;
        let signature: Signature = self.key.sign(prepared.message());
        Ok(prepared.attach(&signature.to_bytes().into())?)
    }

    /// Checks a signed file as the hub does.
    fn holds(&self, pdf: &[u8]) -> bool {
        check::check(pdf, &self.trusted, &|_, _| None).integrity().is_ok()
    }
}
