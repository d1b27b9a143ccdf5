//! Particulars of an achievement: what only some categories ask for, and reports want to know.

use serde::{Deserialize, Serialize};

use super::field::FieldErrors;
use super::text::optional_line;

/// Say the fields once: each is one line of text.
macro_rules! particulars {
    ($($(#[$doc:meta])* $name:ident: $most:literal),+ $(,)?) => {
        /// What only some categories ask for; each is one line.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct Particulars {
            $($(#[$doc])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $name: Option<String>),+
        }

        impl Particulars {
            /// Every name.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// The field of this name, where it is filled.
            pub fn named(&self, name: &str) -> Option<&str> {
                match name {
                    $(stringify!($name) => self.$name.as_deref(),)+
                    _ => None,
                }
            }

            fn lines(self, errors: &mut FieldErrors) -> Self {
                Self {
                    $($name: errors
                        .take(
                            concat!("particulars/", stringify!($name)),
                            optional_line(self.$name.as_deref(), $most),
                        )
                        .flatten()),+
                }
            }
        }
    };
}

particulars! {
    /// Name of the event, as others who were there would write it.
    event: 200,
    /// One of `DOMAINS`.
    domain: 20,
    /// How to reach who held it: address, telephone or web page.
    organiser_contact: 200,
    /// Of the government or a body, such as `NSS`.
    scheme: 120,
    /// Examination, such as `GATE`.
    exam: 60,
    /// Roll or registration number of the examination.
    registration_number: 60,
    /// Who employs or takes an intern.
    employer: 200,
    /// How to reach them.
    employer_contact: 200,
    /// Pay in a year, as offered.
    package: 60,
    /// Institution joined.
    institution: 200,
    /// Programme admitted to.
    programme_joined: 120,
    /// Category of the awardee: `student`, `team`, `department` …
    awardee: 60,
}

/// What a domain may be.
pub const DOMAINS: [&str; 6] = ["sports", "cultural", "technical", "literary", "social", "other"];

impl Particulars {
    /// Clean each line, and note what is wrong.
    pub fn parse(self, errors: &mut FieldErrors) -> Self {
        let clean = self.lines(errors);
        if clean.domain.as_deref().is_some_and(|domain| !DOMAINS.contains(&domain)) {
            errors.add("particulars/domain", "unknown", "There is no such domain.");
        }
        clean
    }

    /// As it is kept; what an older hub wrote and this one does not know is left aside.
    pub fn read(kept: &serde_json::Value) -> Self {
        let mut whole = Self::default();
        if let Some(fields) = kept.as_object() {
            let known = fields.iter().filter(|(name, _)| Self::NAMES.contains(&name.as_str()));
            let known = known.map(|(name, value)| (name.clone(), value.clone())).collect();
            whole = serde_json::from_value(serde_json::Value::Object(known)).unwrap_or_default();
        }
        whole
    }

    /// As it is kept.
    pub fn to_kept(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("lines of text make JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cleaned_and_a_domain_is_one_of_the_list() {
        let mut errors = FieldErrors::default();
        let raw = Particulars {
            event: Some("  Kho-kho   cup ".into()),
            exam: Some(" ".into()),
            domain: Some("chess".into()),
            ..Particulars::default()
        };
        let clean = raw.parse(&mut errors);
        assert_eq!(errors.0[0].pointer, "/particulars/domain");
        assert_eq!((clean.named("event").is_some(), clean.named("exam")), (true, None));
        assert_eq!(Particulars::read(&clean.to_kept()), clean);
    }
}
