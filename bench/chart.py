"""Throughput over message size as an SVG: a panel an operation, a line a kernel, and the machine's limit.

The best sample is drawn, which is what the code can do. On a busy machine the median is as much about the others.
"""

import math
import statistics
from xml.sax.saxutils import escape

import results

WIDTH, HEIGHT = 630, 400  # of a panel
LEFT, RIGHT, TOP, BOTTOM = 80, 140, 62, 52  # what of it is around the plot
LABEL_GAP = 15
LIMIT_NAME = "limit"
OPENSSL = ["openssl", "openssl_evp", "openssl_low", "openssl_one_shot"]

# Told apart by people who do not see all colours, each legible on its background.
LIGHT = ["#0062a8", "#c04a00", "#007a5a", "#a8437f", "#8a6a00", "#5b4fc0", "#2b7f8f", "#a02c3c"]
DARK = ["#6db7f2", "#f79a5b", "#45cba0", "#ea9ccb", "#dcbc4a", "#aaa0f5", "#74cbd8", "#f28b96"]


def style():
    light = {
        "svg": "font-family: system-ui, 'DejaVu Sans', sans-serif",
        ".ground": "fill: #ffffff",
        ".title": "fill: #1a1a1a; font-size: 16px; font-weight: 600",
        ".note, .tick": "fill: #555555; font-size: 12px",
        ".name": "font-size: 12px",
        ".grid": "stroke: #e4e4e4; stroke-width: 1",
        ".limit": "stroke: #555555; stroke-width: 1.5; stroke-dasharray: 6 4; fill: none",
        ".limit-name": "fill: #555555",
        ".line": "fill: none; stroke-linejoin: round",
        ".own": "stroke-width: 2.6",
        ".other": "stroke-width: 1.4",
        ".lead": "stroke-width: 0.8; opacity: 0.7",
    }
    dark = {
        ".ground": "fill: #16181c",
        ".title": "fill: #f0f0f0",
        ".note, .tick": "fill: #b4b4b4",
        ".grid": "stroke: #30343a",
        ".limit": "stroke: #b4b4b4",
        ".limit-name": "fill: #b4b4b4",
    }
    for rules, colours in [(light, LIGHT), (dark, DARK)]:
        for number, colour in enumerate(colours):
            rules[f".s{number}"] = f"stroke: {colour}"
            rules[f".f{number}"] = f"fill: {colour}"

    def text(rules):
        return " ".join(f"{selector} {{ {rule} }}" for selector, rule in rules.items())

    return f"<style>{text(light)} @media (prefers-color-scheme: dark) {{ {text(dark)} }}</style>"


def size_name(size):
    for unit, of in [("MiB", 1 << 20), ("KiB", 1 << 10)]:
        if size >= of and size % of == 0:
            return f"{size // of} {unit}"
    return f"{size} B"


def speed_name(megabytes):
    return f"{megabytes / 1000:g} GB/s" if megabytes >= 1000 else f"{megabytes:g} MB/s"


def ticks(low, high):
    """The numbers 1, 2 and 5 times a power of ten from `low` to `high`, and those just around."""
    numbers = [step * 10**power for power in range(-3, 7) for step in (1, 2, 5)]
    below = [number for number in numbers if number <= low][-1]
    above = next(number for number in numbers if number >= high)
    return [number for number in numbers if below <= number <= above]


def spread(places, gap, low, high):
    """The places, moved apart until no two are nearer than `gap`, in their order and between `low` and `high`."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = [0.0] * len(places)
    at = low
    for i in order:
        moved[i] = at = max(places[i], at)
        at += gap
    at = high
    for i in reversed(order):
        moved[i] = at = min(moved[i], at)
        at -= gap
    return moved


class Series:
    def __init__(self, name, points, kind, number=None):
        self.name = name
        self.points = sorted(points)  # (bytes, MB/s)
        self.kind = kind  # own, other or limit
        self.number = number  # of its colour


def limits_of(rows):
    """The limits of the rows: one line where it is the same for all kernels, else one for each limit."""
    clock = statistics.median(row.median["clock_ghz"] for row in rows)  # a limit is level, though no clock is
    bounds = {}  # cycles per byte -> (the kernels, the sizes)
    for row in rows:
        if "bound" in row.median:
            kernels, sizes = bounds.setdefault(round(row.median["bound"], 3), ({}, set()))
            kernels[row.kernel] = None
            sizes.add(row.bytes)
    for bound, (kernels, sizes) in bounds.items():
        # There is no room beside a panel for more names than two.
        whose = ", ".join(kernels) if len(kernels) <= 2 else "the others"
        name = LIMIT_NAME if len(bounds) == 1 else f"{LIMIT_NAME} of {whose}"
        yield Series(name, [(size, clock * 1000 / bound) for size in sizes], "limit")


def series_of(rows, others):
    """The lines of a panel; `others` are the kernels that are not ours."""
    kernels = {}
    for row in rows:
        kernels.setdefault(row.kernel, []).append((row.bytes, row.best["bytes_per_second"] / 1e6))
    made = [
        Series(kernel, points, "other" if kernel in others else "own", number % len(LIGHT))
        for number, (kernel, points) in enumerate(kernels.items())
    ]
    return made + list(limits_of(rows))


def panel(title, note, series):
    """The elements of one panel at the origin."""
    sizes = sorted({size for line in series for size, _ in line.points})
    speeds = [speed for line in series for _, speed in line.points]
    marks = ticks(min(speeds), max(speeds))
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    x, y = scale(sizes[0], sizes[-1], LEFT, right), scale(marks[0], marks[-1], bottom, TOP)

    yield f'<text class="title" x="{LEFT}" y="26">{escape(title)}</text>'
    yield f'<text class="note" x="{LEFT}" y="45">{escape(f"{note}, best sample")}</text>'
    for mark in marks:
        yield f'<line class="grid" x1="{LEFT}" y1="{y(mark):.1f}" x2="{right}" y2="{y(mark):.1f}"/>'
        yield f'<text class="tick" x="{LEFT - 8}" y="{y(mark) + 4:.1f}" text-anchor="end">{speed_name(mark)}</text>'
    last = None
    for size in sizes:
        if last is None or x(size) - last >= 44:
            last = x(size)
            yield f'<line class="grid" x1="{last:.1f}" y1="{TOP}" x2="{last:.1f}" y2="{bottom}"/>'
            yield f'<text class="tick" x="{last:.1f}" y="{bottom + 20}" text-anchor="middle">{size_name(size)}</text>'
    yield f'<text class="note" x="{(LEFT + right) / 2}" y="{bottom + 40}" text-anchor="middle">bytes of one message</text>'

    ends = [line.points[-1] for line in series]
    places = spread([y(speed) for _, speed in ends], LABEL_GAP, TOP, bottom)
    for line, (size, speed), place in zip(series, ends, places):
        stroke = "limit" if line.kind == "limit" else f"s{line.number}"
        fill = "limit-name" if line.kind == "limit" else f"f{line.number}"
        path = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in line.points)
        yield f'<polyline class="line {line.kind} {stroke}" points="{path}"/>'
        if line.kind != "limit":
            for at, value in line.points:
                yield f'<circle class="{fill}" cx="{x(at):.1f}" cy="{y(value):.1f}" r="{2.6 if line.kind == "own" else 1.8}"/>'
        yield f'<line class="lead {stroke}" x1="{x(size) + 3:.1f}" y1="{y(speed):.1f}" x2="{right + 12}" y2="{place:.1f}"/>'
        yield f'<text class="name {fill}" x="{right + 16}" y="{place + 4:.1f}">{escape(line.name)}</text>'


def scale(low, high, begin, end):
    """A function from numbers to places, logarithmic."""
    return lambda value: begin + math.log(value / low) / math.log(high / low) * (end - begin)


def svg(charts, others):
    """The chart of {what it was measured with: rows}, as text; "" if no operation has more than one size."""
    panels = []
    for note, rows in charts.items():
        operations = {}
        for row in results.in_order(rows):
            if row.bytes and not row.error:
                operations.setdefault(row.operation, []).append(row)
        for name, of in operations.items():
            if len({row.bytes for row in of}) > 1:
                panels.append((name, note, series_of(of, others)))
    if not panels:
        return ""
    columns = min(2, len(panels))
    width, height = columns * WIDTH, -(-len(panels) // columns) * HEIGHT
    made = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">', style()]
    made.append(f'<rect class="ground" width="{width}" height="{height}"/>')
    for number, content in enumerate(panels):
        made.append(f'<g transform="translate({number % columns * WIDTH} {number // columns * HEIGHT})">')
        made += panel(*content)
        made.append("</g>")
    return "\n".join([*made, "</svg>", ""])
