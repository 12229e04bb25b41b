"""The canonical layout of a spec's text: what it says stays, how it is written is always the same."""
