"""Sigma Lab's core: everything the lab can do, without a screen."""
