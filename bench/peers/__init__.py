"""Planners of others beside ours on the same inputs: yardsticks of a few lines each, no products."""
