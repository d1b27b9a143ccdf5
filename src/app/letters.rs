//! Letters to people, as jobs of the act they tell of.

use std::collections::BTreeMap;

use super::record::enqueue;
use super::{App, Refusal};
use crate::domain::job::Job;
use crate::domain::member::Language;
use crate::storage::TenantTx;

/// To whom, and in which language.
#[derive(Clone, Debug)]
pub(crate) struct Addressee<'a> {
    /// Address.
    pub(crate) email: &'a str,
    /// What they read.
    pub(crate) language: Language,
}

/// Enqueue a letter; `values` are what its template asks for.
pub(crate) async fn write(
    template: &str,
    values: &[(&str, &str)],
    to: Addressee<'_>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let values: BTreeMap<String, String> = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let job = Job::SendMail { to: to.email.to_owned(), template: template.to_owned(), language: to.language, values };
    enqueue(&job, tx, app).await
}
