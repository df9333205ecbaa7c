"""Test reports: collect named checks, print them, write them as JUnit XML, and add up such files.

As a program: `report.py total DIR NAME...` adds up DIR/NAME.xml and closes with `N passed, N failed`.
A report that is missing counts as one failure, so that a step that died early cannot pass unseen.
"""

import os
import re
import sys
import xml.etree.ElementTree as ElementTree

TAIL_LINES = 60


class Report:
    """One suite of checks; `write` puts it where `total` finds it."""

    def __init__(self, suite):
        self.suite = suite
        self.cases = []  # (class name, name, seconds, verdict, text)

    def passed(self, name, seconds=0.0, group=""):
        self.cases.append((group, name, seconds, "passed", ""))

    def failed(self, name, text, seconds=0.0, group=""):
        self.cases.append((group, name, seconds, "failed", text))

    def skipped(self, name, reason, seconds=0.0, group=""):
        self.cases.append((group, name, seconds, "skipped", reason))

    def check(self, name, problem, seconds=0.0, group=""):
        """Records a pass where `problem` is empty, else a failure with that text."""
        if problem:
            self.failed(name, problem, seconds, group)
        else:
            self.passed(name, seconds, group)

    def count(self, verdict):
        return sum(1 for case in self.cases if case[3] == verdict)

    def summary(self):
        text = f"{self.count('passed')} passed, {self.count('failed')} failed"
        if self.count("skipped"):
            text += f", {self.count('skipped')} skipped"
        return text

    def write(self, directory):
        """Writes DIRECTORY/SUITE.xml and returns its path."""
        root = ElementTree.Element(
            "testsuite",
            name=self.suite,
            tests=str(len(self.cases)),
            failures=str(self.count("failed")),
            skipped=str(self.count("skipped")),
        )
        for group, name, seconds, verdict, text in self.cases:
            case = ElementTree.SubElement(
                root,
                "testcase",
                classname=printable(f"{self.suite}.{group}" if group else self.suite),
                name=printable(name),
                time=f"{seconds:.3f}",
            )
            if verdict == "failed":
                failure = ElementTree.SubElement(case, "failure", message=first_line(text))
                failure.text = printable(text)
            elif verdict == "skipped":
                ElementTree.SubElement(case, "skipped", message=first_line(text))
        os.makedirs(directory, exist_ok=True)
        path = os.path.join(directory, f"{self.suite}.xml")
        ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
        return path


def printable(text):
    """The text without the control characters that XML cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)


def first_line(text):
    lines = printable(text).strip().splitlines()
    return lines[0][:200] if lines else ""


def tail(text, lines=TAIL_LINES):
    """The last lines of a long output, with a note on what is left out."""
    kept = text.rstrip().splitlines()
    if len(kept) > lines:
        kept = [f"... {len(kept) - lines} lines left out"] + kept[-lines:]
    return "\n".join(kept)


def indented(text, width=4):
    return "\n".join(" " * width + line for line in text.splitlines())


def add_up(paths):
    """The (passed, failed, skipped) counts of JUnit files; an unreadable one counts as one failure."""
    passed = failed = skipped = 0
    for path in paths:
        try:
            cases = list(ElementTree.parse(path).iter("testcase"))
        except (OSError, ElementTree.ParseError) as error:
            print(f"no report: {os.path.basename(path)}: {error}")
            failed += 1
            continue
        for case in cases:
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            elif case.find("skipped") is not None:
                skipped += 1
            else:
                passed += 1
    return passed, failed, skipped


def main(arguments):
    if len(arguments) < 3 or arguments[0] != "total":
        print("usage: report.py total DIR NAME...", file=sys.stderr)
        return 2
    directory, names = arguments[1], arguments[2:]
    passed, failed, skipped = add_up([os.path.join(directory, f"{name}.xml") for name in names])
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
