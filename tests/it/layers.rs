//! The house rule that the compiler does not know: a module imports only from those above it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The modules of `src/`, and what each may take from the others (docs/architecture.md).
const LAYERS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("credential", &["domain"]),
    ("portfolio", &["domain", "credential"]),
    ("storage", PURE),
    ("keystore", PURE),
    ("blobs", PURE),
    ("mailer", PURE),
    ("database", PURE),
    ("renderer", PURE),
    ("timestamper", &["outgoing"]),
    ("outgoing", &[]),
    ("oidc", &["outgoing"]),
    ("push", &["outgoing"]),
    (
        "app",
        &[
            "domain",
            "credential",
            "portfolio",
            "storage",
            "keystore",
            "blobs",
            "mailer",
            "database",
            "renderer",
            "timestamper",
            "oidc",
            "push",
        ],
    ),
    ("http", &["domain", "app"]),
    ("jobs", &["domain", "app"]),
    ("config", &[]),
];
const PURE: &[&str] = &["domain", "credential", "portfolio"];

/// `cli` and `main` wire the parts, so they may name all of them.
const WIRING: &[&str] = &["cli", "main", "lib"];

/// Outside names, and the only modules that may use them.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("sqlx", &["storage", "database"]),
    ("axum", &["http"]),
    ("axum_extra", &["http"]),
    ("tower", &["http", "outgoing"]),
    ("tower_http", &["http"]),
    ("hyper", &["http", "push", "timestamper"]),
    ("hyper_util", &["http", "outgoing", "timestamper"]),
    ("hyper_rustls", &["outgoing", "timestamper"]),
    ("openidconnect", &["oidc"]),
    ("webauthn_rs", &["app"]),
    ("totp_rs", &["app"]),
    ("webpki", &["portfolio", "timestamper"]),
    ("tlog_tiles", &["credential"]),
    ("signed_note", &["credential"]),
    ("lettre", &["mailer"]),
    ("minijinja", &["mailer", "http"]),
    ("chacha20poly1305", &["keystore"]),
    ("aes_gcm", &["push"]),
    ("hkdf", &["push"]),
    ("cryptoki", &["keystore"]),
    ("metrics", &["app", "http", "cli"]),
    ("metrics_exporter_prometheus", &["cli"]),
    ("clap", &["cli", "main"]),
    ("config", &["config", "cli"]),
];

/// The modules whose output is a function of their input alone.
const DETERMINISTIC: &[&str] = &["domain", "credential", "portfolio"];

/// What reads the clock, draws at random or touches the world, as it is written in a path.
const AMBIENT: &[&[&str]] = &[
    &["Utc", "now"],
    &["Local", "now"],
    &["SystemTime", "now"],
    &["Instant", "now"],
    &["Uuid", "new_v4"],
    &["Uuid", "now_v7"],
    &["rand", "rng"],
    &["rand", "random"],
    &["SysRng"],
    &["OsRng"],
    &["ThreadRng"],
    &["getrandom"],
    &["tokio"],
    &["std", "fs"],
    &["std", "net"],
    &["std", "process"],
    &["std", "env"],
];

/// The words of a path somewhere in a file: `crate::storage::TenantTx` or `Utc::now`.
type Words = Vec<String>;

/// A source file of the program, without its tests.
struct Source {
    file: PathBuf,
    module: String,
    paths: BTreeSet<Words>,
}

#[test]
fn every_module_stands_in_the_list_of_layers() {
    let known: BTreeSet<_> =
        LAYERS.iter().map(|(module, _)| *module).chain(WIRING.iter().copied()).collect();
    let found: BTreeSet<_> = sources().into_iter().map(|source| source.module).collect();
    let unknown: Vec<_> = found.iter().filter(|module| !known.contains(module.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?} has no place in tests/it/layers.rs");
    for layer in ["domain", "storage", "keystore", "app", "http"] {
        assert!(found.contains(layer), "the scan sees no {layer}: it would hold nothing");
    }
}

#[test]
fn a_module_imports_only_from_the_layers_above_it() {
    let wrong: Vec<_> = sources().iter().flat_map(wrong_imports).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn an_outside_library_is_used_only_in_its_room() {
    let wrong: Vec<_> = sources().iter().flat_map(strangers_in).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_pure_layers_read_no_clock_draw_nothing_at_random_and_touch_no_file() {
    let wrong: Vec<_> = sources().iter().flat_map(ambient_in).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn these_tests_see_what_is_wrong() {
    let source = |module: &str, text: &str| Source {
        file: PathBuf::from("x.rs"),
        module: module.to_owned(),
        paths: paths_in(text),
    };
    let imports = |module, text| wrong_imports(&source(module, text)).len();
    assert_eq!(imports("domain", "use crate::storage::TenantTx;"), 1);
    assert_eq!(imports("domain", "use crate::{domain::ids, app::{self, Hub}};"), 1);
    assert_eq!(imports("keystore", "fn f() { crate::storage::f() }"), 1);
    assert_eq!(imports("http", "fn f() { let x = vec![crate::storage::f()]; }"), 1);
    assert_eq!(imports("http", "use hub::blobs::Blobs;"), 1);
    assert_eq!(imports("http", "use crate::app::Hub; use crate::domain::ids;"), 0);
    assert_eq!(imports("domain", "#[cfg(test)] mod tests { use crate::app::Hub; }"), 0);

    let strangers = |module, text| strangers_in(&source(module, text)).len();
    assert_eq!(strangers("app", "use axum::Json;"), 1);
    assert_eq!(strangers("http", "fn f() { sqlx::query!(\"SELECT 1\"); }"), 1);
    assert_eq!(strangers("storage", "use sqlx::PgPool;"), 0);

    let ambient = |module, text| ambient_in(&source(module, text)).len();
    assert_eq!(ambient("credential", "fn f() { let now = chrono::Utc::now(); }"), 1);
    assert_eq!(ambient("credential", "use rand::rngs::SysRng;"), 1);
    assert_eq!(ambient("portfolio", "use std::{fs, io};"), 1);
    assert_eq!(ambient("app", "fn f() { Utc::now() }"), 0);
    assert_eq!(ambient("domain", "fn f(now: DateTime<Utc>) {}"), 0);
}

fn wrong_imports(source: &Source) -> Vec<String> {
    let Some((_, allowed)) = LAYERS.iter().find(|(module, _)| *module == source.module) else {
        return Vec::new();
    };
    let ours: Vec<_> = LAYERS.iter().map(|(module, _)| *module).chain(["cli"]).collect();
    source
        .paths
        .iter()
        .filter(|path| matches!(path.first().map(String::as_str), Some("crate" | "hub")))
        .filter_map(|path| path.get(1))
        .filter(|module| ours.contains(&module.as_str()) && **module != source.module)
        .filter(|module| !allowed.contains(&module.as_str()))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|module| {
            format!("{}: `{}` may not use `{module}`", source.file.display(), source.module)
        })
        .collect()
}

fn strangers_in(source: &Source) -> Vec<String> {
    OUTSIDE
        .iter()
        .filter(|(name, rooms)| {
            !rooms.contains(&source.module.as_str())
                && source.paths.iter().any(|path| path.len() > 1 && path[0] == *name)
        })
        .map(|(name, rooms)| {
            format!("{}: `{name}` belongs to {}", source.file.display(), rooms.join(", "))
        })
        .collect()
}

fn ambient_in(source: &Source) -> Vec<String> {
    if !DETERMINISTIC.contains(&source.module.as_str()) {
        return Vec::new();
    }
    AMBIENT
        .iter()
        .filter(|name| source.paths.iter().any(|path| contains(path, name)))
        .map(|name| format!("{}: `{}` in a pure layer", source.file.display(), name.join("::")))
        .collect()
}

/// A part of `std` stands at the beginning of a path; the others may stand anywhere in it.
fn contains(path: &[String], name: &[&str]) -> bool {
    let matches = |part: &[String]| part.iter().map(String::as_str).eq(name.iter().copied());
    if name[0] == "std" {
        path.get(..name.len()).is_some_and(matches)
    } else {
        path.windows(name.len()).any(matches)
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect_files(&root, &mut files);
    files
        .into_iter()
        .filter(|file| !is_test_file(file.strip_prefix(&root).unwrap()))
        .map(|file| {
            let inside = file.strip_prefix(&root).unwrap().to_owned();
            let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
            Source {
                module: first.trim_end_matches(".rs").to_owned(),
                paths: paths_in(&std::fs::read_to_string(&file).unwrap()),
                file: inside,
            }
        })
        .collect()
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// `tests.rs`, and what lies in a folder `tests`: included under `#[cfg(test)]` by their parents.
fn is_test_file(file: &Path) -> bool {
    file.components().any(|part| {
        let part = part.as_os_str().to_str().unwrap();
        part == "tests" || part == "tests.rs"
    })
}

/// Every path in a file, in imports, code and macros alike, outside `#[cfg(test)]`.
fn paths_in(text: &str) -> BTreeSet<Words> {
    let mut paths = BTreeSet::new();
    collect_paths(&[], without_tests(text.parse().unwrap()), &mut paths);
    paths
}

/// The same tokens without the items under `#[cfg(test)]`: those end with braces or a semicolon.
fn without_tests(tokens: TokenStream) -> TokenStream {
    let mut kept = Vec::new();
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) if group.to_string().replace(' ', "") == "[cfg(test)]" => {
                for skipped in tokens.by_ref() {
                    match skipped {
                        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
                        TokenTree::Punct(punct) if punct.as_char() == ';' => break,
                        _ => {}
                    }
                }
            }
            TokenTree::Group(group) => {
                let inside = without_tests(group.stream());
                kept.push(proc_macro2::Group::new(group.delimiter(), inside).into());
            }
            other => kept.push(other),
        }
    }
    kept.into_iter().collect()
}

/// Words joined by `::`; a group after a path (`use a::{b, c}`) continues it.
fn collect_paths(prefix: &[String], tokens: TokenStream, paths: &mut BTreeSet<Words>) {
    let mut path = prefix.to_vec();
    let mut joined = !prefix.is_empty();
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                if !joined {
                    finish(&mut path, paths);
                    path = Vec::new();
                }
                path.push(word.to_string());
                joined = false;
                colons = 0;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                colons += 1;
                joined = colons == 2 && !path.is_empty();
            }
            TokenTree::Group(group) => {
                let continued: &[String] = if joined { &path } else { &[] };
                collect_paths(continued, group.stream(), paths);
                finish(&mut path, paths);
                path = Vec::new();
                joined = false;
                colons = 0;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {
                finish(&mut path, paths);
                // After a comma in a `use` group the path begins at the group's own prefix.
                path = prefix.to_vec();
                joined = !prefix.is_empty();
                colons = 0;
            }
        }
    }
    finish(&mut path, paths);
}

fn finish(path: &mut Words, paths: &mut BTreeSet<Words>) {
    if !path.is_empty() {
        paths.insert(std::mem::take(path));
    }
}
