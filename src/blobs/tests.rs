use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use uuid::Uuid;

use super::*;

const COLLEGE: CollegeId = CollegeId(Uuid::from_u128(1));
const OTHER: CollegeId = CollegeId(Uuid::from_u128(2));

async fn blobs() -> (TempDir, Blobs) {
    let folder = TempDir::new().unwrap();
    let blobs = Blobs::open(folder.path().join("blobs")).await.unwrap();
    (folder, blobs)
}

async fn store(blobs: &Blobs, college: CollegeId, bytes: &[u8]) -> Received {
    let mut writer = blobs.receive(college, 1 << 20).await.unwrap();
    for piece in bytes.chunks(1000) {
        writer.write(piece).await.unwrap();
    }
    writer.finish().await.unwrap()
}

fn temporaries(blobs: &Blobs, college: CollegeId) -> usize {
    fs::read_dir(blobs.root.join(college.to_string()).join(receive::INCOMING)).unwrap().count()
}

/// A moment that every file so far lies before.
fn soon() -> SystemTime {
    fs::metadata(TempDir::new().unwrap().path()).unwrap().modified().unwrap()
        + Duration::from_secs(60)
}

#[tokio::test]
async fn what_was_received_is_read_back_under_its_sha_256() {
    let (_folder, blobs) = blobs().await;
    let received = store(&blobs, COLLEGE, b"abc").await;
    // FIPS 180-2, appendix B.1.
    assert_eq!(
        received.digest.to_string(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(received.size, 3);
    assert_eq!(blobs.read(COLLEGE, received.digest).await.unwrap(), b"abc");
    let mut streamed = Vec::new();
    let mut file = blobs.open_file(COLLEGE, received.digest).await.unwrap();
    file.read_to_end(&mut streamed).await.unwrap();
    assert_eq!(streamed, b"abc");
}

#[tokio::test]
async fn a_file_lies_at_its_college_and_digest_readable_by_the_hub_alone() {
    let (_folder, blobs) = blobs().await;
    let received = store(&blobs, COLLEGE, b"abc").await;
    let path = blobs
        .root
        .join("00000000-0000-0000-0000-000000000001/ba/78")
        .join(received.digest.to_string());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for folder in path.ancestors().skip(1).take(4) {
        assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
    }
    assert_eq!(temporaries(&blobs, COLLEGE), 0);
}

#[tokio::test]
async fn one_colleges_file_is_not_anothers() {
    let (_folder, blobs) = blobs().await;
    let digest = store(&blobs, COLLEGE, b"private").await.digest;
    assert!(!blobs.exists(OTHER, digest).await.unwrap());
    assert!(matches!(blobs.read(OTHER, digest).await, Err(ReadError::Missing(_))));
    assert!(matches!(blobs.open_file(OTHER, digest).await, Err(ReadError::Missing(_))));
    assert!(!blobs.remove(OTHER, digest).await.unwrap());

    store(&blobs, OTHER, b"private").await;
    assert!(blobs.remove(OTHER, digest).await.unwrap());
    assert!(blobs.exists(COLLEGE, digest).await.unwrap());
}

#[tokio::test]
async fn the_limit_is_exact_and_an_oversized_file_leaves_nothing() {
    let (_folder, blobs) = blobs().await;
    let mut exact = blobs.receive(COLLEGE, 10).await.unwrap();
    exact.write(b"12345").await.unwrap();
    exact.write(b"67890").await.unwrap();
    assert_eq!(exact.finish().await.unwrap().size, 10);

    let mut over = blobs.receive(COLLEGE, 10).await.unwrap();
    over.write(b"1234567890").await.unwrap();
    assert!(matches!(over.write(b"1").await, Err(ReceiveError::TooLarge { max_bytes: 10 })));
    drop(over);
    assert_eq!(temporaries(&blobs, COLLEGE), 0);
}

#[tokio::test]
async fn a_client_that_leaves_midway_leaves_nothing() {
    let (_folder, blobs) = blobs().await;
    let mut writer = blobs.receive(COLLEGE, 1 << 20).await.unwrap();
    writer.write(&[7; 300_000]).await.unwrap();
    assert_eq!(temporaries(&blobs, COLLEGE), 1);
    drop(writer);
    assert_eq!(temporaries(&blobs, COLLEGE), 0);
}

#[tokio::test]
async fn what_a_crash_left_is_swept_when_old_and_only_then() {
    let (_folder, blobs) = blobs().await;
    let kept = store(&blobs, COLLEGE, b"kept").await.digest;
    let mut writer = blobs.receive(COLLEGE, 1 << 20).await.unwrap();
    writer.write(&[7; 300_000]).await.unwrap();
    // A crash runs no destructor.
    std::mem::forget(writer);

    assert_eq!(blobs.sweep_temporaries(soon() - Duration::from_secs(3600)).await.unwrap(), 0);
    assert_eq!(temporaries(&blobs, COLLEGE), 1);
    assert_eq!(blobs.sweep_temporaries(soon()).await.unwrap(), 1);
    assert_eq!(temporaries(&blobs, COLLEGE), 0);
    assert_eq!(blobs.read(COLLEGE, kept).await.unwrap(), b"kept");
}

#[tokio::test]
async fn files_without_a_row_can_be_found_per_college() {
    let (_folder, blobs) = blobs().await;
    let (one, two) =
        (store(&blobs, COLLEGE, b"one").await.digest, store(&blobs, COLLEGE, b"two").await.digest);
    store(&blobs, OTHER, b"three").await;
    let mut expected = vec![one, two];
    expected.sort_unstable();
    assert_eq!(blobs.stored_before(COLLEGE, soon()).await.unwrap(), expected);
    let long_ago = soon() - Duration::from_secs(3600);
    assert_eq!(blobs.stored_before(COLLEGE, long_ago).await.unwrap(), []);
    assert_eq!(blobs.stored_before(CollegeId(Uuid::from_u128(9)), soon()).await.unwrap(), []);
}

#[tokio::test]
async fn the_same_bytes_received_sixteen_times_at_once_are_one_whole_file() {
    let (_folder, blobs) = blobs().await;
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (blobs, bytes) = (blobs.clone(), bytes.clone());
            tokio::spawn(async move { store(&blobs, COLLEGE, &bytes).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().digest, Digest::of(&bytes));
    }
    assert_eq!(blobs.read(COLLEGE, Digest::of(&bytes)).await.unwrap(), bytes);
    assert_eq!(blobs.stored_before(COLLEGE, soon()).await.unwrap().len(), 1);
    assert_eq!(temporaries(&blobs, COLLEGE), 0);
}

#[tokio::test]
async fn a_damaged_file_is_noticed_and_healed_by_receiving_it_again() {
    let (_folder, blobs) = blobs().await;
    let digest = store(&blobs, COLLEGE, b"good bytes").await.digest;
    fs::write(blobs.path(COLLEGE, digest), b"good byteX").unwrap();
    assert!(matches!(blobs.read(COLLEGE, digest).await, Err(ReadError::Damaged(_))));
    store(&blobs, COLLEGE, b"good bytes").await;
    assert_eq!(blobs.read(COLLEGE, digest).await.unwrap(), b"good bytes");
}

#[tokio::test]
async fn removed_is_removed_and_an_empty_file_is_a_file() {
    let (_folder, blobs) = blobs().await;
    let received = store(&blobs, COLLEGE, b"").await;
    assert_eq!(received, Received { digest: Digest::of(b""), size: 0 });
    assert!(blobs.exists(COLLEGE, received.digest).await.unwrap());
    assert!(blobs.remove(COLLEGE, received.digest).await.unwrap());
    assert!(!blobs.remove(COLLEGE, received.digest).await.unwrap());
    assert!(matches!(blobs.read(COLLEGE, received.digest).await, Err(ReadError::Missing(_))));
}

#[tokio::test]
async fn an_unused_file_is_swept_when_old_and_what_was_received_again_stays() {
    let (_folder, blobs) = blobs().await;
    let digest = store(&blobs, COLLEGE, b"unused").await.digest;
    let long_ago = soon() - Duration::from_secs(3600);
    assert!(!blobs.sweep(COLLEGE, digest, long_ago).await.unwrap(), "it was received a moment ago");
    assert_eq!(blobs.read(COLLEGE, digest).await.unwrap(), b"unused");
    assert!(!blobs.sweep(OTHER, digest, soon()).await.unwrap());
    assert!(blobs.sweep(COLLEGE, digest, soon()).await.unwrap());
    assert!(!blobs.exists(COLLEGE, digest).await.unwrap());
    assert!(!blobs.sweep(COLLEGE, digest, soon()).await.unwrap());
    assert_eq!(temporaries(&blobs, COLLEGE), 0);
}

#[tokio::test]
async fn what_a_crash_left_aside_is_put_back() {
    let (_folder, blobs) = blobs().await;
    let digest = store(&blobs, COLLEGE, b"in the middle").await.digest;
    let incoming = blobs.root.join(COLLEGE.to_string()).join(receive::INCOMING);
    fs::rename(blobs.path(COLLEGE, digest), incoming.join(format!("{digest}.swept"))).unwrap();
    assert_eq!(blobs.sweep_temporaries(soon()).await.unwrap(), 0, "it may be somebody's file");
    assert_eq!(blobs.restore_swept(COLLEGE).await.unwrap(), 1);
    assert_eq!(blobs.read(COLLEGE, digest).await.unwrap(), b"in the middle");
    assert_eq!(blobs.restore_swept(COLLEGE).await.unwrap(), 0);
}
