"""The documentation site: docs/, the examples and what the code says of itself, as static pages.

``python -m website`` builds it. `sources` collects the pages as Markdown, `links` leads their links to one
another, `zensical` makes HTML of them, and `checks` looks whether a reader without a network sees all of it.
"""
