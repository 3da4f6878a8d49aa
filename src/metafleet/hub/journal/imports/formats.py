"""The kinds of files that are imported, in the order in which they are recognised.

To add one, write a module with a `Format` and name it here.
"""

from __future__ import annotations

from typing import Final

from metafleet.hub.journal.imports import mt4_statement, mt5_api, mt5_monitor, mt5_report, trade_lists
from metafleet.hub.journal.imports.documents import WHAT_TO_EXPORT, Document, open_document
from metafleet.hub.journal.imports.errors import NotAHistory
from metafleet.hub.journal.imports.history import Format, History

# Those that name their columns first; the report of MetaTrader 5 is told by shapes, which others share.
FORMATS: Final = (
    mt5_api.FORMAT,
    mt5_monitor.FORMAT,
    trade_lists.SIGNAL,
    trade_lists.FTMO,
    mt4_statement.FORMAT,
    mt5_report.FORMAT,
)


def label_of(name: str) -> str:
    """Return a format's name for people; of one that is gone its name in the database."""
    return next((each.label for each in FORMATS if each.name == name), name)


def read(content: bytes) -> tuple[Format, History]:
    """Recognise a file and read it. Raises NotAHistory with what it is and what to export instead."""
    document = open_document(content)
    for each in FORMATS:
        if each.is_mine(document):
            history = each.read(document)
            if not history.deals and not history.unreadable:
                raise NotAHistory(f"The file is a {each.label}, and holds no deals. Choose a longer period.")
            return each, history
    raise NotAHistory(f"{_what(document)} {WHAT_TO_EXPORT}")


def _what(document: Document) -> str:
    if document.kind == "zip":
        return "The archive holds several files, and none with deals that we know."
    if document.kind == "html" and not document.rows:
        return "The page has no table, so it is no report of MetaTrader's."
    if document.kind == "json":
        return "The JSON holds no deals as the MetaTrader5 package names them (ticket, type, entry, profit)."
    head = document.rows[0].filled() if document.rows else []
    if head and head[0].startswith("<") and head[0].split("\t")[0].endswith(">"):
        return "The file holds price bars or ticks, and no account history."
    return "The file is no account history that we know."
