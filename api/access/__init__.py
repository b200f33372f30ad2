"""Who may do what over HTTP: credentials, the principal of a request, and the judgement of every route."""

from api.access.access import ACCESS, Access
from api.access.identities import Bearers, Identities, Times
from api.access.keys import PRINCIPAL
from api.access.signing import Attempts, Signing

__all__ = ["ACCESS", "PRINCIPAL", "Access", "Attempts", "Bearers", "Identities", "Signing", "Times"]
