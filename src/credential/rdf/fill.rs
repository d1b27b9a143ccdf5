//! From a document and its plan to canonical N-Quads, with no JSON-LD and no general graph algorithm.

use std::borrow::Cow;

use oxrdf::{LiteralRef, NamedNodeRef};
use serde_json::{Map, Value};

use super::general::UNDEFINED;
use super::plan::{Form, Member, Node};
use super::quads::{Quad, Quads, Term};

const TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
/// The schemes of the addresses and names that our documents hold; no context takes them for a prefix.
const SCHEMES: [&str; 4] = ["https://", "urn:", "did:", "http://"];
/// Largest integer that a double holds exactly (RFC 7493 §2.2).
const MAX_SAFE: u64 = (1 << 53) - 1;

/// The canonical N-Quads of a document, one member left out; `None` where it is not exactly as planned.
pub(super) fn canonical_nquads(
    plan: &Node,
    document: &Map<String, Value>,
    left_out: Option<&str>,
) -> Option<Vec<u8>> {
    let mut filling = Filling { quads: Quads::new() };
    filling.node(plan, document, None, left_out)?;
    filling.quads.canonical()
}

/// The plan among these for such a node.
pub(super) fn plan_of<'p>(plans: &'p [Node], node: &Map<String, Value>) -> Option<&'p Node> {
    let types = node.get("type");
    let context = node.get("@context");
    let named = node.contains_key("id");
    plans.iter().find(|plan| {
        plan.named == named && plan.types.as_ref() == types && plan.context.as_ref() == context
    })
}

struct Filling<'a> {
    quads: Quads<'a>,
}

impl<'a> Filling<'a> {
    /// Add what a node says; its name.
    fn node(
        &mut self,
        plan: &'a Node,
        node: &'a Map<String, Value>,
        graph: Option<u32>,
        left_out: Option<&str>,
    ) -> Option<Term<'a>> {
        let subject = match node.get("id") {
            Some(id) => Term::Iri(iri(id)?),
            None => Term::Blank(self.quads.new_blank()),
        };
        for class in &plan.classes {
            self.quads.push(Quad {
                subject: subject.clone(),
                predicate: TYPE,
                object: Term::Iri(class),
                graph,
            });
        }
        // Both are sorted by name, so one pass finds each member's plan.
        let mut members = plan.members.iter();
        for (name, value) in node {
            if matches!(name.as_str(), "@context" | "id" | "type") || left_out == Some(name) {
                continue;
            }
            let member = members.find(|member| member.name == *name)?;
            match value {
                Value::Array(items) if member.many => {
                    items.iter().try_for_each(|item| self.value(member, item, &subject, graph))?;
                }
                value if !member.many => self.value(member, value, &subject, graph)?,
                _ => return None,
            }
        }
        Some(subject)
    }

    fn value(
        &mut self,
        member: &'a Member,
        value: &'a Value,
        subject: &Term<'a>,
        graph: Option<u32>,
    ) -> Option<()> {
        let object = match (&member.value, value) {
            (Form::Iri, value) => Term::Iri(iri(value)?),
            (Form::Text(ending), Value::String(text)) => Term::Literal(text.into(), ending),
            (Form::Integer(ending), Value::Number(number)) => {
                let integer =
                    number.as_i64().filter(|integer| integer.unsigned_abs() <= MAX_SAFE)?;
                Term::Literal(integer.to_string().into(), ending)
            }
            (Form::Truth(ending), Value::Bool(truth)) => {
                Term::Literal(if *truth { "true" } else { "false" }.into(), ending)
            }
            (Form::Word { written, iri }, Value::String(text)) if written == text => Term::Iri(iri),
            (Form::Nodes(plans), Value::Object(node)) => {
                self.node(plan_of(plans, node)?, node, graph, None)?
            }
            (Form::Graphs(plans), Value::Object(node)) => {
                let own = self.quads.new_blank();
                self.node(plan_of(plans, node)?, node, Some(own), None)?;
                Term::Blank(own)
            }
            (
                Form::Text(_)
                | Form::Integer(_)
                | Form::Truth(_)
                | Form::Word { .. }
                | Form::Nodes(_)
                | Form::Graphs(_),
                _,
            ) => return None,
        };
        self.quads.push(Quad {
            subject: subject.clone(),
            predicate: &member.predicate,
            object,
            graph,
        });
        Some(())
    }
}

/// An absolute IRI that no reader of JSON-LD expands, resolves, normalises or refuses.
fn iri(value: &Value) -> Option<&str> {
    let text = value.as_str()?;
    let plain =
        |octet: u8| octet.is_ascii_alphanumeric() || b"-._~:/?#&=+,;@!$'()*%".contains(&octet);
    let fits = SCHEMES.iter().any(|scheme| text.starts_with(scheme))
        && text.bytes().all(plain)
        && !text.contains("/.")
        && !text.starts_with(UNDEFINED)
        && NamedNodeRef::new(text).is_ok();
    fits.then_some(text)
}

/// A literal's text as canonical N-Quads writes it (RDFC-1.0 appendix A).
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let plain = |octet: u8| octet >= b' ' && !matches!(octet, b'"' | b'\\' | 0x7f | 0xef);
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let quoted = LiteralRef::new_simple_literal(text).to_string();
    Cow::Owned(quoted[1..quoted.len() - 1].to_owned())
}
