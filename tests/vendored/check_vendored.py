"""Builds the small project beside this file with corogram as its Meson subproject, and looks for leaks.

    check_vendored.py [--report DIR] BUILD

BUILD/parent gets a copy of the project, BUILD/parent/subprojects/corogram one of corogram's files. A parent
must get the library and nothing else: none of our warnings, sanitizers, tests, tools or installed files.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from report import Report, indented, tail

COPIED = ["generator", "meson.build", "meson_options.txt", "schema", "src", "tests"]
OUR_FLAGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-fsanitize", "-O2")


def lay_out(build):
    """A fresh parent project under `build`; returns its folder."""
    parent = os.path.join(build, "parent")
    shutil.rmtree(build, ignore_errors=True)
    vendored = os.path.join(parent, "subprojects", "corogram")
    os.makedirs(vendored)
    for name in ("meson.build", "main.cpp"):
        shutil.copy2(os.path.join(HERE, name), parent)
    for name in COPIED:
        path = os.path.join(ROOT, name)
        if os.path.isdir(path):
            shutil.copytree(path, os.path.join(vendored, name))
        else:
            shutil.copy2(path, vendored)
    return parent


def run(command, folder):
    """(the problem or nothing, what the command printed)"""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=1500)
    output = done.stdout + done.stderr
    return (tail(output) or "failed") if done.returncode else "", output


def introspect(build, what):
    out = subprocess.run(
        ["meson", "introspect", f"--{what}", build], capture_output=True, text=True, check=True
    )
    return json.loads(out.stdout)


def leaked_flags(build):
    """Our flags in the command line of the parent's own source file."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    of_parent = [entry for entry in commands if entry["output"] == "vendor.p/main.cpp.o"]
    if len(of_parent) != 1:
        return "the parent's main.cpp is not in compile_commands.json"
    words = of_parent[0]["command"].split()
    words.remove("-Wall")  # the parent's own choice: its warning_level is 1
    return " ".join(word for word in words if word.startswith(OUR_FLAGS))


def leaked_targets(build):
    return "\n".join(
        f"{target['name']} ({target['type']})"
        for target in introspect(build, "targets")
        if "/subprojects/" in target["defined_in"]
        and (target["installed"] or target["name"].endswith("_test"))
    )


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--report", metavar="DIR", help="write DIR/vendored.xml (JUnit)")
    parser.add_argument("build")
    options = parser.parse_args(arguments)

    report, begin = Report("vendored"), time.monotonic()
    build = os.path.abspath(options.build)
    parent = lay_out(build)
    out = os.path.join(parent, "out")

    problem, output = run(["meson", "setup", "--wrap-mode=nodownload", "-Ddebug=false", out], parent)
    report.check("a parent project configures with corogram as a subproject", problem)
    if not problem:
        built, _ = run(["ninja", "-C", out, "vendor"], parent)
        report.check("the parent links the library", built)
        if not built:
            tested, _ = run(["meson", "test", "-C", out, "--no-rebuild"], parent)
            report.check("the parent's test that uses crypto passes", tested)
        report.check("no flag of ours reaches the parent's sources", leaked_flags(out))
        report.check("no test executable and nothing to install comes along", leaked_targets(out))
        tests = [test["name"] for test in introspect(out, "tests")]
        report.check("the parent's own test is its only one", "" if tests == ["vendor"] else ", ".join(tests))

    for _, name, _, verdict, text in report.cases:
        if verdict == "failed":
            print(f"FAILED {name}\n{indented(text)}")
    print(f"vendored: {report.summary()} ({time.monotonic() - begin:.0f} s)")
    if options.report:
        report.write(options.report)
    return 1 if report.count("failed") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
