"""What an ONNX model wants is seen before it is run, and what is no plain network is refused."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="pip install 'hnhar[export]'")

from onnx import TensorProto, helper  # noqa: E402

from hnhar.model.bundle.bundle import bundled, read  # noqa: E402
from hnhar.model.bundle.graph import unpack  # noqa: E402
from hnhar.model.bundle.onnx_wire import ModelShape, examine, filled, joined  # noqa: E402


def model(node: onnx.NodeProto | None = None, *, domain: str = "", **graph: list[object]) -> onnx.ModelProto:
    """y = x + w, of a weight from outside; or another node."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 3])
    made = helper.make_graph([node or helper.make_node("Add", ["x", "w"], ["y"])], "sum", [x], [y])
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1, 3])
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="bundle")
    made.initializer.append(weight)
    for name, values in graph.items():
        getattr(made, name).extend(values)
    return helper.make_model(made, opset_imports=[helper.make_opsetid(domain, 20)])


def test_inputs_outputs_and_weights_of_a_model_are_read() -> None:
    assert examine(model().SerializeToString()) == ModelShape(
        20, {"x": (-1, 3)}, {"y": (-1, 3)}, {"w": (1, 3)}
    )


@pytest.mark.parametrize("name", bundled())
def test_the_graphs_that_ship_are_read_as_the_package_onnx_reads_them(name: str) -> None:
    for part in unpack(read(bundled()[name]).graph or "").parts.values():
        found, known = examine(part), onnx.load_from_string(part)
        assert found.opset == known.opset_import[0].version
        assert list(found.inputs) == [value.name for value in known.graph.input]
        assert list(found.outputs) == [value.name for value in known.graph.output]
        outside = [t for t in known.graph.initializer if t.data_location == TensorProto.EXTERNAL]
        assert found.weights == {tensor.name: tuple(tensor.dims) for tensor in outside}
        assert b".py" not in part  # nothing tells of the machine that wrote it


def test_parts_are_joined_to_a_model_that_onnx_accepts() -> None:
    a, b = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 3]) for name in "ab")
    z = helper.make_tensor_value_info("z", TensorProto.FLOAT, ["batch", 3])
    last = helper.make_graph([helper.make_node("Mul", ["a", "b"], ["z"])], "product", [a, b], [z])
    product = helper.make_model(last, opset_imports=[helper.make_opsetid("", 20)])
    part = model().SerializeToString()  # both of one weight
    whole = joined({"": product.SerializeToString(), "a": part, "b": part}, "")
    assert examine(whole) == ModelShape(20, {"a": (-1, 3), "b": (-1, 3)}, {"z": (-1, 3)}, {"w": (1, 3)})
    onnx.checker.check_graph(onnx.load_from_string(filled(whole, {"w": np.ones((1, 3), np.float32)})).graph)
    only = joined({"": product.SerializeToString(), "a": part}, "")
    assert examine(only).inputs == {"a": (-1, 3), "b": (-1, 3)}


def looping() -> onnx.NodeProto:
    body = helper.make_graph([], "body", [], [])
    return helper.make_node("Loop", ["x", "w"], ["y"], body=body)


def elsewhere() -> onnx.NodeProto:
    tensor = TensorProto(name="", data_type=TensorProto.FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="../secret")
    return helper.make_node("Constant", [], ["y"], value=tensor)


@pytest.mark.parametrize(
    ("made", "found"),
    [
        (model(looping()), "loops or branches"),
        (model(elsewhere()), "weights that are not float32|constants that lie elsewhere"),
        (model(helper.make_node("Mine", ["x"], ["y"], domain="com.mine")), "operators that are not"),
        (model(domain="com.microsoft"), "operators that are not"),
        (model(sparse_initializer=[onnx.SparseTensorProto()]), "sparse"),
        (
            model(
                initializer=[TensorProto(name="i", data_type=TensorProto.INT64, dims=[1], data_location=1)]
            ),
            "not float32",
        ),
    ],
)
def test_what_no_network_of_ours_has_is_refused(made: onnx.ModelProto, found: str) -> None:
    with pytest.raises(ValueError, match=found):
        examine(made.SerializeToString())


def test_a_model_with_functions_is_refused() -> None:
    made = model()
    made.functions.append(helper.make_function("com.mine", "f", ["a"], ["b"], [], []))
    with pytest.raises(ValueError, match="functions"):
        examine(made.SerializeToString())


def test_a_model_that_ends_early_is_refused() -> None:
    whole = model().SerializeToString()
    for kept in range(len(whole)):
        with pytest.raises(ValueError, match=r"truncated|damaged|operators"):
            examine(whole[:kept])


@pytest.mark.parametrize("name", bundled())
def test_a_model_that_is_filled_has_its_weights_and_is_otherwise_the_same(name: str) -> None:
    file = read(bundled()[name])
    for part in unpack(file.graph or "").parts.values():
        weights = {tensor: file.tensor(tensor) for tensor in examine(part).weights}
        found, known = onnx.load_from_string(filled(part, weights)), onnx.load_from_string(part)
        assert not examine(found.SerializeToString()).weights
        for tensor, before in zip(found.graph.initializer, known.graph.initializer, strict=True):
            if before.data_location != TensorProto.EXTERNAL:
                assert tensor == before
                continue
            assert np.array_equal(onnx.numpy_helper.to_array(tensor), weights[tensor.name])
        del found.graph.initializer[:], known.graph.initializer[:]
        assert found == known
