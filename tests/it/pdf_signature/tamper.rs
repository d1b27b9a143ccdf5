//! Everything a forger can do to a signed portfolio, and the one finding that names it.

mod archive;
mod bytes;
mod cms_value;
mod revisions;
mod signed_by_the_college;

use super::college::{College, check};
use super::fixture::UNSIGNED;

/// A hostile file and the code it must be refused with.
pub struct Case {
    pub name: &'static str,
    pub pdf: Vec<u8>,
    pub code: &'static str,
}

pub fn case(name: &'static str, code: &'static str, pdf: Vec<u8>) -> Case {
    Case { name, pdf, code }
}

#[test]
fn no_tampered_file_is_accepted_and_each_is_named() {
    let college = College::new("kct", 1);
    let signed = college.sign_pdf(UNSIGNED);
    let trusted = [college.trusted(), College::new("psg", 5).trusted()];
    assert_eq!(check(&signed, &trusted).integrity(), Ok(()), "the file itself is good");

    let cases: Vec<Case> = [
        revisions::cases(&college, &signed),
        bytes::cases(&college, &signed),
        cms_value::cases(&college, &signed),
        signed_by_the_college::cases(&college, &signed),
    ]
    .into_iter()
    .flatten()
    .collect();
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let found = match check(&case.pdf, &trusted).integrity() {
                Ok(()) => "accepted",
                Err(finding) => finding.code(),
            };
            (found != case.code).then(|| format!("{}: {found}, not {}", case.name, case.code))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    let names: std::collections::HashSet<_> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len(), "every case is of its own kind");
    assert!(cases.iter().all(|case| case.pdf != signed), "every case differs from the good file");
    assert!(cases.len() >= 60, "only {} kinds", cases.len());
}

/// A portal may save a file anew: the signature is gone, the credential in it must not be.
#[test]
fn the_credential_survives_what_portals_do_to_files() {
    let signed = College::new("kct", 1).sign_pdf(UNSIGNED);
    for arguments in revisions::RESAVES {
        let saved = super::forge::qpdf(&signed, arguments);
        let found = hub::portfolio::check::attachment(&saved);
        assert_eq!(found.as_deref(), Some(super::fixture::CREDENTIAL), "{arguments:?}");
    }
}
