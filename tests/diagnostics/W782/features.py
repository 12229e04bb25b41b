def preprocessing_fn(inputs):
    return inputs
