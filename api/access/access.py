"""The one place where every request is judged: what a route needs, who asks, and whether that is enough."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import hdrs, web

from api.access.credentials import Credential, credential_of
from api.access.csrf import require_own_page
from api.access.identities import Identities
from api.access.keys import PRINCIPAL
from api.access.limits import Limits
from api.access.signing import Signing
from api.problem import Problem, shortened
from api.remote import remote_of
from api.route import Route
from orchestrator.core.access import ANONYMOUS, NOBODY, Principal, Role
from orchestrator.errors import NotNow, Unavailable

logger = logging.getLogger(__name__)
LOOK_AGAIN_S = 10.0
"""How often it is looked whether who reads a stream still may."""

_CHALLENGE: dict[str, str] = {hdrs.WWW_AUTHENTICATE: "Bearer"}


class Access:
    """Of one application. Without ``signing`` the server is open: everybody may do everything.

    ``public``: paths that everybody may read whatever their route needs. ``is_secure``: cookies are for
    https only. ``limits`` None: nobody asks too often. A route that was not made known with ``learn`` needs
    the highest role.
    """

    def __init__(
        self,
        signing: Signing | None = None,
        *,
        public: frozenset[str] = frozenset(),
        is_secure: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self.signing = signing
        self.identities: Identities | None = None if signing is None else signing.identities
        self.is_secure = is_secure
        self._limits = limits
        self._public = public
        self._routes: dict[web.AbstractRoute, Route | None] = {}

    @property
    def mode(self) -> str:
        """``accounts`` or ``open``, as in the configuration."""
        return "open" if self.identities is None else "accounts"

    @property
    def unknown(self) -> Principal:
        """Who asks without any credential."""
        return ANONYMOUS if self.identities is None else NOBODY

    @property
    def sign_in(self) -> tuple[str, ...]:
        """With what one can sign in."""
        if self.identities is None:
            return ()
        return ("password", "token", *(("oidc",) if self.identities.takes_foreign_tokens else ()))

    @property
    def session_lifetime(self) -> float:
        """Seconds."""
        return 0.0 if self.identities is None else self.identities.times.session_lifetime

    def learn(self, registered: web.AbstractRoute, route: Route | None) -> None:
        """``route`` None: a file of the page, which everybody may have."""
        self._routes[registered] = route

    def forget(self, registered: web.AbstractRoute) -> None:
        """As if it had never been made known."""
        del self._routes[registered]

    def knows(self, registered: web.AbstractRoute) -> bool:
        return registered in self._routes

    def is_for_everybody(self, registered: web.AbstractRoute) -> bool:
        route = self._routes.get(registered, _UNKNOWN)
        return route is None or route.path in self._public or route.needs is Role.NOBODY

    async def admit(self, request: web.Request) -> None:
        """Sets ``PRINCIPAL``. Raises Problem: 401 nobody is known to ask, 403 they may not, 429 too often."""
        if self.identities is None:
            request[PRINCIPAL] = ANONYMOUS
            return
        request[PRINCIPAL] = NOBODY
        info = request.match_info
        if info.http_exception is not None:
            return
        route = self._routes.get(info.route, _UNKNOWN)
        if route is None or self.is_for_everybody(info.route):
            return
        needs = route.needs
        kind = _kind(request, route)
        principal = await self.principal_of(request, needs, kind)
        request[PRINCIPAL] = principal
        has = principal.highest if route.is_for_any_kind and kind is None else principal.role_for(kind)
        if has < needs:
            asked = f"this needs the role {_said(needs, kind)}"
            raise Problem(403, f"{principal.name} has the role {_said(has, kind)}; {asked}")
        if self._limits is not None:
            self._limits.spend(principal, is_write=route.is_write)

    async def lapse(self, request: web.Request) -> None:
        """Returns once who was let in would not be let in any more; never on an open server."""
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            try:
                if self.identities is not None and await self.principal_of(request) != request[PRINCIPAL]:
                    return
            except Problem:
                return
            except (NotNow, Unavailable) as away:
                logger.info("who reads a stream could not be looked up: %s", away)

    async def principal_of(
        self, request: web.Request, needs: Role = Role.VIEWER, kind: str | None = None
    ) -> Principal:
        """Who asks. Raises Problem: 401, and 403 for a change by cookie that another page may have caused."""
        if self.identities is None:
            return ANONYMOUS
        asked = f"this needs the role {_said(needs, kind)}"
        credential = credential_of(request)
        if credential is None:
            raise Problem(401, f"sign in, or send an API token: {asked}", headers=_CHALLENGE)
        principal = await self.behind(credential, request)
        if principal is None:
            what = "session is over" if credential.is_cookie else "token is not valid, or not any more"
            raise Problem(401, f"the {what}: sign in again, {asked}", headers=_CHALLENGE)
        # Also where it is refused now: the audit trail says whose session another page used.
        request[PRINCIPAL] = principal
        if credential.is_cookie:
            require_own_page(request, credential.text)
        return principal

    async def behind(self, credential: Credential, request: web.Request) -> Principal | None:
        """Who has it; None: it does not count. Raises Problem (429), Unavailable. Requires: not open."""
        assert self.identities is not None
        is_guess = self._limits is not None and self.identities.remembered(credential) is None
        if is_guess and self._limits is not None:
            self._limits.guess(remote_of(request))
        if credential.is_cookie:
            principal = await self.identities.of_session(credential.text)
        else:
            principal = await self.identities.of_token(credential.text)
        if is_guess and self._limits is not None and principal is not None:
            self._limits.guessed_right(remote_of(request))
        return principal

    def admits_at_once(self, request: web.BaseRequest, kind: str) -> bool:
        """Whether it is known without waiting that who asks may read of the kind."""
        if self.identities is None:
            return True
        credential = credential_of(request)
        principal = None if credential is None else self.identities.remembered(credential)
        return principal is not None and principal.role_for(kind) >= Role.VIEWER


def _kind(request: web.Request, route: Route) -> str | None:
    """The kind that a request is about, None where it is about no single one."""
    named = request.match_info.get("kind", request.match_info.get("resource"))
    if named is not None or not any(parameter.name == "kind" for parameter in route.query):
        return named
    given = request.query.getall("kind", [])
    return given[0] if len(given) == 1 else None


def _said(role: Role, kind: str | None) -> str:
    return role.label if kind is None else f"{role.label} for the kind {shortened(kind)}"


async def _nothing(request: web.Request) -> web.StreamResponse:
    raise Problem(404, "there is nothing here")


_UNKNOWN = Route(method="", path="", handler=_nothing, summary="", answer="", role=Role.ADMIN)

ACCESS: web.AppKey[Access] = web.AppKey("access", Access)
