"""The JSON documents of the API, apart from the engine's values so that either can change alone."""
