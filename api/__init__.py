"""What people and workers reach over HTTP: routes, the event stream, the console."""
