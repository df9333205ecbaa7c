"""Tests of the trace: planted errors are found at their place, and what is right passes."""

import contextlib
import importlib.util
import io
import json
import os
import tempfile
import unittest
from html.parser import HTMLParser

import html_report
import inventory
import marks
import matrix
import references

HERE = os.path.dirname(os.path.abspath(__file__))
# By its path, because the standard library has a module `trace` too.
SPECIFICATION = importlib.util.spec_from_file_location("trace_program", os.path.join(HERE, "trace.py"))
program = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(program)

C, PYTHON = "//" + "=", "#" + "="  # in two pieces, so that no line of this file is taken for a mark

TABLE = f"""# Keys

Specification: <https://example.org/keys>

## Requirements

{inventory.HEADER}
|---|---|---|---|---|
| KEY-01 | both | MUST | The key is 256 bytes, see [`keys`](../tests/core/data/keys.txt). | Unit. |
| KEY-02 | client | SHOULD | `a` < b. | Harness. |
| KEY-03 | server | MAY | A third thing. | Never. |

## In the code
"""
EXCEPTIONS = f"# Exceptions\n\n{inventory.EXCEPTIONS_HEADER}\n|---|---|---|\n"


def tree(files):
    """A source tree in a folder of its own; {path: text}. spec-notes/keys.md and what it links to are there already."""
    folder = tempfile.TemporaryDirectory()
    for path, text in {"spec-notes/keys.md": TABLE, "tests/core/data/keys.txt": "", **files}.items():
        full = os.path.join(folder.name, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)
    return folder


def coverage_of(files):
    with tree(files) as root:
        found, problems = marks.read_tree(root)
        return matrix.join(inventory.read_inventory(os.path.join(root, "spec-notes")), found, problems)


class Pages(unittest.TestCase):
    def test_a_page_is_read_with_its_rows(self):
        page, problems = inventory.read_page("keys.md", TABLE)
        self.assertEqual(problems, [])
        self.assertEqual((page.prefix, page.title, page.later), ("KEY", "Keys", False))
        self.assertEqual([row.number for row in page.rows], ["KEY-01", "KEY-02", "KEY-03"])
        self.assertEqual((page.rows[1].role, page.rows[1].level, page.rows[1].requirement), ("client", "SHOULD", "`a` < b."))

    def test_a_table_of_another_section_is_not_read(self):
        page, problems = inventory.read_page("keys.md", TABLE + "\n| a | b |\n|---|---|\n| KEY-04 | x |\n")
        self.assertEqual((len(page.rows), problems), (3, []))

    def test_a_wrong_row_is_found_at_its_line(self):
        for right, wrong, says in [
            ("KEY-02", "KEY-03", "KEY-03 stands where KEY-02 is due"),
            ("KEY-02", "LOCK-02", "LOCK-02 stands where KEY-02 is due"),
            ("KEY-02", "KEY2", "no number"),
            ("client", "clients", "the role is one of"),
            ("SHOULD", "should", "the level is one of"),
            ("| Harness. ", "", "five cells"),
            ("Harness.", "", "five cells"),
        ]:
            with self.subTest(wrong=wrong):
                _, problems = inventory.read_page("keys.md", TABLE.replace(right, wrong, 1))
                self.assertTrue(problems[0].startswith("spec-notes/keys.md:10: "), problems)
                self.assertIn(says, problems[0])

    def test_a_page_without_rows_and_a_prefix_used_twice_are_found(self):
        self.assertIn("no requirements", coverage_of({"spec-notes/empty.md": "# Empty\n"}).problems[0])
        self.assertIn("the prefix KEY belongs to", coverage_of({"spec-notes/more.md": TABLE}).problems[0])

    def test_pages_stand_in_the_order_of_the_readme(self):
        other = TABLE.replace("KEY-", "ABC-")
        readme = "| [keys.md](keys.md) | KEY |\n| [abc.md](abc.md) | ABC |\n"
        pages = coverage_of({"spec-notes/abc.md": other, "spec-notes/README.md": readme}).inventory.pages
        self.assertEqual([page.name for page in pages], ["keys.md", "abc.md"])


class Marks(unittest.TestCase):
    def read(self, text, path="src/corogram/core/a.cpp"):
        return marks.read_marks(path, text)

    def test_each_form_is_read(self):
        text = f"{C} KEY-01\n  {C} KEY-02 exception: a reason\n{C} KEY-03 todo: later\nint a();\n"
        found, problems = self.read(text)
        self.assertEqual(problems, [])
        self.assertEqual([(mark.number, mark.kind, mark.reason, mark.line) for mark in found], [
            ("KEY-01", "implementation", "", 1),
            ("KEY-02", "exception", "a reason", 2),
            ("KEY-03", "todo", "later", 3),
        ])
        self.assertEqual({mark.subject for mark in found}, {"int a();"})

    def test_a_test_is_known_by_its_name(self):
        for path, sign, text in [
            ("tests/core/a_test.cpp", C, "// why\nTEST(keys, have_256_bytes) {"),
            ("tests/core/a_test.cpp", C, "TEST_P(keys,\n       have_256_bytes) {"),
            ("tests/core/a_test.py", PYTHON, "def test_keys():"),
        ]:
            with self.subTest(text=text):
                found, problems = self.read(f"{sign} KEY-01 test\n{text}\n", path)
                self.assertEqual(problems, [])
                self.assertEqual((found[0].kind, found[0].subject.replace("test_keys", "keys.have_256_bytes")),
                                 ("test", "keys.have_256_bytes"))

    def test_a_mark_inside_a_test_belongs_to_it(self):
        path = "tests/core/a_test.cpp"
        text = f"TEST(keys, have_256_bytes) {{\n  a();\n  {C} KEY-01 test\n  b();\n}}\n"
        self.assertEqual(self.read(text, path)[0][0].subject, "keys.have_256_bytes")
        self.assertEqual(self.read(f"TEST(keys, b) {{\n}}\nvoid c() {{\n  {C} KEY-01 test\n  d();\n}}\n", path)[0][0].subject, "d();")

    def test_the_sign_follows_the_language(self):
        for path, sign in [("src/a.hpp", C), ("schema/a.tl", C), ("src/meson.build", PYTHON), ("run", PYTHON), ("src/a.py", PYTHON)]:
            with self.subTest(path=path):
                self.assertEqual(len(self.read(f"{sign} KEY-01\nx = 1\n", path)[0]), 1)

    def test_a_malformed_mark_is_found_at_its_line(self):
        for line in [
            f"{C}", f"{C} ", f"{C}KEY-01", f"{C}  KEY-01", f"{C} KEY-1", f"{C} key-01", f"{C} KEY-01 tests", f"{C} KEY-01, KEY-02",
            f"{C} KEY-01 KEY-02", f"{C} KEY-01 exception", f"{C} KEY-01 exception: ", f"{C} KEY-01 exception reason",
            f"{C} KEY-01 todo:", f"{C} KEY-01: a remark", f"int b;  {C} KEY-01", f"{PYTHON} KEY-01", "// KEY-01 test",
            "// = KEY-01", "// KEY-01 exception: a reason",
        ]:
            with self.subTest(line=line):
                found, problems = self.read(f"int a;\n{line}\nint c;\n")
                self.assertEqual(found, [])
                self.assertEqual(len(problems), 1, problems)
                self.assertTrue(problems[0].startswith("src/corogram/core/a.cpp:2: "), problems)

    def test_what_is_no_mark_passes(self):
        text = "// KEY-01: the key\n// as KEY-01\n// KEY-01\n/// KEY-01\n// ==== keys ====\nx /= 2; // KEY-01, halved\n"
        self.assertEqual(self.read(text), ([], []))
        self.assertEqual(self.read(f'a = "{C} KEY-01"\n', "tests/a.py"), ([], []))  # a text of another language
        self.assertEqual(self.read("#====\n#### KEY-01\nx //= 2\n", "src/a.py"), ([], []))

    def test_a_mark_above_nothing_is_found(self):
        for text in [f"{C} KEY-01\n\nint a;\n", f"{C} KEY-01\n// and so on\n", f"{C} KEY-01"]:
            with self.subTest(text=text):
                found, problems = self.read(text)
                self.assertEqual((found, len(problems)), ([], 1))
                self.assertIn("nothing stands below", problems[0])

    def test_tests_stand_among_the_tests_and_nothing_else_does(self):
        self.assertIn("a test stands in", self.read(f"{C} KEY-01 test\nint a;\n")[1][0])
        for path in ["tests/core/a.cpp", "fuzz/a.cpp", "bench/a.cpp"]:
            with self.subTest(path=path):
                self.assertIn("is a test", self.read(f"{C} KEY-01\nint a;\n", path)[1][0])
                self.assertEqual(self.read(f"{C} KEY-01 test\nint a;\n", path)[1], [])

    def test_every_folder_is_searched_and_build_folders_are_not(self):
        files = {path: "" for path in ["run", "meson.build", "src/a/b.cpp", "tests/a.py", "schema/a.tl", "fuzz/a.cpp", "bench/a.cpp"]}
        others = {path: "" for path in ["build/a.cpp", "tests/node_modules/a.mjs", "README.md", "tests/a.txt", "src/a.md"]}
        with tree({**files, **others}) as root:
            self.assertEqual(marks.source_paths(root), sorted(files))


class Judgement(unittest.TestCase):
    def test_a_row_is_what_its_marks_and_exceptions_say(self):
        coverage = coverage_of({
            "src/a.cpp": f"{C} KEY-01\nint a;\n{C} KEY-02 todo: later\nint b;\n",
            "tests/a.cpp": f"{C} KEY-02 test\nint a;\n",
            "spec-notes/exceptions.md": EXCEPTIONS + "| KEY-01 | test | It is a fact. |\n| KEY-03 | implementation | Nobody uses it. |\n",
        })
        self.assertEqual(coverage.problems, [])
        self.assertEqual(coverage.snapshot(), {
            "KEY-01": "implemented, excepted", "KEY-02": "missing, tested", "KEY-03": "excepted, excepted"})
        counts = matrix.Counts.of(coverage.states.values())
        self.assertEqual(counts, matrix.Counts(rows=3, implemented=1, excepted=1, tested=1, untestable=2, missing=1))
        self.assertEqual((counts.implemented_percent, counts.tested_percent), (66, 100))

    def test_an_exception_in_the_code_counts_as_one(self):
        coverage = coverage_of({"src/a.cpp": f"{C} KEY-03 exception: nobody uses it\nint a;\n"})
        self.assertEqual((coverage.problems, str(coverage.states["KEY-03"])), ([], "excepted, excepted"))

    def test_an_unknown_number_is_found(self):
        for files in [
            {"src/a.cpp": f"int b;\n{C} KEY-04\nint a;\n"},
            {"src/a.cpp": f"int b;\n{C} LOCK-01\nint a;\n"},
            {"tests/a.py": f"b = 1\n{PYTHON} KEY-04 test\na = 1\n"},
        ]:
            with self.subTest(files=files):
                problems = coverage_of(files).problems
                self.assertEqual(len(problems), 1)
                self.assertRegex(problems[0], r"^\w+/a\.\w+:2: there is no requirement (KEY-04|LOCK-01)")

    def test_a_divergence_may_be_cited_and_is_no_row(self):
        files = {"src/a.cpp": f"{C} DIV-01\nint a;\n", "spec-notes/divergences.md": "# Divergences\n\n### DIV-01\n\nText.\n"}
        coverage = coverage_of(files)
        self.assertEqual((coverage.problems, len(coverage.states)), ([], 3))
        self.assertEqual(len(coverage.divergences["DIV-01"]), 1)

    def test_a_wrong_exception_is_found(self):
        for line, says in [
            ("| KEY-02 | implementation |  |", "needs a reason"),
            ("| KEY-02 | both | a reason |", "'implementation' or 'test'"),
            ("| KEY-02 | test |", "three cells"),
            ("| KEY-04 | test | a reason |", "there is no requirement KEY-04"),
            ("| KEY-02 | test | a reason |\n| KEY-02 | test | another |", "excepted twice"),
        ]:
            with self.subTest(line=line):
                problems = coverage_of({"spec-notes/exceptions.md": EXCEPTIONS + line + "\n"}).problems
                self.assertEqual(len(problems), 1, problems)
                self.assertIn(says, problems[0])

    def test_an_exception_beside_what_it_excepts_is_found(self):
        source = {"src/a.cpp": f"{C} KEY-02\nint a;\n", "tests/a.cpp": f"{C} KEY-02 test\nint a;\n"}
        for what, met in [("implementation", "implemented"), ("test", "tested")]:
            with self.subTest(what=what):
                problems = coverage_of({**source, "spec-notes/exceptions.md": EXCEPTIONS + f"| KEY-02 | {what} | a reason |\n"}).problems
                self.assertEqual(len(problems), 1, problems)
                self.assertIn(f"KEY-02 is excepted and {met} as well", problems[0])
        both = coverage_of({"src/a.cpp": f"{C} KEY-02\n{C} KEY-02 exception: a reason\nint a;\n"})
        self.assertIn("KEY-02 is excepted and implemented as well", both.problems[0])


class References(unittest.TestCase):
    def problems(self, files):
        with tree(files) as root:
            return program.read(root).problems

    def test_a_mention_of_an_unknown_number_is_found(self):
        for path in ["src/a.cpp", "tests/a.py", "spec-notes/README.md", "README.md"]:
            with self.subTest(path=path):
                self.assertEqual(self.problems({path: "one\n// as KEY-04 and (KEY-03) say\n"}), [f"{path}:2: there is no KEY-04"])
                self.assertEqual(self.problems({path: "// HOKEY-04, KEY-4, X-KEY-04, KEY-02..03\n"}), [])

    def test_an_unknown_number_is_told_once(self):
        self.assertEqual(len(self.problems({"src/a.cpp": f"{C} KEY-04\nint a;\n"})), 1)

    def test_a_link_that_leads_nowhere_is_found(self):
        page = "# Notes\n\n## In the code\n\n"
        for link, says in [
            ("none.md", "none.md does not exist"),
            ("../src/none.cpp", "../src/none.cpp does not exist"),
            ("keys.md#wire", "keys.md has no heading #wire"),
            ("#wire", "spec-notes/README.md has no heading #wire"),
        ]:
            with self.subTest(link=link):
                self.assertEqual(self.problems({"spec-notes/README.md": f"{page}See [it]({link}).\n"}), [f"spec-notes/README.md:5: {says}"])
        for link in ["keys.md", "keys.md#in-the-code", "#in-the-code", "../tests/core/data/keys.txt", "https://example.org/none"]:
            with self.subTest(link=link):
                self.assertEqual(self.problems({"spec-notes/README.md": f"{page}See [it]({link}).\n"}), [])

    def test_headings_have_the_anchors_of_the_usual_readers(self):
        self.assertEqual(list(references.anchors_of("# On the wire\ntext\n### DIV-07\n## What, and why?\n")),
                         ["on-the-wire", "div-07", "what-and-why"])


class Snapshot(unittest.TestCase):
    def changes(self, before, now):
        coverage = coverage_of(now)
        return list(matrix.losses(coverage, before)), list(matrix.gains(coverage, before))

    def test_what_was_covered_and_is_no_more_is_lost(self):
        implemented = {"src/a.cpp": f"{C} KEY-01\nint a;\n"}
        tested = {"tests/a.cpp": f"{C} KEY-01 test\nint a;\n"}
        full = {"KEY-01": "implemented, tested"}
        self.assertEqual(self.changes(full, {**implemented, **tested}), ([], []))
        self.assertEqual(self.changes(full, implemented), (["KEY-01 was tested, now it is not"], []))
        self.assertEqual(self.changes(full, tested), (["KEY-01 was implemented, now it is not"], []))

    def test_an_exception_for_what_was_there_is_a_loss_too(self):
        now = {"src/a.cpp": f"{C} KEY-03 exception: dropped\nint a;\n"}
        self.assertEqual(self.changes({"KEY-03": "implemented, missing"}, now)[0], ["KEY-03 was implemented, now it is excepted"])
        self.assertEqual(self.changes({"KEY-03": "excepted, excepted"}, {})[0], ["KEY-03 was excepted, now it is not"] * 2)

    def test_a_row_that_is_no_more_is_lost(self):
        self.assertEqual(self.changes({"KEY-04": "missing, missing"}, {})[0], ["KEY-04 is in the snapshot and no more in spec-notes/"])

    def test_what_is_new_is_a_gain(self):
        now = {"src/a.cpp": f"{C} KEY-01\nint a;\n"}
        for before in [{}, {"KEY-01": "missing, missing"}, {"KEY-01": "excepted, missing"}]:
            with self.subTest(before=before):
                self.assertEqual(self.changes(before, now), ([], ["KEY-01 is implemented now"]))

    def test_it_is_written_a_line_a_row_and_read_again(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "coverage.json")
            states = {"KEY-01": "implemented, tested", "KEY-02": "missing, missing"}
            inventory.write_snapshot(path, states)
            self.assertEqual(inventory.read_snapshot(path), states)
            with open(path, encoding="utf-8") as file:
                self.assertEqual(file.read(), '{\n  "KEY-01": "implemented, tested",\n  "KEY-02": "missing, missing"\n}\n')
            self.assertEqual(inventory.read_snapshot(os.path.join(folder, "none.json")), {})


class Program(unittest.TestCase):
    SOURCE = {"src/a.cpp": f"{C} KEY-01\nint a;\n", "tests/a.cpp": f"{C} KEY-01 test\nTEST(keys, are_long) {{}}\n"}

    def run_in(self, root, *arguments):
        """(exit code, standard output, standard error) of the program."""
        output, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            try:
                code = program.main(["--root", root, *arguments])
            except SystemExit as exit_:
                code = exit_.code
        return code, output.getvalue(), errors.getvalue()

    def test_check_fails_on_a_loss_until_the_snapshot_is_updated(self):
        with tree(self.SOURCE) as root:
            self.assertEqual(self.run_in(root, "--update")[0], 0)
            self.assertEqual(self.run_in(root, "--check")[0], 0)
            os.remove(os.path.join(root, "tests", "a.cpp"))
            code, output, _ = self.run_in(root, "--check")
            self.assertEqual(code, 1)
            self.assertIn("KEY-01 was tested, now it is not", output)
            self.assertIn("given up: KEY-01", self.run_in(root, "--update")[2])
            self.assertEqual(self.run_in(root, "--check")[0], 0)

    def test_check_tells_of_a_gain_and_does_not_fail(self):
        with tree(self.SOURCE) as root:
            code, output, _ = self.run_in(root, "--check")
            self.assertEqual(code, 0)
            self.assertIn("note: 1 row is not yet in the snapshot", output)

    def test_check_fails_on_a_wrong_mark(self):
        with tree({"src/a.cpp": f"{C} KEY-09\nint a;\n{C} KEY-01 exception:\nint b;\n"}) as root:
            code, output, _ = self.run_in(root, "--check")
            self.assertEqual(code, 1)
            self.assertIn("src/a.cpp:1: there is no requirement KEY-09", output)
            self.assertIn("src/a.cpp:3: KEY-01: 'exception' needs a reason", output)

    def test_the_report_names_what_is_missing_without_colours(self):
        with tree(self.SOURCE) as root:
            self.run_in(root, "--update")
            code, output, _ = self.run_in(root)
            self.assertEqual(code, 0)
            self.assertRegex(output, r"KEY   keys +3 +1 +0 +1 +0 +2 +33% +33%")
            self.assertRegex(output, r"KEY-02 +client SHOULD implementation and test `a` < b\.")
            self.assertNotIn("KEY-01", output)
            self.assertNotIn("\033", output)

    def test_json_has_every_row_with_its_places(self):
        with tree(self.SOURCE) as root:
            rows = json.loads(self.run_in(root, "--json")[1])["rows"]
            self.assertEqual([(row["number"], row["implementation"], row["test"]) for row in rows], [
                ("KEY-01", "implemented", "tested"), ("KEY-02", "missing", "missing"), ("KEY-03", "missing", "missing")])
            self.assertEqual([(mark["path"], mark["line"], mark["subject"]) for mark in rows[0]["marks"]],
                             [("src/a.cpp", 1, "int a;"), ("tests/a.cpp", 1, "keys.are_long")])

    def test_an_unknown_page_is_a_wrong_command_line(self):
        with tree(self.SOURCE) as root:
            self.assertEqual(self.run_in(root, "LOCK")[0], 2)
            self.assertEqual(self.run_in(root, "KEY")[0], 0)


class Balance(HTMLParser):
    """Which elements are open, and where links lead."""

    VOID = ("meta", "br", "input")

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.links = [], [], []

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)
        self.links += [value for name, value in attributes if name == "href"]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append((tag, self.getpos()))


class Html(unittest.TestCase):
    def page(self, template=None):
        coverage = coverage_of({
            **Program.SOURCE, "spec-notes/exceptions.md": EXCEPTIONS + "| KEY-03 | implementation | A <reason>. |\n"})
        with tempfile.TemporaryDirectory() as root:
            target = os.path.join(root, "build", "trace", "index.html")
            html_report.write(target, root, coverage, template)
            with open(target, encoding="utf-8") as file:
                text = file.read()
        parser = Balance()
        parser.feed(text)
        self.assertEqual((parser.open, parser.wrong), ([], []))
        return text, parser.links

    def test_each_row_links_to_its_code_and_its_tests(self):
        text, links = self.page()
        for link in ["../../src/a.cpp#L1", "../../tests/a.cpp#L1", "../../tests/core/data/keys.txt#L1", "../../spec-notes/keys.md#L1"]:
            self.assertIn(link, links)
        self.assertIn("keys.are_long", text)

    def test_text_of_the_tables_is_escaped(self):
        text, _ = self.page()
        self.assertIn("<code>a</code> &lt; b.", text)
        self.assertIn("A &lt;reason&gt;.", text)

    def test_links_follow_the_template(self):
        self.assertIn("https://example.org/src/a.cpp?line=1", self.page("https://example.org/{path}?line={line}")[1])

    def test_it_needs_no_other_file(self):
        text, _ = self.page()
        self.assertNotRegex(text, r"<link|src=|@import|url\(")
