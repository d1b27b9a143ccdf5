//! The life of a worker process: read a document, answer, until the parent closes the pipe.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use super::limits::{self, Purpose};
use super::wire::{self, Reply, Request};
use crate::portfolio::evidence::{self, NormaliseError};
use crate::portfolio::{list, receipt, render};

/// Runs `hub render-worker`; returns when stdin ends, so that no worker outlives the server.
pub fn worker_main() -> ExitCode {
    match serve(&mut io::stdin().lock(), &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(requests: &mut impl io::Read, replies: &mut impl io::Write) -> io::Result<()> {
    // The message goes to the parent, which logs it; stderr leads nowhere.
    std::panic::set_hook(Box::new(|_| {}));
    limits::confine()?;
    while let Some(request) = wire::read(requests)? {
        limits::grant(Purpose::of(&request))?;
        let reply = guarded(|| answer(request));
        wire::write(replies, &reply)?;
        if matches!(reply, Reply::Panicked(_)) {
            break;
        }
    }
    Ok(())
}

fn answer(request: Request) -> Reply {
    match request {
        Request::Render(input) => {
            Reply::Rendered(render::render(&input).map_err(|error| error.to_string()))
        }
        Request::Preview(input, pixels_per_pt) => Reply::Previewed(
            render::preview(&input, 0, pixels_per_pt)
                .map(serde_bytes::ByteBuf::from)
                .map_err(|error| error.to_string()),
        ),
        Request::List(input) => {
            Reply::Rendered(list::render_list(&input).map_err(|error| error.to_string()))
        }
        Request::Receipt(input) => {
            Reply::Rendered(receipt::render_receipt(&input).map_err(|error| error.to_string()))
        }
        Request::Normalise(bytes) => Reply::Normalised(
            evidence::sniff(&bytes)
                .ok_or(NormaliseError::UnknownFormat)
                .and_then(|kind| evidence::normalise(&bytes, kind)),
        ),
    }
}

fn guarded(work: impl FnOnce() -> Reply) -> Reply {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Reply::Panicked(message_of(panic.as_ref())))
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", message.unwrap_or("without a message"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_reply() {
        let Reply::Panicked(message) = guarded(|| panic!("glyph {} is missing", 7)) else {
            panic!("the work panicked");
        };
        assert_eq!(message, "panicked: glyph 7 is missing");
    }
}
