//! Status lists: drawing an index, setting a bit, signing the list anew.

use std::collections::HashSet;

use chrono::{Duration, SubsecRound};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::index::sample;

use super::record::enqueue;
use super::{App, Refusal, keys, measure};
use crate::credential::build::{StatusFacts, StatusListFacts, status_list_credential};
use crate::credential::lint::{Kind, LintFacts, lint};
use crate::credential::proof::ProofOptions;
use crate::credential::status_list::BitString;
use crate::domain::ids::CollegeId;
use crate::domain::job::Job;
use crate::storage::{LIST_LENGTH, StatusListKind, TenantTx};

/// A list is signed anew at least this often.
const REFRESH_AFTER: Duration = Duration::hours(24);
/// A list that is older than this must be fetched anew (at most seven days, our profile).
const LIST_LIFE: Duration = Duration::days(7);

/// Draw an index that was never used, at random, so that its place tells nothing.
pub(crate) async fn draw_index(
    kind: StatusListKind,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(i32, i32), Refusal> {
    // At 60 % use, eight candidates are all taken once in sixty draws; four rounds never in practice.
    for _ in 0..8 {
        let drawn = tx.draw_status_index(kind, &candidates(app.random_bytes())).await?;
        if let Some(place) = drawn {
            return Ok(place);
        }
    }
    Err(Refusal::internal(anyhow::anyhow!("no free index was drawn from the status list")))
}

/// Draw a block of indices that were never used, in one go; a list that fills up is followed by the next.
pub(crate) async fn draw_block(
    kind: StatusListKind,
    count: usize,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Vec<(i32, i32)>, Refusal> {
    let mut random = StdRng::from_seed(app.random_bytes());
    let mut places = Vec::with_capacity(count);
    while places.len() < count {
        let (number, room) = tx.hold_open_list(kind).await?;
        let taken: HashSet<i32> = tx.taken_indices(kind, number).await?.into_iter().collect();
        let free: Vec<i32> = (0..LIST_LENGTH).filter(|index| !taken.contains(index)).collect();
        let wanted = room.min(count - places.len());
        let drawn: Vec<i32> =
            sample(&mut random, free.len(), wanted).into_iter().map(|place| free[place]).collect();
        if tx.take_indices(kind, number, &drawn).await?.len() != drawn.len() {
            return Err(Refusal::internal(anyhow::anyhow!(
                "a free index of a held list was taken"
            )));
        }
        places.extend(drawn.into_iter().map(|index| (number, index)));
    }
    Ok(places)
}

/// Set the bit of a document, and have the list published again.
pub(crate) async fn set_bit(
    kind: StatusListKind,
    (number, index): (i32, i32),
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    tx.set_status(kind, number, index, app.now()).await?;
    let job = Job::PublishStatusList { list: kind.as_str().to_owned(), number };
    enqueue(&job, tx, app).await
}

/// Have every list of the college signed anew, such as by its new key.
pub(crate) async fn republish_all(tx: &mut TenantTx, app: &App) -> Result<(), Refusal> {
    for (list, number, _) in tx.status_list_names().await? {
        enqueue(&Job::PublishStatusList { list, number }, tx, app).await?;
    }
    Ok(())
}

/// Sign a list as it is now, and publish it. Does nothing where the college has no active key: the old list stays.
pub async fn publish(
    college: CollegeId,
    list: &str,
    number: i32,
    app: &App,
) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(college).await?;
    sign_and_keep(list, number, &mut tx, app).await?;
    Ok(tx.commit().await?)
}

/// Publish a list that never was, in the transaction of the first act that draws from it: whoever gets a document
/// finds its list.
pub(crate) async fn ensure_published(
    kind: StatusListKind,
    number: i32,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    match tx.status_list(kind.as_str(), number).await? {
        Some(_) => Ok(()),
        None => sign_and_keep(kind.as_str(), number, tx, app).await,
    }
}

async fn sign_and_keep(
    list: &str,
    number: i32,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let slug = tx.own_college().await?.slug;
    let Some(key) = tx.hold_active_key(keys::CREDENTIALS).await? else { return Ok(()) };
    let Some(bits) = tx.lock_set_bits(list, number).await? else { return Ok(()) };
    let bits = BitString::with(bits.into_iter().filter_map(|bit| u32::try_from(bit).ok()))
        .map_err(Refusal::internal)?;
    let now = app.now().trunc_subsecs(0);
    let did = app.public_url.did(&slug);
    let draft = status_list_credential(&StatusListFacts {
        id: app.public_url.status_list(&slug, list, number),
        issuer_did: did.clone(),
        valid_from: now,
        valid_until: now + LIST_LIFE,
        encoded_list: bits.encode(),
    });
    let linted = lint(draft, &LintFacts { issuer_did: did.clone(), kind: Kind::StatusList })
        .map_err(Refusal::internal)?;
    let options = ProofOptions { verification_method: format!("{did}#{}", key.kid), created: now };
    let prepared = linted.prepare(&options).map_err(Refusal::internal)?;
    let signatures = keys::sign(&key, tx.college(), &prepared.messages(), app)?;
    let signed = prepared
        .attach(&pair(&signatures)?, &keys::ed25519_public(&key.public_key)?)
        .map_err(Refusal::internal)?;
    tx.publish_status_list(list, number, &signed.to_string(), app.now()).await?;
    Ok(tx.count_signatures(key.id.into(), 2, app.now()).await?)
}

/// Have every list signed anew that was signed more than a day ago.
pub async fn refresh_old(app: &App) -> Result<(), Refusal> {
    let mut oldest = None;
    for college in app.database.college_ids().await? {
        let mut tx = app.database.tenant(college).await?;
        let old = app.now() - REFRESH_AFTER;
        for (list, number, signed_at) in tx.status_list_names().await? {
            oldest = oldest.into_iter().chain(signed_at).min();
            if signed_at.is_none_or(|at| at < old) {
                enqueue(&Job::PublishStatusList { list, number }, &mut tx, app).await?;
            }
        }
        tx.commit().await?;
    }
    measure::note_oldest_list(oldest.unwrap_or_else(|| app.now()));
    Ok(())
}

/// Where the bit of a document stands, as the document says it.
pub(crate) fn facts(
    slug: &str,
    kind: StatusListKind,
    (number, index): (i32, i32),
    app: &App,
) -> Result<StatusFacts, Refusal> {
    Ok(StatusFacts {
        list_url: app.public_url.status_list(slug, kind.as_str(), number),
        index: u32::try_from(index).map_err(Refusal::internal)?,
    })
}

/// The two signatures of a proof set.
pub(crate) fn pair(signatures: &[[u8; 64]]) -> Result<[[u8; 64]; 2], Refusal> {
    signatures
        .try_into()
        .map_err(|_| Refusal::internal(anyhow::anyhow!("a proof set takes two signatures")))
}

/// Eight indices, each as likely as any other: 131,072 is a power of two.
fn candidates(random: [u8; 32]) -> Vec<i32> {
    let number =
        |octets: &[u8]| i32::from_be_bytes([0, octets[0], octets[1], octets[2]]) & 0x1_ffff;
    random.chunks_exact(4).map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::status_list::BITS;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the distribution of what is drawn is the test")]
    fn indices_are_drawn_from_the_whole_list_evenly() {
        let drawn: Vec<i32> = (0..8192).flat_map(|_| candidates(rand::random())).collect();
        assert!(drawn.iter().all(|index| (0..BITS).contains(&u32::try_from(*index).unwrap())));
        let mut buckets = [0_u32; 256];
        drawn.iter().for_each(|index| buckets[usize::try_from(index / 512).unwrap()] += 1);
        // Chi squared of 255 degrees of freedom: above 400 once in some hundred million runs.
        let expected = drawn.len() as f64 / 256.0;
        let chi: f64 =
            buckets.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
        assert!(chi < 400.0, "{chi}");
        // Neighbours follow each other no more often than chance has it: 2 of 131,072.
        let neighbours = drawn.windows(2).filter(|pair| (pair[0] - pair[1]).abs() == 1).count();
        assert!(neighbours < 20, "{neighbours}");
    }
}
