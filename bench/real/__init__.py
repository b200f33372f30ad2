"""Measurements of the same product on real services: ZooKeeper, Mosquitto, PostgreSQL, Kubernetes."""
