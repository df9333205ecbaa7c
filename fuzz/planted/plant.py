"""Plants one bug at a time in a scratch copy, and measures how long the target takes that has to find it.

    plant.py [--time T] [--list] [--json FILE] [NAME...]

The copy is build/planted/tree, so the tree itself is never touched; bugs.py is the list. Each target starts from
the corpus of the repository. Exit codes: 0 every bug was found; 1 one was not, or could not be built, or the copy
without any is not clean; 2 wrong command line.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FUZZ = os.path.dirname(HERE)
sys.path += [FUZZ, os.path.join(os.path.dirname(FUZZ), "tests", "support")]
import scratch_tree
import targets
from bugs import BUGS

SCRATCH = os.path.join(scratch_tree.ROOT, "build", "planted")
TREE = os.path.join(SCRATCH, "tree")
BUILD = os.path.join(TREE, "build", "fuzz")
GROWN = os.path.join(SCRATCH, "grown")
CLEAN_SECONDS = 10
ENVIRONMENT = scratch_tree.environment("clang-19", "clang++-19")


def configure(options):
    if os.path.exists(os.path.join(BUILD, "build.ninja")):
        return
    subprocess.run(
        ["meson", "setup", BUILD, TREE, "-Dfuzz=enabled", *options],
        check=True,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
    )


def build(target):
    """Whether it could be built, and what the compiler said."""
    done = subprocess.run(
        ["ninja", "-C", BUILD, f"fuzz/fuzz_{target}"],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout


def fuzz(target, seconds):
    """(seconds until something was found or None, inputs run, what was found)"""
    shutil.rmtree(GROWN, ignore_errors=True)
    os.makedirs(GROWN)
    command = [targets.executable(BUILD, target), *targets.LIMITS, *targets.with_dictionary(target), "-seed=1"]
    command += [f"-max_total_time={seconds}", f"-artifact_prefix={SCRATCH}/", GROWN, targets.corpus(target)]
    begin = time.monotonic()
    done = targets.quiet(command)
    spent = time.monotonic() - begin
    runs = [int(number) for number in re.findall(r"^#(\d+)\s", done.stdout, re.M)]
    if done.returncode == 0:
        return None, max(runs, default=0), f"not found in {targets.readable(spent)}"
    said = re.search(r"does not hold: (.*)|ERROR: (\w+: [\w-]+)|runtime error: (.*)", done.stdout)
    found = next(filter(None, said.groups())) if said else f"exit code {done.returncode}"
    return spent, max(runs, default=0), found


def try_one(bug, seconds):
    try:
        with scratch_tree.changed(TREE, os.path.join("src", "corogram", bug.file), [(bug.old, bug.new)]):
            built, output = build(bug.target)
            return fuzz(bug.target, seconds) if built else (None, 0, "cannot be built:\n" + output[-2000:])
    except LookupError as error:
        return None, 0, str(error)


def main(arguments):
    parser = argparse.ArgumentParser(prog="./run fuzz --planted", description=__doc__.split("\n")[0])
    parser.add_argument("--time", type=targets.seconds, default=300, metavar="T", help="for each bug (default 5m)")
    parser.add_argument("--list", action="store_true", help="print the bugs and end")
    parser.add_argument("--json", metavar="FILE", help="write the table as JSON, too")
    parser.add_argument("--meson", action="append", default=[], help="an option of the build; ./run gives them")
    parser.add_argument("names", nargs="*", metavar="NAME", help="these only")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - {bug.name for bug in BUGS}
    if unknown:
        parser.error("there is no bug " + ", ".join(sorted(unknown)))
    chosen = [bug for bug in BUGS if not options.names or bug.name in options.names]
    if options.list:
        for bug in chosen:
            print(f"{bug.name:22}{bug.target:32}{bug.what}")
        return 0

    scratch_tree.renew(TREE)
    configure(options.meson)
    for target in sorted({bug.target for bug in chosen}):
        built, output = build(target)
        if not built:
            print(output[-4000:])
            return 1
        spent, _, found = fuzz(target, CLEAN_SECONDS)
        if spent is not None:
            print(f"{target} finds something without any bug: {found}")
            return 1

    rows = []
    print(f"{'bug':22}{'target':32}{'seconds':>8}{'inputs':>10}  found as")
    for bug in chosen:
        spent, runs, found = try_one(bug, options.time)
        rows.append({"name": bug.name, "target": bug.target, "seconds": spent, "inputs": runs, "found": found})
        print(f"{bug.name:22}{bug.target:32}{'-' if spent is None else f'{spent:.1f}':>8}{runs:>10}  {found}", flush=True)
    missed = [row for row in rows if row["seconds"] is None]
    print(f"{len(rows) - len(missed)} of {len(rows)} bugs were found")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=2)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
