"""QR codes are read back by a decoder that is not ours (OpenCV's)."""

import re
from typing import Any

import numpy as np
import pytest

from hnhar.stream.phone.qr import as_svg, as_text

ADDRESS = "https://192.168.1.20:8443/Zk3v9QmW_t-7aB1c/"
HALVES = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


def read(modules: Any) -> str:
    """The text of a picture of modules, 1 for light."""
    cv2 = pytest.importorskip("cv2", reason="no OpenCV")
    picture = np.kron(np.array(modules, np.uint8) * 255, np.ones((8, 8), np.uint8))
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(np.pad(picture, 32, constant_values=255))
    return str(text)


def test_the_code_of_the_terminal_is_the_address() -> None:
    lines = as_text(ADDRESS).splitlines()
    rows = [[HALVES[character][half] for character in line] for line in lines for half in (0, 1)]
    assert read(rows) == ADDRESS


def test_the_code_of_the_page_is_an_svg_without_scripts() -> None:
    svg = as_svg(ADDRESS)
    assert svg.lstrip().startswith(("<?xml", "<svg"))
    assert not re.search(r"<script|on\w+=|href", svg)
