"""``tfxc run``: its command line, and what it does."""
