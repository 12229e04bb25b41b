globals()['run' + '_fn'] = print
