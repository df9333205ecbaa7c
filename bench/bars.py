"""What the project holds itself to: the rows of bars.tsv, and whether what was measured meets them.

A line of the file has, with tabs between them:

  what    in words
  rows    names of rows; a comma stands for each of several (ige/encrypt,decrypt/aesni/1024,4096), a vertical line
          for whichever is the fastest on this machine (ctr/apply/aesni|vaes/16384). All must meet the bar.
  bar     `<= 3.55 cycles/B`, or with another of UNITS; or `>= 1.5 x KERNEL`, the speed as a multiple of another
          kernel's in the same run, or of another operation's, `x OPERATION/KERNEL`
  judged  `best` where the latency of instructions bounds the work, which no neighbour on the machine can change;
          else `median`, what one gets
  why     the reason for the number and for how it is judged
  forced  what COROGRAM_KERNEL is to be for these rows; mostly nothing

A kernel that this machine cannot run is no failure; a row that nobody has heard of is one.
"""

import itertools
import re

# unit -> what it is a multiple of, and by how much
UNITS = {
    "cycles/B": ("cycles_per_byte", 1),
    "cycles": ("cycles", 1),
    "ns": ("real_time", 1),
    "us": ("real_time", 1e3),
    "ms": ("real_time", 1e6),
    "us p99": ("p99_ns", 1e3),
}
COLUMNS = ["what", "rows", "bar", "judged", "why", "forced"]
PASSED, MISSED, LACKING, UNKNOWN = "passed", "MISSED", "not on this machine", "NOT MEASURED"
FORM = re.compile(r"(<=|>=) (\d+(?:\.\d+)?) (?:x (\S+)|(.+))")


class Bar:
    """One line of the file."""

    def __init__(self, line):
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) != len(COLUMNS):
            raise ValueError(f"{len(COLUMNS)} fields are due, not {len(fields)}")
        self.what, self.pattern, self.text, self.judged, self.why, self.forced = fields
        form = FORM.fullmatch(self.text)
        if not form or not (form[3] or form[4] in UNITS):
            raise ValueError(f"'{self.text}' is no bar")
        if self.judged not in ("best", "median"):
            raise ValueError(f"it is judged by the best or the median, not by '{self.judged}'")
        self.at_most = form[1] == "<="
        self.limit = float(form[2])
        self.other = form[3]  # what the speed is compared with
        self.unit = form[4]
        parts = [[choice.split("|") for choice in part.split(",")] for part in self.pattern.split("/")]
        # Each needed row, as the names of which one must be there.
        self.needed = [
            ["/".join(name) for name in itertools.product(*choices)] for choices in itertools.product(*parts)
        ]

    def names(self):
        """All rows that are wanted for it."""
        own = [name for names in self.needed for name in names]
        return own + [self.other_of(name) for name in own if self.other]

    def other_of(self, name):
        """The row that the speed of `name` is compared with."""
        operation, kernel, *size = split(name)
        other = self.other if "/" in self.other else f"{operation}/{self.other}"
        return "/".join([other, *size])

    def met_by(self, value):
        return value <= self.limit if self.at_most else value >= self.limit

    def better(self, a, b):
        """The better one of two things (value, ...)."""
        return min(a, b, key=lambda it: it[0] if self.at_most else -it[0])


def split(name):
    """operation, kernel and, where there is one, the size."""
    parts = name.split("/")
    size = [parts.pop()] if parts[-1].isdigit() else []
    return "/".join(parts[:-1]), parts[-1], *size


class Outcome:
    """What became of a bar: its worst row."""

    def __init__(self, verdict, row="", median=None, best=None):
        self.verdict = verdict
        self.row = row
        self.median = median
        self.best = best

    def judged(self, bar):
        return self.best if bar.judged == "best" else self.median


def values_of(bar, name, rows):
    """(median, best) of a row in the bar's unit; None where something of it was not measured."""
    row = rows.get(name)
    if row is None or row.error:
        return None
    if bar.other:
        other = rows.get(bar.other_of(name))
        if other is None or other.error:
            return None
        return other.cycles / row.cycles, other.best_cycles / row.best_cycles
    measured, by = UNITS[bar.unit]
    return (row.median[measured] / by, row.best[measured] / by) if measured in row.median else None


def judge(bar, rows):
    """The outcome of a bar; `rows` are those of one compiler, by name."""
    known = {row.operation for row in rows.values()}
    found = []
    for names in bar.needed:
        there = [name for name in names if name in rows]
        if not there:
            if any(split(name)[0] not in known for name in names):
                return Outcome(UNKNOWN, names[0])
            continue
        best_of = None
        for name in there:
            values = values_of(bar, name, rows)
            if values is None:
                return Outcome(UNKNOWN, name)
            candidate = (values[bar.judged == "best"], name, values)
            best_of = candidate if best_of is None else bar.better(best_of, candidate)
        found.append(best_of)
    if not found:
        return Outcome(LACKING)
    worst = max(found, key=lambda it: it[0]) if bar.at_most else min(found, key=lambda it: it[0])
    value, name, (median, best) = worst
    return Outcome(PASSED if bar.met_by(value) else MISSED, name, median, best)


def better_outcome(bar, a, b):
    """The better one of two outcomes at different times; either may be None."""
    measured = [outcome for outcome in (a, b) if outcome and outcome.median is not None]
    if len(measured) < 2:
        return measured[0] if measured else b or a
    return bar.better((a.judged(bar), a), (b.judged(bar), b))[1]


def parse(text):
    """The bars of a file's text; ValueError names a wrong line."""
    bars = []
    lines = text.splitlines()
    if lines[0].split("\t") != COLUMNS:
        raise ValueError(f"line 1: the columns are {' '.join(COLUMNS)}")
    for number, line in enumerate(lines[1:], 2):
        try:
            bars.append(Bar(line))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    return bars


def read(path):
    with open(path, encoding="utf-8") as file:
        return parse(file.read())


def figure(value):
    return "" if value is None else f"{value:.3f}" if value < 10 else f"{value:.1f}"


def table(bars, outcomes):
    """The lines that show it; `outcomes` is {compiler: [outcome of each bar]}."""
    wide = max(len(bar.what) for bar in bars) + 2
    yield f"\n{'':<{wide + 26}}" + "".join(f"{label:<44}" for label in outcomes)
    yield f"{'':<{wide}}{'bar':<26}" + "".join(f"{'median':>9}{'best':>9}  {'':<24}" for _ in outcomes)
    for number, bar in enumerate(bars):
        cells, notes = "", []
        for label, of_all in outcomes.items():
            outcome = of_all[number]
            cells += f"{figure(outcome.median):>9}{figure(outcome.best):>9}  {outcome.verdict:<24}"
            if outcome.verdict in (MISSED, UNKNOWN):
                notes.append(f"    {label}: {outcome.row}, judged by the {bar.judged}")
        yield f"{bar.what:<{wide}}{bar.text:<26}{cells}".rstrip()
        if notes:
            yield from [*notes, f"    why: {bar.why}"]
    verdicts = [outcome.verdict for of_all in outcomes.values() for outcome in of_all]
    counts = [f"{verdicts.count(PASSED)} passed", f"{verdicts.count(MISSED) + verdicts.count(UNKNOWN)} failed"]
    if LACKING in verdicts:
        counts.append(f"{verdicts.count(LACKING)} not on this machine")
    yield "\n" + ", ".join(counts)
