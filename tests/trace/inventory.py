"""Reads spec-notes/: the numbered requirements of each page, the divergences, the exceptions, the snapshot."""

import json
import os
import re
from dataclasses import dataclass, field

NUMBER = r"[A-Z][A-Z0-9]*-\d{2,}"
HEADER = "| ID | role | level | requirement | how it is observed |"
EXCEPTIONS_HEADER = "| ID | what | reason |"
ROLES = ("client", "server", "both")
LEVELS = ("MUST", "SHOULD", "MAY")
LATER = "This page comes with the client library"
NOT_PAGES = ("README.md", "divergences.md", "exceptions.md")


@dataclass(frozen=True)
class Row:
    """One requirement as its table has it."""

    number: str
    role: str
    level: str
    requirement: str
    observed: str


@dataclass
class Page:
    """One page of the specification; `later` where it waits for the client library."""

    name: str
    title: str
    later: bool
    rows: list = field(default_factory=list)

    @property
    def prefix(self):
        return self.rows[0].number.rsplit("-", 1)[0] if self.rows else ""


@dataclass(frozen=True)
class Exception_:
    """A line of exceptions.md: the row is not met, or not tested, and why."""

    number: str
    what: str
    reason: str
    line: int


@dataclass
class Inventory:
    pages: list = field(default_factory=list)
    divergences: list = field(default_factory=list)
    exceptions: list = field(default_factory=list)
    problems: list = field(default_factory=list)

    def rows(self):
        return [row for page in self.pages for row in page.rows]


def cells_of(line):
    """The cells of a line of a Markdown table; `\\|` does not divide."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def section_of(text, heading):
    """The lines between `## heading` and the next such heading, with their numbers."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            inside = line[3:].strip() == heading
        elif inside:
            yield number, line


def read_page(name, text):
    """The page and what is wrong with its table."""
    title = text.splitlines()[0].lstrip("# ") if text else name
    page, problems, header = Page(name, title, LATER in text), [], False
    for line_number, line in section_of(text, "Requirements"):
        where = f"spec-notes/{name}:{line_number}"
        if line.strip() == HEADER:
            header = True
        elif not line.startswith("|") or not line.strip("|- "):
            continue
        elif not header:
            problems.append(f"{where}: the table has to begin with {HEADER}")
            break
        else:
            cells = cells_of(line)
            problem = row_problem(cells, page)
            if problem:
                problems.append(f"{where}: {problem}")
            else:
                page.rows.append(Row(*cells))
    if not page.rows:
        problems.append(f"spec-notes/{name}:1: no requirements; a page has a table under '## Requirements'")
    return page, problems


def row_problem(cells, page):
    """What is wrong with the next row of a page, or None."""
    if len(cells) != 5 or not all(cells):
        return f"a row has five cells and none is empty: {' | '.join(cells)[:60]}"
    number, role, level = cells[:3]
    if not re.fullmatch(NUMBER, number):
        return f"'{number}' is no number of a requirement"
    expected = f"{page.prefix or number.rsplit('-', 1)[0]}-{len(page.rows) + 1:02}"
    if number != expected:
        return f"{number} stands where {expected} is due: numbers run on, none is left out or used twice"
    if role not in ROLES:
        return f"{number}: the role is one of {', '.join(ROLES)}, not '{role}'"
    if level not in LEVELS:
        return f"{number}: the level is one of {', '.join(LEVELS)}, not '{level}'"
    return None


def read_divergences(text):
    return re.findall(rf"^### ({NUMBER})$", text, re.M)


def read_exceptions(text):
    """The lines of exceptions.md and what is wrong with them."""
    exceptions, problems, header = [], [], False
    for number, line in enumerate(text.splitlines(), 1):
        where = f"spec-notes/exceptions.md:{number}"
        if line.strip() == EXCEPTIONS_HEADER:
            header = True
        elif not header or not line.startswith("|") or not line.strip("|- "):
            continue
        else:
            cells = cells_of(line)
            if len(cells) != 3:
                problems.append(f"{where}: a row has three cells: {EXCEPTIONS_HEADER}")
            elif cells[1] not in ("implementation", "test"):
                problems.append(f"{where}: {cells[0]}: what is excepted is 'implementation' or 'test', not '{cells[1]}'")
            elif not cells[2]:
                problems.append(f"{where}: {cells[0]}: an exception needs a reason")
            else:
                exceptions.append(Exception_(*cells, number))
    return exceptions, problems


def read_inventory(folder):
    """Everything below spec-notes/ but the snapshot."""

    def text_of(name):
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8") as file:
            return file.read()

    inventory, prefixes = Inventory(), {}
    names = sorted(name for name in os.listdir(folder) if name.endswith(".md") and name not in NOT_PAGES)
    for name in names:
        page, problems = read_page(name, text_of(name))
        inventory.problems += problems
        other = prefixes.setdefault(page.prefix, name)
        if other != name and page.rows:
            inventory.problems.append(f"spec-notes/{name}:1: the prefix {page.prefix} belongs to {other}")
        inventory.pages.append(page)
    order = listed_pages(text_of("README.md"))
    inventory.pages.sort(key=lambda page: (order.index(page.name) if page.name in order else len(order), page.name))
    inventory.divergences = read_divergences(text_of("divergences.md"))
    inventory.exceptions, problems = read_exceptions(text_of("exceptions.md"))
    inventory.problems += problems
    return inventory


def listed_pages(readme):
    """The pages in the order of the README's lists."""
    return re.findall(r"^\| \[([^\]]+\.md)\]", readme, re.M)


def read_snapshot(path):
    """{number: "implementation, test"} of the last --update; empty where there is none."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def write_snapshot(path, states):
    """One line a row in the inventory's order, also for rows that nothing covers: so lines only change in place."""
    lines = [f"  {json.dumps(number)}: {json.dumps(state)}" for number, state in states.items()]
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
