"""Options, computed: symbols, prices, greeks, implied volatility, expiries, checks, selection.

Nothing here reads or writes. Chains are frames with the columns of `schemas.chains`.
"""
