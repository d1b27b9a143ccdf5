"""Asks a running hub, as each role of its demo, everything that its OpenAPI document describes (schemathesis).

    fuzz.py <hub binary> [role …]

Fails on a 5xx, on a status or media type that the document does not name, and on a body that is not of its schema.
FUZZ_EXAMPLES: requests for each operation and phase (20). FUZZ_SEED: the same ones again.
"""

import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)
# What would end the session that asks, or take its roles from it, so that all later answers were the same.
ENDS_THE_SESSION = [
    ("DELETE", "/api/sessions"),
    ("DELETE", "/api/sessions/{id}"),
    ("PUT", "/api/settings/identity"),
    ("DELETE", "/api/me"),
]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def wait_for(url, hub):
    for _ in range(1200):
        if hub.poll() is not None:
            sys.exit("the hub ended; see its log")
        try:
            urllib.request.urlopen(url, timeout=5)
            return
        except OSError:
            time.sleep(0.25)
    sys.exit("the hub does not get ready")


def fuzz(url, role, token):
    command = [
        str(pathlib.Path(sys.executable).with_name("st")), "run", f"{url}/api/openapi.json",
        "--checks", CHECKS, "--phases", "coverage,fuzzing", "--continue-on-failure", "--warnings", "off",
        "--max-examples", os.environ.get("FUZZ_EXAMPLES", "20"), "--request-timeout", "60",
        "--suppress-health-check", "all",
    ]
    if seed := os.environ.get("FUZZ_SEED"):
        command += ["--seed", seed]
    names = "|".join(re.escape(f"{method} {path}") for method, path in ENDS_THE_SESSION)
    command += ["--exclude-name-regex", f"^({names})$"]
    if token:
        command += ["--header", f"Authorization: Bearer {token}"]
    print(f"\n=== {role} ===", flush=True)
    environment = dict(os.environ, SCHEMATHESIS_HOOKS="hooks", PYTHONPATH=str(pathlib.Path(__file__).parent))
    return subprocess.run(command, env=environment).returncode == 0


def main():
    binary, wanted = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        # Postgres steps down from root, and has to get in.
        os.chmod(folder, 0o711)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment = dict(
            os.environ, HUB_LISTEN=f"127.0.0.1:{port}", HUB_PUBLIC_URL=url, HUB_DATA_DIR=f"{folder}/data",
            HUB_MASTER_KEY_FILE=f"{folder}/master.key", HUB_LOG="error",
        )
        log = pathlib.Path(folder, "log")
        with log.open("w") as out:
            hub = subprocess.Popen([binary, "run", "--demo", "small"], env=environment, stdout=out, stderr=out)
        try:
            wait_for(f"{url}/readyz", hub)
            people = {"anonymous": None}
            for login in ask(f"{url}/api/demo")["logins"]:
                people.setdefault(login["role"], login)
            failed = []
            for role, login in people.items():
                if wanted and role not in wanted:
                    continue
                # Just before it is used: it does not hold for long.
                token = login and ask(f"{url}/api/token", {key: login[key] for key in ("email", "password")})["access"]
                if not fuzz(url, role, token):
                    failed.append(role)
            print("".join(line for line in log.open() if "a request failed" in line)[-20000:])
        finally:
            hub.terminate()
            hub.wait(60)
    sys.exit(f"faults as: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
