raise RuntimeError('importing this is a mistake')
