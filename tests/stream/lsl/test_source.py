"""What users write as a source."""

import re

import pylsl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnhar.model.errors import ConfigError
from hnhar.stream.lsl.source import parse_source, quoted, resolve

TYPE = "translate(type,'ABCDEFGHIJKLMNOPQRSTUVWXYZ','abcdefghijklmnopqrstuvwxyz')"


@pytest.mark.parametrize(
    ("text", "predicate"),
    [
        ("hnhar-imu", "name='hnhar-imu'"),
        ("My Watch (left)", "name='My Watch (left)'"),
        (" name=Muse,type=ACC ", f"name='Muse' and {TYPE}='acc'"),
        ("name=My Watch type=IMU", f"name='My Watch' and {TYPE}='imu'"),
        ("name = a, source_id = b:c, hostname = lab-1", "name='a' and source_id='b:c' and hostname='lab-1'"),
        ("name='a' or name='b'", "(name='a' or name='b')"),
        ("starts-with(name,'Mu')", "(starts-with(name,'Mu'))"),
        ("it's", 'name="it\'s"'),
    ],
)
def test_names_pairs_and_predicates(text: str, predicate: str) -> None:
    assert parse_source(text).predicate == predicate


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("nme=Muse", "name, type, source_id, hostname"),
        ("name=a,name=b", "twice"),
        ("name=,type=ACC", "empty"),
        ("Muse type=ACC", "write name="),
        ("name='a", "not closed"),
        ("starts-with(name,'a'", "not closed"),
        ("name='a') or ('1'='1'", "not closed"),
        ("a\nb", "control"),
    ],
)
def test_malformed_sources_are_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_source(text)


@pytest.mark.lsl
@pytest.mark.parametrize("name", ["zzz' or name!='zzz", "a\"b'c", "]] or true() or ['", "x and y=z", "ü&<>"])
def test_no_name_breaks_out_of_its_quotes(name: str) -> None:
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo("innocent", "IMU", 6, 50, "float32", "innocent-id"))
    assert resolve(parse_source("innocent"), 2.0)
    assert not pylsl.resolve_bypred(f"name={quoted(name)}", 1, 0.3)
    del outlet


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs")), max_size=30))
def test_quoting_is_an_xpath_string_whatever_it_holds(text: str) -> None:
    written = quoted(text)
    inner = written[len("concat(") : -1] if written.startswith("concat(") else written
    literals = re.findall(r"\"[^\"]*\"|'[^']*'", inner)
    assert ", ".join(literals) == inner
    assert "".join(literal[1:-1] for literal in literals) == text
