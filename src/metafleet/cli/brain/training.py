"""`metafleet brain train`: a model of bars, and what it is worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from metafleet.cli.asking import AsJson, remark, say
from metafleet.cli.refusal import Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metafleet.brain.model import Model
    from metafleet.brain.training import Study, Trained

CACHE: Final = Path.home() / ".cache" / "metafleet"
_LABELS: Final = {"barrier": "triple_barrier", "return": "forward_return"}
_KINDS: Final = ("lightgbm", "linear")


def train(  # noqa: PLR0913, PLR0917 - each is an option of its own
    data: Annotated[Path, typer.Option(metavar="FOLDER|FILE", help="Bars, in files named after symbols.")],
    out: Annotated[Path, typer.Option(metavar="MODEL.mfm", help="Where the model is written, and its card.")],
    symbols: Annotated[
        str, typer.Option(help="With commas, as EURUSD,GBPUSD.", show_default="all there are")
    ] = "",
    timeframe: Annotated[str, typer.Option(help="Of the bars; shorter ones are added up.")] = "H1",
    begin: Annotated[
        str, typer.Option("--from", help="By the server's clock, as 2012-01-01.", show_default="all there is")
    ] = "",
    end: Annotated[
        str, typer.Option("--to", help="The end, not included.", show_default="all there is")
    ] = "",
    label: Annotated[
        str, typer.Option(help="barrier (which of two prices comes first) or return (higher at the end).")
    ] = "barrier",
    horizon: Annotated[int, typer.Option(min=1, metavar="BARS", help="How far a label looks.")] = 24,
    upper: Annotated[float, typer.Option(help="The upper barrier, in volatilities of the horizon.")] = 1.0,
    lower: Annotated[float, typer.Option(help="The lower one.")] = 1.0,
    kind: Annotated[str, typer.Option(help="lightgbm or linear.")] = "lightgbm",
    features: Annotated[
        str, typer.Option(help="Names with commas.", show_default="all that need no other symbols")
    ] = "",
    calendar: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Scheduled events, which features look at, too."),
    ] = None,
    server_zone: Annotated[
        str, typer.Option(metavar="ZONE", help="The clock of the bars, by which events are told.")
    ] = "America/New_York+7",
    folds: Annotated[int, typer.Option(min=2, max=50, help="Tests, one after the other.")] = 5,
    embargo: Annotated[
        int | None,
        typer.Option(min=0, metavar="BARS", help="Left out before a test.", show_default="horizon"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same model.")] = 0,
    confidence: Annotated[float, typer.Option(help="Of intervals, and what promotion asks for.")] = 0.95,
    trials: Annotated[
        int, typer.Option("--trials-before", min=0, help="Models that you have tried on these bars already.")
    ] = 0,
    spread: Annotated[int | None, typer.Option(min=0, help="In points.", show_default="of the bars")] = None,
    commission: Annotated[float, typer.Option(min=0, help="US dollars a lot and side, of pairs.")] = 3.5,
    swaps: Annotated[bool, typer.Option(help="Whether nights are charged.")] = True,
    card: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write the card there.", show_default="beside the model"),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="At once.", show_default="all cores")] = None,
    work: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keeps what is done.", show_default="~/.cache/metafleet"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train a model on the past, walk it forward, and say whether there is anything in it.

    "No edge found" is an answer, and the usual one: the model is written all the same, and never promoted.
    What is done is kept: after Ctrl-C, or a crash, the same command goes on where it was.
    """
    from metafleet.brain.evidence.costs import CostTerms
    from metafleet.brain.model import LabelSpec

    if label not in _LABELS or kind not in _KINDS:
        raise Refused("--label is barrier or return, and --kind lightgbm or linear.")
    try:
        wanted = LabelSpec(
            kind=_LABELS[label],  # type: ignore[arg-type]
            horizon_bars=horizon,
            upper=upper,
            lower=lower,
        )
    except ValueError as error:
        raise Refused(f"{error}.") from error
    settings = {
        "label": wanted,
        "kind": kind,
        "features": tuple(name.strip() for name in features.split(",") if name.strip()),
        "folds": folds,
        "embargo_bars": embargo,
        "seed": seed,
        "confidence": confidence,
        "trials_before": trials,
        "calendar": _calendar(calendar, server_zone),
        "costs": CostTerms(spread_points=spread, commission=commission, with_swaps=swaps),
    }
    _check_places(out, card)
    asked = _study(out.stem, data, symbols, timeframe.upper(), (begin, end), settings)
    made = _trained(asked, work or CACHE / "training", workers)
    _write(out, made.model.to_bytes())
    tell(made.model, out, card or out.with_suffix(".html"), as_json=as_json)


def tell(model: Model, source: Path, page: Path | None, *, as_json: bool) -> None:
    """Print a model's card, and write its page."""
    from metafleet.brain.model.page import as_json as in_json
    from metafleet.brain.model.page import as_page
    from metafleet.cli.brain.printing import as_text

    say(in_json(model).decode().rstrip() if as_json else as_text(model))
    if page is not None:
        _write(page, as_page(model).encode())
        remark(f"{source}: the model. {page}: its card.")


def _study(
    name: str, data: Path, symbols: str, timeframe: str, span: tuple[str, str], settings: dict[str, object]
) -> Study:
    from metafleet.brain.features import UnknownFeature
    from metafleet.brain.training import Study, StudyRefused
    from metafleet.brain.training.bars import read_bars
    from metafleet.cli.rehearsal.command import read_moment
    from metafleet.engine.market.files.opening import MarketFileRefused
    from metafleet.engine.market.symbolfile import known_symbols
    from metafleet.engine.market.timeframes import BY_NAME

    known = known_symbols()
    names = [one.strip() for one in symbols.split(",") if one.strip()] or list(known)
    strange = [one for one in names if one not in known]
    if strange:
        raise Refused(f"there is no symbol {strange[0]}; `metafleet market symbols` lists them.")
    if timeframe not in BY_NAME:
        raise Refused(f"--timeframe {timeframe} is none of {', '.join(BY_NAME)}.")
    begin_s, end_s = read_moment("--from", span[0]), read_moment("--to", span[1])
    try:
        bars = read_bars(
            data,
            {one: known[one] for one in names},
            timeframe,
            cache=CACHE / "market",
            begin_s=begin_s,
            end_s=end_s,
        )
        missing = [one for one in names if one not in bars]
        if symbols and missing:
            raise Refused(f"{data} has no bars of {missing[0]} that make {timeframe}.")
        return Study(name=name, bars=bars, specs=known, timeframe=timeframe, **settings)  # type: ignore[arg-type]
    except (StudyRefused, MarketFileRefused, UnknownFeature) as error:
        raise Refused(f"{str(error).rstrip('.')}.") from error


def _calendar(file: Path | None, zone: str) -> NDArray[Any] | None:
    from metafleet.brain.features import calendar_of
    from metafleet.engine.market.calendarfile import FeedRefused, read_calendar
    from metafleet.engine.market.servertime import Zone, ZoneRefused

    if file is None:
        return None
    try:
        events = read_calendar(file)
        found = calendar_of(((one.at, one.currency, one.impact) for one in events), Zone(zone))
    except (FeedRefused, ZoneRefused) as error:
        raise Refused(str(error)) from error
    if not len(found):
        raise Refused(f"{file} has no event of low, medium or high impact.")
    return found


def _trained(study: Study, work: Path, workers: int | None) -> Trained:
    from metafleet.brain.model import LibraryMissing
    from metafleet.brain.splits import SplitRefused
    from metafleet.brain.training import StudyRefused, train
    from metafleet.cli.progress import ProgressBar

    bar = ProgressBar()
    try:
        return train(study, work=work, workers=workers, progress=bar.show)
    except (StudyRefused, SplitRefused, LibraryMissing) as error:
        raise Refused(f"{str(error).rstrip('.')}.") from error
    except KeyboardInterrupt:
        raise Refused("interrupted; the same command goes on where it was.") from None
    except OSError as error:
        raise Refused(f"{work}: cannot be written: {error.strerror or error}.") from error
    finally:
        bar.clear()


def _check_places(out: Path, card: Path | None) -> None:
    """Refuse what could not be written before the training, not after it."""
    for option, file in (("--out", out), ("--card", card)):
        if file is not None and not file.absolute().parent.is_dir():
            raise Refused(f"{option}: there is no folder {file.absolute().parent}.")


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise Refused(f"cannot write {file}: {error.strerror}.") from error
