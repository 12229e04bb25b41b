"""A test that takes ``message_model`` runs for every config message."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest

from tfxc.schemas import protos
from tfxc.schemas.protos.base import ProtoModel
from tfxc.schemas.tfx_lines import installed_line


def message_models() -> list[type[ProtoModel]]:
    """The models of all config messages, by the messages' names."""
    models = {}
    for module in pkgutil.iter_modules(protos.__path__):
        for value in vars(import_module(f"{protos.__name__}.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, ProtoModel) and value is not ProtoModel:
                models[value.proto] = value
    return [models[name] for name in sorted(models)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs tests that take ``message_model`` for each."""
    if "message_model" in metafunc.fixturenames:
        models = message_models()
        if metafunc.module.__name__.endswith(("test_against_tfx", "test_messages_in_protobuf")):
            # What the other line of TFX has cannot be compared with the installed one, nor parsed by it.
            models = [model for model in models if model.only_in_tfx in (None, installed_line())]
        metafunc.parametrize("message_model", models, ids=lambda model: model.proto)


@pytest.fixture(scope="session")
def models_by_message() -> dict[str, type[ProtoModel]]:
    """Full name of a message → its model."""
    return {model.proto: model for model in message_models()}
