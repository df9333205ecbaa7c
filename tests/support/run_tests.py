"""Runs the tests that Meson knows in a build folder and counts each GoogleTest case by itself.

    run_tests.py --report DIR --name NAME BUILD [TEST...]

Prints a line for each executable, and for a failure what the failing case printed. An executable that
crashes, hangs or leaves no result counts as one failure, over and above the cases that it had passed.
"""

import argparse
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

from report import Report, indented, tail

LIMIT_FACTOR = 4  # Meson's limits are for a machine that does nothing else
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=0",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


def known_tests(build):
    """Meson's tests: name, command, time limit and environment."""
    out = subprocess.run(
        ["meson", "introspect", "--tests", build], capture_output=True, text=True, check=True
    )
    return json.loads(out.stdout)


def run(test, build):
    """One test's cases: (name, seconds, verdict, text) each, and the seconds that all took."""
    is_gtest = test["protocol"] == "gtest"
    environment = {**SANITIZER_OPTIONS, **os.environ, **test["env"]}
    limit = LIMIT_FACTOR * (test["timeout"] or 150)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        results = os.path.join(scratch, "results.xml")
        command = list(test["cmd"])
        if is_gtest:
            command += [f"--gtest_output=xml:{results}", "--gtest_color=no"]
        try:
            done = subprocess.run(
                command,
                cwd=test["workdir"] or build,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=limit,
            )
            code, output = done.returncode, done.stdout.decode(errors="replace")
        except subprocess.TimeoutExpired as error:
            code, output = None, (error.stdout or b"").decode(errors="replace")
        except OSError as error:
            code, output = 127, str(error)
        cases = gtest_cases(results, output) if is_gtest else []
    seconds = time.monotonic() - begin

    complete = is_gtest and any(case[2] == "failed" for case in cases) and code == 1
    if code != 0 and not complete:
        cases.append(("(the executable)", 0.0, "failed", f"{ending(code, limit)}\n{tail(output)}"))
    elif not cases:
        cases.append(
            ("(the executable)", seconds, "failed" if is_gtest else "passed", "it ran no test")
        )
    return cases, seconds


def ending(code, limit):
    if code is None:
        return f"ended after the limit of {limit} s"
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def gtest_cases(path, output):
    """The cases in GoogleTest's XML; where a crash left none, those that its output shows as ended."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        ended = re.findall(r"^\[ *(OK|FAILED) *\] (\S+) \(\d+ ms\)$", output, re.M)
        return [
            (name, 0.0, "passed" if word == "OK" else "failed", "see the end of the executable")
            for word, name in ended
        ]
    cases = []
    for case in root.iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        seconds = float(case.get("time", "0"))
        if case.get("status") == "notrun":
            continue
        failures = [failure.text or "" for failure in case.findall("failure")]
        if failures:
            cases.append((name, seconds, "failed", "\n".join(failures)))
        elif case.find("skipped") is not None:
            reason = " ".join(case.find("skipped").get("message", "").split())
            cases.append((name, seconds, "skipped", reason))
        else:
            cases.append((name, seconds, "passed", ""))
    return cases


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--report", metavar="DIR", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("build")
    parser.add_argument("tests", nargs="*", help="only these")
    options = parser.parse_args(arguments)

    tests = known_tests(options.build)
    unknown = set(options.tests) - {test["name"] for test in tests}
    if unknown:
        print(f"no such test: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    chosen = [test for test in tests if not options.tests or test["name"] in options.tests]

    report = Report(options.name)
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        runs = [(test, pool.submit(run, test, options.build)) for test in chosen]
        for test, future in runs:
            cases, seconds = future.result()
            of_test = Report(test["name"])
            for name, took, verdict, text in cases:
                report.cases.append((test["name"], name, took, verdict, text))
                of_test.cases.append(("", name, took, verdict, text))
            verdict = "FAILED" if of_test.count("failed") else "ok"
            print(f"{options.name} {test['name']:<12} {verdict:<6} {of_test.summary()} ({seconds:.1f} s)", flush=True)
            for name, _, verdict, text in cases:
                if verdict == "failed":
                    print(f"  FAILED {test['name']}: {name}\n{indented(tail(text))}", flush=True)
                elif verdict == "skipped":
                    print(f"  skipped {test['name']}: {name}: {text}", flush=True)
    report.write(options.report)
    return 1 if report.count("failed") or not report.cases else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
