"""From messages to numbers: `preprocessing_fn`, which Transform calls.

It is traced once, and becomes a part of the model: who asks sends the message as it was written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

MESSAGE = "message"
LABEL = "team"
STOP_WORDS = (Path(__file__).parent / "stop_words.txt").read_text(encoding="utf-8").split()
"""words that say nothing; the file travels with the module: `module_data` in the spec"""
KNOWN_WORDS = 500  # the most frequent ones
MOST_WORDS = 40  # of a message; those behind are not read


def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, tf.Tensor]:
    """Turns each message into the numbers of its words, and each team into a number."""
    numbers = tft.compute_and_apply_vocabulary(
        _words(tf.squeeze(inputs[MESSAGE], axis=1)),
        default_value=-1,  # a word that is not known
        top_k=KNOWN_WORDS,
        vocab_filename="words",
    )
    return {
        # 0 is no word: the end of a short message, or a word that is not known.
        "words_xf": numbers.to_tensor(default_value=-1, shape=[None, MOST_WORDS]) + 1,
        "team_xf": tft.compute_and_apply_vocabulary(inputs[LABEL], vocab_filename=LABEL),
    }


def _words(texts: tf.Tensor) -> tf.RaggedTensor:
    """Returns the words of each text: small letters, no signs, no stop words."""
    plain = tf.strings.regex_replace(tf.strings.lower(texts), r"[[:punct:]]|\d", " ")
    words = tf.strings.split(plain)
    is_stop_word = tf.reduce_any(words.flat_values[:, tf.newaxis] == tf.constant(STOP_WORDS), axis=1)
    return tf.ragged.boolean_mask(words, words.with_flat_values(~is_stop_word))
