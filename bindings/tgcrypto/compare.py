"""Our module `tgcrypto` beside the one that is published under that name, on the same inputs.

    compare.py --ours FILE.so --published FILE.so [--seed N] [--rounds N] [--report DIR]
    compare.py --ours FILE.so --published FILE.so --bench [--json FILE]

The first form compares results, what becomes of `iv` and `state`, and errors down to their texts.
The second times both, side by side: the best of several, from 1 KiB to 1 MiB.
Exit codes: 0 all is well; 1 something differs; 2 a wrong command line.
"""

import argparse
import importlib.machinery
import importlib.util
import json
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "support"))
from report import Report

BLOCKWISE = {
    "ige256_encrypt": 32,
    "ige256_decrypt": 32,
    "cbc256_encrypt": 16,
    "cbc256_decrypt": 16,
}
STREAMS = ["ctr256_encrypt", "ctr256_decrypt"]
FUNCTIONS = [*BLOCKWISE, *STREAMS]


def load(path):
    loader = importlib.machinery.ExtensionFileLoader("tgcrypto", os.path.abspath(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("tgcrypto", loader))
    loader.exec_module(module)
    return module


def outcome(module, name, arguments):
    """What a call does, as a value to compare: result or error, and the arguments afterwards."""
    arguments = [bytearray(a) if isinstance(a, bytearray) else a for a in arguments]
    try:
        result = getattr(module, name)(*arguments)
        said = (type(result).__name__, result)
    except Exception as error:  # whatever it is: it is compared
        said = (type(error).__name__, str(error))
    return said, [bytes(a) if isinstance(a, bytearray) else None for a in arguments]


def difference(modules, name, arguments):
    ours, published = (outcome(module, name, arguments) for module in modules)
    if ours == published:
        return ""
    shown = [f"{type(a).__name__}({len(a) if hasattr(a, '__len__') else a!r})" for a in arguments]
    return f"{name}({', '.join(shown)}):\nours      {ours!r:.300}\npublished {published!r:.300}"


def draw(source, name):
    """Valid arguments of one of the functions."""
    blocks = source.choice([1, 1, 2, 3, 4, 5, 8, 64, source.randrange(1, 700)])
    if name in BLOCKWISE:
        return [source.randbytes(16 * blocks), source.randbytes(32), bytearray(source.randbytes(BLOCKWISE[name]))]
    iv = bytearray(source.randbytes(16))
    if source.random() < 0.3:  # a counter that is about to overflow into its higher bytes
        kept = source.randrange(16)
        iv[kept:] = b"\xff" * (16 - kept)
    size = source.choice([1, 15, 16, 17, 31, 33, source.randrange(1, 9000)])
    return [source.randbytes(size), source.randbytes(32), iv, bytearray([source.randrange(16)])]


def wrong_arguments(name):
    """Calls that fail, or that only look as if they should."""
    iv_size = BLOCKWISE.get(name, 16)
    good = [bytes(32), bytes(32), bytes(iv_size), *([b"\x00"] if name in STREAMS else [])]
    for position in range(len(good)):
        for value in [b"", b"1", bytes(15), bytes(16), bytes(31), bytes(33), "text", None, 7, memoryview(bytes(64))[::2]]:
            yield [*good[:position], value, *good[position + 1 :]]
    for value in [b"\x0f", b"\x10", b"\xff", b"\x00\x00"]:
        yield [*good[:3], value]
    yield []
    yield good[:-1]
    yield [*good, b""]
    yield [b"", b"", b"", b""][: len(good)]
    yield [bytearray(32), memoryview(bytes(32)), memoryview(bytes(iv_size)), bytearray(1)][: len(good)]


def compare(modules, options):
    report = Report("tgcrypto")
    source = random.Random(options.seed)
    print(f"seed {options.seed}, {options.rounds} rounds")
    for name in FUNCTIONS:
        differences = [difference(modules, name, draw(source, name)) for _ in range(options.rounds)]
        report.check(f"{name} gives the same results", "\n".join(filter(None, differences[:5])))
        differences = [difference(modules, name, arguments) for arguments in wrong_arguments(name)]
        report.check(f"{name} refuses the same arguments", "\n".join(filter(None, differences)))
        report.check(f"{name} has the same signature", different_signature(modules, name))

    ours = modules[0]
    iv, state = bytes(bytearray(range(16))), bytes(bytearray(b"\x05"))
    ours.ctr256_encrypt(bytes(40), bytes(32), iv, state)
    ours.cbc256_encrypt(bytes(48), bytes(32), iv)
    kept = iv == bytearray(range(16)) and state == bytearray(b"\x05")
    report.check("ours leaves constant objects alone", "" if kept else f"iv is {iv.hex()}, state {state.hex()}")
    report.check("ours lets other threads run", others_ran(ours))
    for _, name, _, verdict, text in report.cases:
        print(f"{'ok    ' if verdict == 'passed' else 'FAILED'}  {name}" + (f"\n{text}" if text else ""))
    if options.report:
        print(f"JUnit file: {report.write(options.report)}")
    print(f"{report.count('passed')} passed, {report.count('failed')} failed", flush=True)
    return 1 if report.count("failed") else 0


def different_signature(modules, name):
    ours, published = (getattr(module, name).__text_signature__ for module in modules)
    return "" if ours == published else f"ours {ours}, published {published}"


def others_ran(module):
    """Whether another thread gets a turn within a call. It cannot have one before: nobody is made to switch."""
    data, interval = bytes(1 << 24), sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        for _ in range(50):  # the system may leave the other thread asleep until the call is over
            begun, inside, seen = threading.Event(), [False], []

            def look():
                begun.wait()
                seen.append(inside[0])

            other = threading.Thread(target=look)
            other.start()
            inside[0] = True
            begun.set()
            module.ige256_encrypt(data, bytes(32), bytes(32))
            inside[0] = False
            other.join()
            if seen[0]:
                return ""
    finally:
        sys.setswitchinterval(interval)
    return "no other thread ran within any of 50 calls"


def best_seconds(call, budget=0.25):
    best, end = float("inf"), time.perf_counter() + budget
    while time.perf_counter() < end:
        begin = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - begin)
    return best


def bench(modules, options):
    rows = []
    print(f"{'':<16}{'bytes':>9}{'ours, MB/s':>13}{'published, MB/s':>17}{'ratio':>8}")
    for name in FUNCTIONS:
        for size in [1 << 10, 1 << 14, 1 << 17, 1 << 20]:
            iv = bytes(BLOCKWISE.get(name, 16))
            arguments = [bytes(size), bytes(32), iv, *([bytearray(1)] if name in STREAMS else [])]
            if name in STREAMS:
                arguments[2] = bytearray(iv)
            ours, published = (best_seconds(lambda m=m: getattr(m, name)(*arguments)) for m in modules)
            rows.append({"name": f"tgcrypto/{name}/{size}", "ours": size / ours, "published": size / published})
            print(f"{name:<16}{size:>9}{size / ours / 1e6:>13.0f}{size / published / 1e6:>17.0f}{published / ours:>8.2f}", flush=True)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"unit": "bytes per second", "rows": rows}, file, indent=2)
    return 0


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", required=True)
    parser.add_argument("--published", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--report", metavar="DIR", help="write DIR/tgcrypto.xml (JUnit)")
    parser.add_argument("--bench", action="store_true")
    parser.add_argument("--json", metavar="FILE", help="with --bench: the figures for machines")
    options = parser.parse_args(arguments)
    modules = [load(options.ours), load(options.published)]
    return bench(modules, options) if options.bench else compare(modules, options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
