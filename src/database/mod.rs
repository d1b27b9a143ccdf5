//! The embedded Postgres: finds the binaries, makes and runs a private cluster.
//!
//! One cluster under the hub's data folder, on a Unix socket that only the hub reaches, run by an
//! account that is not root. It stops with the hub, also when the hub is killed; a postmaster
//! that dies is started again. Nothing is downloaded: the binaries are the system's.
#![forbid(unsafe_code)]

mod account;
mod binaries;
mod cluster;
mod place;
mod supervise;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use thiserror::Error;
use tokio::sync::oneshot;

use supervise::Supervisor;

/// The role that owns the hub's database: may make roles, is no superuser, and so stands under
/// row-level security like everybody else.
const OWNER: &str = "hub";
/// The hub's database.
const DATABASE: &str = "hub";
/// The cluster's superuser, used only to make the two above.
const SUPERUSER: &str = "postgres";
/// Part of the socket's name; there is no network port.
const PORT: u16 = 5432;

/// How often a postmaster may die before the first answer.
const DEATHS_AT_START: u32 = 3;

/// How to run the embedded Postgres.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// The folder of `postgres` and `initdb`; where unset, the newest installed one.
    pub binaries: Option<PathBuf>,
    /// Whom to run as when started by root; where unset, `postgres`, else `nobody`.
    pub user: Option<String>,
    /// How long a start may take, recovery after a crash included.
    pub patience: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { binaries: None, user: None, patience: Duration::from_secs(120) }
    }
}

/// Why the embedded Postgres did not start. Each says what to do.
#[derive(Debug, Error)]
pub enum StartError {
    /// There is no Postgres on this machine, or not the one asked for.
    #[error(
        "no Postgres was found{0}: install it (Debian: apt-get install postgresql), name its \
         folder in the settings, or give the address of a running one"
    )]
    NoBinaries(String),
    /// The cluster was made by another major version.
    #[error(
        "the cluster in {cluster} was made by Postgres {wanted}, which is not installed (found: \
         {found}): install it, or move the data with pg_upgrade"
    )]
    OtherVersion {
        /// The cluster's folder.
        cluster: PathBuf,
        /// Its major version.
        wanted: u32,
        /// What is installed.
        found: String,
    },
    /// Started by root, and there is nobody to run Postgres as.
    #[error("Postgres does not run as root, and there is no account {0} to run it as")]
    NoAccount(String),
    /// The program that drops rights and ties Postgres to the hub's life is missing.
    #[error("setpriv is missing: install it (Debian: apt-get install util-linux)")]
    NoSetpriv,
    /// Another hub runs on this data.
    #[error("another hub is running with the data in {0}")]
    InUse(PathBuf),
    /// The cluster's folder belongs to somebody else.
    #[error(
        "the cluster in {folder} belongs to user {uid}: start the hub as that user, or as root"
    )]
    Foreign {
        /// The cluster's folder.
        folder: PathBuf,
        /// The number of its owner.
        uid: u32,
    },
    /// The account that is to run Postgres cannot reach the cluster's folder.
    #[error(
        "the account that runs Postgres (user {uid}) cannot reach {folder}{because}: move the \
         hub's data to where it can, or start the hub as an ordinary user"
    )]
    Unreachable {
        /// The cluster's folder.
        folder: PathBuf,
        /// The account.
        uid: u32,
        /// The closed folder on the way, where it is known.
        because: String,
    },
    /// The folder for the socket is not ours alone.
    #[error("the folder {0} for the socket exists and is not private to the hub: remove it")]
    SocketFolder(PathBuf),
    /// The folder is no cluster, and was not made by a hub.
    #[error("{0} is no Postgres cluster: move it away")]
    NotACluster(PathBuf),
    /// A new cluster could not be made.
    #[error("initdb failed: {0}")]
    Initdb(String),
    /// Postgres ended at once, several times.
    #[error("Postgres does not stay up; its log ends:\n{0}")]
    Died(String),
    /// Postgres did not answer in time.
    #[error("Postgres did not answer within {} s; its log ends:\n{log}", .patience.as_secs())]
    Late {
        /// How long it was waited for.
        patience: Duration,
        /// The end of its log.
        log: String,
    },
    /// Postgres answered with an error.
    #[error("Postgres refused: {0}")]
    Refused(#[from] sqlx::Error),
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A running private cluster. Dropped without `stop`, it is told to stop and not waited for.
pub struct EmbeddedPostgres {
    supervisor: Supervisor,
    socket: PathBuf,
}

impl EmbeddedPostgres {
    /// Run the cluster under `data_dir`, making it at the first start; returns when it answers
    /// and holds the hub's database.
    pub async fn start(data_dir: &Path, options: &PostgresOptions) -> Result<Self, StartError> {
        let (prepared, preparing) = oneshot::channel();
        let supervisor = Supervisor::start(data_dir, options, prepared)?;
        let prepared = preparing
            .await
            .unwrap_or_else(|_| Err(StartError::Died("the supervisor ended".to_owned())))?;
        let postgres = Self { supervisor, socket: prepared.socket };

        let superuser =
            tokio::time::timeout(options.patience, postgres.first_answer(&prepared.log));
        let mut connection = superuser.await.unwrap_or_else(|_| {
            Err(StartError::Late {
                patience: options.patience,
                log: cluster::end_of_log(&prepared.log),
            })
        })?;
        make_database(&mut connection).await?;
        connection.close().await?;
        Ok(postgres)
    }

    /// The hub's database, as its owner: `postgres://…`, over the socket.
    pub fn url(&self) -> String {
        self.url_of(OWNER, DATABASE)
    }

    /// A database of this cluster, as some role.
    pub fn url_of(&self, role: &str, database: &str) -> String {
        let socket = percent_encoded(&self.socket);
        format!("postgres://{role}@{socket}:{PORT}/{database}")
    }

    /// The number of the running postmaster; `None` while it is being started again.
    pub fn postmaster(&self) -> Option<u32> {
        self.supervisor.child()
    }

    /// Stop cleanly: connections are ended, everything is written.
    pub async fn stop(self) {
        self.supervisor.stop().await;
    }

    async fn first_answer(&self, log: &Path) -> Result<PgConnection, StartError> {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(&self.socket)
            .port(PORT)
            .username(SUPERUSER)
            .database("postgres")
            .disable_statement_logging();
        loop {
            // Refused while there is no socket yet, or while a crash is being recovered from.
            if let Ok(connection) = PgConnection::connect_with(&options).await {
                return Ok(connection);
            }
            if self.supervisor.deaths() >= DEATHS_AT_START {
                return Err(StartError::Died(cluster::end_of_log(log)));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl fmt::Debug for EmbeddedPostgres {
    /// The name alone.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("EmbeddedPostgres").finish_non_exhaustive()
    }
}

/// Make the owner and the database where they are missing; a crash in between is made good.
async fn make_database(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let exists = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)";
    if !sqlx::query_scalar(exists).bind(OWNER).fetch_one(&mut *connection).await? {
        sqlx::raw_sql("CREATE ROLE hub LOGIN CREATEROLE").execute(&mut *connection).await?;
    }
    let exists = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
    if !sqlx::query_scalar(exists).bind(DATABASE).fetch_one(&mut *connection).await? {
        sqlx::raw_sql("CREATE DATABASE hub OWNER hub").execute(&mut *connection).await?;
    }
    Ok(())
}

/// A path as the host of an address (RFC 3986 §2.1): what is not unreserved is encoded.
fn percent_encoded(path: &Path) -> String {
    path.as_os_str()
        .as_encoded_bytes()
        .iter()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(*byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> StartError {
    let path = path.to_owned();
    move |source| StartError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_path_becomes_the_host_of_an_address_that_reads_back() {
        let path = Path::new("/tmp/data of மாணவர்/sock");
        let url = format!("postgres://hub@{}:5432/hub", percent_encoded(path));
        let options: PgConnectOptions = url.parse().unwrap();
        assert_eq!(options.get_socket().map(PathBuf::as_path), Some(path));
        assert_eq!((options.get_username(), options.get_database()), ("hub", Some("hub")));
    }
}
