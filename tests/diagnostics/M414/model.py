def run_fn(fn_args):
    pass
