"""Reading data as `Table`s: CSV, Parquet, TFRecord."""
