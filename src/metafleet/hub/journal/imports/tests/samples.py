"""Small files of our own making, in the shapes that MetaTrader and others write."""

# ruff: noqa: E501 - rows of cells

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

Cells = Sequence[str]

ENGLISH = {
    "positions": ("Time", "Position", "Symbol", "Type", "Volume", "Price", "S / L", "T / P", "Time", "Price",
                  "Commission", "Swap", "Profit"),
    "orders": ("Open Time", "Order", "Symbol", "Type", "Volume", "Price", "S / L", "T / P", "Time", "State",
               "Comment"),
    "deals": ("Time", "Deal", "Symbol", "Type", "Direction", "Volume", "Price", "Order", "Commission", "Fee",
              "Swap", "Profit", "Balance", "Comment"),
}  # fmt: skip
RUSSIAN = {
    "positions": ("Время", "Позиция", "Символ", "Тип", "Объем", "Цена", "С / Л", "Т / П", "Время", "Цена",
                  "Комиссия", "Своп", "Прибыль"),
    "orders": ("Время открытия", "Ордер", "Символ", "Тип", "Объем", "Цена", "С / Л", "Т / П", "Время",
               "Состояние", "Комментарий"),
    "deals": ("Время", "Сделка", "Символ", "Тип", "Направление", "Объем", "Цена", "Ордер", "Комиссия", "Плата",
              "Своп", "Прибыль", "Баланс", "Комментарий"),
}  # fmt: skip

POSITIONS: Sequence[Cells] = (
    ("2024.03.04 09:15:02", "5001", "EURUSD", "buy", "0.10", "1.08000", "1.07500", "1.09000",
     "2024.03.05 11:40:31", "1.08650", "-0.70", "-0.10", "65.00"),
    ("2024.03.04 09:20:10", "5002", "EURUSD", "sell", "0.10", "1.08100", "", "", "2024.03.05 11:40:31", "1.08650",
     "-0.70", "0.00", "-55.00"),
)  # fmt: skip
ORDERS: Sequence[Cells] = (
    ("2024.03.04 09:15:02", "5001", "EURUSD", "buy", "0.10 / 0.10", "market", "1.07500", "1.09000",
     "2024.03.04 09:15:02", "filled", "first"),
    ("2024.03.04 09:20:10", "5002", "EURUSD", "sell", "0.10 / 0.10", "market", "", "", "2024.03.04 09:20:10",
     "filled", ""),
    ("2024.03.04 10:00:00", "5003", "EURUSD", "buy limit", "0.10 / 0.00", "1.07000", "", "",
     "2024.03.04 12:00:00", "canceled", ""),
)  # fmt: skip
DEALS: Sequence[Cells] = (
    ("2024.03.04 09:00:00", "9000", "", "balance", "", "", "", "", "0.00", "0.00", "0.00", "1 000.00", "1 000.00",
     "Deposit"),
    ("2024.03.04 09:15:02", "9001", "EURUSD", "buy", "in", "0.10", "1.08000", "5001", "-0.70", "0.00", "0.00",
     "0.00", "999.30", "first"),
    ("2024.03.04 09:20:10", "9002", "EURUSD", "sell", "in", "0.10", "1.08100", "5002", "-0.70", "0.00", "0.00",
     "0.00", "998.60", ""),
    ("2024.03.05 11:40:31", "9003", "EURUSD", "sell", "out", "0.10", "1.08650", "5004", "0.00", "0.00", "-0.10",
     "65.00", "1 063.50", "[tp 1.08650]"),
    ("2024.03.05 11:40:31", "9004", "EURUSD", "buy", "out", "0.10", "1.08650", "5005", "0.00", "0.00", "0.00",
     "-55.00", "1 008.50", ""),
)  # fmt: skip
RESULTS = (
    ("Total Net Profit:", "8.50", "Gross Profit:", "64.90", "Gross Loss:", "-56.40"),
    ("Profit Factor:", "1.15", "Expected Payoff:", "4.25"),
)


def mt5_html(
    *,
    words: Mapping[str, Cells] = ENGLISH,
    account: str = "9000001 (USD, Broker-Demo, demo, Hedge)",
    positions: Sequence[Cells] | None = POSITIONS,
    orders: Sequence[Cells] = ORDERS,
    deals: Sequence[Cells] = DEALS,
    results: Sequence[Cells] = RESULTS,
    title: str = "Trade History Report",
) -> str:
    """Return a history report as the terminal writes it, with the hidden cells of recent builds."""
    head = [_line([title]), _line(["Name:", "Alice"])]
    if account:
        head.append(_line(["Account:", account.replace(" ", "&nbsp;")]))
    tables = []
    if positions is not None:
        tables.append(_table("Positions", words["positions"], positions, hidden=4))
    tables.append(_table("Orders", words["orders"], orders))
    tables.append(_table("Deals", words["deals"], deals))
    balance = deals[-1][-2] if deals else "0.00"
    foot = [_line(["Balance:", balance, "", "Free Margin:", balance]), _line(["Results"])]
    body = "\n".join([*head, *tables, *foot, *(_line(cells) for cells in results)])
    return (
        f"<!DOCTYPE html>\n<html><head><title>{title}</title><style><!-- td {{ }} //--></style></head>"
        f"<body><table>{body}</table></body></html>"
    )


def _table(title: str, header: Cells, rows: Sequence[Cells], hidden: int | None = None) -> str:
    lines = [f'<tr><th colspan="13"><b>{title}</b></th></tr>', _line([f"<b>{cell}</b>" for cell in header])]
    for cells in rows:
        shown = [f"<td nowrap>{cell}</td>" for cell in cells]
        if hidden is not None:
            shown.insert(hidden, '<td class="hidden" colspan="8">a note</td>')
        lines.append(f'<tr align="right">{"".join(shown)}</tr>')
    lines.append(f'<tr align="right"><td colspan="{len(header) - 2}"></td><td>0.00</td><td></td></tr>')
    return "\n".join(lines)


def _line(cells: Cells) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def xlsx(
    rows: Sequence[Cells | None], *, encoding: str = "utf-8", styles: str = "", cells: str = ""
) -> bytes:
    """Return a workbook of one sheet whose cells are shared strings, or numbers where they look like one."""
    strings: list[str] = []
    lines = []
    for number, row in enumerate(rows, 1):
        shown = []
        for column, text in enumerate(row or ()):
            reference = f"{chr(65 + column)}{number}"
            if text.startswith("="):
                style, _, value = text[1:].rpartition("@")
                shown.append(f'<c r="{reference}" s="{style or 0}"><v>{value}</v></c>')
            elif text:
                strings.append(text)
                shown.append(f'<c r="{reference}" t="s"><v>{len(strings) - 1}</v></c>')
        lines.append(f'<row r="{number}">{"".join(shown)}</row>')
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    items = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
    parts = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f"<workbook {space}/>",
        "xl/sharedStrings.xml": f"<sst {space}>{items}</sst>",
        "xl/styles.xml": f"<styleSheet {space}>{styles}</styleSheet>",
        "xl/worksheets/sheet1.xml": (
            f"<worksheet {space}><sheetData>{''.join(lines)}{cells}</sheetData></worksheet>"
        ),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, f'<?xml version="1.0"?>{part}'.encode(encoding))
    return packed.getvalue()


def mt5_rows() -> list[Cells]:
    """Return the same report as `mt5_html`, as the rows of its spreadsheet."""
    return [
        ["Trade History Report"],
        ["Account:", "", "", "9000001 (USD, Broker-Demo, demo, Hedge)"],
        ["Positions"],
        ENGLISH["positions"],
        *POSITIONS,
        ["Orders"],
        ENGLISH["orders"],
        *ORDERS,
        ["Deals"],
        ENGLISH["deals"],
        *DEALS,
        ["Balance:", "", "", "=1008.5", "", "", "Free Margin:", "", "", "=1008.5"],
        ["Results"],
        *RESULTS,
    ]


MT4_HEAD = (
    "Ticket", "Open Time", "Type", "Size", "Item", "Price", "S / L", "T / P", "Close Time", "Price",
    "Commission", "Taxes", "Swap", "Profit",
)  # fmt: skip
MT4_ROWS = """
<tr align=right><td title="Deposit">100</td><td class=msdate nowrap>2024.03.01 08:00:00</td><td>balance</td>
  <td colspan=10 align=left>Deposit</td><td class=mspt>1 000.00</td></tr>
<tr align=right><td title="Interest">101</td><td>2024.03.02 00:00:00</td><td>balance</td>
  <td colspan=10 align=left>Interest</td><td class=mspt>-0.50</td></tr>
<tr align=right><td title="#77 grid[tp]">201</td><td>2024.03.04 09:00:00</td><td>buy</td><td>0.10</td>
  <td>eurusd</td><td>1.08000</td><td>1.07000</td><td>1.09000</td><td>2024.03.05 09:00:00</td><td>1.09000</td>
  <td>-0.70</td><td>-0.10</td><td>-0.20</td><td>100.00</td></tr>
<tr align=right><td title="to #203">202</td><td>2024.03.04 10:00:00</td><td>sell</td><td>0.06</td><td>gbpusd</td>
  <td>1.27000</td><td>0.00000</td><td>0.00000</td><td>2024.03.04 12:00:00</td><td>1.26900</td><td>0.00</td>
  <td>0.00</td><td>0.00</td><td>6.00</td></tr>
<tr align=right><td title="from #202">203</td><td>2024.03.04 10:00:00</td><td>sell</td><td>0.04</td>
  <td>gbpusd</td><td>1.27000</td><td>0.00000</td><td>0.00000</td><td>2024.03.04 13:00:00</td><td>1.27100</td>
  <td>0.00</td><td>0.00</td><td>0.00</td><td>-4.00</td></tr>
<tr align=right><td title="cancelled">204</td><td>2024.03.04 10:00:00</td><td>sell limit</td><td>0.10</td>
  <td>eurusd</td><td>1.10000</td><td>0.00000</td><td>0.00000</td><td>2024.03.04 11:00:00</td><td>1.08000</td>
  <td colspan=4>cancelled</td></tr>
<tr align=right><td colspan=10>&nbsp;</td><td>-0.70</td><td>-0.10</td><td>-0.20</td><td>102.00</td></tr>
"""
MT4_OPEN = """
<tr align=right><td>205</td><td>2024.03.06 10:00:00</td><td>buy</td><td>0.20</td><td>eurusd</td><td>1.08500</td>
  <td>0.00000</td><td>0.00000</td><td>&nbsp;</td><td>1.08600</td><td>-1.40</td><td>0.00</td><td>0.00</td>
  <td>20.00</td></tr>
"""
MT4_WORKING = """
<tr align=right><td>206</td><td>2024.03.06 11:00:00</td><td>buy limit</td><td>0.20</td><td>eurusd</td>
  <td>1.07000</td><td>0.00000</td><td>0.00000</td><td>&nbsp;</td><td>1.08600</td><td colspan=4></td></tr>
"""
MT4_SUMMARY = """
<tr><td colspan=2><b>Deposit/Withdrawal:</b></td><td colspan=2><b>999.50</b></td>
  <td colspan=4><b>Credit Facility:</b></td><td><b>0.00</b></td></tr>
<tr><td colspan=2><b>Closed Trade P/L:</b></td><td colspan=2><b>101.00</b></td></tr>
<tr><td colspan=2><b>Balance:</b></td><td colspan=2><b>1 100.50</b></td></tr>
<tr><td colspan=2><b>Gross Profit:</b></td><td colspan=2><b>105.00</b></td><td colspan=4><b>Gross Loss:</b></td>
  <td><b>4.00</b></td><td colspan=3><b>Total Net Profit:</b></td><td colspan=2><b>101.00</b></td></tr>
<tr><td colspan=2><b>Largest</b></td><td colspan=6><b>profit trade:</b></td><td><b>99.00</b></td>
  <td colspan=3><b>loss trade:</b></td><td colspan=2><b>-4.00</b></td></tr>
"""


def mt4_html(
    rows: str = MT4_ROWS, *, open_: str = MT4_OPEN, summary: str = MT4_SUMMARY, login: str = "9000001"
) -> str:
    """Return a statement as the terminal writes it."""
    head = _line(MT4_HEAD)
    return (
        f"<html><head><title>Statement: {login} - Alice</title></head><body><table>"
        f"<tr><td colspan=2><b>Account: {login}</b></td><td><b>Name: Alice</b></td>"
        "<td><b>Currency: USD</b></td></tr><tr><td colspan=13><b>Closed Transactions:</b></td></tr>"
        f"{head}{rows}<tr><td colspan=14><b>Open Trades:</b></td></tr>{head}{open_}"
        f"<tr><td colspan=14><b>Working Orders:</b></td></tr>{head}{MT4_WORKING}{summary}</table></body></html>"
    )


SIGNAL = """Time;Type;Volume;Symbol;Price;S/L;T/P;Time;Price;Commission;Swap;Profit;Comment
2024.03.05 10:00:00;Buy Stop;0.10;EURUSD;1.10000;;;2024.03.05 11:00:00;1.09000;;;;cancelled
2024.03.04 09:00:00;Buy;0.10;EURUSD.;1.08000;1.07000;;2024.03.05 09:00:00;1.09000;-0.70;-0.20;100.00;[tp]
2024.03.04 09:00:00;Buy;0.10;EURUSD.;1.08000;1.07000;;2024.03.05 09:00:00;1.09000;-0.70;-0.20;100.00;[tp]
2024.03.01 08:00:00;Balance;;;;;;;;;;1 000.00;Deposit
"""
SIGNAL_POSITIONS = """Time;Type;Volume;Symbol;Price;Volume;Time;Price;Commission;Swap;Profit
2024.03.04 09:00:00;Sell;0.10;XAUUSD;2 100.50;0.10;2024.03.05 09:00:00;2 099.50;-0.70;;10.00
2024.03.06 00:00:00;;;;;;;;;;
2024.03.01 08:00:00;Balance;;;;;;;;;1 000.00
"""
FTMO = """Ticket;Open;Type;Volume;Symbol;Price;SL;TP;Close;Price;Swap;Commissions;Profit;Pips;"Trade duration"
5001;"2024-03-04 09:15:02";buy;0.10;EURUSD;1.08;1.075;1.09;"2024-03-05 11:40:31";1.0865;-0.1;-0.7;65;65;95000
"""


def api_deals() -> list[dict[str, object]]:
    """Return the deals of `mt5_html` as the MetaTrader5 package gives them."""
    epoch = {
        "9000": 1709542800,
        "9001": 1709543702,
        "9002": 1709544010,
        "9003": 1709638831,
        "9004": 1709638831,
    }
    kinds, entries = {"balance": 2, "buy": 0, "sell": 1}, {"": 0, "in": 0, "out": 1}
    position = {"9001": 5001, "9002": 5002, "9003": 5001, "9004": 5002}
    return [
        {
            "ticket": int(row[1]), "order": int(row[7] or 0), "time": epoch[row[1]],
            "time_msc": epoch[row[1]] * 1000 + 250, "type": kinds[row[3]], "entry": entries[row[4]],
            "magic": 7 if row[2] else 0, "position_id": position.get(row[1], 0), "reason": 5 if "tp" in row[13] else 3,
            "volume": float(row[5] or 0), "price": float(row[6] or 0), "commission": float(row[8]),
            "swap": float(row[10]), "profit": float(row[11].replace(" ", "")), "fee": 0.0, "symbol": row[2],
            "comment": row[13], "external_id": "",
        }
        for row in DEALS
    ]  # fmt: skip
