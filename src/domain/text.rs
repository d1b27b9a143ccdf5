//! Text of people: made whole once at the edge, trusted inside.

use unicode_normalization::UnicodeNormalization;

use super::field::TextError;

/// One line of text, NFC, trimmed, inner white space folded.
pub fn line(text: &str, shortest: usize, longest: usize) -> Result<String, TextError> {
    let folded: String =
        text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    bounded(folded, shortest, longest)
}

/// Several lines of text, NFC, trimmed, line ends as `\n`.
pub fn paragraphs(text: &str, longest: usize) -> Result<String, TextError> {
    let whole = text.nfc().collect::<String>().replace("\r\n", "\n").trim().to_owned();
    bounded(whole, 0, longest)
}

/// One line that may be left out: nothing and white space are `None`.
pub fn optional_line(text: Option<&str>, longest: usize) -> Result<Option<String>, TextError> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => line(text, 1, longest).map(Some),
    }
}

/// An e-mail address and the key it is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    address: String,
}

impl Email {
    /// RFC 5321 in what people use: one `@`, a dot in the domain, at most 254 octets.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let address = text.trim().nfkc().collect::<String>();
        let malformed = TextError::Malformed("This is not an e-mail address.");
        let Some((local, domain)) = address.rsplit_once('@') else { return Err(malformed) };
        let fits = !local.is_empty()
            && address.len() <= 254
            && domain.split('.').count() >= 2
            && domain.split('.').all(|label| !label.is_empty())
            && !address
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || "<>(),;:\"\\".contains(c));
        if fits { Ok(Self { address }) } else { Err(malformed) }
    }

    /// As written, for sending.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Lower case, for finding.
    pub fn key(&self) -> String {
        self.address.to_lowercase()
    }
}

/// A password somebody chose: 10 to 200 characters, none of the obvious ones (NIST SP 800-63B §5.1.1.2).
#[derive(Clone)]
pub struct NewPassword(String);

impl NewPassword {
    /// Length is counted in characters, after NFKC as the standard asks.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let password = text.nfkc().collect::<String>();
        let length = password.chars().count();
        if length < 10 {
            return Err(TextError::TooShort(10));
        }
        if length > 200 {
            return Err(TextError::TooLong(200));
        }
        let lower = password.to_lowercase();
        let distinct = password.chars().collect::<std::collections::BTreeSet<_>>().len();
        if distinct < 4
            || ["password", "1234567890", "qwertyuiop"].iter().any(|weak| lower.starts_with(weak))
        {
            return Err(TextError::Malformed("This password is among the first that are guessed."));
        }
        Ok(Self(password))
    }

    /// For hashing only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// The form a password is compared in.
pub fn password_form(text: &str) -> String {
    text.nfkc().collect()
}

/// The form a roll number is matched in: upper case, no spaces, dots, dashes or strokes.
pub fn roll_key(text: &str) -> String {
    text.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// The normalised words of a text, for search: NFKC, lower case, joiners stripped, at most 40 characters each.
pub fn search_words(text: &str) -> Vec<String> {
    let plain: String = text
        .nfkc()
        .filter(|c| !matches!(c, '\u{200c}' | '\u{200d}'))
        .flat_map(char::to_lowercase)
        .collect();
    let mut words: Vec<String> = plain
        .split(|c: char| c.is_whitespace() || c.is_ascii_punctuation())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(40).collect())
        .collect();
    words.sort();
    words.dedup();
    words
}

fn bounded(text: String, shortest: usize, longest: usize) -> Result<String, TextError> {
    let length = text.chars().count();
    if shortest > 0 && length == 0 {
        return Err(TextError::Empty);
    }
    if length < shortest {
        return Err(TextError::TooShort(shortest));
    }
    if length > longest {
        return Err(TextError::TooLong(longest));
    }
    let unprintable = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    if text.chars().any(unprintable) { Err(TextError::Unprintable) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_folded_and_composed() {
        assert_eq!(line("  Cafe\u{301}   del \n Mar ", 1, 20).unwrap(), "Café del Mar");
    }

    #[test]
    fn direction_overrides_are_refused() {
        assert_eq!(line("abc\u{202e}def", 1, 20), Err(TextError::Unprintable));
    }

    #[test]
    fn letters_that_are_none_are_refused() {
        for none in ['\u{0}', '\u{1f}', '\u{7f}', '\u{feff}', '\u{fffe}', '\u{ffff}'] {
            assert_eq!(
                line(&format!("abc{none}def"), 1, 20),
                Err(TextError::Unprintable),
                "{none:?}"
            );
        }
    }

    #[test]
    fn a_title_of_spaces_is_empty() {
        assert_eq!(line("   ", 3, 20), Err(TextError::Empty));
    }

    #[test]
    fn an_email_is_found_whatever_its_case() {
        assert_eq!(Email::parse("Kavya.S@Example.EDU ").unwrap().key(), "kavya.s@example.edu");
        assert!(Email::parse("kavya@localhost").is_err());
        assert!(Email::parse("a b@example.edu").is_err());
        assert!(Email::parse("@example.edu").is_err());
    }

    #[test]
    fn roll_numbers_match_however_they_are_written() {
        assert_eq!(roll_key("21-cs / 042"), roll_key("21CS042"));
    }

    #[test]
    fn words_lose_joiners_and_case() {
        assert_eq!(search_words("Smart India-Hackathon, smart"), ["hackathon", "india", "smart"]);
        assert_eq!(search_words("க\u{200d}வ்யா"), search_words("கவ்யா"));
    }

    #[test]
    fn weak_passwords_are_refused() {
        assert!(NewPassword::parse("password123").is_err());
        assert!(NewPassword::parse("aaaaaaaaaaaa").is_err());
        assert!(NewPassword::parse("short").is_err());
        assert!(NewPassword::parse("a quiet village lane").is_ok());
    }
}
