//! Uploads that want to take the hub down, to run in somebody's browser, or to leave their folder (battery B7).
//!
//! The hub's own process is measured, alone: at most 100 MiB more and two seconds of its processor for each file. A
//! worker has limits of its own (`renderer`), which the kernel keeps.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::lifecycle::{content, picture, upload};
use crate::renderer::{endless_pdf, mebibytes_of_spaces, one_page, pdf, png, stream, zlib};
use crate::support::{Answer, Client, TestHub, text};

const ALONE: &str = "HUB_TEST_ALONE";
/// Of the hub's process, over all files: KiB.
const MAX_GROWTH: u64 = 100 * 1024;
/// Of the hub's process, for one file.
const MAX_CPU: Duration = Duration::from_secs(2);
/// With other tests beside it: a worker that is ended has had its ten seconds of processor.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// Run this test in a process of its own; true in that process.
fn alone(test: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("hostile_uploads::{test}"), "--nocapture"])
        .env(ALONE, "yes")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "no test is called {test}: {said}");
    false
}

/// Resident memory of this process, KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Processor time of this process and none of its workers.
fn processor() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap())
}

async fn open_draft(student: &Client) -> String {
    text(&student.post("/api/achievements/", content("Winner, 100 m")).await.ok(201)["id"])
}

/// A chunk of a PNG.
fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(name);
    crc.update(content);
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], name, content, &crc.sum().to_be_bytes()].concat()
}

/// A small PNG with a chunk more after its header.
fn png_with(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let whole = png(8, 8, &zlib(&[0; 8 * 25]));
    [&whole[..33], &chunk(name, content), &whole[33..]].concat()
}

/// A JPEG whose header claims this size.
fn jpeg_of(width: u16, height: u16) -> Vec<u8> {
    let mut file = picture(5);
    let frame = file.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    file[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    file[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    file
}

/// Octets that no compression makes fewer (a linear congruential generator).
fn noise(octets: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(octets).collect()
}

/// A JPEG, and behind its end something else.
fn jpeg_then(more: &[u8]) -> Vec<u8> {
    [picture(6).as_slice(), more].concat()
}

/// A JPEG with a comment (ISO/IEC 10918-1 §B.2.4.5).
fn jpeg_saying(comment: &[u8]) -> Vec<u8> {
    let file = picture(6);
    let length = u16::try_from(comment.len() + 2).unwrap().to_be_bytes();
    [&file[..2], &[0xff, 0xfe], &length, comment, &file[2..]].concat()
}

fn catalog_with(entries: &str, rest: Vec<Vec<u8>>) -> Vec<u8> {
    let catalog = format!("<</Type/Catalog/Pages 2 0 R{entries}>>");
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Contents 4 0 R>>";
    let mut objects = vec![
        catalog.into_bytes(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        page.as_bytes().to_vec(),
        stream("", b"0 0 1 rg 100 100 200 200 re f"),
    ];
    objects.extend(rest);
    pdf(&objects)
}

const REFUSED: &[u16] = &[415];

/// Files with how they may end.
fn bombs() -> Vec<(&'static str, Vec<u8>, &'static [u16])> {
    let page = |contents: Vec<u8>| one_page("", "4 0 R", vec![contents]);
    let vast = pdf(&[
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1000000000000 1000000000000]/Resources<<>>/Contents 4 0 R>>".to_vec(),
        stream("", b"0 0 1 rg 0 0 1000000000000 1000000000000 re f"),
    ]);
    let nested = [b"[".repeat(200_000), b"]".repeat(200_000)].concat();
    vec![
        ("a PNG of 900 Mpx", png(30_000, 30_000, &mebibytes_of_spaces(64)), REFUSED),
        ("a PNG whose header lies", png(u32::MAX >> 1, u32::MAX >> 1, &zlib(b" ")), REFUSED),
        (
            "a PNG with a gigabyte of text",
            png_with(b"zTXt", &[b"x\0\0".as_slice(), &mebibytes_of_spaces(1_024)].concat()),
            &[201, 415],
        ),
        (
            "a PNG with a gigabyte of profile",
            png_with(b"iCCP", &[b"x\0\0".as_slice(), &mebibytes_of_spaces(1_024)].concat()),
            &[201, 415],
        ),
        ("a JPEG of 4.3 Gpx", jpeg_of(65_535, 65_535), REFUSED),
        ("a JPEG that claims 190 Mpx", jpeg_of(14_000, 13_500), &[201, 415]),
        (
            "a PDF that unpacks to a gigabyte",
            page(stream("/Filter/FlateDecode", &mebibytes_of_spaces(1_024))),
            &[201, 415],
        ),
        ("a PDF without end", endless_pdf("0 0 10 10 re f"), &[201, 415]),
        ("a PDF of 200,000 brackets", catalog_with("/X 5 0 R", vec![nested]), &[201, 415]),
        (
            "a PDF that is its own parent",
            pdf(&[b"<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]/Count 9999999>>".to_vec()]),
            &[201, 415],
        ),
        ("a PDF of a million million points", vast, &[201, 415]),
        (
            "a WebP that claims everything",
            [b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0\0\0\0\0".as_slice(), &[0xff; 64]].concat(),
            REFUSED,
        ),
        ("a PDF of 24 MB of noise", page(stream("", &noise(24 << 20))), &[201, 415]),
        ("half a photo", picture(4)[..2_000].to_vec(), REFUSED),
        ("nothing at all", Vec::new(), REFUSED),
        ("one octet", vec![0xff], REFUSED),
    ]
}

#[tokio::test]
async fn bombs_take_no_more_of_the_hub_than_any_file() {
    if !alone("bombs_take_no_more_of_the_hub_than_any_file") {
        return;
    }
    let hub = TestHub::start().await;
    let student = hub.college("anna").await.student("Kavya").await;
    let id = open_draft(&student).await;
    // What the first upload of any kind takes, such as the pages of the allocator, is not the bombs'.
    upload(&student, &id, "photo.jpg", picture(1), None).await.ok(201);
    let bombs = bombs();
    let before = resident();
    for (name, bytes, ends) in bombs {
        let id = open_draft(&student).await;
        let (began, spent) = (Instant::now(), processor());
        let answer = upload(&student, &id, "x", bytes, None).await;
        let (took, spent) = (began.elapsed(), processor() - spent);
        assert!(ends.contains(&answer.status), "{name}: {} {}", answer.status, answer.body);
        assert!(spent <= MAX_CPU, "{name} took {spent:?} of the hub's processor");
        assert!(took <= MAX_WAIT, "{name} took {took:?}");
        let grown = resident().saturating_sub(before);
        assert!(grown <= MAX_GROWTH, "after {name} the hub holds {grown} KiB more");
        eprintln!(
            "{name}: {} in {took:?}, {spent:?} of the hub's processor, {grown} KiB more",
            answer.status
        );
    }
    // It serves on.
    let id = open_draft(&student).await;
    upload(&student, &id, "photo.jpg", picture(2), None).await.ok(201);
}

#[tokio::test]
async fn what_is_none_of_the_four_formats_is_refused_whatever_it_calls_itself() {
    let hub = TestHub::start().await;
    let student = hub.college("anna").await.student("Kavya").await;
    let id = open_draft(&student).await;
    let page = b"<!doctype html><script>fetch('/api/me')</script>".to_vec();
    let svg = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
        .to_vec();
    for (name, bytes) in [
        ("photo.jpg", page.clone()),
        ("photo.svg", svg),
        ("photo.gif", b"GIF89a/*\x01\x00\x01\x00*/=1;alert(1)".to_vec()),
        ("photo.png", b"PK\x03\x04 an archive".to_vec()),
        ("certificate.pdf", b"MZ\x90\0 a program".to_vec()),
        ("certificate.pdf", [b"\x7fELF".as_slice(), &[0; 64]].concat()),
        ("photo.jpg", [b"\xff\xd8".as_slice(), &page].concat()),
        ("photo.png", [b"\x89PNG\r\n\x1a\n".as_slice(), &page].concat()),
        ("photo.jpg", b"BM a bitmap".to_vec()),
        ("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0".to_vec()),
    ] {
        let answer = upload(&student, &id, name, bytes, None).await;
        answer.refused(415, "unsupported_type");
    }
    let seen = student.get(&format!("/api/achievements/{id}/")).await.ok(200);
    assert_eq!(seen["evidence"], Value::Array(Vec::new()));
}

/// What is shown of a file holds nothing of what was hidden in it, and the original runs nowhere.
async fn shown_harmlessly(student: &Client, name: &str, bytes: Vec<u8>, secret: &[u8]) {
    let id = open_draft(student).await;
    let mut made = upload(student, &id, "x", bytes.clone(), None).await;
    // A worker's time is limited by the wall, too: a machine with much else to do may need a second try.
    for _ in 0..3 {
        if made.status == 415 && made.body.to_string().contains("too complicated") {
            made = upload(student, &id, "x", bytes.clone(), None).await;
        }
    }
    assert_eq!(made.status, 201, "{name}: {}", made.body);
    let file = &made.body[0];
    let contains = |bytes: &[u8]| bytes.windows(secret.len()).any(|part| part == secret);
    for size in ["", "?size=full"] {
        let picture = student.get(&format!("{}{size}", text(&file["thumb_url"]))).await;
        assert_eq!(picture.header("content-type"), "image/jpeg", "{name}");
        assert!(picture.bytes.starts_with(b"\xff\xd8\xff"), "{name}");
        assert!(!contains(&picture.bytes), "{name} came through its picture");
        sandboxed(&picture, name);
    }
    let original = student.get(&text(&file["content_url"])).await;
    assert_eq!(original.bytes, bytes, "{name}");
    assert!(contains(&original.bytes), "{name}: the probe held nothing");
    assert!(original.header("content-disposition").starts_with("attachment;"), "{name}");
    assert_eq!(original.header("content-type"), text(&file["media_type"]));
    sandboxed(&original, name);
}

fn sandboxed(answer: &Answer, name: &str) {
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{name}");
    assert_eq!(answer.header("content-security-policy"), "sandbox; default-src 'none'", "{name}");
}

#[tokio::test]
async fn polyglots_and_active_content_come_through_no_picture_and_run_nowhere() {
    let hub = TestHub::start().await;
    let student = hub.college("anna").await.student("Kavya").await;
    let script = b"<script>alert('hub')</script>";
    let archive = b"PK\x03\x04\x14\0alert('hub')PK\x05\x06";
    for (name, bytes) in [
        ("a JPEG and a page", jpeg_then(script)),
        ("a JPEG and an archive", jpeg_then(archive)),
        ("a JPEG that comments", jpeg_saying(b"*/alert('hub')/*")),
        ("a PNG that says so", png_with(b"tEXt", b"Comment\0<img onerror=alert('hub')>")),
        (
            "a PDF with a script",
            catalog_with("/OpenAction<</S/JavaScript/JS(app.alert\\(1\\);alert('hub'))>>", vec![]),
        ),
        (
            "a PDF that starts a program",
            catalog_with("/OpenAction<</S/Launch/F(cmd.exe)/X(alert('hub'))>>", vec![]),
        ),
        (
            "a PDF that calls home",
            catalog_with("/AA<</WC<</S/URI/URI(http://127.0.0.1:9/alert('hub'))>>>>", vec![]),
        ),
        (
            "a PDF with a form of scripts",
            catalog_with("/AcroForm<</XFA(alert('hub'))/Fields[]>>", vec![]),
        ),
        (
            "a PDF that carries a file",
            catalog_with(
                "/Names<</EmbeddedFiles<</Names[(x.exe) 5 0 R]>>>>",
                vec![b"<</Type/Filespec/F(alert('hub'))>>".to_vec()],
            ),
        ),
        ("a PDF and a page", [catalog_with("", vec![]).as_slice(), script].concat()),
    ] {
        shown_harmlessly(&student, name, bytes, b"alert('hub')").await;
    }
}

/// A part as somebody writes it who follows no library.
pub async fn upload_named(student: &Client, id: &str, name: &[u8]) -> Answer {
    let mut body = b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"".to_vec();
    body.extend(name);
    body.extend(b"\"\r\nContent-Type: text/html\r\n\r\n");
    body.extend(picture(3));
    body.extend(b"\r\n--edge--\r\n");
    let request = student
        .request(reqwest::Method::POST, &format!("/api/achievements/{id}/evidence/"))
        .header("Content-Type", "multipart/form-data; boundary=edge")
        .body(body);
    student.send(request).await
}

/// Every path under a folder, without the folder.
fn paths(folder: &Path, root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        found.push(entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        if entry.file_type().unwrap().is_dir() {
            found.extend(paths(&entry.path(), root));
        }
    }
    found
}

#[tokio::test]
async fn no_name_is_ever_a_path() {
    let hub = TestHub::start().await;
    let student = hub.college("anna").await.student("Kavya").await;
    let long = "x".repeat(5_000);
    let names: [&[u8]; 14] = [
        b"../../../../etc/cron.d/hub",
        b"..\\..\\windows\\system32\\x.dll",
        b"/etc/passwd",
        b"C:\\autoexec.bat",
        b"~/.ssh/authorized_keys",
        b"%2e%2e%2fx.jpg",
        b"x.jpg\0.exe",
        b"CON",
        b".",
        b"..",
        "gpj.\u{202e}exe.jpg".as_bytes(),
        "சான்றிதழ்.jpg".as_bytes(),
        b"\xff\xfe\xfd.jpg",
        long.as_bytes(),
    ];
    for (number, name) in names.iter().enumerate() {
        let id = open_draft(&student).await;
        let answer = upload_named(&student, &id, name).await;
        assert!(matches!(answer.status, 201 | 400), "{number}: {} {}", answer.status, answer.body);
        if answer.status == 201 {
            let shown = text(&answer.body[0]["name"]);
            assert!(!shown.contains(['/', '\\', '\0', '\u{202e}']), "{shown:?}");
            assert!((1..=120).contains(&shown.chars().count()), "{shown:?}");
            let content = student.get(&text(&answer.body[0]["content_url"])).await;
            assert_eq!(content.header("content-type"), "image/jpeg", "{shown:?}");
        }
    }
    let hexadecimal = |name: &str| name.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    for path in paths(hub.folder(), hub.folder()) {
        let known = path == "master.key" || path == "blobs" || path.starts_with("master.key");
        let stored = path.strip_prefix("blobs/").is_some_and(|rest| {
            rest.split('/').all(|part| hexadecimal(part) || part == "incoming")
        });
        assert!(known || stored, "{path} was made by a name");
    }
}
