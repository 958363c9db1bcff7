"""Units in the spellings that streams use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnhar.stream.mapping import units


@pytest.mark.parametrize(
    ("text", "canonical", "factor"),
    [
        *[(text, "g", 1.0) for text in ("g", "G", " g ", "gravity")],
        *[(text, "g", 1e-3) for text in ("mg", "mG", "milli-g")],
        *[
            (text, "g", 1 / 9.80665)
            for text in ("m/s^2", "m/s²", "ms-2", "m s^-2", "m·s⁻²", "m/s**2", "M/S2")
        ],
        *[(text, "deg/s", 1.0) for text in ("deg/s", "dps", "°/s", "º/s", "deg/sec", "degrees per second")],
        *[(text, "deg/s", 57.29577951308232) for text in ("rad/s", "rad s^-1", "radians/s", "RAD/S")],
        *[(text, "m", 1.0) for text in ("m", "meters", "Meters")],
        ("cm", "m", 1e-2),
        ("millimeters", "m", 1e-3),
    ],
)
def test_every_spelling_has_its_factor(text: str, canonical: str, factor: float) -> None:
    known = units.unit(text)
    assert known is not None
    assert known.canonical == canonical
    assert known.factor == pytest.approx(factor)


@pytest.mark.parametrize("text", ["", "V", "microvolts", "px", "s", "rpm", "m/s", "deg"])
def test_other_units_are_not_ours(text: str) -> None:
    assert units.unit(text) is None


@given(st.sampled_from(sorted(units.UNITS)), st.data())
def test_case_and_spaces_do_not_matter(spelling: str, data: st.DataObject) -> None:
    cased = "".join(c.upper() if data.draw(st.booleans()) else c for c in spelling)
    at = data.draw(st.integers(0, len(cased)))
    assert units.unit(f"{cased[:at]} {cased[at:]}") == units.UNITS[spelling]
