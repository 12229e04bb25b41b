"""The launcher: the only code of tfxc that imports TFX.

It builds the TFX pipeline of a Plan, compiles TFX's IR, and runs one node with TFX's own driver,
executor and publisher. Two ways in:

``python -m tfxc.backends.launcher run-node --plan plan.json --node ID``
    one node in this process, for Airflow, Kubeflow and anything that starts a process a task.
    Run id, date and parameters come from ``--run-id``, ``--run-date`` and ``--parameters`` or from
    the environment variables TFXC_RUN_ID, TFXC_RUN_DATE and TFXC_PARAMETERS (a JSON object).
    Exit codes: 0 succeeded or cached, 99 skipped, 1 failed, 2 wrong use.

``python -m tfxc.backends.launcher serve``
    imports TFX once and forks a child for every request, speaking the JSON lines of
    `tfxc.backends.launcher.protocol.messages` on standard input and output. The parent that started it
    talks to it through `tfxc.backends.launcher.protocol.client`.

Importing this package, `messages` or `client` does not import TFX.
"""
