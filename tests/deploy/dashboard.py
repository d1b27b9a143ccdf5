"""Dashboard and alerts ask for the figures that the hub counts, for no others, and for all of them."""

import json
import pathlib
import re
import sys

folder = pathlib.Path(sys.argv[1])
known = set()
for source in pathlib.Path("src").rglob("*.rs"):
    known |= set(re.findall(r'(?:counter|gauge|histogram)!\(\s*"(\w+)"', source.read_text()))
panels = json.loads((folder / "dashboard.json").read_text())["panels"]
asked = " ".join(target["expr"] for panel in panels for target in panel["targets"]) + (folder / "alerts.yaml").read_text()
names = {re.sub("_bucket$", "", name) for name in re.findall(r"\bhub_[a-z_]+", asked)}
assert len(known) >= 10, known
assert names == known, f"nobody counts {names - known}, nobody asks for {known - names}"
