"""Running calls together: requests that wait are concatenated, and their answers are split again."""
