//! What the specifications require of each class, held against what the hub issues.
//!
//! Written from Open Badges 3.0 and Comprehensive Learner Record 2.0 (1EdTech, "Data Model" of each), the Verifiable
//! Credentials Data Model 2.0 and the Bitstring Status List 1.0 (W3C). Sections are named by their class. The official
//! JSON schemas say the same in another form; how to run them over the same documents stands in docs/interoperability.md.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hub::app::work;
use hub::credential::build::achievement_credential;
use hub::credential::contexts;
use serde_json::{Value, json};

use crate::lifecycle::{act, approved, content, picture, upload};
use crate::samples::{anna, banaras};
use crate::support::{TestHub, text};

/// How often a member stands on an object of its class.
#[derive(Clone, Copy, PartialEq)]
enum Count {
    /// 1
    One,
    /// 0..1
    AtMostOne,
    /// 0..*, written as an array wherever it stands.
    Any,
    /// 1..*, written as an array.
    Some,
}

/// What a value must look like.
#[derive(Clone, Copy)]
enum Form {
    Text,
    /// `xsd:boolean`
    Boolean,
    /// An absolute IRI.
    Iri,
    /// `http` or `https`.
    Url,
    /// `DateTimeZ`: with a zone; the hub writes UTC, ending in `Z`.
    Time,
    /// This very text.
    Exactly(&'static str),
    /// One of these, or a word of one's own beginning `ext:`.
    Word(&'static [&'static str]),
    /// An object of this class.
    Of(&'static str),
    /// An issuer: an IRI, or a Profile.
    Issuer,
    /// Digits of an integer that is not negative.
    Digits,
}

struct Rule {
    class: &'static str,
    member: &'static str,
    count: Count,
    form: Form,
    section: &'static str,
}

const fn rule(
    class: &'static str,
    member: &'static str,
    count: Count,
    form: Form,
    section: &'static str,
) -> Rule {
    Rule { class, member, count, form, section }
}

const VC: &str = "VC Data Model 2.0";
const OB: &str = "Open Badges 3.0";
const CLR: &str = "CLR 2.0";
const BSL: &str = "Bitstring Status List 1.0";

use Count::{Any, AtMostOne, One, Some as AtLeastOne};

/// The table: every member that a class of ours requires or that we write.
const RULES: &[Rule] = &[
    rule(
        "OpenBadgeCredential",
        "@context",
        AtLeastOne,
        Form::Url,
        "Open Badges 3.0, AchievementCredential",
    ),
    rule("OpenBadgeCredential", "id", One, Form::Url, "Open Badges 3.0, AchievementCredential"),
    rule(
        "OpenBadgeCredential",
        "type",
        AtLeastOne,
        Form::Text,
        "Open Badges 3.0, AchievementCredential",
    ),
    rule(
        "OpenBadgeCredential",
        "name",
        AtMostOne,
        Form::Text,
        "Open Badges 3.0, AchievementCredential",
    ),
    rule(
        "OpenBadgeCredential",
        "issuer",
        One,
        Form::Issuer,
        "Open Badges 3.0, AchievementCredential",
    ),
    rule(
        "OpenBadgeCredential",
        "validFrom",
        One,
        Form::Time,
        "Open Badges 3.0, AchievementCredential",
    ),
    rule(
        "OpenBadgeCredential",
        "validUntil",
        AtMostOne,
        Form::Time,
        "Open Badges 3.0, AchievementCredential",
    ),
    rule(
        "OpenBadgeCredential",
        "awardedDate",
        AtMostOne,
        Form::Time,
        "Open Badges 3.0, AchievementCredential",
    ),
    rule(
        "OpenBadgeCredential",
        "credentialSubject",
        One,
        Form::Of("AchievementSubject"),
        "Open Badges 3.0, AchievementCredential",
    ),
    rule(
        "OpenBadgeCredential",
        "evidence",
        Any,
        Form::Of("Evidence"),
        "Open Badges 3.0, AchievementCredential",
    ),
    rule(
        "OpenBadgeCredential",
        "credentialSchema",
        Any,
        Form::Of("CredentialSchema"),
        "Open Badges 3.0, AchievementCredential",
    ),
    rule(
        "OpenBadgeCredential",
        "credentialStatus",
        AtMostOne,
        Form::Of("BitstringStatusListEntry"),
        "Open Badges 3.0, AchievementCredential",
    ),
    rule(
        "OpenBadgeCredential",
        "proof",
        Any,
        Form::Of("DataIntegrityProof"),
        "Open Badges 3.0, AchievementCredential",
    ),
    rule("ClrCredential", "@context", AtLeastOne, Form::Url, "CLR 2.0, ClrCredential"),
    rule("ClrCredential", "id", One, Form::Url, "CLR 2.0, ClrCredential"),
    rule("ClrCredential", "type", AtLeastOne, Form::Text, "CLR 2.0, ClrCredential"),
    rule("ClrCredential", "name", One, Form::Text, "CLR 2.0, ClrCredential"),
    rule("ClrCredential", "description", AtMostOne, Form::Text, "CLR 2.0, ClrCredential"),
    rule("ClrCredential", "partial", AtMostOne, Form::Boolean, "CLR 2.0, ClrCredential"),
    rule("ClrCredential", "issuer", One, Form::Issuer, "CLR 2.0, ClrCredential"),
    rule("ClrCredential", "validFrom", One, Form::Time, "CLR 2.0, ClrCredential"),
    rule(
        "ClrCredential",
        "credentialSubject",
        One,
        Form::Of("ClrSubject"),
        "CLR 2.0, ClrCredential",
    ),
    rule(
        "ClrCredential",
        "credentialSchema",
        Any,
        Form::Of("CredentialSchema"),
        "CLR 2.0, ClrCredential",
    ),
    rule(
        "ClrCredential",
        "credentialStatus",
        AtMostOne,
        Form::Of("BitstringStatusListEntry"),
        "CLR 2.0, ClrCredential",
    ),
    rule("ClrCredential", "proof", Any, Form::Of("DataIntegrityProof"), "CLR 2.0, ClrCredential"),
    rule(
        "BitstringStatusListCredential",
        "@context",
        AtLeastOne,
        Form::Url,
        "Bitstring Status List 1.0 §2.2",
    ),
    rule("BitstringStatusListCredential", "id", One, Form::Url, "Bitstring Status List 1.0 §2.2"),
    rule(
        "BitstringStatusListCredential",
        "type",
        AtLeastOne,
        Form::Text,
        "Bitstring Status List 1.0 §2.2",
    ),
    rule("BitstringStatusListCredential", "issuer", One, Form::Iri, "VC Data Model 2.0 §4.7"),
    rule(
        "BitstringStatusListCredential",
        "validFrom",
        One,
        Form::Time,
        "Bitstring Status List 1.0 §2.2",
    ),
    rule(
        "BitstringStatusListCredential",
        "validUntil",
        One,
        Form::Time,
        "Bitstring Status List 1.0 §2.2",
    ),
    rule(
        "BitstringStatusListCredential",
        "credentialSubject",
        One,
        Form::Of("BitstringStatusList"),
        "Bitstring Status List 1.0 §2.2",
    ),
    rule(
        "BitstringStatusListCredential",
        "proof",
        Any,
        Form::Of("DataIntegrityProof"),
        "VC Data Model 2.0 §4.12",
    ),
    rule("BitstringStatusList", "id", AtMostOne, Form::Url, "Bitstring Status List 1.0 §2.2"),
    rule(
        "BitstringStatusList",
        "type",
        One,
        Form::Exactly("BitstringStatusList"),
        "Bitstring Status List 1.0 §2.2",
    ),
    rule(
        "BitstringStatusList",
        "statusPurpose",
        One,
        Form::Exactly("revocation"),
        "Bitstring Status List 1.0 §2.2",
    ),
    rule("BitstringStatusList", "encodedList", One, Form::Text, "Bitstring Status List 1.0 §2.2"),
    rule("BitstringStatusListEntry", "id", AtMostOne, Form::Url, "Bitstring Status List 1.0 §2.1"),
    rule(
        "BitstringStatusListEntry",
        "type",
        One,
        Form::Exactly("BitstringStatusListEntry"),
        "Bitstring Status List 1.0 §2.1",
    ),
    rule(
        "BitstringStatusListEntry",
        "statusPurpose",
        One,
        Form::Exactly("revocation"),
        "Bitstring Status List 1.0 §2.1",
    ),
    rule(
        "BitstringStatusListEntry",
        "statusListIndex",
        One,
        Form::Digits,
        "Bitstring Status List 1.0 §2.1",
    ),
    rule(
        "BitstringStatusListEntry",
        "statusListCredential",
        One,
        Form::Url,
        "Bitstring Status List 1.0 §2.1",
    ),
    rule("AchievementSubject", "id", AtMostOne, Form::Iri, "Open Badges 3.0, AchievementSubject"),
    rule(
        "AchievementSubject",
        "type",
        AtLeastOne,
        Form::Exactly("AchievementSubject"),
        "Open Badges 3.0, AchievementSubject",
    ),
    rule(
        "AchievementSubject",
        "achievement",
        One,
        Form::Of("Achievement"),
        "Open Badges 3.0, AchievementSubject",
    ),
    rule(
        "AchievementSubject",
        "identifier",
        Any,
        Form::Of("IdentityObject"),
        "Open Badges 3.0, AchievementSubject",
    ),
    rule(
        "AchievementSubject",
        "result",
        Any,
        Form::Of("Result"),
        "Open Badges 3.0, AchievementSubject",
    ),
    rule(
        "AchievementSubject",
        "role",
        AtMostOne,
        Form::Text,
        "Open Badges 3.0, AchievementSubject",
    ),
    rule(
        "AchievementSubject",
        "activityStartDate",
        AtMostOne,
        Form::Time,
        "Open Badges 3.0, AchievementSubject",
    ),
    rule(
        "AchievementSubject",
        "activityEndDate",
        AtMostOne,
        Form::Time,
        "Open Badges 3.0, AchievementSubject",
    ),
    rule("ClrSubject", "id", AtMostOne, Form::Iri, "CLR 2.0, ClrSubject"),
    rule("ClrSubject", "type", AtLeastOne, Form::Exactly("ClrSubject"), "CLR 2.0, ClrSubject"),
    rule("ClrSubject", "identifier", Any, Form::Of("IdentityObject"), "CLR 2.0, ClrSubject"),
    rule(
        "ClrSubject",
        "verifiableCredential",
        AtLeastOne,
        Form::Of("OpenBadgeCredential"),
        "CLR 2.0, ClrSubject",
    ),
    rule("Achievement", "id", One, Form::Iri, "Open Badges 3.0, Achievement"),
    rule(
        "Achievement",
        "type",
        AtLeastOne,
        Form::Exactly("Achievement"),
        "Open Badges 3.0, Achievement",
    ),
    rule("Achievement", "name", One, Form::Text, "Open Badges 3.0, Achievement"),
    rule("Achievement", "description", One, Form::Text, "Open Badges 3.0, Achievement"),
    rule("Achievement", "criteria", One, Form::Of("Criteria"), "Open Badges 3.0, Achievement"),
    rule(
        "Achievement",
        "achievementType",
        AtMostOne,
        Form::Word(TYPES),
        "Open Badges 3.0, AchievementType",
    ),
    rule("Achievement", "creator", AtMostOne, Form::Of("Profile"), "Open Badges 3.0, Achievement"),
    rule("Achievement", "tag", Any, Form::Text, "Open Badges 3.0, Achievement"),
    rule("Achievement", "alignment", Any, Form::Of("Alignment"), "Open Badges 3.0, Achievement"),
    rule(
        "Achievement",
        "resultDescription",
        Any,
        Form::Of("ResultDescription"),
        "Open Badges 3.0, Achievement",
    ),
    rule("Criteria", "id", AtMostOne, Form::Iri, "Open Badges 3.0, Criteria"),
    rule(
        "Criteria",
        "narrative",
        One,
        Form::Text,
        "Open Badges 3.0, Criteria: one of id and narrative; ours always says it",
    ),
    rule("Alignment", "type", AtLeastOne, Form::Exactly("Alignment"), "Open Badges 3.0, Alignment"),
    rule("Alignment", "targetName", One, Form::Text, "Open Badges 3.0, Alignment"),
    rule("Alignment", "targetUrl", One, Form::Url, "Open Badges 3.0, Alignment"),
    rule("Alignment", "targetFramework", AtMostOne, Form::Text, "Open Badges 3.0, Alignment"),
    rule("Alignment", "targetCode", AtMostOne, Form::Text, "Open Badges 3.0, Alignment"),
    rule("Evidence", "id", AtMostOne, Form::Iri, "Open Badges 3.0, Evidence"),
    rule("Evidence", "type", AtLeastOne, Form::Exactly("Evidence"), "Open Badges 3.0, Evidence"),
    rule("Evidence", "name", AtMostOne, Form::Text, "Open Badges 3.0, Evidence"),
    rule("Evidence", "description", AtMostOne, Form::Text, "Open Badges 3.0, Evidence"),
    rule("Evidence", "narrative", AtMostOne, Form::Text, "Open Badges 3.0, Evidence"),
    rule("Evidence", "genre", AtMostOne, Form::Text, "Open Badges 3.0, Evidence"),
    rule("Evidence", "mediaType", AtMostOne, Form::Text, "VC Data Model 2.0 §5.3"),
    rule("Evidence", "digestSRI", AtMostOne, Form::Text, "VC Data Model 2.0 §5.3"),
    rule("Result", "type", AtLeastOne, Form::Exactly("Result"), "Open Badges 3.0, Result"),
    rule("Result", "resultDescription", AtMostOne, Form::Iri, "Open Badges 3.0, Result"),
    rule("Result", "value", AtMostOne, Form::Text, "Open Badges 3.0, Result"),
    rule("ResultDescription", "id", One, Form::Iri, "Open Badges 3.0, ResultDescription"),
    rule(
        "ResultDescription",
        "type",
        AtLeastOne,
        Form::Exactly("ResultDescription"),
        "Open Badges 3.0, ResultDescription",
    ),
    rule("ResultDescription", "name", One, Form::Text, "Open Badges 3.0, ResultDescription"),
    rule(
        "ResultDescription",
        "resultType",
        One,
        Form::Word(RESULT_TYPES),
        "Open Badges 3.0, ResultType",
    ),
    rule("Profile", "id", One, Form::Iri, "Open Badges 3.0, Profile"),
    rule("Profile", "type", AtLeastOne, Form::Exactly("Profile"), "Open Badges 3.0, Profile"),
    rule("Profile", "name", AtMostOne, Form::Text, "Open Badges 3.0, Profile"),
    rule("Profile", "url", AtMostOne, Form::Url, "Open Badges 3.0, Profile"),
    rule(
        "Profile",
        "otherIdentifier",
        Any,
        Form::Of("IdentifierEntry"),
        "Open Badges 3.0, Profile",
    ),
    rule(
        "IdentifierEntry",
        "type",
        One,
        Form::Exactly("IdentifierEntry"),
        "Open Badges 3.0, IdentifierEntry",
    ),
    rule("IdentifierEntry", "identifier", One, Form::Text, "Open Badges 3.0, IdentifierEntry"),
    rule(
        "IdentifierEntry",
        "identifierType",
        One,
        Form::Word(IDENTIFIER_TYPES),
        "Open Badges 3.0, IdentifierTypeEnum",
    ),
    rule(
        "IdentityObject",
        "type",
        One,
        Form::Exactly("IdentityObject"),
        "Open Badges 3.0, IdentityObject",
    ),
    rule("IdentityObject", "hashed", One, Form::Boolean, "Open Badges 3.0, IdentityObject"),
    rule("IdentityObject", "identityHash", One, Form::Text, "Open Badges 3.0, IdentityObject"),
    rule(
        "IdentityObject",
        "identityType",
        One,
        Form::Word(IDENTIFIER_TYPES),
        "Open Badges 3.0, IdentifierTypeEnum",
    ),
    rule("IdentityObject", "salt", AtMostOne, Form::Text, "Open Badges 3.0, IdentityObject"),
    rule("CredentialSchema", "id", One, Form::Url, "VC Data Model 2.0 §4.11"),
    rule(
        "CredentialSchema",
        "type",
        One,
        Form::Exactly("1EdTechJsonSchemaValidator2019"),
        "Open Badges 3.0, CredentialSchema",
    ),
    rule(
        "DataIntegrityProof",
        "type",
        One,
        Form::Exactly("DataIntegrityProof"),
        "Data Integrity 1.0 §2.1",
    ),
    rule("DataIntegrityProof", "cryptosuite", One, Form::Text, "Data Integrity 1.0 §3.1"),
    rule("DataIntegrityProof", "created", AtMostOne, Form::Time, "Data Integrity 1.0 §2.1"),
    rule("DataIntegrityProof", "verificationMethod", One, Form::Iri, "Data Integrity 1.0 §2.1"),
    rule(
        "DataIntegrityProof",
        "proofPurpose",
        One,
        Form::Exactly("assertionMethod"),
        "Data Integrity 1.0 §2.1",
    ),
    rule("DataIntegrityProof", "proofValue", One, Form::Text, "Data Integrity 1.0 §2.1"),
];

/// Words that the lists of Open Badges 3.0 know; others begin with `ext:`.
const TYPES: &[&str] = &[
    "Achievement",
    "ApprenticeshipCertificate",
    "Assessment",
    "Assignment",
    "AssociateDegree",
    "Award",
    "Badge",
    "BachelorDegree",
    "Certificate",
    "CertificateOfCompletion",
    "Certification",
    "CommunityService",
    "Competency",
    "Course",
    "CoCurricular",
    "Degree",
    "Diploma",
    "DoctoralDegree",
    "Fieldwork",
    "GeneralEducationDevelopment",
    "JourneymanCertificate",
    "LearningProgram",
    "License",
    "Membership",
    "ProfessionalDoctorate",
    "QualityAssuranceCredential",
    "MasterCertificate",
    "MasterDegree",
    "MicroCredential",
    "ResearchDoctorate",
    "SecondarySchoolDiploma",
];
const RESULT_TYPES: &[&str] = &[
    "GradePointAverage",
    "LetterGrade",
    "Percent",
    "PerformanceLevel",
    "PredictedScore",
    "RawScore",
    "Result",
    "RubricCriterion",
    "RubricCriterionLevel",
    "RubricScore",
    "ScaledScore",
    "Status",
];
const IDENTIFIER_TYPES: &[&str] = &[
    "name",
    "sourcedId",
    "systemId",
    "productId",
    "userName",
    "accountId",
    "emailAddress",
    "nationalIdentityNumber",
    "isbn",
    "issn",
    "lisSourcedId",
    "oneRosterSourcedId",
    "sisSourcedId",
    "ltiContextId",
    "ltiDeploymentId",
    "ltiToolId",
    "ltiPlatformId",
    "ltiUserId",
    "identifier",
];
/// Classes on which nothing else may stand (`additionalProperties: false` in the official schemas).
const CLOSED: [&str; 2] = ["IdentityObject", "IdentifierEntry"];

/// Everything that is wrong with a value that should be of a class, each as `place: what (section)`.
fn faults(value: &Value, class: &str, place: &str) -> Vec<String> {
    let Some(members) = value.as_object() else {
        return vec![format!("{place}: not an object of {class}")];
    };
    let mut found = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.class == class) {
        let place = format!("{place}/{}", rule.member);
        let fault = |what: &str| format!("{place}: {what} ({})", rule.section);
        let member = members.get(rule.member);
        let values: Vec<&Value> = match (rule.count, member) {
            (Count::One | Count::Some, None) => {
                found.push(fault("missing"));
                continue;
            }
            (Count::AtMostOne | Count::Any, None) => continue,
            (Count::One | Count::AtMostOne, Some(Value::Array(_))) => {
                found.push(fault("a list where one is asked for"));
                continue;
            }
            (Count::One | Count::AtMostOne, Some(one)) => vec![one],
            (Count::Any | Count::Some, Some(Value::Array(items))) if items.is_empty() => {
                found.push(fault("empty"));
                continue;
            }
            (Count::Any | Count::Some, Some(Value::Array(items))) => items.iter().collect(),
            (Count::Any | Count::Some, Some(_)) => {
                found.push(fault("not written as a list"));
                continue;
            }
        };
        for one in values {
            match rule.form {
                Form::Of(class) => found.extend(faults(one, class, &place)),
                Form::Issuer if one.is_object() => found.extend(faults(one, "Profile", &place)),
                form if is_of(form, one) => {}
                _ => found.push(fault("of another form")),
            }
        }
    }
    found.extend(besides(members, class, place));
    found
}

fn is_of(form: Form, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    match form {
        Form::Text => !text.is_empty(),
        Form::Boolean => value.is_boolean(),
        Form::Iri | Form::Issuer => text.contains(':') && url::Url::parse(text).is_ok(),
        Form::Url => {
            url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        }
        Form::Time => text.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(text).is_ok(),
        Form::Exactly(expected) => text == expected,
        Form::Word(words) => words.contains(&text) || text.len() > 4 && text.starts_with("ext:"),
        Form::Digits => !text.is_empty() && text.bytes().all(|letter| letter.is_ascii_digit()),
        Form::Of(_) => false,
    }
}

/// What is asked of a whole object rather than of one of its members.
fn besides(members: &serde_json::Map<String, Value>, class: &str, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    let list =
        |name: &str| members.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            found.push(format!("{place}: {what}"));
        }
    };
    let expected: &[&str] = match class {
        "OpenBadgeCredential" => &contexts::ACHIEVEMENT,
        "ClrCredential" => &contexts::PORTFOLIO,
        "BitstringStatusListCredential" => &contexts::STATUS_LIST,
        _ => &[],
    };
    if !expected.is_empty() {
        // The base context is first (VC Data Model 2.0 §4.3); 1EdTech's follow in the order of their documents.
        must(
            list("@context") == expected.iter().map(|url| json!(url)).collect::<Vec<_>>(),
            "@context",
        );
        must(
            list("type") == [json!("VerifiableCredential"), json!(class)],
            "type (VC Data Model 2.0 §4.5)",
        );
        must(list("proof").len() == 2, "two proofs");
    }
    if CLOSED.contains(&class) {
        let known: BTreeSet<&str> =
            RULES.iter().filter(|rule| rule.class == class).map(|rule| rule.member).collect();
        must(
            members.keys().all(|name| known.contains(name.as_str())),
            "a member that may not be there",
        );
    }
    if class == "IdentityObject" && members.get("hashed") == Some(&json!(true)) {
        let hash = members.get("identityHash").and_then(Value::as_str).unwrap_or_default();
        let digits = hash.strip_prefix("sha256$").unwrap_or_default();
        must(
            digits.len() == 64 && hex::decode(digits).is_ok(),
            "identityHash (Open Badges 3.0, IdentityHash)",
        );
    }
    if class == "BitstringStatusList" {
        let encoded = members.get("encodedList").and_then(Value::as_str).unwrap_or_default();
        must(
            encoded.starts_with('u'),
            "encodedList is multibase base64url (Bitstring Status List 1.0 §2.2)",
        );
        must(hub::credential::status_list::BitString::decode(encoded).is_ok(), "encodedList");
    }
    found
}

fn class_of(document: &Value) -> &str {
    document["type"][1].as_str().unwrap()
}

fn assert_conforms(name: &str, document: &Value) {
    assert_eq!(faults(document, class_of(document), ""), Vec::<String>::new(), "{name}");
}

/// Documents of this code alone, with every optional member and with none.
fn samples() -> Vec<(&'static str, Value)> {
    let college = anna();
    let full = college.achievement(1);
    let mut facts = college.achievement_facts(2);
    facts.subject_email = None;
    facts.issuer.aishe_code = None;
    facts.achievement.criteria_url = None;
    facts.achievement.tags.clear();
    facts.achievement.alignment.clear();
    facts.results.clear();
    (facts.role, facts.level, facts.outcome) = (None, None, None);
    (facts.awarded_on, facts.activity_start, facts.activity_end) = (None, None, None);
    facts.evidence.clear();
    facts.approval.reviewer_name = Some("Dr. Meena Iyer".into());
    let bare = college.sign(&achievement_credential(&facts));
    let whole = {
        let mut draft = college.portfolio_draft(vec![full.clone(), bare.clone()]);
        draft["partial"] = json!(false);
        college.sign(&draft)
    };
    vec![
        ("bare-achievement", bare.clone()),
        ("whole-portfolio", whole),
        ("partial-portfolio", college.portfolio(vec![bare, banaras().achievement(3)])),
        ("empty-list", college.status_list(&[])),
        ("list", college.status_list(&[0, 9, 131_071])),
        ("full-achievement", full),
    ]
}

#[test]
fn every_document_of_the_samples_has_what_its_specification_requires() {
    for (name, document) in samples() {
        assert_conforms(name, &document);
        keep(name, &document);
    }
}

/// Where an object of a class stands in a document.
fn places(value: &Value, class: &str, wanted: &str, place: &str, found: &mut Vec<String>) {
    if class == wanted {
        found.push(place.to_owned());
    }
    for rule in RULES.iter().filter(|rule| rule.class == class) {
        let inner = match rule.form {
            Form::Of(inner) => inner,
            Form::Issuer => "Profile",
            _ => continue,
        };
        match value.get(rule.member) {
            Some(Value::Array(items)) => {
                for (number, item) in items.iter().enumerate() {
                    let place = format!("{place}/{}/{number}", rule.member);
                    places(item, inner, wanted, &place, found);
                }
            }
            Some(one @ Value::Object(_)) => {
                places(one, inner, wanted, &format!("{place}/{}", rule.member), found);
            }
            _ => {}
        }
    }
}

#[test]
fn every_line_of_the_table_bites() {
    let documents = samples();
    for rule in RULES {
        let mut tried = 0;
        for (_, document) in &documents {
            let mut found = Vec::new();
            places(document, class_of(document), rule.class, "", &mut found);
            for place in found {
                let object = document.pointer(&place).unwrap();
                let Some(member) = object.get(rule.member) else { continue };
                tried += 1;
                for (what, broken) in breaks(rule, member) {
                    let mut copy = document.clone();
                    let members = copy.pointer_mut(&place).unwrap().as_object_mut().unwrap();
                    match broken {
                        Some(value) => members.insert(rule.member.into(), value),
                        None => members.remove(rule.member),
                    };
                    let faults = faults(&copy, class_of(document), "");
                    let named = faults.iter().any(|fault| fault.contains(rule.section));
                    assert!(named, "{} {} {what}: {faults:?}", rule.class, rule.member);
                }
            }
        }
        // What we never write has no place in the table, but for the end of a credential.
        assert!(
            tried > 0 || rule.member == "validUntil" || rule.member == "description",
            "{} {}",
            rule.class,
            rule.member
        );
    }
    for section in [VC, OB, CLR, BSL] {
        assert!(RULES.iter().any(|rule| rule.section.starts_with(section)), "{section}");
    }
}

/// Ways to write a member that its line forbids; none: leave it out.
fn breaks(rule: &Rule, member: &Value) -> Vec<(&'static str, Option<Value>)> {
    let mut all = Vec::new();
    match rule.count {
        Count::One | Count::AtMostOne => all.push(("as a list", Some(json!([member])))),
        Count::Any | Count::Some => {
            all.push(("empty", Some(json!([]))));
            all.push(("not as a list", Some(member[0].clone())));
        }
    }
    if rule.count == Count::One || rule.count == Count::Some {
        all.push(("left out", None));
    }
    let wrong = match rule.form {
        Form::Of(_) => return all,
        Form::Text | Form::Boolean => json!(7),
        Form::Iri | Form::Issuer | Form::Url => json!("relative/address"),
        Form::Time => json!("2026-01-05"),
        Form::Exactly(_) | Form::Word(_) => json!("SomethingElse"),
        Form::Digits => json!("-1"),
    };
    let listed = rule.count == Count::Any || rule.count == Count::Some;
    all.push(("of another form", Some(if listed { json!([wrong]) } else { wrong })));
    all
}

#[test]
fn closed_classes_and_hashes_are_held_to_their_form() {
    let document = anna().achievement(1);
    for (place, name, value) in [
        ("/credentialSubject/identifier/0", "id", json!("urn:uuid:0")),
        ("/issuer/otherIdentifier/0", "id", json!("urn:uuid:0")),
        ("/credentialSubject/identifier/1", "identityHash", json!("sha256$abc")),
        ("", "@context", json!([contexts::OPEN_BADGES, contexts::CREDENTIALS_V2])),
        ("", "type", json!(["OpenBadgeCredential", "VerifiableCredential"])),
    ] {
        let mut copy = document.clone();
        copy.pointer_mut(place).unwrap()[name] = value;
        assert_ne!(
            faults(&copy, "OpenBadgeCredential", ""),
            Vec::<String>::new(),
            "{place} {name}"
        );
    }
}

#[tokio::test]
async fn what_a_hub_issues_has_what_its_specifications_require() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let mut owner = hub.database.owner().await;
    sqlx::query("UPDATE colleges SET aishe_code = 'C-12345'").execute(&mut owner).await.unwrap();
    let faculty = college.faculty("Dr. Meena Iyer").await;
    let read = async |url: &Value| {
        let path = text(url).strip_prefix(&hub.url).unwrap().to_owned();
        hub.anonymous().get(&path).await.ok(200)
    };
    let mut issued = Vec::new();
    for (name, native, language) in [
        ("Kavya Subramanian", Some("கவ்யா சுப்பிரமணியன்"), "ta"),
        ("Arun Kumar", Some("अरुण कुमार"), "hi"),
        ("Zoë O'Brien-D'Souza", None, "en"),
    ] {
        let student = college.student(name).await;
        if let Some(native) = native {
            let change = json!({ "full_name_native": native, "native_language": language, "language": language });
            let answer = student.patch("/api/me/", change.clone()).await;
            if answer.status != 200 {
                student.patch("/api/me/", json!({ "full_name_native": native })).await.ok(200);
            }
        }
        let first = approved(&student, &faculty, "Winner: \"1500 m\" – राज्य / மாநிலம்").await;
        let second = bare_item(&student, &faculty).await;
        let document = read(&first["credential"]["url"]).await;
        let shown = text(&document["credentialSubject"]["identifier"][0]["identityHash"]);
        assert!(shown.contains(native.unwrap_or(name)), "{shown}");
        assert_eq!(document["issuer"]["otherIdentifier"][0]["identifierType"], "ext:AISHECode");
        issued.push(document);
        issued.push(read(&second["credential"]["url"]).await);
        let whole = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
        let chosen = json!({ "achievements": [first["id"]] });
        let partial = student.post("/api/portfolio/exports/", chosen).await.ok(201);
        for (export, is_partial) in [(whole, false), (partial, true)] {
            let document = read(&export["url"]).await;
            assert_eq!(document["partial"], is_partial);
            issued.push(document);
        }
    }
    work::drain(&hub.app).await.unwrap();
    for list in ["achievements-1", "portfolios-1"] {
        issued.push(hub.anonymous().get(&format!("/colleges/anna/status/{list}")).await.ok(200));
    }
    assert_eq!(issued.len(), 14);
    for (number, document) in issued.iter().enumerate() {
        assert_conforms(&number.to_string(), document);
        keep(&format!("issued-{number}"), document);
    }
}

/// An item with as little as the form takes.
async fn bare_item(student: &crate::support::Client, faculty: &crate::support::Client) -> Value {
    let mut little = content("காசி यात्रा 🏆");
    let members = little.as_object_mut().unwrap();
    members.retain(|name, _| {
        ["category", "title", "organiser", "ended_on", "level"].contains(&name.as_str())
    });
    let made = student.post("/api/achievements/", little).await.ok(201);
    let id = text(&made["id"]);
    upload(student, &id, "photo.jpg", picture(9), None).await.ok(201);
    let seen = student.get(&format!("/api/achievements/{id}/")).await.ok(200);
    let seen = act(student, &seen, "submit", Value::Null).await.ok(200);
    act(faculty, &seen, "decisions", json!({ "action": "approve" })).await.ok(200)
}

/// With `HUB_TEST_KEEP_DOCUMENTS=<folder>` the documents are kept for validators that the tests do not need.
fn keep(name: &str, document: &Value) {
    if let Some(folder) = std::env::var_os("HUB_TEST_KEEP_DOCUMENTS") {
        fs::write(Path::new(&folder).join(format!("{name}.json")), document.to_string()).unwrap();
    }
}
