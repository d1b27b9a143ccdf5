//! `hub key verify-seals`, `rewrap` and `sweep-hsm`: the seals of all keys at once.

use std::path::Path;

use anyhow::{Context, bail};

use crate::app::App;
use crate::app::seals::{self, SealReport};
use crate::keystore::{Keystore, MissingMasterKey};

/// Open every seal and print what was found; fails where one is broken, and names it.
pub(super) async fn verify(app: &App) -> anyhow::Result<()> {
    let reports = seals::verify(app).await?;
    let line = |cells: [&str; 6]| {
        let [owner, purpose, kid, state, place, seal] = cells;
        println!("{owner:<24} {purpose:<14} {kid:<28} {state:<12} {place:<20} {seal}");
    };
    line(["college", "purpose", "key", "state", "private part", "seal"]);
    for SealReport { owner, purpose, kid, state, place, fault } in &reports {
        line([owner, purpose, kid, state, place, fault.as_deref().unwrap_or("whole")]);
    }
    let broken: Vec<_> = reports.iter().filter(|report| report.fault.is_some()).collect();
    if broken.is_empty() {
        println!("\n{} keys, all of them whole.", reports.len());
        return Ok(());
    }
    let named: String = broken
        .iter()
        .map(|SealReport { owner, kid, fault, .. }| {
            format!("\n  {owner} {kid}: {}", fault.as_deref().unwrap_or_default())
        })
        .collect();
    bail!("{} of {} keys cannot sign:{named}", broken.len(), reports.len())
}

/// Seal every key anew under another master key, and say what to do with the two files.
pub(super) async fn rewrap(new: &Path, old: &Path, app: &App) -> anyhow::Result<()> {
    // On the disk before the first seal is under it.
    let next = Keystore::open(new, MissingMasterKey::Create)
        .with_context(|| format!("cannot use the new master key {}", new.display()))?;
    let done = seals::rewrap(&next, app).await?;
    let (old, new) = (old.display(), new.display());
    println!(
        "{} keys of {} colleges and the platform were sealed anew under {new}; {} were before.",
        done.moved, done.colleges, done.already
    );
    println!(
        "\nThe hub signs with {new} only from now on:\n\
         1. keep {old}: backups made before today need it        mv {old} {old}.before\n\
         2. put the new one in its place                         mv {new} {old}\n\
         3. see that every key opens, then start the hub         hub key verify-seals\n\
         4. copy the new one to where the old one was kept, apart from the database\n\
         5. destroy the old one, and its copies, when no backup needs it any more"
    );
    Ok(())
}

/// Print what is left over in the hardware module, and remove it where that was asked for.
pub(super) async fn sweep_hsm(delete: bool, app: &App) -> anyhow::Result<()> {
    let contents = seals::look_into_hsm(app).await?;
    println!(
        "{} private keys in use, {} made within the hour, {} of no college of this hub",
        contents.in_use, contents.young, contents.foreign
    );
    for orphan in &contents.orphans {
        println!(
            "left over: {} of {}, made {}",
            orphan.key,
            orphan.college,
            orphan.made.to_rfc3339()
        );
    }
    if delete {
        println!("{} removed", seals::sweep_hsm(&contents, app).await?);
    } else if !contents.orphans.is_empty() {
        println!(
            "{} left over: remove them with --delete. Never where a copy of this hub uses the same token.",
            contents.orphans.len()
        );
    }
    Ok(())
}
