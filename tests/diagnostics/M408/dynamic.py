from steps import *
