from tests.api.conftest import facade, serve, served

__all__ = ["facade", "serve", "served"]
