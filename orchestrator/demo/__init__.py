"""A small IoT platform to try Shardwright with: a catalog, and an application that changes it.

It plays the user's own application, and so knows nothing of the orchestrator but the topic.
"""

from orchestrator.demo.churn import ChurnReport, churn
from orchestrator.demo.database import DemoTarget, fill
from orchestrator.demo.rows import add, remove

__all__ = ["ChurnReport", "DemoTarget", "add", "churn", "fill", "remove"]
