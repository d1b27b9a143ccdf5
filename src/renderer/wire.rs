//! What goes through the pipes: a length (four bytes, big-endian), then that much CBOR (RFC 8949).

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::portfolio::evidence::{NormaliseError, Rendition};
use crate::portfolio::list::ListInput;
use crate::portfolio::receipt::ReceiptInput;
use crate::portfolio::render::{RenderInput, RenderedPortfolio};

/// An upload is at most 25 MB, a portfolio with its pictures less than this.
const MAX_FRAME: u32 = 256 << 20;

#[derive(Serialize, Deserialize)]
pub(super) enum Request {
    Render(Box<RenderInput>),
    /// The first page as a picture, at so many pixels per point.
    Preview(Box<RenderInput>, f64),
    List(Box<ListInput>),
    Receipt(Box<ReceiptInput>),
    Normalise(#[serde(with = "serde_bytes")] Vec<u8>),
}

#[derive(Serialize, Deserialize)]
pub(super) enum Reply {
    /// Or the reason in words: it is for a log.
    Rendered(Result<RenderedPortfolio, String>),
    Previewed(Result<serde_bytes::ByteBuf, String>),
    Normalised(Result<Rendition, NormaliseError>),
    /// The worker ends after this.
    Panicked(String),
}

/// The parent's side.
pub(super) async fn send(
    pipe: &mut (impl AsyncWrite + Unpin),
    message: &impl Serialize,
) -> io::Result<()> {
    pipe.write_all(&framed(message)?).await?;
    pipe.flush().await
}

/// The parent's side.
pub(super) async fn receive<T: DeserializeOwned>(
    pipe: &mut (impl AsyncRead + Unpin),
) -> io::Result<T> {
    let length = accepted(pipe.read_u32().await?)?;
    let mut frame = vec![0; length];
    pipe.read_exact(&mut frame).await?;
    parsed(&frame)
}

/// The worker's side.
pub(super) fn write(pipe: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    pipe.write_all(&framed(message)?)?;
    pipe.flush()
}

/// The worker's side; `None` when the parent has closed the pipe or is gone.
pub(super) fn read<T: DeserializeOwned>(pipe: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match pipe.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut frame = vec![0; accepted(u32::from_be_bytes(length))?];
    pipe.read_exact(&mut frame)?;
    parsed(&frame).map(Some)
}

fn framed(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 4];
    ciborium::into_writer(message, &mut frame).map_err(io::Error::other)?;
    let length = u32::try_from(frame.len() - 4).unwrap_or(u32::MAX);
    accepted(length)?;
    frame[..4].copy_from_slice(&length.to_be_bytes());
    Ok(frame)
}

fn accepted(length: u32) -> io::Result<usize> {
    if length > MAX_FRAME {
        return Err(io::Error::other("a document too large for a worker"));
    }
    Ok(usize::try_from(length).expect("32 bits fit into an address"))
}

fn parsed<T: DeserializeOwned>(frame: &[u8]) -> io::Result<T> {
    ciborium::from_reader(frame).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_as_it_was_sent() {
        let mut pipe = Vec::new();
        write(&mut pipe, &Request::Normalise(vec![7; 100_000])).unwrap();
        assert!(pipe.len() < 100_100, "bytes travel as bytes, not as a list of numbers");
        let Some(Request::Normalise(bytes)) = read(&mut pipe.as_slice()).unwrap() else {
            panic!("the pipe held a request");
        };
        assert_eq!(bytes, vec![7; 100_000]);
    }

    #[test]
    fn a_closed_pipe_is_the_end_and_a_broken_frame_an_error() {
        assert!(read::<Request>(&mut [].as_slice()).unwrap().is_none());
        assert!(read::<Request>(&mut [0, 0, 0, 9, 1].as_slice()).is_err());
        assert!(read::<Request>(&mut [0xff; 8].as_slice()).is_err());
    }
}
