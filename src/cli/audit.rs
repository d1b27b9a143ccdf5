//! `hub audit verify`: has anybody edited what was issued, past the hub?

use std::process::ExitCode;

use clap::Subcommand;

use super::wire;
use crate::app::issuance_log::audit::{LogAudit, verify_all};
use crate::config::Settings;
use crate::keystore::MissingMasterKey;

/// What to audit.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Compute every issuance log anew from its rows, and compare it with what was signed, stamped and issued.
    /// Changes nothing; names the first broken row, and then exits with status 1.
    Verify {
        /// Only this college.
        #[arg(long)]
        college: Option<String>,
    },
}

/// Do it.
pub(super) async fn execute(command: AuditCommand, settings: Settings) -> anyhow::Result<ExitCode> {
    let AuditCommand::Verify { college } = command;
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
        "whole: {} issued documents, {} checkpoints, {} time-stamps; {} documents at hand compared{unchecked}",
        audit.records, audit.checkpoints, audit.stamps, audit.documents
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
