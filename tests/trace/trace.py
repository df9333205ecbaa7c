"""Traces the requirements of spec-notes/ to the code that fulfils them and the tests that prove them.

Reads the tables of spec-notes/, the exceptions there, and the marks in the sources (spec-notes/README.md has their
form), and prints what is implemented, tested, excepted and missing.
"""

import argparse
import json
import os
import signal
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import html_report
import inventory
import marks
import matrix
import references
import text_report
from report import Report

EXAMPLES = """examples:
  ./run trace                        the table of all pages, what is missing, what is excepted
  ./run trace SM SMM                 the same of two pages
  ./run trace --check                is anything wrong with the marks, or lost since the snapshot?
  ./run trace --update               take what is covered now for the snapshot
  ./run trace --json | jq '.rows[] | select(.test == "missing") | .number'
  ./run trace --link 'https://example.org/corogram/{path}#L{line}'

exit codes: 0 all is well; 1 --check found something; 2 a wrong command line"""


def read(root):
    """The coverage of a source tree."""
    found, problems = marks.read_tree(root)
    coverage = matrix.join(inventory.read_inventory(os.path.join(root, "spec-notes")), found, problems)
    paths = [*marks.source_paths(root), *references.notes(root)]
    known_places = {text.split(": ", 1)[0] for text in coverage.problems}
    unknown = references.unknown_numbers(root, paths, coverage.inventory)
    coverage.problems += [text for text in unknown if text.split(": ", 1)[0] not in known_places]
    coverage.problems += references.broken_links(root)
    return coverage


def as_json(coverage, pages, lost, won):
    """What --json prints."""

    def place(mark):
        return {"path": mark.path, "line": mark.line, "kind": mark.kind, "subject": mark.subject, "reason": mark.reason}

    return {
        "pages": [{"prefix": page.prefix, "page": page.name, "later": page.later,
                   **vars(matrix.Counts.of(coverage.of_page(page)))} for page in pages],
        "rows": [{**vars(state.row), "implementation": state.implementation, "test": state.test,
                  "excepted": {what: state.excepted(what) for what in ("implementation", "test") if state.excepted(what)},
                  "marks": [place(mark) for mark in state.marks]} for state in coverage.of_pages(pages)],
        "divergences": {number: [place(mark) for mark in found] for number, found in coverage.divergences.items()},
        "problems": coverage.problems,
        "lost": lost,
        "won": won,
    }


def self_test(report):
    """The unit tests of this program, as checks of the report."""
    import trace_test

    for suite in unittest.defaultTestLoader.loadTestsFromModule(trace_test):
        for test in suite:
            outcome = unittest.TestResult()
            test.run(outcome)
            problems = [text for _, text in outcome.failures + outcome.errors]
            report.check(test.id().rsplit(".test_", 1)[1].replace("_", " "), "\n".join(problems), group="self_test")


def check(coverage, lost, won, directory):
    """Reports what is wrong; True where nothing is."""
    report = Report("trace")
    if directory:
        self_test(report)
    report.check("every mark, exception, mention and link is well-formed and names what exists", "\n".join(coverage.problems))
    advice = ["restore it, or take it for given with ./run trace --update and say why in the commit"] if lost else []
    report.check("nothing that was covered is lost", "\n".join(lost + advice))
    for _, name, _, verdict, text in report.cases:
        if verdict == "failed":
            print(f"FAILED {name}\n{text}")
    if won:
        print(f"note: {not_in_snapshot(won)}")
    counts = matrix.Counts.of(coverage.of_pages(page for page in coverage.inventory.pages if not page.later))
    print(f"trace: {counts.rows} rows, {counts.implemented_percent}% implemented or excepted, "
          f"{counts.tested_percent}% tested: {report.summary()}")
    if directory:
        report.write(directory)
    return not report.count("failed")


def arguments_of(arguments):
    parser = argparse.ArgumentParser(prog="trace", description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="the prefixes to print: AK SM ...; all unless named")
    parser.add_argument("--check", action="store_true",
                        help="fail on an unknown number, a malformed mark, an exception without a reason, to an unknown "
                             "row or beside what it excepts, a link of spec-notes that leads nowhere, and on coverage "
                             "that the snapshot has and the tree has not")
    parser.add_argument("--update", action="store_true", help="rewrite the snapshot, spec-notes/coverage.json")
    parser.add_argument("--json", action="store_true", help="everything as one JSON object")
    parser.add_argument("--html", metavar="FILE", help="write a page of all rows with links to code and tests")
    parser.add_argument("--link", metavar="TEMPLATE", help="what the page links a place with: {path} and {line} are put in")
    parser.add_argument("--report", metavar="DIR", help="with --check: run the tests of this program too, and write DIR/trace.xml (JUnit)")
    parser.add_argument("--root", metavar="DIR", default=ROOT, help="the source tree, this one unless named")
    return parser, parser.parse_args(arguments)


def main(arguments):
    parser, options = arguments_of(arguments)
    coverage = read(options.root)
    known = {page.prefix: page for page in coverage.inventory.pages}
    unknown = [prefix for prefix in options.pages if prefix not in known]
    if unknown:
        parser.error(f"there is no page {', '.join(unknown)}; there are {', '.join(filter(None, known))}")
    pages = [page for page in coverage.inventory.pages if not options.pages or page.prefix in options.pages]

    path = os.path.join(options.root, "spec-notes", "coverage.json")
    snapshot = inventory.read_snapshot(path)
    lost, won = list(matrix.losses(coverage, snapshot)), list(matrix.gains(coverage, snapshot))
    if options.update:
        inventory.write_snapshot(path, coverage.snapshot())
        for line in [f"given up: {text}" for text in lost] + [f"won: {text}" for text in won]:
            print(line, file=sys.stderr)
        lost, won = [], []
    if options.html:
        html_report.write(options.html, options.root, coverage, options.link)
    if options.check:
        return 0 if check(coverage, lost, won, options.report) else 1
    if options.json:
        print(json.dumps(as_json(coverage, pages, lost, won), indent=1, ensure_ascii=False))
        return 0
    print_text(coverage, pages, lost, won, options.html)
    return 0


def not_in_snapshot(won):
    """What was won since the snapshot, in one line."""
    numbers = list(dict.fromkeys(text.split()[0] for text in won))
    verb = "row is" if len(numbers) == 1 else "rows are"
    listed = ", ".join(numbers[:12]) + ", ..." * (len(numbers) > 12)
    return f"{len(numbers)} {verb} not yet in the snapshot with what they have now (./run trace --update): {listed}"


def print_text(coverage, pages, lost, won, page):
    paint = text_report.Painter(sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    for line in text_report.table(coverage, pages, paint):
        print(line)
    for line in text_report.missing_rows(coverage, pages, paint):
        print(line)
    for line in text_report.excepted_rows(coverage, pages, paint):
        print(line)
    print(f"\n{text_report.divergence_line(coverage)}")
    for text in coverage.problems:
        print(f"{paint('bad', 'wrong:')} {text}")
    for text in lost:
        print(f"{paint('bad', 'lost:')} {text}")
    if won:
        print(not_in_snapshot(won))
    if page:
        print(f"page: {page}")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `trace | head` ends in silence
    sys.exit(main(sys.argv[1:]))
