"""Fails on every include that goes against the layers, naming the file, the line and the include.

    check_layering.py [--report DIR]

reads src/corogram/*, generator and their meson.build files. Before that it tests itself: it plants
violations in a scratch tree and demands that each is found at its line.
"""

import argparse
import os
import re
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import layers
from report import Report
SOURCE = (".hpp", ".cpp", ".h", ".cc", ".inc", ".ipp")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*(?:include|import|include_next)\b[ \t]*(.*?)[ \t]*$')
COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^(\s\\)]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"', re.S)
DEPENDENCY = re.compile(r"\b([a-z0-9_]+)_dep\b")

# meson.build's name of an external dependency -> the layers that may link it.
EXTERNAL_DEPENDENCIES = {
    "crypto_external": ["crypto"],
    "zlib": ["tl"],
    "asio": layers.SHELL,
    "asio_header": [],
    "cli11": ["tools"],
    "CLI11": ["tools"],
    "threads": layers.SHELL,
    "tls_external": ["rpc"],
    "gtest": [],
}


class Violation:
    def __init__(self, path, line, subject, reason):
        self.path, self.line, self.subject, self.reason = path, line, subject, reason

    def __str__(self):
        return f"{self.path}:{self.line}: {self.subject}: {self.reason}"


def without_comments(text):
    """The text with comments blanked and strings kept, line numbers unchanged."""

    def blank(match):
        found = match.group(0)
        if found.startswith('"'):
            return found
        return re.sub(r"[^\n]", " ", found)

    return COMMENT.sub(blank, text)


def includes(text):
    """(line number, what follows #include) for each include directive."""
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1)


def layer_of_include(target):
    """The layer of <corogram/LAYER/...>, or None for any other include."""
    parts = target.split("/")
    if len(parts) >= 3 and parts[0] == "corogram":
        return parts[1]
    return None


def judge_project_include(layer, target):
    other = layer_of_include(target)
    if other is None:
        return "a project header is <corogram/LAYER/FILE.hpp>"
    if other == layer:
        return None
    if other not in layers.MAY_USE or other == "generator":
        return f"there is no layer '{other}'"
    allowed = layers.MAY_USE[layer]
    if other not in allowed:
        return f"'{layer}' may not use '{other}' (it may use: {', '.join(allowed) or 'nothing'})"
    if "/detail/" in target or target.endswith("_impl.hpp"):
        return f"this header belongs to '{other}' alone"
    return None


def judge_foreign_include(layer, target):
    if target in layers.NEVER:
        return layers.NEVER[target]
    for library, (prefix, users) in layers.EXTERNAL.items():
        if target.startswith(prefix):
            return None if layer in users else f"{library} is for {', '.join(users)} only"
    if target in layers.INTRINSICS:
        return None if layer == "crypto" else "intrinsics are for crypto only"
    if target in layers.STANDARD:
        if layer in layers.PURE and target in layers.IMPURE_STANDARD:
            return f"'{layer}' is pure: no threads, devices, files or coroutines"
        return None
    if target.endswith(".h") and layer in layers.SHELL:
        return None  # the operating system's headers
    return f"'{layer}' may not use this: it is neither the standard library's nor a library named for the layer"


def judge(layer, path, root, written):
    """Why the include `written` (with its brackets) in a file of `layer` is wrong, or None."""
    angle = re.fullmatch(r"<([^<>]+)>", written)
    quote = re.fullmatch(r'"([^"]+)"', written)
    if angle:
        target = angle.group(1)
        if target.startswith("corogram/"):
            return judge_project_include(layer, target)
        return judge_foreign_include(layer, target)
    if quote:
        if quote.group(1).startswith("corogram/"):
            return "a project header is included with angle brackets"
        near = os.path.normpath(os.path.join(os.path.dirname(path), quote.group(1)))
        folder = os.path.relpath(os.path.join(root, near), os.path.join(root, folder_of(layer)))
        if folder.startswith(".."):
            return f"it leads out of the folder of '{layer}'"
        return None
    return "an include has to be a plain <...> or \"...\""


def folder_of(layer):
    return "generator" if layer == "generator" else f"src/corogram/{layer}"


def source_files(root, folder):
    for directory, subfolders, names in os.walk(os.path.join(root, folder)):
        subfolders.sort()
        for name in sorted(names):
            if name.endswith(SOURCE) or name == "meson.build":
                yield os.path.relpath(os.path.join(directory, name), root)


def check_meson(layer, path, text):
    """The libraries that a layer's meson.build names have to be in its row too."""
    for number, line in enumerate(text.splitlines(), 1):
        for name in DEPENDENCY.findall(line.split("#", 1)[0]):
            if name == layer or layer == "generator":
                continue
            if name in layers.MAY_USE:
                if name not in layers.MAY_USE[layer]:
                    yield Violation(path, number, f"{name}_dep", f"'{layer}' may not link '{name}'")
            elif name in EXTERNAL_DEPENDENCIES and layer not in EXTERNAL_DEPENDENCIES[name]:
                yield Violation(path, number, f"{name}_dep", f"'{layer}' may not link it")


def check_tree(root):
    """(files read, violations) of a source tree."""
    violations, count = [], 0
    folders = [("generator", "generator")]
    base = os.path.join(root, "src", "corogram")
    for name in sorted(os.listdir(base)):
        if os.path.isdir(os.path.join(base, name)):
            if name not in layers.MAY_USE or name in ["generator", *layers.GENERATED]:
                violations.append(Violation(f"src/corogram/{name}", 1, name, "there is no such layer"))
            else:
                folders.append((name, folder_of(name)))
        elif name.endswith(SOURCE):
            violations.append(Violation(f"src/corogram/{name}", 1, name, "it is in no layer"))
    for layer, folder in folders:
        for path in source_files(root, folder):
            count += 1
            with open(os.path.join(root, path), encoding="utf-8") as file:
                text = file.read()
            if path.endswith("meson.build"):
                violations.extend(check_meson(layer, path, text))
                continue
            for line, written in includes(text):
                reason = judge(layer, path, root, written)
                if reason:
                    violations.append(Violation(path, line, f"#include {written}", reason))
    return count, violations


class PlantedViolations(unittest.TestCase):
    """Each planted include is found at its line; each allowed one is let pass."""

    WRONG = [
        ("core/a.hpp", "<corogram/crypto/hash.hpp>"),
        ("core/a.hpp", "<corogram/service/service.hpp>"),
        ("core/a.hpp", "<openssl/evp.h>"),
        ("core/a.hpp", "<thread>"),
        ("core/a.hpp", "<sys/socket.h>"),
        ("core/a.hpp", "<immintrin.h>"),
        ("core/a.hpp", "<boost/asio.hpp>"),
        ("crypto/a.cpp", "<corogram/tl/codec.hpp>"),
        ("crypto/a.cpp", "<zlib.h>"),
        ("tl/a.cpp", "<corogram/crypto/crc32.hpp>"),
        ("tl/a.cpp", "<corogram/service/service.hpp>"),
        ("transport/a.cpp", "<corogram/tl/codec.hpp>"),
        ("transport/a.cpp", "<corogram/mtproto/errc.hpp>"),
        ("transport/a.cpp", "<asio/ip/tcp.hpp>"),
        ("transport/a.cpp", "<corogram/crypto/detail/handles.hpp>"),
        ("transport/a.cpp", "<corogram/crypto/ige_impl.hpp>"),
        ("mtproto/a.cpp", "<corogram/transport/framing.hpp>"),
        ("mtproto/a.cpp", "<corogram/api/help.hpp>"),
        ("mtproto/a.cpp", "<corogram/older_api/older_api.hpp>"),
        ("mtproto/a.cpp", "<random>"),
        ("mtproto/a.cpp", '"../rpc/connection.hpp"'),
        ("mtproto/a.cpp", '"corogram/core/bytes.hpp"'),
        ("mtproto/a.cpp", "SOME_MACRO"),
        ("rpc/a.cpp", "<corogram/testdc/server.hpp>"),
        ("rpc/a.cpp", "<corogram/client/client.hpp>"),
        ("rpc/a.cpp", "<CLI/CLI.hpp>"),
        ("rpc/a.cpp", "<asio.hpp>"),
        ("rpc/a.cpp", "<corogram/generator/emit.hpp>"),
        ("rpc/a.cpp", "<corogram/error.hpp>"),
        ("testdc/a.cpp", "<corogram/client/client.hpp>"),
        ("testdc/a.cpp", "<openssl/rsa.h>"),
        ("client/a.cpp", "<corogram/testdc/server.hpp>"),
        ("conform/a.cpp", "<corogram/tools/run.hpp>"),
        ("conform/a.cpp", "<zlib.h>"),
        ("../../generator/a.cpp", "<corogram/crypto/hash.hpp>"),
        ("../../generator/a.cpp", "<corogram/service/service.hpp>"),
    ]
    RIGHT = [
        ("core/a.hpp", "<vector>"),
        ("crypto/a.cpp", "<openssl/evp.h>"),
        ("crypto/a.cpp", "<immintrin.h>"),
        ("crypto/a.cpp", "<corogram/crypto/detail/handles.hpp>"),
        ("crypto/a.cpp", '"detail/handles.hpp"'),
        ("tl/a.cpp", "<zlib.h>"),
        ("transport/a.cpp", "<corogram/crypto/ctr.hpp>"),
        ("mtproto/a.cpp", "<corogram/service/types/Pong.hpp>"),
        ("rpc/a.cpp", "<corogram/api/help.hpp>"),
        ("rpc/a.cpp", "<asio/ip/tcp.hpp>"),
        ("rpc/a.cpp", "<sys/socket.h>"),
        ("testdc/a.cpp", "<corogram/rpc/connection.hpp>"),
        ("conform/a.cpp", "<corogram/client/client.hpp>"),
        ("tools/a.cpp", "<CLI/CLI.hpp>"),
        ("../../generator/a.cpp", "<fstream>"),
        ("../../generator/a.cpp", "<corogram/tl/schema.hpp>"),
    ]

    def violations(self, files):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "src", "corogram"))
            os.makedirs(os.path.join(root, "generator"))
            for path, text in files.items():
                full = os.path.normpath(os.path.join(root, "src", "corogram", path))
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as file:
                    file.write(text)
            return check_tree(root)[1]

    def test_each_wrong_include_is_found_with_its_file_and_line(self):
        for path, include in self.WRONG:
            with self.subTest(path=path, include=include):
                found = self.violations({path: f"#pragma once\n#include <string>\n#include {include}\n"})
                self.assertEqual(len(found), 1, [str(violation) for violation in found])
                self.assertTrue(found[0].path.endswith(path.replace("../../", "")))
                self.assertEqual(found[0].line, 3)
                self.assertIn(include, str(found[0]))

    def test_each_right_include_is_let_pass(self):
        for path, include in self.RIGHT:
            with self.subTest(path=path, include=include):
                found = self.violations({path: f"#include {include}\n"})
                self.assertEqual([str(violation) for violation in found], [])

    def test_odd_spelling_does_not_hide_an_include(self):
        for line in ["  #include <zlib.h>", "#  include<zlib.h>", "#include <zlib.h>  // why", "/* x */ #include <zlib.h>"]:
            with self.subTest(line=line):
                self.assertEqual(len(self.violations({"core/a.hpp": line + "\n"})), 1)

    def test_an_include_in_a_comment_or_string_does_not_count(self):
        text = '// #include <zlib.h>\n/*\n#include <zlib.h>\n*/\nconst char* a = R"(\n#include <zlib.h>\n)";\n'
        self.assertEqual(self.violations({"core/a.hpp": text}), [])

    def test_a_library_that_the_row_does_not_allow_is_found_in_meson_build(self):
        found = self.violations({"tl/meson.build": "x = library('x',\n  dependencies: [core_dep, crypto_dep, asio_dep])\n"})
        self.assertEqual([(v.line, v.subject) for v in found], [(2, "crypto_dep"), (2, "asio_dep")])

    def test_an_unknown_folder_and_a_stray_file_are_found(self):
        self.assertEqual(len(self.violations({"extra/a.hpp": ""})), 1)
        self.assertEqual(len(self.violations({"a.hpp": ""})), 1)


def self_test(report):
    for test in unittest.defaultTestLoader.loadTestsFromTestCase(PlantedViolations):
        outcome = unittest.TestResult()
        test.run(outcome)
        problems = [text for _, text in outcome.failures + outcome.errors]
        name = test.id().rsplit(".test_", 1)[1].replace("_", " ")
        report.check(name, "\n".join(problems), group="self_test")


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--report", metavar="DIR", help="write DIR/layering.xml (JUnit)")
    options = parser.parse_args(arguments)

    report = Report("layering")
    self_test(report)
    count, violations = check_tree(ROOT)
    for layer in layers.MAY_USE:
        folder = folder_of(layer) + "/"
        found = [str(violation) for violation in violations if violation.path.startswith(folder)]
        if found or os.path.isdir(os.path.join(ROOT, folder)):
            report.check(f"{layer} includes only what it may use", "\n".join(found))
    known = tuple(folder_of(layer) + "/" for layer in layers.MAY_USE)
    strays = [str(violation) for violation in violations if not violation.path.startswith(known)]
    report.check("every source file is in a layer", "\n".join(strays))

    for _, name, _, verdict, text in report.cases:
        if verdict == "failed":
            print(f"FAILED {name}\n{text}")
    print(f"layering: {count} files read: {report.summary()}")
    if options.report:
        report.write(options.report)
    return 1 if report.count("failed") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
