"""Node ids become names that Argo takes, and stay apart."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.backends.kubeflow.emit.names import LONGEST_TASK_KEY, exit_handler_key, task_keys

ARGO_NAME = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]*\Z")


def test_ordinary_ids_become_kebab_case() -> None:
    assert task_keys(["example_gen", "Trainer", "step2"]) == {
        "example_gen": "example-gen",
        "Trainer": "trainer",
        "step2": "step2",
    }


@pytest.mark.parametrize("ids", [["model", "model_driver"], ["model_driver", "model"]])
def test_the_drivers_that_the_backend_adds_have_names_of_their_own(ids: list[str]) -> None:
    keys = set(task_keys(ids).values())
    assert len(keys | {f"{key}-driver" for key in keys}) == 4


@given(st.lists(st.text("ab_-.é D", min_size=1, max_size=200) | st.just("x" * 300), unique=True, max_size=30))
def test_all_argo_tasks_have_different_valid_names(ids: list[str]) -> None:
    keys = list(task_keys(ids).values())
    every = keys + [f"{key}-driver" for key in keys]
    assert len(set(every)) == len(every)
    assert all(ARGO_NAME.match(key) and len(key) <= LONGEST_TASK_KEY for key in keys)


def test_the_exit_handler_gets_a_name_that_is_free() -> None:
    assert exit_handler_key(["a"]) == "exit-handler"
    assert exit_handler_key(["a", "exit-handler"]) == "exit-handler-2"
