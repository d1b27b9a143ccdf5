//! How somebody showed who they are, and for how long that is recent enough.

use chrono::{DateTime, Duration, Utc};

use super::ids::SessionId;
use super::member::words;

/// How long ago somebody may have shown who they are, for what asks for it anew.
pub const STEP_UP_AGE: Duration = Duration::minutes(10);

/// How far apart the clocks of two processes may be.
const CLOCKS_APART: Duration = Duration::seconds(30);

words! {
    /// How somebody shows who they are.
    Method {
        /// A password.
        Password = "password",
        /// A code of an authenticator app (RFC 6238).
        Totp = "totp",
        /// A recovery code, in the place of the app.
        RecoveryCode = "recovery_code",
        /// A passkey: a device and its owner's finger, face or PIN.
        Passkey = "passkey",
        /// The college's own log-in.
        Oidc = "oidc",
    }
}

impl Method {
    /// Whether it is more than something one knows, or that somebody else vouches for.
    pub fn is_second_factor(self) -> bool {
        match self {
            Self::Totp | Self::RecoveryCode | Self::Passkey => true,
            Self::Password | Self::Oidc => false,
        }
    }
}

/// What a member can show beside what they know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// There is a password.
    pub password: bool,
    /// An authenticator app was enrolled.
    pub totp: bool,
    /// Passkeys.
    pub passkeys: i64,
    /// Recovery codes that were not used.
    pub recovery_codes: i64,
}

impl Factors {
    /// Whether a second factor is asked for.
    pub fn has_second(&self) -> bool {
        self.totp || self.passkeys > 0
    }

    /// What may be shown as the second factor.
    pub fn second(&self) -> Vec<Method> {
        let passkey = (self.passkeys > 0).then_some(Method::Passkey);
        let recovery = self.has_second() && self.recovery_codes > 0;
        let code = self.totp.then_some(Method::Totp);
        [passkey, code, recovery.then_some(Method::RecoveryCode)].into_iter().flatten().collect()
    }

    /// What has to be shown to act on something weighty: everything of one of these.
    pub fn step_up(&self) -> Vec<Vec<Method>> {
        let first = match (self.password, self.totp) {
            (true, true) => Some(vec![Method::Password, Method::Totp]),
            (true, false) if self.passkeys == 0 => Some(vec![Method::Password]),
            (false, true) => Some(vec![Method::Totp]),
            (true | false, false) => None,
        };
        let passkey = (self.passkeys > 0).then(|| vec![Method::Passkey]);
        let ways: Vec<_> = passkey.into_iter().chain(first).collect();
        // Whoever has nothing of their own here comes back through the college's log-in.
        if ways.is_empty() { vec![vec![Method::Oidc]] } else { ways }
    }
}

/// The session of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSession {
    /// `sid` of the access token.
    pub id: SessionId,
    /// When its person last showed who they are.
    pub authenticated_at: DateTime<Utc>,
    /// How.
    pub methods: Vec<Method>,
    /// A second factor was shown in it at any time.
    pub second_factor: bool,
}

impl LiveSession {
    /// Whether its person showed who they are a short time ago, with all that they have.
    pub fn is_fresh(&self, factors: Factors, now: DateTime<Utc>) -> bool {
        let age = now - self.authenticated_at;
        let enough =
            !factors.has_second() || self.methods.iter().any(|method| method.is_second_factor());
        enough && age > -CLOCKS_APART && age < STEP_UP_AGE
    }
}

/// Browser and system of a `User-Agent`, in words for the owner of a session: nothing that tells one phone from another.
pub fn device_words(user_agent: &str) -> String {
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, word)| *word)
    };
    // The order matters: each browser names those it wants to be taken for.
    let browser = find(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(minutes: i64, methods: &[Method]) -> (LiveSession, DateTime<Utc>) {
        let then = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let session = LiveSession {
            id: SessionId(uuid::Uuid::nil()),
            authenticated_at: then,
            methods: methods.to_vec(),
            second_factor: false,
        };
        (session, then + Duration::minutes(minutes))
    }

    #[test]
    fn a_password_is_fresh_for_ten_minutes_where_there_is_nothing_more() {
        let alone = Factors { password: true, ..Factors::default() };
        for (minutes, fresh) in [(0, true), (9, true), (10, false), (-1, false)] {
            let (session, now) = session(minutes, &[Method::Password]);
            assert_eq!(session.is_fresh(alone, now), fresh, "{minutes}");
        }
    }

    #[test]
    fn whoever_has_a_second_factor_has_to_show_it() {
        let both = Factors { password: true, totp: true, ..Factors::default() };
        let (known, now) = session(1, &[Method::Password]);
        assert!(!known.is_fresh(both, now));
        let (shown, now) = session(1, &[Method::Password, Method::Totp]);
        assert!(shown.is_fresh(both, now));
    }

    #[test]
    fn a_step_up_asks_for_what_is_there() {
        let ways = |password, totp, passkeys| {
            Factors { password, totp, passkeys, recovery_codes: 0 }.step_up()
        };
        assert_eq!(ways(true, false, 0), [vec![Method::Password]]);
        assert_eq!(ways(true, true, 0), [vec![Method::Password, Method::Totp]]);
        assert_eq!(ways(true, false, 2), [vec![Method::Passkey]]);
        assert_eq!(
            ways(true, true, 1),
            [vec![Method::Passkey], vec![Method::Password, Method::Totp]]
        );
        assert_eq!(ways(false, false, 0), [vec![Method::Oidc]]);
    }

    #[test]
    fn a_device_is_told_in_two_words() {
        let words = |agent| device_words(agent);
        assert_eq!(
            words(
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0 Mobile Safari/537.36"
            ),
            "Chrome, Android"
        );
        assert_eq!(
            words(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
            ),
            "Safari, iPhone"
        );
        assert_eq!(
            words("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
            "Firefox, Linux"
        );
        assert_eq!(words("curl/8.5.0"), "");
    }
}
