//! Settings: read once, file, then environment, then command line; unknown keys refused.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Variables that belong to the tests and not to the hub.
const TEST_PREFIX: &str = "HUB_TEST_";
/// Names the settings file, so it cannot stand in it.
const FILE_VARIABLE: &str = "HUB_CONFIG";

/// Every setting, with its default. What stands at a field is its row in README.md.
#[derive(Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where to listen. There is no TLS in the hub: put a proxy before it.
    pub listen: SocketAddr,
    /// Where the figures for Prometheus are, with `/healthz` and `/readyz`, for `serve` and for `worker`; nowhere where it is
    /// not set. No log-in is asked there: an address that only the collector reaches.
    pub metrics_listen: Option<SocketAddr>,
    /// Proxies before the hub whose `X-Forwarded-For` and `X-Request-Id` are believed: addresses and networks, with commas between.
    pub trusted_proxies: String,
    /// The hub's address as the world sees it: `https://host`, or `http://localhost:port` for trying out; no path. Written
    /// into ids, DIDs and QR codes, and fixed at the first start. Not set: `http://localhost` and the port of `listen`.
    pub public_url: Option<String>,
    /// Evidence, portfolios, kept mails, the embedded Postgres.
    pub data_dir: PathBuf,
    /// The key under which all signing keys are sealed, back it up apart from the database: [keys/README.md](keys/README.md).
    pub master_key_file: PathBuf,
    /// PKCS#11 library of a hardware module, in which new signing keys are made; all three settings or none:
    /// [docs/operating.md](docs/operating.md#a-hardware-module-hsm).
    pub pkcs11_module: Option<PathBuf>,
    /// Label of the token.
    pub pkcs11_token: Option<String>,
    /// A file with the token's user PIN, for its owner only (0600).
    pub pkcs11_pin_file: Option<PathBuf>,
    /// A Postgres to use **instead of** the embedded one.
    pub database_url: Option<String>,
    /// The owner of the schema, for migrations, where `database_url` names a role that owns nothing.
    pub database_admin_url: Option<String>,
    /// Most database connections of one process.
    pub database_connections: u32,
    /// `database_url` leads to a pooler that hands its connections on after each transaction (pgbouncer's
    /// `pool_mode = transaction`). It must name a role that is a plain member of `hub_app`, and `database_admin_url` the
    /// server itself.
    pub database_pooled: bool,
    /// Folder of the `postgres` binaries; the newest installed ones where it is not set.
    pub postgres_binaries: Option<PathBuf>,
    /// `smtp://user:password@host:port`; where it is not set, mails are kept in `data_dir/mails`.
    pub smtp_url: Option<String>,
    /// The sender of mails.
    pub mail_from: String,
    /// A time-stamping authority (RFC 3161), `http://…` or `https://…`: it is asked once a day what time it is, for the
    /// issuance logs. Where it is not set, nobody is.
    pub tsa_url: Option<String>,
    /// PEM file of the certificates whose time-stamps count; needed with `tsa_url`, and kept after it.
    pub tsa_ca_file: Option<PathBuf>,
    /// Worker processes for documents, and as many for evidence.
    pub render_workers: usize,
    /// What to log: `info`, `debug`, or a filter such as `hub=debug,sqlx=warn`.
    pub log: String,
    /// One JSON object per line, instead of text.
    pub log_json: bool,
}

/// The hardware module that the settings name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pkcs11<'a> {
    /// The library of its maker.
    pub module: &'a Path,
    /// Label of the token.
    pub token: &'a str,
    /// A file with the user PIN.
    pub pin_file: &'a Path,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadSettingsError {
    /// A key is unknown, a value is wrong, or the file cannot be read.
    #[error("settings: {0}")]
    Invalid(#[from] config::ConfigError),
    /// A `HUB_…` variable that names no setting: most often a slip of the pen.
    #[error("settings: {0} names no setting; `hub check-config` lists them")]
    UnknownVariable(String),
    /// A hardware module of which something is not said.
    #[error(
        "settings: a hardware module needs HUB_PKCS11_MODULE, HUB_PKCS11_TOKEN and HUB_PKCS11_PIN_FILE: all three, or none"
    )]
    IncompletePkcs11,
    /// A `HUB_…_FILE` that cannot be read.
    #[error("settings: {variable} names {path}, which cannot be read: {error}")]
    SecretFile {
        /// The variable.
        variable: String,
        /// The file it names.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics_listen: None,
            trusted_proxies: String::new(),
            public_url: None,
            data_dir: PathBuf::from("data"),
            master_key_file: PathBuf::from("keys/master.key"),
            pkcs11_module: None,
            pkcs11_token: None,
            pkcs11_pin_file: None,
            database_url: None,
            database_admin_url: None,
            database_connections: 8,
            database_pooled: false,
            postgres_binaries: None,
            smtp_url: None,
            mail_from: "Smart Student Hub <hub@localhost.example>".to_owned(),
            tsa_url: None,
            tsa_ca_file: None,
            render_workers: 2,
            log: "info".to_owned(),
            log_json: false,
        }
    }
}

impl Settings {
    /// Read them: defaults, then the file, then the environment (`HUB_LISTEN`, `HUB_DATABASE_URL_FILE` …), then the command
    /// line.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        command_line: &[(String, String)],
    ) -> Result<Self, ReadSettingsError> {
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        for (variable, value) in environment {
            let Some((key, value)) = setting_of(&variable, value)? else { continue };
            builder = builder.set_override(key, value)?;
        }
        for (name, value) in command_line {
            builder = builder.set_override(name, value.as_str())?;
        }
        Ok(builder.build()?.try_deserialize()?)
    }

    /// The hardware module, where one is named.
    ///
    /// # Errors
    /// Where only a part of it is.
    pub fn pkcs11(&self) -> Result<Option<Pkcs11<'_>>, ReadSettingsError> {
        match (&self.pkcs11_module, &self.pkcs11_token, &self.pkcs11_pin_file) {
            (Some(module), Some(token), Some(pin_file)) => {
                Ok(Some(Pkcs11 { module, token, pin_file }))
            }
            (None, None, None) => Ok(None),
            _ => Err(ReadSettingsError::IncompletePkcs11),
        }
    }

    /// The address of this hub.
    pub fn public_url(&self) -> String {
        self.public_url
            .clone()
            .unwrap_or_else(|| format!("http://localhost:{}", self.listen.port()))
    }
}

/// Names of all settings, as `check-config` lists them.
pub const NAMES: [&str; 20] = [
    "listen",
    "metrics_listen",
    "trusted_proxies",
    "public_url",
    "data_dir",
    "master_key_file",
    "pkcs11_module",
    "pkcs11_token",
    "pkcs11_pin_file",
    "database_url",
    "database_admin_url",
    "database_connections",
    "database_pooled",
    "postgres_binaries",
    "smtp_url",
    "mail_from",
    "tsa_url",
    "tsa_ca_file",
    "render_workers",
    "log",
    "log_json",
];

fn setting_of(
    variable: &str,
    value: String,
) -> Result<Option<(String, String)>, ReadSettingsError> {
    if variable == FILE_VARIABLE || variable.starts_with(TEST_PREFIX) {
        return Ok(None);
    }
    let Some(name) = variable.strip_prefix("HUB_") else { return Ok(None) };
    let name = name.to_ascii_lowercase();
    if NAMES.contains(&name.as_str()) {
        return Ok(Some((name, value)));
    }
    match name.strip_suffix("_file") {
        Some(secret) if NAMES.contains(&secret) => {
            let path = PathBuf::from(value);
            let read = std::fs::read_to_string(&path);
            let text = read.map_err(|error| ReadSettingsError::SecretFile {
                variable: variable.to_owned(),
                path,
                error,
            })?;
            Ok(Some((secret.to_owned(), text.trim().to_owned())))
        }
        Some(_) | None => Err(ReadSettingsError::UnknownVariable(variable.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, ReadSettingsError> {
        Settings::read(
            None,
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
            &[],
        )
    }

    #[test]
    fn the_environment_overrides_defaults() {
        let settings = read(&[
            ("HUB_LISTEN", "127.0.0.1:9090"),
            ("HUB_DATABASE_CONNECTIONS", "4"),
            ("HOME", "/root"),
        ])
        .unwrap();
        assert_eq!(settings.public_url(), "http://localhost:9090");
        assert_eq!(settings.database_connections, 4);
    }

    #[test]
    fn the_command_line_overrides_the_environment_and_that_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hub.toml");
        std::fs::write(&file, "mail_from = \"a@x.example\"\nlog = \"warn\"\nrender_workers = 5\n")
            .unwrap();
        let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let environment = [set("HUB_LOG", "debug"), set("HUB_RENDER_WORKERS", "6")];
        let line = [set("render_workers", "7")];
        let settings = Settings::read(Some(&file), environment, &line).unwrap();
        assert_eq!(settings.mail_from, "a@x.example");
        assert_eq!((settings.log.as_str(), settings.render_workers), ("debug", 7));
    }

    /// A row for each setting: its names, its default, and what its field's comment says.
    fn table() -> String {
        let (_, rest) = include_str!("config.rs").split_once("pub struct Settings {").unwrap();
        let (fields, _) = rest.split_once("\n}").unwrap();
        let defaults = serde_json::to_value(Settings::default()).unwrap();
        let (mut table, mut meaning) = (String::new(), Vec::new());
        for line in fields.lines().map(str::trim) {
            if let Some(text) = line.strip_prefix("/// ") {
                meaning.push(text);
            } else if let Some((name, _)) =
                line.strip_prefix("pub ").and_then(|field| field.split_once(':'))
            {
                let default = match &defaults[name] {
                    serde_json::Value::Null => "–".to_owned(),
                    serde_json::Value::String(text) if text.is_empty() => "–".to_owned(),
                    serde_json::Value::String(text) => format!("`{text}`"),
                    other => format!("`{other}`"),
                };
                let variable = name.to_uppercase();
                table += &format!(
                    "| `HUB_{variable}` | `{name}` | {default} | {} |\n",
                    meaning.join(" ")
                );
                meaning.clear();
            }
        }
        table
    }

    #[test]
    fn the_readme_documents_every_setting_as_its_field_does() {
        let readme =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
        let table = table();
        assert_eq!(table.lines().count(), NAMES.len());
        assert!(readme.contains(&table), "put this into README.md:\n\n{table}");
    }

    #[test]
    fn an_unknown_variable_is_refused() {
        assert!(
            matches!(read(&[("HUB_LISTN", "127.0.0.1:1")]), Err(ReadSettingsError::UnknownVariable(name)) if name == "HUB_LISTN")
        );
    }

    #[test]
    fn an_unknown_key_of_the_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hub.toml");
        std::fs::write(&file, "listen = \"127.0.0.1:9091\"\nlog_jason = true\n").unwrap();
        assert!(Settings::read(Some(&file), [], &[]).is_err());
    }

    #[test]
    fn a_secret_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("url");
        std::fs::write(&file, "postgres://somewhere/hub\n").unwrap();
        let settings = read(&[("HUB_DATABASE_URL_FILE", file.to_str().unwrap())]).unwrap();
        assert_eq!(settings.database_url.as_deref(), Some("postgres://somewhere/hub"));
    }

    #[test]
    fn a_hardware_module_is_named_whole_or_not_at_all() {
        assert_eq!(read(&[]).unwrap().pkcs11().unwrap(), None);
        let all = [
            ("HUB_PKCS11_MODULE", "/usr/lib/softhsm/libsofthsm2.so"),
            ("HUB_PKCS11_TOKEN", "hub"),
            ("HUB_PKCS11_PIN_FILE", "keys/pin"),
        ];
        let settings = read(&all).unwrap();
        let named = settings.pkcs11().unwrap().unwrap();
        // The path itself: unlike other secrets, the PIN is not read into the settings.
        assert_eq!((named.token, named.pin_file), ("hub", Path::new("keys/pin")));
        for part in 0..3 {
            let mut some = all.to_vec();
            some.remove(part);
            assert!(matches!(
                read(&some).unwrap().pkcs11(),
                Err(ReadSettingsError::IncompletePkcs11)
            ));
        }
    }

    #[test]
    fn every_setting_has_its_name_in_the_list() {
        for name in NAMES {
            let unknown = read(&[(&format!("HUB_{}", name.to_uppercase()), "1")]);
            assert!(!matches!(unknown, Err(ReadSettingsError::UnknownVariable(_))), "{name}");
        }
    }
}
