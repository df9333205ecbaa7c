"""What the corpora in the repository reach: lines and branches, by layer and by decoder.

    coverage.py --build DIR [--html DIR] [--json FILE]

DIR holds the targets, built by clang with -fprofile-instr-generate -fcoverage-mapping and without an engine.
The decoders are what takes bytes from a peer apart. Each group of them has to reach 95 % of its lines and 90 %
of its branches by the corpora alone, and uncovered.txt explains each of their lines that nothing reaches.

A branch is one outcome of a condition. Conditions inside a macro (COROGRAM_TRY) count where the macro stands.
Exit codes: 0 all is well; 1 a bar is missed, a line lacks its explanation, or an explanation lacks its line.
"""

import argparse
import collections
import concurrent.futures
import fnmatch
import json
import os
import re
import subprocess
import sys

import targets

ROOT = os.path.dirname(targets.HERE)
EXPLANATIONS = os.path.join(targets.HERE, "uncovered.txt")
LEAST_LINES, LEAST_BRANCHES = 95.0, 90.0
LAYERS = ["core", "crypto", "tl", "transport", "mtproto", "rpc", "testdc"]
DECODERS = {
    "TL reader": ["core/reader.hpp", "tl/decode.cpp", "tl/codec.cpp", "tl/gzip.cpp", "tl/detail/value_walker.cpp"],
    "transport": [
        "transport/*.cpp",
        "!transport/errc.cpp",
        "!transport/web_address.cpp",
    ],
    "envelope": [
        "mtproto/container.cpp",
        "mtproto/envelope.cpp",
        "mtproto/packed.cpp",
        "mtproto/pfs.cpp",
        "mtproto/plain_message.cpp",
    ],
    "key exchange": [
        "mtproto/key_exchange_client.cpp",
        "mtproto/key_exchange_server.cpp",
        "mtproto/detail/*.cpp",
    ],
    "service messages": [
        "mtproto/message_rules.cpp",
        "mtproto/received_messages.cpp",
        "mtproto/server_receive.cpp",
        "mtproto/server_service.cpp",
        "mtproto/session_client_receive.cpp",
        "mtproto/session_client_repair.cpp",
        "mtproto/session_client_service.cpp",
    ],
}


class File:
    """What was reached of one source file."""

    def __init__(self):
        self.lines = {}  # number -> how often
        self.branches = collections.defaultdict(lambda: [0, 0])  # place -> how often true, how often false


def group_of(path):
    """The decoder that a file of src/corogram belongs to, or None."""
    for group, patterns in DECODERS.items():
        if any(fnmatch.fnmatch(path, p[1:]) for p in patterns if p.startswith("!")):
            continue
        if any(fnmatch.fnmatch(path, p) for p in patterns):
            return group
    return None


def run_corpora(build, profiles):
    """Replays every corpus; returns the merged profile."""
    os.makedirs(profiles, exist_ok=True)

    def replay(target):
        profile = os.path.join(profiles, f"{target}.profraw")
        command = [targets.executable(build, target), targets.corpus(target)]
        done = targets.quiet(command, env={"LLVM_PROFILE_FILE": profile})
        if done.returncode:
            raise SystemExit(f"{target} fails on its corpus:\n{done.stdout[-2000:]}")
        return profile

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        raw = list(pool.map(replay, targets.known()))
    merged = os.path.join(profiles, "merged.profdata")
    subprocess.run(["llvm-profdata-19", "merge", "-sparse", "-o", merged, *raw], check=True)
    return merged


def llvm_cov(command, build, profile, *options):
    binaries = [targets.executable(build, target) for target in targets.known()]
    objects = [argument for binary in binaries[1:] for argument in ("-object", binary)]
    sources = [os.path.join(ROOT, "src", "corogram")]
    full = ["llvm-cov-19", command, *options, f"-instr-profile={profile}", binaries[0], *objects, *sources]
    return subprocess.run(full, check=True, stdout=subprocess.PIPE, text=True).stdout


def measure(build, profile):
    """path below src/corogram -> File"""
    files = collections.defaultdict(File)
    prefix = os.path.join(ROOT, "src", "corogram") + os.sep

    def name_of(path):
        path = os.path.realpath(path)
        return path[len(prefix):] if path.startswith(prefix) else None

    current = None
    for line in llvm_cov("export", build, profile, "-format=lcov").splitlines():
        if line.startswith("SF:"):
            current = name_of(line[3:])
        elif line.startswith("DA:") and current:
            number, count = map(int, line[3:].split(",")[:2])
            lines = files[current].lines
            lines[number] = max(lines.get(number, 0), count)
    exported = json.loads(llvm_cov("export", build, profile, "-format=text"))
    for one in exported["data"][0]["files"]:
        path = name_of(one["filename"])
        for branch in one["branches"] if path else []:
            counts = files[path].branches[tuple(branch[:4])]
            counts[0] += branch[4]
            counts[1] += branch[5]
    return files


def percent(reached, total):
    return 100.0 * reached / total if total else 100.0


def figures(files):
    """(lines reached, lines, branches reached, branches)"""
    lines = [count for file in files for count in file.lines.values()]
    branches = [count for file in files for pair in file.branches.values() for count in pair]
    return sum(map(bool, lines)), len(lines), sum(map(bool, branches)), len(branches)


def row(label, counts):
    lines, all_lines, branches, all_branches = counts
    return (
        f"{label:<44}{lines:>7}{all_lines:>7}{percent(lines, all_lines):>8.1f} %"
        f"{branches:>8}{all_branches:>7}{percent(branches, all_branches):>8.1f} %"
    )


def explanations():
    """path -> {line of code: why it is not reached}"""
    known, path = collections.defaultdict(dict), None
    with open(EXPLANATIONS, encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            if not line.startswith(" "):
                path = line.strip()
                continue
            code, separator, reason = line.strip().rpartition("  -- ")
            if not separator:
                raise SystemExit(f"{EXPLANATIONS}: '{line.strip()}' has no explanation")
            known[path][code.strip()] = reason
    return known


def uncovered(path, file):
    """(number, code) of the lines that nothing reaches; lines of mere brackets belong to those before."""
    with open(os.path.join(ROOT, "src", "corogram", path), encoding="utf-8") as source:
        text = source.read().splitlines()
    for number, count in sorted(file.lines.items()):
        code = text[number - 1].strip()
        if count == 0 and re.search(r"\w", code):
            yield number, code


def check_explanations(files):
    """Prints the uncovered lines of the decoders with their reasons; returns what is wrong."""
    known, problems, used = explanations(), [], set()
    print("\nLines of the decoders that no corpus reaches:")
    for path in sorted(path for path in files if group_of(path)):
        lines = list(uncovered(path, files[path]))
        if lines:
            print(f"\n  {path}")
        for number, code in lines:
            reason = known.get(path, {}).get(code)
            used.add((path, code))
            print(f"    {number:>4}  {code}\n          {reason or 'NOT EXPLAINED'}")
            if not reason:
                problems.append(f"{path}:{number} is not reached and not explained: {code}")
    for path, lines in known.items():
        problems += [f"{path}: explained but reached, or gone: {code}" for code in lines if (path, code) not in used]
    return problems


def main(arguments):
    parser = argparse.ArgumentParser(prog="./run fuzz --coverage", description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True, help="made by ./run")
    parser.add_argument("--html", default="build/fuzz-coverage-report", metavar="DIR", help="for the report (default %(default)s)")
    parser.add_argument("--json", metavar="FILE", help="write the table, too")
    options = parser.parse_args(arguments)

    profile = run_corpora(options.build, os.path.join(options.build, "profiles"))
    files = measure(options.build, profile)
    llvm_cov("show", options.build, profile, "-format=html", f"-output-dir={options.html}", "-show-branches=count")

    heading = f"{'lines':>14}{'':>10}{'branches':>15}"
    print(f"{'layer':<44}{heading}")
    table = {layer: figures([f for p, f in files.items() if p.startswith(layer + "/")]) for layer in LAYERS}
    for layer, counts in table.items():
        print(row(layer, counts))
    problems = []
    for group in DECODERS:
        members = {path: files[path] for path in sorted(files) if group_of(path) == group}
        counts = table[group] = figures(members.values())
        print(f"\n{row(group, counts)}")
        for path, file in members.items():
            print(row(f"  {path}", figures([file])))
        if percent(*counts[:2]) < LEAST_LINES or percent(*counts[2:]) < LEAST_BRANCHES:
            problems.append(f"{group}: below {LEAST_LINES:.0f} % of lines or {LEAST_BRANCHES:.0f} % of branches")
    problems += check_explanations(files)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(table, file, indent=2)
    print(f"\nreport: {options.html}/index.html")
    for problem in problems:
        print(f"PROBLEM: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
