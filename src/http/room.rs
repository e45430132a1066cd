//! Room in memory for answers of any length, for as long as they are being sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Answers of fewer bytes need no room: there cannot be more of them than connections.
const SMALL: usize = 256 * 1024;

/// Bytes that all others have together.
const ALL: usize = 256 * 1024 * 1024;

/// Bytes of a permit.
const PERMIT: usize = 1024;

/// Bytes that are handed on at a time: what is on its way is not counted any more.
const PIECE: usize = 64 * 1024;

/// The room that there is.
pub struct Room(Arc<Semaphore>);

impl Room {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(ALL / PERMIT)))
    }

    /// A body of these bytes, as soon as there is room for it. (One that is larger than all the
    /// room there is has to have all of it.)
    pub async fn body(&self, bytes: Vec<u8>) -> Body {
        if bytes.len() <= SMALL {
            return Body::from(bytes);
        }
        let permits = (bytes.len().min(ALL) / PERMIT) as u32;
        // It is never closed.
        let place = Arc::clone(&self.0).acquire_many_owned(permits).await.ok();
        Body::new(InPieces { rest: bytes.into(), _place: place })
    }
}

/// A body that gives its place back when the last piece of it is on its way.
struct InPieces {
    rest: Bytes,
    _place: Option<OwnedSemaphorePermit>,
}

impl HttpBody for InPieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http_body_util::BodyExt;
    use tokio::time::timeout;

    use super::{ALL, Room, SMALL};

    #[tokio::test]
    async fn large_answers_wait_for_room() {
        let (room, soon) = (Room::new(), Duration::from_millis(50));
        let bytes: Vec<u8> = (0..=255).cycle().take(3 * SMALL + 7).collect();
        let whole = room.body(vec![0; ALL + 1]).await;
        assert!(timeout(soon, room.body(bytes.clone())).await.is_err());
        assert!(timeout(soon, room.body(vec![0; SMALL])).await.is_ok(), "a small one waits not");
        drop(whole);
        let body = timeout(soon, room.body(bytes.clone())).await.expect("there is room");
        assert_eq!(body.collect().await.expect("it cannot fail").to_bytes(), bytes);
    }
}
