"""A local web page of pipelines and their runs: what `tfxc ui` serves.

`sources` says which pipelines; `views` turns their past into what the templates show; `live` follows runs
that go on; `app` is the Starlette application, `server` runs it. It only reads: no request changes anything.
"""
