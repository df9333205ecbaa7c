"""Runs build.sh as OSS-Fuzz's base image does, and checks what it leaves in $OUT.

    check.py [--scratch DIR] [--report DIR]

Every target has to be there with its corpus, dictionary and options, to need no library beyond those of C and
C++, and to run its whole corpus from another folder. Exit codes: 0 all is well; 1 something is not.
"""

import argparse
import concurrent.futures
import os
import shutil
import subprocess
import sys
import time
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import targets

ROOT = os.path.dirname(targets.HERE)
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import scratch_tree
from report import Report, tail

# As infra/base-images/base-builder sets them for libFuzzer with AddressSanitizer, but for libc++.
SANITIZER = "-fsanitize=address -fsanitize-address-use-after-scope -fsanitize=fuzzer-no-link"
FLAGS = f"-O1 -fno-omit-frame-pointer -gline-tables-only -Wno-error {SANITIZER}"
ALLOWED = ("linux-vdso", "libc.so", "libm.so", "libstdc++.so", "libgcc_s.so", "libresolv.so", "ld-linux")


def environment(scratch):
    folders = {name: os.path.join(scratch, name.lower()) for name in ("SRC", "WORK", "OUT")}
    for name, folder in folders.items():
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
    return {
        **os.environ,
        **folders,
        "CC": "clang-19",
        "CXX": "clang++-19",
        "CFLAGS": FLAGS,
        "CXXFLAGS": FLAGS,
        "LIB_FUZZING_ENGINE": "-fsanitize=fuzzer",
        "SANITIZER": "address",
        "FUZZING_ENGINE": "libfuzzer",
        "ARCHITECTURE": "x86_64",
    }


def problem_of(target, out, scratch):
    """What is wrong with one target in $OUT; empty if nothing is."""
    executable = os.path.join(out, f"fuzz_{target}")
    for path in (executable, f"{executable}_seed_corpus.zip", f"{executable}.dict", f"{executable}.options"):
        if not os.path.exists(path):
            return f"{os.path.basename(path)} is missing"
    libraries = subprocess.run(["ldd", executable], capture_output=True, text=True, check=True).stdout
    foreign = [line.split()[0] for line in libraries.splitlines() if not any(name in line for name in ALLOWED)]
    if foreign:
        return f"needs {', '.join(foreign)}"
    corpus = os.path.join(scratch, "corpora", target)
    shutil.rmtree(corpus, ignore_errors=True)
    with zipfile.ZipFile(f"{executable}_seed_corpus.zip") as archive:
        archive.extractall(corpus)
    inputs = len(os.listdir(corpus))
    done = targets.quiet([executable, f"-dict={executable}.dict", "-runs=0", corpus], cwd=corpus)
    if done.returncode:
        return f"fails on its corpus:\n{done.stdout[-2000:]}"
    return "" if inputs else "has an empty corpus"


def main(arguments):
    parser = argparse.ArgumentParser(prog="./run fuzz --oss-fuzz-check", description=__doc__.split("\n")[0])
    parser.add_argument("--scratch", default="build/oss-fuzz", metavar="DIR", help="for $SRC, $WORK and $OUT (default %(default)s)")
    parser.add_argument("--report", metavar="DIR", help="write DIR/oss-fuzz.xml, as JUnit does")
    options = parser.parse_args(arguments)
    report = Report("oss-fuzz")
    check(os.path.abspath(options.scratch), report)
    print(f"\n{report.summary()}")
    if options.report:
        report.write(options.report)
    return 1 if report.count("failed") else 0


def check(scratch, report):
    """Builds, and has in `report` what build.sh said or each target's verdict."""
    variables = environment(scratch)
    # As COPY of the Dockerfile would bring them.
    scratch_tree.renew(os.path.join(variables["SRC"], "corogram"))
    print("building as in the image ...", flush=True)
    begin = time.monotonic()
    log = os.path.join(scratch, "build.log")
    with open(log, "w", encoding="utf-8") as file:
        script = os.path.join(variables["SRC"], "corogram", "fuzz", "oss-fuzz", "build.sh")
        built = subprocess.run([script], env=variables, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)
    spent = time.monotonic() - begin
    if built.returncode:
        with open(log, encoding="utf-8", errors="replace") as file:
            said = f"ends with {built.returncode}:\n{tail(file.read())}"
        print(f"build.sh {said}")
        report.failed("build.sh", said, spent)
        return
    print(f"built in {targets.readable(spent)}", flush=True)
    report.passed("build.sh", spent)
    known = targets.known()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = list(pool.map(lambda target: problem_of(target, variables["OUT"], scratch), known))
    for target, problem in zip(known, problems):
        print(f"fuzz_{target:<34}{problem or 'ok'}")
        report.check(f"fuzz_{target}", problem)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
