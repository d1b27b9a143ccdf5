//! What a worker process may use, set by itself before it reads a document.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::io::Result;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::wire::Request;

/// What a process works on, which decides what it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Our own templates with a college's data.
    Portfolio,
    /// Bytes a student supplied.
    Evidence,
}

impl Purpose {
    pub(super) fn of(request: &Request) -> Self {
        match request {
            Request::Render(_) | Request::Preview(..) | Request::List(_) | Request::Receipt(_) => {
                Self::Portfolio
            }
            Request::Normalise(_) => Self::Evidence,
        }
    }

    /// Its word.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Portfolio => "portfolio",
            Self::Evidence => "evidence",
        }
    }

    /// Bytes of address space.
    fn memory(self) -> u64 {
        match self {
            Self::Portfolio => 1 << 30,
            Self::Evidence => 512 << 20,
        }
    }

    /// For one document.
    pub(super) fn cpu_time(self) -> Duration {
        Duration::from_secs(match self {
            Self::Portfolio => 20,
            Self::Evidence => 10,
        })
    }

    /// For one document, with a processor that others use as well.
    pub(super) fn wall_time(self) -> Duration {
        3 * self.cpu_time()
    }
}

/// For the whole life of the process: nothing written, and no core dump with a student's data in it.
pub(super) fn confine() -> Result<()> {
    lower(Resource::Fsize, 0)?;
    lower(Resource::Core, 0)
}

/// For the next document. Limits only shrink, so a process keeps to its first purpose.
pub(super) fn grant(purpose: Purpose) -> Result<()> {
    match purpose {
        // Descriptors 0 to 2 are the pipes: no file can be opened, and no socket.
        Purpose::Evidence => lower(Resource::Nofile, 3)?,
        // A debug build reads its own templates from the disk.
        Purpose::Portfolio => {}
    }
    lower(Resource::As, purpose.memory())?;
    let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
    let used = u64::try_from(used).expect("processor time counts up from zero");
    setrlimit(
        Resource::Cpu,
        Rlimit {
            current: Some(used + purpose.cpu_time().as_secs() + 1),
            maximum: getrlimit(Resource::Cpu).maximum,
        },
    )
}

/// Whether the kernel ended the process because its time was up.
pub(super) fn is_out_of_time(status: ExitStatus) -> bool {
    status.signal() == Some(Signal::XCPU.as_raw())
}

fn lower(resource: Resource, limit: u64) -> Result<()> {
    setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })
}
