//! Verification opens no connection: a hub in a network namespace without a route answers about everything.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hub::credential::compact::to_base32;
use hub::credential::issuer::public_key_multibase;
use serde_json::{Value, json};

use crate::lifecycle::approved;
use crate::samples::{anna, banaras};
use crate::support::{TestHub, text};

/// The hub's own program in a namespace of its own that has nothing but `lo`.
struct Cut {
    hub: Child,
}

impl Cut {
    /// None where this machine lets nobody make namespaces.
    fn start(hub: &TestHub) -> Option<Self> {
        let tried = Command::new("unshare").args(["--net", "true"]).output();
        if !tried.is_ok_and(|run| run.status.success()) {
            return None;
        }
        // The database is reached through its unix socket, which a network namespace does not cut.
        let script = "ip link set lo up && exec \"$0\" serve";
        let mut child = Command::new("unshare")
            .args(["--net", "sh", "-c", script, env!("CARGO_BIN_EXE_hub")])
            .env("HUB_DATABASE_URL", &hub.database.url)
            .env("HUB_MASTER_KEY_FILE", hub.folder().join("master.key"))
            .env("HUB_DATA_DIR", hub.folder())
            .env("HUB_PUBLIC_URL", &hub.url)
            .env("HUB_LISTEN", LISTEN)
            .env("HUB_LOG", "info")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut lines = log.lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("the hub is up")), "it did not start");
        // Whatever else it says is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { hub: child })
    }

    /// Run a program inside.
    fn run(&self, program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new("nsenter")
            .args(["--net", "--target", &self.hub.id().to_string(), program])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{program} {arguments:?}");
        output.stdout
    }

    fn verify(&self, body: &[u8]) -> Value {
        let url = format!("http://{LISTEN}/api/verify/");
        let arguments = [
            "--silent",
            "--fail",
            "--max-time",
            "60",
            "--noproxy",
            "*",
            "--data-binary",
            "@-",
            &url,
        ];
        serde_json::from_slice(&self.run("curl", &arguments, body)).unwrap()
    }

    /// A counter of the namespace's own network stack, such as `Tcp ActiveOpens`.
    fn counter(&self, protocol: &str, name: &str) -> u64 {
        let text = String::from_utf8(self.run("cat", &["/proc/net/snmp"], b"")).unwrap();
        let mut rows = text.lines().filter(|line| line.starts_with(&format!("{protocol}: ")));
        let place = rows.next().unwrap().split(' ').position(|word| word == name).unwrap();
        rows.next().unwrap().split(' ').nth(place).unwrap().parse().unwrap()
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        let _ = self.hub.kill();
        let _ = self.hub.wait();
    }
}

/// Nobody else is in that namespace: any port will do.
const LISTEN: &str = "127.0.0.1:8080";

#[tokio::test]
async fn a_hub_without_a_network_answers_about_every_document() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    let item = approved(&student, &faculty, "Chess, state team").await;
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let file = student.get(&text(&export["file_url"])).await.bytes;
    let read = async |url: &Value| {
        hub.anonymous().get(text(url).strip_prefix(&hub.url).unwrap()).await.bytes
    };
    let achievement = read(&item["credential"]["url"]).await;
    let portfolio = read(&export["url"]).await;
    let list = hub.anonymous().get("/colleges/anna/status/achievements-1").await.bytes;
    let mut owner = hub.database.owner().await;
    sqlx::query("SELECT set_config('hub.college_id', $1, false)")
        .bind(college.id.to_string())
        .execute(&mut owner)
        .await
        .unwrap();
    let card: Vec<u8> =
        sqlx::query_scalar("SELECT compact FROM portfolios").fetch_one(&mut owner).await.unwrap();
    let code = format!("{}/v#{}", hub.url, to_base32(&card));

    let Some(cut) = Cut::start(&hub) else {
        eprintln!(
            "SKIPPED: this machine lets nobody make network namespaces; nothing was proved here."
        );
        return;
    };
    let links = String::from_utf8(cut.run("ip", &["-oneline", "link"], b"")).unwrap();
    assert!(links.lines().all(|link| link.contains(" lo: ")), "{links}");
    let routes = cut.run("ip", &["route", "show", "default"], b"");
    assert!(routes.is_empty(), "{}", String::from_utf8_lossy(&routes));

    let address = text(&item["credential"]["url"]).into_bytes();
    let documents: Vec<(&str, Vec<u8>, &str)> = vec![
        ("achievement", achievement, "valid"),
        ("portfolio", portfolio, "valid"),
        ("status list", list, "valid"),
        ("file", file, "valid"),
        ("code", code.into_bytes(), "valid"),
        ("address", address, "valid"),
    ];
    let own = documents.len();
    let all: Vec<_> = documents.into_iter().chain(from_elsewhere()).collect();
    let began = Instant::now();
    for (name, bytes, verdict) in &all {
        let report = cut.verify(bytes);
        assert_eq!(report["verdict"], *verdict, "{name}: {report:#}");
    }
    assert!(all.len() > own + 6);
    // A look-up that nobody answers takes five seconds and more.
    assert!(began.elapsed() < Duration::from_secs(5) * u32::try_from(all.len()).unwrap());
    let opened = cut.counter("Tcp", "ActiveOpens");
    assert_eq!(opened, u64::try_from(all.len()).unwrap(), "curl's own, and not one more");
    assert_eq!(cut.counter("Udp", "OutDatagrams"), 0, "no name was looked up");
}

/// Documents that name addresses elsewhere, each of which a careless verifier would ask for.
fn from_elsewhere() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let college = anna();
    let document = college.achievement(1);
    let with = |pointer: &str, value: Value| {
        let mut copy = document.clone();
        *copy.pointer_mut(pointer).unwrap() = value;
        copy.to_string().into_bytes()
    };
    let mut referring = document.clone();
    referring["relatedResource"] =
        json!([{ "id": "https://elsewhere.example/x.json", "digestSRI": "sha256-x" }]);
    referring["termsOfUse"] = json!([{ "id": "https://elsewhere.example/terms", "type": "Terms" }]);
    let key = public_key_multibase(&college.public_key());
    let did = format!("did:key:{key}");
    let mut draft = document.clone();
    draft.as_object_mut().unwrap().remove("proof");
    draft["issuer"] = json!(did);
    let self_made = college.sign_as(&draft, format!("{did}#{key}"));
    let portfolio = college.portfolio(vec![document.clone(), banaras().achievement(2)]);
    let list = college.status_list(&[3]);
    let bytes = |document: &Value| document.to_string().into_bytes();
    vec![
        ("did:web of another hub", bytes(&document), "incomplete"),
        ("portfolio of another hub", bytes(&portfolio), "incomplete"),
        // The samples are of January: a list of then holds no longer.
        ("old status list of another hub", bytes(&list), "not_valid"),
        ("did:key with a list elsewhere", bytes(&self_made), "incomplete"),
        (
            "issuer at a private address",
            with("/issuer/id", json!("did:web:10.0.0.1%3A80")),
            "incomplete",
        ),
        (
            "context elsewhere",
            with("/@context/2", json!("https://elsewhere.example/context")),
            "incomplete",
        ),
        ("related resources", bytes(&referring), "incomplete"),
        (
            "address of another hub",
            b"https://elsewhere.example/colleges/a/credentials/b".to_vec(),
            "not_valid",
        ),
        ("nonsense", b"%PDF-1.7 nothing".to_vec(), "not_valid"),
    ]
}
