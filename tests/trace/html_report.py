"""The report as one HTML page that needs no other file: bars on top, then each row with its code and its tests."""

import html
import os
import re

from matrix import Counts

STYLE = """
:root { color-scheme: light dark; --good: #1a7f37; --some: #9a6700; --bad: #cf222e; --line: #8884; --soft: #8882; }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --some: #d29922; --bad: #f85149; } }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-top: 1px solid var(--line); }
th { font-weight: 600; border-top: none; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.bar { display: flex; width: 9rem; height: .7rem; background: var(--soft); }
.bar i { display: block; height: 100%; }
.good { color: var(--good); } .some { color: var(--some); } .bad { color: var(--bad); }
.bar .good { background: var(--good); } .bar .some { background: var(--some); }
td.state { white-space: nowrap; border-left: .3rem solid var(--good); }
tr.lacks td.state { border-left-color: var(--bad); } tr.excused td.state { border-left-color: var(--some); }
td.id, .where { font-family: ui-monospace, monospace; font-size: 13px; }
.where { display: block; overflow-wrap: anywhere; } .where small { opacity: .7; }
.aside { opacity: .75; font-size: 13px; }
summary { cursor: pointer; margin: .6rem 0; font-weight: 600; }
body.lacking tr.row:not(.lacks) { display: none; }
"""
SCRIPT = """
document.getElementById('only').onchange = function () { document.body.classList.toggle('lacking', this.checked); };
function open_target() { const row = document.querySelector(location.hash || null); if (row) {
  const page = row.closest('details'); if (page) page.open = true; row.scrollIntoView(); } }
addEventListener('hashchange', open_target); if (location.hash) open_target();
"""


class Page:
    """Writes the parts; `target` is the HTML file, `template` what a place in the sources is linked with."""

    def __init__(self, root, target, template=None):
        self.template = template or os.path.relpath(root, os.path.dirname(os.path.abspath(target))) + "/{path}#L{line}"

    def href(self, path, line=1):
        return html.escape(self.template.format(path=path, line=line))

    def text(self, markdown):
        """A cell of our tables as HTML: `code` and [links](...), nothing else occurs."""
        text = html.escape(markdown)
        text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)

        def link(match):
            path = os.path.normpath(os.path.join("spec-notes", match.group(2)))
            return f'<a href="{self.href(path)}">{match.group(1)}</a>'

        return re.sub(r"\[([^\]]+)\]\(([^)]+)\)", link, text)

    def place(self, mark):
        name = html.escape(mark.subject if mark.kind == "test" else "")
        reason = f"<small>{html.escape(mark.reason)}</small>" if mark.reason else ""
        place = html.escape(f"{mark.path}:{mark.line}")
        return (f'<span class="where"><a href="{self.href(mark.path, mark.line)}" '
                f'title="{html.escape(mark.subject)}">{place}</a> <small>{name}</small>{reason}</span>')

    def row(self, state):
        row, lacks = state.row, state.missing
        excused = state.implementation == "excepted" or state.test == "excepted"
        kind = "lacks" if lacks else "excused" if excused else "met"
        words = f"{word(state.implementation)}<br>{word(state.test)}"
        code = "".join(self.place(mark) for mark in state.marks if mark.kind != "test")
        tests = "".join(self.place(mark) for mark in state.has("test"))
        for what in ("implementation", "test"):
            notes = "".join(f'<p class="aside">{what} excepted: {self.text(exception.reason)}</p>'
                            for exception in state.exceptions if exception.what == what)
            code, tests = (code + notes, tests) if what == "implementation" else (code, tests + notes)
        return (f'<tr class="row {kind}" id="{row.number}"><td class="id">{row.number}</td>'
                f'<td>{row.role}<br>{row.level}</td><td>{self.text(row.requirement)}'
                f'<div class="aside">{self.text(row.observed)}</div></td>'
                f'<td class="state">{words}</td><td>{code}</td><td>{tests}</td></tr>')

    def section(self, coverage, page):
        rows = "\n".join(self.row(state) for state in coverage.of_page(page))
        note = " (with the client library)" if page.later else ""
        source = f"spec-notes/{page.name}"
        return (f'<details id="{page.prefix}"><summary>{page.prefix}: {html.escape(page.title)}{note}</summary>'
                f'<p><a href="{self.href(source)}">{source}</a></p><table>'
                "<tr><th>ID</th><th>role</th><th>requirement, how it is observed</th><th>state</th><th>code</th>"
                f"<th>tests</th></tr>\n{rows}</table></details>")


def word(state):
    kind = {"missing": "bad", "excepted": "some"}.get(state, "good")
    return f'<span class="{kind}">{state}</span>'


def bar(good, some, whole):
    """A bar of what is met and what is excepted, of the whole."""
    share = 100 / whole if whole else 0
    return (f'<div class="bar"><i class="good" style="width:{good * share:.1f}%"></i>'
            f'<i class="some" style="width:{some * share:.1f}%"></i></div>')


def summary_line(name, counts):
    return (f'<tr><td>{name}</td><td class="n">{counts.rows}</td>'
            f"<td>{bar(counts.implemented, counts.excepted, counts.rows)}</td>"
            f'<td class="n">{counts.implemented} + {counts.excepted}</td><td class="n">{counts.implemented_percent}%</td>'
            f"<td>{bar(counts.tested, counts.untestable, counts.rows)}</td>"
            f'<td class="n">{counts.tested} + {counts.untestable}</td><td class="n">{counts.tested_percent}%</td>'
            f'<td class="n">{counts.missing}</td></tr>')


def summary(coverage, pages):
    lines = []
    for later, name in ((False, "all of these"), (True, "with the client library")):
        group = [page for page in pages if page.later == later]
        lines += [summary_line(f'<a href="#{page.prefix}">{page.prefix}</a> {html.escape(page.title)}',
                               Counts.of(coverage.of_page(page))) for page in group]
        if group:
            lines.append(summary_line(f"<strong>{name}</strong>", Counts.of(coverage.of_pages(group))))
    return ('<table><tr><th>page</th><th class="n">rows</th><th></th><th class="n">implemented + excepted</th>'
            '<th class="n">%</th><th></th><th class="n">tested + not testable</th><th class="n">%</th>'
            '<th class="n">missing</th></tr>\n' + "\n".join(lines) + "</table>")


def write(target, root, coverage, template=None):
    """Writes the page of the whole coverage to `target`."""
    page, pages = Page(root, target, template), coverage.inventory.pages
    sections = "\n".join(page.section(coverage, one) for one in pages if one.rows)
    text = (f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>corogram: requirements</title>'
            f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>\n'
            "<h1>corogram and the specification</h1>\n<p>Each requirement of spec-notes/, with the code that fulfils it "
            "and the tests that prove it. Percentages: implemented or excepted, of all rows; tested, of the rows that "
            f"can be tested.</p>\n{summary(coverage, pages)}\n"
            '<p><label><input type="checkbox" id="only"> only rows that lack something</label></p>\n'
            f"{sections}\n<script>{SCRIPT}</script></html>\n")
    os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
    with open(target, "w", encoding="utf-8") as file:
        file.write(text)
