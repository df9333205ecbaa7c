"""Results in Google Benchmark's JSON form, and what the tables and charts make of them."""

import json
import re
import statistics

# What is compared with: the first of these that an operation has on the same size.
OPENSSL = ["openssl_evp", "openssl", "openssl_low"]
REFERENCE = ["reference"]
# What several messages at once are compared with: the same on one message, which they take the place of.
PEERS_PLACE = 1 << 30  # after all of ours
SEVERAL = re.compile(r"_(batch|queue|lots)(_as_allocated)?$")


class Row:
    """One benchmark: its name taken apart, the median and the best of its repetitions."""

    def __init__(self, name, label=""):
        self.name = name
        self.label = label  # the compiler, or a peer's version
        self.place = PEERS_PLACE  # in the order in which our program knows its rows
        self.median = {}  # what was measured -> its value
        self.best = {}
        self.error = ""
        parts = name.split("/")
        self.bytes = int(parts.pop()) if parts[-1].isdigit() else 0  # of one message
        self.kernel = parts.pop() if len(parts) > 2 else ""
        self.operation = "/".join(parts)

    @property
    def unit(self):
        return "cycles_per_byte" if "cycles_per_byte" in self.median else "cycles"

    @property
    def cycles(self):
        """The median in cycles, a byte where it is about bytes."""
        return self.median[self.unit]

    @property
    def best_cycles(self):
        return self.best[self.unit]


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def rows_of(entries):
    """The rows that Google Benchmark's entries are about."""
    rows = {}
    for entry in entries:
        key = (entry.get("run_name", entry["name"]), entry.get("label", ""))
        row = rows.setdefault(key, Row(*key))
        row.place = entry.get("family_index", row.place)
        if entry.get("error_occurred"):
            row.error = entry.get("error_message", "failed")
        elif entry.get("aggregate_name") in ("median", "best"):
            values = {name: value for name, value in entry.items() if isinstance(value, (int, float))}
            setattr(row, entry["aggregate_name"], values)
    return [row for row in rows.values() if row.error or (row.median and row.best)]


def in_order(rows):
    """By operation, then kernel, each in the program's order, then size."""
    operations, kernels = {}, {}
    for row in sorted(rows, key=lambda row: row.place):
        operations.setdefault(row.operation, len(operations))
        kernels.setdefault(row.kernel, len(kernels))
    return sorted(rows, key=lambda row: (operations[row.operation], kernels[row.kernel], row.bytes))


def compared(row, rows, kernels):
    """How many times as fast `row` is as the first of `kernels` on the same bytes, among `rows`; None without one.

    The best against the best: neighbours on the machine slow down the one and the other at different moments.
    """
    named = {other.name: other for other in rows if not other.error}
    size = [str(row.bytes)] if row.bytes else []
    for kernel in kernels:
        for operation in [row.operation, SEVERAL.sub("", row.operation)]:
            other = named.get("/".join([operation, kernel, *size]))
            if other and other is not row:
                return other.best_cycles / row.best_cycles
    return None


def aggregated(runs):
    """The repetitions of one row as Google Benchmark's entries, with the two aggregates that are read here."""
    numbers = [name for name, value in runs[0].items() if isinstance(value, float)]
    median = {name: statistics.median(run[name] for run in runs) for name in numbers}
    best = {name: min(run[name] for run in runs) for name in numbers}
    best["bytes_per_second"] = best["bytes"] / best["best_ns"] * 1e9
    best["cycles_per_byte"] = best["best_cycles_per_byte"]
    best["real_time"] = best["cpu_time"] = best["best_ns"]
    made = list(runs)
    for name, values in [("median", median), ("best", best)]:
        aggregate = {"name": f"{runs[0]['name']}_{name}", "run_type": "aggregate", "aggregate_name": name}
        made.append({**runs[0], **values, **aggregate})
    return made


def with_bound(entries, bound):
    """The entries with the bound of their work, in cycles per byte, and how near they come to it."""
    return [{**entry, "bound": bound, "of_bound": bound / entry["cycles_per_byte"]} for entry in entries]
