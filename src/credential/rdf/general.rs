//! JSON-LD to canonical N-Quads (RDFC-1.0) with the guards a public verifier needs.
//!
//! This is the general path: it takes any document whose contexts are embedded. `oxjsonld` drops what
//! no context defines and `oxrdf` canonicalises whatever it is given, so undefined terms and poisoned
//! graphs are refused here.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use oxjsonld::{JsonLdParser, JsonLdRemoteDocument};
use oxrdf::dataset::{CanonicalizationAlgorithm, CanonicalizationHashAlgorithm};
use oxrdf::{BlankNodeRef, Dataset, GraphNameRef, NamedOrBlankNodeRef, QuadRef, TermRef};
use serde_json::{Map, Value, json};

use super::effort::{MAX_EFFORT, effort};
use super::{addresses, inline};
use crate::credential::contexts;
use crate::credential::digest::sha256;

/// Most statements in one document.
const MAX_QUADS: usize = 10_000;
/// Most ways of naming those blank nodes that look alike and hang on other blank nodes: RDFC-1.0 tries them all. Five
/// that all know each other are 120 ways and take 4 ms; six take 30 ms, eight 5 seconds.
const MAX_WAYS: u64 = 128;
/// A draft must leave no choice: canonicalisers break some ties differently, such as that between two proofs that are alike
/// in every member.
const MAX_WAYS_OF_A_DRAFT: u64 = 1;
/// A draft leaves room for the work that its proofs will be.
const MAX_EFFORT_OF_A_DRAFT: u64 = MAX_EFFORT / 10 * 9;
/// Terms that no context defines land in this vocabulary, relative addresses under this base.
pub(super) const UNDEFINED: &str = "https://undefined.invalid/";
/// `partial` of a ClrCredential.
const PARTIAL: &str = "https://purl.imsglobal.org/spec/vc/clr/vocab.html#partial";

/// Why a document has no canonical form here.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CanonicalizeError {
    /// A context is not one of the embedded ones.
    #[error("the document uses a context that is not known here: {0}")]
    UnknownContext(String),
    /// A term has no meaning in the document's contexts, or an address is relative.
    #[error("the document uses a term that its contexts do not define: {0}")]
    UndefinedTerm(String),
    /// The JSON-LD processor refuses the document.
    #[error("the document is not JSON-LD: {0}")]
    NotJsonLd(String),
    /// Several classes of one node bring their own terms, in a combination that is not known here.
    #[error("the document combines types that are not combined here: {0}")]
    UnsupportedTypes(String),
    /// An address or a language tag is malformed, so that its statement would be left out.
    #[error("the document holds an address or a language tag that is malformed")]
    MalformedAddress,
    /// Canonicalising would take too long.
    #[error("the document is too tangled to be canonicalised")]
    TooComplex,
    /// Two parts of a draft are alike in everything, and hang on others: not every canonicaliser names them alike.
    #[error(
        "two parts of the document cannot be told apart, so that not every verifier would read it alike"
    )]
    Ambiguous,
}

impl CanonicalizeError {
    /// The machine word of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownContext(_) => "unknown_context",
            Self::UndefinedTerm(_) => "undefined_term",
            Self::NotJsonLd(_) => "not_json_ld",
            Self::UnsupportedTypes(_) => "unsupported_types",
            Self::MalformedAddress => "malformed_address",
            Self::TooComplex => "too_complex",
            Self::Ambiguous => "ambiguous",
        }
    }
}

/// SHA-256 of the canonical N-Quads of a document (RDFC-1.0 with SHA-256).
pub(super) fn canonical_hash(document: &Value) -> Result<[u8; 32], CanonicalizeError> {
    refuse_long_work(document, MAX_EFFORT)?;
    addresses::refuse_malformed(document)?;
    Ok(sha256(canonical_nquads(document)?.as_bytes()))
}

/// The same of a draft, which is held to more.
pub(super) fn draft_hash(draft: &Value) -> Result<[u8; 32], CanonicalizeError> {
    refuse_long_work(draft, MAX_EFFORT_OF_A_DRAFT)?;
    addresses::refuse_malformed(draft)?;
    let dataset = dataset(draft)?;
    if ways_to_name(&dataset) > MAX_WAYS_OF_A_DRAFT {
        return Err(CanonicalizeError::Ambiguous);
    }
    Ok(sha256(canonicalized(dataset)?.as_bytes()))
}

/// The same with the contexts of the general verifier, for documents of anybody.
pub(super) fn canonical_hash_of_any(document: &Value) -> Result<[u8; 32], CanonicalizeError> {
    refuse_long_work(document, MAX_EFFORT)?;
    let mut document = document.clone();
    inline::settle(&mut document)?;
    let strict = statements(&document, Known::General, Reading::Strict)?;
    // `oxjsonld` leaves out a statement whose address or language tag is malformed.
    if statements(&document, Known::General, Reading::Lenient)?.len() != strict.len() {
        return Err(CanonicalizeError::MalformedAddress);
    }
    Ok(sha256(canonicalized(strict)?.as_bytes()))
}

fn refuse_long_work(document: &Value, most: u64) -> Result<(), CanonicalizeError> {
    if effort(document) > most { Err(CanonicalizeError::TooComplex) } else { Ok(()) }
}

/// The canonical N-Quads of a document that may take long.
pub(super) fn canonical_nquads(document: &Value) -> Result<String, CanonicalizeError> {
    canonicalized(dataset(document)?)
}

/// Which contexts a document may use.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Known {
    /// Those of the hub's own documents, by address only.
    Ours,
    /// Those of the general verifier besides, and such as are written into the document.
    General,
}

/// What becomes of a statement with a malformed address.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Reading {
    /// It is left out.
    Strict,
    /// It is kept.
    Lenient,
}

fn canonicalized(mut dataset: Dataset) -> Result<String, CanonicalizeError> {
    refuse_undefined(&dataset)?;
    // Poisoned datasets: RDFC-1.0 §7.1.
    if ways_to_name(&dataset) > MAX_WAYS {
        return Err(CanonicalizeError::TooComplex);
    }
    dataset.canonicalize(CanonicalizationAlgorithm::Rdfc10 {
        hash_algorithm: CanonicalizationHashAlgorithm::Sha256,
    });
    let mut lines: Vec<String> = dataset.iter().map(|quad| format!("{quad} .\n")).collect();
    lines.sort_unstable();
    Ok(lines.concat())
}

/// The statements of a document of the hub's own form.
pub(super) fn dataset(document: &Value) -> Result<Dataset, CanonicalizeError> {
    statements(document, Known::Ours, Reading::Strict)
}

fn statements(
    document: &Value,
    known: Known,
    reading: Reading,
) -> Result<Dataset, CanonicalizeError> {
    let bytes = marked(document, known)?.to_string();
    let parser =
        JsonLdParser::new().with_base_iri(UNDEFINED).expect("the base is an absolute address");
    let parser = if reading == Reading::Lenient { parser.lenient() } else { parser };
    let parser = parser.for_slice(&bytes).with_load_document_callback(move |url, _| {
        match find(url, known) {
            Some(document) => Ok(JsonLdRemoteDocument {
                document: document.as_bytes().to_vec(),
                document_url: url.to_owned(),
            }),
            None => Err("not an embedded context".into()),
        }
    });
    let mut dataset = Dataset::new();
    for quad in parser {
        let quad = quad.map_err(|error| CanonicalizeError::NotJsonLd(error.to_string()))?;
        dataset.insert(&quad);
        if dataset.len() > MAX_QUADS {
            return Err(CanonicalizeError::TooComplex);
        }
    }
    Ok(dataset)
}

/// The document with a vocabulary in front of its contexts that catches what they leave undefined:
/// if nothing lands there, the vocabulary had no effect.
fn marked(document: &Value, known: Known) -> Result<Value, CanonicalizeError> {
    refuse_unknown_contexts(document, known)?;
    let mut marked = document.clone();
    settle_types(&mut marked)?;
    let object = marked
        .as_object_mut()
        .ok_or_else(|| CanonicalizeError::NotJsonLd("not an object".into()))?;
    let mut all = vec![json!({ "@vocab": UNDEFINED })];
    match object.remove("@context") {
        Some(Value::Array(contexts)) => all.extend(contexts),
        Some(context) => all.push(context),
        None => {}
    }
    object.insert("@context".into(), all.into());
    Ok(marked)
}

/// Where several types of a node bring terms of their own, `oxjsonld` 0.2 applies only those of the
/// type that sorts last, while JSON-LD 1.1 (expansion, step 11.2) applies them one upon the other.
/// Portfolios are the one such case here: the terms of `VerifiableCredential` are applied, the one
/// term of `ClrCredential` is written out. Any other combination is refused, never read differently.
fn settle_types(value: &mut Value) -> Result<(), CanonicalizeError> {
    match value {
        Value::Object(members) => {
            let scoped = scoped_types(members);
            if scoped.len() > 1
                && scoped != HashSet::from(["ClrCredential", "VerifiableCredential"])
            {
                let mut names: Vec<&str> = scoped.into_iter().collect();
                names.sort_unstable();
                return Err(CanonicalizeError::UnsupportedTypes(names.join(", ")));
            }
            if scoped.len() > 1
                && let Some(partial) = members.remove("partial")
            {
                members
                    .insert(PARTIAL.into(), json!({ "@value": partial, "@type": "xsd:boolean" }));
            }
            members.values_mut().try_for_each(settle_types)
        }
        Value::Array(items) => items.iter_mut().try_for_each(settle_types),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// Those types of a node that bring terms of their own.
fn scoped_types(members: &Map<String, Value>) -> HashSet<&'static str> {
    let named = ["type", "@type"].into_iter().filter_map(|name| members.get(name));
    let names =
        named.flat_map(|types| types.as_array().map_or(std::slice::from_ref(types), Vec::as_slice));
    let names: HashSet<&str> = names.filter_map(Value::as_str).collect();
    SCOPED.iter().map(String::as_str).filter(|term| names.contains(term)).collect()
}

/// The terms of the embedded contexts that bring terms of their own.
static SCOPED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let terms = contexts::ALL.iter().chain(&contexts::GENERAL).flat_map(|context| {
        let document: Value =
            serde_json::from_str(context.document).expect("an embedded context is JSON");
        let terms =
            document["@context"].as_object().expect("an embedded context is one object").clone();
        terms.into_iter().filter(|(_, term)| term.get("@context").is_some())
    });
    terms.map(|(name, _)| name).collect()
});

/// Contexts are named by address, everywhere in the document: an inline one could redefine anything.
fn refuse_unknown_contexts(value: &Value, known: Known) -> Result<(), CanonicalizeError> {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == "@context" {
                    refuse_unknown_context(member, known)?;
                } else {
                    refuse_unknown_contexts(member, known)?;
                }
            }
            Ok(())
        }
        Value::Array(items) => {
            items.iter().try_for_each(|item| refuse_unknown_contexts(item, known))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn refuse_unknown_context(context: &Value, known: Known) -> Result<(), CanonicalizeError> {
    match context {
        Value::String(url) if find(url, known).is_some() => Ok(()),
        Value::String(url) => Err(CanonicalizeError::UnknownContext(url.clone())),
        Value::Array(items) => {
            items.iter().try_for_each(|item| refuse_unknown_context(item, known))
        }
        // What it may hold was looked at in `inline::settle`.
        Value::Object(_) if known == Known::General => Ok(()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            Err(CanonicalizeError::UnknownContext("(inline)".into()))
        }
    }
}

fn refuse_undefined(dataset: &Dataset) -> Result<(), CanonicalizeError> {
    let mut iris = dataset.iter().flat_map(|quad| {
        let subject = match quad.subject {
            NamedOrBlankNodeRef::NamedNode(node) => Some(node),
            NamedOrBlankNodeRef::BlankNode(_) => None,
        };
        let object = match quad.object {
            TermRef::NamedNode(node) => Some(node),
            TermRef::Literal(literal) => Some(literal.datatype()),
            TermRef::BlankNode(_) => None,
        };
        let graph = match quad.graph_name {
            GraphNameRef::NamedNode(node) => Some(node),
            GraphNameRef::BlankNode(_) | GraphNameRef::DefaultGraph => None,
        };
        [subject, Some(quad.predicate), object, graph]
    });
    let undefined = iris.find_map(|iri| iri?.as_str().strip_prefix(UNDEFINED));
    match undefined {
        Some(term) => Err(CanonicalizeError::UndefinedTerm(term.chars().take(80).collect())),
        None => Ok(()),
    }
}

/// In how many orders those blank nodes can be named that look alike by their own statements.
///
/// Nodes that are alike but touch no other blank node do not count: every credential of a portfolio
/// repeats the college's identifier and the student's name that way.
fn ways_to_name(dataset: &Dataset) -> u64 {
    let mut quads_of: HashMap<BlankNodeRef<'_>, Vec<QuadRef<'_>>> = HashMap::new();
    for quad in dataset {
        for node in blank_nodes(quad) {
            quads_of.entry(node).or_default().push(quad);
        }
    }
    let mut tangled: HashMap<[u8; 32], usize> = HashMap::new();
    for (node, quads) in &quads_of {
        let has_neighbour =
            quads.iter().any(|quad| blank_nodes(*quad).iter().any(|other| other != node));
        if has_neighbour {
            *tangled.entry(first_degree_hash(*node, quads)).or_default() += 1;
        }
    }
    let ways = |alike: &usize| (1..=*alike as u64).fold(1, u64::saturating_mul);
    tangled.values().map(ways).fold(1, u64::saturating_mul)
}

fn blank_nodes<'a>(quad: QuadRef<'a>) -> HashSet<BlankNodeRef<'a>> {
    let mut nodes = HashSet::new();
    if let NamedOrBlankNodeRef::BlankNode(node) = quad.subject {
        nodes.insert(node);
    }
    if let TermRef::BlankNode(node) = quad.object {
        nodes.insert(node);
    }
    if let GraphNameRef::BlankNode(node) = quad.graph_name {
        nodes.insert(node);
    }
    nodes
}

/// RDFC-1.0 §4.6.
fn first_degree_hash(node: BlankNodeRef<'_>, quads: &[QuadRef<'_>]) -> [u8; 32] {
    let here = BlankNodeRef::new_unchecked("a");
    let there = BlankNodeRef::new_unchecked("z");
    let label = |other: BlankNodeRef<'_>| if other == node { here } else { there };
    let mut lines: Vec<String> = quads
        .iter()
        .map(|quad| {
            let mut quad = *quad;
            if let NamedOrBlankNodeRef::BlankNode(other) = quad.subject {
                quad.subject = label(other).into();
            }
            if let TermRef::BlankNode(other) = quad.object {
                quad.object = label(other).into();
            }
            if let GraphNameRef::BlankNode(other) = quad.graph_name {
                quad.graph_name = label(other).into();
            }
            format!("{quad} .\n")
        })
        .collect();
    lines.sort_unstable();
    sha256(lines.concat().as_bytes())
}

fn find(url: &str, known: Known) -> Option<&'static str> {
    let context = match known {
        Known::Ours => contexts::find(url),
        Known::General => contexts::find_general(url),
    };
    // The examples of the W3C recommendations use a context that no product document may.
    let example =
        || contexts::find_general(url).filter(|_| cfg!(test) && url.ends_with("/examples/v2"));
    context.or_else(example).map(|context| context.document)
}
