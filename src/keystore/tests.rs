use std::fs;
use std::os::unix::fs::PermissionsExt;

use ed25519_dalek::{Signature, VerifyingKey};
use p256::ecdsa::signature::Verifier;
use tempfile::TempDir;

use super::*;

fn keystore(folder: &TempDir, name: &str) -> Keystore {
    Keystore::open(&folder.path().join(name), MissingMasterKey::Create).unwrap()
}

struct Stored {
    owner: KeyOwner,
    key_id: Uuid,
    key: SealedKey,
}

impl Stored {
    fn new(keystore: &Keystore, algorithm: Algorithm) -> Self {
        let (owner, key_id) =
            (KeyOwner::College(CollegeId(Uuid::from_u128(7))), Uuid::from_u128(42));
        Self { owner, key_id, key: keystore.create(owner, key_id, algorithm).unwrap() }
    }

    fn as_ref(&self) -> SealedKeyRef<'_> {
        SealedKeyRef {
            owner: self.owner,
            key_id: self.key_id,
            algorithm: self.key.algorithm,
            bytes: &self.key.bytes,
            version: self.key.version,
        }
    }
}

#[test]
fn ed25519_signatures_pass_the_strict_check() {
    let folder = TempDir::new().unwrap();
    let keystore = keystore(&folder, "master.key");
    let stored = Stored::new(&keystore, Algorithm::Ed25519);
    let public = VerifyingKey::from_bytes(stored.key.public_key[..].try_into().unwrap()).unwrap();

    let signatures = keystore.sign_batch(&stored.as_ref(), &[b"one", b"two"]).unwrap();

    public.verify_strict(b"one", &Signature::from_bytes(&signatures[0])).unwrap();
    public.verify_strict(b"two", &Signature::from_bytes(&signatures[1])).unwrap();
    assert!(public.verify_strict(b"two", &Signature::from_bytes(&signatures[0])).is_err());
}

#[test]
fn p256_signatures_verify_under_the_uncompressed_public_key() {
    let folder = TempDir::new().unwrap();
    let keystore = keystore(&folder, "master.key");
    let stored = Stored::new(&keystore, Algorithm::P256);
    assert_eq!((stored.key.public_key.len(), stored.key.public_key[0]), (65, 4));
    let public = p256::ecdsa::VerifyingKey::from_sec1_bytes(&stored.key.public_key).unwrap();

    let signatures = keystore.sign_batch(&stored.as_ref(), &[b"a document"]).unwrap();

    let signature = p256::ecdsa::Signature::from_slice(&signatures[0]).unwrap();
    public.verify(b"a document", &signature).unwrap();
    assert!(public.verify(b"another document", &signature).is_err());
}

#[test]
fn signing_again_gives_the_same_bytes_also_after_a_restart() {
    let folder = TempDir::new().unwrap();
    for algorithm in [Algorithm::Ed25519, Algorithm::P256] {
        let first = keystore(&folder, "master.key");
        let stored = Stored::new(&first, algorithm);
        let before = first.sign_batch(&stored.as_ref(), &[b"message"]).unwrap();
        let again = keystore(&folder, "master.key");
        assert_eq!(again.sign_batch(&stored.as_ref(), &[b"message"]).unwrap(), before);
    }
}

#[test]
fn a_seal_opens_only_for_its_owner_key_version_and_algorithm() {
    let folder = TempDir::new().unwrap();
    let keystore = keystore(&folder, "master.key");
    let stored = Stored::new(&keystore, Algorithm::Ed25519);
    let good = stored.as_ref();
    keystore.sign_batch(&good, &[b"m"]).unwrap();
    let others = [
        SealedKeyRef { owner: KeyOwner::College(CollegeId(Uuid::from_u128(8))), ..good },
        SealedKeyRef { owner: KeyOwner::Platform, ..good },
        SealedKeyRef { key_id: Uuid::from_u128(43), ..good },
        SealedKeyRef { version: 2, ..good },
        SealedKeyRef { algorithm: Algorithm::P256, ..good },
    ];
    for other in others {
        assert_eq!(keystore.sign_batch(&other, &[b"m"]).unwrap_err(), SignError::BrokenSeal);
    }
}

#[test]
fn a_college_with_the_nil_id_is_not_the_platform() {
    let folder = TempDir::new().unwrap();
    let keystore = keystore(&folder, "master.key");
    let (owner, key_id) = (KeyOwner::College(CollegeId(Uuid::nil())), Uuid::nil());
    let stored =
        Stored { owner, key_id, key: keystore.create(owner, key_id, Algorithm::P256).unwrap() };
    let as_platform = SealedKeyRef { owner: KeyOwner::Platform, ..stored.as_ref() };
    assert_eq!(keystore.public_key(&as_platform).unwrap_err(), SignError::BrokenSeal);
}

#[test]
fn every_changed_byte_of_a_seal_is_noticed() {
    let folder = TempDir::new().unwrap();
    let keystore = keystore(&folder, "master.key");
    let stored = Stored::new(&keystore, Algorithm::Ed25519);
    for index in 0..stored.key.bytes.len() {
        let mut bytes = stored.key.bytes.clone();
        bytes[index] ^= 1;
        let key = SealedKeyRef { bytes: &bytes, ..stored.as_ref() };
        assert!(keystore.sign_batch(&key, &[b"m"]).is_err(), "byte {index}");
    }
    for length in [0, 1, 80, 82] {
        let mut bytes = stored.key.bytes.clone();
        bytes.resize(length, 0);
        let key = SealedKeyRef { bytes: &bytes, ..stored.as_ref() };
        assert_eq!(keystore.public_key(&key).unwrap_err(), SignError::Layout);
    }
}

#[test]
fn the_dump_without_the_master_key_signs_nothing() {
    let folder = TempDir::new().unwrap();
    let stored = Stored::new(&keystore(&folder, "master.key"), Algorithm::Ed25519);
    let thief = keystore(&folder, "another.key");
    assert_eq!(thief.sign_batch(&stored.as_ref(), &[b"m"]).unwrap_err(), SignError::OtherMasterKey);
}

#[test]
fn verify_seal_wants_the_very_public_key() {
    let folder = TempDir::new().unwrap();
    let keystore = keystore(&folder, "master.key");
    let stored = Stored::new(&keystore, Algorithm::P256);
    keystore.verify_seal(&stored.as_ref(), &stored.key.public_key).unwrap();
    let other = keystore.create(stored.owner, stored.key_id, Algorithm::P256).unwrap();
    assert!(keystore.verify_seal(&stored.as_ref(), &other.public_key).is_err());
}

#[test]
fn a_resealed_key_signs_the_same_under_the_next_master_key_only() {
    let folder = TempDir::new().unwrap();
    let (old, new) = (keystore(&folder, "old.key"), keystore(&folder, "new.key"));
    for algorithm in [Algorithm::Ed25519, Algorithm::P256] {
        let stored = Stored::new(&old, algorithm);
        let moved = Stored { key: old.reseal(&stored.as_ref(), &new).unwrap(), ..stored };
        assert_eq!(moved.key.version, 2);
        assert_eq!(moved.key.public_key, stored.key.public_key);
        assert_eq!(
            new.sign_batch(&moved.as_ref(), &[b"m"]).unwrap(),
            old.sign_batch(&stored.as_ref(), &[b"m"]).unwrap()
        );
        assert_eq!(old.public_key(&moved.as_ref()).unwrap_err(), SignError::OtherMasterKey);
    }
}

#[test]
fn no_two_keys_and_no_two_seals_are_alike() {
    let folder = TempDir::new().unwrap();
    let keystore = keystore(&folder, "master.key");
    let (one, two) =
        (Stored::new(&keystore, Algorithm::Ed25519), Stored::new(&keystore, Algorithm::Ed25519));
    assert_ne!(one.key.public_key, two.key.public_key);
    let resealed = keystore.reseal(&one.as_ref(), &keystore).unwrap();
    assert_ne!(resealed.bytes[9..33], one.key.bytes[9..33], "the nonce is fresh");
}

#[test]
fn a_missing_master_key_is_made_only_when_asked_and_only_for_its_owner() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("keys/master.key");
    assert!(matches!(
        Keystore::open(&path, MissingMasterKey::Refuse),
        Err(OpenError::Missing(missing)) if missing == path
    ));
    assert!(!path.exists());

    Keystore::open(&path, MissingMasterKey::Create).unwrap();

    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(names.len(), 1, "no draft is left behind: {names:?}");
}

#[test]
fn an_existing_master_key_is_never_replaced() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    Keystore::open(&path, MissingMasterKey::Create).unwrap();
    let before = fs::read(&path).unwrap();
    Keystore::open(&path, MissingMasterKey::Create).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn keystores_opened_at_once_for_the_first_time_agree_on_one_master_key() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    let opened: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| Keystore::open(&path, MissingMasterKey::Create)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
    });
    let stored = Stored::new(&keystore(&folder, "master.key"), Algorithm::Ed25519);
    for keystore in opened {
        keystore.verify_seal(&stored.as_ref(), &stored.key.public_key).unwrap();
    }
}

#[test]
fn a_master_key_that_others_can_read_is_refused_with_the_cure() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    Keystore::open(&path, MissingMasterKey::Create).unwrap();
    for mode in [0o640, 0o604, 0o660, 0o666] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = Keystore::open(&path, MissingMasterKey::Refuse).err().unwrap();
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    Keystore::open(&path, MissingMasterKey::Refuse).unwrap();
}

#[test]
fn a_file_that_is_no_master_key_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    for content in
        ["", "short", &"0".repeat(63), &"0".repeat(65), &"x".repeat(64), &"0".repeat(500)]
    {
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(
            matches!(Keystore::open(&path, MissingMasterKey::Create), Err(OpenError::Malformed(_))),
            "{content}"
        );
    }
}
