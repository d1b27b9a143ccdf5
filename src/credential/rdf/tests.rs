//! The two paths held together by generated documents.

use serde_json::Value;

use super::{general, planned_nquads, samples};

#[path = "../../../tests/it/generate.rs"]
mod generate;

use generate::{Random, SEED, variant};

const DOCUMENTS: usize = 12_000;

/// What a plan makes of a document must be what the general path makes of it; how often there was a plan.
fn compare(document: &Value) -> Result<bool, String> {
    let Some(planned) = planned_nquads(document, None) else { return Ok(false) };
    let planned = String::from_utf8(planned).map_err(|error| error.to_string())?;
    match general::canonical_nquads(document) {
        Ok(general) if general == planned => Ok(true),
        Ok(general) => Err(format!("{document}\nplanned:\n{planned}\ngeneral:\n{general}")),
        Err(error) => Err(format!("{document}\nplanned:\n{planned}\ngeneral: {error}")),
    }
}

#[test]
fn a_plan_gives_what_the_general_path_gives_for_twelve_thousand_documents() {
    let seed = std::env::var("FUZZ_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or(SEED);
    println!("FUZZ_SEED={seed}");
    let mut random = Random::new(seed);
    let samples = samples::all();
    let mut planned = vec![0; samples.len()];
    // Portfolios are large and slow on the general path; the others make up the count.
    let turns = [0, 0, 0, 0, 2, 0, 0, 3, 0, 4, 0, 0, 1, 0, 0, 5];
    for number in 0..DOCUMENTS {
        let kind = turns[number % turns.len()];
        let document = variant(&samples[kind], &mut random);
        match compare(&document) {
            Ok(by_plan) => planned[kind] += usize::from(by_plan),
            Err(difference) => panic!("FUZZ_SEED={seed}, document {number}:\n{difference}"),
        }
    }
    println!("by plan, of each kind: {planned:?}");
    let total: usize = planned.iter().sum();
    assert!(total > DOCUMENTS / 2, "only {total} documents had a plan: {planned:?}");
    assert!(planned.iter().all(|count| *count > 50), "{planned:?}");
    assert!(DOCUMENTS - total > 500, "hardly a document strayed from its plan: {planned:?}");
}
