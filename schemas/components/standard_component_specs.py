"""TFX's own spec classes and the names of their keys, for classes of the user's that build on them.

Mirrors ``tfx.types.standard_component_specs`` of both of TFX's lines: what only one of them has is here
too. A name that ends in ``?`` need not be given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class SpecClass:
    """A ComponentSpec of TFX's: key → artifact type, and parameter → type as TFX's source writes it."""

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]


KEYS: Mapping[str, str] = MappingProxyType(
    {
        "SCHEMA_KEY": "schema",
        "EXAMPLES_KEY": "examples",
        "MODEL_KEY": "model",
        "EXTERNAL_MODEL_KEY": "external_model",
        "BLESSING_KEY": "blessing",
        "TRAIN_ARGS_KEY": "train_args",
        "CUSTOM_CONFIG_KEY": "custom_config",
        "MODEL_BLESSING_KEY": "model_blessing",
        "TRANSFORM_GRAPH_KEY": "transform_graph",
        "EVAL_ARGS_KEY": "eval_args",
        "MODULE_FILE_KEY": "module_file",
        "EXCLUDE_SPLITS_KEY": "exclude_splits",
        "STATISTICS_KEY": "statistics",
        "ANOMALIES_KEY": "anomalies",
        "EVAL_CONFIG_KEY": "eval_config",
        "FEATURE_SLICING_SPEC_KEY": "feature_slicing_spec",
        "FAIRNESS_INDICATOR_THRESHOLDS_KEY": "fairness_indicator_thresholds",
        "EXAMPLE_SPLITS_KEY": "example_splits",
        "MODULE_PATH_KEY": "module_path",
        "BASELINE_MODEL_KEY": "baseline_model",
        "EXTERNAL_BASELINE_MODEL_KEY": "external_baseline_model",
        "EVALUATION_KEY": "evaluation",
        "MODEL_SUBFOLDER_KEY": "model_subfolder",
        "ADD_SPLIT_NAME_KEY": "add_split_name",
        "SERVING_SPEC_KEY": "serving_spec",
        "VALIDATION_SPEC_KEY": "validation_spec",
        "REQUEST_SPEC_KEY": "request_spec",
        "TUNER_FN_KEY": "tuner_fn",
        "TUNE_ARGS_KEY": "tune_args",
        "BEST_HYPERPARAMETERS_KEY": "best_hyperparameters",
        "TUNER_RESULTS_KEY": "tuner_results",
        "MODEL_SPEC_KEY": "model_spec",
        "DATA_SPEC_KEY": "data_spec",
        "OUTPUT_EXAMPLE_SPEC_KEY": "output_example_spec",
        "INFERENCE_RESULT_KEY": "inference_result",
        "OUTPUT_EXAMPLES_KEY": "output_examples",
        "INFER_FEATURE_SHAPE_KEY": "infer_feature_shape",
        "SCHEMA_FILE_KEY": "schema_file",
        "STATS_OPTIONS_JSON_KEY": "stats_options_json",
        "SHARDED_STATS_OUTPUT_KEY": "sharded_stats_output",
        "SAMPLE_RATE_BY_SPLIT_KEY": "sample_rate_by_split",
        "INPUT_BASE_KEY": "input_base",
        "INPUT_CONFIG_KEY": "input_config",
        "OUTPUT_CONFIG_KEY": "output_config",
        "OUTPUT_DATA_FORMAT_KEY": "output_data_format",
        "OUTPUT_FILE_FORMAT_KEY": "output_file_format",
        "RANGE_CONFIG_KEY": "range_config",
        "PUSH_DESTINATION_KEY": "push_destination",
        "INFRA_BLESSING_KEY": "infra_blessing",
        "PUSHED_MODEL_KEY": "pushed_model",
        "RUN_FN_KEY": "run_fn",
        "BASE_MODEL_KEY": "base_model",
        "HYPERPARAMETERS_KEY": "hyperparameters",
        "MODEL_RUN_KEY": "model_run",
        "PREPROCESSING_FN_KEY": "preprocessing_fn",
        "STATS_OPTIONS_UPDATER_FN_KEY": "stats_options_updater_fn",
        "FORCE_TF_COMPAT_V1_KEY": "force_tf_compat_v1",
        "SAVE_OPTIONS_KEY": "save_options",
        "SPLITS_CONFIG_KEY": "splits_config",
        "ANALYZER_CACHE_KEY": "analyzer_cache",
        "TRANSFORMED_EXAMPLES_KEY": "transformed_examples",
        "UPDATED_ANALYZER_CACHE_KEY": "updated_analyzer_cache",
        "DISABLE_STATISTICS_KEY": "disable_statistics",
        "PRE_TRANSFORM_SCHEMA_KEY": "pre_transform_schema",
        "PRE_TRANSFORM_STATS_KEY": "pre_transform_stats",
        "POST_TRANSFORM_SCHEMA_KEY": "post_transform_schema",
        "POST_TRANSFORM_STATS_KEY": "post_transform_stats",
        "POST_TRANSFORM_ANOMALIES_KEY": "post_transform_anomalies",
        "BASELINE_EXAMPLES_KEY": "baseline_examples",
        "EXAMPLE_DIFF_CONFIG_KEY": "example_diff_config",
        "EXAMPLE_DIFF_RESULT_KEY": "example_diff_result",
        "INCLUDE_SPLIT_PAIRS_KEY": "include_split_pairs",
        "BASELINE_STATISTICS_KEY": "baseline_statistics",
        "DISTRIBUTION_VALIDATOR_CONFIG_KEY": "distribution_validator_config",
        "VALIDATION_METRICS_KEY": "validation_metrics",
        "ARTIFACT_DISTRIBUTION_VALIDATOR_CONFIG_KEY": "artifact_distribution_validator_config",
        "CUSTOM_VALIDATION_CONFIG_KEY": "custom_validation_config",
    }
)
"""constant → key"""

SPEC_CLASSES: Mapping[str, SpecClass] = MappingProxyType(
    {
        "BulkInferrerSpec": SpecClass(
            {"examples": "Examples", "model": "Model?", "model_blessing": "ModelBlessing?"},
            {"inference_result": "InferenceResult?", "output_examples": "Examples?"},
            {
                "model_spec": "bulk_inferrer_pb2.ModelSpec?",
                "data_spec": "bulk_inferrer_pb2.DataSpec?",
                "output_example_spec": "bulk_inferrer_pb2.OutputExampleSpec?",
            },
        ),
        "EvaluatorSpec": SpecClass(
            {"examples": "Examples", "model": "Model?", "baseline_model": "Model?", "schema": "Schema?"},
            {"evaluation": "ModelEvaluation", "blessing": "ModelBlessing"},
            {
                "eval_config": "tfma.EvalConfig?",
                "feature_slicing_spec": "evaluator_pb2.FeatureSlicingSpec?",
                "fairness_indicator_thresholds": "str?",
                "example_splits": "str?",
                "add_split_name": "bool?",
                "module_file": "str?",
                "module_path": "str?",
            },
        ),
        "ExampleValidatorSpec": SpecClass(
            {"statistics": "ExampleStatistics", "schema": "Schema"},
            {"anomalies": "ExampleAnomalies"},
            {
                "exclude_splits": "str?",
                "custom_validation_config": "custom_validation_config_pb2.CustomValidationConfig?",
            },
        ),
        "FileBasedExampleGenSpec": SpecClass(
            {},
            {"examples": "Examples"},
            {
                "input_base": "str",
                "input_config": "example_gen_pb2.Input",
                "output_config": "example_gen_pb2.Output",
                "output_data_format": "int",
                "output_file_format": "int",
                "custom_config": "example_gen_pb2.CustomConfig?",
                "range_config": "range_config_pb2.RangeConfig?",
            },
        ),
        "QueryBasedExampleGenSpec": SpecClass(
            {},
            {"examples": "Examples"},
            {
                "input_config": "example_gen_pb2.Input",
                "output_config": "example_gen_pb2.Output",
                "output_data_format": "int",
                "output_file_format": "int",
                "custom_config": "example_gen_pb2.CustomConfig?",
                "range_config": "range_config_pb2.RangeConfig?",
            },
        ),
        "InfraValidatorSpec": SpecClass(
            {"model": "Model", "examples": "Examples?"},
            {"blessing": "InfraBlessing"},
            {
                "serving_spec": "infra_validator_pb2.ServingSpec",
                "validation_spec": "infra_validator_pb2.ValidationSpec?",
                "request_spec": "infra_validator_pb2.RequestSpec?",
            },
        ),
        "ModelValidatorSpec": SpecClass(
            {"examples": "Examples", "model": "Model"}, {"blessing": "ModelBlessing"}, {}
        ),
        "PusherSpec": SpecClass(
            {"model": "Model?", "model_blessing": "ModelBlessing?", "infra_blessing": "InfraBlessing?"},
            {"pushed_model": "PushedModel"},
            {"push_destination": "pusher_pb2.PushDestination?", "custom_config": "str?"},
        ),
        "SchemaGenSpec": SpecClass(
            {"statistics": "ExampleStatistics"},
            {"schema": "Schema"},
            {"infer_feature_shape": "int?", "exclude_splits": "str?"},
        ),
        "ImportSchemaGenSpec": SpecClass({}, {"schema": "Schema"}, {"schema_file": "str"}),
        "StatisticsGenSpec": SpecClass(
            {"examples": "Examples", "schema": "Schema?"},
            {"statistics": "ExampleStatistics"},
            {
                "stats_options_json": "str?",
                "exclude_splits": "str?",
                "sharded_stats_output": "bool?",
                "sample_rate_by_split": "str?",
            },
        ),
        "TrainerSpec": SpecClass(
            {
                "examples": "Examples",
                "transform_graph": "TransformGraph?",
                "schema": "Schema?",
                "base_model": "Model?",
                "hyperparameters": "HyperParameters?",
                "statistics": "ExampleStatistics?",
            },
            {"model": "Model", "model_run": "ModelRun"},
            {
                "train_args": "trainer_pb2.TrainArgs",
                "eval_args": "trainer_pb2.EvalArgs",
                "module_file": "str?",
                "module_path": "str?",
                "run_fn": "str?",
                "custom_config": "str?",
            },
        ),
        "TunerSpec": SpecClass(
            {
                "examples": "Examples",
                "schema": "Schema?",
                "transform_graph": "TransformGraph?",
                "base_model": "Model?",
            },
            {"best_hyperparameters": "HyperParameters", "tuner_results": "TunerResults"},
            {
                "module_file": "str?",
                "tuner_fn": "str?",
                "train_args": "trainer_pb2.TrainArgs",
                "eval_args": "trainer_pb2.EvalArgs",
                "tune_args": "tuner_pb2.TuneArgs?",
                "custom_config": "str?",
            },
        ),
        "TransformSpec": SpecClass(
            {"examples": "Examples", "schema": "Schema", "analyzer_cache": "TransformCache?"},
            {
                "transform_graph": "TransformGraph",
                "transformed_examples": "Examples?",
                "updated_analyzer_cache": "TransformCache?",
                "pre_transform_schema": "Schema?",
                "pre_transform_stats": "ExampleStatistics?",
                "post_transform_schema": "Schema?",
                "post_transform_stats": "ExampleStatistics?",
                "post_transform_anomalies": "ExampleAnomalies?",
            },
            {
                "module_file": "str?",
                "module_path": "str?",
                "preprocessing_fn": "str?",
                "stats_options_updater_fn": "str?",
                "force_tf_compat_v1": "int?",
                "custom_config": "str?",
                "splits_config": "transform_pb2.SplitsConfig?",
                "disable_statistics": "int?",
            },
        ),
        "ExampleDiffSpec": SpecClass(
            {"examples": "Examples", "baseline_examples": "Examples"},
            {"example_diff_result": "ExamplesDiff"},
            {"example_diff_config": "example_diff_pb2.ExampleDiffConfig", "include_split_pairs": "str?"},
        ),
        "DistributionValidatorSpec": SpecClass(
            {"statistics": "ExampleStatistics", "baseline_statistics": "ExampleStatistics"},
            {"anomalies": "ExampleAnomalies"},
            {
                "include_split_pairs": "str?",
                "distribution_validator_config": "distribution_validator_pb2.DistributionValidatorConfig",
                "custom_validation_config": "custom_validation_config_pb2.CustomValidationConfig?",
            },
        ),
    }
)
"""name → spec class"""

SPEC_OF_COMPONENT: Mapping[str, str] = MappingProxyType(
    {
        **{name.removesuffix("Spec"): name for name in SPEC_CLASSES},
        "CsvExampleGen": "FileBasedExampleGenSpec",
        "ImportExampleGen": "FileBasedExampleGenSpec",
        "BigQueryExampleGen": "QueryBasedExampleGenSpec",
        "BigQueryToElwcExampleGen": "QueryBasedExampleGenSpec",
        "PrestoExampleGen": "QueryBasedExampleGenSpec",
    }
)
"""component → its spec class"""
