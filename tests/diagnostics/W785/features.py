import tensorflow_transform as tft

SCALED = ("minute", "weekday")


def preprocessing_fn(inputs):
    outputs = {"kind": inputs["kind"]}
    for name in SCALED:
        outputs[name] = tft.scale_to_z_score(inputs[name])
    if "unsure" in outputs:
        outputs["unsure"] = inputs["unsure"]
    return outputs
