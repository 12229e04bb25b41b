"""What the steps share."""


def count(words, least):
    return sum(len(word) >= least for word in words)
