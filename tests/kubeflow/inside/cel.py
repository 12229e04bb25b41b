"""Evaluates conditions with cel-python: {"values", "conditions"} on standard input, a list of truths out."""

from __future__ import annotations

import json
import sys

import celpy

request = json.load(sys.stdin)
environment = celpy.Environment()
activation = {"inputs": celpy.json_to_cel({"parameter_values": request["values"]})}
answers = []
for text in request["conditions"]:
    program = environment.program(environment.compile(text))
    answers.append(bool(program.evaluate(activation)))
sys.stdout.write(json.dumps(answers) + "\n")
