//! Connecting: the application role, the migrations, and what a pooled connection is cleaned of.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection, PgPool};

use super::alone::Alone;

/// Every connection acts under this role: it owns nothing and cannot bypass row-level security.
const APPLICATION_ROLE: &str = "hub_app";
/// Advisory locks are cluster-wide names; this one guards `CREATE ROLE` (ASCII "hub_role").
const ROLE_LOCK: i64 = 0x6875_625f_726f_6c65;

/// Where the database is.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// Address for the application.
    pub url: String,
    /// Address of the owner, for migrations; the application's where there is only one.
    pub admin_url: Option<String>,
    /// Most connections of this process.
    pub connections: u32,
    /// A pooler stands between that hands a server on after each transaction: no statement outlives one, and the role of
    /// the address is the application's own.
    pub pooled: bool,
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No connection, or a statement failed.
    #[error("cannot use the database: {0}")]
    Database(#[from] sqlx::Error),
    /// A migration failed.
    #[error("cannot migrate the database: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The role of the connection could read across colleges.
    #[error(
        "the database role `{0}` owns tables or bypasses row-level security; let HUB_DATABASE_URL name a role that is a plain member of `hub_app`"
    )]
    RoleTooStrong(String),
    /// The schema is older than this program.
    #[error("the database lacks {0} migrations of this version; run `hub migrate`")]
    NotMigrated(usize),
}

/// The database, reached under the application role.
#[derive(Clone, Debug)]
pub struct Database {
    pub(super) pool: PgPool,
    pooled: bool,
}

impl Database {
    /// Bring the schema to this version, as its owner. Forward only.
    pub async fn migrate(settings: &DatabaseSettings) -> Result<(), ConnectError> {
        let url = settings.admin_url.as_ref().unwrap_or(&settings.url);
        let mut owner = PgConnection::connect(url).await?;
        create_application_role(&mut owner).await?;
        sqlx::migrate!("./migrations").run(&mut owner).await?;
        owner.close().await?;
        Ok(())
    }

    /// Open the pool. Refused where a connection could see more than one college's rows.
    pub async fn connect(settings: &DatabaseSettings) -> Result<Self, ConnectError> {
        let mut options: PgConnectOptions = settings.url.parse()?;
        let pooled = settings.pooled;
        if pooled {
            options = options.statement_cache_capacity(0);
        }
        let pool = PgPoolOptions::new()
            .max_connections(settings.connections)
            .acquire_timeout(Duration::from_secs(10))
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    // A role that a session takes would stay with the server for whoever comes next.
                    if pooled { Ok(()) } else { take_application_role(connection).await }
                })
            })
            // A request future cancelled during BEGIN leaves its connection inside a transaction (sqlx 0.9).
            .before_acquire(|connection, _| {
                Box::pin(async move {
                    connection.execute("ROLLBACK").await?;
                    Ok(true)
                })
            })
            .connect_with(options)
            .await?;
        let database = Self { pool, pooled };
        database.refuse_strong_role().await?;
        Ok(database)
    }

    /// Whether the schema is at this version.
    pub async fn check_migrated(&self) -> Result<(), ConnectError> {
        let known = sqlx::migrate!("./migrations").iter().count();
        let applied: i64 =
            sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations WHERE success")
                .fetch_one(self.alone())
                .await?;
        match known.saturating_sub(usize::try_from(applied).unwrap_or(0)) {
            0 => Ok(()),
            behind => Err(ConnectError::NotMigrated(behind)),
        }
    }

    /// How many connections are open, and how many of them idle.
    pub fn connections(&self) -> (u32, usize) {
        (self.pool.size(), self.pool.num_idle())
    }

    /// Close every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// For one statement outside of any college.
    pub(super) fn alone(&self) -> Alone<'_> {
        Alone { pool: &self.pool, begin: self.pooled.then(|| self.begin("BEGIN")) }
    }

    /// What begins a transaction. Behind a pooler its server may hold statements that others prepared, under the names
    /// that this connection is going to use.
    pub(super) fn begin(&self, begin: &str) -> String {
        if self.pooled { format!("{begin}; DEALLOCATE ALL") } else { begin.to_owned() }
    }

    async fn refuse_strong_role(&self) -> Result<(), ConnectError> {
        let (role, strong): (String, bool) = sqlx::query_as(
            "SELECT current_user::text, r.rolsuper OR r.rolbypassrls OR EXISTS (
                SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relkind = 'r' AND c.relname = 'members')
             FROM pg_roles r WHERE r.rolname = current_user",
        )
        .fetch_one(self.alone())
        .await?;
        if strong { Err(ConnectError::RoleTooStrong(role)) } else { Ok(()) }
    }
}

/// An owner's connection steps down; a role that is a plain member of the application role may stay as it is.
async fn take_application_role(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let may_step_down: bool =
        sqlx::query_scalar("SELECT pg_has_role(current_user, 'hub_app', 'MEMBER')")
            .fetch_one(&mut *connection)
            .await?;
    if may_step_down {
        connection.execute("SET ROLE hub_app").await?;
    }
    Ok(())
}

/// Roles belong to the whole cluster: made once, also when many test databases are migrated at the same time.
async fn create_application_role(owner: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut transaction = owner.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(ROLE_LOCK)
        .execute(&mut *transaction)
        .await?;
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
            .bind(APPLICATION_ROLE)
            .fetch_one(&mut *transaction)
            .await?;
    if !exists {
        transaction.execute("CREATE ROLE hub_app NOLOGIN NOINHERIT").await?;
    }
    // An owner that is no superuser needs membership to step down; since Postgres 16 also where it made the role itself.
    // Where an administrator made it, the administrator grants it.
    transaction
        .execute(
            "DO $$ BEGIN EXECUTE format('GRANT hub_app TO %I', current_user);
                  EXCEPTION WHEN insufficient_privilege THEN NULL; END $$",
        )
        .await?;
    transaction.commit().await
}
