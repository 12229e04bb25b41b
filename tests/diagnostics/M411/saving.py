import tensorflow as tf


def save(model, folder):
    tf.keras.models.save_model(model, folder, save_format="tf")
    model.save(folder, signatures={"serving_default": None})
