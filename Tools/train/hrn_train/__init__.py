"""Trainer of Hierarchical Residual Networks: labels in a tree, one prediction per level.

Method: J. Chen, P. Wang, J. Liu, Y. Qian, "Label Relation Graphs Enhanced Hierarchical Residual Network for
Hierarchical Multi-Granularity Classification", CVPR 2022, arXiv 2201.03194.
"""

__version__ = "0.1.0"
