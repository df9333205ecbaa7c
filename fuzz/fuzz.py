"""Runs the fuzz targets with libFuzzer, one after the other.

    fuzz.py --build DIR [--scratch DIR] [--time SECONDS] [--jobs N] [--minimise] [TARGET...]
    fuzz.py --list

TARGET is a target's name or the beginning of one; without any, all run. What is found grows a corpus under
the scratch folder, which later runs go on with; the repository's own corpus is only read, unless --minimise
tells to take from both what covers the most with the fewest bytes.

A crash is made smaller, named, and printed with the command that replays it.
Exit codes: 0 nothing was found; 1 a crash, a hang or a leak; 2 a wrong command line.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, "corpus")
LIMITS = ["-rss_limit_mb=2048", "-timeout=20", "-max_len=4096"]
MINIMISE_SECONDS = 60
PULSE = re.compile(r"#(\d+)\s.*?cov: (\d+) ft: (\d+).*?exec/s: (\d+)")
ENVIRONMENT = {
    **os.environ,
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=0",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


def known_targets():
    """The targets: each file of this folder is one."""
    return sorted(name[:-4] for name in os.listdir(HERE) if name.endswith(".cpp"))


def purpose(target):
    """The comment at the head of a target's file, its first sentence."""
    with open(os.path.join(HERE, f"{target}.cpp"), encoding="utf-8") as file:
        text = " ".join(line[3:].strip() for line in file.read().split("\n\n")[0].splitlines())
    return text.split(". ")[0].rstrip(".")


class Progress:
    """One line a target, rewritten on a terminal as it goes."""

    def __init__(self):
        self.lock = threading.Lock()
        self.terminal = sys.stdout.isatty()
        self.heading = f"{'':<28}{'executions':>12}{'a second':>10}{'edges':>8}{'features':>10}{'corpus':>8}"
        print(self.heading, flush=True)

    def show(self, target, figures, final):
        line = f"{target:<28}{figures['executions']:>12}{figures['rate']:>10}{figures['edges']:>8}{figures['features']:>10}"
        with self.lock:
            if final:
                print(("\r" if self.terminal else "") + f"{line}{figures['corpus']:>8}  {figures['verdict']}", flush=True)
            elif self.terminal:
                print("\r" + line, end="", flush=True)


def fuzz(target, options, progress):
    """Fuzzes one target for its time; returns the paths of what was found."""
    executable = os.path.abspath(os.path.join(options.build, "fuzz", f"fuzz_{target}"))
    grown = os.path.join(options.scratch, "corpus", target)
    found = os.path.join(options.scratch, "found", target)
    for folder in (grown, found):
        os.makedirs(folder, exist_ok=True)
    command = [executable, *LIMITS, f"-max_total_time={options.time}", f"-artifact_prefix={found}/"]
    command += [f"-seed={options.seed}"] if options.seed else []
    begin = time.time()
    process = subprocess.Popen(
        [*command, grown, os.path.join(CORPUS, target)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=ENVIRONMENT,
    )
    figures = {"executions": 0, "rate": 0, "edges": 0, "features": 0, "corpus": 0, "verdict": ""}
    with open(os.path.join(options.scratch, f"{target}.log"), "w", encoding="utf-8") as log:
        for line in process.stdout:
            log.write(line)
            pulse = PULSE.match(line)
            if pulse:
                keys = ("executions", "edges", "features", "rate")
                figures.update(zip(keys, (int(group) for group in pulse.groups())))
                progress.show(target, figures, final=False)
    code = process.wait()
    artifacts = [os.path.join(found, name) for name in sorted(os.listdir(found))]
    artifacts = [path for path in artifacts if os.path.getmtime(path) >= begin - 1]
    figures["corpus"] = len(os.listdir(grown))
    figures["verdict"] = "ok" if code == 0 else f"FAILED ({code})"
    progress.show(target, figures, final=True)
    return [reduced(executable, target, path) for path in artifacts] or ([] if code == 0 else [""])


def reduced(executable, target, path):
    """The smallest input that libFuzzer makes of a crash within a minute; for other findings, the input itself."""
    if not os.path.basename(path).startswith("crash-"):
        return path
    smaller = f"{path}.reduced"
    command = [executable, "-minimize_crash=1", f"-max_total_time={MINIMISE_SECONDS}", f"-exact_artifact_path={smaller}", path]
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    return smaller if os.path.exists(smaller) else path


def report(target, path, options):
    log = os.path.join(options.scratch, f"{target}.log")
    print(f"\n{target}:")
    with open(log, encoding="utf-8") as file:
        lines = [line for line in file if re.search(r"does not hold|ERROR: |runtime error|^\s+#\d+ .*corogram", line)]
    print("".join(f"  {line}" for line in lines[:12]), end="")
    if path:
        print(f"  input:  {path} ({os.path.getsize(path)} bytes)")
        print(f"  replay: {os.path.join(options.build, 'fuzz', 'fuzz_' + target)} {path}")
        print(f"  keep:   cp {path} {os.path.relpath(os.path.join(CORPUS, target))}/found-WHAT-IT-IS")
    print(f"  log:    {log}")


def minimise(target, options):
    """Replaces what fuzzing had added to the repository's corpus by the fewest inputs that cover as much."""
    executable = os.path.abspath(os.path.join(options.build, "fuzz", f"fuzz_{target}"))
    kept, merged = os.path.join(CORPUS, target), os.path.join(options.scratch, "merged", target)
    shutil.rmtree(merged, ignore_errors=True)
    os.makedirs(merged)
    grown = os.path.join(options.scratch, "corpus", target)
    os.makedirs(grown, exist_ok=True)
    sources = [kept, grown]
    done = subprocess.run(
        [executable, *LIMITS, "-set_cover_merge=1", merged, *sources],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=ENVIRONMENT,
    )
    if done.returncode:
        print(f"{target}: the corpora could not be merged:\n{done.stderr[-2000:]}")
        return False
    named = ("seed-", "found-")  # these are kept for what they are
    for name in os.listdir(kept):
        if not name.startswith(named):
            os.remove(os.path.join(kept, name))
    contents = {open(os.path.join(kept, name), "rb").read() for name in os.listdir(kept)}
    for name in os.listdir(merged):
        path = os.path.join(merged, name)
        if open(path, "rb").read() not in contents:
            shutil.copy(path, os.path.join(kept, name[:12]))
    print(f"{target:<28}{len(os.listdir(kept)):>6} inputs")
    return True


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", help="a build folder with the targets and libFuzzer")
    parser.add_argument("--scratch", default="build/fuzzing", help="for corpora, logs and findings (default %(default)s)")
    parser.add_argument("--time", type=int, default=60, metavar="SECONDS", help="for each target (default %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="targets at a time (default %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="libFuzzer's seed; 0 draws one")
    parser.add_argument("--minimise", action="store_true", help="after fuzzing, renew the repository's corpora")
    parser.add_argument("--list", action="store_true", help="the targets and what each is given")
    parser.add_argument("--dry-run", action="store_true", help="only check the command line")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    options = parser.parse_args(arguments)
    if options.list:
        for target in known_targets():
            print(f"{target:<28}{purpose(target)}")
        return 0
    chosen = [t for t in known_targets() if not options.targets or any(t.startswith(name) for name in options.targets)]
    unknown = [name for name in options.targets if not any(t.startswith(name) for t in known_targets())]
    if unknown:
        print(f"no fuzz target is called '{unknown[0]}'; --list names them", file=sys.stderr)
        return 2
    if options.dry_run:
        return 0
    if not options.build:
        parser.error("--build is needed")

    os.makedirs(options.scratch, exist_ok=True)
    progress = Progress()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        findings = dict(zip(chosen, pool.map(lambda target: fuzz(target, options, progress), chosen)))
    for target, paths in findings.items():
        for path in paths:
            report(target, path, options)
    failed = any(findings.values())
    if options.minimise and not failed:
        failed = not all([minimise(target, options) for target in chosen])
    print(f"\n{len(chosen)} targets, {sum(1 for paths in findings.values() if paths)} with findings", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
