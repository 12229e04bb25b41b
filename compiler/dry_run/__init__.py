"""What `tfxc run --dry-run` tells: what a run would do with each node, and why, in words."""
