"""Proof that nothing leaks: canaries, everything that answers, and who may see what."""
