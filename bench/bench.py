"""Runs the benchmarks and shows what they measured.

    bench.py [FILTER] [--compiler gcc|clang|both] [--json FILE] [--svg FILE]

FILTER is a regular expression on the names, which are subject/operation/kernel/bytes: `ige`, `message/open/`,
`/16384$`. The median of several repetitions and the best sample are shown, in cycles of the core for each byte,
and as a share of what the machine's instructions allow; then how many times as fast as OpenSSL and as the plain
implementation, measured in the same run.

Exit codes: 0 all is well; 1 a result was wrong, or nothing matches; 2 a wrong command line.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import results
import table

COMPILERS = ["gcc", "clang"]


def program(compiler):
    return os.path.join(os.path.dirname(HERE), "build", f"bench-{compiler}", "bench", "corogram_bench")


def measure(compiler, pattern):
    """(the document of a run, or None where nothing matches, whether all results were right)"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "results.json")
        command = [program(compiler), f"--benchmark_filter={pattern}", f"--benchmark_out={path}"]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            return results.read(path), done.returncode == 0
        except (OSError, ValueError):
            print(done.stderr, end="", file=sys.stderr)
            return None, False


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="./run bench", description=__doc__.split("\n\n", 2)[2], formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filter", nargs="?", default="", metavar="FILTER")
    parser.add_argument("--compiler", choices=[*COMPILERS, "both"], help="which compiler's code (gcc)")
    parser.add_argument("--json", metavar="FILE", help="the figures in Google Benchmark's form; the compiler is the label")
    parser.add_argument("--compilers", action="store_true", help=argparse.SUPPRESS)  # for ./run: prints which to build with
    options = parser.parse_args(arguments)
    try:
        re.compile(options.filter)
    except re.error as error:
        parser.error(f"the filter is no regular expression: {error}")
    return options


def compilers_of(options):
    return COMPILERS if options.compiler == "both" else [options.compiler or "gcc"]


def main(arguments):
    options = parse(arguments)
    if options.compilers:
        print(*compilers_of(options))
        return 0
    document, right = None, True
    for compiler in compilers_of(options):
        print(f"measuring what {compiler} made ...", file=sys.stderr, flush=True)
        measured, all_equal = measure(compiler, options.filter)
        right = right and all_equal
        if measured and document:
            document["benchmarks"] += measured["benchmarks"]
        document = document or measured
    if document is None:
        return 1
    for line in table.lines(results.rows_of(document)):
        print(line)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
