//! A mail server (RFC 5321) that has bad days.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use hub::mailer::{Mailer, SmtpSettings};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How one conversation goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// It takes the letter.
    Good,
    /// It hangs up before a word.
    Away,
    /// It says to come again.
    Busy,
    /// It knows nobody of that name.
    NoSuchUser,
    /// It breaks off when the letter is half there.
    BreaksOff,
    /// It takes the letter, and breaks off before it says so.
    TakesAndBreaksOff,
}

/// A letter that it took.
#[derive(Clone, Debug)]
pub struct Taken {
    /// `RCPT TO`.
    pub to: String,
    /// Headers and body.
    pub data: String,
}

impl Taken {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let unfolded = self.data.lines().take_while(|line| !line.is_empty());
        unfolded.into_iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// The server.
#[derive(Clone)]
pub struct MailServer {
    port: u16,
    days: Arc<Mutex<VecDeque<Day>>>,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            days: Arc::default(),
            taken: Arc::default(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let day = serving.days.lock().unwrap().pop_front().unwrap_or(Day::Good);
                // Whoever hangs up leaves an error behind; it is a day like that.
                drop(serving.talk(stream, day).await);
            }
        });
        server
    }

    pub fn mailer(&self) -> Mailer {
        Mailer::smtp(&SmtpSettings {
            url: format!("smtp://127.0.0.1:{}", self.port),
            from: "Student Hub <hub@college.example>".to_owned(),
        })
        .unwrap()
    }

    /// How the next conversations go; good ones follow.
    pub fn expect(&self, days: &[Day]) {
        self.days.lock().unwrap().extend(days);
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    async fn talk(&self, stream: TcpStream, day: Day) -> std::io::Result<()> {
        if day == Day::Away {
            return Ok(());
        }
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        let mut letter = Taken { to: String::new(), data: String::new() };
        let mut in_data = false;
        writing.write_all(b"220 mail.example ESMTP\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let verb = line.split([' ', ':']).next().unwrap().to_ascii_uppercase();
            let answer = match (in_data, verb.as_str()) {
                (true, ".") => {
                    self.taken.lock().unwrap().push(letter.clone());
                    if day == Day::TakesAndBreaksOff {
                        return Ok(());
                    }
                    "250 kept"
                }
                (true, _) if day == Day::BreaksOff && letter.data.len() > 200 => return Ok(()),
                (true, _) => {
                    letter.data += &format!("{}\n", line.strip_prefix('.').unwrap_or(&line));
                    continue;
                }
                (false, "DATA") => "354 go on",
                (false, "MAIL") if day == Day::Busy => "451 come again",
                (false, "RCPT") if day == Day::NoSuchUser => "550 no such user",
                (false, "RCPT") => {
                    letter.to = line[8..].trim_matches(['<', '>', ':']).to_owned();
                    "250 OK"
                }
                (false, "QUIT") => "221 bye",
                (false, _) => "250 OK",
            };
            in_data = answer.starts_with("354");
            writing.write_all(format!("{answer}\r\n").as_bytes()).await?;
            if answer.starts_with("221") {
                return Ok(());
            }
        }
        Ok(())
    }
}
