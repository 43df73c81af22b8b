"""The station speaks its answers in Chinese, from recorded clips that come with the package.

    words, numbers, sentences   pure: an answer -> the names of the clips to play
    clips                       the clips that come with the package, as sound
    player                      Voice, a Feedback: says an answer with `aplay`, cut off by the next one
    recording                   a developer's tool that makes the clips; never runs at a station

It makes no sound of its own when there is nothing to play with, and never keeps the counter waiting.
"""
