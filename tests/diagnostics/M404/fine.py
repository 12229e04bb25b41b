try:
    from fast import run_fn
except ImportError:

    def run_fn(fn_args):
        pass
