//! Work for processors that strangers ask for: as much at a time as there are cores, a short queue, a limit of time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Refusal;

/// How many may wait for each that works.
const QUEUE: usize = 32;
/// How long one may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one piece of work may take. Nothing here is quick when it is built for debugging.
const LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 30 } else { 2 });

/// Turns at the processors.
#[derive(Debug)]
pub(crate) struct Turns {
    running: Arc<Semaphore>,
    waiting: Semaphore,
    limit: Duration,
}

impl Turns {
    /// As many at a time as there are cores.
    pub(crate) fn for_this_machine() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, usize::from), LIMIT)
    }

    fn new(cores: usize, limit: Duration) -> Self {
        let running = Arc::new(Semaphore::new(cores));
        Self { running, waiting: Semaphore::new(cores * QUEUE), limit }
    }

    /// Do it on a thread that may block; `None` where it was not done in time. It keeps its turn until it ends, so
    /// that what takes long cannot be piled up.
    pub(crate) async fn take<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, Refusal> {
        let place = self.waiting.try_acquire().map_err(|_| Refusal::Busy)?;
        let turn = timeout(PATIENCE, self.running.clone().acquire_owned())
            .await
            .map_err(|_| Refusal::Busy)?
            .expect("the semaphore is never closed");
        drop(place);
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        match timeout(self.limit, done).await {
            Ok(done) => done.map(Some).map_err(Refusal::internal),
            Err(_) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn what_takes_too_long_is_given_up_and_keeps_its_turn_until_it_ends() {
        let turns = Turns::new(1, Duration::from_millis(20));
        let (end, ended) = mpsc::channel::<()>();
        let slow = turns.take(move || ended.recv().is_ok()).await;
        assert!(matches!(slow, Ok(None)));
        assert_eq!(turns.running.available_permits(), 0);
        end.send(()).unwrap();
        let turns = Turns { limit: LIMIT, ..turns };
        assert!(matches!(turns.take(|| 7).await, Ok(Some(7))));
    }

    #[tokio::test]
    async fn a_full_queue_sends_the_next_one_away_at_once() {
        let turns = Arc::new(Turns::new(1, LIMIT));
        let (end, ended) = mpsc::channel::<()>();
        let first = tokio::spawn({
            let turns = turns.clone();
            async move { turns.take(move || ended.recv().is_ok()).await.is_ok() }
        });
        while turns.running.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let waiting = (0..QUEUE).map(|_| {
            let turns = turns.clone();
            tokio::spawn(async move { turns.take(|| ()).await.is_ok() })
        });
        let waiting: Vec<_> = waiting.collect();
        while turns.waiting.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(turns.take(|| ()).await, Err(Refusal::Busy)));
        end.send(()).unwrap();
        assert!(first.await.unwrap());
        for one in waiting {
            assert!(one.await.unwrap());
        }
    }
}
