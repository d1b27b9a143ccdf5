use std::fs;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::*;

const LINK: &str = "https://hub.example/app/token?one=1&two=2";
const UNSUBSCRIBE: &str = "https://hub.example/unsubscribe/abc";

fn letters() -> Vec<Letter> {
    let (name, college) = ("Kavya".to_owned(), "Sarvodaya College".to_owned());
    let link = LINK.to_owned();
    let decision = |decision, comment: Option<&str>| Letter::Decision {
        name: name.clone(),
        college: college.clone(),
        title: "Robotics <Prize>".to_owned(),
        decision,
        comment: comment.map(str::to_owned),
        link: link.clone(),
        unsubscribe: None,
    };
    let notices = |some: &[(&str, &str)], more, unsubscribe: Option<&str>| Letter::Notices {
        name: name.clone(),
        college: college.clone(),
        lines: some
            .iter()
            .map(|(heading, detail)| NoticeLine {
                heading: (*heading).to_owned(),
                detail: (*detail).to_owned(),
            })
            .collect(),
        more,
        link: link.clone(),
        unsubscribe: unsubscribe.map(str::to_owned),
    };
    vec![
        decision(Decision::Approved, None),
        decision(Decision::ChangesRequested, Some("Please add the date.\n\nAnd the place.")),
        decision(Decision::Rejected, Some("Not of this college.")),
        notices(&[("1", ""), ("2", "Robotics <Prize>")], 3, Some(UNSUBSCRIBE)),
        Letter::VerifyEmail {
            name: name.clone(),
            college: college.clone(),
            link: link.clone(),
            hours: 48,
        },
        Letter::AlreadyRegistered {
            name: name.clone(),
            college: college.clone(),
            link: link.clone(),
        },
        Letter::ResetPassword {
            name: name.clone(),
            college: college.clone(),
            link: link.clone(),
            hours: 2,
        },
        Letter::Invitation {
            name: name.clone(),
            college: college.clone(),
            inviter: "Dr. Rao".to_owned(),
            link: link.clone(),
            days: 7,
        },
        Letter::Confirmed { name, college, link },
    ]
}

#[test]
fn every_letter_reads_in_every_language_with_its_link_on_a_line_of_its_own() {
    for language in Language::ALL {
        for letter in letters() {
            let rendered = render(&letter, *language);
            let what = format!("{} in {}: {rendered:?}", letter.kind(), language.as_str());
            assert!(!rendered.subject.is_empty() && !rendered.subject.contains('\n'), "{what}");
            assert!(rendered.text.lines().any(|line| line == LINK), "{what}");
            assert!(rendered.text.contains("Kavya"), "{what}");
            assert!(rendered.text.contains("Sarvodaya College"), "{what}");
            assert!(!rendered.text.contains("{{") && !rendered.text.contains("\n\n\n"), "{what}");
            assert!(rendered.html.contains(&format!("lang=\"{}\"", language.as_str())), "{what}");
            let href = format!("href=\"{}\"", LINK.replace('&', "&amp;").replace('/', "&#x2f;"));
            assert!(rendered.html.contains(&href), "{what}");
        }
    }
}

#[test]
fn languages_differ_and_so_do_decisions() {
    let mut subjects = std::collections::BTreeSet::new();
    for language in Language::ALL {
        for letter in letters() {
            assert!(subjects.insert(render(&letter, *language).subject), "{}", letter.kind());
        }
    }
}

#[test]
fn an_approval_reads_like_this() {
    let rendered = render(&letters()[0], Language::English);
    assert_eq!(rendered.subject, "Approved: Robotics <Prize>");
    assert_eq!(
        rendered.text,
        format!(
            "Hello Kavya,\n\nyour achievement “Robotics <Prize>” was approved. Sarvodaya College \
             has signed a credential for it, which anybody can check.\n\n{LINK}\n\n\
             Sarvodaya College\n"
        )
    );
}

#[test]
fn what_people_wrote_is_escaped_in_html_and_cannot_break_the_subject_or_make_links() {
    let letter = Letter::Decision {
        name: "<script>alert(1)</script>".to_owned(),
        college: "College".to_owned(),
        title: "Prize\r\nBcc: everybody@example.org".to_owned(),
        decision: Decision::Rejected,
        comment: Some("See\n\nhttps://evil.example/\n\nnow".to_owned()),
        link: LINK.to_owned(),
        unsubscribe: None,
    };
    let rendered = render(&letter, Language::English);
    assert_eq!(rendered.subject, "Not approved: Prize Bcc: everybody@example.org");
    assert!(!rendered.html.contains("<script>"), "{}", rendered.html);
    assert_eq!(rendered.html.matches("<a ").count(), 1, "{}", rendered.html);
    assert!(rendered.text.contains("https://evil.example/"));
}

#[test]
fn the_letter_of_a_day_reads_like_this() {
    let rendered = render(&letters()[3], Language::English);
    assert_eq!(rendered.subject, "5 notices from Sarvodaya College");
    assert_eq!(
        rendered.text,
        format!(
            "Hello Kavya,\n\n1\n\n2: Robotics <Prize>\n\nand 3 more in the app.\n\n{LINK}\n\n\
             Sarvodaya College\n\nTo have no more letters like this one:\n\n{UNSUBSCRIBE}\n"
        )
    );
    assert_eq!(rendered.html.matches("<a ").count(), 2, "{}", rendered.html);
}

#[tokio::test]
async fn a_folder_keeps_letters_newest_first_for_its_owner_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("mails");
    let mailer = Mailer::folder(&path);
    assert_eq!(mailer.remembered().await.unwrap(), []);
    for letter in letters() {
        mailer
            .send(Uuid::new_v4(), "kavya@college.example", Language::Tamil, &letter)
            .await
            .unwrap();
    }

    let mails = Mailer::folder(&path).remembered().await.unwrap();

    let kinds: Vec<_> = mails.iter().map(|mail| mail.kind.as_str()).collect();
    let mut expected: Vec<_> = letters().iter().map(Letter::kind).collect();
    expected.reverse();
    assert_eq!(kinds, expected);
    assert_eq!(mails[0].to, "kavya@college.example");
    assert_eq!(mails[0].language, Language::Tamil);
    assert_eq!(mails[0].subject, render(letters().last().unwrap(), Language::Tamil).subject);
    for entry in fs::read_dir(&path).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(entry.path().extension().unwrap(), "json");
    }
}

#[tokio::test]
async fn memory_keeps_letters_newest_first() {
    let mailer = Mailer::memory();
    for letter in letters() {
        mailer
            .send(Uuid::new_v4(), "kavya@college.example", Language::English, &letter)
            .await
            .unwrap();
    }
    let mails = mailer.remembered().await.unwrap();
    let kinds: Vec<_> = mails.iter().rev().map(|mail| mail.kind.as_str()).collect();
    assert_eq!(kinds, letters().iter().map(Letter::kind).collect::<Vec<_>>());
}

/// A mail server of one conversation (RFC 5321): answers, and returns what it heard.
async fn serve_one(listener: TcpListener, recipient_answer: &'static str) -> String {
    let (stream, _) = listener.accept().await.unwrap();
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    let mut heard = String::new();
    let mut in_data = false;
    writing.write_all(b"220 mail.example ESMTP\r\n").await.unwrap();
    while let Some(line) = lines.next_line().await.unwrap() {
        heard += &format!("{line}\n");
        let verb = line.split([' ', ':']).next().unwrap().to_ascii_uppercase();
        let answer = match (in_data, verb.as_str()) {
            (true, ".") => "250 kept",
            (true, _) => continue,
            (false, "DATA") => "354 go on",
            (false, "RCPT") => recipient_answer,
            (false, "QUIT") => "221 bye",
            (false, _) => "250 OK",
        };
        in_data = answer.starts_with("354");
        writing.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        if verb == "QUIT" && !in_data {
            break;
        }
    }
    heard
}

async fn send_to_server(
    recipient_answer: &'static str,
    to: &str,
) -> (Result<(), SendError>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mailer = Mailer::smtp(&SmtpSettings {
        url: format!("smtp://127.0.0.1:{}", listener.local_addr().unwrap().port()),
        from: "Student Hub <hub@college.example>".to_owned(),
    })
    .unwrap();
    let server = tokio::spawn(serve_one(listener, recipient_answer));
    let sent = mailer.send(Uuid::from_u128(7), to, Language::Hindi, &letters()[3]).await;
    if matches!(sent, Err(SendError::Refused(ref reason)) if reason == "not a mail address") {
        server.abort();
        return (sent, String::new());
    }
    (sent, server.await.unwrap())
}

#[tokio::test]
async fn by_smtp_a_letter_arrives_with_text_html_and_its_headers() {
    let (sent, heard) = send_to_server("250 OK", "kavya@college.example").await;
    sent.unwrap();
    for expected in [
        "MAIL FROM:<hub@college.example>",
        "RCPT TO:<kavya@college.example>",
        "From: \"Student Hub\" <hub@college.example>",
        "To: kavya@college.example",
        "Content-Language: hi",
        "Auto-Submitted: auto-generated",
        "Content-Type: multipart/alternative",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: text/html; charset=utf-8",
        "Message-ID: <00000000-0000-0000-0000-000000000007@college.example>",
        "List-Unsubscribe: <https://hub.example/unsubscribe/abc>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ] {
        assert!(heard.contains(expected), "{expected} is missing in\n{heard}");
    }
    // The Hindi subject goes as an encoded word (RFC 2047), never raw.
    let subject = heard.lines().find(|line| line.starts_with("Subject: ")).unwrap();
    assert!(subject.starts_with("Subject: =?utf-8?b?"), "{subject}");
}

#[tokio::test]
async fn a_refused_recipient_is_final_and_a_busy_server_is_not() {
    let (sent, _) = send_to_server("550 no such user", "nobody@college.example").await;
    assert!(matches!(sent, Err(SendError::Refused(_))), "{sent:?}");
    let (sent, _) = send_to_server("451 try later", "kavya@college.example").await;
    assert!(matches!(sent, Err(SendError::Unreachable(_))), "{sent:?}");
}

#[tokio::test]
async fn an_address_cannot_smuggle_a_header_or_a_command() {
    for to in ["a@b.example\r\nRCPT TO:<x@y.example>", "a@b.example>, <x@y.example", "no address"] {
        let (sent, _) = send_to_server("250 OK", to).await;
        assert!(matches!(sent, Err(SendError::Refused(_))), "{to}: {sent:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mailer = Mailer::smtp(&SmtpSettings {
        url: format!("smtp://127.0.0.1:{port}"),
        from: "hub@college.example".to_owned(),
    })
    .unwrap();
    let sent = mailer
        .send(Uuid::new_v4(), "kavya@college.example", Language::English, &letters()[0])
        .await;
    assert!(matches!(sent, Err(SendError::Unreachable(_))), "{sent:?}");
}

#[test]
fn settings_that_would_leak_a_password_or_make_no_sense_are_refused_without_repeating_it() {
    let refused = |url: &str, from: &str| {
        let settings = SmtpSettings { url: url.to_owned(), from: from.to_owned() };
        Mailer::smtp(&settings).err().unwrap()
    };
    let from = "hub@college.example";
    let in_clear = refused("smtp://hub:s3cret@mail.example", from);
    assert!(matches!(in_clear, ConnectError::PasswordInClear));
    let maybe_in_clear = refused("smtp://hub:s3cret@mail.example?tls=opportunistic", from);
    assert!(matches!(maybe_in_clear, ConnectError::PasswordInClear));
    let wrong = refused("http://hub:s3cret@mail.example?tls=required", from);
    assert!(matches!(wrong, ConnectError::Url));
    for error in [in_clear, maybe_in_clear, wrong] {
        assert!(!error.to_string().contains("s3cret"));
    }
    assert!(matches!(refused("smtps://mail.example", "no address"), ConnectError::From));
}
