//! Guesses at secrets, counted for every process, and the places an account was opened from.

use chrono::{DateTime, Duration, Utc};

use super::{Database, Result};

impl Database {
    /// Count a guess, where fewer than `most` were made in the window before it.
    ///
    /// # Errors
    /// `Ok(Err(free_at))`: when there is room again.
    pub async fn count_attempt(
        &self,
        bucket: &[u8; 32],
        most: i64,
        window: Duration,
        now: DateTime<Utc>,
    ) -> Result<std::result::Result<(), DateTime<Utc>>> {
        let since = now - window;
        let counted = sqlx::query!(
            "INSERT INTO login_attempts AS a (bucket, at, last) VALUES ($1, ARRAY[$3::timestamptz], $3)
             ON CONFLICT (bucket) DO UPDATE SET at = ARRAY(SELECT t FROM unnest(a.at) AS t WHERE t > $4 ORDER BY t) || $3::timestamptz, last = $3
             WHERE (SELECT count(*) FROM unnest(a.at) AS t WHERE t > $4) < $2",
            &bucket[..],
            most,
            now,
            since
        )
        .execute(self.alone())
        .await?;
        if counted.rows_affected() == 1 {
            return Ok(Ok(()));
        }
        let oldest = sqlx::query_scalar!(
            r#"SELECT min(t) FROM login_attempts a, unnest(a.at) AS t WHERE a.bucket = $1 AND t > $2"#,
            &bucket[..],
            since
        )
        .fetch_one(self.alone())
        .await?;
        Ok(Err(oldest.unwrap_or(now) + window))
    }

    /// Take a guess back that turned out to be none.
    pub async fn forget_attempt(&self, bucket: &[u8; 32], at: DateTime<Utc>) -> Result<()> {
        // One of those at this moment: several may have been counted in the same microsecond.
        sqlx::query!(
            "UPDATE login_attempts SET at = at[:array_position(at, $2) - 1] || at[array_position(at, $2) + 1:]
             WHERE bucket = $1 AND array_position(at, $2) IS NOT NULL",
            &bucket[..],
            at
        )
        .execute(self.alone())
        .await?;
        Ok(())
    }

    /// Which of these places an account was opened from after `since`.
    pub async fn known_places(
        &self,
        places: &[Vec<u8>],
        since: DateTime<Utc>,
    ) -> Result<Vec<Vec<u8>>> {
        Ok(sqlx::query_scalar!(
            "SELECT place FROM login_places WHERE place = ANY($1) AND seen_at > $2",
            places,
            since
        )
        .fetch_all(self.alone())
        .await?)
    }

    /// An account was opened from these places. What is older than `forget` goes, and counts of a day ago.
    pub async fn remember_places(
        &self,
        places: &[Vec<u8>],
        now: DateTime<Utc>,
        forget: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "WITH old_places AS (DELETE FROM login_places WHERE seen_at < $3 AND NOT place = ANY($1)),
                  old_counts AS (DELETE FROM login_attempts WHERE last < $2::timestamptz - interval '1 day'),
                  old_challenges AS (DELETE FROM login_challenges WHERE expires_at < $2::timestamptz - interval '1 day')
             INSERT INTO login_places (place, seen_at) SELECT unnest($1::bytea[]), $2
             ON CONFLICT (place) DO UPDATE SET seen_at = excluded.seen_at",
            places,
            now,
            forget
        )
        .execute(self.alone())
        .await?;
        Ok(())
    }
}
