"""QR codes, as SVG that a page may hold."""

from io import BytesIO

import segno


def qr_svg(text: str) -> str:
    """Draw a code; dark on white whatever the page looks like, since cameras want it so."""
    drawn: str = segno.make(text, error="m", micro=False).svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True
    )
    return drawn


def qr_file(text: str) -> str:
    """Draw a code as a picture of its own, for paper."""
    made = BytesIO()
    segno.make(text, error="m", micro=False).save(made, kind="svg", scale=5, border=4, dark="#000", light="#fff")
    return made.getvalue().decode()
