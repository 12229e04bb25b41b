def run_fn(fn_args):
    pass


def preprocessing_fn(inputs):
    return inputs
