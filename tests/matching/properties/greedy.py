"""What a loop over the lines does: the cheapest maker with room, batches checked at the end."""

from tests.matching.instances import Tables
from tests.matching.properties.rulebook import Book, Row


def greedy_rows(made: Tables) -> list[Row]:
    """A plan by classes and time; offers under their batch are cancelled, tried once more."""
    rows: dict[tuple[int, int, int], int] = {
        (line, group, mode): qty
        for line, group, mode, qty in zip(*made["frozen"].values(), strict=True)
    }
    closed: set[int] = set()
    for last in (False, True):
        _serve(made, rows, closed)
        closed |= _cancel(made, rows, cut_lots=True)
        if last:
            _cancel(made, rows, cut_lots=False)
    return [(*key, qty) for key, qty in sorted(rows.items())]


def _serve(made: Tables, rows: dict[tuple[int, int, int], int], closed: set[int]) -> None:
    lines = made["lines"]
    for line in sorted(range(len(lines["qty"])), key=lambda i: (lines["prio"][i], lines["seq"][i])):
        while True:
            book = Book(made, [(*key, qty) for key, qty in rows.items()])
            free = [(book.rate(group, at, mode), group, mode, most)
                    for at, group, mode, most in book.next_rows()
                    if at == line and _offer(book, at, group) not in closed]  # fmt: skip
            if not free:
                break
            _, group, mode, most = min(free)
            rows[line, group, mode] = rows.get((line, group, mode), 0) + most


def _offer(book: Book, line: int, group: int) -> int:
    return book.offer_at[group, book.lines[line]["product"]]


def _cancel(made: Tables, rows: dict[tuple[int, int, int], int], *, cut_lots: bool) -> set[int]:
    """Take back what is below a batch, or over a whole lot, the last rows first."""
    book = Book(made, [(*key, qty) for key, qty in rows.items()])
    small = set()
    for row, offer in enumerate(book.offers):
        units, before = book.sold[row], book.before[row]
        spare = (units - before) % max(1, offer["lot"]) if cut_lots else 0
        if not before and units - spare < offer["min_batch"]:
            spare = units
            small.add(row)
        _take_back(book, rows, row, spare)
    return small


def _take_back(book: Book, rows: dict[tuple[int, int, int], int], row: int, amount: int) -> None:
    kept = {key[:3]: key[3] for key in book.kept}
    for key in sorted(rows, reverse=True):
        if _offer(book, key[0], key[1]) == row:
            part = min(amount, rows[key] - kept.get(key, 0))
            rows[key] -= part
            amount -= part
            if not rows[key]:
                del rows[key]
