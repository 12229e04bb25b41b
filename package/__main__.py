"""``python -m tfxc``: the command line, with the Python that one means."""

from tfxc.compiler.cli import main

if __name__ == "__main__":
    main()
