"""Results in Google Benchmark's JSON form, and what the tables and charts make of them."""

import json
import statistics

# What is compared with: the first of these that an operation has on the same size.
OPENSSL = ["openssl", "openssl_low"]
REFERENCE = ["reference"]


class Row:
    """One benchmark: its name taken apart, the median and the best of its repetitions."""

    def __init__(self, name, label=""):
        self.name = name
        self.label = label  # the compiler, or a peer's version
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


def rows_of(document):
    """The rows of a document, in the order of their first appearance."""
    rows = {}
    for entry in document["benchmarks"]:
        key = (entry.get("run_name", entry["name"]), entry.get("label", ""))
        row = rows.setdefault(key, Row(*key))
        if entry.get("error_occurred"):
            row.error = entry.get("error_message", "failed")
        elif entry.get("aggregate_name") in ("median", "best"):
            values = {name: value for name, value in entry.items() if isinstance(value, (int, float))}
            setattr(row, entry["aggregate_name"], values)
    return [row for row in rows.values() if row.error or (row.median and row.best)]


def in_order(rows):
    """Sorted as they are registered: by operation, then kernel, in the order of the first of each, then size."""
    operations, kernels = {}, {}
    for row in rows:
        operations.setdefault(row.operation, len(operations))
        kernels.setdefault(row.kernel, len(kernels))
    return sorted(rows, key=lambda row: (row.label, operations[row.operation], kernels[row.kernel], row.bytes))


def compared(row, rows, kernels):
    """How many times as fast `row` is as the first of `kernels` that there is of its operation and size; or None.

    A batch is compared with the operation on one message, since that is what it replaces.
    """
    named = {other.name: other for other in rows if not other.error and other.label == row.label}
    operations = [row.operation, row.operation.replace("_batch_as_allocated", "").replace("_batch", "").replace("_queue", "")]
    size = [str(row.bytes)] if row.bytes else []
    for kernel in kernels:
        for operation in operations:
            other = named.get("/".join([operation, kernel, *size]))
            if other and other is not row:
                return other.cycles / row.cycles
    return None


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def aggregated(runs):
    """The repetitions of one row, with the two aggregates that are read here."""
    numbers = [name for name, value in runs[0].items() if isinstance(value, float)]
    made = list(runs)
    for name, of in [("median", statistics.median), ("best", min)]:
        values = {number: of([run[number] for run in runs]) for number in numbers}
        made.append({**runs[0], **values, "name": f"{runs[0]['run_name']}_{name}", "run_type": "aggregate", "aggregate_name": name})
    return made
