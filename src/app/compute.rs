//! Work that takes the processor for a while, beside a runtime that others wait on.

use std::thread;

use tokio::runtime::{Handle, RuntimeFlavor};

/// From this many steps on, they are shared out to every core, and the runtime's other tasks move away.
const MANY: usize = 16;

/// Every step in its order, shared out to the cores where there are many.
pub(crate) fn compute<T: Send, U: Send>(work: Vec<T>, step: impl Fn(T) -> U + Sync) -> Vec<U> {
    if work.len() < MANY {
        return work.into_iter().map(step).collect();
    }
    let shared_out = || {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let share = work.len().div_ceil(cores);
        let mut rest = work.into_iter();
        let parts: Vec<Vec<T>> = (0..cores).map(|_| rest.by_ref().take(share).collect()).collect();
        let step = &step;
        thread::scope(|scope| {
            let begin =
                |part: Vec<T>| scope.spawn(move || part.into_iter().map(step).collect::<Vec<U>>());
            let running: Vec<_> = parts.into_iter().map(begin).collect();
            let done = running.into_iter().flat_map(|part| {
                part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            done.collect()
        })
    };
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => tokio::task::block_in_place(shared_out),
        _ => shared_out(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_shared_out_comes_back_in_its_order() {
        for length in [0, 1, MANY - 1, MANY, 1_001] {
            let doubled = compute((0..length).collect(), |number| number * 2);
            assert_eq!(doubled, (0..length).map(|number| number * 2).collect::<Vec<_>>());
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn computing_leaves_the_runtime_to_others() {
        let (told, hears) = std::sync::mpsc::channel();
        let computing = tokio::spawn(async move {
            let hears = std::sync::Mutex::new(hears);
            compute((0..MANY).collect(), |number| {
                if number == 0 {
                    hears.lock().unwrap().recv().unwrap()
                }
            });
        });
        tokio::spawn(async move { told.send(()).unwrap() });
        computing.await.unwrap();
    }
}
