"""Results as a table to be read."""

import results

HEADING = (
    f"{'':<42}{'bytes':>9}{'cycles/B':>10}{'best':>8}{'of bound':>10}{'MB/s':>9}{'x OpenSSL':>11}{'x reference':>13}"
)
FIXED_HEADING = f"{'':<42}{'':>9}{'cycles':>10}{'best':>8}{'of bound':>10}{'time':>9}{'x OpenSSL':>11}{'x reference':>13}"


def seconds(nanoseconds):
    for unit, size in [("s", 1e9), ("ms", 1e6), ("us", 1e3)]:
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def number(value):
    """Four digits of it, and of large ones all, or millions."""
    if value >= 1e6:
        return f"{value / 1e6:.2f}M"
    if value >= 1000:
        return f"{value:.0f}"
    return f"{value:.{3 if value < 100 else 1}f}"


def line(row, rows):
    name = f"  {row.kernel}"
    if row.error:
        return f"{name:<42}{row.bytes or '':>9}  FAILED: {row.error}"
    median = row.median
    share = f"{median['of_bound'] * 100:.1f} %" if "of_bound" in median else ""
    speed = f"{median['bytes_per_second'] / 1e6:.0f}" if "bytes_per_second" in median else seconds(median["real_time"])
    ratios = ""
    for others, width in [(results.OPENSSL, 11), (results.REFERENCE, 13)]:
        ratio = results.compared(row, rows, others)
        ratios += f"{'' if ratio is None else f'{ratio:.2f}':>{width}}"
    more = f"  p99 {seconds(median['p99_ns'])}" if "p99_ns" in median else ""
    more += f"  {median['messages']:.0f} messages" if median.get("messages", 1) > 1 else ""
    return (f"{name:<42}{row.bytes or '':>9}{number(row.cycles):>10}{number(row.best_cycles):>8}{share:>10}{speed:>9}"
            f"{ratios}{more}").rstrip()


def lines(rows):
    """The lines of the table: a paragraph an operation."""
    operation = None
    for row in results.in_order(rows):
        if row.operation != operation:
            operation = row.operation
            heading = FIXED_HEADING if not row.error and row.unit == "cycles" else HEADING
            yield f"\n{operation}{heading[len(operation):]}"
        yield line(row, rows)
