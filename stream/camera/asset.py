"""The bundle of two networks that MediaPipe's tasks load, put together in memory.

Networks of the older MediaPipe lack what the new one reads from them: how pixels become numbers. The same is
done here as by `mediapipe.tasks.python.metadata`, which the new one carries but cannot import.
"""

import io
from typing import Any, Final

import numpy as np

from .model import Networks

_KEY: Final = "TFLITE_METADATA"
_PIXELS: Final = {"pose_detector.tflite": (127.5, 127.5), "pose_landmarks_detector.tflite": (0.0, 255.0)}
"""Network -> mean and standard deviation of its pixels: -1 to 1, and 0 to 1."""


def bundled(networks: Networks) -> bytes:
    """The content of a .task file of these networks."""
    from mediapipe.tasks.python.metadata.metadata_writers import model_asset_bundle_utils

    files = dict(zip(_PIXELS, (networks.detector, networks.landmarks), strict=True))
    made = io.BytesIO()
    described = {name: _described(raw, *_PIXELS[name]) for name, raw in files.items()}
    model_asset_bundle_utils.create_model_asset_bundle(described, made)
    return made.getvalue()


def _described(raw: bytes, mean: float, deviation: float) -> bytes:
    """The network with the metadata of its image."""
    import flatbuffers
    from mediapipe.tasks.metadata import schema_py_generated as tflite

    model = tflite.ModelT.InitFromObj(tflite.Model.GetRootAsModel(raw, 0))
    content = tflite.BufferT()
    content.data = np.frombuffer(_metadata(model, mean, deviation), np.uint8)
    model.buffers.append(content)
    entry = tflite.MetadataT()
    entry.name, entry.buffer = _KEY, len(model.buffers) - 1
    kept = [known for known in model.metadata or [] if known.name not in (_KEY, _KEY.encode())]
    model.metadata = [*kept, entry]
    builder = flatbuffers.Builder(len(raw) + 4096)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _metadata(model: Any, mean: float, deviation: float) -> bytes:
    import flatbuffers
    from mediapipe.tasks.metadata import metadata_schema_py_generated as meta

    normalization = meta.NormalizationOptionsT()
    normalization.mean, normalization.std = [mean], [deviation]
    step = meta.ProcessUnitT()
    step.optionsType, step.options = meta.ProcessUnitOptions.NormalizationOptions, normalization
    image = meta.ImagePropertiesT()
    image.colorSpace = meta.ColorSpaceType.RGB
    content = meta.ContentT()
    content.contentPropertiesType, content.contentProperties = meta.ContentProperties.ImageProperties, image
    taken = meta.TensorMetadataT()
    taken.name, taken.content, taken.processUnits = "image", content, [step]
    given = [meta.TensorMetadataT() for _ in model.subgraphs[0].outputs]
    graph = meta.SubGraphMetadataT()
    graph.inputTensorMetadata, graph.outputTensorMetadata = [taken], given
    whole = meta.ModelMetadataT()
    whole.subgraphMetadata = [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(whole.Pack(builder), b"M001")
    return bytes(builder.Output())
