"""Joins the inventory with the marks: the state of each row, what is wrong, what was lost or won since the snapshot."""

from dataclasses import dataclass, field

MET = {"implementation": "implemented", "test": "tested"}
RANK = {"missing": 0, "excepted": 1, "implemented": 2, "tested": 2}


@dataclass
class State:
    """What is known of one row. `implementation` and `test` are one of the words of RANK."""

    row: object
    marks: list = field(default_factory=list)
    exceptions: list = field(default_factory=list)

    def has(self, kind):
        return [mark for mark in self.marks if mark.kind == kind]

    def excepted(self, what):
        """The reasons for which this half is excepted: from exceptions.md, or from a mark in the code."""
        reasons = [exception.reason for exception in self.exceptions if exception.what == what]
        if what == "implementation":
            reasons += [mark.reason for mark in self.has("exception")]
        return reasons

    def half(self, what):
        if self.has(what):
            return MET[what]
        return "excepted" if self.excepted(what) else "missing"

    @property
    def implementation(self):
        return self.half("implementation")

    @property
    def test(self):
        """What is not implemented for a reason needs no test."""
        found = self.half("test")
        return "excepted" if found == "missing" and self.implementation == "excepted" else found

    @property
    def missing(self):
        """The halves that are missing, as words."""
        return [what for what in ("implementation", "test") if getattr(self, what) == "missing"]

    def __str__(self):
        return f"{self.implementation}, {self.test}"


@dataclass
class Counts:
    """The figures of one page or of all."""

    rows: int = 0
    implemented: int = 0
    excepted: int = 0
    tested: int = 0
    untestable: int = 0
    missing: int = 0

    @classmethod
    def of(cls, states):
        states = list(states)
        return cls(
            rows=len(states),
            implemented=sum(state.implementation == "implemented" for state in states),
            excepted=sum(state.implementation == "excepted" for state in states),
            tested=sum(state.test == "tested" for state in states),
            untestable=sum(state.test == "excepted" for state in states),
            missing=sum(bool(state.missing) for state in states),
        )

    @property
    def implemented_percent(self):
        """Rows that are implemented or excepted, of all rows."""
        return percent(self.implemented + self.excepted, self.rows)

    @property
    def tested_percent(self):
        """Rows that are tested, of those that can be."""
        return percent(self.tested, self.rows - self.untestable)


def percent(part, whole):
    """Rounded down, so that 100 means all."""
    return 100 * part // whole if whole else 100


@dataclass
class Coverage:
    inventory: object
    states: dict
    divergences: dict  # number -> marks
    problems: list

    def of_page(self, page):
        return [self.states[row.number] for row in page.rows]

    def of_pages(self, pages):
        return [state for page in pages for state in self.of_page(page)]

    def snapshot(self):
        return {number: str(state) for number, state in self.states.items()}


def join(inventory, marks, problems=()):
    """The coverage, with every problem of the marks and the exceptions."""
    states = {row.number: State(row) for row in inventory.rows()}
    divergences = {number: [] for number in inventory.divergences}
    problems = [*inventory.problems, *problems]
    for mark in marks:
        if mark.number in states:
            states[mark.number].marks.append(mark)
        elif mark.number in divergences:
            divergences[mark.number].append(mark)
        else:
            problems.append(f"{mark.path}:{mark.line}: there is no requirement {mark.number} in spec-notes/")
    for exception in inventory.exceptions:
        where = f"spec-notes/exceptions.md:{exception.line}"
        state = states.get(exception.number)
        if state is None:
            problems.append(f"{where}: there is no requirement {exception.number} in spec-notes/")
        elif any(other.what == exception.what for other in state.exceptions):
            problems.append(f"{where}: {exception.number}: its {exception.what} is excepted twice")
        else:
            state.exceptions.append(exception)
    problems += [text for state in states.values() for text in contradictions(state)]
    return Coverage(inventory, states, divergences, problems)


def contradictions(state):
    """Exceptions beside what they except."""
    for what, met in MET.items():
        for mark in state.has(what)[:1] if state.excepted(what) else []:
            yield f"{mark.path}:{mark.line}: {state.row.number} is excepted and {met} as well; one of the two is wrong"


def losses(coverage, snapshot):
    """What the snapshot has and the tree has no more."""
    for number, before in snapshot.items():
        state = coverage.states.get(number)
        if state is None:
            yield f"{number} is in the snapshot and no more in spec-notes/"
            continue
        for old, new in zip(before.split(", "), str(state).split(", ")):
            if RANK.get(new) < RANK.get(old, 0):
                yield f"{number} was {old}, now it is {new if new != 'missing' else 'not'}"


def gains(coverage, snapshot):
    """What the tree has and the snapshot has not yet."""
    for number, state in coverage.states.items():
        for old, new in zip(snapshot.get(number, "missing, missing").split(", "), str(state).split(", ")):
            if RANK.get(new) > RANK.get(old, 0):
                yield f"{number} is {new} now"
