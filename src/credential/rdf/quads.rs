//! The simple part of RDFC-1.0: graphs whose blank nodes are told apart by their own statements.

use std::borrow::Cow;

use super::fill::escaped;
use crate::credential::digest::sha256;

/// Statements as a plan gives them; the same one may stand in it twice.
pub(super) struct Quads<'a> {
    quads: Vec<Quad<'a>>,
    blanks: u32,
}

/// One statement. Graphs of ours are the default one or blank.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Quad<'a> {
    pub(super) subject: Term<'a>,
    pub(super) predicate: &'a str,
    pub(super) object: Term<'a>,
    pub(super) graph: Option<u32>,
}

/// A subject or object.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Term<'a> {
    Iri(&'a str),
    /// Its text, and what stands behind it.
    Literal(Cow<'a, str>, &'a str),
    Blank(u32),
}

impl<'a> Quads<'a> {
    pub(super) fn new() -> Self {
        Self { quads: Vec::with_capacity(128), blanks: 0 }
    }

    pub(super) fn push(&mut self, quad: Quad<'a>) {
        self.quads.push(quad);
    }

    pub(super) fn new_blank(&mut self) -> u32 {
        self.blanks += 1;
        self.blanks - 1
    }

    /// Canonical N-Quads (RDFC-1.0 §4.4); `None` where blank nodes can only be told apart by their neighbours.
    pub(super) fn canonical(&self) -> Option<Vec<u8>> {
        let labels = self.labels()?;
        let mut text = Vec::with_capacity(self.quads.len() * 192);
        let mut lines = Vec::with_capacity(self.quads.len());
        for quad in &self.quads {
            let start = text.len();
            quad.write(&mut text, |blank, text| {
                text.extend_from_slice(b"_:c14n");
                text.extend_from_slice(labels[blank as usize].to_string().as_bytes());
            });
            lines.push(start..text.len());
        }
        let mut lines: Vec<&[u8]> = lines.into_iter().map(|line| &text[line]).collect();
        lines.sort_unstable();
        lines.dedup();
        Some(lines.concat())
    }

    /// The number of each blank node.
    fn labels(&self) -> Option<Vec<usize>> {
        let mut touching: Vec<Vec<&Quad<'_>>> = vec![Vec::new(); self.blanks as usize];
        for quad in &self.quads {
            quad.blanks().for_each(|blank| touching[blank as usize].push(quad));
        }
        let mut hashes: Vec<([u8; 32], usize)> = Vec::with_capacity(touching.len());
        for (blank, quads) in touching.iter_mut().enumerate() {
            quads.sort_unstable();
            quads.dedup();
            hashes.push((first_degree_hash(blank, quads), blank));
        }
        hashes.sort_unstable();
        // §4.4.3 step 4: first those that are alone with their hash. Step 5: then the others. Nodes that are alike and
        // touch no other blank node may be exchanged without changing a line, so their order among themselves is free.
        let groups = || hashes.chunk_by(|one, other| one.0 == other.0);
        let alone = groups().filter(|group| group.len() == 1);
        let alike = groups().filter(|group| group.len() > 1);
        let mut labels = vec![0; touching.len()];
        for (label, (_, blank)) in alone.chain(alike.clone()).flatten().enumerate() {
            labels[*blank] = label;
        }
        let tangled = |(_, blank): &([u8; 32], usize)| {
            touching[*blank].iter().any(|quad| quad.blanks().count() > 1)
        };
        (!alike.flatten().any(tangled)).then_some(labels)
    }
}

impl Quad<'_> {
    /// The blank nodes it touches, each once.
    fn blanks(&self) -> impl Iterator<Item = u32> + use<> {
        let of = |term: &Term<'_>| match term {
            Term::Blank(blank) => Some(*blank),
            Term::Iri(_) | Term::Literal(..) => None,
        };
        let subject = of(&self.subject);
        let object = of(&self.object).filter(|object| Some(*object) != subject);
        let graph = self.graph.filter(|graph| Some(*graph) != subject && Some(*graph) != object);
        subject.into_iter().chain(object).chain(graph)
    }

    fn write(&self, text: &mut Vec<u8>, label: impl Fn(u32, &mut Vec<u8>)) {
        self.subject.write(text, &label);
        text.extend_from_slice(b" <");
        text.extend_from_slice(self.predicate.as_bytes());
        text.extend_from_slice(b"> ");
        self.object.write(text, &label);
        if let Some(graph) = self.graph {
            text.push(b' ');
            label(graph, text);
        }
        text.extend_from_slice(b" .\n");
    }
}

impl Term<'_> {
    fn write(&self, text: &mut Vec<u8>, label: &impl Fn(u32, &mut Vec<u8>)) {
        match self {
            Self::Iri(iri) => {
                text.push(b'<');
                text.extend_from_slice(iri.as_bytes());
                text.push(b'>');
            }
            Self::Literal(value, ending) => {
                text.push(b'"');
                text.extend_from_slice(escaped(value).as_bytes());
                text.push(b'"');
                text.extend_from_slice(ending.as_bytes());
            }
            Self::Blank(blank) => label(*blank, text),
        }
    }
}

/// RDFC-1.0 §4.6.
fn first_degree_hash(here: usize, quads: &[&Quad<'_>]) -> [u8; 32] {
    let lines = quads.iter().map(|quad| {
        let mut line = Vec::with_capacity(256);
        let label = |blank: u32, line: &mut Vec<u8>| {
            line.extend_from_slice(if blank as usize == here { b"_:a" } else { b"_:z" });
        };
        quad.write(&mut line, label);
        line
    });
    let mut lines: Vec<Vec<u8>> = lines.collect();
    lines.sort_unstable();
    sha256(&lines.concat())
}
