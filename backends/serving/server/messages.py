"""The messages of TensorFlow and TensorFlow Serving, imported without TensorFlow itself.

Importing this module decides that this process never imports TensorFlow, unless it has done so already. The
classes are made at run time, so nothing is known of their types.
"""

from __future__ import annotations

from typing import Any

from tfxc.backends.launcher.servable.messages import only_messages, tensorflow_folder
from tfxc.schemas.failures import Failure

NO_TENSORFLOW = (
    "serving a model needs TensorFlow and tensorflow-serving-api, which are not installed here: install them "
    "with `pip install 'tfxc[serve]'` (in a project of uv: `uv add 'tfxc[serve]'`)."
)

_folder = tensorflow_folder()
if _folder is None:
    raise Failure(NO_TENSORFLOW)
TENSORFLOW = _folder
"""the folder that TensorFlow is installed in"""
only_messages(TENSORFLOW)

try:
    from tensorflow.core.example import example_pb2
    from tensorflow.core.framework import tensor_pb2
    from tensorflow.core.protobuf import config_pb2, meta_graph_pb2
    from tensorflow_serving.apis import (
        classification_pb2,
        get_model_metadata_pb2,
        get_model_status_pb2,
        inference_pb2,
        input_pb2,
        model_management_pb2,
        predict_pb2,
        prediction_log_pb2,
        regression_pb2,
    )
    from tensorflow_serving.config import model_server_config_pb2
except ImportError:
    raise Failure(NO_TENSORFLOW) from None

Example: Any = example_pb2.Example
TensorProto: Any = tensor_pb2.TensorProto
ConfigProto: Any = config_pb2.ConfigProto
MetaGraphDef: Any = meta_graph_pb2.MetaGraphDef
PredictRequest: Any = predict_pb2.PredictRequest
PredictResponse: Any = predict_pb2.PredictResponse
ClassificationRequest: Any = classification_pb2.ClassificationRequest
ClassificationResponse: Any = classification_pb2.ClassificationResponse
RegressionRequest: Any = regression_pb2.RegressionRequest
RegressionResponse: Any = regression_pb2.RegressionResponse
MultiInferenceRequest: Any = inference_pb2.MultiInferenceRequest
MultiInferenceResponse: Any = inference_pb2.MultiInferenceResponse
GetModelMetadataRequest: Any = get_model_metadata_pb2.GetModelMetadataRequest
GetModelMetadataResponse: Any = get_model_metadata_pb2.GetModelMetadataResponse
SignatureDefMap: Any = get_model_metadata_pb2.SignatureDefMap
GetModelStatusRequest: Any = get_model_status_pb2.GetModelStatusRequest
GetModelStatusResponse: Any = get_model_status_pb2.GetModelStatusResponse
ReloadConfigRequest: Any = model_management_pb2.ReloadConfigRequest
ReloadConfigResponse: Any = model_management_pb2.ReloadConfigResponse
Input: Any = input_pb2.Input
PredictionLog: Any = prediction_log_pb2.PredictionLog
ModelServerConfig: Any = model_server_config_pb2.ModelServerConfig
