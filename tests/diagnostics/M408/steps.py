from tfx.v1.components import Trainer as Imported

NUMBER = 5


def Greet(name):
    print(name)


class Plain:
    pass
