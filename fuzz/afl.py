"""Runs one fuzz target with AFL++, from the same corpus and dictionary as libFuzzer.

    afl.py --build DIR [--scratch DIR] [--time T] TARGET

DIR holds the targets, linked with AFL++'s driver. Needs no setting of the machine: crashes are found without a
core handler, and the processor may run at any speed. Exit codes: 0 nothing was found; 1 a crash or a hang; 2 a
wrong command line.
"""

import argparse
import os
import shutil
import subprocess
import sys

import targets

ENVIRONMENT = {
    **os.environ,
    "AFL_SKIP_CPUFREQ": "1",
    "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
    "AFL_NO_UI": "1",
    "AFL_NO_AFFINITY": "1",
    # As AFL++ wants it: a finding is an abort, symbols are for whoever replays it.
    "ASAN_OPTIONS": "abort_on_error=1:symbolize=0:detect_leaks=0:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "abort_on_error=1:halt_on_error=1:symbolize=0",
}


def figures(path):
    """fuzzer_stats as a dictionary."""
    with open(path, encoding="utf-8") as file:
        return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in file)}


def main(arguments):
    parser = argparse.ArgumentParser(prog="./run fuzz --afl", description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True, help="made by ./run")
    parser.add_argument("--scratch", default="build/fuzzing-afl", metavar="DIR", help="for what is found (default %(default)s)")
    parser.add_argument("--time", type=targets.seconds, default=60, metavar="T", help="90, 90s, 5m, 1h (default 60)")
    parser.add_argument("target", metavar="TARGET")
    options = parser.parse_args(arguments)
    if options.target not in targets.known():
        print(f"no fuzz target is called '{options.target}'; ./run fuzz --list names them", file=sys.stderr)
        return 2
    out = os.path.join(options.scratch, options.target)
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(options.scratch, exist_ok=True)
    command = ["afl-fuzz", "-i", targets.corpus(options.target), "-o", out, "-V", str(options.time), "-m", "none"]
    command += ["-t", str(1000 * targets.SLOWEST_INPUT), "-G", str(targets.LONGEST_INPUT)]
    words = targets.dictionary(options.target)
    command += ["-x", words] if words else []
    log = os.path.join(options.scratch, f"{options.target}.log")
    with open(log, "w", encoding="utf-8") as file:
        done = subprocess.run(
            [*command, "--", targets.executable(options.build, options.target)],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT,
            check=False,
        )
    stats = os.path.join(out, "default", "fuzzer_stats")
    if done.returncode or not os.path.exists(stats):
        with open(log, encoding="utf-8", errors="replace") as file:
            print(f"afl-fuzz ends with {done.returncode}:\n{file.read()[-2000:]}")
        return 1
    counts = figures(stats)
    print(f"{options.target}: {counts['execs_done']} executions, {counts['execs_per_sec']} a second, "
          f"{counts['corpus_count']} inputs, {counts['saved_crashes']} crashes, {counts['saved_hangs']} hangs")
    found = os.path.join(out, "default")
    for kind in ("crashes", "hangs"):
        folder = os.path.join(found, kind)
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if name.startswith("id:"):
                print(f"  replay: {targets.executable(options.build, options.target)} '{os.path.join(folder, name)}'")
    return 1 if int(counts["saved_crashes"]) + int(counts["saved_hangs"]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
