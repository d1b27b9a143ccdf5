//! What is wrong with a field of what somebody sent.

use serde::Serialize;

/// One fault of the input, tied to its place (RFC 9457 §3, RFC 6901 pointer).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// JSON Pointer into the body, such as `/title`.
    pub pointer: String,
    /// Machine word, never translated.
    pub code: &'static str,
    /// One sentence for a person.
    pub detail: String,
}

/// Every fault found, so that a form can show them all at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    /// Note a fault of one field.
    pub fn add(&mut self, field: &str, code: &'static str, detail: impl Into<String>) {
        self.0.push(FieldError { pointer: format!("/{field}"), code, detail: detail.into() });
    }

    /// A single fault.
    pub fn one(field: &str, code: &'static str, detail: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, code, detail);
        errors
    }

    /// `value` where nothing was noted.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Keep the value, or note the fault under `field`.
    pub fn take<T>(&mut self, field: &str, parsed: Result<T, TextError>) -> Option<T> {
        parsed.map_err(|error| self.add(field, error.code(), error.to_string())).ok()
    }
}

/// Why a piece of text is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("This must not be empty.")]
    Empty,
    /// Fewer characters than needed.
    #[error("At least {0} characters are needed.")]
    TooShort(usize),
    /// More characters than allowed.
    #[error("At most {0} characters are allowed.")]
    TooLong(usize),
    /// Control characters or direction overrides.
    #[error("This holds characters that cannot be shown.")]
    Unprintable,
    /// Not of the form that is asked for.
    #[error("{0}")]
    Malformed(&'static str),
}

impl TextError {
    /// The machine word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooShort(_) => "too_short",
            Self::TooLong(_) => "too_long",
            Self::Unprintable => "unprintable",
            Self::Malformed(_) => "malformed",
        }
    }
}
