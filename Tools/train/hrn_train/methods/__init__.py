"""The methods that `fit --method` knows, one file each: HRN, the four it was compared with, and a flat classifier."""

from . import chmcnn, fgn, flat, hmcn, hrn, lmlp

METHODS = {"hrn": hrn.METHOD, "lmlp": lmlp.METHOD, "hmcn": hmcn.METHOD, "fgn": fgn.METHOD, "chmcnn": chmcnn.METHOD,
           "flat": flat.METHOD}


def method_of(config):
    """The method that a run's configuration names."""
    return METHODS[config.method]
