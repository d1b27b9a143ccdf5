//! Takes jobs from the queue, calls `app`, retries.
