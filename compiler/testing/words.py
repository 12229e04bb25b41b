"""Words of messages about what is not there."""

from __future__ import annotations

from collections.abc import Iterable

_MOST = 20


def there_are(names: Iterable[str]) -> str:
    """Returns the rest of a sentence about a name that there is not: what there is instead."""
    listed = list(names)
    if not listed:
        return "; there is none"
    more = f" and {len(listed) - _MOST} more" if len(listed) > _MOST else ""
    return f"; there are: {', '.join(listed[:_MOST])}{more}"
