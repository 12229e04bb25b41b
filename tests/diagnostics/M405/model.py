def run_fn(train_files, eval_files):
    pass


def preprocessing_fn():
    return {}


def stats_options_updater_fn(stats_options):
    return stats_options
