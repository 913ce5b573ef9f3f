"""What only a look at the rows of two deliveries tells; the records keep the answers."""

from collections.abc import Callable

from cloudbill.lake.parts import Cover, Known
from cloudbill.lake.reading import read
from cloudbill.lake.rows import MOST, Rows, rows_in
from cloudbill.lake.same_deliveries import (
    are_datasets_of_one,
    cost_of_differing,
    restates,
    share_of_charges,
    share_of_lines,
    share_told_anew,
)
from cloudbill.lake.way import Way, fingerprint
from cloudbill.sql import literal, parquet


class Questions:
    """Of the deliveries of one export, asked while its bills are composed."""

    def __init__(self, way: Way) -> None:
        """Rows are those that this load landed, or the lake has; else they are read again."""
        self.way = way

    def share(self, one: Known, other: Known) -> float:
        """How much of the second one's charges the first one has, on days and of accounts of both.

        All of them where rows are not at hand: what was read once and is not in the lake has
        another version that stands for it.
        """
        if not (is_at_hand(self.way, one) and is_at_hand(self.way, other)):
            return self._known("charges", one, other, lambda: 1.0)
        return self._of_charges("charges", one, other, share_of_charges)

    def restates(self, one: Known, other: Known) -> bool:
        """Whether the first one has most of the second's charges on common days, and their cost."""
        return self._of_gone("costs", one, other, restates) == 1

    def told_anew(self, one: Known, other: Known) -> float:
        """How much of what the second one's lines are for, and when, the first one has."""
        return self._of_gone("anew", one, other, share_told_anew)

    def cost_of_differing(self, one: Known, other: Known) -> float:
        """What lines that cost something else in the second cost in the first, by that.

        Less than nothing where none differ.
        """
        return self._of_gone("differing", one, other, cost_of_differing)

    def is_restated(self, one: Known, other: Known) -> bool:
        """Whether the first has most of the second's lines at another cost, which no correction is.

        Of what only ever appends (Google Cloud's table) no line is restated.
        """
        if self.way.kind.addition_times or self.told_anew(one, other) < MOST:
            return False
        return self.cost_of_differing(one, other) >= MOST

    def are_datasets(self, told: Known, other: Known) -> bool:
        """Whether the second one is of the dataset that the first, which tells its own, is not."""
        return self._of_charges("datasets", told, other, are_datasets_of_one) == 1

    def shared_lines(self, one: Known, other: Known) -> float:
        """How much of the second one's lines, to the last column, the first one has."""

        def ask() -> float:
            rows = (rows_known(self.way, known, is_whole=True) for known in (one, other))
            return share_of_lines(self.way.con, *rows)

        return self._known("lines", one, other, ask)

    def may_share_lines(self, one: Known, other: Known) -> bool:
        """Whether two have a line in common; yes, too, where not all rows of both are at hand."""
        if lines_elsewhere(self.way, one) or lines_elsewhere(self.way, other):
            return True
        return self.shared_lines(one, other) > 0

    def same_file(self, one: Known, its_file: str, other: Known, file: str) -> bool:
        """Whether two files have the same lines."""

        def ask() -> float:
            first = rows_known(self.way, one, its_file, is_whole=True)
            second = rows_known(self.way, other, file, is_whole=True)
            return share_of_lines(self.way.con, first, second)

        return self._known(f"files:{fingerprint([its_file, file])}", one, other, ask) == 1

    def _of_gone(self, what: str, one: Known, other: Known, told: Callable[..., float]) -> float:
        """All, where the rows of what is gone are nowhere."""
        if any(known.is_gone and not is_at_hand(self.way, known) for known in (one, other)):
            return self._known(what, one, other, lambda: 1.0)
        return self._of_charges(what, one, other, told)

    def _of_charges(self, what: str, one: Known, other: Known, told: Callable[..., float]) -> float:
        def ask() -> float:
            return told(self.way.con, *(rows_known(self.way, known) for known in (one, other)))

        return self._known(what, one, other, ask)

    def _known(self, what: str, one: Known, other: Known, ask: Callable[[], float]) -> float:
        """The answer that was given before, or a new one."""
        pair = f"{what} {one.version} {other.version}"
        compared = self.way.records.compared
        if pair not in compared:
            compared[pair] = ask()
        return compared[pair]


def rows_known(way: Way, known: Known, file: str | None = None, *, is_whole: bool = False) -> Rows:
    """The rows of a delivery, or of one of its files; read again where they are nowhere."""
    landed = way.landed.get(known.version)
    if landed is None or (is_whole and not landed.is_whole):
        in_lake = rows_in_lake(way, known)
        # What counts as another one's line the lake does not have of it; who asks for additions
        # whole knows.
        is_partial = not (is_whole and known.delivery.adds) and bool(lines_elsewhere(way, known))
        if (in_lake is None or is_partial) and not known.is_gone:
            landed = read(way, known.delivery, is_whole=is_whole)
        elif in_lake is not None:
            relation = in_lake
    if landed is not None and (landed.is_whole or not is_whole):
        relation = parquet(landed.path)
    if file is not None:
        relation = f"(select * from {relation} where source_file = {literal(file)})"
    return rows_in(way.con, way.table, relation)


def is_at_hand(way: Way, known: Known) -> bool:
    """Whether the rows of a delivery need not be read again."""
    return known.version in way.landed or rows_in_lake(way, known) is not None


def lines_elsewhere(way: Way, known: Known) -> set[str]:
    """Versions as whose lines the lake, which alone is at hand, counts some of a delivery."""
    landed = way.landed.get(known.version)
    if landed and landed.is_whole:
        return set()
    told = [part for file in way.files().values() for part in file.parts]
    minus = [
        cover
        for part in told
        if part["version"] in known.versions_in_lake
        for cover in part["minus"]
    ]
    return {version for version in map(Cover.of_lines, minus) if version}


def rows_in_lake(way: Way, known: Known) -> str | None:
    """The rows that the lake has of a delivery."""
    names = {item.path for item in known.delivery.files}
    paths = []
    for file in way.files().values():
        for told in file.parts:
            if told["version"] in known.versions_in_lake:
                paths.append(file.path)
    if not paths:
        return None
    listed = ", ".join(map(literal, sorted(names)))
    rows = parquet(paths, "union_by_name = true")
    return f"(select * from {rows} where source_file in ({listed}))"
