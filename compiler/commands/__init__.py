"""The commands of ``tfxc``, one module each; `tfxc.compiler.cli` lists them and imports the one asked for.

A command is a function with typer's annotations. Its docstring is its help, ``EXAMPLES`` in its
module what stands below the options. It returns nothing when all went well; otherwise it raises
`typer.Exit`, a `tfxc.schemas.failures.Failure`, or whatever went wrong.
"""
