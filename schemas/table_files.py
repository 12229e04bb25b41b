"""Reading the columns of files that are no CSV files, by the format that a component reads."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from tfxc.schemas.data_tables import DataTable


def read_table_file(path: Path, input_format: str, is_first: bool = True) -> Optional[DataTable]:
    """Returns what tells the columns of a file; None where nothing does. Raises DataFileError, OSError.

    Of records fewer are looked into where the file is not the first of several.
    """
    if input_format == "parquet":
        from tfxc.schemas.parquet_files import read_parquet_file

        return read_parquet_file(path)
    if input_format == "avro":
        from tfxc.schemas.avro_files import read_avro_file

        return read_avro_file(path)
    if input_format == "records":
        from tfxc.schemas.record_files import FIRST_SAMPLE, SAMPLE, read_record_file

        return read_record_file(path, FIRST_SAMPLE if is_first else SAMPLE)
    return None
