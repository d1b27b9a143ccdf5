//! From a letter to its subject, text and HTML.
//!
//! One template per kind and language: the first line is the subject, the rest the text. The
//! HTML is the same paragraphs in one layout, so the two can never say different things.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior, context};
use serde::Serialize;

use crate::domain::member::Language;

use super::Letter;

/// A letter, ready to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The text, with `\n` line ends.
    pub text: String,
    /// The same as HTML, without anything that is loaded from elsewhere.
    pub html: String,
}

/// Write a letter in a language.
pub fn render(letter: &Letter, language: Language) -> Rendered {
    let values = Value::from(Serde(letter));
    let part = |name: &str| {
        TEMPLATES
            .get_template(&format!("{}/{}.{name}", language.as_str(), letter.kind()))
            .and_then(|template| template.render(&values))
            .expect("every template is rendered in every language by a test")
    };
    // A title or a name may hold a line break; a header may not (RFC 5322 §2.2).
    let subject = part("subject").split_whitespace().collect::<Vec<_>>().join(" ");
    let text = part("text").replace("\r\n", "\n").trim().to_owned() + "\n";
    let html = TEMPLATES
        .get_template("layout.html")
        .and_then(|layout| {
            layout.render(context! {
                language => language.as_str(),
                subject => &subject,
                paragraphs => Value::from(Serde(paragraphs(&text, letter))),
            })
        })
        .expect("the layout is rendered by a test");
    Rendered { subject, text, html }
}

/// A paragraph of the text. Only the letter's own links become some in the HTML: an address that
/// somebody wrote into a comment stays text.
#[derive(Serialize)]
struct Paragraph<'a> {
    link: bool,
    lines: Vec<&'a str>,
}

fn paragraphs<'a>(text: &'a str, letter: &Letter) -> Vec<Paragraph<'a>> {
    let is_link = |text| text == letter.link() || Some(text) == letter.unsubscribe();
    text.split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
        .map(|paragraph| Paragraph { link: is_link(paragraph), lines: paragraph.lines().collect() })
        .collect()
}

macro_rules! templates {
    ($($language:literal: $($kind:literal),+;)+) => {
        [$($((
            concat!($language, "/", $kind, ".subject"),
            concat!($language, "/", $kind, ".text"),
            include_str!(concat!("../../templates/mail/", $language, "/", $kind, ".txt")),
        )),+),+]
    };
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    // A line that holds a tag alone leaves no empty line in the letter.
    templates.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .expect("the usual delimiters are valid"),
    );
    let sources = templates! {
        "en": "verify_email", "already_registered", "reset_password", "invitation", "decision", "notices", "confirmed";
        "hi": "verify_email", "already_registered", "reset_password", "invitation", "decision", "notices", "confirmed";
        "ta": "verify_email", "already_registered", "reset_password", "invitation", "decision", "notices", "confirmed";
    };
    for (subject_name, text_name, source) in sources {
        let (subject, text) = source.split_once('\n').unwrap_or((source, ""));
        for (name, part) in [(subject_name, subject), (text_name, text)] {
            templates.add_template(name, part).expect("a test parses every template");
        }
    }
    templates
        .add_template("layout.html", include_str!("../../templates/mail/layout.html"))
        .expect("a test parses the layout");
    templates
});
