"""Bearer tokens of an identity provider (OpenID Connect): whose they are, and what they may do here."""
