//! Plans: what each member of our documents becomes in RDF, learned from the general path.
//!
//! JSON-LD reads a member by the contexts and types of the nodes around it, never by its neighbours' values. So one
//! document of each kind that has every member, its values replaced by marks, shows once and for all which
//! predicate and which form of object each place gives. A plan knows no JSON-LD; it repeats what it was shown.

use std::sync::LazyLock;

use oxrdf::vocab::{rdf, xsd};
use oxrdf::{
    BlankNode, Dataset, GraphName, GraphNameRef, Literal, NamedNode, NamedOrBlankNode, Quad, Term,
};
use serde_json::{Map, Value};

use super::{fill, general, samples};

/// The plans of everything this hub signs, proofs included.
pub(super) static PLANS: LazyLock<Vec<Node>> =
    LazyLock::new(|| samples::all().iter().filter_map(learn).collect());

/// What a node of these contexts and types becomes at one place of a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// Its own `@context`, exactly, where it has one.
    pub(super) context: Option<Value>,
    /// Its `type`, exactly.
    pub(super) types: Option<Value>,
    /// Whether it has an `id`; if not, it is a blank node.
    pub(super) named: bool,
    /// The IRIs of its classes.
    pub(super) classes: Vec<String>,
    /// What it may have, sorted by name as the members of a document are.
    pub(super) members: Vec<Member>,
}

/// What a member becomes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub(super) name: String,
    /// The IRI of the predicate.
    pub(super) predicate: String,
    /// Whether the value is an array.
    pub(super) many: bool,
    pub(super) value: Form,
}

/// The form of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    /// A string that is an absolute IRI.
    Iri,
    /// A string; what stands behind the literal, such as `^^<datatype>`, or nothing.
    Text(String),
    /// An integer, likewise.
    Integer(String),
    /// A truth value, likewise.
    Truth(String),
    /// This string and no other, which becomes this IRI.
    Word { written: String, iri: String },
    /// A node, one of these.
    Nodes(Vec<Node>),
    /// A node in a graph of its own, one of these.
    Graphs(Vec<Node>),
}

/// Members whose strings decide how the document is read, and so are no marks.
const DECIDING: [&str; 3] = ["@context", "type", "proofPurpose"];

/// The plan that a document with every member shows; none where it shows none that would reproduce it.
pub(super) fn learn(sample: &Value) -> Option<Node> {
    let mut marked = sample.clone();
    mark(&mut marked, &mut 0);
    let mut lesson = Lesson::of(&general::dataset(&marked).ok()?);
    let (plan, _) = lesson.node(marked.as_object()?, &GraphName::DefaultGraph)?;
    let reproduces = fill::canonical_nquads(&plan, marked.as_object()?, None)?
        == general::canonical_nquads(&marked).ok()?.as_bytes();
    (lesson.quads.is_empty() && reproduces).then_some(plan)
}

/// Every value a mark of its own; as an IRI and as text a mark reads alike.
fn mark(value: &mut Value, count: &mut u32) {
    *count += 1;
    match value {
        Value::Object(members) => members
            .iter_mut()
            .filter(|(name, _)| !DECIDING.contains(&name.as_str()))
            .for_each(|(_, member)| mark(member, count)),
        Value::Array(items) => items.iter_mut().for_each(|item| mark(item, count)),
        Value::String(text) => *text = format!("urn:mark:{count}"),
        Value::Number(number) => *number = (*count).into(),
        Value::Bool(truth) => *truth = true,
        Value::Null => {}
    }
}

/// Quads that no part of the plan explains yet.
struct Lesson {
    quads: Vec<Quad>,
}

/// Where a node stands in the quads.
#[derive(Clone, PartialEq)]
struct Place {
    subject: NamedOrBlankNode,
    graph: GraphName,
}

impl Lesson {
    fn of(dataset: &Dataset) -> Self {
        Self { quads: dataset.iter().map(|quad| quad.into_owned()).collect() }
    }

    /// Take out the one quad that fits.
    fn take(&mut self, fits: impl Fn(&Quad) -> bool) -> Option<Quad> {
        let mut fitting = (0..self.quads.len()).filter(|place| fits(&self.quads[*place]));
        let found = fitting.next().filter(|_| fitting.next().is_none())?;
        Some(self.quads.swap_remove(found))
    }

    fn node(&mut self, node: &Map<String, Value>, around: &GraphName) -> Option<(Node, Place)> {
        let place = self.place(node, around)?;
        let mut classes = Vec::new();
        let is_class = |quad: &Quad| quad.predicate.as_ref() == rdf::TYPE && place.holds(quad);
        while let Some(quad) = self.quads.iter().position(is_class) {
            let Term::NamedNode(class) = self.quads.swap_remove(quad).object else { return None };
            classes.push(class.into_string());
        }
        let mut members = Vec::new();
        let mut words = Vec::new();
        for (name, value) in node {
            match (name.as_str(), value) {
                ("@context" | "type" | "id", _) => {}
                // What a word becomes cannot be seen in it: it is what remains.
                ("proofPurpose", Value::String(written)) => words.push((name, written)),
                _ => members.push(self.member(name, value, &place)?),
            }
        }
        for (name, written) in words {
            let quad = self.take(|quad| place.holds(quad))?;
            let Term::NamedNode(iri) = quad.object else { return None };
            let value = Form::Word { written: written.clone(), iri: iri.into_string() };
            let predicate = quad.predicate.into_string();
            members.push(Member { name: name.clone(), predicate, many: false, value });
        }
        members.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        let plan = Node {
            context: node.get("@context").cloned(),
            types: node.get("type").cloned(),
            named: node.contains_key("id"),
            classes,
            members,
        };
        Some((plan, place))
    }

    /// A node is where its first text is, or where its `id` says in the graph around.
    fn place(&self, node: &Map<String, Value>, around: &GraphName) -> Option<Place> {
        let texts = node.iter().filter(|(name, _)| !DECIDING.contains(&name.as_str()));
        let texts: Vec<&str> =
            texts.filter(|(name, _)| *name != "id").filter_map(|(_, text)| text.as_str()).collect();
        let quad = texts.iter().find_map(|text| {
            self.quads.iter().find(|quad| mark_of(&quad.object).is_some_and(|mark| mark == *text))
        });
        match (quad, node.get("id").and_then(Value::as_str)) {
            (Some(quad), _) => {
                Some(Place { subject: quad.subject.clone(), graph: quad.graph_name.clone() })
            }
            (None, Some(id)) => {
                Some(Place { subject: NamedNode::new(id).ok()?.into(), graph: around.clone() })
            }
            (None, None) => None,
        }
    }

    fn member(&mut self, name: &str, value: &Value, place: &Place) -> Option<Member> {
        let many = value.is_array();
        let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let mut learned: Option<Member> = None;
        for item in items {
            let (predicate, form) = self.value(item, place)?;
            match &mut learned {
                None => {
                    learned = Some(Member { name: name.to_owned(), predicate, many, value: form });
                }
                Some(member) if member.predicate == predicate => member.value.merge(form)?,
                Some(_) => return None,
            }
        }
        learned
    }

    fn value(&mut self, value: &Value, place: &Place) -> Option<(String, Form)> {
        let literal = |quad: &Quad, lexical: &str| matches!(&quad.object, Term::Literal(literal) if literal.value() == lexical);
        match value {
            Value::String(text) => {
                let mark = text.as_str();
                let quad =
                    self.take(|quad| place.holds(quad) && mark_of(&quad.object) == Some(mark))?;
                let form = match &quad.object {
                    Term::Literal(literal) => Form::Text(ending(literal)?),
                    _ => Form::Iri,
                };
                Some((quad.predicate.into_string(), form))
            }
            Value::Number(number) => {
                let lexical = number.to_string();
                let quad = self.take(|quad| place.holds(quad) && literal(quad, &lexical))?;
                let Term::Literal(literal) = &quad.object else { return None };
                Some((quad.predicate.as_str().to_owned(), Form::Integer(ending(literal)?)))
            }
            Value::Bool(_) => {
                let quad = self.take(|quad| place.holds(quad) && literal(quad, "true"))?;
                let Term::Literal(literal) = &quad.object else { return None };
                Some((quad.predicate.as_str().to_owned(), Form::Truth(ending(literal)?)))
            }
            Value::Object(node) => {
                let (plan, inner) = self.node(node, &place.graph)?;
                let own_graph = inner.graph != place.graph;
                let target =
                    if own_graph { graph_term(&inner.graph)? } else { inner.subject.into() };
                let quad = self.take(|quad| place.holds(quad) && quad.object == target)?;
                let form =
                    if own_graph { Form::Graphs(vec![plan]) } else { Form::Nodes(vec![plan]) };
                Some((quad.predicate.into_string(), form))
            }
            Value::Null | Value::Array(_) => None,
        }
    }
}

impl Place {
    fn holds(&self, quad: &Quad) -> bool {
        quad.subject == self.subject && quad.graph_name == self.graph
    }
}

impl Form {
    /// Two items of one array: the same form, or nodes that have this and that.
    fn merge(&mut self, other: Self) -> Option<()> {
        match (self, other) {
            (Self::Nodes(nodes), Self::Nodes(others))
            | (Self::Graphs(nodes), Self::Graphs(others)) => {
                others.into_iter().try_for_each(|other| merge_node(nodes, other))
            }
            (form, other) => (*form == other).then_some(()),
        }
    }
}

fn merge_node(nodes: &mut Vec<Node>, other: Node) -> Option<()> {
    let same = |node: &&mut Node| {
        node.context == other.context && node.types == other.types && node.named == other.named
    };
    let Some(node) = nodes.iter_mut().find(same) else {
        nodes.push(other);
        return Some(());
    };
    for member in other.members {
        match node.members.iter_mut().find(|known| known.name == member.name) {
            Some(known) if known.predicate == member.predicate && known.many == member.many => {
                known.value.merge(member.value)?;
            }
            Some(_) => return None,
            None => node.members.push(member),
        }
    }
    node.members.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Some(())
}

/// The IRI or text of an object.
fn mark_of(object: &Term) -> Option<&str> {
    match object {
        Term::NamedNode(node) => Some(node.as_str()),
        Term::Literal(literal) => Some(literal.value()),
        Term::BlankNode(_) => None,
    }
}

/// What stands behind a literal in N-Quads; a language cannot, for no context of ours sets one.
fn ending(literal: &Literal) -> Option<String> {
    match literal.datatype() {
        _ if literal.language().is_some() => None,
        xsd::STRING => Some(String::new()),
        datatype => Some(format!("^^{datatype}")),
    }
}

fn graph_term(graph: &GraphName) -> Option<Term> {
    match graph.as_ref() {
        GraphNameRef::BlankNode(node) => Some(BlankNode::from(node).into()),
        GraphNameRef::NamedNode(_) | GraphNameRef::DefaultGraph => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_gives_a_plan() {
        assert_eq!(PLANS.len(), samples::all().len());
    }
}
