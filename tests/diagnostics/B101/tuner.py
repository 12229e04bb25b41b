def tuner_fn(fn_args):
    pass
