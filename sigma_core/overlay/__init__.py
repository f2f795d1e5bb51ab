"""Trades of the underlying held as options: which contracts, at what price, with what money.

Pure: chains and option bars come in as frames, results go out as frames; nothing is read or
written. The underlying's trades are taken as they are, and nothing here flows back into them.
"""
