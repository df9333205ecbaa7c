"""Finds the citations of requirements in sources: the marks that spec-notes/README.md describes."""

import os
import re
from dataclasses import dataclass

from inventory import NUMBER

FOLDERS = (".ci", "bench", "examples", "fuzz", "generator", "schema", "src", "tests")
FILES = ("meson.build", "run")
SKIPPED = ("__pycache__", "node_modules", "subprojects")
SLASHES = (".cpp", ".go", ".hpp", ".mjs", ".tl")
HASHES = (".py", ".sh", "meson.build", "meson_options.txt", "/run")
# Where a test may stand, and where nothing else may.
TESTS = ("bench/", "fuzz/", "tests/")

FORM = re.compile(rf"({NUMBER})(?: (test)| (exception|todo):(.*))?")
# Marks with the sign of the other languages, with blanks inside the sign, or without its second half.
NEARLY = re.compile(rf"(?://|#)\s*(?:=\s*{NUMBER}\b.*|{NUMBER} (?:test|(?:exception|todo):.*))")
INLINE = {sign: re.compile(rf"{sign}\s*{NUMBER}") for sign in ("//=", "#=")}
TEST_NAME = re.compile(r"TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)|def (test_\w+)")
HOW = "the forms are: '= AK-07', '= AK-07 test', '= AK-07 exception: reason', '= AK-07 todo: reason', after // or #"


@dataclass(frozen=True)
class Mark:
    """One citation; `subject` is the line that it stands above, or the name of the test there."""

    number: str
    kind: str  # implementation, test, exception or todo
    reason: str
    path: str
    line: int
    subject: str


def sign_of(path):
    """What a mark begins with in this file, or None where none is looked for."""
    if path.endswith(SLASHES):
        return "//="
    if path.endswith(HASHES) or path == "run":
        return "#="
    return None


def source_paths(root):
    """Every file that may hold marks, relative to the root, sorted."""
    found = [name for name in FILES if os.path.exists(os.path.join(root, name))]
    for folder in FOLDERS:
        for directory, subfolders, names in os.walk(os.path.join(root, folder)):
            subfolders[:] = [name for name in subfolders if name not in SKIPPED]
            found += [os.path.relpath(os.path.join(directory, name), root) for name in names]
    return sorted(path for path in found if sign_of(path))


def test_at(lines, index):
    """The name of the test that begins at a line, or None. A long name goes on in the next line."""
    test = TEST_NAME.match(" ".join(line.strip() for line in lines[index : index + 2]))
    return test and (test.group(3) or f"{test.group(1)}.{test.group(2)}")


def test_around(lines, index):
    """The name of the test that a line belongs to, or None."""
    for at in range(index, -1, -1):
        if lines[at].startswith("}"):
            return None
        if test_at(lines, at):
            return test_at(lines, at)
    return None


def subject_below(lines, index, kind):
    """What a mark stands above: a test by its name, anything else by its line; empty where there is nothing."""
    for at in range(index + 1, len(lines)):
        line = lines[at].strip()
        if not line:
            return ""
        if not line.startswith(("//", "#")) or line.startswith(("#include", "#define", "#if")):
            return test_at(lines, at) or (kind == "test" and test_around(lines, at)) or line
    return ""


def read_marks(path, text):
    """(marks, problems) of one file."""
    sign, marks, problems, lines = sign_of(path), [], [], text.splitlines()
    for index, line in enumerate(lines):
        stripped = line.strip()
        problem = None
        if stripped.startswith(sign) and not stripped.startswith("#=="):
            form = FORM.fullmatch(stripped[len(sign) :].removeprefix(" "))
            if not form or stripped[len(sign)] != " ":
                problem = f"malformed mark '{stripped[:60]}': {HOW}"
            else:
                number, test, other, reason = form.groups()
                kind = test or other or "implementation"
                subject = subject_below(lines, index, kind)
                mark = Mark(number, kind, (reason or "").strip(), path, index + 1, subject)
                problem = mark_problem(mark)
                if not problem:
                    marks.append(mark)
        elif NEARLY.fullmatch(stripped):
            problem = f"'{stripped[:60]}' is nearly a mark: here it begins with '{sign} '"
        elif INLINE[sign].search(line):
            problem = "a mark stands on a line of its own, above what it speaks of"
        if problem:
            problems.append(f"{path}:{index + 1}: {problem}")
    return marks, problems


def mark_problem(mark):
    """What is wrong with a well-formed mark where it stands, or None."""
    if mark.kind in ("exception", "todo") and not mark.reason:
        return f"{mark.number}: '{mark.kind}' needs a reason"
    if not mark.subject:
        return f"{mark.number}: nothing stands below this mark"
    if mark.kind == "test" and not mark.path.startswith(TESTS):
        return f"{mark.number}: a test stands in one of {', '.join(TESTS)}"
    if mark.kind == "implementation" and mark.path.startswith(TESTS):
        return f"{mark.number}: what stands in {mark.path.split('/')[0]}/ is a test; write '{mark.number} test'"
    return None


def read_tree(root):
    """(marks, problems) of a source tree."""
    marks, problems = [], []
    for path in source_paths(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            found, wrong = read_marks(path, file.read())
        marks += found
        problems += wrong
    return marks, problems
