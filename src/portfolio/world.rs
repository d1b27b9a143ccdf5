//! The closed world a document is laid out in: embedded templates and fonts, and one document's
//! files under fixed paths. No disk, no network, no clock.

use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex};

use rust_embed::Embed;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use crate::portfolio::compose::Locale;

/// The layouts, their parts and their words.
#[derive(Embed)]
#[folder = "templates/portfolio"]
struct Templates;

/// Noto (SIL Open Font License 1.1), whole files.
#[derive(Embed)]
#[folder = "templates/fonts"]
struct FontFiles;

struct Fonts {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let fonts: Vec<Font> = FontFiles::iter()
        .filter(|name| name.ends_with(".ttf"))
        .map(|name| {
            let file = FontFiles::get(&name).expect("the name was just listed");
            Font::new(Bytes::new(file.data), 0).expect("the shipped fonts are fonts")
        })
        .collect();
    Fonts { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts }
});

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));

/// The templates as they were parsed, once in a process: they are the same for every document.
static SOURCES: LazyLock<Mutex<HashMap<FileId, Source>>> = LazyLock::new(Mutex::default);

/// One document's files.
pub struct DocumentWorld {
    main: FileId,
    files: HashMap<FileId, Bytes>,
}

impl DocumentWorld {
    /// The world of `template`, or none where no such layout exists. Paths in `files` begin with `/`
    /// and come from a fixed set (a `FileId` is a `u16` that is never freed).
    pub fn of(template: &str, files: BTreeMap<String, Bytes>) -> Option<Self> {
        let main = format!("{template}.typ");
        // `Embed::get` would also take `parts/…`; a layout's name has no path in it.
        if template.contains(['/', '.']) || Templates::get(&main).is_none() {
            return None;
        }
        let main = file_id(&format!("/template/{main}"));
        let files = files.into_iter().map(|(path, bytes)| (file_id(&path), bytes)).collect();
        Some(Self { main, files })
    }
}

/// The template's own words, as JSON.
pub fn texts(locale: Locale) -> serde_json::Value {
    let name = format!("texts/{}.json", locale.tag());
    let file = Templates::get(&name).expect("every locale ships its words");
    serde_json::from_slice(&file.data).expect("the shipped words are JSON")
}

/// Whether a single shipped font has a glyph for each character: a cluster is shaped by one font.
pub fn one_font_covers(cluster: &str) -> bool {
    FONTS.fonts.iter().any(|font| {
        cluster.chars().all(|character| font.info().coverage.contains(u32::from(character)))
    })
}

/// Whether the character only modifies another (Unicode general category M, as the fonts use it).
pub fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

impl World for DocumentWorld {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let mut sources = SOURCES.lock().expect("nothing panics while the map is locked");
        if let Some(source) = sources.get(&id) {
            return Ok(source.clone());
        }
        // A document's own files are data, never sources.
        let bytes = template(id)?;
        let text = bytes.to_str().map_err(|_| FileError::InvalidUtf8)?;
        let source = Source::new(id, text.into());
        sources.insert(id, source.clone());
        Ok(source)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match self.files.get(&id) {
            Some(bytes) => Ok(bytes.clone()),
            None => template(id),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.fonts.get(index).cloned()
    }

    /// None: a document that asks for today's date would not render to the same bytes tomorrow.
    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn template(id: FileId) -> FileResult<Bytes> {
    let path = id.get().vpath();
    path.get_without_slash()
        .strip_prefix("template/")
        .and_then(Templates::get)
        .map(|file| Bytes::new(file.data))
        .ok_or_else(|| FileError::NotFound(path.get_without_slash().into()))
}

fn file_id(path: &str) -> FileId {
    let path = VirtualPath::new(path).expect("paths come from a fixed set of plain ones");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_template_evaluates_text() {
        let mut sources = 0;
        for name in Templates::iter().filter(|name| name.ends_with(".typ")) {
            let file = Templates::get(&name).unwrap();
            let text = std::str::from_utf8(&file.data).unwrap();
            assert!(!text.contains("eval"), "{name} must not evaluate data");
            sources += 1;
        }
        assert!(sources >= 1);
    }

    #[test]
    fn every_language_has_the_same_words() {
        fn keys(value: &serde_json::Value, at: &str, into: &mut Vec<String>) {
            match value {
                serde_json::Value::Object(fields) => {
                    for (key, value) in fields {
                        keys(value, &format!("{at}.{key}"), into);
                    }
                }
                serde_json::Value::Array(values) => into.push(format!("{at}[{}]", values.len())),
                serde_json::Value::String(_) => into.push(at.to_owned()),
                other => panic!("{at} is {other}"),
            }
        }
        let listed = |locale| {
            let mut list = Vec::new();
            keys(&texts(locale), "", &mut list);
            list.sort();
            list
        };
        let english = listed(Locale::En);
        assert!(english.len() > 40);
        assert_eq!(english, listed(Locale::Hi));
        assert_eq!(english, listed(Locale::Ta));
    }

    #[test]
    fn a_path_is_not_a_template() {
        assert!(DocumentWorld::of("parts/theme", BTreeMap::new()).is_none());
        assert!(DocumentWorld::of("../classic", BTreeMap::new()).is_none());
        assert!(DocumentWorld::of("", BTreeMap::new()).is_none());
    }

    #[test]
    fn there_is_no_today() {
        let world = DocumentWorld::of("classic", BTreeMap::new()).unwrap();
        assert!(world.today(None).is_none());
    }
}
