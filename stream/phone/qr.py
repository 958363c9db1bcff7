"""QR codes of an address, for a terminal and for a page."""

import io


def as_text(address: str) -> str:
    """For a terminal: two rows of the code in a line of text."""
    import segno

    out = io.StringIO()
    segno.make(address, error="l", micro=False).terminal(out, compact=True, border=2)
    return out.getvalue()


def as_svg(address: str) -> str:
    """An SVG picture, black on white."""
    import segno

    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", scale=8, border=4, light="white")
    return out.getvalue().decode()
