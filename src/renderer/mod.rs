//! The worker processes that render portfolios and decode what students upload.
//!
//! Neither typst nor a decoder can be cancelled, and running out of memory aborts. So they run in
//! processes of this same binary (`hub render-worker`) with little memory and little time; one that
//! dies takes its document with it and nothing else. A process serves one [`Purpose`] only, so that
//! bytes from a stranger never meet another student's portfolio.

mod limits;
mod wire;
mod worker;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_bytes::ByteBuf;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::portfolio::evidence::{NormaliseError, Rendition};
use crate::portfolio::list::ListInput;
use crate::portfolio::receipt::ReceiptInput;
use crate::portfolio::render::{RenderInput, RenderedPortfolio};

pub use worker::worker_main;

use limits::Purpose;
use wire::{Reply, Request};

/// The argument that makes the binary a worker.
pub const WORKER_COMMAND: &str = "render-worker";

/// How long a request waits for a free process before it is told [`RendererError::Busy`].
const PATIENCE: Duration = Duration::from_secs(60);
/// A process is replaced after so many documents, so that a leak cannot grow.
const DOCUMENTS_PER_PROCESS: u32 = 200;

/// What a broken worker program may do; ours answers each request with its own kind of reply.
const MIXED_UP: &str = "the worker answered another question";

/// Hands documents to worker processes; cheap to clone.
#[derive(Clone)]
pub struct Renderer {
    portfolios: Arc<Lane>,
    evidence: Arc<Lane>,
}

/// Why a document did not come back.
#[derive(Debug, thiserror::Error)]
pub enum RendererError {
    /// The uploaded file cannot be shown; the reason is meant for the student.
    #[error(transparent)]
    Refused(NormaliseError),
    /// The layout or the export failed: a fault of the template or of its input.
    #[error("the portfolio was not rendered: {0}")]
    Failed(String),
    /// It took more time than its purpose is given.
    #[error("the document took more than {} s", .0.as_secs())]
    TooSlow(Duration),
    /// The process died of the document: out of memory, a panic, a stack overflow.
    #[error("the worker process died of the document: {0}")]
    Died(String),
    /// All processes were busy for a minute.
    #[error("all render workers are busy")]
    Busy,
    /// The worker program cannot be started.
    #[error("cannot start a render worker")]
    Start(#[source] std::io::Error),
}

impl Renderer {
    /// At most `processes` workers for each purpose, started when first needed from `program`,
    /// which must call [`worker_main`] when its first argument is [`WORKER_COMMAND`].
    pub fn start(program: PathBuf, processes: usize) -> Self {
        Self {
            portfolios: Arc::new(Lane::new(Purpose::Portfolio, program.clone(), processes)),
            evidence: Arc::new(Lane::new(Purpose::Evidence, program, processes)),
        }
    }

    /// For each purpose: its name, how many processes are at work, and how many there may be.
    pub fn load(&self) -> [(&'static str, usize, usize); 2] {
        [&self.portfolios, &self.evidence].map(|lane| {
            (
                lane.purpose.as_str(),
                lane.processes - lane.places.available_permits(),
                lane.processes,
            )
        })
    }

    /// Renders a portfolio; the same input gives the same bytes.
    pub async fn render(&self, input: RenderInput) -> Result<RenderedPortfolio, RendererError> {
        rendered(self.portfolios.ask(&Request::Render(Box::new(input))).await?)
    }

    /// Renders a list; the same input gives the same bytes.
    pub async fn render_list(&self, input: ListInput) -> Result<RenderedPortfolio, RendererError> {
        rendered(self.portfolios.ask(&Request::List(Box::new(input))).await?)
    }

    /// Renders the receipt of a check; the same input gives the same bytes.
    pub async fn render_receipt(
        &self,
        input: ReceiptInput,
    ) -> Result<RenderedPortfolio, RendererError> {
        rendered(self.portfolios.ask(&Request::Receipt(Box::new(input))).await?)
    }

    /// The first page as a picture (PNG) at `pixels_per_pt` (1.0 = 72 dpi), marked as a preview.
    pub async fn preview(
        &self,
        input: RenderInput,
        pixels_per_pt: f64,
    ) -> Result<Vec<u8>, RendererError> {
        match self.portfolios.ask(&Request::Preview(Box::new(input), pixels_per_pt)).await? {
            Reply::Previewed(answer) => {
                answer.map(ByteBuf::into_vec).map_err(RendererError::Failed)
            }
            other => Err(astray(other)),
        }
    }

    /// Makes the rendition of an uploaded file; its format is told from its content.
    pub async fn normalise(&self, bytes: Vec<u8>) -> Result<Rendition, RendererError> {
        match self.evidence.ask(&Request::Normalise(bytes)).await? {
            Reply::Normalised(answer) => answer.map_err(RendererError::Refused),
            other => Err(astray(other)),
        }
    }
}

fn rendered(reply: Reply) -> Result<RenderedPortfolio, RendererError> {
    match reply {
        Reply::Rendered(answer) => answer.map_err(RendererError::Failed),
        other => Err(astray(other)),
    }
}

/// What a reply that carries no answer to the question means.
fn astray(reply: Reply) -> RendererError {
    RendererError::Died(match reply {
        Reply::Panicked(message) => message,
        Reply::Rendered(_) | Reply::Previewed(_) | Reply::Normalised(_) => MIXED_UP.to_owned(),
    })
}

/// The processes of one purpose.
struct Lane {
    purpose: Purpose,
    program: PathBuf,
    processes: usize,
    places: Semaphore,
    idle: Mutex<Vec<Process>>,
}

impl Lane {
    fn new(purpose: Purpose, program: PathBuf, processes: usize) -> Self {
        let processes = processes.max(1);
        Self {
            purpose,
            program,
            processes,
            places: Semaphore::new(processes),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// A process is held by this call alone; only after a whole reply does it go back to the idle
    /// ones. Whatever else happens (an error, a timeout, the caller gone), it is dropped and killed.
    async fn ask(&self, request: &Request) -> Result<Reply, RendererError> {
        let _place = self.place().await?;
        let mut process = match self.idle_process() {
            Some(process) => process,
            None => Process::start(&self.program).map_err(RendererError::Start)?,
        };
        let reply = match timeout(self.purpose.wall_time(), process.exchange(request)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => return Err(self.cause_of_death(process, &error).await),
            Err(_) => return Err(RendererError::TooSlow(self.purpose.cpu_time())),
        };
        if !matches!(reply, Reply::Panicked(_)) && process.served < DOCUMENTS_PER_PROCESS {
            self.idle.lock().expect("nothing panics while the list is locked").push(process);
        }
        Ok(reply)
    }

    async fn place(&self) -> Result<SemaphorePermit<'_>, RendererError> {
        timeout(PATIENCE, self.places.acquire())
            .await
            .map_err(|_| RendererError::Busy)
            .map(|place| place.expect("the semaphore is never closed"))
    }

    /// An idle process that still lives.
    fn idle_process(&self) -> Option<Process> {
        let mut idle = self.idle.lock().expect("nothing panics while the list is locked");
        std::iter::from_fn(|| idle.pop()).find_map(Process::if_alive)
    }

    async fn cause_of_death(&self, mut process: Process, error: &std::io::Error) -> RendererError {
        // A process that closed its pipe is gone, or is ended here after a second.
        let Ok(Ok(status)) = timeout(Duration::from_secs(1), process.child.wait()).await else {
            return RendererError::Died(error.to_string());
        };
        if limits::is_out_of_time(status) {
            RendererError::TooSlow(self.purpose.cpu_time())
        } else {
            RendererError::Died(status.to_string())
        }
    }
}

/// One worker and its two pipes; killed when dropped.
struct Process {
    child: Child,
    requests: ChildStdin,
    replies: ChildStdout,
    served: u32,
}

impl Process {
    fn start(program: &Path) -> std::io::Result<Self> {
        let mut child = Command::new(program)
            .arg(WORKER_COMMAND)
            // The server's settings hold secrets; a worker needs none of them.
            .env_clear()
            // One thread: each more would reserve 64 MB of the address space for its allocations.
            .env("RAYON_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let requests = child.stdin.take().expect("stdin is piped");
        let replies = child.stdout.take().expect("stdout is piped");
        Ok(Self { child, requests, replies, served: 0 })
    }

    fn if_alive(mut self) -> Option<Self> {
        matches!(self.child.try_wait(), Ok(None)).then_some(self)
    }

    async fn exchange(&mut self, request: &Request) -> std::io::Result<Reply> {
        self.served += 1;
        wire::send(&mut self.requests, request).await?;
        wire::receive(&mut self.replies).await
    }
}
