import os


def run(fn_args):
    pass


class Helper:
    pass


def Greeter():
    pass
