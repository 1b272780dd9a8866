"""One shape for each outcome, told apart by outline and by sign."""

from collections.abc import Callable, Sequence

from PIL import ImageDraw

from collega.model.finding import Outcome
from collega.model.result import NoAnswer

SHAPE_SIZE = 60
INK, PAPER, PEN = 255, 0, 6

Point = tuple[float, float]
Painter = Callable[[ImageDraw.ImageDraw, "Place"], None]


class Place:
    """Square of `SHAPE_SIZE` pixels on the page; points are given as shares of its side."""

    def __init__(self, corner: tuple[int, int]) -> None:
        self._left, self._top = corner

    def points(self, *shares: Point) -> list[Point]:
        """Pixels of points given in 0 to 1."""
        return [(self._left + x * SHAPE_SIZE, self._top + y * SHAPE_SIZE) for x, y in shares]


def draw_shape(canvas: ImageDraw.ImageDraw, outcome: Outcome | NoAnswer, corner: tuple[int, int]) -> None:
    """Draw the shape of ``outcome`` with its upper left corner at ``corner``."""
    PAINTERS[outcome](canvas, Place(corner))


def _stroke(canvas: ImageDraw.ImageDraw, points: Sequence[Point], fill: int = INK) -> None:
    canvas.line(list(points), fill=fill, width=PEN, joint="curve")


def _found(canvas: ImageDraw.ImageDraw, place: Place) -> None:
    """Draw a filled triangle with an exclamation mark."""
    canvas.polygon(place.points((0.5, 0.02), (1, 0.96), (0, 0.96)), fill=INK)
    _stroke(canvas, place.points((0.5, 0.34), (0.5, 0.68)), PAPER)
    canvas.rectangle(place.points((0.45, 0.77), (0.55, 0.87)), fill=PAPER)


def _nothing_found(canvas: ImageDraw.ImageDraw, place: Place) -> None:
    """Draw an open circle; a tick in it would say that all is well, which no app can say."""
    canvas.ellipse(place.points((0.03, 0.03), (0.97, 0.97)), outline=INK, width=PEN)


def _undetermined(canvas: ImageDraw.ImageDraw, place: Place) -> None:
    """Draw an open diamond with a question mark."""
    corners = place.points((0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5))
    canvas.polygon(corners, outline=INK, width=PEN)
    canvas.arc(place.points((0.36, 0.24), (0.64, 0.5)), start=180, end=80, fill=INK, width=PEN - 1)
    _stroke(canvas, place.points((0.5, 0.47), (0.5, 0.6)))
    canvas.rectangle(place.points((0.455, 0.68), (0.545, 0.77)), fill=INK)


def _not_suitable(canvas: ImageDraw.ImageDraw, place: Place) -> None:
    """Draw an open square with a bar."""
    canvas.rectangle(place.points((0.05, 0.05), (0.95, 0.95)), outline=INK, width=PEN)
    _stroke(canvas, place.points((0.25, 0.5), (0.75, 0.5)))


def _failed(canvas: ImageDraw.ImageDraw, place: Place) -> None:
    """Draw a filled square with a cross."""
    canvas.rectangle(place.points((0.05, 0.05), (0.95, 0.95)), fill=INK)
    _stroke(canvas, place.points((0.24, 0.24), (0.76, 0.76)), PAPER)
    _stroke(canvas, place.points((0.76, 0.24), (0.24, 0.76)), PAPER)


def _unavailable(canvas: ImageDraw.ImageDraw, place: Place) -> None:
    """Draw a filled octagon with a bar, the outline of a stop sign."""
    low, high = 0.3, 0.7
    corners = ((low, 0), (high, 0), (1, low), (1, high), (high, 1), (low, 1), (0, high), (0, low))
    canvas.polygon(place.points(*corners), fill=INK)
    _stroke(canvas, place.points((0.2, 0.5), (0.8, 0.5)), PAPER)


def _no_rule_out(canvas: ImageDraw.ImageDraw, place: Place) -> None:
    """Draw an open circle that is broken on both sides: it must not pass for that of nothing found."""
    box = place.points((0.03, 0.03), (0.97, 0.97))
    canvas.arc(box, start=215, end=325, fill=INK, width=PEN)
    canvas.arc(box, start=35, end=145, fill=INK, width=PEN)
    _stroke(canvas, place.points((0.3, 0.5), (0.7, 0.5)))


def _not_asked(canvas: ImageDraw.ImageDraw, place: Place) -> None:
    """Draw a closed envelope."""
    canvas.rectangle(place.points((0.03, 0.17), (0.97, 0.83)), outline=INK, width=PEN)
    _stroke(canvas, place.points((0.05, 0.2), (0.5, 0.56), (0.95, 0.2)))


def _own_screen(canvas: ImageDraw.ImageDraw, place: Place) -> None:
    """Draw a screen on its foot."""
    canvas.rectangle(place.points((0.03, 0.08), (0.97, 0.72)), outline=INK, width=PEN)
    _stroke(canvas, place.points((0.5, 0.72), (0.5, 0.94)))
    _stroke(canvas, place.points((0.25, 0.94), (0.75, 0.94)))


PAINTERS: dict[Outcome | NoAnswer, Painter] = {
    Outcome.FOUND: _found,
    Outcome.NOTHING_FOUND: _nothing_found,
    Outcome.UNDETERMINED: _undetermined,
    Outcome.NOT_SUITABLE: _not_suitable,
    Outcome.FAILED: _failed,
    NoAnswer.UNAVAILABLE: _unavailable,
    NoAnswer.NO_RULE_OUT: _no_rule_out,
    NoAnswer.NOT_ASKED: _not_asked,
    NoAnswer.OWN_SCREEN: _own_screen,
}
