"""The report for a terminal: a table of the pages, then what is missing."""

import textwrap

from matrix import Counts

WIDTH = 118
COLUMNS = ("rows", "implemented", "excepted", "tested", "untestable", "missing")
CODES = {"good": "32", "some": "33", "bad": "31", "dim": "2", "bold": "1"}


class Painter:
    """Colours on a terminal, and nothing elsewhere."""

    def __init__(self, colours):
        self.colours = colours

    def __call__(self, kind, text):
        return f"\033[{CODES[kind]}m{text}\033[0m" if self.colours else text


def grade(percentage):
    return "good" if percentage == 100 else "some" if percentage >= 50 else "bad"


def table_line(paint, name, counts):
    cells = [f"{name:<38}"] + [f"{getattr(counts, column):>{len(column)}}" for column in COLUMNS]
    for percentage in (counts.implemented_percent, counts.tested_percent):
        cells.append(paint(grade(percentage), f"{percentage:>3}%"))
    return "  ".join(cells)


def table(coverage, pages, paint):
    """The table of some pages: those of the library that is built, and apart from them those still to come."""
    yield "  ".join([f"{'':<38}", *COLUMNS, "impl", "test"])
    for later, name in ((False, "all of these"), (True, "with the client library")):
        group = [page for page in pages if page.later == later]
        for page in group:
            yield table_line(paint, f"{page.prefix:<6}{page.name.removesuffix('.md')}", Counts.of(coverage.of_page(page)))
        if len(group) > 1:
            yield paint("bold", table_line(Painter(False), name, Counts.of(coverage.of_pages(group))))
            yield ""
    yield "impl: implemented or excepted, of all rows; test: tested, of the rows that can be tested"


def missing_rows(coverage, pages, paint):
    """The rows that lack something, page by page; those of a page that is still to come by number only."""
    for page in pages:
        states = [state for state in coverage.of_page(page) if state.missing]
        if not states:
            continue
        yield ""
        if page.later and len(states) == len(page.rows):
            yield paint("dim", f"{page.name}: {states[0].row.number} to {states[-1].row.number}, with the client library")
            continue
        yield paint("bold", f"{page.name}: missing")
        for state in states:
            row = state.row
            lacks = " and ".join(state.missing)
            head = f"  {row.number:<9} {row.role:<6} {row.level:<6} {lacks:<23} "
            text = textwrap.shorten(row.requirement, WIDTH - len(head), placeholder=" ...")
            yield head.replace(lacks, paint("bad" if len(state.missing) == 2 else "some", lacks), 1) + text
            for mark in state.has("todo"):
                yield paint("dim", f"  {'':<9} {mark.path}:{mark.line}: {mark.reason}")


def excepted_rows(coverage, pages, paint):
    """The exceptions with their reasons."""
    states = [state for state in coverage.of_pages(pages) if state.excepted("implementation") or state.excepted("test")]
    if states:
        yield ""
        yield paint("bold", "excepted")
    for state in states:
        for what in ("implementation", "test"):
            for reason in state.excepted(what):
                head = f"  {state.row.number:<9} {what:<15} "
                yield from textwrap.wrap(reason, WIDTH, initial_indent=head, subsequent_indent=" " * len(head))


def divergence_line(coverage):
    met = sum(any(mark.kind == "implementation" for mark in marks) for marks in coverage.divergences.values())
    tested = sum(any(mark.kind == "test" for mark in marks) for marks in coverage.divergences.values())
    return f"{len(coverage.divergences)} divergences: {met} met in the code, {tested} in a test"
