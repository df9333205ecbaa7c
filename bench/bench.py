"""Runs the benchmarks and shows what they measured.

    bench.py [FILTER] [--compiler gcc|clang|both] [--peers] [--json FILE] [--svg FILE]
    bench.py --bars [--compiler gcc|clang|both] [--json FILE]

FILTER is a regular expression on the names, which are subject/operation/kernel/bytes: `ige`, `message/open/`,
`/16384$`. The table has the median of several repetitions and the best sample, in cycles of the core for each
byte; the speed as a share of what the machine's instructions allow; and how many times as fast as OpenSSL and as
the plain implementation it is, best against best, all measured in the same run.

With --bars: what the project holds itself to (bench/bars.tsv), what was measured, and whether it is met. What is
missed is measured again, twice at most, since a neighbour on the machine may have been in the way.

Exit codes: 0 all is well; 1 a result was wrong, nothing matches, a peer could not be measured, or a bar is
missed; 2 a wrong command line.
"""

import argparse
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, HERE)
import bars
import chart
import peers
import results
import table

COMPILERS = ["gcc", "clang"]
ATTEMPTS = 3  # a bar that is missed is measured again: it may have been a neighbour on the machine


def build_folder(compiler):
    return os.path.join(ROOT, "build", f"bench-{compiler}")


def program(compiler):
    return os.path.join(build_folder(compiler), "bench", "corogram_bench")


class Failed(Exception):
    """The measuring itself went wrong; the text says how."""


def measure_own(compiler, pattern, forced=""):
    """The document of a run of our own benchmarks, with `forced` as COROGRAM_KERNEL; no entries where nothing matches."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "results.json")
        command = [program(compiler), f"--benchmark_filter={pattern}", f"--benchmark_out={path}"]
        environment = {**os.environ, "COROGRAM_KERNEL": forced} if forced else None
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
        try:
            return results.read(path)
        except (OSError, ValueError):
            if done.returncode == 1:
                return {"context": {}, "benchmarks": []}
            raise Failed(f"{os.path.basename(command[0])} ended with {done.returncode}:\n{done.stderr}") from None


def drop_ins(compilers):
    """Our Python module as each compiler made it."""
    for compiler in compilers:
        for module in glob.glob(os.path.join(build_folder(compiler), "bindings", "tgcrypto", "tgcrypto*.so")):
            yield peers.drop_in(label_of(compiler), module)


def label_of(compiler):
    """The compiler's name with its version, as the rows of its program have it."""
    return subprocess.run([program(compiler), "--compiler"], capture_output=True, text=True, check=True).stdout.strip()


def measure(compilers, pattern, with_peers):
    """(a document with what all of them measured, what went wrong with peers)"""
    document, problems = {"context": {}, "benchmarks": []}, []
    for compiler in compilers:
        print(f"measuring what {compiler} made ...", file=sys.stderr, flush=True)
        measured = measure_own(compiler, pattern)
        document["context"] = document["context"] or measured["context"]
        document["benchmarks"] += measured["benchmarks"]
    if with_peers:
        wanted = [*peers.PEERS, *drop_ins(compilers)]
        entries, problems = peers.measure(wanted, program(compilers[0]), pattern)
        bound = float(document["context"].get("aes256_latency", 0)) / 16
        document["benchmarks"] += results.with_bound(entries, bound) if bound else entries
    return document, problems


def measure_for(wanted, compilers):
    """(a document with the rows that the bars `wanted` are about, what went wrong with peers)"""
    document, problems = {"context": {}, "benchmarks": []}, []
    for forced in dict.fromkeys(bar.forced for bar in wanted):
        names = sorted({name for bar in wanted if bar.forced == forced for name in bar.names()})
        pattern = f"^({'|'.join(map(re.escape, names))})$"
        for compiler in compilers:
            measured = measure_own(compiler, pattern, forced)
            document["context"] = document["context"] or measured["context"]
            document["benchmarks"] += measured["benchmarks"]
        asked = [*peers.PEERS, *drop_ins(compilers)]
        entries, problem = peers.measure(asked, program(compilers[0]), pattern)
        document["benchmarks"] += entries
        problems += problem
    return document, problems


def judge_bars(compilers):
    """(a document with all that was measured, whether all bars are met); prints the table."""
    all_bars = bars.read(os.path.join(HERE, "bars.tsv"))
    labels = {label_of(compiler): compiler for compiler in compilers}
    outcomes = {label: [None] * len(all_bars) for label in labels}
    document, wanted = None, all_bars
    for attempt in range(ATTEMPTS):
        print(f"measuring {len(wanted)} bars{' again' if attempt else ''} ...", file=sys.stderr, flush=True)
        measured, problems = measure_for(wanted, compilers)
        document = document or measured
        rows = results.rows_of(measured["benchmarks"])
        for label, of_all in outcomes.items():
            named = {row.name: row for row in rows_of_compiler(rows, label)}
            for number, bar in enumerate(all_bars):
                if bar in wanted:
                    of_all[number] = bars.better_outcome(bar, of_all[number], bars.judge(bar, named))
        wanted = [bar for bar, *of_bar in zip(all_bars, *outcomes.values()) if bars.MISSED in (it.verdict for it in of_bar)]
        if not wanted:
            break
    for line in bars.table(all_bars, outcomes):
        print(line)
    for problem in problems:
        print(f"not measured: {problem}", file=sys.stderr)
    failed = (bars.MISSED, bars.UNKNOWN)
    return document, not any(it.verdict in failed for of_all in outcomes.values() for it in of_all)


def rows_of_compiler(rows, label):
    """What the code of one compiler is seen beside: itself and the peers."""
    return [row for row in rows if row.label == label or row.kernel in peers.KERNELS]


def show(document, options):
    rows = results.rows_of(document["benchmarks"])
    labels = dict.fromkeys(row.label for row in rows if row.kernel not in peers.KERNELS)
    charts = {}
    for label in labels or [""]:
        shown = rows_of_compiler(rows, label)
        print(f"\n{label}")
        for line in table.lines(shown):
            print(line)
        charts[label] = shown
    if options.svg:
        others = [*peers.KERNELS, *results.REFERENCE, *chart.OPENSSL]
        text = chart.svg(charts, others)
        if not text:
            raise Failed("there is nothing to draw: no operation was measured with several sizes")
        write(options.svg, text)
    return not any(row.error for row in rows) and bool(rows)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="./run bench", description=__doc__.split("\n\n", 2)[2], formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filter", nargs="?", default="", metavar="FILTER")
    parser.add_argument("--compiler", choices=[*COMPILERS, "both"], help="whose code: gcc unless said; with --bars, both")
    parser.add_argument("--peers", action="store_true", help="also other people's implementations, installed under build/")
    parser.add_argument("--bars", action="store_true", help="what the project holds itself to, and whether it does")
    parser.add_argument("--json", metavar="FILE", help="the figures in Google Benchmark's form; the compiler is the label")
    parser.add_argument("--svg", metavar="FILE", help="throughput over message size as a chart")
    parser.add_argument("--needs", action="store_true", help=argparse.SUPPRESS)  # for ./run: prints what is to be built
    options = parser.parse_args(arguments)
    options.compiler = options.compiler or ("both" if options.bars else "gcc")
    if options.bars and (options.filter or options.peers or options.svg):
        parser.error("--bars chooses the rows itself and draws nothing")
    try:
        re.compile(options.filter)
    except re.error as error:
        parser.error(f"the filter is no regular expression: {error}")
    return options


def main(arguments):
    options = parse(arguments)
    compilers = COMPILERS if options.compiler == "both" else [options.compiler]
    if options.needs:
        print(*compilers, *(["tgcrypto"] if options.peers or options.bars else []))
        return 0
    try:
        if options.bars:
            document, good = judge_bars(compilers)
            problems = []
        else:
            document, problems = measure(compilers, options.filter, options.peers)
            good = show(document, options)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    if options.json:
        write(options.json, json.dumps(document, indent=1))
    for problem in problems:
        print(f"not measured: {problem}", file=sys.stderr)
    return 0 if good and not problems else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
