"""Tells alarms to people by webhooks."""
