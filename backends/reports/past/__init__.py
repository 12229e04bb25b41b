"""What lists, comparisons and lineage say of past runs: values, and the same as report contents."""
