"""Builds the crypto layer and its tests for AArch64, with g++ and with clang, and runs them under qemu.

    check_aarch64.py [--report DIR] BUILD

The cross compiler brings the C library. The others are Debian's packages for arm64, unpacked under
BUILD/sysroot: apt fetches them with lists and a cache of its own there, so that the machine's list of
architectures, its package lists and its packages stay what they are.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import run_tests
from build import run_ninja
from report import Report, indented, tail

PACKAGES = ["libasio-dev", "libgtest-dev", "libssl-dev", "zlib1g-dev"]
COMPILERS = {"gcc": ["aarch64-linux-gnu-g++"], "clang": ["clang++-19", "--target=aarch64-linux-gnu"]}
QEMU = ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"]
TEST = "tests/crypto/crypto_test"
LIBRARY = "src/corogram/crypto/libcorogram_crypto.a"

EVERYTHING = "*"
KERNELS = "*Kernel*:*Ige*:*Ctr*:*Message*:Hash*:Hmac*:TmpAes*:Kdf*"
FAST = {
    "CtrKernels.kernel": "armv8",
    "IgeKernels.kernel": "armv8",
    "HashKernels.kernel": "armv8",
    "MessageKernels.open_kernel": "stitched",
    "MessageKernels.seal_kernel": "pipelined",
}
WITHOUT_CRYPTO = {
    "CtrKernels.kernel": "openssl",
    "IgeKernels.kernel": "reference",
    "HashKernels.kernel": "openssl",
    "MessageKernels.open_kernel": "reference",
    "MessageKernels.seal_kernel": "reference",
}
REFERENCE = {table: "reference" for table in FAST}
# name, compiler, tests, what COROGRAM_KERNEL forces, whether the machine has the crypto extensions, and the
# kernels that must have run
RUNS = [
    ("gcc", "gcc", EVERYTHING, None, True, FAST),
    ("clang", "clang", KERNELS, None, True, FAST),
    ("gcc, forced", "gcc", KERNELS, "armv8,stitched,pipelined", True, FAST),
    ("gcc, reference forced", "gcc", KERNELS, "reference", True, REFERENCE),
    ("gcc, without the crypto extensions", "gcc", KERNELS, None, False, WITHOUT_CRYPTO),
    ("gcc, forced without the crypto extensions", "gcc", KERNELS, "armv8", False, REFERENCE),
]

CRYPTO_INSTRUCTION = re.compile(r"^\s+[0-9a-f]+:\s+(aes\w+|sha\d\w+|pmull2?\s+v\d+\.1q)", re.M)


def run(command, folder=ROOT):
    """What is wrong, or nothing."""
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"{' '.join(command)}\n{tail(done.stdout + done.stderr)}"


def fetch(build):
    """Unpacks the packages under build/sysroot. Returns what is wrong, or nothing."""
    sysroot, stamp = os.path.join(build, "sysroot"), os.path.join(build, "sysroot", "complete")
    if os.path.exists(stamp):
        with open(stamp, encoding="utf-8") as file:
            if file.read() == " ".join(PACKAGES):
                return ""
    shutil.rmtree(sysroot, ignore_errors=True)
    scratch = os.path.join(build, "apt")
    shutil.rmtree(scratch, ignore_errors=True)
    for folder in ("state/lists/partial", "cache/archives/partial", "packages"):
        os.makedirs(os.path.join(scratch, folder))
    packages = os.path.join(scratch, "packages")
    options = {
        "APT::Architecture": "arm64",
        "APT::Architectures": "arm64",
        "APT::Sandbox::User": "",  # apt's own user may not write here
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Dir::Cache": os.path.join(scratch, "cache"),
        "Dir::State": os.path.join(scratch, "state"),
        "Dir::State::status": "/dev/null",
    }
    apt = ["apt-get", "-q", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
    # Of several sources one may have nothing for arm64, or be out of reach: what counts is the packages.
    run([*apt, "update"])
    problem = run([*apt, "download", *PACKAGES], packages)
    for package in sorted(os.listdir(packages)):
        problem = problem or run(["dpkg-deb", "--extract", os.path.join(packages, package), sysroot])
    if not problem:
        shutil.rmtree(scratch)
        with open(stamp, "w", encoding="utf-8") as file:
            file.write(" ".join(PACKAGES))
    return problem


def configure(build, name):
    folder = os.path.join(build, name)
    if os.path.exists(os.path.join(folder, "build.ninja")):
        return ""
    compiler = [*(["ccache"] if shutil.which("ccache") else []), *COMPILERS[name]]
    constants = os.path.join(build, f"{name}.ini")
    with open(constants, "w", encoding="utf-8") as file:
        file.write(f"[constants]\nsysroot = {os.path.join(build, 'sysroot')!r}\ncompiler = {compiler}\n")
    return run([
        "meson", "setup", folder, "--cross-file", constants, "--cross-file", os.path.join(HERE, "cross.ini"),
        "-Db_ndebug=false", "-Ddebug=false", "-Dtests=enabled", "-Dtools=disabled",
    ])  # fmt: skip


def compile_all(build, report):
    """Whether everything is built."""
    for name in COMPILERS:
        problem = configure(build, name)
        if not problem:
            code, said, _ = run_ninja(os.path.join(build, name), [TEST], f"building {name} for AArch64")
            problem = tail(said) or f"ninja ended with {code}" if code or "warning:" in said else ""
        report.check(f"{name} builds it without a warning", problem)
    shim = [*COMPILERS["gcc"], "-shared", "-fPIC", "-o", without_crypto(build)]
    report.check("what hides the crypto extensions is built",
                 run([*shim, os.path.join(HERE, "without_crypto.cpp")]))  # fmt: skip
    return not report.count("failed")


def without_crypto(build):
    return os.path.join(build, "without_crypto.so")


def files_with_crypto_instructions(library):
    """The library's object files that use the extensions."""
    out = subprocess.run(["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", library],
                         capture_output=True, text=True, check=True).stdout  # fmt: skip
    pieces = re.split(r"^(\S+):\s+file format .*$", out, flags=re.M)
    return {name for name, code in zip(pieces[1::2], pieces[2::2]) if CRYPTO_INSTRUCTION.search(code)}


def judge_library(build, name):
    found = files_with_crypto_instructions(os.path.join(build, name, LIBRARY))
    if not found:
        return "no file has any"
    return "\n".join(sorted(file for file in found if "armv8" not in file))


def kernels_in_use(command, environment):
    """What the tables' tests tell about the kernels that ran: {"IgeKernels.kernel": name, ...}."""
    with tempfile.TemporaryDirectory() as scratch:
        results = os.path.join(scratch, "results.xml")
        subprocess.run([*command, "--gtest_filter=*Kernels.*", f"--gtest_output=xml:{results}"],
                       env=environment, stdin=subprocess.DEVNULL, capture_output=True)  # fmt: skip
        try:
            cases = list(ElementTree.parse(results).iter("testcase"))
        except (OSError, ElementTree.ParseError):
            return {}
    return {
        f"{case.get('classname')}.{told.get('name')}": told.get("value")
        for case in cases
        for told in case.iter("property")
    }


def run_once(build, name, compiler, tests, forced, has_crypto, expected):
    """One run's cases, as run_tests has them."""
    preload = [] if has_crypto else ["-E", f"LD_PRELOAD={without_crypto(build)}"]
    command = [*QEMU, *preload, os.path.join(build, compiler, TEST)]
    environment = {"COROGRAM_KERNEL": forced} if forced else {}
    test = {
        "cmd": [*command, f"--gtest_filter={tests}"],
        "env": environment,
        "protocol": "gtest",
        "timeout": 150,
        "workdir": build,
    }
    cases, seconds = run_tests.run(test, build)
    ran = kernels_in_use(command, {**os.environ, **environment})
    wrong = [f"{table}: {ran.get(table)} ran in the place of {kernel}"
             for table, kernel in expected.items() if ran.get(table) != kernel]  # fmt: skip
    cases.append(("(the kernels that ran)", 0.0, "failed" if wrong else "passed", "\n".join(wrong)))
    return cases, seconds


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--report", metavar="DIR", help="write DIR/aarch64.xml (JUnit)")
    parser.add_argument("build")
    options = parser.parse_args(arguments)

    report, begin = Report("aarch64"), time.monotonic()
    build = os.path.abspath(options.build)
    report.check("Debian's packages for arm64 are at hand", fetch(build))
    if not report.count("failed") and compile_all(build, report):
        for name in COMPILERS:
            report.check(f"{name} puts crypto instructions into kernels that are chosen alone", judge_library(build, name))
        with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
            runs = [(each[0], pool.submit(run_once, build, *each)) for each in RUNS]
        for name, future in runs:
            for case, seconds, verdict, text in future.result()[0]:
                report.cases.append((name, case, seconds, verdict, text))

    for group, name, _, verdict, text in report.cases:
        if verdict == "failed":
            print(f"FAILED {group + ': ' if group else ''}{name}\n{indented(text)}")
    print(f"aarch64: {report.summary()} ({time.monotonic() - begin:.0f} s)")
    if options.report:
        report.write(options.report)
    return 1 if report.count("failed") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
