"""A bundle that comes of another keeps its graph, for as long as nothing but weights has changed."""

from dataclasses import replace

import pytest

from hnhar.model.bundle.bundle import bundled, read
from hnhar.model.loading import load_file
from hnhar.train.bundles import graphs
from hnhar.train.bundles.graphs import graph_for

TUG = bundled()["tug"]


def test_the_graph_of_the_bundle_that_was_adapted_serves_the_adapted_one() -> None:
    file = read(TUG)
    recognizer = load_file(file, TUG)
    assert graph_for(file.info, recognizer, file) == (file.graph, "")


def test_a_graph_is_written_anew_where_that_of_the_base_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    file = read(TUG)
    recognizer = load_file(file, TUG)
    monkeypatch.setattr(graphs, "exported", lambda info, recognizer: "new")
    for graph in (None, "damaged", read(bundled()["utd-mhad-wrist"]).graph):
        assert graph_for(file.info, recognizer, replace(file, graph=graph)) == ("new", "")
    assert graph_for(file.info, recognizer) == ("new", "")


def test_without_the_extra_a_bundle_is_written_without_a_graph_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from hnhar.model.networks import export

    monkeypatch.setattr(export, "exportable", lambda: False)
    file = read(TUG)
    graph, note = graph_for(file.info, load_file(file, TUG))
    assert graph is None
    assert "hnhar[export]" in note
