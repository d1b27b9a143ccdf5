//! `hub audit verify`: has anybody edited what was issued or done, past the hub?

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

use clap::Subcommand;

use super::wire;
use crate::app::audit::file::{self, FileReport};
use crate::app::issuance_log::audit::{LogAudit, verify_all};
use crate::config::Settings;
use crate::keystore::MissingMasterKey;

/// What to audit.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Compute every issuance log and the audit of every college anew from their rows, and compare them with what was
    /// signed, stamped and issued. Changes nothing; names the first broken row, and then exits with status 1.
    Verify {
        /// Only this college.
        #[arg(long)]
        college: Option<String>,
        /// Check an exported audit instead, by itself: no database is asked.
        #[arg(long, conflicts_with = "college")]
        file: Option<PathBuf>,
        /// The college's log key as it is published under `log/keys`; without it, the one in the file is believed.
        #[arg(long, requires = "file")]
        key: Option<String>,
    },
}

/// Do it.
pub(super) async fn execute(command: AuditCommand, settings: Settings) -> anyhow::Result<ExitCode> {
    let AuditCommand::Verify { college, file, key } = command;
    if let Some(file) = file {
        return verify_file(&file, key.as_deref());
    }
    let app = wire::assemble(&settings, MissingMasterKey::Refuse).await?;
    let audits = verify_all(college.as_deref(), &app).await;
    app.close().await;
    let audits = audits.map_err(|error| anyhow::anyhow!("cannot audit: {error}"))?;
    for (slug, audit) in &audits {
        println!("{slug}: {}", describe(audit));
    }
    let whole = audits.iter().all(|(_, audit)| audit.fault.is_none());
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn verify_file(path: &Path, key: Option<&str>) -> anyhow::Result<ExitCode> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    match file::verify(BufReader::new(file), key) {
        Ok(report) => {
            println!("{}: {}", path.display(), describe_file(&report));
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => {
            println!("{}: BROKEN: {fault}", path.display());
            Ok(ExitCode::FAILURE)
        }
    }
}

fn describe_file(report: &FileReport) -> String {
    let FileReport { college, entries, shown, erased, signed } = report;
    let signed = match signed {
        Some(signed) => format!("a checkpoint signs the first {signed}"),
        None => "no checkpoint signs them yet".to_owned(),
    };
    format!(
        "whole: {entries} entries of the audit of college {college}, {shown} of them shown, {erased} with their words erased; {signed}"
    )
}

fn describe(audit: &LogAudit) -> String {
    if let Some(fault) = &audit.fault {
        return format!("BROKEN: {fault}");
    }
    let unchecked = match audit.unchecked_stamps {
        0 => String::new(),
        unchecked => {
            format!("; {unchecked} time-stamps not checked, for HUB_TSA_CA_FILE is not set")
        }
    };
    format!(
        "whole: {} issued documents, {} checkpoints, {} time-stamps; {} documents at hand compared; {} entries of the audit, {} with their words erased{unchecked}",
        audit.records,
        audit.checkpoints,
        audit.stamps,
        audit.documents,
        audit.entries,
        audit.erased
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::issuance_log::LogFault;

    #[test]
    fn the_first_fault_is_what_is_said() {
        let whole = LogAudit { records: 3, unchecked_stamps: 1, ..LogAudit::default() };
        assert!(describe(&whole).starts_with("whole: 3 issued"));
        assert!(describe(&whole).contains("1 time-stamps not checked"));
        let broken = LogAudit { fault: Some(LogFault::MissingRecord(17)), ..whole };
        assert_eq!(
            describe(&broken),
            "BROKEN: issued_records: no document stands at index 17 of the log"
        );
    }
}
