"""The one middleware: names the request, refuses foreign pages, turns every failure into a problem."""

from __future__ import annotations

import logging

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

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


def build_guard(options: ApiOptions, ids: RequestIds) -> Middleware:
    """The middleware of one application."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = request.headers
        request[REQUEST_ID] = ids.of(headers)
        try:
            judge(request, headers.get(hdrs.ORIGIN), options)
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
