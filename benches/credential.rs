//! The credential core, each step alone. `hub bench` has the same beside raw Ed25519 and the JavaScript reference.

use std::hint::black_box;

use chrono::TimeDelta;
use criterion::{Criterion, criterion_group, criterion_main};
use hub::cli::bench::sample::Sample;
use hub::credential::build::achievement_credential;
use hub::credential::lint::{Kind, LintFacts, lint};
use hub::credential::parse;
use hub::credential::proof::{ProofOptions, check, prepare, record_hash};
use hub::credential::verify::verify;

fn issue(criterion: &mut Criterion) {
    let sample = Sample::new();
    let facts = sample.facts(1);
    let draft = achievement_credential(&facts);
    let expected = LintFacts { issuer_did: facts.issuer.did.clone(), kind: Kind::Achievement };
    let options =
        ProofOptions { verification_method: "did:web:a#b".into(), created: sample.issued_at() };
    criterion
        .bench_function("issue/build", |b| b.iter(|| achievement_credential(black_box(&facts))));
    criterion.bench_function("issue/lint", |b| {
        b.iter_batched(
            || draft.clone(),
            |draft| lint(draft, &expected),
            criterion::BatchSize::SmallInput,
        );
    });
    criterion.bench_function("issue/prepare", |b| b.iter(|| prepare(black_box(&draft), &options)));
    criterion.bench_function("issue/whole", |b| b.iter(|| sample.issue(black_box(&facts)).is_ok()));
}

fn judge(criterion: &mut Criterion) {
    let sample = Sample::new();
    let Ok(document) = sample.issue(&sample.facts(1)) else { return };
    let text = document.to_string();
    let knowledge = sample.knowledge(&[&document]);
    let now = sample.issued_at() + TimeDelta::days(2);
    let key = sample.key().verifying_key().to_bytes();
    criterion.bench_function("verify/parse", |b| b.iter(|| parse(black_box(text.as_bytes()))));
    criterion
        .bench_function("verify/record hash", |b| b.iter(|| record_hash(black_box(&document))));
    for (place, name) in ["verify/rdfc proof", "verify/jcs proof"].into_iter().enumerate() {
        criterion.bench_function(name, |b| {
            b.iter(|| check(black_box(&document), &document["proof"][place], &key));
        });
    }
    criterion.bench_function("verify/report", |b| {
        b.iter(|| verify(black_box(&document), &knowledge, now))
    });
}

criterion_group!(benches, issue, judge);
criterion_main!(benches);
