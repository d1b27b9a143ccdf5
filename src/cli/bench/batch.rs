//! `hub bench batch`: past approvals from a file to credentials, on a hub of its own with a Postgres of its own that
//! keeps what it says it keeps.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use ed25519_dalek::{Signer, SigningKey};
use tokio_util::sync::CancellationToken;

use crate::app::batch::{self, Options, Place};
use crate::app::lockout::Visit;
use crate::app::log_in::{self, Credentials};
use crate::app::{authenticate, demo as logins};
use crate::cli::demo::content;
use crate::cli::run::DemoSize;
use crate::cli::{demo, wire};
use crate::config::Settings;
use crate::database::{EmbeddedPostgres, PostgresOptions};
use crate::jobs;
use crate::keystore::MissingMasterKey;

/// How much to measure.
#[derive(Args)]
pub struct BatchOptions {
    /// Past approvals in the file, at most 10,000.
    #[arg(long, default_value_t = 10_000)]
    rows: usize,
    /// Where to work; removed afterwards.
    #[arg(long, default_value = "/tmp/hub-bench")]
    folder: std::path::PathBuf,
}

/// The demo whose people stand in the file.
const SEED: u64 = 2026;
/// How often to look whether the batch is finished.
const LOOK: Duration = Duration::from_millis(20);
/// Clock ticks of `/proc` in a second; Linux has had no other number since 2.6.
const TICKS: f64 = 100.0;

/// Measure and print.
pub(in crate::cli) async fn bench(options: &BatchOptions) -> anyhow::Result<()> {
    fs::create_dir(&options.folder)
        .with_context(|| format!("{} is not free", options.folder.display()))?;
    let postgres =
        EmbeddedPostgres::start(&options.folder.join("postgres"), &PostgresOptions::default())
            .await?;
    let measured = measure(options, &postgres).await;
    postgres.stop().await;
    fs::remove_dir_all(&options.folder)?;
    print(options.rows, &measured?);
    Ok(())
}

/// What one run took, in seconds.
struct Measured {
    taken: f64,
    total: f64,
    hub: f64,
    postgres: f64,
    raw: f64,
}

async fn measure(options: &BatchOptions, postgres: &EmbeddedPostgres) -> anyhow::Result<Measured> {
    let settings = Settings {
        data_dir: options.folder.clone(),
        master_key_file: options.folder.join("master.key"),
        database_url: Some(postgres.url()),
        public_url: Some("https://hub.example".to_owned()),
        ..Settings::default()
    };
    wire::migrate(&settings).await?;
    let app = wire::assemble(&settings, MissingMasterKey::Create).await?;
    demo::fill(DemoSize::Small, &app).await?;
    let college = content::content(SEED).colleges.swap_remove(0);
    let admin = logins::logins()
        .iter()
        .find(|login| login.college == college.slug && login.role == "College admin")
        .context("the demo has no admin")?;
    let file = file(options.rows, &college, &admin.email)?;
    let credentials = Credentials {
        email: admin.email.clone(),
        password: admin.password.clone(),
        college: Some(college.slug),
    };
    let session = log_in::log_in(credentials, Visit::default(), &app).await?.session;
    let admin = authenticate::authenticate(&session.access, &app).await?;

    let stop = CancellationToken::new();
    let jobs = tokio::spawn(jobs::run(app.clone(), stop.clone()));
    let postmaster = postgres.postmaster().context("Postgres is not there")?;
    let before = (own_cpu()?, family_cpu(postmaster)?);
    let began = Instant::now();
    let options = Options { dry_run: false, skip_invalid: false, place: Place::Line };
    let begun = batch::import(batch::read_csv(&file)?, options, &admin, &app).await?;
    let taken = began.elapsed().as_secs_f64();
    let id = begun.batch.context("the file was not taken")?;
    while batch::find(id, &admin, &app).await?.row.finished_at.is_none() {
        tokio::time::sleep(LOOK).await;
    }
    let total = began.elapsed().as_secs_f64();
    let (hub, postgres) = (own_cpu()? - before.0, family_cpu(postmaster)? - before.1);
    stop.cancel();
    jobs.await?;
    let done = batch::find(id, &admin, &app).await?.row;
    anyhow::ensure!(done.issued == done.total, "{} of {} were issued", done.issued, done.total);
    app.close().await;
    let rows = f64::from(u32::try_from(done.total)?);
    Ok(Measured { taken, total, hub, postgres, raw: raw_seconds()? * rows })
}

/// Rows that say as much as real ones do.
fn file(rows: usize, college: &content::DemoCollege, approver: &str) -> anyhow::Result<String> {
    let students: Vec<&str> = college
        .members
        .iter()
        .filter_map(|member| member.enrolment.as_ref())
        .map(|enrolment| enrolment.roll_number.as_str())
        .collect();
    let category = &college_category()?;
    let mut file = "reference,student,category,title,description,organiser,role,level,outcome,started_on,ended_on,hours,skills,approver,approved_on\n".to_owned();
    for (row, student) in (0..rows).zip(students.iter().cycle()) {
        writeln!(
            file,
            "{row},{student},{category},\"Winner, 1500 m, inter-college athletics meet, heat {row}\",\"Three heats and a final \
             against eleven colleges of the zone; a personal best in the final.\",State Athletics Association,Runner,state,winner,\
             2024-02-12,2024-02-14,12,Endurance;Pacing;Race tactics,{approver},2024-03-01"
        )?;
    }
    Ok(file)
}

fn college_category() -> anyhow::Result<String> {
    let category = demo::categories().into_iter().find(|category| !category.academic);
    Ok(category.context("the demo has a category")?.code)
}

/// Seconds of one core for what cannot be left out of one credential: two signatures and two strict checks.
fn raw_seconds() -> anyhow::Result<f64> {
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = key.verifying_key();
    let rounds = 2_000_u32;
    let before = own_cpu()?;
    for round in 0..rounds {
        for half in 0..2_u8 {
            let mut message = [half; 64];
            message[..4].copy_from_slice(&round.to_be_bytes());
            let signature = key.sign(&message);
            public.verify_strict(black_box(&message), black_box(&signature))?;
        }
    }
    Ok((own_cpu()? - before) / f64::from(rounds))
}

/// Processor time of this process, all its threads, in seconds.
fn own_cpu() -> anyhow::Result<f64> {
    let (_, own, _) = stat(Path::new("/proc/self/stat"))?;
    Ok(own)
}

/// Processor time of a process and its children, those that ended included.
fn family_cpu(parent: u32) -> anyhow::Result<f64> {
    let (_, own, ended) = stat(&Path::new("/proc").join(parent.to_string()).join("stat"))?;
    let mut sum = own + ended;
    for entry in fs::read_dir("/proc")? {
        // A process may end while it is looked at.
        if let Ok((of, own, ended)) = stat(&entry?.path().join("stat"))
            && of == parent
        {
            sum += own + ended;
        }
    }
    Ok(sum)
}

/// Parent, own time and that of ended children (proc(5): fields 4, 14 and 15, 16 and 17).
fn stat(file: &Path) -> anyhow::Result<(u32, f64, f64)> {
    let text = fs::read_to_string(file)?;
    // The name stands in parentheses and may hold anything.
    let (_, rest) = text.rsplit_once(')').context("no process")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |place: usize| -> anyhow::Result<f64> {
        Ok(fields.get(place).context("a short line")?.parse()?)
    };
    let parent = fields.get(1).context("a short line")?.parse()?;
    Ok((parent, (number(11)? + number(12)?) / TICKS, (number(13)? + number(14)?) / TICKS))
}

fn print(rows: usize, measured: &Measured) {
    let Measured { taken, total, hub, postgres, raw } = measured;
    println!("{rows} past approvals from a file to credentials that are signed and noted");
    println!("  taken (the answer 202)    {taken:8.2} s");
    println!("  all of it                 {total:8.2} s   {:.0} a second", rows as f64 / total);
    println!("  CPU of the hub            {hub:8.2} s");
    println!("  CPU of Postgres           {postgres:8.2} s");
    println!("  two signatures and two strict checks of each, one core: {raw:.2} s");
    println!("  all of it, against that   {:8.2} ×", (hub + postgres) / raw);
}
