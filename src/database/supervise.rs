//! The thread that starts Postgres, waits for it, and starts it again when it dies.
//!
//! A thread of its own, because the signal that ends Postgres with the hub comes when the
//! *thread* that started it ends (`prctl(2)`): threads of the runtime's pools come and go.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tokio::sync::oneshot;

use super::binaries::Binaries;
use super::place::Place;
use super::{PostgresOptions, StartError, cluster, io_error};

/// How long a clean stop may take before it is made an immediate one, which recovers at the
/// next start.
const PATIENCE_WITH_STOP: Duration = Duration::from_secs(30);

/// The longest pause before a postmaster that died is started again.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What is known before Postgres answers.
pub(super) struct Prepared {
    /// The folder of the socket.
    pub(super) socket: PathBuf,
    /// What Postgres prints.
    pub(super) log: PathBuf,
}

/// A supervised postmaster. Dropped, it is told to stop and not waited for.
pub(super) struct Supervisor {
    control: Arc<Control>,
    ended: Option<oneshot::Receiver<()>>,
}

impl Supervisor {
    pub(super) fn start(
        data_dir: &Path,
        options: &PostgresOptions,
        prepared: oneshot::Sender<Result<Prepared, StartError>>,
    ) -> Result<Self, StartError> {
        let control = Arc::new(Control::default());
        let (end, ended) = oneshot::channel();
        let thread = std::thread::Builder::new().name("postgres".to_owned());
        let (data_dir, options, shared) = (data_dir.to_owned(), options.clone(), control.clone());
        thread
            .spawn(move || {
                match prepare(&data_dir, &options) {
                    Err(error) => drop(prepared.send(Err(error))),
                    Ok((place, binaries)) => {
                        let known =
                            Prepared { socket: place.socket.clone(), log: place.log.clone() };
                        // Where nobody waits any more, `Supervisor` was dropped: `stopping` is set.
                        drop(prepared.send(Ok(known)));
                        run(&place, &binaries, &shared);
                    }
                }
                drop(end);
            })
            .map_err(io_error(Path::new("a thread for Postgres")))?;
        Ok(Self { control, ended: Some(ended) })
    }

    /// The number of the running postmaster.
    pub(super) fn child(&self) -> Option<u32> {
        self.control.state().child.map(|pid| pid.as_raw_nonzero().get().unsigned_abs())
    }

    /// How often the postmaster has ended unasked.
    pub(super) fn deaths(&self) -> u32 {
        self.control.state().deaths
    }

    pub(super) async fn stop(mut self) {
        let mut ended = self.ended.take().expect("only stop takes it, and only once");
        // "Fast" shutdown: connections end, everything is written (pg_ctl's default).
        self.control.stop(Signal::INT);
        if tokio::time::timeout(PATIENCE_WITH_STOP, &mut ended).await.is_ok() {
            return;
        }
        tracing::warn!("Postgres does not stop cleanly; it will recover at the next start");
        self.control.stop(Signal::QUIT);
        if tokio::time::timeout(PATIENCE_WITH_STOP / 3, &mut ended).await.is_err() {
            self.control.stop(Signal::KILL);
            let _ = ended.await;
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.control.stop(Signal::INT);
    }
}

/// What the hub and the supervising thread share.
#[derive(Default)]
struct Control {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stopping: bool,
    /// The postmaster, as long as its number cannot have passed to another process.
    child: Option<Pid>,
    deaths: u32,
}

impl Control {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self, signal: Signal) {
        let mut state = self.state();
        state.stopping = true;
        if let Some(child) = state.child {
            // It may have ended by itself: the thread notices either way.
            let _ = kill_process(child, signal);
        }
        self.changed.notify_all();
    }

    /// Pause, unless told to stop; says whether to go on.
    fn pause(&self, pause: Duration) -> bool {
        let state = self.state();
        let (state, _) = self
            .changed
            .wait_timeout_while(state, pause, |state| !state.stopping)
            .unwrap_or_else(PoisonError::into_inner);
        !state.stopping
    }
}

/// Everything up to the first start of the postmaster.
fn prepare(data_dir: &Path, options: &PostgresOptions) -> Result<(Place, Binaries), StartError> {
    let place = Place::find(data_dir, options.user.as_deref())?;
    let version = cluster::version(&place)?;
    let binaries = Binaries::find(options.binaries.as_deref(), &place.cluster(), version)?;
    if version.is_none() {
        tracing::info!(folder = %place.base.display(), "making a new Postgres cluster");
        cluster::make(&place, &binaries)?;
    }
    Ok((place, binaries))
}

/// Keep a postmaster running until told to stop.
fn run(place: &Place, binaries: &Binaries, control: &Control) {
    let mut pause = Duration::from_millis(50);
    loop {
        let started = cluster::end_leftovers(&place.cluster(), Signal::INT)
            .and_then(|()| spawn_unless_stopping(place, binaries, control));
        match started {
            Ok(None) => return,
            Ok(Some(child)) => wait(child, control),
            Err(error) => tracing::error!(%error, "Postgres could not be started"),
        }
        let mut state = control.state();
        if state.stopping {
            return;
        }
        state.deaths = state.deaths.saturating_add(1);
        drop(state);
        tracing::error!(log = %place.log.display(), "Postgres ended unasked; starting it again");
        if !control.pause(pause) {
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn spawn_unless_stopping(
    place: &Place,
    binaries: &Binaries,
    control: &Control,
) -> Result<Option<Child>, StartError> {
    // Held across the start: a stop comes either before it or to the child.
    let mut state = control.state();
    if state.stopping {
        return Ok(None);
    }
    let child = cluster::spawn(place, binaries)?;
    state.child = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    Ok(Some(child))
}

/// Wait for the end of a child, and forget its number before the system may give it away.
fn wait(mut child: Child, control: &Control) {
    let pid = control.state().child;
    if let Some(pid) = pid {
        let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while waitid(WaitId::Pid(pid), ended).is_err_and(|error| error == Errno::INTR) {}
    }
    control.state().child = None;
    match child.wait() {
        Ok(status) => tracing::debug!(%status, "Postgres ended"),
        Err(error) => tracing::error!(%error, "the end of Postgres could not be waited for"),
    }
}
