"""Breaks one rule at a time in a scratch copy, and counts the seeds until the simulation notices.

    mutate.py [--seeds N] [--list] [--check] [--json FILE] [NAME...]

The copy is build/mutations/tree, so the tree itself is never touched; mutations.py is the list. Exit codes: 0
every mutation was noticed; 1 one was not, or could not be built, or the copy without any is not clean; 2 wrong
command line.
"""

import argparse
import json
import os
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
import scratch_tree
from mutations import MUTATIONS

SCRATCH = os.path.join(scratch_tree.ROOT, "build", "mutations")
TREE = os.path.join(SCRATCH, "tree")
BUILD = os.path.join(SCRATCH, "build")
PROGRAM = os.path.join(BUILD, "tests", "simulation", "simulate")
CLEAN_SEEDS = 100
ENVIRONMENT = scratch_tree.environment("gcc", "g++")


def configure():
    if os.path.exists(os.path.join(BUILD, "build.ninja")):
        return
    command = ["meson", "setup", BUILD, TREE, "-Db_ndebug=false", "-Dtests=enabled", "-Dtools=enabled"]
    subprocess.run(command, check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL)


def build():
    """Whether it could be built, and what the compiler said."""
    done = subprocess.run(
        ["ninja", "-C", BUILD, "tests/simulation/simulate"],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode == 0, done.stdout


def simulate(seeds):
    """The program's report on the seeds up to the first failure."""
    done = subprocess.run(
        [PROGRAM, "--seeds", str(seeds), "--json"], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"simulate ended with {done.returncode}")
    return json.loads(done.stdout)


def replacements(mutation):
    return [(mutation.old, mutation.new), *mutation.also]


def check(chosen):
    """Whether each still finds its place: sources change, and nobody runs the whole table for that."""
    lost = 0
    for one in chosen:
        try:
            text = scratch_tree.read(os.path.join(scratch_tree.ROOT, one.file)).decode()
            scratch_tree.replaced(one.file, text, replacements(one))
        except (LookupError, OSError) as error:
            print(f"{one.name}: {error}")
            lost += 1
    print(f"{len(chosen) - lost} of {len(chosen)} mutations have their place")
    return 1 if lost else 0


def try_one(mutation, seeds):
    """How many seeds it took, or None; and what was noticed, or why nothing could be."""
    try:
        with scratch_tree.changed(TREE, mutation.file, replacements(mutation)):
            built, output = build()
            if not built:
                return None, "cannot be built:\n" + output[-2000:]
            report = simulate(seeds)
    except LookupError as error:
        return None, str(error)
    if not report["failed"]:
        return None, f"not noticed in {report['seeds']} seeds"
    breaches = report.get("breaches", [])
    noticed = breaches[0]["invariant"] if breaches else "a crash, or no end"
    return report["failed"][0], noticed


def main():
    parser = argparse.ArgumentParser(description="Break one rule at a time and count the seeds until it is noticed.")
    parser.add_argument("--seeds", type=int, default=10000, help="how many to try (default %(default)s)")
    parser.add_argument("--list", action="store_true", help="print the mutations and end")
    parser.add_argument("--check", action="store_true", help="only find each one's place in the sources, and end")
    parser.add_argument("--json", metavar="FILE", help="write the table as JSON, too")
    parser.add_argument("names", nargs="*", metavar="NAME", help="these only")
    options = parser.parse_args()
    unknown = set(options.names) - {one.name for one in MUTATIONS}
    if unknown:
        parser.error("there is no mutation " + ", ".join(sorted(unknown)))
    chosen = [one for one in MUTATIONS if not options.names or one.name in options.names]
    if options.list:
        for one in chosen:
            print(f"{one.name:28} {one.breaks}")
        return 0
    if options.check:
        return check(chosen)

    scratch_tree.renew(TREE)
    configure()
    built, output = build()
    if not built:
        print(output[-4000:])
        return 1
    if simulate(CLEAN_SEEDS)["failed"]:
        print("the copy without any mutation is not clean: ./run simulate")
        return 1

    rows = []
    print(f"{'mutation':28} {'seeds':>6}  noticed as")
    for one in chosen:
        begin = time.monotonic()
        seeds, noticed = try_one(one, options.seeds)
        rows.append({"name": one.name, "breaks": one.breaks, "seeds": seeds, "noticed": noticed})
        print(f"{one.name:28} {seeds if seeds else '-':>6}  {noticed}", flush=True)
        if sys.stderr.isatty():
            print(f"  ({time.monotonic() - begin:.0f} s)", file=sys.stderr)
    missed = [row for row in rows if row["seeds"] is None]
    print(f"{len(rows) - len(missed)} of {len(rows)} mutations were noticed")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=2)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
