"""A resolver strategy of one's own."""

from tfx.dsl.components.common import resolver


class First(resolver.ResolverStrategy):
    """The first of all, by their ids."""

    def __init__(self, count: int = 1):
        self._count = count

    def resolve_artifacts(self, store, input_dict):
        return {
            key: sorted(found, key=lambda each: each.id)[: self._count] for key, found in input_dict.items()
        }
