"""Loads pipelines as the kfp SDK does: [text, …] on standard input, a list of names out."""

from __future__ import annotations

import json
import sys

from kfp import components

names = [components.load_component_from_text(text).name for text in json.load(sys.stdin)]
sys.stdout.write(json.dumps(names) + "\n")
