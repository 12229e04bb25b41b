"""What an error of TensorFlow's loader says of a model, and what it leaves open."""

from __future__ import annotations

import pytest

from tfxc.backends.launcher.servable import verdict
from tfxc.backends.launcher.servable.verdict import LoaderError, Verdict

GONE = "This could mean that the variable has been deleted. In TF1, it can also mean …"


def calling(code: int, text: str, variables: bool = True) -> Verdict:
    return verdict.of_calling("serve", LoaderError(code, text), variables)


@pytest.mark.parametrize(
    "text", [f"Could not find variable dense/bias. {GONE}", "Could not find variable dense/bias"]
)
def test_a_variable_that_is_not_restored_is_named(text: str) -> None:
    found = calling(verdict.FAILED_PRECONDITION, text + "\n\t [[{{node dense/BiasAdd/ReadVariableOp}}]]")
    assert found.servable is False
    assert found.reason.startswith(
        "a call of its signature `serve` fails: there is no variable `dense/bias` in the graph that "
        "it loads. Under "
    )
    assert "`model.export(fn_args.serving_model_dir)`" in found.reason


def test_without_a_file_of_variables_that_is_the_reason() -> None:
    found = calling(
        verdict.FAILED_PRECONDITION, f"Could not find variable dense/bias. {GONE}", variables=False
    )
    assert found == Verdict(False, "its variables are not there: variables/variables.index is missing.")


@pytest.mark.parametrize("code", [verdict.FAILED_PRECONDITION, verdict.NOT_FOUND, verdict.DATA_LOSS])
def test_what_is_missing_at_a_call_is_the_models_fault(code: int) -> None:
    found = calling(code, "Table not initialized.\n\t [[{{node lookup}}]]")
    assert found.servable is False
    assert found.reason.startswith(
        "a call of its signature `serve` fails: Table not initialized. Keep the layer"
    )


@pytest.mark.parametrize("code", [1, 2, verdict.INVALID_ARGUMENT, 4, 8, 11, 12, 13, 14])
def test_what_may_be_the_fault_of_made_up_values_is_no_verdict(code: int) -> None:
    inside = "{{function_node serve_12}} {{function_node serve_12}} "
    assert calling(code, inside + "Expected image\n\t [[{{function_node f}}{{node g}}]]") == Verdict(
        None, "its signature `serve` does not take the values that tfxc made up: Expected image."
    )


@pytest.mark.parametrize(
    "text",
    [
        "Op type not registered 'Tokenize'. Make sure the Op and Kernel are registered",
        "No registered 'Tokenize' OpKernel for 'CPU' devices compatible with node {{node a}}",
        "No OpKernel was registered to support Op 'Tokenize' used by {{node a}} with these attrs: []",
    ],
)
@pytest.mark.parametrize("code", [verdict.INVALID_ARGUMENT, verdict.NOT_FOUND, verdict.FAILED_PRECONDITION])
def test_operations_of_others_are_no_verdict(text: str, code: int) -> None:
    expected = Verdict(None, "it uses the operation Tokenize, which is not in TensorFlow itself.")
    assert verdict.of_loading(LoaderError(code, text)) == expected
    assert calling(code, text) == expected
    python = verdict.of_loading(LoaderError(code, text.replace("Tokenize", "EagerPyFunc")))
    assert (python.servable, "Python code" in python.reason) == (False, True)


@pytest.mark.parametrize("code", [verdict.INVALID_ARGUMENT, verdict.NOT_FOUND, 11, 13, verdict.DATA_LOSS])
def test_what_does_not_load_cannot_be_served(code: int) -> None:
    assert verdict.of_loading(
        LoaderError(code, "assets/words.txt; No such file\n\t [[{{node x}}]]")
    ) == Verdict(False, "TensorFlow Serving cannot load it: assets/words.txt; No such file.")


@pytest.mark.parametrize("code", [1, 2, 4, 7, 8, 12, 14])
def test_what_this_machine_cannot_do_is_no_verdict(code: int) -> None:
    assert verdict.of_loading(LoaderError(code, "out of memory")) == Verdict(
        None, "TensorFlow could not load it: out of memory."
    )


def test_a_graph_of_a_newer_tensorflow_is_no_verdict() -> None:
    text = "NodeDef mentions attr 'debug_name' not in Op<name=VarHandleOp; signature= -> resource:resource>"
    assert verdict.of_loading(LoaderError(verdict.INVALID_ARGUMENT, text)).servable is None


def test_a_model_without_the_tag_of_servers_says_so() -> None:
    text = "Could not find meta graph def matching supplied tags: { serve }. To inspect available tag-sets …"
    found = verdict.of_loading(LoaderError(verdict.NOT_FOUND, text))
    assert (found.servable, "`serve`" in found.reason) == (False, True)
