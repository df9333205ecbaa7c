"""Runs the fuzz targets with libFuzzer, one after the other.

    fuzz.py --build DIR [--scratch DIR] [--time T] [--jobs N] [--minimise] [TARGET...]
    fuzz.py --list

TARGET is a target's name or the beginning of some. Without any, all run. T is 90, 90s, 5m or 1h, for each of
them. What is found grows a corpus under the scratch folder, which later runs go on with; the repository's own
corpus is only read, unless --minimise tells to take from both what covers the most with the fewest bytes. The last
line of a target has its executions in a second of the processor's time, whatever else the machine did.

A crash is made smaller, named, and printed with the command that replays it.
Exit codes: 0 nothing was found; 1 a crash, a hang or a leak; 2 a wrong command line.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time

import targets

REDUCE_SECONDS = 60
QUIET_SECONDS = 60  # between two lines of a target where there is no terminal
PULSE = re.compile(r"#(\d+)\s.*?cov: (\d+) ft: (\d+)(?: corp: (\d+)\S*)?.*?exec/s: (\d+)")


class Progress:
    """One line a target: rewritten as it goes on a terminal, else repeated now and then."""

    def __init__(self, limit, names):
        self.lock = threading.Lock()
        self.terminal = sys.stdout.isatty()
        self.limit = limit
        self.width = max(map(len, names)) + 2
        self.shown = {name: time.monotonic() for name in names}
        heading = f"{'executions':>12}{'a second':>10}{'edges':>8}{'features':>10}{'inputs':>8}"
        print(f"{'':<{self.width}}{'time':>16}{heading}", flush=True)

    def show(self, target, figures, verdict=""):
        now = time.monotonic()
        if not verdict and not self.terminal and now - self.shown[target] < QUIET_SECONDS:
            return
        spent = targets.readable(figures["time"])
        line = (
            f"{target:<{self.width}}{spent + ' of ' + targets.readable(self.limit):>16}{figures['executions']:>12}"
            f"{figures['rate']:>10}{figures['edges']:>8}{figures['features']:>10}{figures['inputs']:>8}"
        )
        with self.lock:
            self.shown[target] = now
            if self.terminal:
                print(f"\r\033[K{line}  {verdict}", end="\n" if verdict else "", flush=True)
            else:
                print(f"{line}  {verdict}", flush=True)


def fuzz(target, options, progress):
    """Fuzzes one target for its time; returns its figures, and in them the paths of what was found."""
    executable = targets.executable(options.build, target)
    grown = os.path.join(options.scratch, "corpus", target)
    found = os.path.join(options.scratch, "found", target)
    for folder in (grown, found):
        os.makedirs(folder, exist_ok=True)
    command = [executable, *targets.LIMITS, *targets.with_dictionary(target), f"-max_total_time={options.time}"]
    command += [f"-artifact_prefix={found}/"] + ([f"-seed={options.seed}"] if options.seed else [])
    begin, clock = time.time(), time.monotonic()
    process = subprocess.Popen(
        [*command, grown, targets.corpus(target)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=targets.ENVIRONMENT,
    )
    figures = {"target": target, "time": 0, "executions": 0, "rate": 0, "edges": 0, "features": 0, "inputs": 0}
    with open(os.path.join(options.scratch, f"{target}.log"), "w", encoding="utf-8") as log:
        for line in process.stdout:
            log.write(line)
            pulse = PULSE.match(line)
            if pulse:
                keys = ("executions", "edges", "features", "inputs", "rate")
                figures.update(zip(keys, (int(group or 0) for group in pulse.groups())))
                figures["time"] = int(time.monotonic() - clock)
                progress.show(target, figures)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = code = os.waitstatus_to_exitcode(status)
    figures["cpu_seconds"] = round(used.ru_utime + used.ru_stime, 1)
    artifacts = [os.path.join(found, name) for name in sorted(os.listdir(found))]
    artifacts = [path for path in artifacts if os.path.getmtime(path) >= begin - 1 and "-reduced" not in path]
    figures["time"] = max(1, int(time.monotonic() - clock))
    figures["rate"] = int(figures["executions"] / max(figures["cpu_seconds"], 1))
    progress.show(target, figures, "nothing found" if code == 0 else "FOUND SOMETHING")
    # Where libFuzzer goes on it found nothing: a slow unit alone is a slow machine.
    figures["found"] = [] if code == 0 else [reduced(executable, path) for path in artifacts] or [""]
    return figures


def reduced(executable, path):
    """The smallest input that libFuzzer makes of a crash within a minute; of other findings, the input itself."""
    if not os.path.basename(path).startswith("crash-"):
        return path
    smaller = f"{path}-reduced"
    limit = f"-max_total_time={REDUCE_SECONDS}"
    targets.quiet([executable, "-minimize_crash=1", limit, f"-exact_artifact_path={smaller}", path])
    return smaller if os.path.exists(smaller) else path


def name_of(lines, path):
    """What a seed that was found should be called: by what did not hold, and its content."""
    said = next((line for line in lines if re.search(r"does not hold: |ERROR: \w+: |runtime error: ", line)), "")
    words = re.findall(r"[a-z0-9]+", said.split(": ", 1)[-1].lower())
    kind = os.path.basename(path).split("-")[0]
    with open(path, "rb") as file:
        digest = hashlib.sha1(file.read()).hexdigest()[:6]
    return "-".join(["found", *(words[:6] or [kind]), digest])


def report(target, path, options):
    """Prints one finding: what, where, how to see it again, how to keep it."""
    log = os.path.join(options.scratch, f"{target}.log")
    with open(log, encoding="utf-8") as file:
        lines = [line for line in file if re.search(r"does not hold|ERROR: |runtime error|^\s+#\d+ .*corogram", line)]
    print(f"\n{target}:")
    print("".join(f"  {line}" for line in lines[:12]), end="")
    if path:
        kept = os.path.relpath(targets.corpus(target))
        print(f"  input:  {path} ({os.path.getsize(path)} bytes)")
        print(f"  replay: {os.path.relpath(targets.executable(options.build, target))} {path}")
        print(f"  keep:   cp {path} {kept}/{name_of(lines, path)}")
    print(f"  log:    {log}")


def minimise(target, options):
    """Replaces what fuzzing had added to the repository's corpus by the fewest inputs that cover as much."""
    executable = targets.executable(options.build, target)
    kept, merged = targets.corpus(target), os.path.join(options.scratch, "merged", target)
    grown = os.path.join(options.scratch, "corpus", target)
    shutil.rmtree(merged, ignore_errors=True)
    for folder in (kept, merged, grown):
        os.makedirs(folder, exist_ok=True)
    # How often an edge is passed does not count here: that would keep ten times as many.
    merge = ["-use_counters=0", "-set_cover_merge=1"]
    done = targets.quiet([executable, *targets.LIMITS, *merge, merged, kept, grown])
    if done.returncode:
        print(f"{target}: the corpora could not be merged:\n{done.stdout[-2000:]}")
        return False
    named = ("seed-", "found-", "recorded-")  # these are kept for what they are
    for name in os.listdir(kept):
        if not name.startswith(named):
            os.remove(os.path.join(kept, name))
    contents = {content(os.path.join(kept, name)) for name in os.listdir(kept)}
    for name in os.listdir(merged):
        path = os.path.join(merged, name)
        if content(path) not in contents:
            shutil.copyfile(path, os.path.join(kept, name[:12]))
    size = sum(os.path.getsize(os.path.join(kept, name)) for name in os.listdir(kept))
    print(f"{target:<32}{len(os.listdir(kept)):>6} inputs{size:>10} bytes", flush=True)
    return True


def content(path):
    with open(path, "rb") as file:
        return file.read()


def options_of(arguments):
    parser = argparse.ArgumentParser(
        prog="./run fuzz",
        description="libFuzzer on all targets, or on some, under ASan and UBSan.",
        epilog="--coverage, --planted, --afl and --oss-fuzz-check do something else and have a --help of their own.",
    )
    parser.add_argument("--build", help="a build folder with the targets and libFuzzer; ./run makes one")
    parser.add_argument("--scratch", default="build/fuzzing", help="for corpora, logs and findings (default %(default)s)")
    parser.add_argument("--time", type=targets.seconds, default=60, metavar="T", help="for each: 90, 90s, 5m, 1h (default 60)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="targets at a time (default %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="libFuzzer's seed; 0 draws one")
    parser.add_argument("--minimise", action="store_true", help="after fuzzing, renew the repository's corpora")
    parser.add_argument("--json", metavar="FILE", help="write the figures of each target, too")
    parser.add_argument("--list", action="store_true", help="the targets and what each is given")
    parser.add_argument("--dry-run", action="store_true", help="only check the command line")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="its name, or the beginning of some")
    return parser, parser.parse_args(arguments)


def main(arguments):
    parser, options = options_of(arguments)
    if options.list:
        width = max(map(len, targets.known())) + 2
        for target in targets.known():
            print(f"{target:<{width}}{targets.purpose(target)}")
        return 0
    chosen, unknown = targets.chosen(options.targets)
    if unknown:
        print(f"no fuzz target is called '{unknown}'; --list names them", file=sys.stderr)
        return 2
    if options.dry_run:
        return 0
    if not options.build:
        parser.error("--build is needed")

    os.makedirs(options.scratch, exist_ok=True)
    progress = Progress(options.time, chosen)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda target: fuzz(target, options, progress), chosen))
    for figures in results:
        for path in figures["found"]:
            report(figures["target"], path, options)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)
    failed = any(figures["found"] for figures in results)
    if options.minimise and not failed:
        failed = not all([minimise(target, options) for target in chosen])
    total = sum(figures["executions"] for figures in results)
    with_findings = sum(1 for figures in results if figures["found"])
    print(f"\n{len(chosen)} targets, {total} executions, {with_findings} with findings", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
