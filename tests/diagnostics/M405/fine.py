import functools


def run_fn(fn_args, *, verbose=False, **more):
    pass


def preprocessing_fn(inputs, custom_config):
    return inputs


@functools.lru_cache
def stats_options_updater_fn():
    pass
