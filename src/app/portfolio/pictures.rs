//! Which pictures of evidence a portfolio shows, and how large.

use super::material::{Chosen, Material};
use crate::app::{App, Refusal};
use crate::blobs::Digest;
use crate::domain::ids::CollegeId;
use crate::portfolio::compose::Size;
use crate::storage::EvidenceRow;

/// Pictures beyond this number are printed small, so that a file can still be sent by mail.
const LARGE_PICTURES: usize = 12;
/// Paths for pictures there are.
const MOST_PICTURES: usize = 999;
/// Octets of pictures in a small document to begin with: what stands beside them takes the rest.
const SMALL_BUDGET: usize = 600_000;

/// How pictures are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// All of them, the first ones large enough to read.
    All,
    /// All of them, small.
    Thumbs,
    /// Small ones up to so many octets, every achievement's first before anybody's second.
    Within(usize),
}

impl Choice {
    /// What a document of this size begins with.
    pub(super) fn of(size: Size) -> Self {
        match size {
            Size::Full => Self::All,
            Size::Small => Self::Within(SMALL_BUDGET),
        }
    }

    /// The next to try where the file became too large; none where nothing is left to leave out.
    pub(super) fn tighter(self) -> Option<Self> {
        match self {
            Self::All => Some(Self::Thumbs),
            Self::Thumbs => Some(Self::Within(SMALL_BUDGET)),
            Self::Within(0) => None,
            Self::Within(octets) if octets < 20_000 => Some(Self::Within(0)),
            Self::Within(octets) => Some(Self::Within(octets / 3 * 2)),
        }
    }
}

/// The pictures of each chosen achievement, in the order of its files; none where one is left out.
pub(super) async fn read(
    choice: Choice,
    material: &Material,
    college: CollegeId,
    app: &App,
) -> Result<Vec<Vec<Option<Vec<u8>>>>, Refusal> {
    let mut read: Vec<Vec<Option<Vec<u8>>>> =
        material.chosen.iter().map(|chosen| vec![None; chosen.files.len()]).collect();
    let mut taken = 0;
    let mut octets = 0;
    for (item, file) in order(choice, &material.chosen) {
        if taken == MOST_PICTURES {
            break;
        }
        let row = &material.chosen[item].files[file];
        let bytes = blob(digest(choice, taken, row), college, app).await?;
        if let Choice::Within(most) = choice
            && octets + bytes.len() > most
        {
            continue;
        }
        octets += bytes.len();
        taken += 1;
        read[item][file] = Some(bytes);
    }
    Ok(read)
}

/// The order in which pictures are taken.
fn order(choice: Choice, chosen: &[Chosen]) -> Vec<(usize, usize)> {
    let mut order: Vec<(usize, usize)> = chosen
        .iter()
        .enumerate()
        .flat_map(|(item, chosen)| (0..chosen.files.len()).map(move |file| (item, file)))
        .collect();
    if matches!(choice, Choice::Within(_)) {
        order.sort_by_key(|&(item, file)| (file, item));
    }
    order
}

fn digest(choice: Choice, taken: usize, row: &EvidenceRow) -> &[u8] {
    match choice {
        Choice::All if taken < LARGE_PICTURES => {
            row.print_sha256.as_ref().unwrap_or(&row.rendition_sha256)
        }
        Choice::All | Choice::Thumbs | Choice::Within(_) => &row.thumb_sha256,
    }
}

async fn blob(digest: &[u8], college: CollegeId, app: &App) -> Result<Vec<u8>, Refusal> {
    let digest = digest
        .try_into()
        .map_err(|_| Refusal::internal(anyhow::anyhow!("a digest is not 32 octets long")))?;
    app.blobs.read(college, Digest(digest)).await.map_err(Refusal::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_is_too_large_loses_pictures_until_none_is_left() {
        let mut choice = Choice::of(Size::Small);
        let mut rounds = 0;
        while let Some(tighter) = choice.tighter() {
            choice = tighter;
            rounds += 1;
        }
        assert_eq!(choice, Choice::Within(0));
        assert!(rounds < 12, "{rounds}");
    }
}
