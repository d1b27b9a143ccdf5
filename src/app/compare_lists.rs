//! Holding what the world reads of a status list against the record of the college: where they disagree somebody has
//! been at one of them. That is an alarm, and the verifier fails the documents concerned.

use std::collections::BTreeSet;

use chrono::Duration;
use serde_json::{Value, json};

use super::record::{Actor, Happening, record};
use super::{App, Refusal, verify};
use crate::credential;
use crate::credential::status_list::{BITS, BitString};
use crate::credential::verify::{CheckState, Report};
use crate::domain::ids::CollegeId;
use crate::domain::job::Job;
use crate::storage::{ComparedList, RevokedIndex};

/// A revocation may take this long to reach the published list, and a list to be signed anew once that is due, before
/// it is an alarm.
const GRACE: Duration = Duration::minutes(1);
/// The fault of a list that was not signed anew in time.
const EXPIRED: &str = "expired";
/// So many indices stand in an event; the row has them all.
const NAMED: usize = 20;

/// Compare every published list with the record. Returns how many lists disagree or are not to be believed.
pub async fn compare_all(app: &App) -> Result<usize, Refusal> {
    let mut alarms = 0;
    for college in app.database.college_ids().await? {
        let mut tx = app.database.tenant(college).await?;
        let names = tx.status_list_names().await?;
        tx.commit().await?;
        for (kind, number, _) in names {
            alarms += usize::from(compare(college, &kind, number, app).await?);
        }
    }
    Ok(alarms)
}

/// True where something is wrong.
async fn compare(college: CollegeId, kind: &str, number: i32, app: &App) -> Result<bool, Refusal> {
    let mut tx = app.database.tenant(college).await?;
    let list = tx.status_list_to_compare(kind, number).await?;
    let publishing = Job::PublishStatusList { list: kind.to_owned(), number };
    let is_due = match publishing.dedupe_key(college) {
        Some(key) => tx.awaits_job(&key, app.now() - GRACE).await?,
        None => false,
    };
    tx.commit().await?;
    // A list that was never published stands in no document: it is signed with the first one.
    let Some(list) = list else { return Ok(false) };
    let published = credential::parse(list.document.as_bytes()).unwrap_or(Value::Null);
    // After days without a worker every list has run out; it is about to be signed anew.
    let fault = fault(&verify::judge_published(&published, app).await?)
        .filter(|code| !(is_due && code == EXPIRED));
    let finding = Finding { disagreements: disagreements(&list, &published, app), fault };
    keep(&finding, &list, (college, kind, number), app).await
}

#[derive(Debug, PartialEq)]
struct Finding {
    disagreements: Vec<i32>,
    fault: Option<String>,
}

/// The indices on which bits, entries and documents do not all say the same.
fn disagreements(list: &ComparedList, published: &Value, app: &App) -> Vec<i32> {
    let encoded = published["credentialSubject"]["encodedList"].as_str().unwrap_or_default();
    // A list that cannot be read names nobody; what is wrong with it is its fault.
    let bits = BitString::decode(encoded).unwrap_or_default();
    let bits: BTreeSet<i32> = (0..BITS)
        .filter(|index| bits.is_set(*index) == Ok(true))
        .filter_map(|index| i32::try_from(index).ok())
        .collect();
    let entries: BTreeSet<i32> = list.entries.iter().copied().collect();
    let revoked: BTreeSet<i32> = list.revoked.iter().map(|one| one.index).collect();
    // Between a revocation and the next signing of the list only the bit is missing.
    let is_on_its_way =
        |one: &&RevokedIndex| app.now() - one.at < GRACE && entries.contains(&one.index);
    let on_their_way: BTreeSet<i32> =
        list.revoked.iter().filter(is_on_its_way).map(|one| one.index).collect();
    let said_by_all =
        |index: &i32| bits.contains(index) && entries.contains(index) && revoked.contains(index);
    let mut said: BTreeSet<i32> = &bits | &entries;
    said.extend(&revoked);
    said.into_iter().filter(|index| !said_by_all(index) && !on_their_way.contains(index)).collect()
}

/// Why nobody would believe the list as it is published.
fn fault(report: &Report) -> Option<String> {
    let failed = report.checks.iter().find(|check| check.state == CheckState::Fail);
    failed.map(|check| check.code.clone())
}

async fn keep(
    finding: &Finding,
    list: &ComparedList,
    (college, kind, number): (CollegeId, &str, i32),
    app: &App,
) -> Result<bool, Refusal> {
    let fault = finding.fault.as_deref();
    let wrong = fault.is_some() || !finding.disagreements.is_empty();
    let mut tx = app.database.tenant(college).await?;
    let kept = tx
        .keep_comparison((kind, number), list.signed_at, &finding.disagreements, fault, app.now())
        .await?;
    // Signed anew in between: the next comparison looks at that one.
    if !kept {
        return Ok(false);
    }
    let known = list.disagreements == finding.disagreements && list.fault.as_deref() == fault;
    if !known {
        let named: Vec<i32> = finding.disagreements.iter().copied().take(NAMED).collect();
        let facts = json!({
            "list": format!("{kind}-{number}"), "disagreements": finding.disagreements.len(), "indices": named, "fault": fault,
        });
        let word = if wrong { "status_mismatch" } else { "status_agrees" };
        record(Happening::in_college(word, facts), Actor::HUB, &mut tx, app).await?;
    }
    tx.commit().await?;
    if wrong {
        let disagreements = finding.disagreements.len();
        tracing::error!(
            %college, list = kind, number, disagreements, fault,
            "a published status list and the record of the college disagree: see docs/operating.md"
        );
    }
    Ok(wrong)
}
