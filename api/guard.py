"""The one middleware: names the request, refuses foreign pages, turns every failure into a problem."""

from __future__ import annotations

import logging

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware
from structlog.contextvars import bound_contextvars

from api.access import Access
from api.auditing import Auditing
from api.headers import REQUEST_ID, RequestIds
from api.options import ApiOptions
from api.origin import judge, options_response
from api.problem import Problem, response
from api.route import Handler
from orchestrator.errors import NotNow, Permanent, Unavailable, UnknownKind

logger = logging.getLogger(__name__)
_RETRY: dict[str, str] = {hdrs.RETRY_AFTER: "1"}
_DETAILS = {
    404: "there is nothing at this path; /openapi.json lists what there is",
    413: "the body is too large",
}


def build_guard(options: ApiOptions, ids: RequestIds, access: Access, auditing: Auditing) -> Middleware:
    """The middleware of one application."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[REQUEST_ID] = ids.of(request.headers)
        # One task serves all requests of a connection: what is bound for one must end with it.
        with bound_contextvars(request=request[REQUEST_ID]):
            answer = await answered(request, handler)
            await auditing.note(request, answer)
        return answer

    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            judge(request, request.headers.get(hdrs.ORIGIN), options)
            await access.admit(request)
            return await handler(request)
        except Problem as problem:
            return response(problem)
        except web.HTTPMethodNotAllowed as refusal:
            return _method_refused(request, refusal, options)
        except web.HTTPException as refusal:
            return response(Problem(refusal.status, _DETAILS.get(refusal.status, refusal.reason)))
        except UnknownKind as unknown:
            return response(Problem(404, str(unknown)))
        except (NotNow, Unavailable) as away:
            return response(Problem(503, str(away), headers=_RETRY))
        except Permanent as refused:
            return response(Problem(502, str(refused)))
        except ConnectionResetError:
            raise
        except Exception:
            logger.exception(
                "request %s failed: %s %s", request[REQUEST_ID], request.method, request.path[:200]
            )
            return response(Problem(500, f"an error of ours; the log has it under {request[REQUEST_ID]}"))

    return guard


def _method_refused(
    request: web.Request, refusal: web.HTTPMethodNotAllowed, options: ApiOptions
) -> web.StreamResponse:
    if request.method == hdrs.METH_OPTIONS:
        try:
            return options_response(request, refusal.allowed_methods, options)
        except Problem as problem:
            return response(problem)
    allowed = ", ".join(sorted(refusal.allowed_methods))
    detail = f"{request.method[:40]} is not possible here; allowed: {allowed}"
    return response(Problem(405, detail, headers={hdrs.ALLOW: allowed}))
