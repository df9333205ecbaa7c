"""Tests of what bench/ makes of measurements: tables, charts and the verdict over the bars."""

import contextlib
import io
import os
import re
import sys
import unittest
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "bench"))
import bars
import bench
import chart
import results
import table

HEADER = "\t".join(bars.COLUMNS)


def entries(name, median, best=None, label="gcc 12", place=0, **more):
    """What Google Benchmark writes of a row of 1 cycle a nanosecond; the figures are in cycles per byte or cycles."""
    size = re.search(r"/(\d+)$", name)
    unit = "cycles_per_byte" if size else "cycles"
    of_size = int(size[1]) if size else 1
    made = []
    for aggregate, value in [("median", median), ("best", median if best is None else best)]:
        values = {unit: value, "real_time": value * of_size, "clock_ghz": 1.0, "family_index": place, **more}
        if size:
            values["bytes_per_second"] = 1e9 / value
        made.append({"name": f"{name}_{aggregate}", "run_name": name, "label": label, "aggregate_name": aggregate, **values})
    return made


def rows(*of):
    return results.rows_of([entry for several in of for entry in several])


def judged(line, *of):
    """The outcome of a bar, `line` without the reason and what is forced."""
    bar = bars.parse(f"{HEADER}\n{line}\twhy\t")[0]
    return bar, bars.judge(bar, {row.name: row for row in rows(*of)})


class Rows(unittest.TestCase):
    def test_a_name_is_taken_apart(self):
        for name, operation, kernel, size in [
            ("ige/encrypt/aesni/16384", "ige/encrypt", "aesni", 16384),
            ("kdf/derive_v2/shani", "kdf/derive_v2", "shani", 0),
        ]:
            row = results.Row(name)
            self.assertEqual((row.operation, row.kernel, row.bytes), (operation, kernel, size))

    def test_repetitions_alone_make_no_row(self):
        self.assertEqual(results.rows_of([{"name": "ige/encrypt/aesni/16", "cycles_per_byte": 4.0}]), [])

    def test_a_wrong_result_is_a_row_with_an_error(self):
        failed = {"name": "ige/encrypt/aesni/16", "error_occurred": True, "error_message": "the result differs at byte 3"}
        self.assertEqual(results.rows_of([failed])[0].error, "the result differs at byte 3")

    def test_the_order_is_that_of_the_program_whatever_came_first(self):
        mixed = rows(
            entries("b/x/late/16", 1, place=3), entries("b/x/early/64", 1, place=2), entries("b/x/early/16", 1, place=1), entries("a/x/k/16", 1, place=9))
        self.assertEqual([row.name for row in results.in_order(mixed)], ["b/x/early/16", "b/x/early/64", "b/x/late/16", "a/x/k/16"])

    def test_the_best_is_compared_with_the_best_of_the_same_size(self):
        fast, other, _ = all_rows = rows(
            entries("a/x/fast/16", 5, 2), entries("a/x/openssl/16", 7, 6), entries("a/x/openssl/64", 100))
        self.assertEqual(results.compared(fast, all_rows, ["openssl"]), 3)
        self.assertIsNone(results.compared(other, all_rows, ["openssl"]))
        self.assertIsNone(results.compared(fast, all_rows, ["reference"]))

    def test_several_messages_are_compared_with_one(self):
        for operation in ["open_batch", "open_batch_as_allocated", "open_queue", "open_lots"]:
            several, *others = rows(entries(f"m/{operation}/x3/16", 2), entries("m/open/openssl/16", 8))
            self.assertEqual(results.compared(several, [several, *others], ["openssl"]), 4)

    def test_repetitions_of_a_peer_are_summed_up_as_our_own(self):
        def run(time, best):
            figures = {"real_time": time, "cpu_time": time, "best_ns": best, "bytes": 10.0}
            speeds = {"bytes_per_second": 1e10 / time, "cycles_per_byte": time / 10, "best_cycles_per_byte": best / 10}
            return {"name": "a/x/peer/10", "run_name": "a/x/peer/10", **figures, **speeds}

        made = results.aggregated([run(30.0, 25.0), run(50.0, 20.0), run(40.0, 35.0)])
        (row,) = results.rows_of(made)
        self.assertEqual((len(made), row.cycles, row.best_cycles), (5, 4.0, 2.0))
        self.assertEqual((row.median["real_time"], row.best["real_time"], row.best["bytes_per_second"]), (40.0, 20.0, 5e8))


class Tables(unittest.TestCase):
    def test_a_line_has_what_was_measured(self):
        shown = "\n".join(table.lines(rows(
            entries("m/open/x2/1024", 1.75, 1.5, of_bound=0.875, messages=24.0), entries("m/open/openssl/1024", 4.5))))
        self.assertRegex(shown, r"x2 +1024 +1\.750 +1\.500 +87\.5 % +571 +3\.00 +24 messages")

    def test_work_without_bytes_is_shown_in_cycles_and_time(self):
        shown = "\n".join(table.lines(rows(entries("pq/factorize/ecm", 123456.0, p99_ns=250e3))))
        self.assertRegex(shown, r"ecm +123456 +123456 +123 us +p99 250 us")

    def test_no_number_runs_into_its_neighbour(self):
        for value in [0.25, 9.5, 123.4, 98765.4, 999999.4, 12345678.9]:
            self.assertLess(len(table.number(value)), 8)

    def test_a_wrong_result_is_seen(self):
        row = results.Row("a/x/k/16")
        row.error = "the result differs at byte 3"
        self.assertIn("FAILED: the result differs at byte 3", "\n".join(table.lines([row])))


class Charts(unittest.TestCase):
    def drawn(self, *of):
        return chart.svg({"gcc 12": rows(*of)}, ["openssl"])

    def test_a_panel_an_operation_with_several_sizes(self):
        made = self.drawn(*(entries(f"{operation}/k/{size}", 4) for operation in ["a/x", "a/y"] for size in (16, 64)), entries("a/z/k/16", 4))
        titles = [element.text for element in ElementTree.fromstring(made).iter() if element.get("class") == "title"]
        self.assertEqual(titles, ["a/x", "a/y"])

    def test_nothing_to_draw_is_no_chart(self):
        self.assertEqual(self.drawn(entries("a/x/k/16", 4), entries("kdf/derive/k", 100)), "")

    def test_names_at_the_ends_of_lines_do_not_overlap(self):
        kernels = [f"k{number}" for number in range(12)]
        made = self.drawn(*(entries(f"a/x/{kernel}/{size}", 4, bound=3.5) for kernel in kernels for size in (16, 64)))
        names = [element for element in ElementTree.fromstring(made).iter() if (element.get("class") or "").startswith("name")]
        places = sorted(float(element.get("y")) for element in names)
        self.assertEqual({element.text for element in names}, {*kernels, "limit"})
        self.assertGreaterEqual(min(b - a for a, b in zip(places, places[1:])), chart.LABEL_GAP - 0.11)

    def test_different_limits_are_told_apart(self):
        made = self.drawn(*(entries(f"a/x/{kernel}/{size}", 4, bound=bound) for kernel, bound in [("x2", 1.75), ("x3", 1.2)] for size in (16, 64)))
        self.assertIn("limit of x2", made)
        self.assertIn("limit of x3", made)

    def test_marks_enclose_what_is_shown(self):
        self.assertEqual(chart.ticks(27, 950), [20, 50, 100, 200, 500, 1000])
        self.assertEqual(chart.ticks(100, 100), [100])

    def test_names_stay_between_the_edges(self):
        self.assertEqual(chart.spread([95, 96, 97], 10, 0, 100), [80, 90, 100])
        self.assertEqual(chart.spread([3, 1], 10, 0, 100), [11, 1])


class Bars(unittest.TestCase):
    LINE = "IGE\tige/encrypt,decrypt/aesni/1024\t<= 3.55 cycles/B\t"
    KERNEL = ("ige/encrypt/aesni/1024", "ige/decrypt/aesni/1024")

    def both(self, *values):
        return [entries(name, *values) for name in self.KERNEL]

    def test_the_best_sample_decides_only_where_it_is_asked_for(self):
        for judge, verdict in [("best", bars.PASSED), ("median", bars.MISSED)]:
            bar, outcome = judged(self.LINE + judge, *self.both(3.6, 3.5))
            self.assertEqual((outcome.verdict, outcome.median, outcome.best), (verdict, 3.6, 3.5))

    def test_the_limit_itself_passes(self):
        self.assertEqual(judged(self.LINE + "median", *self.both(3.55))[1].verdict, bars.PASSED)

    def test_the_worst_row_decides(self):
        _, outcome = judged(self.LINE + "median", entries(self.KERNEL[0], 3.5), entries(self.KERNEL[1], 3.7))
        self.assertEqual((outcome.verdict, outcome.row), (bars.MISSED, self.KERNEL[1]))

    def test_of_kernels_to_choose_from_the_fastest_counts(self):
        line = "CTR\tctr/apply/aesni|vaes/64\t<= 0.3 cycles/B\tmedian"
        for measured in [[("aesni", 0.5), ("vaes", 0.25)], [("vaes", 0.25)]]:
            _, outcome = judged(line, *(entries(f"ctr/apply/{kernel}/64", value) for kernel, value in measured))
            self.assertEqual((outcome.verdict, outcome.row), (bars.PASSED, "ctr/apply/vaes/64"))

    def test_a_speed_is_compared_with_another_kernel_s_or_operation_s(self):
        others = [entries("ctr/apply/openssl/64", 4), entries("m/open/k/64", 2)]
        for other, value in [("openssl", 4), ("m/open/k", 2)]:
            line = f"CTR\tctr/apply/vaes/64\t>= 1.5 x {other}\tmedian"
            _, outcome = judged(line, entries("ctr/apply/vaes/64", 1), *others)
            self.assertEqual((outcome.verdict, outcome.median), (bars.PASSED, value))
            _, outcome = judged(line, entries("ctr/apply/vaes/64", 3), *others)
            self.assertEqual(outcome.verdict, bars.MISSED)
            _, outcome = judged(line, entries("ctr/apply/vaes/64", 1))
            self.assertEqual(outcome.verdict, bars.UNKNOWN)

    def test_units_of_time(self):
        row = entries("pq/factorize/ecm", 50e3, p99_ns=290e3)
        for text, value in [("<= 60 us", 50.0), ("<= 300 us p99", 290.0), ("<= 1 ms", 0.05), ("<= 60000 cycles", 50e3)]:
            _, outcome = judged(f"pq\tpq/factorize/ecm\t{text}\tmedian", row)
            self.assertEqual((outcome.verdict, outcome.median), (bars.PASSED, value))

    def test_a_kernel_that_the_machine_lacks_is_no_failure_and_a_row_that_nobody_knows_is(self):
        other = [entries(f"ige/{operation}/reference/1024", 5) for operation in ("encrypt", "decrypt")]
        self.assertEqual(judged(self.LINE + "best", *other)[1].verdict, bars.LACKING)
        self.assertEqual(judged(self.LINE + "best")[1].verdict, bars.UNKNOWN)

    def test_a_row_with_a_wrong_result_is_not_measured(self):
        bar = bars.parse(f"{HEADER}\n{self.LINE}best\twhy\t")[0]
        wrong = {row.name: row for row in rows(*self.both(3.5))}
        wrong[self.KERNEL[0]].error = "differs"
        self.assertEqual(bars.judge(bar, wrong).verdict, bars.UNKNOWN)

    def test_of_several_measurements_the_better_one_stays(self):
        bar, good = judged(self.LINE + "best", *self.both(4, 3.5))
        _, bad = judged(self.LINE + "best", *self.both(3.6, 3.6))
        unknown = judged(self.LINE + "best")[1]
        for a, b in [(good, bad), (bad, good), (None, good), (good, unknown), (unknown, good)]:
            self.assertIs(bars.better_outcome(bar, a, b), good)

    def test_what_a_bar_wants_measured(self):
        bar = bars.parse(f"{HEADER}\nCTR\tctr/apply/aesni|vaes/16,64\t>= 1.5 x openssl\tmedian\twhy\t")[0]
        self.assertEqual(set(bar.names()), {f"ctr/apply/{kernel}/{size}" for kernel in ("aesni", "vaes", "openssl") for size in (16, 64)})

    def test_a_wrong_line_is_found(self):
        for line, says in [
            ("IGE\ta/b/c\t<= 1 cycles\tbest", "6 fields"),
            ("IGE\ta/b/c\t<= 1 parsec\tbest\twhy\t", "is no bar"),
            ("IGE\ta/b/c\t< 1 cycles\tbest\twhy\t", "is no bar"),
            ("IGE\ta/b/c\t<= 1 cycles\tmean\twhy\t", "not by 'mean'"),
        ]:
            with self.assertRaisesRegex(ValueError, f"line 2: .*{says}"):
                bars.parse(f"{HEADER}\n{line}")
        with self.assertRaisesRegex(ValueError, "line 1"):
            bars.parse("what\trows\n")

    def test_the_table_names_the_row_that_missed_and_why(self):
        bar, outcome = judged(self.LINE + "best", *self.both(3.6))
        shown = "\n".join(bars.table([bar], {"gcc 12": [outcome]}))
        self.assertRegex(shown, r"IGE +<= 3\.55 cycles/B +3\.600 +3\.600  MISSED")
        self.assertIn("ige/encrypt/aesni/1024, judged by the best", shown)
        self.assertIn("why: why", shown)
        self.assertIn("0 passed, 1 failed", shown)

    def test_those_of_the_project_name_kernels_that_exist(self):
        named = set()
        for folder in ["bench", os.path.join("src", "corogram", "crypto")]:
            for path, _, names in os.walk(os.path.join(ROOT, folder)):
                for name in names:
                    if name.endswith((".cpp", ".py")):
                        with open(os.path.join(path, name), encoding="utf-8") as file:
                            named |= set(re.findall(r'["/](\w+)"', file.read()))
        own = bars.read(os.path.join(ROOT, "bench", "bars.tsv"))
        self.assertGreater(len(own), 10)
        self.assertEqual({bars.split(name)[1] for bar in own for name in bar.names()} - named, set())


class CommandLines(unittest.TestCase):
    def test_what_is_to_be_built(self):
        for arguments, needs in [([], "gcc"), (["--compiler", "both"], "gcc clang"), (["--bars"], "gcc clang tgcrypto"), (["ige", "--peers"], "gcc tgcrypto")]:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                self.assertEqual(bench.main(["--needs", *arguments]), 0)
            self.assertEqual(out.getvalue().strip(), needs)

    def test_wrong_ones(self):
        for arguments in [["("], ["--bars", "ige"], ["--bars", "--svg", "x"], ["--compiler", "msvc"]]:
            with self.assertRaises(SystemExit) as end, contextlib.redirect_stderr(io.StringIO()):
                bench.parse(arguments)
            self.assertEqual(end.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
