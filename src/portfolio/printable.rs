//! Text as the shipped fonts can print it.
//!
//! PDF/A forbids a glyph for "unknown" (ISO 19005-3 §6.2.11.8) and private characters, so what no
//! shipped font draws becomes U+FFFD before the layout. The attached credential keeps the exact text.

use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

use crate::portfolio::world;

/// Longest run of graphemes without a place to break; a line of the narrowest column holds it.
const LONGEST_RUN: usize = 24;

/// Fields that are addresses, ids, digests and paths: links and look-ups use them as they are.
const VERBATIM: [&str; 14] = [
    "url",
    "credential_url",
    "short_url",
    "id",
    "credential_id",
    "record_hash",
    "issuer",
    "credential_key",
    "document_certificate",
    "image",
    "logo",
    "seal",
    "photo",
    "signature",
];

/// Every text in `value`, made printable; in [`VERBATIM`] fields only what is not plain ASCII.
pub fn printable_value(value: &mut Value) {
    match value {
        Value::String(text) => *text = printable(text),
        Value::Array(values) => values.iter_mut().for_each(printable_value),
        Value::Object(fields) => {
            for (name, value) in fields {
                let plain =
                    value.as_str().is_some_and(|text| text.bytes().all(|b| b.is_ascii_graphic()));
                if !(plain && VERBATIM.contains(&name.as_str())) {
                    printable_value(value);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `text` with line breaks as `\n`, without control characters, without characters that have no
/// glyph, and with places to break (U+200B) in very long words.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = 0;
    for grapheme in text.graphemes(true) {
        match grapheme {
            "\r\n" | "\n" | "\r" | "\u{2028}" | "\u{2029}" => {
                out.push('\n');
                run = 0;
                continue;
            }
            _ if grapheme.chars().all(is_invisible) => continue,
            _ if grapheme.chars().all(char::is_whitespace) => run = 0,
            _ => run += 1,
        }
        if run > LONGEST_RUN {
            out.push('\u{200b}');
            run = 1;
        }
        if grapheme.chars().all(char::is_whitespace) {
            out.push(' ');
        } else if world::one_font_covers(grapheme) {
            out.push_str(grapheme);
        } else {
            out.extend(grapheme.chars().filter_map(replacement));
        }
    }
    out
}

/// What stands for a character whose cluster no font draws as a whole.
fn replacement(character: char) -> Option<char> {
    let mut buffer = [0; 4];
    if is_invisible(character) || world::is_mark(character) {
        None
    } else if world::one_font_covers(character.encode_utf8(&mut buffer)) {
        Some(character)
    } else {
        Some(char::REPLACEMENT_CHARACTER)
    }
}

/// Controls, joiners on their own, and the marks that turn the reading direction (which could make
/// a title read as what it is not).
fn is_invisible(character: char) -> bool {
    let format = matches!(character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    format || (character.is_control() && !character.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_indian_scripts_stay_as_they_are() {
        for name in [
            "கவ்யா சுப்பிரமணியன்",
            "श्रेया क्षत्रिय",
            "ಕಾವ್ಯ",
            "കാവ്യ",
            "కావ్య",
            "কাব্য",
            "કાવ્ય",
            "ਕਾਵਿਆ",
            "କାବ୍ୟ",
            "Zoë Müller-O’Brien",
        ] {
            assert_eq!(printable(name), name);
        }
    }

    #[test]
    fn what_no_font_draws_becomes_a_replacement_character() {
        assert_eq!(printable("First 🏆 prize"), "First \u{fffd} prize");
        assert_eq!(printable("大学"), "\u{fffd}\u{fffd}");
        assert_eq!(printable("👩\u{200d}🎓"), "\u{fffd}\u{fffd}");
        assert_eq!(printable("abc\u{202e}fed"), "abcfed");
        assert_eq!(printable("a\u{e000}b\u{0}c\u{7}"), "a\u{fffd}bc");
    }

    #[test]
    fn a_mark_on_a_letter_of_another_script_is_dropped() {
        assert_eq!(printable("e\u{0bbe}"), "e");
    }

    #[test]
    fn a_very_long_word_gets_places_to_break() {
        let word = "W".repeat(100);
        let text = printable(&word);
        assert_eq!(text.replace('\u{200b}', ""), word);
        assert_eq!(text.matches('\u{200b}').count(), 4);
    }

    #[test]
    fn every_kind_of_line_break_is_one_line_feed() {
        assert_eq!(printable("a\r\nb\rc\u{2028}d\te"), "a\nb\nc\nd e");
    }
}
