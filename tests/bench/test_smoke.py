"""`make bench` still works: a tiny company, one round; its figures mean nothing here."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_bench_fills_a_small_company_and_measures_every_page(tmp_path):
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench", "300", "--rounds", "1", "--fresh", "--json", figures]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    result = json.loads(figures.read_text())
    names = {row["page"] for row in result["pages"]}
    assert {
        "floor page",
        "bare page",
        "customers",
        "customer, owned",
        "log a call",
        "claim",
        "confirm a payment",
    } <= names
    assert all(row["seconds"] > 0 for row in result["night"])
    assert all(row["queries"] <= row["query_limit"] for row in result["pages"] if row["budget"])
