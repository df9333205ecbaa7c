"""Compiles each header of src/corogram by itself, and of the generated ones the big and a sample.

    check_headers.py [--report DIR] [--compiler g++] [BUILD]

A header that leans on what another one happens to include fails here, with the compiler's words.
BUILD is a built folder; without it the headers that need generated code cannot be compiled.
"""

import argparse
import concurrent.futures
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests", folder) for folder in ("layering", "support")]
import layers
from report import Report, indented, tail

FLAGS = [
    *["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"],
    *["-DASIO_STANDALONE", "-DASIO_NO_DEPRECATED"],
]
CLANG_FLAGS = ["-DASIO_HAS_CO_AWAIT", "-DASIO_HAS_STD_COROUTINE"]
SAMPLE = 24  # generated headers compiled of each schema, spread evenly over the sorted list


def headers_under(folder):
    found = []
    for directory, _, names in os.walk(os.path.join(folder, "corogram")):
        found += [os.path.relpath(os.path.join(directory, n), folder) for n in names if n.endswith(".hpp")]
    return sorted(found)


def generated_roots(build):
    """The folders in BUILD from which generated headers are included: those with a corogram/ in them."""
    roots = []
    for directory, subfolders, _ in os.walk(build):
        if "corogram" in subfolders:
            roots.append(directory)
        subfolders[:] = [s for s in subfolders if not s.endswith(".p") and s != "corogram"]
    return roots


def sample(headers):
    """The headers of whole namespaces, such as corogram/api/help.hpp, and SAMPLE of the small ones."""
    wide = [header for header in headers if header.count("/") == 2]
    narrow = [header for header in headers if header.count("/") > 2]
    return wide + narrow[:: max(1, len(narrow) // SAMPLE)]


def compile_alone(compiler, include_flags, header):
    """What the compiler says of a file that includes the header twice and nothing else."""
    begin = time.monotonic()
    flags = FLAGS + (CLANG_FLAGS if "clang" in compiler else [])
    done = subprocess.run(
        [compiler, *flags, *include_flags, "-x", "c++", "-"],
        input=f"#include <{header}>\n#include <{header}>\n",
        capture_output=True,
        text=True,
        timeout=300,
    )
    said = done.stderr.strip()
    return (said or f"ended with {done.returncode}") if done.returncode else "", time.monotonic() - begin


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--report", metavar="DIR", help="write DIR/headers.xml (JUnit)")
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("build", nargs="?")
    options = parser.parse_args(arguments)

    source = os.path.join(ROOT, "src")
    roots = generated_roots(options.build) if options.build else []
    include_flags = [f"-I{folder}" for folder in [source, *roots]]
    headers = headers_under(source)
    for root in roots:
        for schema in layers.GENERATED:
            of_schema = [h for h in headers_under(root) if h.startswith(f"corogram/{schema}/")]
            headers += sample(of_schema)

    report = Report("headers")
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        outcomes = pool.map(lambda h: (h, *compile_alone(options.compiler, include_flags, h)), headers)
        for header, problem, seconds in outcomes:
            report.check(f"<{header}> compiles alone", problem, seconds)
            if problem:
                print(f"FAILED <{header}>\n{indented(tail(problem, 20))}", flush=True)
    print(f"headers: {report.summary()}")
    if options.report:
        report.write(options.report)
    return 1 if report.count("failed") or not report.cases else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
