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

#[cfg(test)]
mod dump {
    use super::*;
    use crate::cli::demo::content::*;

    #[test]
    #[ignore]
    fn dump() {
        let dir = std::env::var("DUMP").unwrap();
        let only = std::env::var("ONLY").unwrap_or_default();
        let per: usize = std::env::var("PER").map(|p| p.parse().unwrap()).unwrap_or(1);
        let mut seen = std::collections::HashMap::new();
        for college in content(2026).colleges {
            for item in &college.achievements {
                for file in &item.evidence {
                    let key = match &file.subject {
                        DemoSubject::Certificate(c) => format!("{:?}-{:?}", c.design, c.paper),
                        DemoSubject::Photo(s) => format!("{s:?}"),
                    };
                    if !key.contains(&only) { continue; }
                    let count = seen.entry(format!("{}{key}", college.slug)).or_insert(0);
                    *count += 1;
                    if *count > per { continue; }
                    let start = std::time::Instant::now();
                    let (name, _, bytes) = evidence(file);
                    println!("{key} {} {} bytes {:?}", name, bytes.len(), start.elapsed());
                    std::fs::write(format!("{dir}/{key}-{}-{count}-{name}", college.slug), bytes).unwrap();
                }
            }
        }
    }
}
