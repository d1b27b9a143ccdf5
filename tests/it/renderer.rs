//! Worker processes against files that want to take the server down.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use hub::portfolio::compose::Locale;
use hub::portfolio::evidence::NormaliseError;
use hub::portfolio::render::{self, RenderInput};
use hub::renderer::{Renderer, RendererError, WORKER_COMMAND};
use image::{ImageFormat, RgbImage};

use crate::portfolio_render::sample;

fn renderer(processes: usize) -> Renderer {
    Renderer::start(PathBuf::from(env!("CARGO_BIN_EXE_hub")), processes)
}

fn photo(format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(1_200, 800, |x, y| {
        image::Rgb([(x / 5) as u8, (y / 4) as u8, ((x * y) / 4_000) as u8])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

async fn still_serves(renderer: &Renderer) {
    let rendition = renderer.normalise(photo(ImageFormat::Jpeg)).await.unwrap();
    assert_eq!((rendition.width, rendition.height), (1_200, 800));
}

pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// `times` mebibytes of spaces, compressed without ever being held whole.
pub fn mebibytes_of_spaces(times: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    for _ in 0..times {
        encoder.write_all(&[b' '; 1 << 20]).unwrap();
    }
    encoder.finish().unwrap()
}

pub fn png(width: u32, height: u32, data: &[u8]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    for (name, content) in [(b"IHDR", header.as_slice()), (b"IDAT", data), (b"IEND", &[])] {
        file.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        let mut crc = flate2::Crc::new();
        crc.update(name);
        crc.update(content);
        file.extend(name);
        file.extend(content);
        file.extend(crc.sum().to_be_bytes());
    }
    file
}

/// A PDF of the given objects, the first of which is the catalog.
pub fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend(format!("{} 0 obj\n", index + 1).bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let xref = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for offset in offsets {
        file.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    let size = objects.len() + 1;
    file.extend(
        format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n").bytes(),
    );
    file
}

pub fn stream(dictionary: &str, content: &[u8]) -> Vec<u8> {
    let mut object = format!("<<{dictionary}/Length {}>>\nstream\n", content.len()).into_bytes();
    object.extend(content);
    object.extend(b"\nendstream");
    object
}

const CATALOG: &str = "<</Type/Catalog/Pages 2 0 R>>";
const PAGES: &str = "<</Type/Pages/Kids[3 0 R]/Count 1>>";

pub fn one_page(resources: &str, contents: &str, rest: Vec<Vec<u8>>) -> Vec<u8> {
    let page = format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<{resources}>>/Contents {contents}>>"
    );
    let mut objects: Vec<Vec<u8>> =
        [CATALOG, PAGES, &page].map(|object| object.as_bytes().to_vec()).into();
    objects.extend(rest);
    pdf(&objects)
}

/// Each form draws the next one sixteen times: `leaf` 16^12 times from two kilobytes.
pub fn endless_pdf(leaf: &str) -> Vec<u8> {
    let depth = 12;
    let mut forms = Vec::new();
    for level in 0..depth {
        let next = 5 + level + 1;
        let (resources, content) = if level + 1 == depth {
            (String::new(), leaf.to_owned())
        } else {
            (format!("/XObject<</F {next} 0 R>>"), "/F Do ".repeat(16))
        };
        forms.push(stream(
            &format!("/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<<{resources}>>"),
            content.as_bytes(),
        ));
    }
    let mut rest = vec![stream("", b"/F Do")];
    rest.extend(forms);
    one_page("/XObject<</F 5 0 R>>", "4 0 R", rest)
}

#[tokio::test]
async fn a_photo_comes_back_as_a_rendition_and_the_process_is_used_again() {
    let renderer = renderer(1);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let rendition = renderer.normalise(photo(format)).await.unwrap();
        assert_eq!((rendition.width, rendition.height), (1_200, 800));
        let thumb = image::load_from_memory(&rendition.thumb).unwrap();
        assert_eq!((thumb.width(), thumb.height()), (480, 320));
    }
}

#[tokio::test]
async fn a_png_bomb_and_lying_headers_are_refused_by_their_header() {
    let renderer = renderer(1);
    let started = Instant::now();
    let bomb = png(30_000, 30_000, &mebibytes_of_spaces(64));
    for file in [bomb, png(u32::MAX >> 1, u32::MAX >> 1, &zlib(b" "))] {
        let refusal = renderer.normalise(file).await.unwrap_err();
        assert!(
            matches!(
                refusal,
                RendererError::Refused(
                    NormaliseError::TooManyPixels { .. } | NormaliseError::Damaged(_)
                )
            ),
            "{refusal}"
        );
    }
    assert!(started.elapsed() < Duration::from_secs(10));
    still_serves(&renderer).await;
}

#[tokio::test]
async fn truncated_files_are_refused_and_kill_nobody() {
    let renderer = renderer(1);
    let page = one_page("", "4 0 R", vec![stream("", b"0 0 9 9 re f")]);
    for file in [photo(ImageFormat::Jpeg), photo(ImageFormat::Png), photo(ImageFormat::WebP), page]
    {
        for part in [20, 3, 2] {
            match renderer.normalise(file[..file.len() / part].to_vec()).await {
                Ok(_) | Err(RendererError::Refused(_)) => {}
                Err(error) => panic!("1/{part} of a file: {error}"),
            }
        }
    }
    let html = b"<html><script>alert(1)</script>".to_vec();
    let refusal = renderer.normalise(html).await.unwrap_err();
    assert!(matches!(refusal, RendererError::Refused(NormaliseError::UnknownFormat)));
}

#[tokio::test]
async fn a_pdf_that_unpacks_to_gigabytes_takes_only_its_worker() {
    let renderer = renderer(1);
    // 768 MiB of spaces (a worker has 512), twice compressed.
    let content = stream("/Filter[/FlateDecode/FlateDecode]", &zlib(&mebibytes_of_spaces(768)));
    let bomb = one_page("", "4 0 R", vec![content]);
    assert!(bomb.len() < 200_000, "the bomb itself is small: {}", bomb.len());
    let outcome = renderer.normalise(bomb).await;
    assert!(
        matches!(outcome, Err(RendererError::Died(_) | RendererError::Refused(_))),
        "{outcome:?}"
    );
    still_serves(&renderer).await;
}

#[tokio::test]
async fn a_pdf_that_fills_the_memory_takes_only_its_worker() {
    let renderer = renderer(1);
    let outcome = renderer.normalise(endless_pdf("0 0 500 800 re f")).await;
    // On a busy machine its time is up first.
    assert!(
        matches!(outcome, Err(RendererError::Died(_) | RendererError::TooSlow(_))),
        "{outcome:?}"
    );
    still_serves(&renderer).await;
}

#[tokio::test]
async fn a_pdf_that_never_ends_is_killed_and_others_are_served_meanwhile() {
    let renderer = renderer(2);
    let started = Instant::now();
    let endless = tokio::spawn({
        let renderer = renderer.clone();
        async move { renderer.normalise(endless_pdf("")).await }
    });
    still_serves(&renderer).await;
    let outcome = endless.await.unwrap();
    assert!(matches!(outcome, Err(RendererError::TooSlow(_))), "{outcome:?}");
    assert!(started.elapsed() < Duration::from_secs(45), "{:?}", started.elapsed());
    still_serves(&renderer).await;
}

#[tokio::test]
async fn deeply_nested_objects_take_only_their_worker() {
    let renderer = renderer(1);
    let deep =
        one_page("", "4 0 R", vec![[b"[".repeat(2_000_000), b"]".repeat(2_000_000)].concat()]);
    match renderer.normalise(deep).await {
        Ok(_) | Err(RendererError::Refused(_) | RendererError::Died(_)) => {}
        Err(error) => panic!("{error}"),
    }
    still_serves(&renderer).await;
}

#[tokio::test]
async fn a_caller_that_gives_up_leaves_no_answer_behind_for_the_next() {
    let renderer = renderer(1);
    for _ in 0..5 {
        let impatient = renderer.normalise(photo(ImageFormat::Png));
        assert!(tokio::time::timeout(Duration::from_millis(5), impatient).await.is_err());
        let small = renderer.normalise(png(2, 1, &zlib(&[0, 1, 2, 3, 4, 5, 6]))).await.unwrap();
        assert_eq!((small.width, small.height), (2, 1));
    }
}

#[tokio::test]
async fn a_portfolio_from_a_worker_is_the_one_made_here() {
    let renderer = renderer(1);
    let here = render::render(&sample()).unwrap();
    for _ in 0..2 {
        let there = renderer.render(sample()).await.unwrap();
        assert!(there.pdf == here.pdf && there.pages == here.pages);
    }
}

#[tokio::test]
async fn a_portfolio_that_cannot_be_laid_out_says_why() {
    let renderer = renderer(1);
    let input = RenderInput { template: "baroque".to_owned(), ..sample() };
    let error = renderer.render(input).await.unwrap_err();
    assert!(matches!(&error, RendererError::Failed(why) if why.contains("baroque")), "{error}");
    assert!(renderer.render(sample()).await.is_ok());
}

#[test]
fn a_worker_has_little_and_ends_with_its_parent() {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_hub"))
        .arg(WORKER_COMMAND)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut request = Vec::new();
    let not_evidence = ciborium::Value::Bytes(b"no picture".to_vec());
    let map =
        ciborium::Value::Map(vec![(ciborium::Value::Text("Normalise".to_owned()), not_evidence)]);
    ciborium::into_writer(&map, &mut request).unwrap();
    let mut pipe = worker.stdin.take().unwrap();
    pipe.write_all(&u32::try_from(request.len()).unwrap().to_be_bytes()).unwrap();
    pipe.write_all(&request).unwrap();
    let mut length = [0; 4];
    worker.stdout.as_mut().unwrap().read_exact(&mut length).unwrap();

    let limits = std::fs::read_to_string(format!("/proc/{}/limits", worker.id())).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(limit("Max address space"), (512_u64 << 20).to_string());
    assert_eq!(limit("Max open files"), "3");
    assert_eq!(limit("Max file size"), "0");
    assert_eq!(limit("Max core file size"), "0");
    assert!(limit("Max cpu time").parse::<u64>().unwrap() <= 12);

    drop(pipe);
    assert!(worker.wait().unwrap().success());
}

/// What one request cost a fresh worker at its highest, in octets of resident memory, and whether it answered.
fn peak_of(kind: &str, document: ciborium::Value) -> (u64, bool) {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_hub"))
        .arg(WORKER_COMMAND)
        .env("RAYON_NUM_THREADS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut request = Vec::new();
    let map = ciborium::Value::Map(vec![(ciborium::Value::Text(kind.to_owned()), document)]);
    ciborium::into_writer(&map, &mut request).unwrap();
    let mut pipe = worker.stdin.take().unwrap();
    let mut replies = worker.stdout.take().unwrap();
    let status = format!("/proc/{}/status", worker.id());
    let reader = std::thread::spawn(move || {
        let mut length = [0; 4];
        replies.read_exact(&mut length)?;
        let mut reply = vec![0; u32::from_be_bytes(length) as usize];
        replies.read_exact(&mut reply)
    });
    // A worker that dies while it is written to closes the pipe.
    let _ = pipe.write_all(&u32::try_from(request.len()).unwrap().to_be_bytes());
    let _ = pipe.write_all(&request);
    let mut peak = 0;
    loop {
        let finished = reader.is_finished();
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|rest| rest.trim().split(' ').next()?.parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0) * 1024);
        if finished {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    drop(pipe);
    let answered = reader.join().unwrap().is_ok();
    worker.wait().unwrap();
    (peak, answered)
}

#[test]
fn no_file_makes_a_worker_take_more_memory_than_it_was_given() {
    const MIB: u64 = 1 << 20;
    let twice = stream("/Filter[/FlateDecode/FlateDecode]", &zlib(&mebibytes_of_spaces(768)));
    // Forty megapixels that are all there, the most a PNG may have.
    let mut full = ZlibEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..5_000 {
        full.write_all(&[0; 3 * 8_000 + 1]).unwrap();
    }
    let full = png(8_000, 5_000, &full.finish().unwrap());
    for (name, file, most, answers) in [
        ("a photo", photo(ImageFormat::Jpeg), 64 * MIB, true),
        ("a header that lies", png(30_000, 30_000, &mebibytes_of_spaces(64)), 64 * MIB, true),
        ("forty megapixels", full, 400 * MIB, true),
        ("a PDF of gigabytes", one_page("", "4 0 R", vec![twice]), 512 * MIB, false),
        ("a PDF that fills the memory", endless_pdf("0 0 500 800 re f"), 512 * MIB, false),
    ] {
        let (peak, answered) = peak_of("Normalise", ciborium::Value::Bytes(file));
        println!("{name}: {} MiB", peak / MIB);
        assert!(peak > 4 * MIB && peak <= most, "{name}: {} MiB", peak / MIB);
        assert!(answered || !answers, "{name} was not answered");
    }
}

#[test]
fn a_portfolio_of_sixty_pictures_needs_a_fraction_of_its_worker_s_memory() {
    for layout in render::LAYOUTS {
        let input = crate::portfolio_layouts::many(40, 60, layout, Locale::En);
        let input = ciborium::Value::serialized(&input).unwrap();
        let (peak, answered) = peak_of("Render", input);
        println!("{layout}: {} MiB", peak >> 20);
        assert!(answered && peak < 400 << 20, "{layout}: {} MiB", peak >> 20);
    }
}

#[tokio::test]
async fn a_missing_program_is_an_error_and_not_a_wait() {
    let renderer = Renderer::start(PathBuf::from("/nonexistent/hub"), 1);
    let error = renderer.normalise(photo(ImageFormat::Jpeg)).await.unwrap_err();
    assert!(matches!(error, RendererError::Start(_)), "{error}");
}
