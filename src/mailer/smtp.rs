//! Letters by SMTP.

use std::time::Duration;

use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use thiserror::Error;
use uuid::Uuid;

use crate::domain::member::Language;

use super::{Rendered, SendError};

/// How long the mail server may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a whole conversation may take: less than the time after which another worker takes the letter.
const CONVERSATION: Duration = Duration::from_secs(90);

/// A mail server, and whom letters come from.
pub struct SmtpSettings {
    /// `smtps://user:password@host:465`, or `smtp://user:password@host:587?tls=required`.
    pub url: String,
    /// The sender: `Name <address>` or an address.
    pub from: String,
}

/// Why the settings describe no mail server.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// Not an SMTP address. The address itself is not repeated: it holds a password.
    #[error(
        "the address of the mail server is not understood: smtps://user:password@host:465 is expected"
    )]
    Url,
    /// A password would go over the wire in clear.
    #[error("the mail server is given a password without TLS: add ?tls=required, or use smtps://")]
    PasswordInClear,
    /// Not a sender.
    #[error("the sender of letters is not a mail address")]
    From,
}

/// A mail server.
pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    pub(super) fn new(settings: &SmtpSettings) -> Result<Self, ConnectError> {
        let url = url::Url::parse(&settings.url).map_err(|_| ConnectError::Url)?;
        let secured = url.scheme() == "smtps"
            || url.query_pairs().any(|(key, value)| key == "tls" && value == "required");
        if url.password().is_some() && !secured {
            return Err(ConnectError::PasswordInClear);
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.url)
            .map_err(|_| ConnectError::Url)?
            .timeout(Some(PATIENCE))
            .build();
        let from = settings.from.parse().map_err(|_| ConnectError::From)?;
        Ok(Self { transport, from })
    }

    pub(super) async fn send(
        &self,
        id: Uuid,
        to: &str,
        language: Language,
        rendered: &Rendered,
        unsubscribe: Option<&str>,
    ) -> Result<(), SendError> {
        let message = self.message(id, to, language, rendered, unsubscribe)?;
        let sent = tokio::time::timeout(CONVERSATION, self.transport.send(message)).await;
        match sent.map_err(|_| SendError::Unreachable("no end in time".to_owned()))? {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(SendError::Refused(error.to_string())),
            Err(error) => Err(SendError::Unreachable(error.to_string())),
        }
    }

    fn message(
        &self,
        id: Uuid,
        to: &str,
        language: Language,
        rendered: &Rendered,
        unsubscribe: Option<&str>,
    ) -> Result<Message, SendError> {
        // The address alone, without a name: a name could break the header in some mail server.
        let to: Address =
            to.parse().map_err(|_| SendError::Refused("not a mail address".to_owned()))?;
        let id = format!("<{id}@{}>", self.from.email.domain());
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(rendered.subject.clone())
            .message_id(Some(id))
            .header(ContentLanguage(language.as_str().to_owned()))
            // RFC 3834 §5: no holiday replies to a machine.
            .header(AutoSubmitted("auto-generated".to_owned()));
        if let Some(address) = unsubscribe {
            message = message
                .header(ListUnsubscribe(format!("<{address}>")))
                .header(ListUnsubscribePost("List-Unsubscribe=One-Click".to_owned()));
        }
        message
            .multipart(MultiPart::alternative_plain_html(
                rendered.text.clone(),
                rendered.html.clone(),
            ))
            .map_err(|error| SendError::Refused(error.to_string()))
    }
}

macro_rules! header {
    ($(#[$doc:meta])* $name:ident = $text:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        struct $name(String);

        impl lettre::message::header::Header for $name {
            fn name() -> lettre::message::header::HeaderName {
                lettre::message::header::HeaderName::new_from_ascii_str($text)
            }

            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(text.to_owned()))
            }

            fn display(&self) -> lettre::message::header::HeaderValue {
                lettre::message::header::HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    };
}

header! {
    /// RFC 3282 §2.
    ContentLanguage = "Content-Language"
}
header! {
    /// RFC 3834 §5.
    AutoSubmitted = "Auto-Submitted"
}
header! {
    /// RFC 2369 §3.2.
    ListUnsubscribe = "List-Unsubscribe"
}
header! {
    /// RFC 8058 §3.1.
    ListUnsubscribePost = "List-Unsubscribe-Post"
}
