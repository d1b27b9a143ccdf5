//! What a portfolio is made of: the student's credentials that hold, and who signs.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::app::{App, Refusal, keys, sealed};
use crate::domain::ids::{AchievementId, CredentialId};
use crate::domain::member::{Caller, Language};
use crate::portfolio::compose::Size;
use crate::portfolio::render::LAYOUTS;
use crate::portfolio::sign::Level;
use crate::storage::{
    CollegeRow, CredentialFacts, CredentialRow, EvidenceRow, KeyRow, PapersRow, StudentFacts,
};

/// What a student asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportRequest {
    /// Only these achievements; all that hold, where none are named.
    pub achievements: Option<Vec<AchievementId>>,
    /// Name of the layout.
    pub template: String,
    /// Language of the layout's own words.
    pub locale: Language,
    /// How much room it may take.
    pub size: Size,
}

/// An approved achievement with its files.
pub(super) struct Chosen {
    pub(super) credential: CredentialRow,
    pub(super) facts: CredentialFacts,
    pub(super) files: Vec<EvidenceRow>,
}

/// Everything that decides what the file will be.
pub(super) struct Material {
    pub(super) college: CollegeRow,
    pub(super) papers: PapersRow,
    pub(super) student: StudentFacts,
    pub(super) chosen: Vec<Chosen>,
    pub(super) partial: bool,
    pub(super) credential_key: KeyRow,
    pub(super) document_key: KeyRow,
    /// The college's own, where it has one that signs.
    pub(super) authority: Option<KeyRow>,
    /// How far the signature is to carry.
    pub(super) level: Level,
}

impl Material {
    /// How many pictures it has to print.
    pub(super) fn pictures(&self) -> usize {
        self.chosen.iter().map(|chosen| chosen.files.len()).sum()
    }

    /// The credentials inside, in order.
    pub(super) fn credentials(&self) -> Vec<CredentialId> {
        self.chosen.iter().map(|chosen| chosen.credential.id.into()).collect()
    }

    /// The same, each with the issue of it that goes in.
    pub(super) fn generations(&self) -> Vec<(CredentialId, i32)> {
        let rows = self.chosen.iter().map(|chosen| &chosen.credential);
        rows.map(|row| (row.id.into(), row.generation)).collect()
    }

    /// Of the request and of everything the file is made from, at the level its signature reached: the same hash, the
    /// same file. One that lacks the time-stamp which was wanted does not stand in the way of one that has it.
    pub(super) fn hash(&self, request: &ExportRequest, level: Level) -> [u8; 32] {
        let (college, student, papers) = (&self.college, &self.student, &self.papers);
        let text = |text: &Option<String>| text.clone().unwrap_or_default().into_bytes();
        let bytes = |bytes: &Option<Vec<u8>>| bytes.clone().unwrap_or_default();
        let small = [u8::from(request.size == Size::Small), u8::from(self.partial)];
        let parts: [Vec<u8>; 22] = [
            request.template.clone().into(),
            request.locale.as_str().into(),
            small.into(),
            self.credential_key.kid.clone().into(),
            self.document_key.kid.clone().into(),
            college.name.clone().into(),
            text(&college.name_native),
            text(&college.address),
            text(&college.website),
            college.colour.clone().into(),
            text(&college.footer),
            text(&college.signatory_name),
            text(&college.signatory_title),
            bytes(&college.logo),
            bytes(&papers.seal),
            bytes(&papers.signature),
            student.full_name.clone().into(),
            text(&student.full_name_native),
            text(&student.native_language),
            text(&student.programme),
            text(&student.department),
            text(&student.batch),
        ];
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        for chosen in &self.chosen {
            hasher.update(chosen.credential.id.as_bytes());
            hasher.update(chosen.credential.generation.to_be_bytes());
            hasher.update(chosen.credential.visibility.as_bytes());
        }
        if level > Level::Basic {
            hasher.update(level.as_str());
        }
        hasher.finalize().into()
    }
}

/// Refuses a layout that is not there; the college's languages are looked at by [`gather`].
pub(super) fn check(request: &ExportRequest) -> Result<(), Refusal> {
    if LAYOUTS.contains(&request.template.as_str()) {
        Ok(())
    } else {
        Err(Refusal::field("template", "unknown", "There is no such layout."))
    }
}

/// Everything that holds at this moment and was asked for.
pub(super) async fn gather(
    request: &ExportRequest,
    owner: &Caller,
    app: &App,
) -> Result<Material, Refusal> {
    let mut tx = app.database.tenant(owner.college).await?;
    let college = tx.own_college().await?;
    let papers = tx.papers().await?;
    if !papers.languages.iter().any(|word| word == request.locale.as_str()) {
        return Err(Refusal::field(
            "locale",
            "not_offered",
            "Your college gives out no portfolios in this language.",
        ));
    }
    let all = tx.active_credentials(owner.member, None).await?;
    let named: Option<HashSet<uuid::Uuid>> =
        request.achievements.as_ref().map(|ids| ids.iter().map(|id| id.0).collect());
    let wanted = |id: uuid::Uuid| named.as_ref().is_none_or(|named| named.contains(&id));
    let partial = all.iter().any(|row| !wanted(row.achievement_id));
    let mut chosen = Vec::new();
    for credential in all.into_iter().filter(|row| wanted(row.achievement_id)) {
        let facts =
            tx.credential_facts(credential.achievement_id.into(), credential.revision).await?;
        let files = tx.evidence_of(credential.achievement_id.into(), credential.revision).await?;
        chosen.push(Chosen { credential, facts, files });
    }
    if named.is_some_and(|named| named.len() != chosen.len()) {
        return Err(Refusal::field(
            "achievements",
            "unknown",
            "One of these is not an approved achievement of yours.",
        ));
    }
    if chosen.is_empty() {
        return Err(Refusal::Conflict(
            "There is nothing to export yet: a portfolio is made of approved achievements.",
        ));
    }
    let ids: Vec<CredentialId> = chosen.iter().map(|chosen| chosen.credential.id.into()).collect();
    if tx.awaits_new_signatures(&ids).await? {
        return Err(Refusal::Conflict(
            "Your college is signing its credentials anew at the moment; please try again in a few minutes.",
        ));
    }
    let credential_key = tx.active_key(keys::CREDENTIALS).await?;
    let document_key = tx.active_key(keys::DOCUMENTS).await?;
    let authority = tx.active_key(keys::AUTHORITY).await?;
    let certified = |key: &KeyRow| authority.is_some() || !key.chain.is_empty();
    let document_key = document_key.filter(certified);
    let student = tx.student_facts(owner.member).await?;
    tx.commit().await?;
    let (Some(credential_key), Some(document_key)) = (credential_key, document_key) else {
        return Err(Refusal::Conflict(
            "Your college has no active signing key at the moment; please try again later.",
        ));
    };
    let level = sealed::level(&papers, &document_key, app)?;
    let material = Material {
        level,
        college,
        papers,
        student,
        chosen,
        partial,
        credential_key,
        document_key,
        authority,
    };
    Ok(material)
}

/// The day in the college's time zone.
pub(in crate::app) fn local_day(time: DateTime<Utc>) -> chrono::NaiveDate {
    /// Colleges of this deployment keep Indian time: UTC+05:30.
    const COLLEGE_TIME: i32 = 19_800;
    let zone = chrono::FixedOffset::east_opt(COLLEGE_TIME).expect("less than a day");
    time.with_timezone(&zone).date_naive()
}
