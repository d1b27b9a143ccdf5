"""A hub as an operator runs it: Postgres with the two roles of docker/compose, two processes behind nginx with the shipped
site, and a worker. Both processes are started anew, one after the other, while clients ask: nobody gets a failure.

    python tests/deploy/running.py <hub> [root folder of an image]

With a root folder the processes of the hub see that folder, read-only, as their root. They are user 10001. As root.
"""

import contextlib
import glob
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HUB, ROOT = os.path.abspath(sys.argv[1]), (sys.argv + [None])[2]
# What a container's runtime does: the image's root, read-only, with /proc, /dev and one folder that is brought along.
INSIDE = """
set -eu
root=$1 work=$2; shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mkdir "$root$work"
mount --bind "$work" "$root$work"
mount -o remount,ro "$root/tmp"
exec chroot --userspec=10001:10001 "$root" hub "$@"
"""
TOP = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = "a quiet village lane"
COLLEGE = """
slug = "anna"
name = "Anna College"
city = "Chennai"
website = "https://anna.example"
aishe_code = "C-00001"
consent_version = "2026-01"
consent_text = "What a student agrees to."
[[departments]]
code = "CSE"
name = "Computer Science"
programmes = [["BTECH-CSE", "B.Tech."]]
"""
started = []


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def start(*command, **options):
    process = subprocess.Popen(command, **options)
    started.append(process)
    return process


def run(*command, **options):
    return subprocess.run(command, check=True, **options)


def until(what, check, seconds=60):
    for _ in range(seconds * 10):
        with contextlib.suppress(OSError, http.client.HTTPException):
            if check():
                return
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds} s")


def get(port, path, headers={}, tls=None):
    connection = (http.client.HTTPSConnection if tls else http.client.HTTPConnection)(
        "127.0.0.1", port, timeout=30, **({"context": tls} if tls else {}))
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def postgres(work):
    """A cluster whose connections by network show a password, with the roles that compose.yaml's has."""
    binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
    folder, port = work / "postgres", free_port()
    folder.mkdir()
    shutil.chown(folder, "postgres")
    options = {"user": "postgres", "cwd": folder, "stdout": subprocess.DEVNULL}
    run(f"{binaries}/initdb", "-D", folder / "data", "-U", "postgres", "--auth-local=trust",
        "--auth-host=scram-sha-256", "--no-sync", **options)
    start(f"{binaries}/postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=127.0.0.1",
          "-c", f"port={port}", "-c", "fsync=off", stderr=(work / "postgres.log").open("w"), **options)
    environment = os.environ | {"PGHOST": str(folder), "PGPORT": str(port), "SECRETS": str(work / "secrets")}
    ready = ("pg_isready", "-q", "-U", "postgres")
    until("Postgres", lambda: subprocess.run(ready, env=environment).returncode == 0)
    run(TOP / "docker/postgres/roles.sh", env=environment)
    for name in ("database-url", "database-admin-url"):
        file = work / "secrets" / name
        file.write_text(file.read_text().replace("@postgres/", f"@127.0.0.1:{port}/"))


class Hub:
    """A process of the hub."""

    def __init__(self, work, public, *command):
        self.port, self.metrics, self.command, self.work = free_port(), free_port(), command, work
        self.environment = {
            "HUB_LISTEN": f"127.0.0.1:{self.port}", "HUB_METRICS_LISTEN": f"127.0.0.1:{self.metrics}",
            "HUB_PUBLIC_URL": public, "HUB_TRUSTED_PROXIES": "127.0.0.1", "HUB_DATA_DIR": str(work / "data"),
            "HUB_DATABASE_URL_FILE": str(work / "secrets/database-url"), "HUB_LOG_JSON": "true", "HUB_LOG": "debug",
            "HUB_MASTER_KEY_FILE": str(work / "secrets/master.key"), "PATH": os.environ["PATH"]}

    def once(self, *command, **more):
        line, options = self.line(command)
        run(*line, env=self.environment | more, **options)

    def line(self, command):
        """How it is started: as it is, or inside the image."""
        options = {"cwd": "/", "stderr": self.log()}
        if ROOT:
            return ("unshare", "--mount", "sh", "-c", INSIDE, "inside", ROOT, str(self.work), *command), options
        return (HUB, *command), options | {"user": 10001, "group": 10001}

    def log(self):
        return (self.work / "hub.log").open("a")

    def start(self):
        line, options = self.line(self.command)
        self.process = start(*line, env=self.environment, **options)
        until("the hub", lambda: get(self.metrics, "/readyz")[0] == 200)
        self.once("healthcheck", *(["--worker"] if self.command[0] == "worker" else []))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, "the hub stopped with a failure"


def nginx(work, hubs):
    """The shipped site; only paths, ports and the addresses of the hubs are other ones."""
    port, folder = free_port(), work / "nginx"
    (folder / "hub").mkdir(parents=True)
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "server.key",
        "-out", folder / "server.crt", stderr=subprocess.DEVNULL)
    shutil.copy(TOP / "docker/nginx/proxy.conf", folder / "hub")
    (folder / "hub/upstream.conf").write_text("".join(f"server 127.0.0.1:{hub.port} max_fails=0;\n" for hub in hubs))
    site = (TOP / "docker/nginx/site.conf").read_text().replace("/run/secrets/", f"{folder}/")
    site = re.sub(r"listen (\[::\]:)?(80|443)( ssl http2)?.*;",
                  lambda found: f"listen 127.0.0.1:{port if found[3] else free_port()}{found[3] or ''};" if not found[1] else "", site)
    # The load below comes from one address.
    site = site.replace("rate=100r/s", "rate=10000r/s").replace("burst=400", "burst=10000")
    (folder / "site.conf").write_text(site.replace("/dev/stdout", f"{folder}/access.log"))
    (folder / "nginx.conf").write_text(
        f"daemon off; error_log {folder}/error.log; pid {folder}/pid; events {{}} http {{ include site.conf; }}")
    start(shutil.which("nginx") or "/usr/sbin/nginx", "-c", folder / "nginx.conf", stderr=subprocess.DEVNULL)
    return port, ssl.create_default_context(cafile=str(folder / "server.crt"))


def ask_all_the_time(port, tls, stop, failures, count):
    connection, number = None, 0
    body = json.dumps({"email": "nobody@anna.example", "password": "x"})
    while not stop.is_set():
        number += 1
        # A fifth of them are not idempotent: nginx sends those to one hub only.
        post = number % 5 == 0
        try:
            connection = connection or http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=tls)
            if post:
                connection.request("POST", "/api/verify/", "no document", {"Content-Type": "text/plain"})
            else:
                connection.request("GET", "/readyz" if number % 2 else "/api/colleges/anna")
            status = connection.getresponse()
            status.read()
            # 429 is an answer too: verification has a limit of its own.
            if status.status not in (200, 429):
                failures.append((post, status.status))
        except (OSError, http.client.HTTPException) as error:
            failures.append((post, repr(error)))
            connection = None
        count.append(1)


def main(work):
    run(TOP / "docker/compose/make-secrets", work / "secrets")
    for opened in (work, work / "secrets"):
        opened.chmod(0o711)
    postgres(work)
    (work / "data").mkdir()
    shutil.chown(work / "data", 10001, 10001)
    public = "https://hub.college.example"
    hubs = [Hub(work, public, "serve", "--no-jobs") for _ in range(2)]
    worker = Hub(work, public, "worker")
    worker.once("migrate", HUB_DATABASE_ADMIN_URL_FILE=str(work / "secrets/database-admin-url"))
    (work / "college.toml").write_text(COLLEGE)
    (work / "password").write_text(PASSWORD)
    for file in ("college.toml", "password"):
        (work / file).chmod(0o644)
    worker.once("college", "add", str(work / "college.toml"), "--admin-email", "registrar@anna.example", "--admin-name",
                "Lata Shukla", "--admin-password-file", str(work / "password"))
    for process in (*hubs, worker):
        process.start()
    port, tls = nginx(work, hubs)
    until("nginx", lambda: get(port, "/readyz", tls=tls)[0] == 200)

    status, headers, body = get(port, "/api/nothing", {"X-Request-Id": "made-up-by-a-client"}, tls)
    trace = json.loads(body)["trace_id"]
    assert status == 404 and trace == headers["x-request-id"] != "made-up-by-a-client", (headers, body)
    until("the line in nginx's log", lambda: trace in (work / "nginx/access.log").read_text())

    stop, failures, count = threading.Event(), [], []
    clients = [threading.Thread(target=ask_all_the_time, args=(port, tls, stop, failures, count)) for _ in range(12)]
    for client in clients:
        client.start()
    for _ in range(3):
        for hub in hubs:
            time.sleep(1)
            hub.stop()
            hub.start()
    stop.set()
    for client in clients:
        client.join()
    print(f"{len(count)} requests over six restarts, {len(failures)} of them lost")
    assert len(count) > 500, "too few to say anything"
    assert not failures, failures[:10]

    figures = get(hubs[0].metrics, "/metrics")[2]
    assert b'hub_requests_total{route="/readyz"' in figures and b"hub_request_seconds_bucket" in figures, figures
    until("the worker's look after status lists",
          lambda: b"hub_oldest_status_list_timestamp_seconds" in get(worker.metrics, "/metrics")[2])
    if shutil.which("promtool"):
        for text in (figures, get(worker.metrics, "/metrics")[2]):
            checked = subprocess.run(("promtool", "check", "metrics"), input=text, capture_output=True)
            # 3: they can be read; what it would like is help texts.
            assert checked.returncode in (0, 3), checked.stderr
    for process in (*hubs, worker):
        process.stop()
    log = (work / "hub.log").read_text()
    for line in log.splitlines():
        json.loads(line)
    secrets = [file.read_text().strip() for file in (work / "secrets").iterdir()]
    for secret in (*secrets, PASSWORD, "registrar@", "nobody@", "Lata", "Shukla"):
        assert secret not in log, f"{secret} stands in the log"


with tempfile.TemporaryDirectory(prefix="hub-running-", dir="/tmp") as folder:
    try:
        main(pathlib.Path(folder))
    except BaseException:
        for log in ("hub.log", "postgres.log", "nginx/error.log"):
            with contextlib.suppress(OSError):
                print(f"--- {log}\n" + "".join((pathlib.Path(folder) / log).read_text()[-3000:]), file=sys.stderr)
        raise
    finally:
        for process in reversed(started):
            if process.poll() is None:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(20)
