from tfx.components.example_gen.base_example_gen_executor import BaseExampleGenExecutor
from tfx.components.statistics_gen.executor import Executor
from tfx.dsl.components.base.base_executor import BaseExecutor


class Reader(BaseExampleGenExecutor):
    def GetInputSourceToExamplePTransform(self):
        return None


class Counter(BaseExecutor):
    def Do(self, input_dict, output_dict, exec_properties):
        pass


class Inherited(Executor):
    pass


class Plain:
    def Do(self, input_dict, output_dict, exec_properties):
        pass


class Idle(BaseExecutor):
    def do(self, input_dict, output_dict, exec_properties):
        pass


def count(examples):
    pass
