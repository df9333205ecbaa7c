"""Other people's implementations of AES-256-IGE, timed by small programs in their own languages.

Each program first compares its results with a vector that our kernel made. To add one, write a program that takes
a configuration and prints rows as peers/python/ige.py does, and add a line here.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

import results

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(ROOT, "tests", "interop"))
from toolchains import Toolchains, prepare

SCRATCH = os.path.join(ROOT, "build", "bench-peers")
SIZES = [16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576]
REPETITIONS = 5
LIMIT_SECONDS = 600
DROP_IN = "tgcrypto_drop_in"


class Peer:
    def __init__(self, kernel, label, command):
        self.kernel = kernel  # as it stands in the names of rows
        self.label = label
        self.command = command  # Toolchains -> the command, to which the configuration is added


def python_module(kernel, module):
    script = os.path.join(HERE, "peers", "python", "ige.py")
    return lambda toolchains: [toolchains.python(module), script, kernel, module]


PEERS = [
    Peer("tgcrypto", "TgCrypto 1.2.5, Python", python_module("tgcrypto", "tgcrypto")),
    Peer("cryptg", "cryptg 0.6.0, Python", python_module("cryptg", "cryptg")),
    Peer("gotd", "gotd/ige 0.2.2, Go", lambda toolchains: [*toolchains.go_program("gotd", "ige"), "gotd"]),
    Peer("mtcute", "@mtcute/wasm 0.30.3, Node.js", lambda toolchains: [*toolchains.node_script("mtcute", "ige.mjs"), "mtcute"]),
]
KERNELS = [peer.kernel for peer in PEERS]


def drop_in(label, module):
    """Our own module in TgCrypto's place, which is measured like a peer; `module` is its file."""
    script = os.path.join(HERE, "peers", "python", "ige.py")
    path = f"PYTHONPATH={os.path.dirname(module)}"
    return Peer(DROP_IN, label, lambda _: ["env", path, sys.executable, script, DROP_IN, "tgcrypto"])


def clock_of(program):
    """The core's clock at this moment, in cycles per nanosecond."""
    return float(subprocess.run([program, "--clock"], capture_output=True, text=True, check=True).stdout)


def run(peer, command, program, sizes, repetitions=REPETITIONS):
    """The rows of one peer, in Google Benchmark's form; RuntimeError if it fails."""
    vector = subprocess.run([program, "--vector"], capture_output=True, text=True, check=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "configuration.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"vector": json.loads(vector), "sizes": sizes, "repetitions": repetitions}, file)
        before = clock_of(program)
        done = subprocess.run([*command, path], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_SECONDS)
        clock = max(before, clock_of(program))
    if done.returncode:
        raise RuntimeError(f"{peer.label}: {(done.stderr.strip().splitlines() or ['it failed'])[-1]}")
    runs = {}
    for line in done.stdout.splitlines():
        row = json.loads(line)
        runs.setdefault(row["name"], []).append(completed(row, peer, clock, repetitions))
    return [entry for of_row in runs.values() for entry in results.aggregated(of_row)]


def completed(row, peer, clock, repetitions):
    """A row as Google Benchmark has them, with the counters that ours have."""
    size = int(row["name"].rsplit("/", 1)[1])
    nanoseconds = float(row["real_time"])
    return {
        "name": row["name"],
        "run_name": row["name"],
        "run_type": "iteration",
        "repetitions": repetitions,
        "repetition_index": row["repetition_index"],
        "threads": 1,
        "iterations": 1,
        "real_time": nanoseconds,
        "cpu_time": nanoseconds,
        "time_unit": "ns",
        "label": peer.label,
        "bytes": float(size),
        "bytes_per_second": size / nanoseconds * 1e9,
        "best_ns": float(row["best_ns"]),
        "clock_ghz": clock,
        "cycles_per_byte": nanoseconds * clock / size,
        "best_cycles_per_byte": row["best_ns"] * clock / size,
    }


def sizes_for(peer, pattern):
    """The sizes of those of a peer's rows that the pattern matches."""
    operations = ["encrypt", "decrypt"]  # a program runs both
    return [size for size in SIZES if any(re.search(pattern, f"ige/{name}/{peer.kernel}/{size}") for name in operations)]


def measure(peers, program, pattern):
    """(the rows of `peers` that match, what went wrong with some)"""
    toolchains = Toolchains(SCRATCH, "", os.path.join(HERE, "peers"))
    entries, problems = [], []
    for peer in peers:
        sizes = sizes_for(peer, pattern)
        if not sizes:
            continue
        command, problem = prepare(peer.label, lambda peer=peer: peer.command(toolchains))
        if problem:
            problems.append(f"{peer.label}: {problem}")
            continue
        try:
            entries += [entry for entry in run(peer, command, program, sizes) if re.search(pattern, entry["run_name"])]
        except (OSError, RuntimeError, subprocess.SubprocessError, ValueError) as error:
            problems.append(str(error))
    return entries, problems
