"""The experiments of RESULTS.md: methods by share of leaf labels by seed, ablations, lowered resolution.

`experiments` says what is run, `runner` runs what has no result yet, `report` writes tables and plots.
"""
