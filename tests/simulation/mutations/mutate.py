"""Breaks one rule at a time in a scratch copy, and counts the seeds until the simulation notices.

    mutate.py [--seeds N] [--list] [--check] [--json FILE] [NAME...]

The copy is build/mutations/tree, so the tree itself is never touched; mutations.py is the list. Exit codes: 0
every mutation was noticed; 1 one was not, or could not be built, or the copy without any is not clean; 2 wrong
command line.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time

from mutations import MUTATIONS

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
SCRATCH = os.path.join(ROOT, "build", "mutations")
TREE = os.path.join(SCRATCH, "tree")
BUILD = os.path.join(SCRATCH, "build")
PROGRAM = os.path.join(BUILD, "tests", "simulation", "simulate")
CLEAN_SEEDS = 100


def copy_tree():
    """The files that git knows, as they are in the working copy."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    known = set()
    for name in filter(None, names):
        source, target = os.path.join(ROOT, name), os.path.join(TREE, name)
        if not os.path.isfile(source):
            continue
        known.add(target)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(target) or read(source) != read(target):
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
    for folder, _, files in os.walk(TREE):
        for one in (os.path.join(folder, file) for file in files):
            if one not in known:
                os.remove(one)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def environment():
    compiler = "ccache g++" if shutil.which("ccache") else "g++"
    # The copy's compilations are those of the tree, in another folder.
    return {"CXX": compiler, "CCACHE_NOHASHDIR": "true", **os.environ}


def configure():
    if os.path.exists(os.path.join(BUILD, "build.ninja")):
        return
    command = ["meson", "setup", BUILD, TREE, "-Db_ndebug=false", "-Dtests=enabled", "-Dtools=enabled"]
    subprocess.run(command, check=True, env=environment(), stdout=subprocess.DEVNULL)


def build():
    """Whether it could be built, and what the compiler said."""
    done = subprocess.run(
        ["ninja", "-C", BUILD, "tests/simulation/simulate"],
        env=environment(),
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


def mutated(mutation, text):
    for old, new in ((mutation.old, mutation.new), *mutation.also):
        if text.count(old) != 1:
            raise LookupError(f"{mutation.file} has {text.count(old)} places for it")
        text = text.replace(old, new)
    return text


def check(chosen):
    """Whether each still finds its place: sources change, and nobody runs the whole table for that."""
    lost = 0
    for one in chosen:
        try:
            mutated(one, read(os.path.join(ROOT, one.file)).decode())
        except (LookupError, OSError) as error:
            print(f"{one.name}: {error}")
            lost += 1
    print(f"{len(chosen) - lost} of {len(chosen)} mutations have their place")
    return 1 if lost else 0


def try_one(mutation, seeds):
    """How many seeds it took, or None; and what was noticed, or why nothing could be."""
    path = os.path.join(TREE, mutation.file)
    original = read(path).decode()
    try:
        write(path, mutated(mutation, original))
        built, output = build()
        if not built:
            return None, "cannot be built:\n" + output[-2000:]
        report = simulate(seeds)
    except LookupError as error:
        return None, str(error)
    finally:
        write(path, original)
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

    copy_tree()
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
        write(options.json, json.dumps(rows, indent=2) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
