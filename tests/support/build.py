"""Builds with ninja: one line of progress, warnings and errors in full.

    build.py [--report DIR --name NAME] BUILD [TARGET...]

With --report it writes DIR/NAME.xml with two checks: that it builds, and that no compiler warned.
"""

import argparse
import os
import re
import subprocess
import sys
import time

from report import Report, tail

STEP = re.compile(r"^\[(\d+)/(\d+)\] (.*)")
TERMINAL = sys.stdout.isatty()


class Progress:
    """Rewrites one line on a terminal; elsewhere prints a line for each tenth of the work."""

    def __init__(self, label):
        self.label = label
        self.tenth = 0

    def step(self, done, total, what):
        if TERMINAL:
            columns = os.get_terminal_size().columns if os.isatty(1) else 80
            text = f"{self.label}: {done}/{total} {what}"
            print(f"\r\033[K{text[:columns - 1]}", end="", flush=True)
        elif done * 10 // total > self.tenth:
            self.tenth = done * 10 // total
            print(f"{self.label}: {done}/{total}", flush=True)

    def clear(self):
        if TERMINAL:
            print("\r\033[K", end="", flush=True)


def run_ninja(build, targets, label):
    """(exit code, everything that ninja printed but its progress, how many steps it took)"""
    environment = dict(os.environ, NINJA_STATUS="[%f/%t] ")
    environment.pop("CLICOLOR_FORCE", None)
    ninja = subprocess.Popen(
        ["ninja", "-C", build, *targets],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    )
    progress, said, steps = Progress(label), [], 0
    for line in ninja.stdout:
        match = STEP.match(line)
        if match:
            steps += 1
            progress.step(int(match.group(1)), int(match.group(2)), match.group(3).strip())
        elif not line.startswith(("ninja: Entering directory", "ninja: no work to do")):
            said.append(line)
    code = ninja.wait()
    progress.clear()
    return code, "".join(said), steps


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--report", metavar="DIR")
    parser.add_argument("--name", default="build")
    parser.add_argument("build")
    parser.add_argument("targets", nargs="*")
    options = parser.parse_args(arguments)

    label = f"building {os.path.relpath(options.build)}"
    begin = time.monotonic()
    code, said, steps = run_ninja(options.build, options.targets, label)
    seconds = time.monotonic() - begin
    if code or "warning:" in said:
        print(tail(said, 200))
    if code or steps:
        print(f"{label}: {'FAILED' if code else 'done'} in {seconds:.0f} s", flush=True)

    if options.report:
        report = Report(options.name)
        report.check("it builds", tail(said) or f"ninja ended with {code}" if code else "", seconds)
        warnings = [line for line in said.splitlines() if "warning:" in line]
        report.check("no compiler warns", "\n".join(warnings))
        report.write(options.report)
        if warnings:
            return 1
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
