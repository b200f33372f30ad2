"""Apache Helix beside the product: its planners on the same ids, its convergence on the same ZooKeeper."""
