//! The files of the demo: certificates laid out by typst, photos drawn by hand.

use super::content::{DemoEvidence, DemoSubject};
use super::{certificate, photo};

/// Makes the file of an item: its name, media type and bytes; the same item gives the same bytes.
pub fn evidence(item: &DemoEvidence) -> (String, &'static str, Vec<u8>) {
    match &item.subject {
        DemoSubject::Certificate(certificate) => certificate::certificate(certificate, item.seed),
        DemoSubject::Photo(scene) => photo::photo(*scene, item.seed),
    }
}
