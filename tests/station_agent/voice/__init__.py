"""Tests of the voice: what is said in which words, that there is a clip for it, and that nobody waits for it."""
