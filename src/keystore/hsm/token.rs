//! A token and the sessions with it: found by its label, logged in to, found again when lost.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::MechanismType;
use cryptoki::object::ObjectHandle;
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use uuid::Uuid;

use super::super::secret_file::{self, ReadSecretError};
use super::{HsmError, HsmSettings};

/// Sessions kept open for the next call; more are closed again.
const IDLE_SESSIONS: usize = 8;

/// What the hub asks of a token, with PKCS#11's names.
const MECHANISMS: [(MechanismType, &str); 4] = [
    (MechanismType::ECC_EDWARDS_KEY_PAIR_GEN, "CKM_EC_EDWARDS_KEY_PAIR_GEN"),
    (MechanismType::EDDSA, "CKM_EDDSA"),
    (MechanismType::ECC_KEY_PAIR_GEN, "CKM_EC_KEY_PAIR_GEN"),
    (MechanismType::ECDSA, "CKM_ECDSA"),
];

/// A token and the sessions with it. The PIN is wiped when this is dropped.
pub(super) struct Token {
    module: Pkcs11,
    label: String,
    pin: AuthPin,
    idle: Mutex<Vec<OpenSession>>,
    /// Held for reading while the library is in use: starting it anew pulls every session away.
    gate: RwLock<()>,
    pin_refused: AtomicBool,
}

/// A session in which the hub is logged in.
pub(super) struct OpenSession {
    session: Session,
    /// Keys found before: some tokens look through all they have each time.
    found: RefCell<HashMap<Uuid, ObjectHandle>>,
}

/// Why a piece of work did not get done.
pub(super) enum Refused {
    /// By the token: perhaps a lost session.
    Token(Error),
    /// For a reason of the hub's own: asking again helps nothing.
    Hub(HsmError),
}

impl Token {
    /// Load the library and read the PIN.
    pub(super) fn load(settings: &HsmSettings) -> Result<Self, HsmError> {
        let pin = read_pin(settings)?;
        let module = Pkcs11::new(&settings.module).map_err(|error| HsmError::Module {
            path: settings.module.clone(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            module,
            label: settings.token.clone(),
            pin,
            idle: Mutex::new(Vec::new()),
            gate: RwLock::new(()),
            pin_refused: AtomicBool::new(false),
        })
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// Do a piece of work in a session. One that was kept may be lost – the token was unplugged, restarted, out of
    /// reach – so work that fails in it is done once more in a new one. Where the token itself has gone, the library
    /// is started anew: some see a token again only then.
    pub(super) fn with<T>(
        &self,
        work: impl Fn(&OpenSession) -> Result<T, Refused>,
    ) -> Result<T, HsmError> {
        match self.attempt(&work) {
            Err(HsmError::NoToken(_)) => {
                self.restart()?;
                self.attempt(&work)
            }
            done => done,
        }
    }

    /// Whether the token is there, lets the hub in, and can do what the hub asks of it.
    pub(super) fn check(&self) -> Result<(), HsmError> {
        match self.check_mechanisms() {
            Err(HsmError::NoToken(_)) => {
                self.restart()?;
                self.check_mechanisms()?;
            }
            checked => checked?,
        }
        // Nothing but the log-in.
        self.with(|_| Ok(()))
    }

    /// Start the library anew, when nobody is using it.
    pub(super) fn restart(&self) -> Result<(), HsmError> {
        let _alone = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.sessions().clear();
        match self.module.clone().finalize() {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiNotInitialized, _)) => self.initialise(),
            Err(error) => Err(refused(&error)),
        }
    }

    fn check_mechanisms(&self) -> Result<(), HsmError> {
        let _in_use = self.in_use();
        let slot = self.slot()?;
        for (mechanism, name) in MECHANISMS {
            match self.module.get_mechanism_info(slot, mechanism) {
                Ok(_) => {}
                Err(Error::Pkcs11(RvError::MechanismInvalid, _)) => {
                    return Err(HsmError::Mechanism { token: self.label.clone(), mechanism: name });
                }
                Err(error) => return Err(refused(&error)),
            }
        }
        Ok(())
    }

    fn attempt<T>(
        &self,
        work: &impl Fn(&OpenSession) -> Result<T, Refused>,
    ) -> Result<T, HsmError> {
        let _in_use = self.in_use();
        let kept = self.sessions().pop();
        if let Some(session) = kept {
            // Asked first: without a log-in, private keys are not refused but not found.
            match logged_in(&session).and_then(|()| work(&session)) {
                Ok(done) => {
                    self.keep(session);
                    return Ok(done);
                }
                // A key that is not found counts as well: so looks a token that was pulled out.
                Err(error) => {
                    let reason = HsmError::from(error).to_string();
                    tracing::warn!(
                        reason,
                        "a session with the token may be lost: trying a new one"
                    );
                    self.sessions().clear();
                }
            }
        }
        let session = self.open()?;
        let done = work(&session)?;
        self.keep(session);
        Ok(done)
    }

    fn open(&self) -> Result<OpenSession, HsmError> {
        if self.pin_refused.load(Ordering::SeqCst) {
            return Err(HsmError::PinRefused);
        }
        let slot = self.slot()?;
        let info = self.module.get_token_info(slot).map_err(|error| refused(&error))?;
        if info.user_pin_locked() || info.user_pin_final_try() {
            return Err(HsmError::PinLocked(self.label.clone()));
        }
        let session = self.module.open_rw_session(slot).map_err(|error| refused(&error))?;
        match session.login(UserType::User, Some(&self.pin)) {
            // All sessions of a program share one log-in (PKCS#11 2.40 usage guide §2.6.3).
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {
                Ok(OpenSession { session, found: RefCell::default() })
            }
            Err(Error::Pkcs11(
                RvError::PinIncorrect
                | RvError::PinInvalid
                | RvError::PinLenRange
                | RvError::PinExpired
                | RvError::PinLocked,
                _,
            )) => {
                self.pin_refused.store(true, Ordering::SeqCst);
                Err(HsmError::PinRefused)
            }
            Err(error) => Err(refused(&error)),
        }
    }

    fn slot(&self) -> Result<Slot, HsmError> {
        self.initialise()?;
        let slots = self.module.get_slots_with_token().map_err(|error| refused(&error))?;
        let ours = |slot: &Slot| {
            self.module.get_token_info(*slot).is_ok_and(|info| info.label() == self.label)
        };
        let mut found = slots.into_iter().filter(ours);
        match (found.next(), found.next()) {
            (Some(slot), None) => Ok(slot),
            (Some(_), Some(_)) => Err(HsmError::ManyTokens(self.label.clone())),
            (None, _) => Err(HsmError::NoToken(self.label.clone())),
        }
    }

    fn initialise(&self) -> Result<(), HsmError> {
        let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        match self.module.initialize(arguments) {
            // Long ago, or by another keystore of this program.
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
            Err(error) => Err(refused(&error)),
        }
    }

    fn in_use(&self) -> RwLockReadGuard<'_, ()> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, session: OpenSession) {
        let mut idle = self.sessions();
        if idle.len() < IDLE_SESSIONS {
            idle.push(session);
        }
    }

    fn sessions(&self) -> MutexGuard<'_, Vec<OpenSession>> {
        // A list of sessions is whole at every moment, whoever panicked.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenSession {
    /// The one private key of this id.
    pub(super) fn private_key(&self, id: Uuid) -> Result<ObjectHandle, Refused> {
        let known = self.found.borrow().get(&id).copied();
        if let Some(key) = known {
            return Ok(key);
        }
        let found = self.find_objects(&super::object::private_key(id))?;
        let [key] = found[..] else {
            return Err(HsmError::NoKey { id, found: found.len() }.into());
        };
        self.found.borrow_mut().insert(id, key);
        Ok(key)
    }
}

impl Deref for OpenSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Token(error)
    }
}

impl From<HsmError> for Refused {
    fn from(error: HsmError) -> Self {
        Self::Hub(error)
    }
}

impl From<Refused> for HsmError {
    fn from(refusal: Refused) -> Self {
        match refusal {
            Refused::Token(error) => refused(&error),
            Refused::Hub(error) => error,
        }
    }
}

fn logged_in(session: &Session) -> Result<(), Refused> {
    match session.get_session_info()?.session_state() {
        SessionState::RwUser => Ok(()),
        SessionState::RoPublic
        | SessionState::RoUser
        | SessionState::RwPublic
        | SessionState::RwSecurityOfficer => {
            Err(Error::Pkcs11(RvError::UserNotLoggedIn, Function::GetSessionInfo).into())
        }
    }
}

fn read_pin(settings: &HsmSettings) -> Result<AuthPin, HsmError> {
    let path = &settings.pin_file;
    let wrong = |reason: String| HsmError::PinFile { path: path.clone(), reason };
    let text = secret_file::read(path).map_err(|error| match error {
        ReadSecretError::Missing => wrong("is missing".to_owned()),
        ReadSecretError::Loose(mode) => wrong(format!(
            "has mode {mode:03o}: others could read it; run chmod 600 {}",
            path.display()
        )),
        ReadSecretError::Io(error) => wrong(format!("cannot be read: {error}")),
    })?;
    let pin = text.trimmed().and_then(|bytes| std::str::from_utf8(bytes).ok());
    let pin = pin.filter(|pin| !pin.is_empty()).ok_or_else(|| wrong("holds no PIN".to_owned()))?;
    // Straight into a box of its own size: nothing of it stays behind but what is wiped.
    Ok(AuthPin::new(pin.into()))
}

/// The function and its return value; the library's own words are whole paragraphs.
fn describe(error: &Error) -> String {
    match error {
        Error::Pkcs11(value, function) => format!("{function}: {value:?}"),
        other => other.to_string(),
    }
}

fn refused(error: &Error) -> HsmError {
    HsmError::Refused(describe(error))
}
